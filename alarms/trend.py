"""SPO2_TREND: dips from the patient's own baseline that come again and again."""

from bisect import bisect_left, insort
from collections import deque

from alarms.condition import Condition
from alarms.missing import Ladder
from alarms.occurrence import Occurrences, On
from alarms.track import Track
from monitor.core.clock import SECOND, Nanos, seconds

BASELINE_OF = seconds(600)
BASELINE_LEAST = 300
"""Seconds with values, of those, that make a baseline (alarm decisions, 2)."""
DIP_PCT = 4.0
OVER_PCT = 3.0
"""A dip begins at 4 % under the baseline; only at 3 % or less is it over and may the next one begin."""
DIPS, WITHIN = 3, seconds(1200)
_BETWEEN = SECOND // 2  # a tick that comes early is no second of its own


class Trend:
    """One value a second, their median, and the dips under it."""

    def __init__(
        self, condition: Condition, ladder: Ladder, track: Track, frozen: float | None = None
    ) -> None:
        self.condition = condition
        self.ladder, self._track = ladder, track
        self._frozen = frozen  # the baseline that a person froze; it goes before the median
        self._kept: deque[tuple[Nanos, float]] = deque()
        self._sorted: list[float] = []
        self._dips: deque[Nanos] = deque(maxlen=DIPS)
        self._baseline: float | None = None
        self._restored: float | None = None  # of before a restart, until there are values enough
        self._dip_from: float | None = None  # the baseline of the dip that goes on

    def freeze(self, baseline: float | None) -> None:
        """Count dips from the baseline that a person froze, None: from the median again."""
        self._frozen = baseline

    def reset(self) -> None:
        """Forget the patient."""
        self._baseline = self._restored = self._dip_from = None
        self._kept.clear()
        self._sorted.clear()
        self._dips.clear()

    def tick(self, machine: Occurrences, now: Nanos) -> None:
        """Take the current value, and count."""
        value = self._track.value
        if value is not None and not (self._kept and now - self._kept[-1][0] < _BETWEEN):
            self._look(value, now)
            self._keep(value, now)
        repeated = len(self._dips) == DIPS and now - self._dips[0] <= WITHIN
        if repeated and not self.condition.active:
            due = self.ladder.due(0)
            if due is not None:
                machine.apply(self.condition, On.DUE, now, priority=due, value=value)
        elif self.condition.active and not repeated:
            machine.apply(self.condition, On.CLEARED, now, reason="cleared")

    def _look(self, value: float, now: Nanos) -> None:
        if self._dip_from is not None:
            if value >= self._dip_from - OVER_PCT:
                self._dip_from = None
            return
        baseline = self._frozen if self._frozen is not None else self._baseline
        if baseline is not None and value <= baseline - DIP_PCT:
            self._dip_from = baseline
            self._dips.append(now)

    def _keep(self, value: float, now: Nanos) -> None:
        self._kept.append((now, value))
        insort(self._sorted, value)
        while now - self._kept[0][0] > BASELINE_OF:
            _, old = self._kept.popleft()
            del self._sorted[bisect_left(self._sorted, old)]
        if len(self._sorted) >= BASELINE_LEAST:
            middle = len(self._sorted) // 2
            self._baseline = (self._sorted[middle] + self._sorted[~middle]) / 2
            self._restored = None
        else:
            self._baseline = self._restored

    def dump(self) -> list[object]:
        """Return the baseline and the dips as plain values; the values themselves begin anew."""
        return [self._baseline, self._dip_from, [int(t) for t in self._dips]]

    def load(self, kept: tuple[float | None, float | None, list[int]], shift: int) -> None:
        """Take it up again."""
        self._baseline, self._dip_from, dips = kept
        self._restored = self._baseline
        self._dips.extend(Nanos(t + shift) for t in dips)
