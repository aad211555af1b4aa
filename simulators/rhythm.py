"""Heartbeats and breaths: cycles whose length follows the moment, made one after the other."""

import bisect
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

BEFORE_S = 20.0
"""A rhythm has gone on this long at second 0."""
KEPT = 256
"""Cycles kept for questions about the past: at 300 beats a minute still 50 s."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One beat or breath, in wire seconds."""

    start_s: float
    length_s: float

    @property
    def end_s(self) -> float:
        """Return when the next one begins."""
        return self.start_s + self.length_s


class Rhythm:
    """Cycles one after the other; the same seed and the same lengths asked for give the same cycles."""

    def __init__(
        self, seed: str, length_at: Callable[[float], float], *, jitter: float, memory: float = 0.6
    ) -> None:
        self._random = random.Random(seed)
        self._length_at = length_at
        self._jitter = jitter  # relative standard deviation of one cycle's length
        self._memory = memory  # how much of a deviation the next cycle keeps
        self._deviation = 0.0
        self._cycles: list[Cycle] = []
        self._extend()

    def at(self, t_s: float) -> Cycle:
        """Return the cycle that goes on at `t_s`; the oldest kept one for a time long past."""
        while self._cycles[-1].end_s <= t_s:
            self._extend()
        index = bisect.bisect_right(self._cycles, t_s, key=lambda cycle: cycle.start_s) - 1
        return self._cycles[max(index, 0)]

    def phase(self, t_s: float) -> float:
        """Return how far the cycle of `t_s` has gone, 0 to 1."""
        cycle = self.at(t_s)
        return min(1.0, max(0.0, (t_s - cycle.start_s) / cycle.length_s))

    def ended(self, after_s: float, until_s: float) -> list[Cycle]:
        """Return the cycles that ended after `after_s` and not after `until_s`."""
        self.at(until_s)
        return [cycle for cycle in self._cycles if after_s < cycle.end_s <= until_s]

    def _extend(self) -> None:
        start = self._cycles[-1].end_s if self._cycles else -BEFORE_S
        fresh = self._random.gauss(0.0, self._jitter * math.sqrt(1 - self._memory**2))
        self._deviation = self._memory * self._deviation + fresh
        bounded = min(0.2, max(-0.2, self._deviation))
        self._cycles.append(Cycle(start, self._length_at(start) * (1.0 + bounded)))
        if len(self._cycles) > KEPT:
            del self._cycles[0]


def pleth_shape(phase: float) -> float:
    """Return the pulse wave at `phase` of a beat, 0 to 1: steep rise, notch, slow run-off."""
    systolic = _bump(phase, peak=0.2, rise=0.075, fall=0.13)
    diastolic = 0.42 * _bump(phase, peak=0.52, rise=0.07, fall=0.17)
    return systolic + diastolic


def ecg_shape(phase: float) -> float:
    """Return lead II in millivolt at `phase` of a beat: P, QRS and T, the R wave 1 mV."""
    return (
        0.12 * _bump(phase, peak=0.84, rise=0.025, fall=0.025)
        - 0.10 * _bump(phase, peak=0.972, rise=0.008, fall=0.008)
        + 1.0 * _bump(phase, peak=0.0, rise=0.010, fall=0.010)
        - 0.18 * _bump(phase, peak=0.028, rise=0.009, fall=0.009)
        + 0.28 * _bump(phase, peak=0.30, rise=0.050, fall=0.035)
    )


def breath_shape(phase: float) -> float:
    """Return how full the lungs are at `phase` of a breath, 0 to 1."""
    return 0.5 - 0.5 * math.cos(math.tau * phase)


def _bump(phase: float, peak: float, rise: float, fall: float) -> float:
    """Return a bell of different width before and after its peak, wrapped round the beat."""
    return sum(
        math.exp(-0.5 * (distance / (rise if distance < 0 else fall)) ** 2)
        for distance in (phase - peak, phase - peak + 1.0, phase - peak - 1.0)
    )
