"""Observed values: physiological ids to channels, state bits and units to values or reasons.

A channel that several ids can fill belongs to the first in rank: while that one is sent, with a
value or without, the others are not read. Two sensors of one channel would make it jump.
"""

import struct
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from drivers.wire.events import Event, NibpEvent, NumericEvent, Span, StatusEvent
from drivers.wire.intellivue_float import from_word, is_infinite
from drivers.wire.intellivue_poll import Attributes, Poll, absolute_time
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

OBSERVED = 0x0950
COMPOUND = 0x094B
TIME_STAMP = 0x0990
_VALUE = struct.Struct(">HHHI")  # physiological id, state, unit, FLOAT
_LIST = struct.Struct(">HH")
_UNUSABLE = 0x8000 | 0x2000 | 0x1000 | 0x0800 | 0x0400
"""Invalid, unavailable, calibrating, test data, demonstration data."""
_QUESTIONABLE = 0x4000
_EARLY = 0x0040
_MEASURING = 0x0020
_OWNED_TICKS = 5 * 8000
"""An id owns its channel until it has not been sent for 5 s."""
_GONE_TICKS = 20480
"""A channel that was not in two sets, 1.024 s apart, and is not in the third either has no value."""
_TICKS = 1 << 32

_RATE = {0x0AA0: Unit.PER_MIN, 0x0AE0: Unit.PER_MIN}
_PERCENT = {0x0220: Unit.PERCENT}
_PRESSURE = {0x0F20: Unit.MMHG, 0x0F03: Unit.KPA}
_CELSIUS = {0x17A0: Unit.CELSIUS}


class Meaning(NamedTuple):
    """What one physiological id measures."""

    channel: str
    unit: Unit  # of the channel, for a reading without value
    units: dict[int, Unit]  # that the monitor may send it in
    rank: int = 0


MEANINGS = {
    0x4182: Meaning("heart_rate", Unit.PER_MIN, _RATE),
    0x4822: Meaning("pulse_rate", Unit.PER_MIN, _RATE),
    0x480A: Meaning("pulse_rate", Unit.PER_MIN, _RATE, 1),
    0x4BB8: Meaning("spo2", Unit.PERCENT, _PERCENT),
    0x4BB0: Meaning("perfusion_index", Unit.PERCENT, _PERCENT),
    0x4A11: Meaning("art_sys", Unit.MMHG, _PRESSURE),
    0x4A12: Meaning("art_dia", Unit.MMHG, _PRESSURE),
    0x4A13: Meaning("art_map", Unit.MMHG, _PRESSURE),
    0x4A15: Meaning("art_sys", Unit.MMHG, _PRESSURE, 1),
    0x4A16: Meaning("art_dia", Unit.MMHG, _PRESSURE, 1),
    0x4A17: Meaning("art_map", Unit.MMHG, _PRESSURE, 1),
    0x500A: Meaning("resp_rate", Unit.PER_MIN, _RATE),
    0x5012: Meaning("resp_rate", Unit.PER_MIN, _RATE, 1),
    0x4B48: Meaning("temperature", Unit.CELSIUS, _CELSIUS),
    0x4A05: Meaning("nibp_sys", Unit.MMHG, _PRESSURE),
    0x4A06: Meaning("nibp_dia", Unit.MMHG, _PRESSURE),
    0x4A07: Meaning("nibp_map", Unit.MMHG, _PRESSURE),
    0xF0E5: Meaning("nibp_pulse_rate", Unit.PER_MIN, _RATE),
}
_CUFF = (0x4A05, 0x4A06, 0x4A07)
_CUFF_PULSE = 0xF0E5
_CUFF_IDS = frozenset((*_CUFF, _CUFF_PULSE))
_CUFF_CHANNELS = frozenset(MEANINGS[name].channel for name in _CUFF_IDS)
_UNITS = {meaning.channel: meaning.unit for meaning in MEANINGS.values()}


class _Cuff(NamedTuple):
    """What one answer says of the cuff."""

    pressures: dict[int, NumericEvent]  # by physiological id
    states: int  # all their state bits
    measured: datetime | None


class Numerics:
    """Reads poll results; remembers which id owns a channel, and whether the cuff measures."""

    def __init__(self) -> None:
        self._owners: dict[str, tuple[int, int]] = {}  # channel -> rank, monitor's ticks
        self._measuring = False
        self._began: int | None = None  # monitor's ticks of the first result

    def read(self, poll: Poll, span: Span, out: list[Event]) -> None:
        """Append the events of one result: numbers in wire order, the cuff last."""
        cuff: _Cuff | None = None
        pulse: tuple[NumericEvent, datetime | None] | None = None
        for attributes in poll.objects:
            found: dict[int, NumericEvent] = {}
            states = 0
            for name, state, unit, word in _values(attributes):
                meaning = MEANINGS.get(name)
                if meaning is None or not self._owns(meaning, poll.ticks):
                    continue
                event = _numeric(span, meaning, state, unit, word, poll.clock)
                if name in _CUFF_IDS:
                    found[name] = event
                    states |= state
                else:
                    out.append(event)
            measured = absolute_time(attributes.get(TIME_STAMP, b"")) if found else None
            if _CUFF_PULSE in found:
                pulse = found.pop(_CUFF_PULSE), measured
            if found:
                cuff = _Cuff(found, states, measured)
        if cuff is not None:
            self._read_cuff(cuff, _pulse_of(cuff, pulse), span, out)
        self._tell_gone(poll, span, out)

    def _tell_gone(self, poll: Poll, span: Span, out: list[Event]) -> None:
        """Say of each channel that is not sent any more that it has no value: its module was pulled."""
        self._began = poll.ticks if self._began is None else self._began
        if not self._owners and _apart(self._began, poll.ticks) >= _GONE_TICKS:  # nothing is plugged in
            out.append(NumericEvent(span, "spo2", None, Reason.MISSING, Unit.PERCENT, device_time=poll.clock))
        ages = {channel: _apart(at, poll.ticks) for channel, (_, at) in self._owners.items()}
        for channel, age in ages.items():
            if age >= _GONE_TICKS and channel not in _CUFF_CHANNELS:
                unit, clock = _UNITS[channel], poll.clock
                out.append(NumericEvent(span, channel, None, Reason.MISSING, unit, device_time=clock))
        cuff = [age for channel, age in ages.items() if channel in _CUFF_CHANNELS]
        if self._measuring and min(cuff) >= _GONE_TICKS:
            self._measuring = False
            out.append(StatusEvent(span, StatusCode.MEASURING, False))

    def _owns(self, meaning: Meaning, ticks: int) -> bool:
        """Return whether an id fills its channel now, and note that it was sent."""
        rank, at = self._owners.get(meaning.channel, (meaning.rank, ticks))
        if meaning.rank > rank and _apart(at, ticks) < _OWNED_TICKS:
            return False
        self._owners[meaning.channel] = (meaning.rank, ticks)
        return True

    def _read_cuff(self, cuff: _Cuff, pulse: float | None, span: Span, out: list[Event]) -> None:
        measuring = bool(cuff.states & _MEASURING)
        if measuring is not self._measuring:
            self._measuring = measuring
            out.append(StatusEvent(span, StatusCode.MEASURING, measuring))
        pressures = cuff.pressures
        units = {event.unit for event in pressures.values() if event.value is not None}
        if len(units) != 1:  # none measured, or two units in one reading
            out.extend(_without_value(event, bool(units)) for event in pressures.values())
            return
        sys, dia, mean = (pressures[name].value if name in pressures else None for name in _CUFF)
        doubtful = bool(cuff.states & _EARLY) or any(event.doubtful for event in pressures.values())
        out.append(
            NibpEvent(
                span,
                sys,
                dia,
                mean,
                pulse,
                units.pop(),
                (StatusCode.ARTIFACT,) if doubtful else (),
                cuff.measured,
            )
        )


def _apart(one: int, other: int) -> int:
    """Return how far apart two times of the monitor are, whichever is the later one."""
    passed = (other - one) % _TICKS
    return min(passed, _TICKS - passed)


def _pulse_of(cuff: _Cuff, pulse: tuple[NumericEvent, datetime | None] | None) -> float | None:
    """Return the pulse rate of the same measurement: one with another time is of an earlier one."""
    if pulse is None:
        return None
    event, measured = pulse
    return None if len({measured, cuff.measured} - {None}) > 1 else event.value


def _without_value(event: NumericEvent, mixed: bool) -> NumericEvent:
    if not mixed:
        return event
    return NumericEvent(event.span, event.channel, None, Reason.WRONG_UNIT, Unit.MMHG)


def _values(attributes: Attributes) -> Iterator[tuple[int, int, int, int]]:
    """Yield the observed values of one object: its single one and those of its compound."""
    single = attributes.get(OBSERVED, b"")
    if len(single) == _VALUE.size:
        yield _VALUE.unpack(single)
    compound = attributes.get(COMPOUND, b"")
    if len(compound) >= _LIST.size:
        count, length = _LIST.unpack_from(compound)
        whole = min(length, len(compound) - _LIST.size) // _VALUE.size
        for number in range(min(count, whole)):
            yield _VALUE.unpack_from(compound, _LIST.size + number * _VALUE.size)


def _numeric(
    span: Span, meaning: Meaning, state: int, unit: int, word: int, clock: datetime | None
) -> NumericEvent:
    value = from_word(word)
    known = meaning.units.get(unit)
    if state & _UNUSABLE:
        reason = Reason.MISSING
    elif value is None:
        reason = Reason.NOT_FINITE if is_infinite(word) else Reason.MISSING
    elif known is None:
        reason = Reason.WRONG_UNIT
    else:
        return NumericEvent(
            span, meaning.channel, value, None, known, bool(state & _QUESTIONABLE), device_time=clock
        )
    return NumericEvent(span, meaning.channel, None, reason, known or meaning.unit, device_time=clock)
