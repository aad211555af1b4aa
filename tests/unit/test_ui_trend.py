"""The trend: extremes survive thinning, gaps stay open, cuff readings stand as bars."""

import bed_scenes as scenes
import numpy as np
import pytest
from bed_scenes import StepClock, nibp, snapshot

from monitor.core.clock import Nanos, seconds
from ui.bed_model import BedModel
from ui.presenters.trend_lines import curve, trend
from ui.trend_points import CAPACITY, TrendPoints


def points(*pairs):
    made = TrendPoints()
    for t, value in pairs:
        made.put(seconds(t), value)
    return made


def test_a_second_keeps_its_newest_point_and_the_past_is_refused():
    made = points((10.0, 1), (10.5, 2), (9, 3), (11, 4))
    ages, values = made.window(seconds(12), 100)
    assert ages.tolist() == [1.5, 1.0]
    assert values.tolist() == [2, 4]


def test_points_are_bounded():
    made = TrendPoints()
    for t in range(CAPACITY * 2):
        made.put(seconds(t), t)
    ages, values = made.window(seconds(CAPACITY * 2), 3600)
    assert len(ages) == 3600
    assert values[-1] == CAPACITY * 2 - 1


@pytest.mark.parametrize(
    ("second", "joined"),
    [pytest.param(5, True, id="5 s is joined"), pytest.param(20, False, id="20 s is a gap")],
)
def test_a_gap_breaks_the_line(second, joined):
    said = curve("spo2", points((0, 97), (second, 96)), seconds(30), 5)
    assert bool(np.isnan(said.values).any()) is not joined


def test_one_second_of_desaturation_in_four_hours_survives():
    made = points(*((t, 97) for t in range(4 * 3600)))
    made.put(seconds(4 * 3600), 97)
    made._values[7200] = 71
    said = curve("spo2", made, seconds(4 * 3600), 240)
    assert len(said.values) < 1100
    assert np.nanmin(said.values) == 71
    assert (np.diff(said.minutes) >= 0).all()


def test_the_whole_bed():
    clock, model = StepClock(), BedModel()
    model.accept(scenes.connected(clock.now()), clock.now())
    model.accept(snapshot(nibp=nibp(170.0, 95.0, 120.0, age_s=30)), clock.now())
    said = trend(model.state, clock.now())
    assert said.span_min == 30
    assert [one.channel for one in said.curves] == ["spo2", "pulse_rate", "heart_rate"]
    minutes, low, high = said.bars
    assert (low[-1], high[-1]) == (95, 170)
    assert minutes[-1] == pytest.approx(-0.5)
    assert ("spo2", 90) in said.limits
    assert ("spo2", 85) not in said.limits


def test_nothing_known_is_an_empty_trend_of_five_minutes():
    said = trend(BedModel().state, Nanos(0))
    assert (said.span_min, said.curves, len(said.bars[0])) == (5, (), 0)


def test_a_reading_marked_invalid_is_struck_and_no_bar():
    clock, model = StepClock(), BedModel()
    model.accept(scenes.connected(clock.now()), clock.now())
    good = nibp(124.0, 76.0, 93.0, age_s=300, id="r1")
    moved = nibp(182.0, 104.0, 130.0, age_s=60, id="r2")
    model.accept(snapshot(nibp=moved, nibps=[good, moved], trend=[]), clock.now())
    assert trend(model.state, clock.now()).bars[2].tolist() == [124, 182]
    model.accept(
        nibp(182.0, 104.0, 130.0, age_s=60, id="r2", invalid="moved", invalid_by="anna"), clock.now()
    )
    said = trend(model.state, clock.now())
    assert said.bars[2].tolist() == [124]
    assert [one.tolist() for one in said.struck] == [[pytest.approx(-1)], [182]]


def test_a_struck_reading_leaves_the_trend_with_its_time_and_a_mean_alone_is_struck_too():
    clock, model = StepClock(), BedModel()
    model.accept(scenes.connected(clock.now()), clock.now())
    old = nibp(182.0, 104.0, 130.0, age_s=9 * 3600, id="r1", invalid="moved", invalid_by="anna")
    mean = nibp(None, None, 88.0, age_s=60, id="r2", invalid="moved", invalid_by="anna")
    model.accept(snapshot(nibps=[old, mean], trend=[]), clock.now())
    said = trend(model.state, clock.now())
    assert (said.span_min, said.struck[1].tolist()) == (480, [88])
