"""Nonin 3230: Continuous Oximetry, 10 bytes once a second, high bytes first.

LENGTH STATUS BATTERY PAI(2) COUNTER(2) SPO2 PULSE(2): battery in tenths of a volt, the pulse
amplitude index in hundredths of a percent, the counter in seconds. Bits 0 and 7 of the status are
reserved.
"""

from enum import IntFlag

from drivers.wire.changes import Changes
from drivers.wire.events import Event, GarbageEvent, NumericEvent, Span
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

_LENGTH = 10
_NO_SPO2 = 127
_NO_PULSE = 511


class _Status(IntFlag):
    WEAK_SIGNAL = 0x02
    SMARTPOINT = 0x04
    SEARCHING = 0x08
    ON_FINGER = 0x10
    LOW_BATTERY = 0x20


class Nonin3230Decoder:
    """Numbers and flags of one value; the finger out or a pulse searched for gives no number."""

    def __init__(self) -> None:
        self._changes = Changes()

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        if len(data) < _LENGTH or data[0] != _LENGTH:
            return [GarbageEvent(span, "no oximetry of 10 bytes")]
        status = data[1]
        out: list[Event] = []
        off = not status & _Status.ON_FINGER
        searching = bool(status & _Status.SEARCHING) and not off
        self._read_flags(span, status, off, searching, out)
        reason = Reason.SENSOR_OFF if off else Reason.SEARCHING if searching else None
        weak = bool(status & _Status.WEAK_SIGNAL)
        spo2, pulse = data[7], data[8] << 8 | data[9]
        amplitude = (data[3] << 8 | data[4]) / 100
        out += (
            _number(span, "spo2", None if spo2 == _NO_SPO2 else spo2, reason, Unit.PERCENT, weak),
            _number(span, "pulse_rate", None if pulse == _NO_PULSE else pulse, reason, Unit.PER_MIN, weak),
            _number(span, "perfusion_index", amplitude, reason, Unit.PERCENT, False),
        )
        self._changes.fact(span, InfoField.BATTERY_V, f"{data[2] / 10:.1f}", out)
        return out

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []

    def _read_flags(self, span: Span, status: int, off: bool, searching: bool, out: list[Event]) -> None:
        flags = (
            (StatusCode.SENSOR_OFF, off),
            (StatusCode.PULSE_SEARCH, searching),
            (StatusCode.WEAK_SIGNAL, bool(status & _Status.WEAK_SIGNAL)),
            (StatusCode.BATTERY_LOW, bool(status & _Status.LOW_BATTERY)),
        )
        for code, active in flags:
            self._changes.flag(span, code, active, out)


def _number(
    span: Span, channel: str, value: float | None, reason: Reason | None, unit: Unit, doubtful: bool
) -> NumericEvent:
    if reason is not None or value is None:
        return NumericEvent(span, channel, None, reason or Reason.MISSING, unit)
    return NumericEvent(span, channel, value, None, unit, doubtful)
