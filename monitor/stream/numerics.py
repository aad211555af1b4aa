"""The trend of one numeric channel: times and values of hours, preallocated, windows as views."""

import math

import numpy as np
import numpy.typing as npt

from monitor.core.clock import Nanos, seconds

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

READINGS_PER_S = 4.0
"""The most readings of one channel in a second for which room is kept (an oximeter sends 3)."""

SLACK = 1 / 8
"""Spare room as a share of what is kept."""


class NumericTrend:
    """Readings of one channel, oldest first; NaN stands for "no reading". One writer.

    A view is valid until the next append: read it in the same turn of the loop, or copy it.
    """

    def __init__(self, span_s: float, rate_hz: float = READINGS_PER_S) -> None:
        """Keep at least `span_s` of readings that come no more often than `rate_hz`."""
        self.capacity = max(1, math.ceil(span_s * rate_hz))
        size = self.capacity + max(1, math.ceil(self.capacity * SLACK))
        self._times = np.zeros(size, np.int64)
        self._values = np.zeros(size, np.float32)
        self._end = 0

    def append(self, t: Nanos, value: float | None) -> None:
        """Add a reading; None is "no reading". One older than the newest counts as of the newest's time."""
        if self._end == len(self._times):
            self._move_to_front()
        newest = int(self._times[self._end - 1]) if self._end else t
        self._times[self._end] = max(t, newest)
        self._values[self._end] = np.nan if value is None else value
        self._end += 1

    def window(self, since: Nanos) -> tuple[Times, Floats]:
        """Return times and values from `since` on, as read-only views."""
        oldest = max(0, self._end - self.capacity)
        start = oldest + int(np.searchsorted(self._times[oldest : self._end], since))
        times, values = self._times[start : self._end], self._values[start : self._end]
        times.flags.writeable = values.flags.writeable = False
        return times, values

    def sampled(self, now: Nanos, span_s: float, step_s: float) -> tuple[Times, Floats]:
        """Return the lowest and the highest reading of every step of `step_s` within `span_s` before `now`.

        So no dip is lost however long the step. A level step gives its last reading, one without any
        value one NaN. A step of 0 gives every reading.
        """
        times, values = self.window(Nanos(now - seconds(span_s)))
        if step_s <= 0 or len(times) == 0:
            return times, values
        steps = times // seconds(step_s)
        starts = np.flatnonzero(np.append(True, steps[1:] != steps[:-1]))
        by_value = np.lexsort((values, steps))  # within a step: lowest first, NaN last
        valued = np.add.reduceat(~np.isnan(values), starts, dtype=np.intp)
        lowest, highest = by_value[starts], by_value[starts + np.maximum(valued, 1) - 1]
        lowest = np.where(values[lowest] == values[highest], highest, lowest)
        chosen = np.unique(np.concatenate((lowest, highest)))
        return times[chosen], values[chosen]

    def _move_to_front(self) -> None:
        kept = self.capacity - 1
        for array in (self._times, self._values):
            array[:kept] = array[self._end - kept : self._end]
        self._end = kept
