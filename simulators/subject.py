"""Who the devices are attached to, in wire seconds: a virtual patient, or a recording."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from simulators.contact import Contact, Movement
from simulators.faults import CommandError
from simulators.incidents import LEAST_PULSE, Episode, Incident
from simulators.patient import Patient
from simulators.rhythm import Cycle, Rhythm, breath_shape, ecg_shape, pleth_shape
from simulators.vitals import Vitals

BEATS_AVERAGED = 4
LEAST_BREATHS = 2.0
NO_BREATH = 0.15
"""A chest that moves less than this does not breathe."""
NO_FLOW = 0.2
"""With less blood than this no pulse is found at the finger."""
WHOLE_WAVE_PCT = 2.5
"""Perfusion from which on the pulse wave has its whole height."""
TRANSIT_S = 0.2
"""How much later a beat reaches the finger than the chest."""


@dataclass(frozen=True, slots=True)
class Oximetry:
    """What a perfect oximeter would show; None is "no reading"."""

    spo2_pct: float | None
    pulse_bpm: float | None
    perfusion_pct: float | None = None
    doubtful: bool = False  # the finger moves, or is squeezed


@dataclass(frozen=True, slots=True)
class Pressure:
    """One measurement of a perfect cuff, mmHg and beats a minute."""

    sys: float
    dia: float
    map: float
    pulse_bpm: float | None
    moved: bool = False  # the arm moved while it was measured


def read_pressure(words: Sequence[str]) -> Pressure:
    """Return the pressure that a person wrote as SYS/DIA; CommandError otherwise."""
    found = re.fullmatch(r"(\d{2,3})/(\d{2,3})", " ".join(words))
    if not found:
        raise CommandError(f"'{' '.join(words)}': say SYS/DIA, as in 182/104")
    sys, dia = float(found[1]), float(found[2])
    if dia >= sys:
        raise CommandError(f"{words[0]}: the first number must be the higher one")
    return Pressure(sys, dia, dia + (sys - dia) / 3.0, None)


class Subject(Protocol):
    """Whoever wears the devices, at wire seconds."""

    def ended(self, t_s: float) -> bool:
        """Return whether nothing will come any more."""
        ...

    def oximetry(self, t_s: float) -> Oximetry:
        """Return the numbers at the finger."""
        ...

    def pleth(self, t_s: float) -> float:
        """Return the pulse wave, 0 to 1."""
        ...

    def since_pulse_s(self, t_s: float) -> float:
        """Return the seconds since the last pulse began at the finger."""
        ...

    def heart_rate(self, t_s: float) -> float | None:
        """Return the heart rate at the chest."""
        ...

    def beats(self, after_s: float, until_s: float) -> Sequence[Cycle]:
        """Return the heartbeats that ended in this span."""
        ...

    def ecg_mv(self, t_s: float) -> float:
        """Return lead II in millivolt."""
        ...

    def resp_rate(self, t_s: float) -> float | None:
        """Return breaths a minute."""
        ...

    def resp(self, t_s: float) -> float:
        """Return the breathing wave, 0 to 1."""
        ...

    def pressure(self, t_s: float) -> Pressure | None:
        """Return what a cuff would find."""
        ...

    def temperature_c(self, t_s: float) -> float | None:
        """Return the body's temperature."""
        ...

    def cuff(self, t_s: float, inflated: bool) -> None:
        """Learn that a cuff squeezes the arm from now on, or lets go."""
        ...


class VirtualSubject:
    """A virtual patient whose physiology runs `speed` times as fast as the wires."""

    def __init__(self, patient: Patient, speed: float, seed: int, contact: Contact | None = None) -> None:
        self._patient = patient
        self._speed = speed
        self._contact = contact or Contact(seed)
        self.held: dict[str, float] = {}  # values that a person holds, by name
        self._lungs = Rhythm(f"{seed}/lungs", lambda t: 60.0 / self.vitals(t).breaths_per_min, jitter=0.05)
        self._heart = Rhythm(f"{seed}/heart", self._beat_s, jitter=0.03)

    def ended(self, t_s: float) -> bool:
        """Return False: a patient goes on for as long as one looks."""
        del t_s
        return False

    def happen(self, episode: Episode) -> None:
        """Let something happen to the patient or its arm, in wire seconds."""
        if isinstance(episode, Incident):
            self._patient.happen(episode.stretched(self._speed))
        elif isinstance(episode, Movement):
            self._contact.move(episode)

    def vitals(self, t_s: float) -> Vitals:
        """Return the vitals at wire second `t_s`, held values in place of the patient's own."""
        own, held = self._patient.at(t_s * self._speed), self.held
        return replace(
            own,
            spo2_pct=held.get("spo2", own.spo2_pct),
            pulse_bpm=max(LEAST_PULSE, held.get("pulse", own.pulse_bpm)),
            breaths_per_min=max(LEAST_BREATHS, held.get("breaths", own.breaths_per_min)),
            sys=held.get("sys", own.sys),
            dia=held.get("dia", own.dia),
        )

    def oximetry(self, t_s: float) -> Oximetry:
        """Return SpO2 and perfusion now and the pulse rate of the last four beats, as the finger has them."""
        contact, vitals = self._contact, self.vitals(t_s)
        flow = contact.flow(t_s)
        perfusion = vitals.perfusion_pct * (0.03 + 0.97 * flow)
        doubtful = flow < 1.0 or contact.moved(t_s) > 0.0
        if contact.pulseless(t_s):
            return Oximetry(None, None, perfusion, doubtful=True)
        spo2 = max(0.0, vitals.spo2_pct - contact.spo2_error(t_s))
        pulse = self._mean_rate(t_s - TRANSIT_S)
        if pulse is not None:
            pulse = max(LEAST_PULSE, pulse + contact.pulse_error(t_s))
        return Oximetry(spo2, pulse, perfusion, doubtful)

    def pleth(self, t_s: float) -> float:
        """Return the pulse wave at the finger, moved and scaled by breathing."""
        height = min(1.0, self.vitals(t_s).perfusion_pct / WHOLE_WAVE_PCT)
        breath = (breath_shape(self._lungs.phase(t_s)) - 0.5) * height
        wave = pleth_shape(self._heart.phase(t_s - TRANSIT_S)) * height
        return self._contact.wave(t_s, 0.12 + 0.68 * wave * (1.0 + 0.12 * breath) + 0.08 * breath)

    def since_pulse_s(self, t_s: float) -> float:
        """Return the seconds since the last beat reached the finger; infinite when none gets there."""
        if self._contact.flow(t_s) < NO_FLOW:
            return math.inf
        at_chest = t_s - TRANSIT_S
        return at_chest - self._heart.at(at_chest).start_s

    def beats(self, after_s: float, until_s: float) -> Sequence[Cycle]:
        """Return the heartbeats that ended in this span, as a chest strap sees them."""
        return self._heart.ended(after_s, until_s)

    def heart_rate(self, t_s: float) -> float | None:
        """Return the heart rate of the last four beats at the chest."""
        return self._mean_rate(t_s)

    def ecg_mv(self, t_s: float) -> float:
        """Return lead II, an R wave of 1 mV; breathing and movement shift it."""
        breath = self._breath(t_s) - 0.5
        wave = ecg_shape(self._heart.phase(t_s)) * (1.0 + 0.1 * breath)
        return wave + 0.06 * breath + 0.5 * self._contact.shaken(t_s)

    def resp_rate(self, t_s: float) -> float | None:
        """Return breaths a minute at `t_s`; 0 while the chest stands still."""
        vitals = self.vitals(t_s)
        return vitals.breaths_per_min if vitals.breath_depth > NO_BREATH else 0.0

    def resp(self, t_s: float) -> float:
        """Return how full the lungs are, 0 to 1."""
        return min(1.0, max(0.0, self._breath(t_s) + 0.2 * self._contact.shaken(t_s)))

    def temperature_c(self, t_s: float) -> float | None:
        """Return the body's temperature."""
        return self.vitals(t_s).temperature_c

    def cuff(self, t_s: float, inflated: bool) -> None:
        """Learn of a cuff; it matters when it is on the oximeter's arm."""
        self._contact.cuff(t_s, inflated)

    def pressure(self, t_s: float) -> Pressure:
        """Return the blood pressure that a cuff would find at `t_s`."""
        vitals = self.vitals(t_s)
        more_sys, more_dia = self._contact.pressure_error(t_s)
        found = replace(vitals, sys=vitals.sys + more_sys, dia=vitals.dia + more_dia)
        moved = self._contact.moved(t_s) > 0.0
        return Pressure(found.sys, found.dia, found.map, vitals.pulse_bpm, moved)

    def _mean_rate(self, until_s: float) -> float | None:
        beats = self._heart.ended(until_s - 20.0, until_s)[-BEATS_AVERAGED:]
        return 60.0 * len(beats) / sum(beat.length_s for beat in beats) if beats else None

    def _breath(self, t_s: float) -> float:
        depth = self.vitals(t_s).breath_depth
        return 0.5 + (breath_shape(self._lungs.phase(t_s)) - 0.5) * depth

    def _beat_s(self, t_s: float) -> float:
        """Return a beat's length at `t_s`; breathing in makes it a little shorter."""
        breathing_in = breath_shape(self._lungs.phase(t_s))
        return 60.0 / self.vitals(t_s).pulse_bpm * (1.0 + 0.04 * (0.5 - breathing_in))
