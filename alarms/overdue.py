"""BP_OVERDUE: a schedule is in force, and no valid reading has come in time."""

from alarms.condition import Condition
from alarms.missing import raise_to
from alarms.occurrence import Occurrences, On
from alarms.types import Priority
from monitor.core.clock import Nanos, seconds

LATE_AT, LATE_LEAST = 1.5, seconds(60)
"""Late is one and a half intervals after the last valid reading, at least a minute past its time."""
VERY_LATE_AT = 2.0


class Overdue:
    """The schedule of one cuff, and what it was last kept by. No schedule: nothing is overdue."""

    def __init__(self, condition: Condition, now: Nanos) -> None:
        self.condition = condition
        self.interval: Nanos | None = None
        self.at_most: Nanos | None = None  # a shorter interval that holds while a pressure alarms
        self.in_force = now  # since when
        self.valid_t: Nanos | None = None  # of the last valid reading

    def schedule(self, interval_s: float | None, t: Nanos) -> None:
        """Take the cycle of a cuff that takes orders; None: it measures when asked."""
        if interval_s is None:
            self.interval = None
        elif interval_s > 0:
            if self.interval is None:
                self.in_force = t
            self.interval = seconds(interval_s)

    def hear(self, t: Nanos) -> None:
        """A valid reading was taken, and nothing about it is doubtful."""
        self.valid_t = t

    def tick(self, machine: Occurrences, now: Nanos) -> None:
        """Judge the condition; a longer interval alone does not end it."""
        due = self._due(now)
        if due is None:
            if self.condition.active and (self.interval is None or self._measured_since()):
                reason = "cleared" if self.interval is not None else "schedule_ended"
                machine.apply(self.condition, On.CLEARED, now, reason=reason)
        elif not self.condition.active:
            detail = "last valid" if self.valid_t is not None else ""
            machine.apply(self.condition, On.DUE, now, priority=due, detail=detail, detail_since=self.valid_t)
        else:
            raise_to(machine, self.condition, due, now)

    def _measured_since(self) -> bool:
        """Return whether a later valid reading came than the last one of when it began."""
        last = self.condition.detail_since
        return self.valid_t is not None and (last is None or self.valid_t > last)

    def _due(self, now: Nanos) -> Priority | None:
        if self.interval is None:
            return None
        since = self.in_force if self.valid_t is None else max(self.in_force, self.valid_t)
        interval = self.interval if self.at_most is None else min(self.interval, self.at_most)
        late = max(round(interval * LATE_AT), interval + LATE_LEAST)
        if now - since < late:
            return None
        very = now - since >= max(late, round(interval * VERY_LATE_AT))
        return Priority.MEDIUM if very else Priority.LOW

    def dump(self) -> list[int | None]:
        """Return it as plain values."""
        return [self.interval, int(self.in_force), self.valid_t]

    def load(self, kept: list[int | None], shift: int) -> None:
        """Take it up again."""
        interval, in_force, valid_t = kept
        self.interval = None if interval is None else Nanos(interval)
        self.in_force = Nanos((in_force or 0) + shift)
        self.valid_t = None if valid_t is None else Nanos(valid_t + shift)
