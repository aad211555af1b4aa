"""The rows of a preset: every number that the engine judges with, before and after it has a name."""

from functools import cached_property
from typing import Any

import msgspec

from alarms.limits import Limit
from alarms.types import Priority
from monitor.core.clock import Nanos, seconds


class TechnicalLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A priority, and after how long the trouble has it."""

    priority: str
    after_s: float = 0.0

    @property
    def level(self) -> Priority:
        """Return the priority as a value that can be compared."""
        return Priority.of(self.priority)


class Technical(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One technical condition: its levels from mild to urgent."""

    condition: str
    levels: tuple[TechnicalLevel, ...]
    off_delay_s: float = 0.0
    latch: bool = False
    rises_to_high_after_s: float | None = None
    source: str
    evidence: str


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long an acknowledgement holds before the alarm sounds again."""

    high_s: float
    medium_s: float
    low_s: float
    pressure_high_s: float
    pressure_medium_s: float
    source: str
    evidence: str

    def timeout(self, priority: Priority, *, pressure: bool) -> Nanos:
        """Return the time-out of an acknowledgement at `priority`."""
        if priority is Priority.HIGH:
            return seconds(self.pressure_high_s if pressure else self.high_s)
        if priority is Priority.MEDIUM:
            return seconds(self.pressure_medium_s if pressure else self.medium_s)
        return seconds(self.low_s)


class WorseBy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much worse than at the acknowledgement a value must be to void it."""

    spo2: float
    rate: float
    breathing: float
    pressure: float
    source: str
    evidence: str

    def of(self, channel: str) -> float | None:
        """Return the step of one channel, None when it has none."""
        if channel.startswith("nibp_"):
            return self.pressure
        rate = {"pulse_rate": self.rate, "heart_rate": self.rate, "resp_rate": self.breathing}
        return self.spo2 if channel == "spo2" else rate.get(channel)


class Numbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Limits, technical conditions, and what an acknowledgement is worth."""

    limit: tuple[Limit, ...]
    technical: tuple[Technical, ...]
    acknowledged: Acknowledged
    worse_by: WorseBy

    @cached_property
    def by_condition(self) -> dict[str, tuple[Limit, ...]]:
        """Return condition -> its levels, mild first."""
        found: dict[str, list[Limit]] = {}
        for limit in self.limit:
            found.setdefault(limit.condition, []).append(limit)
        return {name: tuple(sorted(levels, key=_mild_first)) for name, levels in found.items()}

    @cached_property
    def technical_by_condition(self) -> dict[str, Technical]:
        """Return condition -> its technical row."""
        return {row.condition: row for row in self.technical}

    @cached_property
    def stated(self) -> dict[tuple[str, bool], dict[str, Any]]:
        """Return what was read out of the table for (condition, a cuff's or not), kept for the next check."""
        return {}


def _mild_first(limit: Limit) -> float:
    return -limit.value if limit.low else limit.value
