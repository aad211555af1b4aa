"""SatSeconds: how deep times how long, so that a deep fall alarms sooner than a shallow one."""

from monitor.core.clock import SECOND, Nanos, seconds

LONGEST_STEP = seconds(3)
"""A sample stands for the time to the next one, at most this long."""


class SatSeconds:
    """The integral of one limit. Inside it falls at the mean rate of its rise; unknown changes nothing."""

    __slots__ = ("_depth", "_rise", "_rise_s", "_since", "total")

    def __init__(self) -> None:
        self.total = 0.0
        self._depth: float | None = None  # of the last sample: 0 inside, None unknown
        self._since = Nanos(0)
        self._rise = 0.0
        self._rise_s = 0.0

    @property
    def idle(self) -> bool:
        """True when nothing is left to fall, and the last sample was not outside."""
        return self.total == 0.0 and not self._depth

    def add(self, depth: float | None, t: Nanos) -> None:
        """Take a sample: its depth outside the limit, 0 when inside, None when there is no value."""
        self.total = self.at(t)
        if self._depth:
            step_s = self._step_s(t)
            self._rise += self._depth * step_s
            self._rise_s += step_s
        if self.total == 0.0:
            self._rise = self._rise_s = 0.0
        self._depth = depth
        self._since = t

    def at(self, now: Nanos) -> float:
        """Return the integral at `now`, the last sample standing until then."""
        if self._depth is None or (self._depth == 0.0 and self.total == 0.0):
            return self.total
        step_s = self._step_s(now)
        if self._depth > 0.0:
            return self.total + self._depth * step_s
        return max(0.0, self.total - self._rise / self._rise_s * step_s) if self._rise_s else 0.0

    def _step_s(self, now: Nanos) -> float:
        return min(now - self._since, LONGEST_STEP) / SECOND

    def reset(self) -> None:
        """Forget everything."""
        self.total = self._rise = self._rise_s = 0.0
        self._depth = None
