"""The alarm bursts, synthesised: one array per priority, at 48 kHz, float32, one channel.

Timing follows the clinical specification (alarms.md 7.8): durations count from 90 % of the rise
to 90 % of the fall, onsets at 90 % of the rise. A pulse is five sines k * f0 stepping down 3 dB.
"""

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]

RATE_HZ = 48_000
PEAK = 0.73
"""Peak of the loudest pulse, of full scale."""
FULL = 0.995
"""No sample goes beyond this share of full scale, however loud: a clipped pulse has another spectrum."""
HARMONIC_STEP_DB = 3.0
HARMONICS = 5
RISE_SHARE = 0.15
"""10 to 90 % of the rise, as a share of the pulse: satisfies every version of the standard's table."""


@dataclass(frozen=True, slots=True)
class BurstSpec:
    """One burst as the specification writes it; `groups` are runs of pulses that belong together."""

    f0_hz: float
    pulse_ms: float
    onsets_ms: tuple[float, ...]
    groups: tuple[int, ...]
    gap_s: float  # tb: from the end of the burst to its next start
    level_db: float
    harmonics: int = HARMONICS


SPECS = MappingProxyType(
    {
        "high": BurstSpec(
            523.25, 150, (0, 250, 500, 1000, 1250, 2000, 2250, 2500, 3000, 3250), (5, 5), 4.0, 0.0
        ),
        "medium": BurstSpec(440.0, 200, (0, 400, 800), (3,), 9.0, -3.0),
        "low": BurstSpec(349.23, 200, (0, 400), (2,), 20.0, -6.0),
    }
)
"""Priority -> burst."""

REMINDER = BurstSpec(784.0, 60, (0, 120, 240), (3,), 60.0, -6.0, harmonics=1)
"""Three short pulses while the audio is paused; not an alarm, so of another timbre."""

TEST_TONE = BurstSpec(659.26, 400, (0,), (1,), 0.0, 0.0, harmonics=1)
"""One long pulse at the level of a high alarm: how loud an alarm will be here; no burst is like it."""


@dataclass(frozen=True, slots=True, eq=False)
class Burst:
    """A rendered burst: samples of the pulses, and where in them a change may cut (sample counts)."""

    samples: Sound  # read-only, ends with the last pulse
    pulses: tuple[tuple[int, int], ...]  # first sample, last + 1
    groups: tuple[tuple[int, int], ...]
    period: int  # from start to next start


def ramp_s(pulse_ms: float) -> float:
    """Return the whole linear ramp in seconds, of which 10 to 90 % is RISE_SHARE of the pulse."""
    return RISE_SHARE * pulse_ms / 1000 / 0.8


def pulse(f0_hz: float, pulse_ms: float, peak: float, harmonics: int = HARMONICS) -> Sound:
    """Return one pulse with its ramps; no sample exceeds `peak`."""
    ramp = ramp_s(pulse_ms)
    length = round((pulse_ms / 1000 + 1.8 * ramp) * RATE_HZ)
    t = np.arange(length) / RATE_HZ
    tone = sum(
        10 ** (-HARMONIC_STEP_DB * (k - 1) / 20) * np.sin(2 * np.pi * k * f0_hz * t)
        for k in range(1, harmonics + 1)
    )
    envelope = np.minimum(1.0, np.minimum(t, t[-1] - t) / ramp)
    shaped: Sound = (peak * tone / np.max(np.abs(tone)) * envelope).astype(np.float32)
    return shaped


def _decibels(level_db: float) -> float:
    return float(10 ** (level_db / 20))


def render(spec: BurstSpec) -> Burst:
    """Return the burst of `spec`."""
    one = pulse(spec.f0_hz, spec.pulse_ms, PEAK * _decibels(spec.level_db), spec.harmonics)
    starts = [round(onset / 1000 * RATE_HZ) for onset in spec.onsets_ms]
    samples = np.zeros(starts[-1] + len(one), dtype=np.float32)
    for start in starts:
        samples[start : start + len(one)] += one
    samples.flags.writeable = False
    pulses = tuple((start, start + len(one)) for start in starts)
    lasts = [int(last) for last in np.cumsum(spec.groups) - 1]
    firsts = [0, *(last + 1 for last in lasts[:-1])]
    groups = tuple((pulses[a][0], pulses[b][1]) for a, b in zip(firsts, lasts, strict=True))
    end_s = (spec.onsets_ms[-1] + spec.pulse_ms) / 1000
    return Burst(samples, pulses, groups, round((end_s + spec.gap_s) * RATE_HZ))


@cache
def burst(priority: str) -> Burst:
    """Return the rendered burst of "high", "medium" or "low" (KeyError for another word)."""
    return render(SPECS[priority])


@cache
def tone() -> Burst:
    """Return the rendered test tone."""
    return render(TEST_TONE)


@cache
def reminder() -> Burst:
    """Return the rendered reminder."""
    return render(REMINDER)
