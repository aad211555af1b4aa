"""What may happen to a patient: each comes, holds and passes, in seconds, and changes the vitals.

The numbers at the wire are what a scenario writes; times are wire seconds there.
"""

from dataclasses import replace
from typing import Annotated, Self

import msgspec
from msgspec import Meta
from msgspec.structs import fields
from msgspec.structs import replace as changed

from simulators.dose import Positive
from simulators.vitals import Vitals

Seconds = Annotated[float, Meta(ge=0, le=1e6)]
Percent = Annotated[float, Meta(ge=0, le=100)]
LEAST_PULSE = 20.0


class Episode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that begins at `at_s`, comes within `fall_s`, holds, and passes within `recover_s`."""

    at_s: float
    fall_s: Positive
    hold_s: Seconds
    recover_s: Positive

    def share(self, t_s: float) -> float:
        """Return how far it has come at `t_s`, 0 to 1, without corners."""
        into = t_s - self.at_s
        if into <= self.fall_s:
            return smooth(into / self.fall_s)
        return 1.0 - smooth((into - self.fall_s - self.hold_s) / self.recover_s)

    def stretched(self, speed: float) -> Self:
        """Return it in physiological seconds, when its own are wire seconds."""
        names = [field.name for field in fields(self) if field.name.endswith("_s")]
        return changed(self, **{name: getattr(self, name) * speed for name in names})


class Incident(Episode, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An episode of the body."""

    def act(self, vitals: Vitals, t_s: float) -> Vitals:
        """Return the vitals as it changes them at `t_s`."""
        raise NotImplementedError


class Desaturation(Incident, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One fall of oxygen saturation: down to `to_pct`, held, back; breathing is shallow in it."""

    to_pct: Percent
    rise_pulse: float = 10.0

    def act(self, vitals: Vitals, t_s: float) -> Vitals:
        """Return less oxygen, a faster pulse and half the breaths (our assumption)."""
        share = self.share(t_s)
        return replace(
            vitals,
            spo2_pct=between(vitals.spo2_pct, self.to_pct, share),
            pulse_bpm=vitals.pulse_bpm + self.rise_pulse * share,
            breaths_per_min=vitals.breaths_per_min * (1.0 - 0.5 * share),
        )


class Vasovagal(Incident, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A faint, as at a cannulation: pulse and pressure fall, the finger grows cold.

    The depth is that of the session facts' test case: 38 a minute, 82/45 mmHg; its length is ours.
    """

    fall_s: Positive = 20.0
    hold_s: Seconds = 60.0
    recover_s: Positive = 90.0
    to_pulse: Annotated[float, Meta(ge=LEAST_PULSE, le=300)] = 38.0
    to_sys: Annotated[float, Meta(ge=30, le=300)] = 82.0
    to_dia: Annotated[float, Meta(ge=20, le=250)] = 45.0
    to_perfusion_pct: Percent = 0.8

    def act(self, vitals: Vitals, t_s: float) -> Vitals:
        """Return a slow pulse, a low pressure and a weak pulse wave."""
        share = self.share(t_s)
        return replace(
            vitals,
            pulse_bpm=between(vitals.pulse_bpm, self.to_pulse, share),
            sys=between(vitals.sys, self.to_sys, share),
            dia=between(vitals.dia, self.to_dia, share),
            perfusion_pct=between(vitals.perfusion_pct, self.to_perfusion_pct, share),
        )


class Apnoea(Incident, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Breathing stops, or the airway closes; the oxygen follows `lag_s` later.

    `effort` is how much the chest still moves: 0 for a stop of breathing, more for a closed airway.
    Depth and times are our assumption: the facts give a deep event in one session of 2000, no course.
    """

    fall_s: Positive = 2.0
    hold_s: Seconds = 60.0
    recover_s: Positive = 4.0
    lag_s: Seconds = 20.0
    to_pct: Percent = 84.0
    effort: Annotated[float, Meta(ge=0, le=1)] = 0.0
    rise_pulse: float = 8.0

    def act(self, vitals: Vitals, t_s: float) -> Vitals:
        """Return no breath, and the oxygen of a finger that learns of it later."""
        share = self.share(t_s)
        into = t_s - self.at_s - self.lag_s
        stopped = self.fall_s + self.hold_s
        oxygen = smooth(into / stopped) - smooth((into - stopped) / (0.5 * stopped))
        return replace(
            vitals,
            spo2_pct=between(vitals.spo2_pct, self.to_pct, oxygen),
            pulse_bpm=vitals.pulse_bpm + self.rise_pulse * oxygen,
            breath_depth=vitals.breath_depth * (1.0 - share * (1.0 - self.effort)),
        )


class Anxiety(Incident, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Fear: pulse, pressure and breathing rise, the finger grows cold. All numbers are our assumption."""

    fall_s: Positive = 40.0
    hold_s: Seconds = 180.0
    recover_s: Positive = 120.0
    rise_pulse: Annotated[float, Meta(ge=0, le=100)] = 22.0
    rise_sys: Annotated[float, Meta(ge=0, le=100)] = 14.0
    rise_dia: Annotated[float, Meta(ge=0, le=60)] = 8.0
    rise_breaths: Annotated[float, Meta(ge=0, le=30)] = 8.0

    def act(self, vitals: Vitals, t_s: float) -> Vitals:
        """Return an excited patient."""
        share = self.share(t_s)
        return replace(
            vitals,
            pulse_bpm=vitals.pulse_bpm + self.rise_pulse * share,
            sys=vitals.sys + self.rise_sys * share,
            dia=vitals.dia + self.rise_dia * share,
            breaths_per_min=vitals.breaths_per_min + self.rise_breaths * share,
            perfusion_pct=vitals.perfusion_pct * (1.0 - 0.4 * share),
        )


def between(rest: float, to: float, share: float) -> float:
    """Return the value `share` of the way from `rest` to `to`."""
    return rest + (to - rest) * share


def smooth(share: float) -> float:
    """Return 0 to 1 along an S, flat at both ends; below 0 is 0, above 1 is 1."""
    share = min(1.0, max(0.0, share))
    return share * share * (3.0 - 2.0 * share)
