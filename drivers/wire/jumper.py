"""Jumper JPD-500F: values of its notify characteristic.

A value of exactly four bytes that begins with 81 has the numbers: pulse (255 none), SpO2 (127 none),
perfusion index in tenths of a percent. Other values are not documented. There is no checksum: what
is not plausible is no such value, as a wave of four samples may begin with 81 too.
"""

from drivers.wire.events import Event, GarbageEvent, NumericEvent, Span
from monitor.core.types import Reason
from monitor.core.units import Unit

_LENGTH = 4
_NUMBERS = 0x81
_NO_PULSE = 255
_NO_SPO2 = 127
_PULSE = range(20, 251)
_SPO2 = range(35, 101)


class JumperDecoder:
    """Numbers of one value; nothing between two values belongs together."""

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        if len(data) != _LENGTH or data[0] != _NUMBERS:
            return [GarbageEvent(span, "not documented")]
        pulse, spo2, perfusion = data[1:]
        if (pulse not in _PULSE and pulse != _NO_PULSE) or (spo2 not in _SPO2 and spo2 != _NO_SPO2):
            return [GarbageEvent(span, "not plausible")]
        neither = pulse == _NO_PULSE and spo2 == _NO_SPO2
        return [
            _number(span, "spo2", spo2, spo2 == _NO_SPO2, Unit.PERCENT),
            _number(span, "pulse_rate", pulse, pulse == _NO_PULSE, Unit.PER_MIN),
            _number(span, "perfusion_index", perfusion / 10, neither, Unit.PERCENT),
        ]

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []


def _number(span: Span, channel: str, value: float, missing: bool, unit: Unit) -> NumericEvent:
    return NumericEvent(span, channel, None if missing else value, Reason.MISSING if missing else None, unit)
