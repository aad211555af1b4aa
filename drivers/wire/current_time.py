"""Current Time 0x2A2B and Date Time 0x2A08: a device's clock, read and written. Local time, no zone."""

from datetime import datetime

from drivers.wire import sfloat
from drivers.wire.events import Event, GarbageEvent, InfoEvent, StatusEvent
from monitor.core.types import InfoField, StatusCode

LENGTH = 10
SET_BY_HAND = 0x01
"""Adjust reason: a manual update, as in the one documented example."""
UNSET = "not set"


class CurrentTimeDecoder:
    """What a device tells of its own clock."""

    def __init__(self) -> None:
        self._unset = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the time, and the flag of an unset clock when it changed; never raise."""
        span = (0, len(data))
        if len(data) < LENGTH:
            return [GarbageEvent(span, "truncated")]
        time = sfloat.date_time_at(data, 0)
        found: list[Event] = [InfoEvent(span, InfoField.CLOCK, UNSET if time is None else time.isoformat())]
        if (time is None) is not self._unset:
            self._unset = time is None
            found.append(StatusEvent(span, StatusCode.CLOCK_UNSET, self._unset))
        return found

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []


def told(event: InfoEvent) -> datetime | None:
    """Return the time of a clock event; None when the clock is not set, or the event is another."""
    if event.field is not InfoField.CLOCK or event.text == UNSET:
        return None
    return datetime.fromisoformat(event.text)


def date_time(local: datetime) -> bytes:
    """Return the 7 bytes of Date Time."""
    return local.year.to_bytes(2, "little") + bytes(
        (local.month, local.day, local.hour, local.minute, local.second)
    )


def current_time(local: datetime) -> bytes:
    """Return the 10 bytes of Current Time, whole seconds."""
    return date_time(local) + bytes((local.isoweekday(), 0, SET_BY_HAND))
