"""The body at one moment, and how it wanders by itself."""

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vitals:
    """What goes on in the body: %, beats and breaths a minute, mmHg, degrees Celsius."""

    spo2_pct: float
    pulse_bpm: float
    breaths_per_min: float
    sys: float
    dia: float
    breath_depth: float = 1.0  # how much the chest moves, 0 to 1
    perfusion_pct: float = 3.5
    temperature_c: float = 36.6

    @property
    def map(self) -> float:
        """Return the mean pressure by the cuff makers' rule of thumb."""
        return self.dia + (self.sys - self.dia) / 3.0


class Wander:
    """A slow bounded wandering round zero: three seeded waves that never repeat together.

    Its standard deviation is 0.41 of the bound.
    """

    def __init__(self, seed: str, bound: float, period_s: float) -> None:
        chance = random.Random(seed)
        self._waves = [
            (bound / 3.0, period_s * chance.uniform(0.6, 1.6), chance.uniform(0.0, math.tau))
            for _ in range(3)
        ]

    def at(self, t_s: float) -> float:
        """Return the deviation at `t_s`, never beyond the bound."""
        return sum(size * math.sin(math.tau * t_s / period + phase) for size, period, phase in self._waves)
