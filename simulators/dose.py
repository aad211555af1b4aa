"""Doses of ketamine, and what they do to pressure, pulse and breathing.

Numbers from the session facts unless called our assumption. A dose with a route acts through its
concentration where ketamine acts: doses add up there, and the effect saturates. A dose without a route
has a course given by hand: it rises as 1 - exp(-t / 18 min) to its peak and then falls by half every
`half_time_min`.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from simulators.plasma import USUAL_PEAK_NG_ML, WAYS, Route, effect, usual_effect

Positive = Annotated[float, Meta(gt=0, le=1e6)]
Rise = Annotated[float, Meta(ge=-100, le=100)]

RISE_MIN = 18.0
"""Time constant of a rise given by hand (fitted to published infusions of 40 min)."""
GIVEN_RISE_SYS, GIVEN_RISE_PULSE = 16.0, 6.0
"""Rises of a dose without route that does not say its own: mmHg (published mean), beats a minute (ours)."""
MEAN_RISE_SYS = {
    Route.IV: (16.0, 11.2),
    Route.IM: (17.6, 12.3),
    Route.NASAL: (13.3, 12.0),
    Route.SUBLINGUAL: (8.0, 8.0),
    Route.ORAL: (8.0, 8.0),
}
"""Mean and standard deviation of the systolic rise at the peak, mmHg. Published for the vein and the nose
(its deviation assumed); muscle as vein x 1.1 and troche assumed by the facts; oral as troche by us."""
STRONG_SHARE, STRONG_RISE_SYS = 0.1, (30.0, 15.0)
"""One patient in ten rises more: the facts' heavy tail."""
RISE_PULSE = (4.0, 8.0)
"""Mean published, deviation assumed by the facts, beats a minute."""
AGE_FACTOR, EARLY_FACTOR = 1.25, 1.1
"""From 65 years on or with hypertension; in the first three sessions."""
MOST_DEVIATION, MOST_RISE_SYS = 2.5, 60.0
"""Bounds of what a seed draws (our assumption): standard deviations, mmHg."""
FALL_BREATHS, FALL_SPO2 = 1.5, 0.5
"""What breathing (a minute) and SpO2 (%) lose at the usual peak (our assumption)."""


class Dose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A dose of ketamine and, where it shall be certain, what it does at the peak of the usual dose."""

    at_min: float
    route: Route | None = None
    mg: Positive | None = None  # neither: the route's usual dose
    mg_per_kg: Positive | None = None
    over_min: Annotated[float, Meta(ge=0, le=1440)] | None = None  # an infusion; 0 is at once
    rise_sys: Rise | None = None  # None: by the seed (with a route)
    dia_share: Annotated[float, Meta(ge=0, le=2)] = 0.65  # of the systolic rise
    rise_pulse: Rise | None = None
    peak_min: Positive | None = None  # without a route
    half_time_min: Positive | None = None

    def __post_init__(self) -> None:
        if self.mg is not None and self.mg_per_kg is not None:
            raise ValueError("a dose has mg or mg_per_kg, not both")
        if self.route is None and (self.mg or self.mg_per_kg or self.over_min is not None):
            raise ValueError("mg, mg_per_kg and over_min need a route")
        if self.route is not None and (self.peak_min or self.half_time_min):
            raise ValueError("peak_min and half_time_min are for a dose without a route")

    def given(self, minutes: float) -> float:
        """Return the share of its peak effect `minutes` after it, by the course given by hand."""
        peak, half_time = self.peak_min or 40.0, self.half_time_min or 20.0
        if minutes <= 0.0:
            return 0.0
        if minutes <= peak:
            return (1.0 - math.exp(-minutes / RISE_MIN)) / (1.0 - math.exp(-peak / RISE_MIN))
        return float(0.5 ** ((minutes - peak) / half_time))


@dataclass(frozen=True, slots=True)
class Response:
    """How strongly one patient answers: drawn from the published spread, bounded."""

    strong: bool
    deviation_sys: float
    deviation_pulse: float
    factor: float

    @classmethod
    def drawn(cls, seed: int, *, sensitive: bool, early: bool) -> "Response":
        """Return the response of the patient with this seed."""
        chance = random.Random(f"{seed}/response")
        strong = chance.random() < STRONG_SHARE
        sys, pulse = (min(MOST_DEVIATION, max(-MOST_DEVIATION, chance.gauss(0.0, 1.0))) for _ in range(2))
        factor = (AGE_FACTOR if sensitive else 1.0) * (EARLY_FACTOR if early else 1.0)
        return cls(strong, sys, pulse, factor)

    def rise_sys(self, route: Route) -> float:
        """Return the systolic rise at the peak of this route's usual dose."""
        mean, deviation = STRONG_RISE_SYS if self.strong else MEAN_RISE_SYS[route]
        return min(MOST_RISE_SYS, max(0.0, (mean + deviation * self.deviation_sys) * self.factor))

    def rise_pulse(self) -> float:
        """Return the rise of the pulse."""
        return RISE_PULSE[0] + RISE_PULSE[1] * self.deviation_pulse


@dataclass(frozen=True, slots=True)
class Change:
    """What all doses together do at one moment, to be added to the patient at rest."""

    sys: float = 0.0
    dia: float = 0.0
    pulse: float = 0.0
    breaths: float = 0.0
    spo2: float = 0.0


@dataclass(frozen=True, slots=True)
class _Part:
    """One dose with a route: how it arrives, and what a full effect of it alone would do."""

    at_min: float
    route: Route
    mg_per_kg: float
    over_min: float
    full_sys: float
    full_dia: float
    full_pulse: float


class Doses:
    """All doses of one patient."""

    def __init__(self, doses: Sequence[Dose], response: Response, weight_kg: float) -> None:
        self._given = [dose for dose in doses if dose.route is None]
        self._parts = [
            _part(dose, dose.route, response, weight_kg) for dose in doses if dose.route is not None
        ]

    def plasma_ng_ml(self, minute: float) -> float:
        """Return the concentration of ketamine in plasma."""
        return sum(
            WAYS[part.route].plasma_ng_ml(part.mg_per_kg, minute - part.at_min, part.over_min)
            for part in self._parts
        )

    def at(self, minute: float) -> Change:
        """Return what they do at this minute."""
        sys = dia = pulse = depth = 0.0
        for dose in self._given:
            share = dose.given(minute - dose.at_min)
            rise = share * (GIVEN_RISE_SYS if dose.rise_sys is None else dose.rise_sys)
            sys, dia = sys + rise, dia + rise * dose.dia_share
            pulse += share * (GIVEN_RISE_PULSE if dose.rise_pulse is None else dose.rise_pulse)
            depth += share
        shares, total = self._shares(minute)
        for part, share in zip(self._parts, shares, strict=True):
            sys, dia = sys + share * part.full_sys, dia + share * part.full_dia
            pulse += share * part.full_pulse
        depth = min(2.0, depth + total / effect(USUAL_PEAK_NG_ML))
        return Change(sys, dia, pulse, -FALL_BREATHS * depth, -FALL_SPO2 * depth)

    def _shares(self, minute: float) -> tuple[list[float], float]:
        """Return each routed dose's share of the greatest possible effect, and their sum.

        A dose has of the effect what it has of the ketamine there.
        """
        there = [
            WAYS[part.route].site_ng_ml(part.mg_per_kg, minute - part.at_min, part.over_min)
            for part in self._parts
        ]
        sum_there = sum(there)
        if sum_there <= 0.0:
            return [0.0] * len(there), 0.0
        whole = effect(sum_there)
        return [whole * each / sum_there for each in there], whole


def _part(dose: Dose, route: Route, response: Response, weight_kg: float) -> _Part:
    way = WAYS[route]
    mg_per_kg = dose.mg_per_kg or way.usual_mg_per_kg
    if dose.mg is not None:
        mg_per_kg = dose.mg / weight_kg
    rise = response.rise_sys(route) if dose.rise_sys is None else dose.rise_sys
    pulse = response.rise_pulse() if dose.rise_pulse is None else dose.rise_pulse
    usual = usual_effect(route)
    return _Part(
        dose.at_min,
        route,
        mg_per_kg,
        way.over_min if dose.over_min is None else dose.over_min,
        rise / usual,
        rise * dose.dia_share / usual,
        pulse / usual,
    )
