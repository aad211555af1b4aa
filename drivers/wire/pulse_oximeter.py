"""PLX Continuous 0x2A5F, Spot-Check 0x2A5E and Features 0x2A60 of the Pulse Oximeter Service.

Of the pairs the "normal" one counts; the fast and slow ones are other averages of the same. A
number is shown only when the measurement status allows it: early, demonstration, test and
calibration values, and those that the device calls unavailable, questionable or invalid, are no
values.
"""

from datetime import datetime
from typing import NamedTuple

from drivers.wire import sfloat
from drivers.wire.events import Event, GarbageEvent, InfoEvent, NumericEvent, Span, StatusEvent
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

_EARLY = 1 << 6
_STORED = 1 << 9
_CALIBRATING = 1 << 12
_NO_NUMBER = 0xFE40 & ~_STORED
"""Early, demonstration, testing, calibration, unavailable, questionable, invalid."""
_OFF_FINGER = 1 << 11 | 1 << 13
_BROKEN = 1 << 1 | 1 << 14 | 1 << 15
_ANALYSING = 1 << 9
_CODES = (
    (1 << 1, StatusCode.DEVICE_FAULT),
    (1 << 14 | 1 << 15, StatusCode.SENSOR_FAULT),
    (_OFF_FINGER, StatusCode.SENSOR_OFF),
    (1 << 12, StatusCode.UNKNOWN_SENSOR),
    (1 << 5, StatusCode.LOW_PERFUSION),
    (1 << 3 | 1 << 4, StatusCode.WEAK_SIGNAL),
    (1 << 7, StatusCode.PULSE_SEARCH),  # non-pulsatile
    (1 << 2 | 1 << 6 | 1 << 8, StatusCode.ARTIFACT),  # irregular processing, erratic, questionable pulse
    (1 << 10, StatusCode.INTERFERENCE),
)
"""Of the device and sensor status; bits 0 (extended update) and 9 (analysis ongoing) need no flag."""
_DOUBTFUL = 0x15FC
"""Bits 2 to 8, 10 and 12: a low signal quality, or a sensor that the device does not know."""

_FAST, _SLOW, _STATUS, _SENSOR, _AMPLITUDE = 0x01, 0x02, 0x04, 0x08, 0x10
_CONTINUOUS = ((_FAST, 4), (_SLOW, 4), (_STATUS, 2), (_SENSOR, 3), (_AMPLITUDE, 2))
_TIME, _SPOT_STATUS, _SPOT_SENSOR, _SPOT_AMPLITUDE, _CLOCK_UNSET = 0x01, 0x02, 0x04, 0x08, 0x10
_SPOT_CHECK = ((_TIME, 7), (_SPOT_STATUS, 2), (_SPOT_SENSOR, 3), (_SPOT_AMPLITUDE, 2))

_FEATURES = (
    "measurement status",
    "sensor status",
    "memory for spot-checks",
    "time stamps",
    "fast pair",
    "slow pair",
    "pulse amplitude",
    "several bonds",
)


class _Values(NamedTuple):
    """One measurement as sent."""

    spo2: float | None
    pulse: float | None
    status: int = 0
    sensor: int = 0
    amplitude: float | None = None
    has_amplitude: bool = False
    time: datetime | None = None

    @property
    def reason(self) -> Reason | None:
        """Return why the device's own numbers do not count; None when they do."""
        if self.sensor & _OFF_FINGER:
            return Reason.SENSOR_OFF
        if self.status & _NO_NUMBER:
            return Reason.SEARCHING if self.status & (_EARLY | _CALIBRATING) else Reason.MISSING
        return Reason.MISSING if self.sensor & _BROKEN else None


class _Flags:
    """Tells a flag of the device when it changes."""

    def __init__(self) -> None:
        self._active: frozenset[StatusCode] = frozenset()

    def changes(self, span: Span, sensor: int, clock_unset: bool) -> list[Event]:
        active = {code for mask, code in _CODES if sensor & mask}
        if clock_unset:
            active.add(StatusCode.CLOCK_UNSET)
        changed, self._active = active ^ self._active, frozenset(active)
        return [StatusEvent(span, code, code in active) for code in sorted(changed)]


class ContinuousDecoder:
    """SpO2, pulse rate and amplitude, about once a second."""

    def __init__(self) -> None:
        self._flags = _Flags()

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        fields = _fields(data, _CONTINUOUS)
        if fields is None:
            return [GarbageEvent(span, "truncated")]
        values = _values(data, fields, _STATUS, _SENSOR, _AMPLITUDE)
        return self._flags.changes(span, values.sensor, False) + _numbers(span, values)

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []


class UntimedSpotCheck(NumericEvent, frozen=True, gc=False):
    """A number of a measurement that ended, nobody knows when: it may be from the memory."""


class SpotCheckDecoder:
    """One measurement that ended, now or long ago."""

    def __init__(self) -> None:
        self._flags = _Flags()

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        fields = _fields(data, _SPOT_CHECK)
        if fields is None:
            return [GarbageEvent(span, "truncated")]
        values = _values(data, fields, _SPOT_STATUS, _SPOT_SENSOR, _SPOT_AMPLITUDE)
        if _TIME in fields:
            values = values._replace(time=sfloat.date_time_at(data, fields[_TIME]))
        unset = bool(data[0] & _CLOCK_UNSET)
        kind = UntimedSpotCheck if values.time is None else NumericEvent
        return self._flags.changes(span, values.sensor, unset) + _numbers(span, values, kind)

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []


class FeaturesDecoder:
    """What the oximeter can do, in words."""

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        if len(data) < 2 or len(data) < 2 + (2 if data[0] & 0x01 else 0) + (3 if data[0] & 0x02 else 0):
            return [GarbageEvent(span, "truncated")]
        can = [name for bit, name in enumerate(_FEATURES) if data[0] >> bit & 1]
        return [InfoEvent(span, InfoField.FEATURES, ", ".join(can) or "none")]

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []


def _fields(data: bytes, announced: tuple[tuple[int, int], ...]) -> dict[int, int] | None:
    """Return where the announced fields begin, by flag; None when the value is too short for them."""
    if not data:
        return None
    at, starts = 5, {}
    for flag, size in announced:
        if data[0] & flag:
            starts[flag] = at
            at += size
    return starts if len(data) >= at else None


def _values(data: bytes, fields: dict[int, int], status: int, sensor: int, amplitude: int) -> _Values:
    at_status, at_sensor = fields.get(status), fields.get(sensor)
    return _Values(
        sfloat.value_at(data, 1),
        sfloat.value_at(data, 3),
        0 if at_status is None else int.from_bytes(data[at_status : at_status + 2], "little"),
        0 if at_sensor is None else int.from_bytes(data[at_sensor : at_sensor + 3], "little"),
        sfloat.value_at(data, fields[amplitude]) if amplitude in fields else None,
        amplitude in fields,
    )


def _numbers(span: Span, values: _Values, kind: type[NumericEvent] = NumericEvent) -> list[Event]:
    """Return the numbers, each with its reason when there is none."""
    # without a number of its own, an oximeter that still analyses is searching
    absent = Reason.SEARCHING if values.sensor & _ANALYSING else Reason.MISSING
    told: list[tuple[str, float | None, Unit]] = [
        ("spo2", values.spo2, Unit.PERCENT),
        ("pulse_rate", values.pulse, Unit.PER_MIN),
    ]
    if values.has_amplitude:
        told.append(("perfusion_index", values.amplitude, Unit.PERCENT))
    doubtful = bool(values.sensor & _DOUBTFUL)
    events: list[Event] = []
    for channel, value, unit in told:
        reason = values.reason or (absent if value is None else None)
        events.append(
            kind(
                span,
                channel,
                None if reason else value,
                reason,
                unit,
                doubtful=doubtful and not reason,
                device_time=values.time,
                stored=bool(values.status & _STORED),
            )
        )
    return events
