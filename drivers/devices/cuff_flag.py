"""A monitor's "the cuff measures": it must not stay when nobody can say any more that it is over."""

from collections.abc import Iterable, Sequence

from drivers.model import DeviceConfig
from drivers.wire.events import Event, StatusEvent
from monitor.core.clock import Nanos
from monitor.core.types import DeviceStatus, Reading, StatusCode


class CuffFlag:
    """Remembers whether the flag was told as active; ends it when the monitor is lost."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._measures = False

    def note(self, events: Iterable[Event]) -> None:
        """Learn what the monitor says."""
        for event in events:
            if isinstance(event, StatusEvent) and event.code is StatusCode.MEASURING:
                self._measures = event.active

    def lost(self, now: Nanos) -> Sequence[Reading]:
        """Return the end of the flag where it was active: a new way tells only changes."""
        if not self._measures:
            return ()
        self._measures = False
        return (DeviceStatus(self._device_id, now, StatusCode.MEASURING, False, self._simulated),)
