"""The virtual patient: what the body does at a moment, and nothing about devices.

A pure function of (seed, values at rest, what happens, physiological seconds). The pressure course follows an
infusion of ketamine over 40 min: g(t) rises as 1 - exp(-t / 18 min), scaled to 1 at its peak, and
falls by half every `half_time_min`. Every deviation is bounded, so that what a scenario promises
(an alarm, or none) holds for every seed.
"""

import math
import random
from dataclasses import dataclass
from typing import Annotated

import msgspec

Positive = Annotated[float, msgspec.Meta(gt=0, le=1e6)]

RISE_MIN = 18.0
"""Time constant of the rise (our assumption, fitted to published infusions of 40 min)."""


class Dose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A dose of ketamine and what it does to pressure and pulse at its peak."""

    at_min: float
    rise_sys: float = 16.0
    dia_share: float = 0.65  # the diastolic rise as a share of the systolic one
    rise_pulse: float = 6.0
    peak_min: Positive = 40.0
    half_time_min: Positive = 20.0


class Desaturation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fall of oxygen saturation: down to `to_pct`, held, back."""

    at_s: float
    to_pct: float
    fall_s: Positive
    hold_s: float
    recover_s: Positive
    rise_pulse: float = 10.0

    def stretched(self, speed: float) -> "Desaturation":
        """Return it in physiological seconds, when its own are wire seconds."""
        return Desaturation(
            self.at_s * speed,
            self.to_pct,
            self.fall_s * speed,
            self.hold_s * speed,
            self.recover_s * speed,
            self.rise_pulse,
        )


class Rest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One patient at rest: mmHg, beats a minute, %, breaths a minute."""

    sys: float = 124.0
    dia: float = 78.0
    pulse: float = 72.0
    spo2: float = 97.0
    breaths: float = 14.0


@dataclass(frozen=True, slots=True)
class Vitals:
    """The body at one moment: %, beats and breaths a minute, mmHg."""

    spo2_pct: float
    pulse_bpm: float
    breaths_per_min: float
    sys: float
    dia: float

    @property
    def map(self) -> float:
        """Return the mean pressure by the cuff makers' rule of thumb."""
        return self.dia + (self.sys - self.dia) / 3.0


class Wander:
    """A slow bounded wandering round zero: three seeded waves that never repeat together."""

    def __init__(self, seed: str, bound: float, period_s: float) -> None:
        chance = random.Random(seed)
        self._waves = [
            (bound / 3.0, period_s * chance.uniform(0.6, 1.6), chance.uniform(0.0, math.tau))
            for _ in range(3)
        ]

    def at(self, t_s: float) -> float:
        """Return the deviation at `t_s`, never beyond the bound."""
        return sum(size * math.sin(math.tau * t_s / period + phase) for size, period, phase in self._waves)


class Patient:
    """Vitals at any physiological second, in any order; equal seeds give equal patients."""

    def __init__(
        self,
        rest: Rest,
        seed: int,
        *,
        dose: Dose | None = None,
        desaturation: Desaturation | None = None,
    ) -> None:
        self._rest, self._dose, self._desaturation = rest, dose, desaturation
        self._spo2 = Wander(f"{seed}/spo2", 1.0, 170.0)
        self._pulse = Wander(f"{seed}/pulse", 3.0, 95.0)
        self._breaths = Wander(f"{seed}/breaths", 1.5, 240.0)
        self._sys = Wander(f"{seed}/sys", 3.0, 410.0)
        self._dia = Wander(f"{seed}/dia", 2.0, 370.0)

    def at(self, t_s: float) -> Vitals:
        """Return the vitals at `t_s` physiological seconds from the start."""
        rest = self._rest
        effect, fall = _effect(self._dose, t_s), _depth(self._desaturation, t_s)
        sys = dia = pulse = spo2 = 0.0
        if self._dose:
            sys = self._dose.rise_sys * effect
            dia = sys * self._dose.dia_share
            pulse = self._dose.rise_pulse * effect
        if self._desaturation:
            spo2 = (self._desaturation.to_pct - rest.spo2) * fall
            pulse += self._desaturation.rise_pulse * fall
        return Vitals(
            spo2_pct=min(100.0, rest.spo2 + self._spo2.at(t_s) * (1.0 - fall) + spo2),
            pulse_bpm=rest.pulse + self._pulse.at(t_s) + pulse,
            breaths_per_min=(rest.breaths + self._breaths.at(t_s)) * (1.0 - 0.5 * fall),
            sys=rest.sys + self._sys.at(t_s) + sys,
            dia=rest.dia + self._dia.at(t_s) + dia,
        )


def _effect(dose: Dose | None, t_s: float) -> float:
    """Return the share of the dose's peak effect at `t_s`, 0 to 1."""
    if dose is None:
        return 0.0
    minutes = t_s / 60.0 - dose.at_min
    if minutes <= 0.0:
        return 0.0
    if minutes <= dose.peak_min:
        return (1.0 - math.exp(-minutes / RISE_MIN)) / (1.0 - math.exp(-dose.peak_min / RISE_MIN))
    return float(0.5 ** ((minutes - dose.peak_min) / dose.half_time_min))


def _depth(dip: Desaturation | None, t_s: float) -> float:
    """Return how deep in the desaturation the patient is, 0 to 1, without corners."""
    if dip is None:
        return 0.0
    into = t_s - dip.at_s
    if into <= dip.fall_s:
        return _smooth(into / dip.fall_s)
    return 1.0 - _smooth((into - dip.fall_s - dip.hold_s) / dip.recover_s)


def _smooth(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3.0 - 2.0 * share)
