"""The behaviour of an oximeter that repeats its numbers in each of 60 or 100 frames a second."""

from collections.abc import Iterable, Sequence

from drivers.devices.readings import WaveformChunks, plain
from drivers.model import DeviceConfig, Listener, Write
from drivers.wire.events import Event, NumericEvent, WaveformEvent
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.types import Reading

REPEAT_AFTER = seconds(1)
"""A number that stands is told once a second: 60 the same are of no use to an alarm or a record."""


class FrameOximeter(Listener):
    """Speaks by itself; a number is handed on when it changes, and once a second."""

    def __init__(self, config: DeviceConfig, clock: Clock) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._pleth = WaveformChunks(config.device_id, simulated=config.simulated)
        self._told: dict[str, tuple[object, Nanos]] = {}

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Forget what was told."""
        self._told.clear()
        return ()

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return numbers and flags in wire order, then the pleth of this read as one chunk."""
        found = plain(self._worth_telling(events, t), self._device_id, t, simulated=self._simulated)
        found.extend(self._pleth.join((e for e in events if isinstance(e, WaveformEvent)), t))
        return found

    def _worth_telling(self, events: Iterable[Event], t: Nanos) -> Iterable[Event]:
        for event in events:
            if isinstance(event, NumericEvent):
                content = event.value, event.reason, event.doubtful
                before, told_at = self._told.get(event.channel, (None, t))
                if content == before and t - told_at < REPEAT_AFTER:
                    continue
                self._told[event.channel] = content, t
            yield event
