"""Heart Rate Measurement 0x2A37 and Body Sensor Location 0x2A38: one frame a value.

The hot path is flat on purpose: constants instead of enum look-ups, and the layouts that flags
and lengths announce made once.
"""

from drivers.wire.events import Event, GarbageEvent, InfoEvent, NumericEvent, Span, StatusEvent
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

_WIDE = 0x01
_CONTACT_DETECTED = 0x02
_CONTACT_SUPPORTED = 0x04
_ENERGY = 0x08
_INTERVALS = 0x10
_KNOWN = 0x1F  # bits 5 to 7 are reserved: ignored
_MS_PER_TICK = 1000 / 1024
"""A binary fraction (125/128): the product is exact."""
_USUAL = 32  # bytes
_PER_MIN, _MS = Unit.PER_MIN, Unit.MS
_LOCATIONS = ("other", "chest", "wrist", "finger", "hand", "ear lobe", "foot")


_Layout = tuple[Span, int, bool, bool]
"""What values of one length, with some flags, hold: their span, where the intervals begin (0: none),
whether the rate has 16 bits, and whether the strap knows contact and has none. Plain, as it is
unpacked in half the time of a named one."""


def _layout(flags: int, size: int) -> _Layout | None:
    """Return the layout; None when there are fewer bytes than the flags announce."""
    wide = bool(flags & _WIDE)
    at = 2 + wide + (2 if flags & _ENERGY else 0)
    intervals = bool(flags & _INTERVALS)
    if size < at + 2 * intervals or (intervals and (size - at) % 2):
        return None
    off = flags & (_CONTACT_SUPPORTED | _CONTACT_DETECTED) == _CONTACT_SUPPORTED
    return (0, size), at if intervals else 0, wide, off


_LAYOUTS = {
    flags | size << 5: _layout(flags, size) for size in range(_USUAL + 1) for flags in range(_KNOWN + 1)
}
"""The usual ones, made once: flags and length in one key."""


class HeartRateDecoder:
    """Heart rate and RR intervals; a strap without contact gives no value, with the reason."""

    __slots__ = ("_off",)

    def __init__(self) -> None:
        self._off = False

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        layout = _LAYOUTS.get(data[0] & _KNOWN | len(data) << 5) if data else None
        if layout is None and (not data or (layout := _layout(data[0], len(data))) is None):
            return [GarbageEvent((0, len(data)), "truncated")]
        span, at, wide, off = layout
        rate = data[1] | data[2] << 8 if wide else data[1]
        if off or not rate or self._off:
            return self._doubtful(layout, rate, data)
        first = NumericEvent(span, "heart_rate", rate, None, _PER_MIN)
        if not at:
            return [first]
        if at + 2 == span[1]:  # as a rule: a notification a second, a beat a second
            interval = (data[at] | data[at + 1] << 8) * _MS_PER_TICK
            return [first, NumericEvent(span, "rr_interval", interval, None, _MS)]
        events: list[Event] = [first]
        for i in range(at, span[1], 2):
            interval = (data[i] | data[i + 1] << 8) * _MS_PER_TICK
            events.append(NumericEvent(span, "rr_interval", interval, None, _MS))
        return events

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []

    def _doubtful(self, layout: _Layout, rate: int, data: bytes) -> list[Event]:
        """Return what is said when contact changes, is missing, or no rate is known."""
        span, at, _, off = layout
        events: list[Event] = []
        if off is not self._off:
            self._off = off
            events.append(StatusEvent(span, StatusCode.SENSOR_OFF, off))
        reason = Reason.SENSOR_OFF if off else None
        # straps send 0 while they search
        rate_reason = reason or (None if rate else Reason.SEARCHING)
        value = None if rate_reason else rate
        events.append(NumericEvent(span, "heart_rate", value, rate_reason, _PER_MIN))
        for i in range(at, span[1], 2) if at else ():
            interval = None if off else (data[i] | data[i + 1] << 8) * _MS_PER_TICK
            events.append(NumericEvent(span, "rr_interval", interval, reason, _MS))
        return events


class SensorLocationDecoder:
    """Where the sensor is meant to be worn."""

    def feed(self, data: bytes) -> list[Event]:
        """Return the place in words; never raise."""
        span = (0, len(data))
        if not data or data[0] >= len(_LOCATIONS):
            return [GarbageEvent(span, "no sensor location")]
        return [InfoEvent(span, InfoField.SENSOR_LOCATION, _LOCATIONS[data[0]])]

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []
