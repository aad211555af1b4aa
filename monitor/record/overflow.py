"""What a disk that does not keep up costs: the oldest numerics, samples and device states, counted."""

import threading
from collections import deque
from dataclasses import dataclass, field

from monitor.core.clock import Nanos
from monitor.core.types import Reading, Waveform
from monitor.record.rows import Gap

Stamped = tuple[Reading | Gap, int]
"""A reading with its UTC in nanoseconds."""


@dataclass(slots=True)
class Loss:
    """Readings thrown away since the last one that reached the disk."""

    from_t: int
    from_utc_ns: int
    to_t: int
    to_utc_ns: int
    numerics: int = 0  # and device states
    samples: dict[tuple[str, str], int] = field(default_factory=dict)  # by (device, channel)

    def gap(self, reason: str) -> tuple[Gap, int]:
        """Return the loss as a gap of the record, with its UTC."""
        gap = Gap(
            reason,
            Nanos(self.to_t),
            self.from_t,
            self.from_utc_ns,
            self.to_utc_ns,
            lost_numerics=self.numerics,
            lost_samples=sum(self.samples.values()),
        )
        return gap, self.to_utc_ns


class Overflow:
    """Keeps a queue within its capacity and counts what that costs; safe from two threads."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.total = 0  # readings dropped since the start
        self._loss: Loss | None = None
        self._lock = threading.Lock()

    def trim(self, inbox: deque[Stamped]) -> None:
        """Drop the oldest until the queue fits."""
        while len(inbox) > self.capacity:
            try:
                item = inbox.popleft()
            except IndexError:  # the recorder emptied it meanwhile
                return
            with self._lock:
                self._count(*item)

    def take(self) -> Loss | None:
        """Return the loss so far and start anew."""
        with self._lock:
            loss, self._loss = self._loss, None
        return loss

    def put_back(self, loss: Loss | None) -> None:
        """Count `loss` as not yet written down after all."""
        if loss is None:
            return
        with self._lock:
            later, self._loss = self._loss, loss
            if later is None:
                return
            loss.to_t, loss.to_utc_ns = later.to_t, later.to_utc_ns
            loss.numerics += later.numerics
            for key, count in later.samples.items():
                loss.samples[key] = loss.samples.get(key, 0) + count

    def _count(self, reading: Reading | Gap, utc_ns: int) -> None:
        self.total += 1
        loss = self._loss
        if loss is None:
            loss = self._loss = Loss(reading.t, utc_ns, reading.t, utc_ns)
        loss.to_t, loss.to_utc_ns = reading.t, utc_ns
        if isinstance(reading, Waveform):
            key = reading.device_id, reading.channel
            loss.samples[key] = loss.samples.get(key, 0) + len(reading.samples) + reading.lost
        else:
            loss.numerics += 1
