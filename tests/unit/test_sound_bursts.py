"""The bursts as rendered, measured against the clinical specification (alarms.md 1.4, 1.5, 7.8, 8.1, 8.2)."""

from itertools import pairwise

import numpy as np
import pytest
from sound_table import all_measured, report

from alarms.sound.bursts import PEAK, REMINDER, SPECS, TEST_TONE, BurstSpec, burst, reminder, tone

MEASURED = all_measured()
PRIORITIES = ["high", "medium", "low"]
F0_HZ = {"high": 523.25, "medium": 440.0, "low": 349.23}
PULSE_MS = {"high": 150, "medium": 200, "low": 200, "reminder": 60}
ONSETS_MS = {
    "high": [0, 250, 500, 1000, 1250, 2000, 2250, 2500, 3000, 3250],
    "medium": [0, 400, 800],
    "low": [0, 400],
    "reminder": [0, 120, 240],
}
GAPS_MS = {
    "high": [100, 100, 350, 100, 600, 100, 100, 350, 100],
    "medium": [200, 200],
    "low": [200],
    "reminder": [60, 60],
}
PERIOD_S = {"high": 7.4, "medium": 10.0, "low": 20.6}
REST_S = {"high": 4.0, "medium": 9.0, "low": 20.0}


@pytest.mark.parametrize("name", PULSE_MS)
def test_pulses_start_and_last_as_specified(name):
    one = MEASURED[name]
    assert one.onsets_ms == pytest.approx(ONSETS_MS[name], abs=1)
    assert one.pulses_ms == pytest.approx([PULSE_MS[name]] * len(ONSETS_MS[name]), rel=0.02)


@pytest.mark.parametrize("name", GAPS_MS)
def test_gaps_are_within_5_percent_of_the_specified(name):
    assert MEASURED[name].gaps_ms == pytest.approx(GAPS_MS[name], rel=0.05)


@pytest.mark.parametrize(
    ("name", "td_ms", "spacing_ms", "rest_s"),
    [("high", (75, 200), (50, 125), (2.5, 15)), ("medium", (125, 250), (125, 250), (2.5, 30)),
     ("low", (125, 250), (125, 250), (15, 3600))],
)  # fmt: skip
def test_every_time_lies_inside_the_ranges_of_the_standard(name, td_ms, spacing_ms, rest_s):
    one = MEASURED[name]
    assert all(td_ms[0] <= pulse <= td_ms[1] for pulse in one.pulses_ms)
    assert rest_s[0] <= one.rest_s <= rest_s[1]
    if name != "high":
        assert all(spacing_ms[0] <= gap <= spacing_ms[1] for gap in one.gaps_ms)
        return
    x, td = one.gaps_ms[0], one.pulses_ms[0]
    assert spacing_ms[0] <= x <= spacing_ms[1]
    assert [gap / x for gap in np.delete(one.gaps_ms, [2, 4, 7])] == pytest.approx([1] * 6, rel=0.05)
    assert [one.gaps_ms[2], one.gaps_ms[7]] == pytest.approx([2 * x + td] * 2, rel=0.05)
    assert 350 <= one.gaps_ms[4] <= 1300


@pytest.mark.parametrize("name", PULSE_MS)
def test_rise_and_fall_are_10_to_20_percent_of_the_pulse(name):
    one = MEASURED[name]
    assert 0.10 <= one.rise_ms / PULSE_MS[name] <= 0.20
    assert 0.10 <= one.fall_ms / PULSE_MS[name] <= 0.20


@pytest.mark.parametrize("priority", PRIORITIES)
def test_a_pulse_has_faded_before_the_next_rises(priority):
    one = MEASURED[priority]
    assert one.fall_ms <= min(one.gaps_ms) - one.rise_ms


@pytest.mark.parametrize("priority", PRIORITIES)
def test_bursts_repeat_after_the_specified_period(priority):
    assert MEASURED[priority].period_s == pytest.approx(PERIOD_S[priority])
    assert MEASURED[priority].rest_s == pytest.approx(REST_S[priority], rel=0.01)


@pytest.mark.parametrize("priority", PRIORITIES)
def test_pulses_do_not_overlap_and_are_equally_loud(priority):
    spans = burst(priority).pulses
    assert all(end < start for (_, end), (start, _) in pairwise(spans))
    peaks = [np.abs(burst(priority).samples[a:b]).max() for a, b in spans]
    assert max(peaks) / min(peaks) < 10 ** (1 / 20)


@pytest.mark.parametrize("priority", PRIORITIES)
def test_spectrum_has_five_lines_stepping_down_3_db(priority):
    lines = MEASURED[priority].lines
    assert [hz for hz, _ in lines] == pytest.approx([k * F0_HZ[priority] for k in range(1, 6)], abs=3)
    assert [level for _, level in lines] == pytest.approx([0, -3, -6, -9, -12], abs=0.5)


@pytest.mark.parametrize("priority", PRIORITIES)
def test_spectrum_satisfies_both_wordings_of_the_standard(priority):
    four = sorted(MEASURED[priority].lines, key=lambda line: -line[1])[:4]
    assert any(150 <= hz <= 1000 for hz, _ in four)
    assert sum(300 <= hz <= 4000 for hz, _ in MEASURED[priority].lines) >= 4
    assert four[0][1] - four[-1][1] <= 15


def test_a_higher_priority_is_louder_and_nothing_clips():
    peaks = [MEASURED[priority].peak for priority in PRIORITIES]
    assert peaks == pytest.approx([PEAK, PEAK * 10 ** (-3 / 20), PEAK * 10 ** (-6 / 20)], rel=0.02)
    assert all(one.peak < 1 for one in MEASURED.values())


def test_the_medium_rhythm_is_slower_than_the_high_one():
    assert MEASURED["medium"].onsets_ms[1] >= MEASURED["high"].onsets_ms[1]


@pytest.mark.parametrize(("sound", "hz"), [("reminder", 784.0), ("test tone", 659.26)])
def test_what_is_no_alarm_is_one_plain_line(sound, hz):
    assert [line for line, _ in MEASURED[sound].lines] == pytest.approx([hz], abs=3)
    assert (reminder().pulses[0][0], tone().pulses[0][0]) == (0, 0)


def test_the_test_tone_is_one_long_pulse_as_loud_as_a_high_alarm():
    tone = MEASURED["test tone"]
    assert (len(tone.pulses_ms), tone.peak) == (1, pytest.approx(MEASURED["high"].peak, rel=0.01))
    assert min(tone.pulses_ms) > max(MEASURED["low"].pulses_ms)


def test_an_unknown_priority_is_refused():
    with pytest.raises(KeyError):
        burst("urgent")


def test_the_table_is_complete():
    every = [*SPECS.values(), REMINDER, TEST_TONE]
    assert all(isinstance(one, BurstSpec) and sum(one.groups) == len(one.onsets_ms) for one in every)


def test_the_table_for_people_names_every_sound():
    text = "\n".join(report())
    assert all(f"{name}: " in text for name in MEASURED)
