"""Who the devices are attached to, in wire seconds: a virtual patient, or a recording."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from simulators.faults import CommandError
from simulators.patient import Patient, Vitals
from simulators.rhythm import Cycle, Rhythm, breath_shape, ecg_shape, pleth_shape

BEATS_AVERAGED = 4
PERFUSION_PCT = 3.5
TEMPERATURE_C = 36.6
TRANSIT_S = 0.2
"""How much later a beat reaches the finger than the chest."""


@dataclass(frozen=True, slots=True)
class Oximetry:
    """What a perfect oximeter would show; None is "no reading"."""

    spo2_pct: float | None
    pulse_bpm: float | None
    perfusion_pct: float | None = None


@dataclass(frozen=True, slots=True)
class Pressure:
    """One measurement of a perfect cuff, mmHg and beats a minute."""

    sys: float
    dia: float
    map: float
    pulse_bpm: float | None


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

    def __init__(self, patient: Patient, speed: float, seed: int) -> None:
        self._patient = patient
        self._speed = speed
        self.held: dict[str, float] = {}  # values that a person holds, by name
        self._lungs = Rhythm(f"{seed}/lungs", lambda t: 60.0 / self.vitals(t).breaths_per_min, jitter=0.05)
        self._heart = Rhythm(f"{seed}/heart", self._beat_s, jitter=0.03)

    def ended(self, t_s: float) -> bool:
        """Return False: a patient goes on for as long as one looks."""
        del t_s
        return False

    def vitals(self, t_s: float) -> Vitals:
        """Return the vitals at wire second `t_s`, held values in place of the patient's own."""
        own = self._patient.at(t_s * self._speed)
        return Vitals(
            spo2_pct=self.held.get("spo2", own.spo2_pct),
            pulse_bpm=max(20.0, self.held.get("pulse", own.pulse_bpm)),
            breaths_per_min=max(2.0, own.breaths_per_min),
            sys=self.held.get("sys", own.sys),
            dia=self.held.get("dia", own.dia),
        )

    def oximetry(self, t_s: float) -> Oximetry:
        """Return SpO2 now and the pulse rate of the last four beats."""
        end = t_s - TRANSIT_S
        beats = self._heart.ended(end - 20.0, end)[-BEATS_AVERAGED:]
        pulse = 60.0 * len(beats) / sum(beat.length_s for beat in beats) if beats else None
        return Oximetry(self.vitals(t_s).spo2_pct, pulse, PERFUSION_PCT)

    def pleth(self, t_s: float) -> float:
        """Return the pulse wave at the finger, moved and scaled by breathing."""
        breath = breath_shape(self._lungs.phase(t_s)) - 0.5
        wave = pleth_shape(self._heart.phase(t_s - TRANSIT_S))
        return 0.12 + 0.68 * wave * (1.0 + 0.12 * breath) + 0.08 * breath

    def since_pulse_s(self, t_s: float) -> float:
        """Return the seconds since the last beat reached the finger."""
        at_chest = t_s - TRANSIT_S
        return at_chest - self._heart.at(at_chest).start_s

    def beats(self, after_s: float, until_s: float) -> Sequence[Cycle]:
        """Return the heartbeats that ended in this span, as a chest strap sees them."""
        return self._heart.ended(after_s, until_s)

    def heart_rate(self, t_s: float) -> float | None:
        """Return the heart rate that a strap shows at `t_s`."""
        return self.vitals(t_s).pulse_bpm

    def ecg_mv(self, t_s: float) -> float:
        """Return lead II, an R wave of 1 mV."""
        return ecg_shape(self._heart.phase(t_s))

    def resp_rate(self, t_s: float) -> float | None:
        """Return breaths a minute at `t_s`."""
        return self.vitals(t_s).breaths_per_min

    def resp(self, t_s: float) -> float:
        """Return how full the lungs are, 0 to 1."""
        return breath_shape(self._lungs.phase(t_s))

    def temperature_c(self, t_s: float) -> float | None:
        """Return the body's temperature."""
        del t_s
        return TEMPERATURE_C

    def cuff(self, t_s: float, inflated: bool) -> None:
        """Learn of a cuff: it is on the other arm."""

    def pressure(self, t_s: float) -> Pressure:
        """Return the blood pressure that a cuff would find at `t_s`."""
        vitals = self.vitals(t_s)
        return Pressure(vitals.sys, vitals.dia, vitals.map, vitals.pulse_bpm)

    def _beat_s(self, t_s: float) -> float:
        """Return a beat's length at `t_s`; breathing in makes it a little shorter."""
        breathing_in = breath_shape(self._lungs.phase(t_s))
        return 60.0 / self.vitals(t_s).pulse_bpm * (1.0 + 0.04 * (0.5 - breathing_in))
