"""Packets that come when they come: a delay is never early and never starved."""

from itertools import cycle

import pytest
from alarm_bed import AlarmBed
from hypothesis import given
from hypothesis import strategies as st

FELL = 7.25
LONGEST = 8.0
CASES = [("SPO2_DESAT", 84.0, 3.0), ("SPO2_LOW", 88.0, 10.0)]


def started(condition, value, delay, gaps, phase):
    """Play values `gaps` seconds apart from FELL on, and ticks; return (start, arrivals) since FELL."""
    bed = AlarmBed()
    bed.hold("spo2", 97, 0, 6)
    arrivals = [FELL]
    for gap in cycle(gaps):
        arrivals.append(arrivals[-1] + gap)
        if arrivals[-1] > FELL + delay + LONGEST:
            break
    steps = [(t, "value") for t in arrivals]
    steps += [(7 + phase + n, "tick") for n in range(int(arrivals[-1]) - 6)]
    for t, what in sorted(steps):
        if what == "value":
            bed.value("spo2", value, t)
        else:
            bed.tick(t)
    [(start, _)] = bed.starts(condition)
    return start - FELL, [t - FELL for t in arrivals]


@pytest.mark.parametrize(("condition", "value", "delay"), CASES, ids=lambda case: str(case))
@given(gaps=st.lists(st.floats(0.05, 2.9), min_size=1, max_size=20), phase=st.floats(0.3, 1.2))
def test_a_delay_is_kept_to_the_tick_however_packets_jitter(condition, value, delay, gaps, phase):
    start, _ = started(condition, value, delay, gaps, phase)
    assert delay - 1e-6 <= start <= delay + 1.0


@pytest.mark.parametrize(("condition", "value", "delay"), CASES, ids=lambda case: str(case))
@given(gaps=st.lists(st.floats(0.05, LONGEST), min_size=1, max_size=20), phase=st.floats(0.3, 1.2))
def test_packets_that_stay_away_delay_an_alarm_to_the_next_one_only(condition, value, delay, gaps, phase):
    start, arrivals = started(condition, value, delay, gaps, phase)
    assert delay - 1e-6 <= start <= min(t for t in arrivals if t >= delay - 1e-6) + 1e-6
