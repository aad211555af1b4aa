"""The trend of one numeric channel: times and values of hours, preallocated, windows as views."""

import numpy as np
import numpy.typing as npt

from monitor.core.clock import Nanos, seconds

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class NumericTrend:
    """Readings of one channel, oldest first; NaN stands for "no reading". One writer.

    A view is valid until the next append.
    """

    def __init__(self, points: int) -> None:
        """Keep at least the newest `points` readings."""
        self._points = points
        self._times = np.zeros(2 * points, np.int64)
        self._values = np.full(2 * points, np.nan, np.float32)
        self._end = 0

    def append(self, t: Nanos, value: float | None) -> None:
        """Add a reading; None is "no reading"."""
        if self._end == len(self._times):
            kept = self._points - 1
            self._times[:kept] = self._times[self._end - kept :]
            self._values[:kept] = self._values[self._end - kept :]
            self._end = kept
        self._times[self._end] = t
        self._values[self._end] = np.nan if value is None else value
        self._end += 1

    def window(self, since: Nanos) -> tuple[Times, Floats]:
        """Return times and values from `since` on, as read-only views."""
        start = int(np.searchsorted(self._times[: self._end], since))
        times, values = self._times[start : self._end], self._values[start : self._end]
        times.flags.writeable = values.flags.writeable = False
        return times, values

    def sampled(self, now: Nanos, span_s: float, step_s: float) -> tuple[Times, Floats]:
        """Return the last reading of every step of `step_s` within `span_s` before `now`; 0: all."""
        times, values = self.window(Nanos(now - seconds(span_s)))
        if step_s <= 0 or len(times) == 0:
            return times, values
        steps = times // seconds(step_s)
        last = np.append(steps[1:] != steps[:-1], True)
        return times[last], values[last]
