"""The trend of one channel as the client has heard it: one point a second, for hours."""

import numpy as np
import numpy.typing as npt

from monitor.core.clock import SECOND, Nanos

Floats = npt.NDArray[np.float64]

CAPACITY = 12 * 3600
"""Points kept: twelve hours at one a second."""


class TrendPoints:
    """Times and values in order of time; a later point within the same second replaces the earlier."""

    def __init__(self) -> None:
        self._t = np.zeros(1024, dtype=np.int64)
        self._values = np.zeros(1024, dtype=np.float64)
        self._count = 0

    def put(self, t: Nanos, value: float | None) -> None:
        """Add a point; None is a moment without a reading. Points older than the last are dropped."""
        last = int(self._t[self._count - 1]) if self._count else None
        if last is not None and t < last:
            return
        if last is not None and t // SECOND == last // SECOND:
            self._count -= 1
        elif self._count == len(self._t):
            self._make_room()
        self._t[self._count] = t
        self._values[self._count] = np.nan if value is None else value
        self._count += 1

    def amend(self, t: Nanos, value: float | None) -> bool:
        """Give the point within 1 s of `t` another value; False when there is none."""
        near = int(np.searchsorted(self._t[: self._count], t - SECOND))
        if near == self._count or self._t[near] > t + SECOND:
            return False
        self._values[near] = np.nan if value is None else value
        return True

    def _make_room(self) -> None:
        if self._count < CAPACITY:
            self._t = np.concatenate([self._t, np.zeros_like(self._t)])
            self._values = np.concatenate([self._values, np.zeros_like(self._values)])
            return
        keep = self._count // 2
        self._t[:keep] = self._t[self._count - keep : self._count]
        self._values[:keep] = self._values[self._count - keep : self._count]
        self._count = keep

    def window(self, now: Nanos, span_s: float) -> tuple[Floats, Floats]:
        """Return (ages in seconds, values) of the last `span_s` seconds, oldest first."""
        first = int(np.searchsorted(self._t[: self._count], now - round(span_s * SECOND)))
        ages: Floats = (now - self._t[first : self._count]) / SECOND
        return ages, self._values[first : self._count].copy()

    @property
    def first(self) -> Nanos | None:
        """Return the time of the oldest point."""
        return Nanos(int(self._t[0])) if self._count else None
