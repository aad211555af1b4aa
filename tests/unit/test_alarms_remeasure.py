"""What a pressure alarm wants of a cuff that takes orders (alarm decisions, 4)."""

from dataclasses import replace

import pytest
from alarm_bed import CUFF, AlarmBed

from alarms import preset as presets
from alarms.baseline import Baseline
from alarms.remeasure import Remeasure
from alarms.texts import REPEAT_NOW, REPEATS
from monitor.core.clock import seconds
from monitor.core.types import StatusCode

COMMANDED = replace(CUFF, commanded=True)
KETAMINE = presets.load("iv-racemic", Baseline(sys=118, dia=74, pulse=72, spo2=97))


class CuffBed(AlarmBed):
    """A bed with a cuff that takes orders, in steps of a second."""

    def __init__(self, cuff=COMMANDED, **more):
        super().__init__(cuff, **{"preset": KETAMINE, **more})
        self.tick(0)

    def until(self, t):
        for second in range(round(self.now) + 1, t + 1):
            self.tick(second)
        return self

    def wanted(self):
        return [(act.t // seconds(1), act.seconds, act.reason) for act in self.acts if act.act == "measure"]

    def action(self):
        return self.engine.rows(seconds(self.now))[0].action


def test_a_reading_to_be_confirmed_is_repeated_once_a_minute_after_it():
    bed = CuffBed()
    bed.cuff(182, dia=90, mean=120, t=10)
    bed.until(12)
    assert bed.wanted() == [(11, 59.0, "to confirm the pressure")]
    assert bed.action() == REPEATS
    bed.squeeze(True, t=70)
    bed.until(159)
    assert len(bed.wanted()) == 1


def test_a_repeat_that_did_not_begin_is_asked_for_again_and_a_person_is_told_to():
    bed = CuffBed()
    bed.cuff(182, dia=90, mean=120, t=10)
    bed.until(110)
    assert bed.wanted()[1:] == [(101, 0.0, "to confirm the pressure")]
    assert bed.action() == REPEAT_NOW


def test_a_cuff_that_does_not_obey_leaves_it_to_a_person():
    bed = CuffBed()
    bed.cuff(182, dia=90, mean=120, t=10)
    bed.until(12)
    assert bed.engine.measure_refused("cuff", seconds(12)).rows_changed
    assert bed.action() == REPEAT_NOW


def test_a_failed_measurement_is_tried_once_more():
    bed = CuffBed()
    bed.cuff(182, dia=90, mean=120, t=10)
    bed.until(70)
    bed.cuff(None, t=80, status=(StatusCode.MEASUREMENT_FAILED,))
    bed.until(90)
    bed.cuff(None, t=150, status=(StatusCode.MEASUREMENT_FAILED,))
    bed.until(260)
    assert (81, 59.0, "the last measurement failed") in bed.wanted()
    assert sum(reason == "the last measurement failed" for *_, reason in bed.wanted()) == 1


def test_without_alarm_and_cycle_nothing_is_measured_by_itself():
    bed = CuffBed()
    bed.cuff(None, t=10, status=(StatusCode.MEASUREMENT_FAILED,))
    bed.cuff(130, t=60)
    bed.until(2000)
    assert bed.wanted() == []


@pytest.mark.parametrize(("acknowledged", "every"), [(False, 300), (True, 600)])
def test_while_a_pressure_alarms_a_cycle_is_no_longer_than(acknowledged, every):
    bed = CuffBed()
    bed.schedule(900, t=0)
    bed.cuff(160, t=10)
    if acknowledged:
        bed.acknowledge(t=11)
    bed.until(10 + every - 1)
    assert bed.wanted() == []
    bed.until(10 + every + 5)
    assert bed.wanted() == [(10 + every, 0.0, f"a pressure alarms: every {every // 60} min")]


def test_a_cycle_that_is_short_enough_is_left_alone():
    bed = CuffBed()
    bed.schedule(300, t=0)
    bed.cuff(160, t=10)
    bed.until(320)
    assert bed.wanted() == []


def test_a_pressure_that_alarms_is_overdue_sooner():
    bed = CuffBed(CUFF)
    bed.schedule(900, t=0)
    bed.cuff(160, t=10)
    bed.until(10 + 449)
    assert bed.state("BP_OVERDUE") == "normal"
    bed.until(10 + 451)
    assert bed.state("BP_OVERDUE") == "unack"


def test_a_cuff_that_takes_no_orders_is_asked_for_nothing():
    bed = CuffBed(CUFF)
    bed.cuff(182, dia=90, mean=120, t=10)
    bed.until(120)
    assert bed.wanted() == []
    assert bed.action() == REPEAT_NOW


def test_after_a_restart_the_repeat_is_asked_for_anew_with_the_time_that_is_left():
    bed = CuffBed()
    bed.cuff(182, dia=90, mean=120, t=10)
    bed.until(20)
    bed.restart(25, gap=5)
    bed.acts.clear()
    bed.until(60)
    assert bed.wanted() == [(26, 44.0, "to confirm the pressure")]
    assert bed.action() == REPEATS


def test_a_refusal_after_a_restart_is_told_at_once_and_stays_through_another():
    bed = CuffBed()
    bed.cuff(182, dia=90, mean=120, t=10)
    bed.until(20)
    for t in (25, 35):
        bed.restart(t, gap=5)
        assert bed.action() == REPEAT_NOW
        bed.until(t + 1)
        bed.engine.measure_refused("cuff", seconds(t + 1))
        assert bed.action() == REPEAT_NOW


def test_a_repeat_that_was_under_way_at_a_restart_is_asked_for_anew():
    bed = CuffBed()
    bed.cuff(182, dia=90, mean=120, t=10)
    bed.until(70)
    bed.squeeze(True, t=70)
    bed.restart(80, gap=5)
    bed.acts.clear()
    bed.until(82)
    assert bed.wanted() == [(81, 0.0, "to confirm the pressure")]


def test_a_second_try_is_asked_for_anew_after_a_restart():
    bed = CuffBed()
    bed.cuff(182, dia=90, mean=120, t=10)
    bed.until(70)
    bed.squeeze(True, t=70)
    bed.cuff(None, t=80, status=(StatusCode.MEASUREMENT_FAILED,))
    bed.until(85)
    bed.restart(95, gap=10)
    bed.acts.clear()
    bed.until(100)
    assert bed.wanted() == [(96, 44.0, "the last measurement failed")]


def test_when_the_second_try_has_failed_a_person_must():
    bed = CuffBed()
    bed.cuff(182, dia=90, mean=120, t=10)
    for t in (70, 130):
        bed.until(t)
        bed.squeeze(True, t=t)
        bed.cuff(None, t=t + 5, status=(StatusCode.MEASUREMENT_FAILED,))
    bed.until(137)
    rows = bed.engine.rows(seconds(137))
    assert [row.action for row in rows if row.key.startswith("pressure")] == [REPEAT_NOW]


def test_what_an_older_station_kept_of_it_is_taken_up():
    bed = Remeasure()
    bed.load([seconds(10), False, False, None, seconds(10), seconds(11)], seconds(5))
    assert not bed.refused


def test_the_shorter_interval_is_asked_for_again_when_nothing_has_begun():
    bed = CuffBed()
    bed.schedule(3600, t=0)
    bed.cuff(160, t=10)
    bed.until(500)
    assert [t for t, *_ in bed.wanted()] == [310, 400, 490]
    bed.squeeze(True, t=500)
    bed.cuff(160, t=530)
    bed.until(800)
    assert len(bed.wanted()) == 3
    bed.until(831)
    assert bed.wanted()[3:] == [(830, 0.0, "a pressure alarms: every 5 min")]


def test_a_row_says_that_a_reading_is_confirmed_whichever_pressure_it_is_of():
    """192/104 with a mean of 133: systolic high at once, the mean by a repeat."""
    bed = CuffBed(preset=presets.load("adult-standard"))
    bed.cuff(192, dia=104, mean=133, t=10)
    bed.until(12)
    (row,) = bed.engine.rows(seconds(12))
    assert row.text.startswith("Systolic 192 mmHg (limit >= 180); Mean pressure 133 mmHg, confirming")
    assert row.action == REPEATS


def test_pressures_that_take_turns_do_not_fill_the_cuff_for_ever():
    bed = CuffBed()
    bed.cuff(182, dia=104, mean=130, t=10)
    bed.until(70)
    bed.cuff(178, dia=112, mean=134, t=75)
    bed.until(140)
    bed.cuff(182, dia=104, mean=130, t=145)
    bed.until(150)
    assert len(bed.wanted()) == 2
    assert bed.action() == REPEAT_NOW
    bed.until(145 + 151)
    assert bed.last("SYS_HIGH").priority.label == "high"
