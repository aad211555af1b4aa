"""The bursts as rendered, measured against the clinical specification (alarms.md 7.8, 8.1, 8.2)."""

from itertools import pairwise

import numpy as np
import pytest

from alarms.sound.bursts import PEAK, RATE_HZ, SPECS, BurstSpec, burst, reminder

ONSETS_MS = {
    "high": [0, 250, 500, 1000, 1250, 2000, 2250, 2500, 3000, 3250],
    "medium": [0, 400, 800],
    "low": [0, 400],
}
PERIOD_S = {"high": 7.4, "medium": 10.0, "low": 20.6}
PRIORITIES = ["high", "medium", "low"]


def envelope(samples: np.ndarray, f0_hz: float) -> np.ndarray:
    """Moving maximum of the rectified sound over one period of f0, centred."""
    width = round(RATE_HZ / f0_hz)
    padded = np.pad(np.abs(samples), (width // 2, width - width // 2 - 1))
    return np.lib.stride_tricks.sliding_window_view(padded, width).max(axis=1)


def pulses_of(samples: np.ndarray, f0_hz: float) -> list[tuple[float, float]]:
    """Start and end of every pulse in ms, at 90 % of its peak."""
    above = envelope(samples, f0_hz) >= 0.9 * np.abs(samples).max()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(int), [0]])))
    return [(a / RATE_HZ * 1000, b / RATE_HZ * 1000) for a, b in edges.reshape(-1, 2)]


@pytest.mark.parametrize("priority", PRIORITIES)
def test_pulses_start_and_last_as_specified(priority):
    spec = SPECS[priority]
    measured = pulses_of(burst(priority).samples, spec.f0_hz)
    starts = [start - measured[0][0] for start, _ in measured]
    assert starts == pytest.approx(ONSETS_MS[priority], abs=1)
    assert [end - start for start, end in measured] == pytest.approx([spec.pulse_ms] * len(measured), abs=4)


@pytest.mark.parametrize("priority", PRIORITIES)
def test_the_rise_is_10_to_20_percent_of_the_pulse(priority):
    spec = SPECS[priority]
    first, end = burst(priority).pulses[0]
    shape = envelope(burst(priority).samples[first:end], spec.f0_hz)
    rise_ms = (np.argmax(shape >= 0.9 * shape.max()) - np.argmax(shape >= 0.1 * shape.max())) / RATE_HZ * 1000
    assert 0.10 <= rise_ms / spec.pulse_ms <= 0.20


@pytest.mark.parametrize("priority", PRIORITIES)
def test_bursts_repeat_after_the_specified_period(priority):
    assert burst(priority).period / RATE_HZ == pytest.approx(PERIOD_S[priority])


@pytest.mark.parametrize("priority", PRIORITIES)
def test_pulses_do_not_overlap_and_are_equally_loud(priority):
    spans = burst(priority).pulses
    assert all(end < start for (_, end), (start, _) in pairwise(spans))
    peaks = [np.abs(burst(priority).samples[a:b]).max() for a, b in spans]
    assert max(peaks) / min(peaks) < 10 ** (1 / 20)


@pytest.mark.parametrize("priority", PRIORITIES)
def test_spectrum_has_five_lines_stepping_down_3_db(priority):
    spec = SPECS[priority]
    first, end = burst(priority).pulses[0]
    middle = (first + end) // 2
    half = round(0.055 * RATE_HZ)
    part = burst(priority).samples[middle - half : middle + half]
    size = 65536
    power = 20 * np.log10(np.abs(np.fft.rfft(part * np.hanning(len(part)), size)) + 1e-9)
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    inner = np.flatnonzero((power[1:-1] > power[:-2]) & (power[1:-1] > power[2:])) + 1
    strongest = sorted(sorted(inner, key=lambda i: -power[i])[:5])
    assert [hz[i] for i in strongest] == pytest.approx([k * spec.f0_hz for k in range(1, 6)], abs=3)
    levels = [power[i] - power[strongest[0]] for i in strongest]
    assert levels == pytest.approx([0, -3, -6, -9, -12], abs=0.5)
    assert 150 <= hz[strongest[0]] <= 1000
    assert sum(300 <= hz[i] <= 4000 for i in strongest) >= 4


def test_a_higher_priority_is_louder_and_nothing_clips():
    peaks = [float(np.abs(burst(p).samples).max()) for p in PRIORITIES]
    assert peaks == pytest.approx([PEAK, PEAK * 10 ** (-3 / 20), PEAK * 10 ** (-6 / 20)], rel=0.02)


def test_the_medium_rhythm_is_slower_than_the_high_one():
    high, medium = ONSETS_MS["high"], ONSETS_MS["medium"]
    assert medium[1] - medium[0] >= high[1] - high[0]


def test_the_reminder_is_three_short_pulses_at_784_hz():
    measured = pulses_of(reminder().samples, 784)
    assert len(measured) == 3
    assert [end - start for start, end in measured] == pytest.approx([60] * 3, abs=3)


def test_an_unknown_priority_is_refused():
    with pytest.raises(KeyError):
        burst("urgent")


def test_the_table_is_complete():
    assert all(
        isinstance(SPECS[p], BurstSpec) and sum(SPECS[p].groups) == len(SPECS[p].onsets_ms) for p in SPECS
    )
