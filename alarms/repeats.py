"""A frozen feed: the same message again and again, which no device measured anew (STALE_VALUE)."""

from datetime import datetime

from alarms.condition import Condition
from alarms.missing import Ladder
from alarms.occurrence import Occurrences, On
from monitor.core.clock import Nanos


class Repeats:
    """The device's own time on the readings of one channel, and since when it stands still.

    Only a device that dates its numbers can be judged: values that do not change are no frozen feed.
    """

    __slots__ = ("_value", "condition", "device_time", "ladder", "seen_t", "since")

    def __init__(self, condition: Condition, ladder: Ladder) -> None:
        self.condition, self.ladder = condition, ladder
        self.device_time: datetime | None = None
        self.since = self.seen_t = Nanos(0)
        self._value: float | None = None

    def hear(self, device_time: datetime, value: float | None, t: Nanos) -> bool:
        """Take a dated reading; return True when its time has stood still for too long."""
        self.seen_t = t
        if device_time != self.device_time:
            self.device_time, self.since, self._value = device_time, t, value
            return False
        return self.ladder.due(t - self.since - 1) is not None  # "repeated > 10 s"

    def same(self, value: float | None) -> bool:
        """Return whether a repeated reading says nothing new; another value is remembered."""
        before, self._value = self._value, value
        return value == before

    def judge(self, machine: Occurrences, now: Nanos) -> None:
        """Start or end the condition; what stopped coming altogether ends nothing."""
        due = self.ladder.due(self.seen_t - self.since - 1)
        if due is None:
            machine.apply(self.condition, On.CLEARED, now, reason="cleared")
        elif not self.condition.active:
            machine.apply(self.condition, On.DUE, now, priority=due)

    def dump(self) -> list[str | int | float | None]:
        """Return it as plain values."""
        told = self.device_time.isoformat() if self.device_time is not None else ""
        return [told, int(self.since), int(self.seen_t), self._value]

    def load(self, kept: tuple[str, int, int, float | None], shift: int) -> None:
        """Take it up again."""
        told, since, seen_t, self._value = kept
        self.device_time = datetime.fromisoformat(told) if told else None
        self.since, self.seen_t = Nanos(since + shift), Nanos(seen_t + shift)
