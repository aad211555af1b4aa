"""Blood Pressure Measurement 0x2A35, Intermediate Cuff Pressure 0x2A36 (one layout), Feature 0x2A49."""

from typing import NamedTuple

from drivers.wire import sfloat
from drivers.wire.events import Event, GarbageEvent, InfoEvent, NibpEvent, NumericEvent
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

_KPA = 0x01
_TIME = 0x02
_PULSE = 0x04
_USER = 0x08
_STATUS = 0x10
_UNKNOWN_USER = 255
_STATUS_BITS = (
    (0x01, StatusCode.BODY_MOVEMENT),
    (0x02, StatusCode.CUFF_LOOSE),
    (0x04, StatusCode.IRREGULAR_PULSE),
    (0x20, StatusCode.IMPROPER_POSITION),
)
_PULSE_RANGE = {1: StatusCode.PULSE_ABOVE_RANGE, 2: StatusCode.PULSE_BELOW_RANGE}

_FEATURES = (
    "body movement",
    "cuff fit",
    "irregular pulse",
    "pulse range",
    "position",
    "several bonds",
    "checksum",
    "user data",
    "user-facing time",
)


class _Fields(NamedTuple):
    """Where the announced fields begin; 0 for one that is not there."""

    time: int
    pulse: int
    user: int
    status: int
    length: int


def _fields(flags: int) -> _Fields:
    at, starts = 7, []
    for flag, size in ((_TIME, 7), (_PULSE, 2), (_USER, 1), (_STATUS, 2)):
        starts.append(at if flags & flag else 0)
        at += size if flags & flag else 0
    time, pulse, user, status = starts
    return _Fields(time, pulse, user, status, at)


def _status(data: bytes, at: int) -> tuple[StatusCode, ...]:
    word = data[at] | data[at + 1] << 8
    found = [code for bit, code in _STATUS_BITS if word & bit]
    pulse_range = _PULSE_RANGE.get(word >> 3 & 0b11)
    return (*found, pulse_range) if pulse_range else tuple(found)


def _unit(data: bytes) -> Unit:
    return Unit.KPA if data[0] & _KPA else Unit.MMHG


class BloodPressureDecoder:
    """A finished measurement; three pressures without a value are a failed one."""

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        if not data or len(data) < (fields := _fields(data[0])).length:
            return [GarbageEvent(span, "truncated")]
        systolic, diastolic, mean = (sfloat.value_at(data, at) for at in (1, 3, 5))
        status = _status(data, fields.status) if fields.status else ()
        if systolic is None and diastolic is None and mean is None:
            status = (*status, StatusCode.MEASUREMENT_FAILED)
        user = data[fields.user] if fields.user else _UNKNOWN_USER
        return [
            NibpEvent(
                span,
                systolic,
                diastolic,
                mean,
                pulse_rate=sfloat.value_at(data, fields.pulse) if fields.pulse else None,
                unit=_unit(data),
                status=status,
                device_time=sfloat.date_time_at(data, fields.time) if fields.time else None,
                user=None if user == _UNKNOWN_USER else user,
            )
        ]

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []


class FeatureDecoder:
    """What the cuff can tell, 0x2A49, in words."""

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        if len(data) < 2:
            return [GarbageEvent(span, "truncated")]
        word = data[0] | data[1] << 8
        can = [name for bit, name in enumerate(_FEATURES) if word >> bit & 1]
        return [InfoEvent(span, InfoField.FEATURES, ", ".join(can) or "none")]

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []


class CuffPressureDecoder:
    """The pressure in the cuff while it measures: the first of the three, the others are unused."""

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        if not data or len(data) < _fields(data[0]).length:
            return [GarbageEvent(span, "truncated")]
        value = sfloat.value_at(data, 1)
        reason = Reason.MISSING if value is None else None
        return [NumericEvent(span, "cuff_pressure", value, reason, _unit(data))]

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []
