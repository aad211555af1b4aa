"""A limit as data: stored, shown and compared; its comparator is part of it."""

import math
from enum import StrEnum

import msgspec

from alarms.types import Priority
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import Nanos, seconds

PLAIN_UNITS = {"mm[Hg]": "mmHg"}
"""UCUM codes that a nurse would not read as written."""


class Comparator(StrEnum):
    """How a value is compared with its limit; the value is outside when the comparison holds."""

    BELOW = "<"
    AT_OR_BELOW = "<="
    ABOVE = ">"
    AT_OR_ABOVE = ">="

    @property
    def low(self) -> bool:
        """True for a limit that alarms on low values."""
        return self in (Comparator.BELOW, Comparator.AT_OR_BELOW)


class Decision(StrEnum):
    """What makes a value outside an alarm of this level."""

    DELAY = "delay"  # continuous: outside through the on-delay
    READING = "reading"  # cuff: the first reading
    REPEAT = "repeat"  # cuff: a second reading, or none within the deadline


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One level of one limit condition."""

    condition: str
    channel: str
    comparator: Comparator
    value: float
    priority: str
    decided_by: Decision = Decision.DELAY
    on_delay_s: float = 0.0
    hysteresis: float
    off_delay_s: float = 0.0
    latch: bool = True
    satseconds: float | None = None
    excursions: int | None = None
    excursions_within_s: float = 60.0
    rises_to_high_after_s: float | None = None  # while nobody acknowledges
    source: str
    evidence: str  # V, S, U, D, C: how sure the number is

    @property
    def level(self) -> Priority:
        """Return the priority as a value that can be compared."""
        return Priority.of(self.priority)

    @property
    def low(self) -> bool:
        """True when low values are outside."""
        return self.comparator.low

    @property
    def on_delay(self) -> Nanos:
        """Return how long a value must stay outside."""
        return seconds(self.on_delay_s)

    @property
    def off_delay(self) -> Nanos:
        """Return how long a value must stay beyond hysteresis."""
        return seconds(self.off_delay_s)

    @property
    def edge(self) -> float:
        """Return the last value that is inside: a value less (low) or more (high) is outside."""
        if self.comparator is Comparator.AT_OR_BELOW:
            return math.nextafter(self.value, math.inf)
        if self.comparator is Comparator.AT_OR_ABOVE:
            return math.nextafter(self.value, -math.inf)
        return self.value

    @property
    def clear_at(self) -> float:
        """Return the first value that counts as beyond hysteresis, itself included."""
        return self.value + self.hysteresis if self.low else self.value - self.hysteresis

    def outside(self, value: float) -> bool:
        """True when `value` breaks this limit."""
        return value < self.edge if self.low else value > self.edge

    def beyond(self, value: float) -> bool:
        """True when `value` is inside beyond hysteresis."""
        if self.outside(value):
            return False
        return value >= self.clear_at if self.low else value <= self.clear_at

    @property
    def unit(self) -> str:
        """Return the unit as people read it."""
        code = CATALOGUE[self.channel].unit
        return PLAIN_UNITS.get(code) or str(code)

    @property
    def text(self) -> str:
        """Return the limit with its comparator and unit, "< 90 %"."""
        return f"{self.comparator} {self.value:g} {self.unit}"
