"""The behaviour of a monitor that streams numbers and flags, each of which means what it says."""

from collections.abc import Sequence

from drivers.devices.readings import plain
from drivers.model import DeviceConfig, Listener
from drivers.wire.events import Event
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Reading


class PlainListener(Listener):
    """Speaks by itself from power-on; needs no command."""

    def __init__(self, config: DeviceConfig, clock: Clock) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return numbers, flags and facts in wire order."""
        return plain(events, self._device_id, t, simulated=self._simulated)
