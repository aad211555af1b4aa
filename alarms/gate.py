"""The sample gate: what is not a value becomes None with a reason. Nothing is ever clamped."""

import math
from collections import deque
from dataclasses import replace
from datetime import datetime

from monitor.core.catalogue import CATALOGUE, Channel
from monitor.core.clock import Nanos, seconds
from monitor.core.types import Nibp, Numeric, Reading, Reason, StatusCode
from monitor.core.units import Unit, to_unit

SAME_VALUES = seconds(30)
"""The same pressures again within this time of the last time that they came, without a time or number
of their own, are one reading: a table filled downwards, or a last value that is polled."""
REMEMBERED = 64
"""So many dated measurements of a cuff are known again when it sends its memory."""
_Identity = tuple[int | None, datetime | None, tuple[float | None, ...]]


def numeric(reading: Numeric, channel: Channel, newest: Nanos | None) -> Numeric:
    """Return the reading in the channel's unit, or without value and with the reason."""
    if newest is not None and reading.t < newest:
        return _refuse(reading, channel, Reason.LATE)
    value = reading.value
    if value is None:
        return reading
    if reading.unit is channel.unit and channel.plausible[0] <= value <= channel.plausible[1]:
        return reading
    found, reason = _judge(value, reading.unit, channel)
    if reason is not None:
        return _refuse(reading, channel, reason)
    return replace(reading, value=found, unit=channel.unit)


def judged(reading: Reading) -> Reading:
    """Return a reading by itself as the gate lets it through, in the channels' units."""
    if isinstance(reading, Numeric) and reading.channel in CATALOGUE:
        return numeric(reading, CATALOGUE[reading.channel], None)
    return _pressures(reading)[0] if isinstance(reading, Nibp) else reading


def _refuse(reading: Numeric, channel: Channel, reason: Reason) -> Numeric:
    return replace(reading, value=None, unit=channel.unit, reason=reason)


def _judge(value: float, unit: Unit, channel: Channel) -> tuple[float | None, Reason | None]:
    """Return the value in the channel's unit, or the reason against it."""
    if not math.isfinite(value):
        return None, Reason.NOT_FINITE
    try:
        value = to_unit(value, unit, channel.unit)
    except ValueError:
        return None, Reason.WRONG_UNIT
    low, high = channel.plausible
    if not low <= value <= high:
        return None, Reason.OUT_OF_RANGE
    return value, None


class CuffGate:
    """Tells a new measurement of one cuff from the same one again, and from its memory."""

    def __init__(self) -> None:
        self.newest: Nibp | None = None
        self._measured: Nibp | None = None  # the newest with pressures
        self._said_t = Nanos(0)  # when those pressures were last said
        self._dated: deque[_Identity] = deque(maxlen=REMEMBERED)

    def take(self, reading: Nibp) -> tuple[Nibp, tuple[Reason, ...]]:
        """Return the reading in mmHg and the reasons against it; REPEATED, LATE, STORED: not a new one."""
        accepted, reasons = _pressures(reading)
        if reading.stored:
            return accepted, (*reasons, Reason.STORED)
        newest = self.newest
        if newest is not None and reading.t < newest.t:
            return replace(accepted, stored=True), (*reasons, Reason.LATE)
        if newest is not None and self._said_before(accepted, newest):
            return replace(accepted, stored=True), (*reasons, Reason.REPEATED)
        self._know(accepted)
        return accepted, reasons

    def remember(self, reading: Nibp) -> None:
        """Take a reading as known: it was judged before a restart."""
        if not reading.stored:
            self._know(_pressures(reading)[0])

    def _know(self, reading: Nibp) -> None:
        self.newest = reading
        if not reading.failed:
            self._measured, self._said_t = reading, reading.t
        if reading.device_time is not None:
            self._dated.append(_identity(reading))

    def _said_before(self, reading: Nibp, newest: Nibp) -> bool:
        """True for the same pressures of the same measurement; other pressures are always new."""
        identity = _identity(reading)
        if identity in self._dated:
            return True
        if _comparable(reading, newest):
            return identity == _identity(newest)
        measured = self._measured
        if measured is None or reading.failed or _triple(reading) != _triple(measured):
            return False
        if reading.t - self._said_t >= SAME_VALUES:
            return False
        self._said_t = reading.t
        return True


def older(reading: Nibp, newest: Nibp | None) -> bool:
    """True when the cuff's own time or number says that it is not newer than `newest`.

    It may be memory, or a clock that was set back or stands still: such a reading may raise an
    alarm, never clear one.
    """
    if newest is None:
        return False
    if reading.device_time is not None and newest.device_time is not None:
        numbered = reading.sequence is not None and reading.sequence != newest.sequence
        stands = reading.device_time == newest.device_time and not numbered
        return reading.device_time < newest.device_time or stands
    return reading.sequence is not None and reading.sequence == newest.sequence


NOT_NEW = frozenset({Reason.STORED, Reason.LATE, Reason.REPEATED})
"""A cuff reading with one of these neither raises nor clears an alarm."""


def _triple(reading: Nibp) -> tuple[float | None, ...]:
    return reading.sys, reading.dia, reading.map


def _identity(reading: Nibp) -> _Identity:
    return reading.sequence, reading.device_time, _triple(reading)


def _comparable(reading: Nibp, newest: Nibp) -> bool:
    """True when both carry a number, or a time, of their own."""
    if reading.sequence is not None and newest.sequence is not None:
        return True
    return reading.device_time is not None and newest.device_time is not None


def _pressures(reading: Nibp) -> tuple[Nibp, tuple[Reason, ...]]:
    kept: list[float | None] = []
    reasons: list[Reason] = []
    for name, value in (("nibp_sys", reading.sys), ("nibp_dia", reading.dia), ("nibp_map", reading.map)):
        found, reason = (None, None) if value is None else _judge(value, reading.unit, CATALOGUE[name])
        kept.append(found)
        if reason is not None:
            reasons.append(reason)
    sys, dia, mean = kept
    status = reading.status
    if not _fit_together(sys, dia, mean) and StatusCode.IMPLAUSIBLE not in status:
        status = (*status, StatusCode.IMPLAUSIBLE)
    if not reasons and reading.unit is Unit.MMHG and status is reading.status:
        return reading, ()
    accepted = replace(reading, sys=sys, dia=dia, map=mean, unit=Unit.MMHG, status=status)
    return accepted, tuple(reasons)


def _fit_together(sys: float | None, dia: float | None, mean: float | None) -> bool:
    """Return whether the pressures can be of one measurement: diastolic < systolic, the mean between."""
    order = [value for value in (dia, mean, sys) if value is not None]
    return order == sorted(order) and (sys is None or dia is None or dia < sys)
