"""Heart Rate Measurement, characteristic 0x2A37: one frame a value."""

from drivers.wire.events import Event, GarbageEvent, NumericEvent, StatusEvent
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

_WIDE = 0x01
_CONTACT_DETECTED = 0x02
_CONTACT_SUPPORTED = 0x04
_ENERGY = 0x08
_INTERVALS = 0x10
INTERVALS_PER_S = 1024


class HeartRateDecoder:
    """Heart rate and RR intervals; a strap without contact gives no value, with the reason."""

    def __init__(self) -> None:
        self._off = False

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        if not data or len(data) < _announced(data[0]):
            return [GarbageEvent(span, "truncated")]
        flags = data[0]
        intervals = data[_announced(flags) - 2 :] if flags & _INTERVALS else b""
        if len(intervals) % 2:
            return [GarbageEvent(span, "truncated")]
        rate = data[1] | data[2] << 8 if flags & _WIDE else data[1]
        off = flags & (_CONTACT_SUPPORTED | _CONTACT_DETECTED) == _CONTACT_SUPPORTED
        events: list[Event] = []
        if off is not self._off:
            self._off = off
            events.append(StatusEvent(span, StatusCode.SENSOR_OFF, off))
        reason = Reason.SENSOR_OFF if off else None
        # straps send 0 while they search
        rate_reason = reason or (None if rate else Reason.SEARCHING)
        value = None if rate_reason else rate
        events.append(NumericEvent(span, "heart_rate", value, rate_reason, Unit.PER_MIN))
        for at in range(0, len(intervals), 2):
            ticks = intervals[at] | intervals[at + 1] << 8
            interval = None if off else ticks / INTERVALS_PER_S * 1000
            events.append(NumericEvent(span, "rr_interval", interval, reason, Unit.MS))
        return events

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []


def _announced(flags: int) -> int:
    """Return the least length that the flags ask for, one RR interval included."""
    return 2 + (1 if flags & _WIDE else 0) + (2 if flags & _ENERGY else 0) + (2 if flags & _INTERVALS else 0)
