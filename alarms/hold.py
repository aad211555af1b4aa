"""A cuff that squeezes the limb of the probe: what the oximeter loses meanwhile is held for a while.

Only what starts is held, and its clocks run on; when the hold is over it is told at once. A valid
value that nothing casts doubt on is never held (alarm decisions, 1).
"""

from monitor.core.clock import Nanos, seconds

AFTER = seconds(15)
AT_MOST = seconds(60)


class Hold:
    """One limb; the cuffs on it say when they squeeze."""

    def __init__(self) -> None:
        self.since: Nanos | None = None
        self.ended: Nanos | None = None

    def squeeze(self, active: bool, t: Nanos) -> None:
        """Take the flag of a cuff on this limb; what begins within a hold does not lengthen it."""
        if not active:
            if self.since is not None and self.ended is None:
                self.ended = t
        elif self.since is None or (self.ended is not None and t >= self.ended + AFTER):
            self.since, self.ended = t, None
        elif self.ended is not None:
            self.ended = None

    def at(self, now: Nanos) -> bool:
        """Return whether something that would start now waits."""
        if self.since is None or now >= self.since + AT_MOST:
            return False
        return self.ended is None or now < self.ended + AFTER

    def dump(self) -> list[int | None]:
        """Return it as plain values."""
        return [self.since, self.ended]

    def load(self, kept: list[int | None], shift: int) -> None:
        """Take it up again."""
        since, ended = kept
        self.since = None if since is None else Nanos(since + shift)
        self.ended = None if ended is None else Nanos(ended + shift)
