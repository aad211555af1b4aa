"""The two things recordings are made of: numbers that hold for a while, and evenly spaced samples."""

import math
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

HELD_ROWS = 3.0
"""A number counts until the next one, at most this many usual distances between rows."""
EDGE = 1e-6
MOST_MV = 20.0
"""An ECG beyond this is not in millivolt: it is scaled to beats of about 1 mV."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The numbers of one channel; NaN is "no reading"."""

    times_s: Floats
    values: Floats
    spacing_s: float = field(init=False)  # the usual distance between two numbers

    def __post_init__(self) -> None:
        steps = np.diff(self.times_s)
        steps = steps[steps > EDGE]
        object.__setattr__(self, "spacing_s", float(np.median(steps)) if len(steps) else 1.0)

    @property
    def start_s(self) -> float:
        """Return when it begins."""
        return float(self.times_s[0])

    @property
    def end_s(self) -> float:
        """Return when its last number has been told."""
        return float(self.times_s[-1]) + self.spacing_s

    @property
    def any(self) -> bool:
        """Return whether there is a number at all."""
        return not np.isnan(self.values).all()

    def at(self, second: float) -> float | None:
        """Return the number in force at a recording second."""
        row = int(np.searchsorted(self.times_s, second + EDGE, side="right")) - 1
        if row < 0 or second - float(self.times_s[row]) >= HELD_ROWS * self.spacing_s:
            return None
        value = float(self.values[row])
        return None if math.isnan(value) else value


class Scale(Enum):
    """What becomes of a wave's values."""

    WHOLE = "its lowest value is 0, its highest 1"
    MOST = "the middle 98 % lie between 0 and 1, the rest is cut"
    MILLIVOLT = "round 0; what is not in millivolt has beats of about 1 mV"
    AS_IS = "as they are"


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """One channel of samples without gaps."""

    start_s: float
    rate_hz: float
    values: Floats
    pulses_s: Floats  # when each pulse begins; of a pulse wave

    @property
    def end_s(self) -> float:
        """Return the recording second after the last sample."""
        return self.start_s + len(self.values) / self.rate_hz

    def at(self, second: float) -> float:
        """Return the value at a recording second, between samples on a straight line."""
        place = (second - self.start_s) * self.rate_hz
        below = min(max(math.floor(place), 0), len(self.values) - 1)
        above = min(below + 1, len(self.values) - 1)
        share = min(1.0, max(0.0, place - below))
        return float(self.values[below] * (1.0 - share) + self.values[above] * share)

    def between(self, after_s: float, until_s: float) -> Floats:
        """Return the samples of a span."""
        first, last = (
            min(len(self.values), max(0, math.floor((second - self.start_s) * self.rate_hz)))
            for second in (after_s, until_s)
        )
        return self.values[first:last]


SCALES = {"pleth": Scale.WHOLE, "resp": Scale.MOST, "ecg": Scale.MILLIVOLT, "art": Scale.AS_IS}


def wave_of(channel: str, start_s: float, rate_hz: float, values: Floats) -> Wave | None:
    """Return the wave of a channel; a missing sample (NaN) repeats the one before. None when all are."""
    present = np.flatnonzero(~np.isnan(values))
    if not len(present) or rate_hz <= 0:
        return None
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
    filled = _scaled(values[np.where(last < 0, present[0], last)], SCALES[channel])
    pulses = _pulses(filled, rate_hz) if channel == "pleth" else np.empty(0)
    return Wave(start_s, rate_hz, filled, start_s + pulses / rate_hz)


def _scaled(values: Floats, scale: Scale) -> Floats:
    if scale is Scale.AS_IS:
        return values
    if scale is Scale.MILLIVOLT:
        centred = values - np.median(values)
        strong = float(np.percentile(np.abs(centred), 99.5))
        return np.asarray(centred / strong if strong > MOST_MV else centred)
    low, high = (values.min(), values.max()) if scale is Scale.WHOLE else np.percentile(values, (1, 99))
    if high <= low:
        return np.full(len(values), 0.5)
    return np.asarray(np.clip((values - low) / (high - low), 0.0, 1.0))


def _pulses(values: Floats, rate_hz: float) -> Floats:
    """Return the indices where the wave rises through its own mean of 1.5 s, 0.3 s apart or more."""
    width = max(1, int(1.5 * rate_hz))
    padded = np.pad(values, (width // 2, width - width // 2 - 1), mode="edge")
    mean = np.convolve(padded, np.full(width, 1.0 / width), mode="valid")
    above = values > mean
    rising = np.flatnonzero(above[1:] & ~above[:-1]) + 1
    kept: list[int] = []
    for index in rising:
        if not kept or index - kept[-1] >= 0.3 * rate_hz:
            kept.append(int(index))
    return np.array(kept, dtype=np.float64)
