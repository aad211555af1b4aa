"""Nellcor's printed output: a line of date, time, %SpO2, BPM, pulse amplitude and status codes.

    12-NOV-98 14:00:05   100   120    50          `*` after a number: beyond the device's own limit
    24-NOV-26 15:30:07   ---   ---   ---   SD     `---`: no value

Split at white space, as columns differ by model. A heading of two or three lines comes every 25
lines. (Operator's manuals NPB-290, NPB-295, N-395; NPB-195 service manual; the driver of an N-595.)

There is no checksum and widths are free, so a lost digit cannot be seen in one line alone: 120
becomes 20. Therefore a line must also be laid out as one of the eight before it: each number begins
or ends where it did there. No single byte lost from a line, or added to it, then
gives a wrong number. Of its single bits 1 in 22 turns a digit of SpO2 or pulse rate into another
digit: nothing can tell. Random bytes give a line less than once in 2^100.

A trend printed from memory has the same lines. From a line with the word TREND on all numbers are
stored ones, up to "Output Complete", or to a line that by its own clock is newer than any point of
the trend can be; where there was no live line before it, up to the next heading without that word.
"""

import re
from collections import deque
from datetime import datetime, timedelta

from drivers.wire.changes import Changes
from drivers.wire.events import Event, GarbageEvent, NumericEvent, Span
from drivers.wire.text_lines import TextLines
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

HIGHEST_SPO2 = 100
LAYOUTS = 8
"""Lines of 16 s: enough for a device that does not align its numbers."""
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NUMBER = rb"\s+(\d{1,3}|---)\*?"
_DATA = re.compile(
    rb"(\d\d)-(" + "|".join(_MONTHS).encode() + rb")-(\d\d) (\d\d):(\d\d):(\d\d)"
    rb"(?=\s)" + 3 * _NUMBER + rb"(?=\s|$)((?:\s+[A-Z]{2})*)\s*"
)
_HEADING = re.compile(rb"\s*([A-Z0-9-]+)\s+VERSION\s+(\S+)\s+CRC:\s*\S+(\s.*)?", re.IGNORECASE)
_TITLES = re.compile(rb"\s*TIME\s+%SPO2\s+BPM\s+PA(\s+STATUS)?\s*", re.IGNORECASE)
_MODE = re.compile(rb"\s*(ADULT|NEO)\s+(\S+)\s+SPO2 RESP MODE:\s*(NORMAL|FAST)\s*")
_TREND = re.compile(rb"\bTREND\b", re.IGNORECASE)
_MENU = re.compile(rb"\s*\d\)?\s+Dump Trend\s*", re.IGNORECASE)
_AFTER_TREND = timedelta(seconds=6)
"""A trend has a point every 2 s: its newest may be a little newer than the last live line."""
_TREND_END = re.compile(rb"\s*Output Complete\s*", re.IGNORECASE)

_OFF = frozenset({b"SD", b"SO"})
_NO_PULSE = frozenset({b"LP", b"LM"})
_DOUBTFUL = frozenset({b"PS", b"MO"})
_CODES = (
    (frozenset({b"SD"}), StatusCode.SENSOR_FAULT),
    (frozenset({b"SO"}), StatusCode.SENSOR_OFF),
    (_NO_PULSE | {b"PS"}, StatusCode.PULSE_SEARCH),
    (frozenset({b"LM", b"MO"}), StatusCode.INTERFERENCE),
    (frozenset({b"LB"}), StatusCode.BATTERY_LOW),
)
"""AO, AS, SH, SL, PH and PL are the device's own alarms: Vigil has its own."""
_Layout = tuple[tuple[int, int], ...]


class NellcorDecoder:
    """SpO2 and pulse rate of each whole line, status and headings when they change."""

    def __init__(self) -> None:
        self._lines = TextLines(self._read)
        self._changes = Changes()
        self._in_trend = False
        self._newest: datetime | None = None  # of the lines that are not from memory
        self._layouts: deque[_Layout] = deque(maxlen=LAYOUTS)

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order; never raise."""
        return self._lines.feed(data)

    def finish(self) -> list[Event]:
        """Return pending garbage and the unfinished line."""
        return self._lines.finish()

    def _read(self, span: Span, line: bytes) -> list[Event]:
        """Return what a line says, nothing when it is none of a Nellcor."""
        data = _DATA.fullmatch(line)
        if data is not None:
            return self._measured(span, data) if self._fits(data) else []
        return self._heading(span, line)

    def _measured(self, span: Span, data: re.Match[bytes]) -> list[Event]:
        spo2, rate = _number(data[7]), _number(data[8])
        if spo2 is not None and spo2 > HIGHEST_SPO2:
            return []
        codes = frozenset(data[10].split())
        measured = _device_time(data)
        self._place(measured)
        found: list[Event] = []
        if not self._in_trend:
            for meant, code in _CODES:
                self._changes.flag(span, code, bool(codes & meant), found)
        for channel, value, unit in (("spo2", spo2, Unit.PERCENT), ("pulse_rate", rate, Unit.PER_MIN)):
            value, reason = _judged(value, codes)
            doubtful = value is not None and bool(codes & _DOUBTFUL)
            found.append(NumericEvent(span, channel, value, reason, unit, doubtful, measured, self._in_trend))
        return found

    def _place(self, measured: datetime | None) -> None:
        """Note the time of a live line; a line that is newer by more than a trend can be ends the trend."""
        newest = self._newest
        if measured is not None and newest is not None and measured - newest > _AFTER_TREND:
            self._in_trend = False
        if measured is not None and not self._in_trend:
            self._newest = measured

    def _fits(self, data: re.Match[bytes]) -> bool:
        """Return whether each number begins or ends where it did in one of the last lines."""
        layout = tuple(data.span(group) for group in (7, 8, 9))
        fits = not self._layouts or any(_alike(layout, known) for known in self._layouts)
        self._layouts.append(layout)
        return fits

    def _heading(self, span: Span, line: bytes) -> list[Event]:
        """Return the facts of a heading, or what else may stand between the data."""
        found: list[Event] = []
        what = ""
        if _MENU.fullmatch(line):
            what = "menu"
        elif _TREND.search(line):
            self._in_trend, what = True, "trend from memory begins"
        elif heading := _HEADING.fullmatch(line):
            self._in_trend, what = self._in_trend and self._newest is not None, "heading"
            self._changes.fact(span, InfoField.MODEL, heading[1].decode(), found)
            self._changes.fact(span, InfoField.SOFTWARE, heading[2].decode("ascii", "replace"), found)
        elif mode := _MODE.fullmatch(line):
            what = "heading"
            text = f"{mode[1].decode()}, {mode[2].decode('ascii', 'replace')}, {mode[3].decode()} response"
            self._changes.fact(span, InfoField.FEATURES, text, found)
        elif _TITLES.fullmatch(line):
            what = "column titles"
        elif _TREND_END.fullmatch(line):
            self._in_trend, what = False, "trend from memory ends"
        return found or ([GarbageEvent(span, what)] if what else [])


def _alike(one: _Layout, other: _Layout) -> bool:
    return all(a[0] == b[0] or a[1] == b[1] for a, b in zip(one, other, strict=True))


def _number(field: bytes) -> int | None:
    return None if field == b"---" else int(field)


def _judged(value: int | None, codes: frozenset[bytes]) -> tuple[int | None, Reason | None]:
    """Return the value, or why there is none; without sensor or pulse nothing is measured."""
    if codes & _OFF:
        return None, Reason.SENSOR_OFF
    if codes & _NO_PULSE:
        return None, Reason.SEARCHING
    if value is not None:
        return value, None
    return None, Reason.SEARCHING if b"PS" in codes else Reason.MISSING


def _device_time(data: re.Match[bytes]) -> datetime | None:
    """Return what the device's clock says; None when no calendar has it."""
    day, year, hour, minute, second = (int(data[group]) for group in (1, 3, 4, 5, 6))
    try:
        return datetime(2000 + year, _MONTHS.index(data[2].decode()) + 1, day, hour, minute, second)
    except ValueError:
        return None
