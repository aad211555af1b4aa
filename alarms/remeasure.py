"""What a pressure alarm wants of a cuff that takes orders: a measurement, and when (alarm decisions, 4).

A reading that is to be confirmed is repeated once, a failed measurement is tried once more, each 60 s
after it; while a pressure alarms, a cuff in a cycle measures at least every 5 min, every 10 min when
all of it is medium and acknowledged. The cuff itself sees to the rest of the arm, and obeys none of
this after a person has stopped it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alarms.condition import Condition
from alarms.types import Priority, State
from monitor.core.clock import Nanos, seconds

REPEAT_AFTER = seconds(60)
ASK_AGAIN_AFTER = seconds(90)
"""A repeat that has not begun by then (its order was lost with the connection) is asked for again."""
REPEATS_MOST = 2
"""Repeats in a row by itself: one pressure may be inside by the repeat and another outside. Then a person
measures, or the deadline makes it high."""
ALARMING_EVERY = seconds(300)
SEEN_EVERY = seconds(600)


def at_most(conditions: Sequence[Condition]) -> Nanos | None:
    """Return the longest interval of a cycle while these alarm, None when none does."""
    active = [condition for condition in conditions if condition.active]
    if not active:
        return None
    seen = all(c.state is State.ACK and c.priority is Priority.MEDIUM for c in active)
    return SEEN_EVERY if seen else ALARMING_EVERY


@dataclass(frozen=True, slots=True)
class Want:
    """A measurement that is wanted `after` from now, and why, for people."""

    after: Nanos
    why: str


class Remeasure:
    """One cuff; asks for each measurement once, and again when its order came to nothing."""

    def __init__(self) -> None:
        self._outcome_t: Nanos | None = None  # of the last measurement, failed ones too
        self._failed = False  # that one
        self._retried = False  # since the last valid reading
        self._began: Nanos | None = None  # the last that was seen to begin
        self._asked_for: Nanos | None = None  # the reading whose repeat was asked for
        self._asked_at: Nanos | None = None
        self._repeats = 0  # asked for in a row, each for the reading of the one before
        self.refused = False  # the cuff does not do it by itself: somebody must

    def began(self, t: Nanos) -> None:
        """The cuff measures."""
        self._began = t

    def hear(self, t: Nanos, *, failed: bool) -> None:
        """A measurement is over."""
        self._outcome_t, self._failed = t, failed
        if not failed:
            self._retried = False
        elif self._retried:
            self.refused = True  # there is no third try

    def planned(self, busy: bool, due: Nanos | None) -> None:
        """The cuff tells what it does: when it measures no more, what it was asked for is gone."""
        asked = self._asked_for is not None and not self._begun_since(self._asked_for)
        if asked and not busy and due is None:
            self.refused = True

    def promised(self, now: Nanos) -> bool:
        """Return whether the repeat comes without anybody's help."""
        if self.refused or self._asked_for is None:
            return False
        return now - self._asked_for < ASK_AGAIN_AFTER or self._begun_since(self._asked_for)

    def want(self, conditions: Sequence[Condition], interval: Nanos | None, now: Nanos) -> Want | None:
        """Return what is wanted and was not asked for yet; `interval` is that of the cycle in force."""
        active = [condition for condition in conditions if condition.active]
        confirming = [c.pressure.reading_t for c in active if c.pressure and c.pressure.deadline is not None]
        wanted = self._repeat(max((t for t in confirming if t is not None), default=None), now)
        if wanted is None:
            wanted = self._retry(bool(active) or interval is not None, now)
        if wanted is None and interval is not None:
            wanted = self._sooner(active, interval, now)
        if wanted is not None:
            self._asked_at, self.refused = now, False
        return wanted

    def _repeat(self, reading_t: Nanos | None, now: Nanos) -> Want | None:
        if reading_t is None:
            self._repeats = 0
            return None
        if self._asked_for is None or self._asked_for < reading_t:
            self._asked_for = reading_t
            self._repeats += 1
            self.refused = self._repeats > REPEATS_MOST
            if self.refused:
                return None
            return Want(_left(reading_t, REPEAT_AFTER, now), "to confirm the pressure")
        may = self._repeats <= REPEATS_MOST
        lost = may and now - reading_t >= ASK_AGAIN_AFTER and not self._begun_since(reading_t)
        if (
            lost
            and self._repeats <= REPEATS_MOST
            and (self._asked_at is None or now - self._asked_at >= ASK_AGAIN_AFTER)
        ):
            return Want(Nanos(0), "to confirm the pressure")
        return None

    def _begun_since(self, t: Nanos) -> bool:
        return self._began is not None and self._began > t

    def _retry(self, wished: bool, now: Nanos) -> Want | None:
        if not (wished and self._failed) or self._retried or self._outcome_t is None:
            return None
        self._retried = True
        return Want(_left(self._outcome_t, REPEAT_AFTER, now), "the last measurement failed")

    def _sooner(self, active: Sequence[Condition], interval: Nanos, now: Nanos) -> Want | None:
        """Want a measurement before the cycle's own is due; again when none has begun for 90 s since."""
        every = at_most(active)
        if every is None or self._outcome_t is None or interval <= every:
            return None
        due = self._outcome_t + every
        tried = [t for t in (self._asked_at, self._began) if t is not None and t >= due]
        if now < due or (tried and now - max(tried) < ASK_AGAIN_AFTER):
            return None
        return Want(Nanos(0), f"a pressure alarms: every {every // seconds(60)} min")

    def dump(self) -> list[Any]:
        """Return it as plain values."""
        times = [self._began, self._asked_for, self._asked_at]
        return [self._outcome_t, self._failed, self._retried, *times, self.refused]

    def load(self, kept: list[Any], shift: int) -> None:
        """Take it up again; what was ordered is gone with the process before, and is wanted anew."""
        outcome_t, self._failed, self._retried, began, asked_for, asked_at, *rest = kept
        self.refused = bool(rest and rest[0])  # a dump of an older station does not say it
        moved = [None if t is None else Nanos(t + shift) for t in (outcome_t, began, asked_for, asked_at)]
        self._outcome_t, self._began, self._asked_for, self._asked_at = moved
        self._forget_orders()

    def _forget_orders(self) -> None:
        over = self._outcome_t
        if self._began is not None and (over is None or self._began > over):
            self._began = None  # its outcome will not come
        if self._asked_for is not None and not self._begun_since(self._asked_for):
            self._asked_for = None
        if self._asked_at is not None and not self._begun_since(self._asked_at):
            self._asked_at = None
            self._retried = self._retried and not self._failed


def _left(since: Nanos, span: Nanos, now: Nanos) -> Nanos:
    return Nanos(max(0, since + span - now))
