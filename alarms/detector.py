"""When a continuous value has been outside long enough, and inside long enough.

The detector knows values and time, not alarms: its clocks run the same whatever the state of the
condition is. Times come as arguments; the same inputs give the same answer.
"""

from collections import deque

from alarms.limits import Limit
from alarms.satseconds import SatSeconds
from alarms.types import Priority
from monitor.core.clock import Nanos, seconds

HELD = seconds(5)
"""In the dead band the on-delay clock is held this long, then the stay outside is over."""
DOUBTFUL_CLEAR = seconds(30)
"""Doubtful values end a stay outside, or an alarm, only after this long inside."""


class LevelClock:
    """The on-delay and off-delay of one level of one condition."""

    __slots__ = (
        "_clean_since",
        "_doubtful",
        "_edge",
        "_held",
        "_held_since",
        "_inside_since",
        "_low",
        "_off_delay",
        "_on_delay",
        "_ran",
        "_running_since",
        "limit",
        "outside",
        "priority",
    )

    def __init__(self, limit: Limit) -> None:
        self.fit(limit)
        self._inside_since: Nanos | None = None  # beyond hysteresis, doubtful values too
        self._clean_since: Nanos | None = None  # beyond hysteresis, without a doubtful value
        self.reset()

    def fit(self, limit: Limit) -> None:
        """Judge by another limit from now on; the clocks go on."""
        self.limit = limit
        self.priority: Priority = limit.level
        self._edge, self._low = limit.edge, limit.low
        self._on_delay, self._off_delay = limit.on_delay, limit.off_delay

    def fits(self, limit: Limit) -> bool:
        """True when this limit is what values are compared with, and timed by."""
        stated = limit, limit.level, limit.edge, limit.low, limit.on_delay, limit.off_delay
        judged = self.limit, self.priority, self._edge, self._low, self._on_delay, self._off_delay
        return judged == stated

    def reset(self) -> None:
        """End the stay outside."""
        self.outside = False  # the last value
        self._ran = 0
        self._running_since: Nanos | None = None
        self._held = self._doubtful = False
        self._held_since: Nanos | None = None

    @property
    def idle(self) -> bool:
        """True when no stay outside is being timed."""
        return self._running_since is None and not self._held

    def take(self, value: float, doubtful: bool, t: Nanos) -> bool:
        """Take a value; return True when a new stay outside began."""
        outside = value < self._edge if self._low else value > self._edge
        if outside:
            return self._enter(t)
        self.outside = False
        beyond = self.limit.beyond(value)
        self._time_inside(beyond, doubtful, t)
        if not self.idle:
            if beyond and not doubtful:
                self.reset()
            else:
                self._hold(doubtful, t)
        return False

    def _enter(self, t: Nanos) -> bool:
        new = self.idle
        if self._running_since is None:
            self._running_since = t
        self.outside = True
        self._held = self._doubtful = False
        self._held_since = self._inside_since = self._clean_since = None
        return new

    def _hold(self, doubtful: bool, t: Nanos) -> None:
        if self._running_since is not None:
            self._ran += t - self._running_since
            self._running_since = None
        self._held = True
        self._doubtful = self._doubtful or doubtful
        if self._held_since is None:
            self._held_since = t

    def _time_inside(self, beyond: bool, doubtful: bool, t: Nanos) -> None:
        if not beyond:
            self._inside_since = self._clean_since = None
            return
        if self._inside_since is None:
            self._inside_since = t
        if doubtful:
            self._clean_since = None
        elif self._clean_since is None:
            self._clean_since = t

    def unknown(self) -> None:
        """There is no current value: clocks towards an end start again, the on-delay goes on."""
        self._inside_since = self._clean_since = self._held_since = None

    def expire(self, now: Nanos) -> None:
        """End a stay that has been held in the dead band too long."""
        if self._held_since is not None:
            limit = DOUBTFUL_CLEAR if self._doubtful else HELD
            if now - self._held_since > limit:
                self.reset()

    def due(self, now: Nanos) -> bool:
        """True when the on-delay is over, on a value outside."""
        if not self.outside or self._running_since is None:
            return False
        return self._ran + now - self._running_since >= self._on_delay

    def cleared(self, now: Nanos) -> bool:
        """True when values were beyond hysteresis through the off-delay."""
        if self._clean_since is not None and now - self._clean_since >= self._off_delay:
            return True
        through = max(DOUBTFUL_CLEAR, self._off_delay)
        return self._inside_since is not None and now - self._inside_since >= through


class Detector:
    """One condition's clocks, its excursions and its SatSeconds. `levels` are mild first."""

    __slots__ = ("_counted", "_entries", "_sat", "idle", "levels")

    def __init__(self, levels: tuple[Limit, ...]) -> None:
        self.levels = tuple(LevelClock(limit) for limit in levels)
        self._counted = levels[0]  # excursions and SatSeconds count against the mild level
        self._sat = SatSeconds() if self._counted.satseconds is not None else None
        self._entries: deque[Nanos] = deque(maxlen=self._counted.excursions or 1)
        self.idle = True  # nothing is timed: a value inside changes nothing

    def fit(self, levels: tuple[Limit, ...]) -> None:
        """Judge by other limits from now on; clocks, excursions and SatSeconds go on."""
        for level, limit in zip(self.levels, levels, strict=True):
            level.fit(limit)
        self._counted = levels[0]
        if not self._counts(levels[0]):
            self._sat = SatSeconds() if levels[0].satseconds is not None else None
            self._entries = deque(self._entries, maxlen=levels[0].excursions or 1)

    def fits(self, levels: tuple[Limit, ...]) -> bool:
        """True when these limits are what values are compared with, timed and counted by."""
        pairs = zip(self.levels, levels, strict=True)
        return self._counts(levels[0]) and all(level.fits(limit) for level, limit in pairs)

    def _counts(self, limit: Limit) -> bool:
        sums = (self._sat is None) == (limit.satseconds is None)
        return self._counted == limit and sums and self._entries.maxlen == (limit.excursions or 1)

    def look_again(self, value: float, doubtful: bool, t: Nanos) -> None:
        """Judge a known value by the limits as they are now; it is no new excursion."""
        entries = tuple(self._entries)
        self.take(value, doubtful, t)
        self._entries.clear()
        self._entries.extend(entries)

    @property
    def pending(self) -> bool:
        """True while a stay outside is being timed."""
        return not self.levels[0].idle

    @property
    def outside(self) -> bool:
        """True when the last value was outside."""
        return self.levels[0].outside

    def take(self, value: float, doubtful: bool, t: Nanos) -> None:
        """Take an accepted value."""
        mild = self.levels[0]
        mild.expire(t)
        if mild.take(value, doubtful, t):
            self._entries.append(t)
        for level in self.levels[1:]:
            level.expire(t)
            level.take(value, doubtful, t)
        if self._sat is not None:
            depth = abs(self._counted.value - value) if mild.outside else 0.0
            self._sat.add(depth, t)
        self.idle = mild.idle and (self._sat is None or self._sat.idle)

    def unknown(self, t: Nanos) -> None:
        """There is no current value from `t` on."""
        for level in self.levels:
            level.unknown()
            level.outside = False
        if self._sat is not None:
            self._sat.add(None, t)

    def expire(self, now: Nanos) -> None:
        """Let time pass without a new value."""
        for level in self.levels:
            level.expire(now)

    def due(self, now: Nanos) -> tuple[LevelClock, str] | None:
        """Return the most urgent level that is due and why; only on a value outside."""
        for level in reversed(self.levels):
            if level.due(now):
                return level, "on_delay"
        mild = self.levels[0]
        if not mild.outside:
            return None
        if self._sat is not None and self._sat.at(now) >= (self._counted.satseconds or 0.0):
            return mild, "satseconds"
        if self._excursions_due(now):
            return mild, "excursions"
        return None

    def _excursions_due(self, now: Nanos) -> bool:
        wanted = self._counted.excursions
        if wanted is None or len(self._entries) < wanted:
            return False
        return self._entries[-1] - self._entries[0] <= seconds(self._counted.excursions_within_s)

    def cleared(self, now: Nanos) -> bool:
        """True when the condition is over: the mild level is cleared."""
        return self.levels[0].cleared(now)

    def over(self) -> None:
        """End the stay outside; excursions and SatSeconds are kept."""
        for level in self.levels:
            level.reset()

    def fallen_to(self, priority: Priority, now: Nanos) -> Priority | None:
        """Return the lower priority that the values have by now, None when it has not fallen."""
        if not any(level.priority is priority for level in self.levels):
            return None  # risen by time, not by level
        for level in reversed(self.levels):
            if level.priority < priority and not level.idle:
                return level.priority
            if level.priority is priority and not level.cleared(now):
                return None
        return None

    def reset(self) -> None:
        """Forget the stay outside: a new one has its full on-delay."""
        for level in self.levels:
            level.reset()
            level.unknown()
        if self._sat is not None:
            self._sat.reset()
        self._entries.clear()
        self.idle = True
