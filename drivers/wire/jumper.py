"""Jumper JPD-500F: values of its notify characteristic.

A value of exactly four bytes that begins with 81 has the numbers: pulse (255 none), SpO2 (127 none),
perfusion index in tenths of a percent. Other values are not documented. There is no checksum: what
is not plausible is no such value, as a wave of four samples may begin with 81 too.

Idle, it sends runs of 2D. Several of them and no numbers between: it measures nothing. Otherwise an
oximeter without a finger would only send what means nothing, and look like another model.
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
_IDLE = 0x2D
_IDLE_AFTER = 3
"""Our choice: how often it sends them is not documented, nor whether never between numbers."""


class JumperDecoder:
    """Numbers of one value, or none where it says again and again that it is idle."""

    def __init__(self) -> None:
        self._idle = 0  # runs since the last numbers

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        if data and data.count(_IDLE) == len(data):
            return self._nothing(span)
        if len(data) != _LENGTH or data[0] != _NUMBERS:
            return [GarbageEvent(span, "not documented")]
        pulse, spo2, perfusion = data[1:]
        if (pulse not in _PULSE and pulse != _NO_PULSE) or (spo2 not in _SPO2 and spo2 != _NO_SPO2):
            return [GarbageEvent(span, "not plausible")]
        self._idle = 0
        neither = pulse == _NO_PULSE and spo2 == _NO_SPO2
        return [
            _number(span, "spo2", spo2, spo2 == _NO_SPO2, Unit.PERCENT),
            _number(span, "pulse_rate", pulse, pulse == _NO_PULSE, Unit.PER_MIN),
            _number(span, "perfusion_index", perfusion / 10, neither, Unit.PERCENT),
        ]

    def finish(self) -> list[Event]:
        """Return nothing: no value waits for another."""
        return []

    def _nothing(self, span: Span) -> list[Event]:
        self._idle = min(self._idle + 1, _IDLE_AFTER)
        if self._idle < _IDLE_AFTER:
            return [GarbageEvent(span, "idle")]
        return [
            _number(span, "spo2", 0, True, Unit.PERCENT),
            _number(span, "pulse_rate", 0, True, Unit.PER_MIN),
            _number(span, "perfusion_index", 0, True, Unit.PERCENT),
        ]


def _number(span: Span, channel: str, value: float, missing: bool, unit: Unit) -> NumericEvent:
    return NumericEvent(span, channel, None if missing else value, Reason.MISSING if missing else None, unit)
