"""Measures alarm bursts as the clinical specification says to (8.1, 8.2), and prints them as a table.

.venv/bin/python tests/sound_table.py
"""

import sys
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from alarms.sound.bursts import RATE_HZ, REMINDER, SPECS, TEST_TONE, burst, reminder, tone

MIDDLE_S = 0.110
SIZE = 65536


def envelope(samples, f0_hz):
    """Moving maximum of the rectified sound over one period of f0, centred."""
    width = round(RATE_HZ / f0_hz)
    padded = np.pad(np.abs(samples), (width // 2, width - width // 2 - 1))
    return np.lib.stride_tricks.sliding_window_view(padded, width).max(axis=1)


def pulses_of(samples, f0_hz):
    """Start and end of every pulse in ms, at 90 % of the loudest peak."""
    above = envelope(samples, f0_hz) >= 0.9 * np.abs(samples).max()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(int), [0]])))
    return [(a / RATE_HZ * 1000, b / RATE_HZ * 1000) for a, b in edges.reshape(-1, 2)]


def flank_ms(pulse, f0_hz):
    """How long the first rise of `pulse` from 10 to 90 % of its peak takes."""
    shape = envelope(pulse, f0_hz)
    return (np.argmax(shape >= 0.9 * shape.max()) - np.argmax(shape >= 0.1 * shape.max())) / RATE_HZ * 1000


def lines_of(pulse, count):
    """Frequency in Hz and level in dB under the first, of the `count` strongest lines of a pulse's middle."""
    middle, half = len(pulse) // 2, min(round(MIDDLE_S / 2 * RATE_HZ), len(pulse) // 3)
    part = pulse[middle - half : middle + half]
    power = 20 * np.log10(np.abs(np.fft.rfft(part * np.hanning(len(part)), SIZE)) + 1e-9)
    hz = np.fft.rfftfreq(SIZE, 1 / RATE_HZ)
    peaks = np.flatnonzero((power[1:-1] > power[:-2]) & (power[1:-1] > power[2:])) + 1
    strongest = sorted(sorted(peaks, key=lambda i: -power[i])[:count])
    return [(float(hz[i]), float(power[i] - power[strongest[0]])) for i in strongest]


@dataclass(frozen=True)
class Measured:
    """One sound as it came out."""

    pulses_ms: list
    gaps_ms: list
    onsets_ms: list
    rise_ms: float
    fall_ms: float
    lines: list
    peak: float
    period_s: float
    rest_s: float  # tb: 90 % of the last fall to the next start


def measure(what, spec):
    """Measure a rendered burst; nothing is taken from its specification but f0, which sets the window."""
    found = pulses_of(what.samples, spec.f0_hz)
    first, end = what.pulses[0]
    one = what.samples[first:end]
    return Measured(
        pulses_ms=[b - a for a, b in found],
        gaps_ms=[start - end for (_, end), (start, _) in pairwise(found)],
        onsets_ms=[a - found[0][0] for a, _ in found],
        rise_ms=flank_ms(one, spec.f0_hz),
        fall_ms=flank_ms(one[::-1], spec.f0_hz),
        lines=lines_of(one, spec.harmonics),
        peak=float(np.abs(what.samples).max()),
        period_s=what.period / RATE_HZ,
        rest_s=what.period / RATE_HZ - (found[-1][1] - found[0][0]) / 1000,
    )


def all_measured():
    """Every sound by name."""
    sounds = {name: (burst(name), spec) for name, spec in SPECS.items()}
    sounds |= {"reminder": (reminder(), REMINDER), "test tone": (tone(), TEST_TONE)}
    return {name: measure(*sound) for name, sound in sounds.items()}


def report():
    """The table for people."""
    top = all_measured()["high"].peak
    for name, one in all_measured().items():
        shortest, longest = min(one.pulses_ms), max(one.pulses_ms)
        yield f"{name}: {len(one.pulses_ms)} x {shortest:.1f} to {longest:.1f} ms"
        yield f"  gaps      {' / '.join(f'{gap:.1f}' for gap in one.gaps_ms) or '-'} ms"
        yield f"  onsets    {' / '.join(f'{onset:.0f}' for onset in one.onsets_ms)} ms"
        share = 100 * one.rise_ms / np.mean(one.pulses_ms)
        yield f"  rise      {one.rise_ms:.1f} ms ({share:.0f} % of the pulse), fall {one.fall_ms:.1f} ms"
        yield f"  spectrum  {', '.join(f'{hz:.0f} Hz {level:.1f} dB' for hz, level in one.lines)}"
        yield f"  level     {20 * np.log10(one.peak / top):.1f} dB re high, peak {one.peak:.2f} of full scale"
        if name in SPECS:
            yield f"  repeats   after {one.rest_s:.2f} s, {one.period_s:.1f} s from start to start"


if __name__ == "__main__":
    sys.stdout.write("\n".join(report()) + "\n")
