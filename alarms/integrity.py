"""LIMITS_INVALID: limits that are not what they should be, and values that no limit can be held against.

Alarms 7.4 (checksum, crossing, unit error) and hazards 15, 16, 18.
"""

import hashlib
from collections.abc import Container, Iterable
from typing import Any

import msgspec

from alarms.armed import Armed
from alarms.condition import state_numbers, states_numbers
from alarms.host import Host
from alarms.limits import Limit
from alarms.numbers import Numbers
from alarms.occurrence import Occurrences
from alarms.refit import fits
from alarms.types import State
from monitor.core.clock import Nanos, seconds
from monitor.core.types import Nibp, Numeric, Reason

CODE = "LIMITS_INVALID"
CHECK_EVERY = seconds(5)
CONTINUOUS_REFUSED, CUFF_REFUSED = 3, 1
"""So many readings in a row in a wrong unit are no accident [D]; a cuff's next may come in 15 min."""
KPA = 7.50062
"""mmHg in one kPa: a pressure that only makes sense times this was sent as kPa."""
UNLIKELY_SYS = 35.0
"""mmHg [D]: so low is an arrest, or a crisis in kPa (26 kPa is 195 mmHg); it is judged, and asked about."""


def digest(limits: Iterable[Limit]) -> str:
    """Return what tells whether any number of these limits has changed."""
    return hashlib.sha256(msgspec.json.encode(tuple(limits))).hexdigest()[:16]


def table(numbers: Numbers) -> str:
    """Return what tells whether any number at all has changed: limits, technical rows, acknowledgements."""
    rows = numbers.limit, numbers.technical, numbers.acknowledged, numbers.worse_by
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()[:16]


def strays(armed: Armed, numbers: Numbers) -> str:
    """Return which condition or channel is judged by other numbers than these, "" for none."""
    for condition in armed.conditions():
        if not states_numbers(condition, numbers):
            return condition.name
        if condition.name in numbers.by_condition and not fits(
            condition, numbers.by_condition[condition.name]
        ):
            return condition.name
    for ladder in armed.ladders():
        if not ladder.fits(numbers.technical_by_condition[ladder.condition]):
            return ladder.condition
    return next((track.channel.id for track in armed.track_list if not track.fits), "")


def restate(armed: Armed, numbers: Numbers) -> None:
    """Let everything besides the limits, which `refit` states, be judged by these numbers."""
    for condition in armed.conditions():
        state_numbers(condition, numbers)
    for ladder in armed.ladders():
        ladder.fit(numbers.technical_by_condition[ladder.condition])


class Invalid:
    """The condition itself: it stays until a person has seen it and what caused it is over."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._causes: set[str] = set()

    def begin(self, cause: str, text: str, machine: Occurrences, now: Nanos) -> None:
        """Raise it; another cause after an acknowledgement is an alarm of its own."""
        condition = self._host.conditions[CODE]
        if cause in self._causes and condition.active:
            return
        self._causes.add(cause)
        if condition.state is State.ACK:
            self._host.set(CODE, False, "", machine, now)
        self._host.set(CODE, True, text, machine, now)

    def end(self, cause: str) -> None:
        """That cause is over."""
        self._causes.discard(cause)

    @property
    def causes(self) -> frozenset[str]:
        """Return what is still wrong."""
        return frozenset(self._causes)

    def load(self, causes: Iterable[str]) -> None:
        """Take up what was wrong before a restart."""
        self._causes.update(causes)

    def tick(self, machine: Occurrences, now: Nanos) -> None:
        """End it when it has been acknowledged and nothing is wrong any more."""
        if self._host.conditions[CODE].state is State.ACK and not self._causes:
            self._host.set(CODE, False, "", machine, now)


class Units:
    """Counts the readings of a row that are in a wrong unit, by device and channel."""

    def __init__(self, invalid: Invalid) -> None:
        self._invalid = invalid
        self.refused: dict[str, int] = {}

    def hear(self, reading: Numeric, accepted: Numeric, machine: Occurrences, now: Nanos) -> None:
        """Take a continuous reading and what the gate made of it."""
        where = f"{reading.device_id} {reading.channel}"
        if reading.value is None:
            return
        if accepted.value is not None:
            self._well(where)
        elif accepted.reason is Reason.WRONG_UNIT:
            self._count(where, CONTINUOUS_REFUSED, f"{reading.value:g} {reading.unit}", machine, now)

    def hear_cuff(
        self, reading: Nibp, accepted: Nibp, reasons: Iterable[Reason], machine: Occurrences, now: Nanos
    ) -> None:
        """Take a cuff measurement; kPa that is called mmHg is a wrong unit too."""
        where = f"{reading.device_id} pressure"
        if reading.sys is None or reading.stored or accepted.stored:
            return
        if accepted.sys is not None and accepted.sys < UNLIKELY_SYS:
            told = f"{where}: systolic {accepted.sys:g} mmHg, or kPa ({accepted.sys * KPA:.0f} mmHg)?"
            self.refused[where] = self.refused.get(where, 0) + 1
            self._invalid.begin(where, told, machine, now)
        elif accepted.sys is not None:
            self._well(where)
        elif Reason.WRONG_UNIT in reasons or 70 <= reading.sys * KPA <= 220:
            self._count(where, CUFF_REFUSED, f"{reading.sys:g} {reading.unit}", machine, now)

    def dump(self) -> dict[str, Any]:
        """Return what was refused so far, and what is a cause by now."""
        return {"refused": dict(self.refused), "causes": sorted(self._invalid.causes & self.refused.keys())}

    def load(self, kept: Any, devices: Container[str | None]) -> None:
        """Take up what was refused before a restart, by devices that are still there."""
        there = {
            str(where): int(count)
            for where, count in kept["refused"].items()
            if str(where).rpartition(" ")[0] in devices
        }
        self.refused.update(there)
        self._invalid.load(where for where in kept["causes"] if where in there)

    def _well(self, where: str) -> None:
        if self.refused.pop(where, None) is not None:
            self._invalid.end(where)

    def _count(self, where: str, most: int, said: str, machine: Occurrences, now: Nanos) -> None:
        self.refused[where] = self.refused.get(where, 0) + 1
        if self.refused[where] >= most:
            text = f"{where}: {said} is in a wrong unit, not judged"
            self._invalid.begin(where, text, machine, now)
