"""The virtual patient: what the body does at a moment, and nothing about devices.

A pure function of (seed, values at rest, doses, incidents, physiological seconds). Every deviation is
bounded, so that what a scenario promises (an alarm, or none) holds for every seed.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import msgspec
from msgspec import Meta

from simulators.dose import Dose, Doses, Response
from simulators.incidents import LEAST_PULSE, Incident
from simulators.vitals import Vitals, Wander

OLD_YEARS = 65.0
EARLY_SESSIONS = 3
LEAST_DIA = 15.0
LEAST_PULSE_PRESSURE = 12.0


class Rest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One patient at rest (mmHg, beats a minute, %, breaths a minute), and who it is.

    The bounds of the wandering are our assumption but for the pressure: the session facts have a standard
    deviation of 4 mmHg, which is a `wander_sys` of 10; the smaller one lets a scenario promise alarms.
    """

    sys: Annotated[float, Meta(ge=40, le=260)] = 124.0
    dia: Annotated[float, Meta(ge=20, le=200)] = 78.0
    pulse: Annotated[float, Meta(ge=LEAST_PULSE, le=250)] = 72.0
    spo2: Annotated[float, Meta(ge=30, le=100)] = 97.0
    breaths: Annotated[float, Meta(ge=2, le=60)] = 14.0
    perfusion: Annotated[float, Meta(ge=0, le=20)] = 3.5
    temperature: Annotated[float, Meta(ge=30, le=43)] = 36.6
    wander_sys: Annotated[float, Meta(ge=0, le=20)] = 3.0
    weight_kg: Annotated[float, Meta(ge=20, le=300)] = 70.0
    age: Annotated[float, Meta(ge=18, le=120)] = 40.0
    hypertensive: bool = False
    session: Annotated[int, Meta(ge=1)] = 4  # which of the treatment's sessions this is


class Patient:
    """Vitals at any physiological second, in any order; equal seeds give equal patients."""

    def __init__(
        self, rest: Rest, seed: int, *, doses: Sequence[Dose] = (), incidents: Sequence[Incident] = ()
    ) -> None:
        self._rest, self._incidents = rest, list(incidents)
        response = Response.drawn(
            seed,
            sensitive=rest.age >= OLD_YEARS or rest.hypertensive,
            early=rest.session <= EARLY_SESSIONS,
        )
        self._doses = Doses(doses, response, rest.weight_kg)
        self._spo2 = Wander(f"{seed}/spo2", 1.0, 170.0)
        self._pulse = Wander(f"{seed}/pulse", 3.0, 95.0)
        self._breaths = Wander(f"{seed}/breaths", 1.5, 240.0)
        self._sys = Wander(f"{seed}/sys", rest.wander_sys, 410.0)
        self._dia = Wander(f"{seed}/dia", rest.wander_sys * 2.0 / 3.0, 370.0)
        self._perfusion = Wander(f"{seed}/perfusion", 0.25, 130.0)
        self._temperature = Wander(f"{seed}/temperature", 0.1, 1900.0)

    def plasma_ng_ml(self, t_s: float) -> float:
        """Return the concentration of ketamine in plasma at `t_s`."""
        return self._doses.plasma_ng_ml(t_s / 60.0)

    def happen(self, incident: Incident) -> None:
        """Let something more happen, in physiological seconds."""
        self._incidents.append(incident)

    def at(self, t_s: float) -> Vitals:
        """Return the vitals at `t_s` physiological seconds from the start."""
        rest, change = self._rest, self._doses.at(t_s / 60.0)
        vitals = Vitals(
            spo2_pct=rest.spo2 + self._spo2.at(t_s) + change.spo2,
            pulse_bpm=rest.pulse + self._pulse.at(t_s) + change.pulse,
            breaths_per_min=rest.breaths + self._breaths.at(t_s) + change.breaths,
            sys=rest.sys + self._sys.at(t_s) + change.sys,
            dia=rest.dia + self._dia.at(t_s) + change.dia,
            perfusion_pct=rest.perfusion * (1.0 + self._perfusion.at(t_s)),
            temperature_c=rest.temperature + self._temperature.at(t_s),
        )
        for incident in self._incidents:
            vitals = incident.act(vitals, t_s)
        return _living(vitals)


def _living(vitals: Vitals) -> Vitals:
    """Return them inside what a body can do, however many things happen at once."""
    dia = max(LEAST_DIA, vitals.dia)
    return replace(
        vitals,
        spo2_pct=min(100.0, max(0.0, vitals.spo2_pct)),
        pulse_bpm=max(LEAST_PULSE, vitals.pulse_bpm),
        breaths_per_min=max(0.0, vitals.breaths_per_min),
        sys=max(dia + LEAST_PULSE_PRESSURE, vitals.sys),
        dia=dia,
    )
