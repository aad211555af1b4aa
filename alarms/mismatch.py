"""SOURCE_MISMATCH: pulse rate and heart rate of one patient say different things."""

from collections.abc import Callable, Sequence

from alarms.condition import Condition
from alarms.missing import BLANK, Ladder
from alarms.occurrence import Occurrences, On
from alarms.track import Track
from monitor.core.clock import Nanos

AGREE_WITHIN = 20.0
"""Pulse rate and heart rate that differ by no more than this say the same."""


def agree(pulse: Sequence[Track], heart: Sequence[Track]) -> bool | None:
    """Return whether all current rates say the same; None: there is nothing to compare."""
    pulses = [track.value for track in pulse if track.value is not None]
    hearts = [track.value for track in heart if track.value is not None]
    if not pulses or not hearts:
        return None
    return max(pulses) - min(hearts) <= AGREE_WITHIN and max(hearts) - min(pulses) <= AGREE_WITHIN


class Mismatch:
    """The clock of the condition; it runs while a rate has no value, and cannot fire then."""

    def __init__(
        self,
        condition: Condition,
        ladder: Ladder,
        pulse: Sequence[Track],
        heart: Sequence[Track],
        technical: Callable[[], bool],
    ) -> None:
        self.condition = condition
        self.ladder, self._pulse, self._heart = ladder, pulse, heart
        self._technical = technical  # a technical alarm of these devices is active
        self.since: Nanos | None = None
        self._unknown_since: Nanos | None = None

    def tick(self, machine: Occurrences, now: Nanos) -> None:
        """Compare the rates."""
        same = agree(self._pulse, self._heart)
        if same is None:
            self._lack(machine, now)
            return
        self._unknown_since = None
        if same:
            self.since = None
            if self.condition.active:
                machine.apply(self.condition, On.CLEARED, now, reason="cleared")
            return
        if self.since is None:
            self.since = now
        due = self.ladder.due(now - self.since)
        if due is not None and not self.condition.active:
            machine.apply(self.condition, On.DUE, now, priority=due)

    def _lack(self, machine: Occurrences, now: Nanos) -> None:
        if self._unknown_since is None:
            self._unknown_since = now
        if now - self._unknown_since >= BLANK and self._technical():
            self.since = None
            machine.apply(self.condition, On.DATA_LOST, now, reason="data_lost")
