"""Masimo "ASCII 1": one line a second, `MM/DD/YY HH:MM:SS NAME=value ...`, read by name.

The fields differ by model; SPO2, BPM and EXC are in every line. (Rad-8, Rad-87 and Rad-57
Operator's Manuals; captured lines of Rad-8 and Radical-7 in masimo-datacapture and pulseox.)

There is no checksum, so the shape must be perfect: fixed numbers of digits, one blank between
fields, no name twice, nothing outside its range, and the fields and widths of the line before (two
lines in a row change them). No byte lost from a captured line, or added to it, then gives a wrong
number. Of its single bits 1 in 38 turns a digit of SpO2, pulse rate or perfusion into another
digit: nothing can tell. Random bytes give a line less than once in 2^200.
"""

import re
from datetime import datetime

from drivers.wire.changes import Changes
from drivers.wire.events import Event, NumericEvent, Span
from drivers.wire.text_lines import TextLines
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

HIGHEST_PI = 20.0
_SHAPE = re.compile(rb"(\d\d/\d\d/\d\d \d\d:\d\d:\d\d)((?: [A-Z][A-Z0-9]*=[!-~]+)+) *")
_VALUES = {
    b"SN": re.compile(rb"[0-9A-Z]+|-+"),
    b"SPO2": re.compile(rb"(?:(0\d\d|100)|---)%?"),
    b"BPM": re.compile(rb"(?:(\d{3})|---)"),
    b"PI": re.compile(rb"(?:(\d\d\.\d\d)|--\.--)%?"),
    b"EXC": re.compile(rb"([0-9A-F]{4,8})"),
    b"ALARM": re.compile(rb"[0-9A-F]{4,8}"),
}
_ANY_VALUE = re.compile(rb"[+-]?[0-9A-F.-]+%?")
_NEEDED = frozenset({b"SPO2", b"BPM", b"EXC"})
_FREE = frozenset({b"SN", b"ALARM", b"EXC"})
"""Fields whose width differs by model."""
_Layout = tuple[tuple[bytes, int], ...]

_NO_SENSOR, _DEFECTIVE, _LOW_PERFUSION, _SEARCH = 0x001, 0x002, 0x004, 0x008
_INTERFERENCE, _OFF_PATIENT, _AMBIENT, _UNRECOGNISED, _LOW_IQ = 0x010, 0x020, 0x040, 0x080, 0x400
_CODES = (
    (_NO_SENSOR | _DEFECTIVE, StatusCode.SENSOR_FAULT),
    (_OFF_PATIENT, StatusCode.SENSOR_OFF),
    (_SEARCH, StatusCode.PULSE_SEARCH),
    (_LOW_PERFUSION, StatusCode.LOW_PERFUSION),
    (_INTERFERENCE | _AMBIENT, StatusCode.INTERFERENCE),
    (_UNRECOGNISED, StatusCode.UNKNOWN_SENSOR),
    (_LOW_IQ, StatusCode.WEAK_SIGNAL),
)
"""EXC; 800, full SET mode, is the normal state, 100 and 200 are reserved."""
_OFF = _NO_SENSOR | _DEFECTIVE | _OFF_PATIENT
_DOUBTFUL = _LOW_PERFUSION | _SEARCH | _INTERFERENCE | _AMBIENT | _LOW_IQ
_CHANNELS = (
    (b"SPO2", "spo2", Unit.PERCENT),
    (b"BPM", "pulse_rate", Unit.PER_MIN),
    (b"PI", "perfusion_index", Unit.PERCENT),
)


class MasimoDecoder:
    """SpO2, pulse rate and perfusion of each whole line, its exceptions when they change."""

    def __init__(self) -> None:
        self._lines = TextLines(self._read)
        self._changes = Changes()
        self._layout: _Layout | None = None
        self._rival: _Layout | None = None

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order; never raise."""
        return self._lines.feed(data)

    def finish(self) -> list[Event]:
        """Return pending garbage and the unfinished line."""
        return self._lines.finish()

    def _read(self, span: Span, line: bytes) -> list[Event]:
        """Return what a line says, nothing when its shape is not perfect."""
        fields = _fields(line)
        if fields is None or not self._fits(fields):
            return []
        found: list[Event] = []
        exceptions = int(fields[b"EXC"], 16)
        for bits, code in _CODES:
            self._changes.flag(span, code, bool(exceptions & bits), found)
        if fields.get(b"SN", b"-").strip(b"-0"):
            self._changes.fact(span, InfoField.SERIAL, fields[b"SN"].decode(), found)
        measured = _device_time(line)
        for name, channel, unit in _CHANNELS:
            if name in fields:
                value, reason = _value(fields[name], exceptions)
                doubtful = value is not None and bool(exceptions & _DOUBTFUL)
                found.append(NumericEvent(span, channel, value, reason, unit, doubtful, measured))
        return found

    def _fits(self, fields: dict[bytes, bytes]) -> bool:
        """Return whether names and free widths are those of the line before; two lines change them."""
        layout = tuple((name, len(fields[name]) if name in _FREE else 0) for name in fields)
        known, self._rival = self._rival if self._rival == layout else self._layout, layout
        if known is not None and known != layout:
            return False
        self._layout = layout
        return True


def _fields(line: bytes) -> dict[bytes, bytes] | None:
    """Return the values by name, without their unit; None when anything is out of shape."""
    shape = _SHAPE.fullmatch(line)
    if shape is None:
        return None
    pairs = [field.split(b"=", 1) for field in shape[2].split()]
    fields = {name: value for name, value in pairs}
    if len(fields) < len(pairs) or not fields.keys() >= _NEEDED:
        return None
    if not all(_VALUES.get(name, _ANY_VALUE).fullmatch(value) for name, value in fields.items()):
        return None
    if b"PI" in fields and (_number(fields[b"PI"]) or 0.0) > HIGHEST_PI:
        return None
    return fields


def _number(field: bytes) -> float | None:
    """Return the number in a field; None for dashes."""
    return None if b"-" in field else float(field.rstrip(b"%"))


def _value(field: bytes, exceptions: int) -> tuple[float | None, Reason | None]:
    """Return the value, or why there is none; a sensor that is off measures nothing, whatever is sent."""
    value = _number(field)
    if exceptions & _OFF:
        return None, Reason.SENSOR_OFF
    if value is not None:
        return value, None
    return None, Reason.SEARCHING if exceptions & _SEARCH else Reason.MISSING


def _device_time(line: bytes) -> datetime | None:
    """Return what the device's clock says; None when no calendar has it."""
    month, day, year, hour, minute, second = (int(line[at : at + 2]) for at in range(0, 18, 3))
    try:
        return datetime(2000 + year, month, day, hour, minute, second)
    except ValueError:
        return None
