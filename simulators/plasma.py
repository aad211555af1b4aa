"""Ketamine in plasma and where it acts, in minutes after a dose: closed form, no state.

Three compartments with the constants of Domino for adults, one further place of action behind the
plasma, and for every route but the vein the way into the plasma. Each of these steps is a convolution
with an exponential, so that every course is a sum of exponentials.
"""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

K10, K12, K13, K21, K31 = 0.438, 0.592, 0.590, 0.247, 0.0146
"""Transfer between plasma (1), fast (2) and slow tissue (3) and out (0), per minute (Domino)."""
V1_L_PER_KG = 0.063
"""Volume of the plasma compartment (Domino)."""
SITE_PER_MIN = 0.09
"""How fast the place of action follows the plasma. Our assumption: with `HALF_EFFECT_NG_ML` it gives the
session facts' course of an infusion of 40 min, the peak at its end and half of it 17 min later."""
NG_PER_ML = 1000.0
"""ng/ml in one mg/l."""


class Route(StrEnum):
    """How a dose is given."""

    IV = "iv"
    IM = "im"
    NASAL = "intranasal"
    SUBLINGUAL = "sublingual"
    ORAL = "oral"


@dataclass(frozen=True, slots=True)
class Decay:
    """A sum of exponentials: how much of a unit that came at minute 0 is there later."""

    terms: tuple[tuple[float, float], ...]  # share, rate per minute

    def through(self, rate: float) -> "Decay":
        """Return it behind a further step that empties at `rate` per minute (no rate of its own)."""
        passed = [(share * rate / (rate - own), own) for share, own in self.terms]
        return Decay((*passed, (-sum(share for share, _ in passed), rate)))

    def after(self, minutes: float, over_min: float = 0.0) -> float:
        """Return what is there `minutes` after the beginning of a unit given evenly over `over_min`."""
        if minutes <= 0.0:
            return 0.0
        if over_min <= 0.0:
            return sum(share * math.exp(-rate * minutes) for share, rate in self.terms)
        since_end = max(0.0, minutes - over_min)
        return (
            sum(
                share / rate * (math.exp(-rate * since_end) - math.exp(-rate * minutes))
                for share, rate in self.terms
            )
            / over_min
        )


def _three_compartments() -> Decay:
    """Return the plasma's share of a unit that came into the plasma at once."""
    rates, modes = np.linalg.eig(
        np.array([[-(K10 + K12 + K13), K21, K31], [K12, -K21, 0.0], [K13, 0.0, -K31]])
    )
    shares = modes[0] * np.linalg.solve(modes, np.array([1.0, 0.0, 0.0]))
    return Decay(tuple((float(share), -float(rate)) for share, rate in zip(shares, rates, strict=True)))


PLASMA = _three_compartments()


@dataclass(frozen=True, slots=True)
class Way:
    """One route to the place of action."""

    fraction: float  # of the dose, that arrives
    plasma: Decay
    site: Decay
    over_min: float  # how long one dose is given, unless it says otherwise
    usual_mg_per_kg: float

    @classmethod
    def of(
        cls, fraction: float, steps: tuple[float, ...], *, over_min: float, usual_mg_per_kg: float
    ) -> "Way":
        """Return the way through `steps`, each emptied at so much per minute."""
        plasma = functools.reduce(Decay.through, steps, PLASMA)
        return cls(fraction, plasma, plasma.through(SITE_PER_MIN), over_min, usual_mg_per_kg)

    def plasma_ng_ml(self, mg_per_kg: float, minutes: float, over_min: float) -> float:
        """Return the concentration in plasma `minutes` after the beginning of a dose."""
        return self._peak_ng_ml(mg_per_kg) * self.plasma.after(minutes, over_min)

    def site_ng_ml(self, mg_per_kg: float, minutes: float, over_min: float) -> float:
        """Return the same at the place of action."""
        return self._peak_ng_ml(mg_per_kg) * self.site.after(minutes, over_min)

    def _peak_ng_ml(self, mg_per_kg: float) -> float:
        return NG_PER_ML * self.fraction * mg_per_kg / V1_L_PER_KG


WAYS: Mapping[Route, Way] = MappingProxyType(
    {
        Route.IV: Way.of(1.0, (), over_min=40.0, usual_mg_per_kg=0.5),
        Route.IM: Way.of(0.93, (0.085, 0.5), over_min=0.0, usual_mg_per_kg=0.5),
        Route.NASAL: Way.of(0.48, (0.080, 0.060), over_min=0.0, usual_mg_per_kg=1.2),
        Route.SUBLINGUAL: Way.of(0.30, (0.060, 0.045), over_min=12.0, usual_mg_per_kg=2.0),
        Route.ORAL: Way.of(0.22, (0.031, 0.026), over_min=0.0, usual_mg_per_kg=2.0),
    }
)
"""Fractions as published: muscle 93 %, nose (esketamine) 48 %, under the tongue 29 to 32 %, swallowed 20
to 25 %. The steps are our assumption, fitted to the session facts: the effect peaks after 18 min (muscle),
40 (nose), 50 (under the tongue), the plasma after an hour when swallowed. An infusion lasts 40 min, a
troche is held for 10 to 15. The usual doses are the facts' 0.5 mg/kg (vein, muscle) and 84 mg (nose), and
our assumption of a troche of 140 mg, for 70 kg."""

USUAL_PEAK_NG_ML = WAYS[Route.IV].site_ng_ml(0.5, 40.0, 40.0)
"""What 0.5 mg/kg over 40 min reaches where it acts: about 220."""
HALF_EFFECT_NG_ML = 0.7 * USUAL_PEAK_NG_ML
"""Half of the greatest possible effect, E = c^2 / (half^2 + c^2): our assumption, see `SITE_PER_MIN`."""


def effect(site_ng_ml: float) -> float:
    """Return the effect at a concentration, as a share of the greatest possible one."""
    if site_ng_ml <= 0.0:
        return 0.0
    ratio = HALF_EFFECT_NG_ML / site_ng_ml
    return 1.0 / (1.0 + ratio * ratio)


@functools.cache
def usual_effect(route: Route) -> float:
    """Return the effect at the peak of this route's usual dose."""
    way = WAYS[route]
    return max(effect(way.site_ng_ml(way.usual_mg_per_kg, minute, way.over_min)) for minute in range(1, 181))
