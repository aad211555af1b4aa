"""A recording as devices see it: a Subject whose numbers and waves happened once.

Wire second 0 is the recording's first second, and in wire second n the numbers are those of recording
second n. What was not recorded is "no reading", and a flat line.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from simulators.recordings.tracks import EDGE, Track, Wave
from simulators.rhythm import Cycle
from simulators.subject import Oximetry, Pressure

ARTERY_S = 10.0
"""A cuff without recorded measurements finds what the artery did in the last seconds."""
ARTERY_BEAT_S = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A recording; all times asked for are wire seconds, all kept ones recording seconds."""

    name: str
    tracks: Mapping[str, Track] = field(default_factory=dict)  # by channel
    waves: Mapping[str, Wave] = field(default_factory=dict)  # pleth, ecg, resp, art
    cuffs: Sequence[tuple[float, Pressure]] = ()
    cycles: Sequence[Cycle] = ()  # heartbeats, where intervals were recorded
    start_s: float = field(init=False)
    end_s: float = field(init=False)

    def __post_init__(self) -> None:
        parts: list[Track | Wave] = [*self.tracks.values(), *self.waves.values()]
        starts = [part.start_s for part in parts] + [second for second, _ in self.cuffs]
        ends = [part.end_s for part in parts] + [second + 1.0 for second, _ in self.cuffs]
        object.__setattr__(self, "start_s", min(starts))
        object.__setattr__(self, "end_s", max(ends))

    @property
    def length_s(self) -> float:
        """Return how long it plays."""
        return self.end_s - self.start_s

    def has(self, *channels: str) -> bool:
        """Return whether any of these channels has a number at all."""
        return any(channel in self.tracks and self.tracks[channel].any for channel in channels)

    @property
    def for_oximeter(self) -> bool:
        """True when there is anything for an oximeter to send."""
        return "pleth" in self.waves or self.has("pulse_rate", "spo2")

    @property
    def for_strap(self) -> bool:
        """True when there is a heart rate."""
        return self.has("heart_rate")

    @property
    def for_cuff(self) -> bool:
        """True when there are cuff measurements, or an artery for a cuff to find."""
        return bool(self.cuffs) or "art" in self.waves

    def ended(self, t_s: float) -> bool:
        """Return whether the recording has been played to its end."""
        return t_s > self.length_s - EDGE

    def oximetry(self, t_s: float) -> Oximetry:
        """Return SpO2, pulse rate and perfusion in force."""
        return Oximetry(
            self._number("spo2", t_s), self._number("pulse_rate", t_s), self._number("perfusion_index", t_s)
        )

    def pleth(self, t_s: float) -> float:
        """Return the pulse wave, 0 to 1."""
        return self._wave("pleth", t_s, 0.5)

    def since_pulse_s(self, t_s: float) -> float:
        """Return the seconds since a pulse began in the recorded wave."""
        pleth = self.waves.get("pleth")
        if pleth is None:
            return math.inf
        index = int(np.searchsorted(pleth.pulses_s, self.start_s + t_s, side="right")) - 1
        return math.inf if index < 0 else self.start_s + t_s - float(pleth.pulses_s[index])

    def heart_rate(self, t_s: float) -> float | None:
        """Return the heart rate in force."""
        return self._number("heart_rate", t_s)

    def beats(self, after_s: float, until_s: float) -> Sequence[Cycle]:
        """Return the recorded heartbeats that ended in this span; none without recorded intervals."""
        after, until = self.start_s + after_s, self.start_s + until_s
        return [
            Cycle(cycle.start_s - self.start_s, cycle.length_s)
            for cycle in self.cycles
            if after < cycle.end_s <= until
        ]

    def ecg_mv(self, t_s: float) -> float:
        """Return the recorded lead in millivolt."""
        return self._wave("ecg", t_s, 0.0)

    def resp_rate(self, t_s: float) -> float | None:
        """Return the breathing rate in force."""
        return self._number("resp_rate", t_s)

    def resp(self, t_s: float) -> float:
        """Return the breathing wave, 0 to 1."""
        return self._wave("resp", t_s, 0.5)

    def temperature_c(self, t_s: float) -> float | None:
        """Return the temperature in force."""
        return self._number("temperature", t_s)

    def cuff(self, t_s: float, inflated: bool) -> None:
        """Nothing: what was recorded does not change."""

    def pressure(self, t_s: float) -> Pressure | None:
        """Return the newest cuff measurement at `t_s`; without any, what the artery's wave shows."""
        past = [pressure for second, pressure in self.measurements() if second <= t_s]
        if past:
            return past[-1]
        return None if self.cuffs else self._arterial(t_s)

    def measurements(self) -> list[tuple[float, Pressure]]:
        """Return the cuff measurements with their wire seconds."""
        return [(second - self.start_s, pressure) for second, pressure in self.cuffs]

    def _arterial(self, t_s: float) -> Pressure | None:
        wave = self.waves.get("art")
        if wave is None:
            return None
        recent = wave.between(self.start_s + t_s - ARTERY_S, self.start_s + t_s)
        width = int(wave.rate_hz * ARTERY_BEAT_S)
        spans = [recent[at : at + width] for at in range(0, len(recent) - width + 1, width)]
        if not spans:
            return None
        sys = float(np.median([span.max() for span in spans]))
        dia = float(np.median([span.min() for span in spans]))
        if not 0.0 < dia < sys:
            return None
        return Pressure(sys, dia, float(recent.mean()), self._number("pulse_rate", t_s))

    def _number(self, channel: str, t_s: float) -> float | None:
        track = self.tracks.get(channel)
        return None if track is None else track.at(self.start_s + t_s)

    def _wave(self, channel: str, t_s: float, flat: float) -> float:
        wave = self.waves.get(channel)
        return flat if wave is None else wave.at(self.start_s + t_s)
