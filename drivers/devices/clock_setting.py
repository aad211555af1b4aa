"""Setting the clock of a device with a memory: at each connection, to this computer's local time."""

from collections.abc import Iterable
from datetime import datetime

from drivers.devices.freshness import Freshness
from drivers.model import BLUETOOTH_BASE, Write
from drivers.wire import current_time
from drivers.wire.events import Event, InfoEvent
from monitor.core.clock import Clock

CURRENT_TIME = f"00002a2b{BLUETOOTH_BASE}"
DATE_TIME = f"00002a08{BLUETOOTH_BASE}"


class ClockSetting:
    """Tells the device the time when it connects, and once more when it asks for that by telling its own.

    Whichever of the two characteristics a device has takes it: Current Time (Omron and others) or
    Date Time (A&D). What the device told of its clock before goes to `freshness` first.
    """

    def __init__(self, clock: Clock, freshness: Freshness) -> None:
        self._clock = clock
        self._freshness = freshness
        self._connected = False
        self._asked = False
        self._answered = False

    def local(self) -> datetime:
        """Return this computer's local time, naive, as on a device's display."""
        return self._clock.utc().astimezone().replace(tzinfo=None)

    def heard(self, events: Iterable[Event]) -> None:
        """Take note of a clock that is told; an unset one asks for the time too."""
        for event in events:
            if not (isinstance(event, InfoEvent) and event.field is event.field.CLOCK):
                continue
            self._asked = self._connected and not self._answered
            if (time := current_time.told(event)) is not None:
                self._freshness.clock_told(time, self.local())

    def opened(self) -> list[Write]:
        """Return what sets the clock at the beginning of a connection."""
        self._connected, self._asked, self._answered = True, False, False
        return self._set()

    def due(self) -> list[Write]:
        """Return the answer to a clock that was told after the beginning: one in a connection."""
        if not self._asked:
            return []
        # a device may tell the time again because it was set: no second answer
        self._asked, self._answered = False, True
        return self._set()[:1]

    def closed(self) -> None:
        """Forget what was told on the connection that has ended."""
        self._connected = False
        self._freshness.opened()

    def _set(self) -> list[Write]:
        local = self.local()
        self._freshness.clock_set(local)
        return [
            Write(current_time.current_time(local), CURRENT_TIME, response=True),
            Write(current_time.date_time(local), DATE_TIME, response=True),
        ]
