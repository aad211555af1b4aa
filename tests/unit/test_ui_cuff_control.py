"""The cuff's control: what it says while the cuff is up, rests, waits, or does not answer."""

import bed_scenes as scenes
import pytest
from bed_scenes import StepClock, snapshot

from monitor.link.messages import Cuff, Device, Numeric
from ui.bed_model import BedModel
from ui.presenters.cuff_control import cuff_control


def device(state="connected", detail="", orders=("cycle", "start", "stop")):
    return Device(
        bed=scenes.BED, device="cuff", model="suntech-advantage", state=state, detail=detail, utc=scenes.UTC,
        orders=list(orders),
    )  # fmt: skip


def cuff(phase="idle", interval_s=None, due_in_s=None, detail=""):
    return Cuff(
        bed=scenes.BED, device="cuff", phase=phase, interval_s=interval_s, due_in_s=due_in_s, detail=detail,
        utc=scenes.UTC,
    )  # fmt: skip


def pressure(value):
    return Numeric(
        bed=scenes.BED, device="cuff", channel="cuff_pressure", value=value, reason=None, unit="mm[Hg]",
        utc=scenes.UTC,
    )  # fmt: skip


def said(*items, after_s=0.0):
    clock, model = StepClock(), BedModel()
    for item in (scenes.connected(clock.now()), snapshot(), *items):
        model.accept(item, clock.now())
    clock.advance(after_s)
    model.accept(scenes.heartbeat(), clock.now())
    return cuff_control(model.state, clock.now())


def test_a_cuff_that_takes_no_orders_has_no_control():
    assert said() is None
    assert said(device(orders=())) is None


@pytest.mark.parametrize(
    ("items", "headline", "cycle"),
    [
        pytest.param([], "Cuff: when asked", "Auto: off", id="nothing heard yet"),
        pytest.param([cuff()], "Cuff: when asked", "Auto: off", id="no cycle"),
        pytest.param([cuff("idle", 300.0, 192.0)], "Cuff: next in 3:12", "Auto: 5 min", id="cycle"),
        pytest.param([cuff("starting")], "Cuff measuring", "Auto: off", id="starting"),
        pytest.param([cuff("measuring"), pressure(142.0)], "Cuff measuring 142 mmHg", "Auto: off", id="up"),
        pytest.param([cuff("stopping"), pressure(60.0)], "Cuff stopping 60 mmHg", "Auto: off", id="stopping"),
    ],
)
def test_it_says_what_the_cuff_does(items, headline, cycle):
    text = said(device(), *items)
    assert (text.headline, text.cycle) == (headline, cycle)


def test_the_time_to_the_next_measurement_runs():
    assert said(device(), cuff("idle", 300.0, 192.0), after_s=60).headline == "Cuff: next in 2:12"


def test_a_repeat_is_told_from_the_cycle_and_says_why_before_the_cuff_is_filled():
    text = said(device(), cuff("idle", None, 56.0, detail="to confirm the pressure"))
    assert (text.headline, text.detail) == ("Cuff repeats in 0:56", "to confirm the pressure")


def test_an_old_cuff_pressure_is_not_shown_as_live():
    assert said(device(), cuff("measuring"), pressure(142.0), after_s=4).headline == "Cuff measuring"


def test_measuring_is_offered_only_while_the_cuff_is_down_and_answers():
    assert said(device(), cuff()).may_measure
    assert not said(device(), cuff("measuring")).may_measure
    assert not said(device("lost"), cuff()).may_measure


def test_a_cuff_lost_while_up_says_to_look_at_the_arm():
    text = said(device("lost", "unplugged?"), cuff("measuring"))
    assert (text.up, text.headline, text.detail) == (
        True,
        "Cuff not answering",
        "If it is tight, take it off",
    )


def test_without_a_service_nothing_is_offered():
    clock, model = StepClock(), BedModel()
    for item in (scenes.connected(clock.now()), snapshot(), device()):
        model.accept(item, clock.now())
    clock.advance(10)
    assert cuff_control(model.state, clock.now()) is None
