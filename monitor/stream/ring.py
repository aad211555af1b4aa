"""The waveform ring: one preallocated float32 array with slack, any last-N window is a view.

New samples go behind the old ones; when the array is full, the samples worth keeping move to its
front, once per `slack`. So every window is one contiguous piece and costs no copy.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from monitor.core.clock import SECOND, Nanos

Samples = npt.NDArray[np.float32] | npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]

NOTE_S = 4.0
"""The time is noted this often, and before a pause or a gap; between two notes it is interpolated."""

STALL_S = 1.25
"""Samples this late after the last ones came after a pause: the time before it is noted too."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples that never came: absolute counters [first, end)."""

    first: int
    end: int


class Ring:
    """Samples of one waveform at a fixed rate; one writer. Sample n has the absolute counter n.

    A view is valid until the next append: read it in the same turn of the loop, or copy it. The slack
    guards who is late by one: a view of `n` samples stays whole while the next `m` are appended as long
    as n + m <= capacity * slack.
    """

    def __init__(self, rate_hz: float, seconds: float, slack: float = 1.0) -> None:
        """Keep at least `seconds` of samples; `slack` is the spare room as a share of that."""
        self.rate_hz = rate_hz
        self.capacity = max(1, math.ceil(rate_hz * seconds))
        self._size = self.capacity + max(1, math.ceil(self.capacity * slack))
        self._stride = max(1, round(NOTE_S * rate_hz))
        self._data = np.full(self._size + self._stride, np.nan, np.float32)  # `_due` may lie that far out
        self._view = self._data.view()
        self._view.flags.writeable = False
        self._base = 0  # absolute counter of the array's first place
        self._end = 0  # the place of the next sample
        self._t = 0  # when the newest sample arrived
        self._stall = round(STALL_S * SECOND)
        self._due = 0  # the place from which the time is noted again
        self._notes: list[tuple[int, int]] = []  # (counter behind a sample, when that arrived)
        self._gaps: list[Gap] = []

    @property
    def total(self) -> int:
        """Absolute counter of the next sample: how many there have been."""
        return self._base + self._end

    @property
    def first(self) -> int:
        """Absolute counter of the oldest sample that is kept."""
        return self.total - min(self._end, self.capacity)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What `append_gap` left within the kept samples, oldest first; inside the array it is NaN.

        A NaN that was appended as a sample is the device's own mark and no gap.
        """
        kept = self.first
        return tuple(Gap(max(gap.first, kept), gap.end) for gap in self._gaps if gap.end > kept)

    def append(self, samples: Samples, t: Nanos) -> None:
        """Add samples, the last of which arrived at `t`; of more than the capacity the newest stay."""
        start = self._end
        end = start + len(samples)
        if not start < end <= self._size or t - self._t > self._stall:
            samples = self._open(samples, t)
            start = self._end
            end = start + len(samples)
            if start == end:
                return
        self._data[start:end] = samples
        self._end = end
        self._t = t
        if end >= self._due:
            self._due = end + self._stride
            self._notes.append((end + self._base, t))

    def append_one(self, sample: float, t: Nanos) -> None:
        """Add one sample, which arrived at `t`."""
        end = self._end
        if end >= self._due or t - self._t > self._stall:
            self.append(np.array((sample,), np.float32), t)
            return
        self._data[end] = sample
        self._end = end + 1
        self._t = t

    def append_gap(self, count: int, t: Nanos) -> None:
        """Add `count` samples that never came, as seen at `t`; the counter goes on over them."""
        if count <= 0:
            return
        self._note()
        first = self.total
        if count >= self.capacity:
            self._restart(first + count - self.capacity)
            count = self.capacity
        if self._end + count > self._size:
            self._move_to_front(self.capacity - count)
        self._data[self._end : self._end + count] = np.nan
        self._end += count
        self._t = t
        if self._gaps and self._gaps[-1].end == first:
            first = self._gaps.pop().first
        self._gaps.append(Gap(first, self.total))

    def window(self, count: int) -> Floats:
        """Return the newest `count` samples (fewer when there are fewer) as a read-only view."""
        end = self._end
        return self._view[end - max(0, min(count, end, self.capacity)) : end]

    def between(self, first: int, end: int) -> Floats:
        """Return samples [first, end) by absolute counter, cut to what is kept, as a read-only view."""
        low = max(first, self.first)
        high = max(low, min(end, self.total))
        return self._view[low - self._base : high - self._base]

    def time_of(self, counter: int) -> Nanos:
        """Return when a sample arrived, to within STALL_S; IndexError if it is not kept.

        It lies on the line between the notes around it, which is never flatter than the nominal rate:
        samples after a pause belong to its end.
        """
        if not self.first <= counter < self.total:
            raise IndexError(f"sample {counter} is not kept: {self.first} to {self.total - 1} are")
        place = bisect_right(self._notes, counter, key=itemgetter(0))
        newest = (self.total, self._t)
        behind, t = self._notes[place] if place < len(self._notes) else newest
        before, t_before = self._notes[place - 1] if place else (self._base, None)
        nominal = t - round((behind - before) / self.rate_hz * SECOND)
        start = nominal if t_before is None else min(t, max(t_before, nominal))
        return Nanos(t - (t - start) * (behind - 1 - counter) // (behind - before))

    def _open(self, samples: Samples, t: int) -> Samples:
        """Make room for `samples` and return what of them is kept; note the time before a pause."""
        if t - self._t > self._stall:
            self._note()
        surplus = len(samples) - self.capacity
        if surplus > 0:
            self._restart(self.total + surplus)
            samples = samples[surplus:]
        if self._end + len(samples) > self._size:
            self._move_to_front(self.capacity - len(samples))
        return samples

    def _note(self) -> None:
        """Note when the newest sample arrived; a gap has no time but that of the samples behind it."""
        behind = self.total
        in_gap = bool(self._gaps) and self._gaps[-1].end == behind
        noted = bool(self._notes) and self._notes[-1][0] == behind
        if self._end and not in_gap and not noted:
            self._notes.append((behind, self._t))

    def _move_to_front(self, keep: int) -> None:
        """Move the newest `keep` samples to the front and forget what is older."""
        start = self._end - min(self._end, keep)
        kept = self._end - start
        self._data[:kept] = self._data[start : self._end]
        self._base += start
        self._end = kept
        self._due -= start
        place = bisect_right(self._notes, self._base, key=itemgetter(0))
        self._notes = self._notes[max(0, place - 1) :]
        self._gaps = [gap for gap in self._gaps if gap.end > self._base]

    def _restart(self, base: int) -> None:
        """Forget all samples; the next one has the counter `base`."""
        self._base, self._end, self._due = base, 0, 0
        self._notes.clear()
        self._gaps.clear()
