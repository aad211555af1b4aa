"""Whom an alarm calls that nobody acknowledges, and how much louder it gets (alarm decisions, 1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from alarms.condition import Condition
from alarms.types import Act, Priority
from monitor.core.clock import Nanos, seconds


@dataclass(frozen=True, slots=True)
class Rung:
    """From `after_s` without an acknowledgement on: who is called, and how much louder it sounds."""

    after_s: float
    calls: str
    louder_db: float = 0.0

    @property
    def after(self) -> Nanos:
        """Return the same in nanoseconds."""
        return seconds(self.after_s)


CONSOLE, SECOND, EVERYBODY = "console", "second person", "everybody"
FURTHER = (CONSOLE, SECOND, EVERYBODY)
"""From the nearest to all."""
LADDERS: Mapping[Priority, tuple[Rung, ...]] = MappingProxyType(
    {
        Priority.HIGH: (
            Rung(0, CONSOLE),
            Rung(30, SECOND),
            Rung(60, EVERYBODY, 3),
            Rung(90, EVERYBODY, 6),
        ),
        Priority.MEDIUM: (Rung(0, CONSOLE), Rung(60, SECOND), Rung(180, EVERYBODY)),
        Priority.LOW: (Rung(0, CONSOLE),),
    }
)
"""Priority -> its rungs; the first is the start itself."""


def rung(condition: Condition) -> Rung:
    """Return the rung that an unacknowledged occurrence stands on."""
    return LADDERS[condition.priority][condition.level]


def climb(heard: Iterable[Condition], now: Nanos) -> tuple[Act, ...]:
    """Let time pass for what is heard and nobody acknowledges; return whom it calls anew.

    The clock runs from the start or the last re-alarm, also through a rise: who has not answered a
    medium alarm for a minute is not waited for again when it becomes high.
    """
    acts = []
    for condition in heard:
        ladder = LADDERS[condition.priority]
        waited = now - condition.unack_since
        level = max(number for number, one in enumerate(ladder) if waited >= one.after)
        if level > condition.level:
            condition.level = level
            calls, which = ladder[level].calls, condition.occurrence
            acts.append(Act(now, "escalation", reason=calls, condition=condition.name, occurrence=which))
    return tuple(acts)


def call_next(heard: Iterable[Condition], now: Nanos) -> tuple[Act, ...]:
    """Return the calls when whoever sounded for the bed is lost: the next person, at once."""
    acts = []
    for condition in heard:
        ladder = LADDERS[condition.priority]
        if condition.level == 0 and len(ladder) > 1:
            condition.level = 1
            which = condition.occurrence
            acts.append(
                Act(now, "escalation", reason=ladder[1].calls, condition=condition.name, occurrence=which)
            )
    return tuple(acts)


def louder_db(heard: Iterable[Condition]) -> float:
    """Return by how much what is heard must be louder than it was set."""
    return max((rung(condition).louder_db for condition in heard), default=0.0)
