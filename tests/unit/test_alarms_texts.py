"""What a nurse reads: the present value while it alarms, the worst once it is over."""

import pytest
from alarm_bed import CUFF, OXIMETER, AlarmBed

from alarms.types import State
from monitor.core.clock import seconds
from monitor.core.types import StatusCode


@pytest.mark.parametrize(
    ("values", "text"),
    [
        pytest.param([84], "SpO2 84 % (limit < 85)", id="at its worst"),
        pytest.param([80, 82], "SpO2 82 % (worst 80, limit < 85)", id="outside, better by 2"),
        pytest.param([83, 84], "SpO2 84 % (limit < 85)", id="outside, better by 1 only"),
        pytest.param([84, 85], "SpO2 85 % (worst 84, limit < 85)", id="dead band"),
        pytest.param([83, 94], "SpO2 94 % (worst 83, limit < 85)", id="back inside, not yet over"),
        pytest.param([83, None], "SpO2 no reading (worst 83, limit < 85)", id="no value"),
    ],
)
def test_an_active_row_says_the_present_value(values, text):
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", values[0], 0, 3)
    bed.play("spo2", values[1:], 4)
    assert bed.texts() == [text]


def test_an_active_row_follows_the_value_without_a_new_event():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 82, 0, 3)
    told = len(bed.events)
    bed.value("spo2", 84, 4)
    step = bed.tick(4)
    assert (len(bed.events) - told, step.rows_changed) == (0, True)


def test_a_stale_value_is_not_said_as_the_present_one():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 84, 0, 3)
    bed.ticks(4, 6)
    assert bed.texts() == ["SpO2 84 % (limit < 85)"]
    bed.tick(7)
    assert bed.texts() == ["SpO2 no reading (worst 84, limit < 85)"]


def test_a_latched_row_says_the_worst_value():
    bed = AlarmBed(OXIMETER)
    bed.play("spo2", [84, 83, 81, 78, 82, 84], 0)
    bed.hold("spo2", 96, 6, 11)
    assert "SpO2 was 78 % (limit < 85)" in bed.texts()


def test_a_rise_to_the_second_level_keeps_the_worst_value():
    bed = AlarmBed(OXIMETER)
    bed.hold("pulse_rate", 45, 0, 11)
    bed.play("pulse_rate", [33, 35, 36, 39, 39, 39], 12)
    (rise,) = [event for event in bed.events if event.event == "escalate"]
    assert (rise.value, rise.text) == (33, "Pulse 39 /min (worst 33, limit < 40)")


@pytest.mark.parametrize(
    ("means", "text"),
    [
        pytest.param([121], "Mean pressure 121 mmHg (limit > 110)", id="first reading"),
        pytest.param([121, 118], "Mean pressure 118 mmHg (limit > 110)", id="much the same"),
        pytest.param(
            [121, 107], "Mean pressure 107 mmHg (worst 121, limit > 110)", id="inside, not beyond hysteresis"
        ),
        pytest.param([121, 100], "Mean pressure was 121 mmHg (limit > 110)", id="over at once"),
        pytest.param([121, 107, 106], "Mean pressure was 121 mmHg (limit > 110)", id="over by two in a row"),
        pytest.param([115, 121, 107, 106], "Mean pressure was 121 mmHg (limit > 110)", id="worst was later"),
    ],
)
def test_a_pressure_row_says_the_last_reading_and_the_worst(means, text):
    bed = AlarmBed(CUFF)
    for number, mean in enumerate(means):
        bed.cuff(140, 300 * number, mean=mean)
    assert bed.texts() == [text]


def test_high_held_in_the_medium_band_says_why():
    bed = AlarmBed(CUFF)
    bed.cuff(182, 0)
    bed.cuff(165, 120)
    bed.tick(240)
    assert bed.texts() == ["Systolic 165 mmHg (worst 182, limit >= 180), 2 min ago"]


def test_the_end_of_an_alarm_says_what_was():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 84, 0, 3)
    bed.acknowledge()
    bed.hold("spo2", 96, 4, 9)
    end = bed.last("SPO2_DESAT")
    assert (end.event, end.value, end.text) == ("end", 84, "SpO2 was 84 % (limit < 85)")


def test_a_latched_technical_alarm_says_that_it_is_over():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 97, 0, 5)
    bed.status(StatusCode.PULSE_SEARCH, True, 6)
    bed.ticks(6, 16)
    bed.status(StatusCode.PULSE_SEARCH, False, 17)
    bed.hold("spo2", 97, 17, 21)
    (row,) = [row for row in bed.engine.rows(seconds(21)) if row.state is State.LATCHED]
    assert row.text == "over: No pulse found"


def test_a_doubtful_value_has_a_question_mark_until_a_clear_one_comes():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 84, 0, 3, doubtful=True)
    assert bed.texts() == ["SpO2 84? % (limit < 85)"]
    bed.hold("spo2", 84, 4, 4)
    assert bed.texts() == ["SpO2 84 % (limit < 85)"]


def test_a_doubtful_pressure_keeps_its_question_mark_through_a_restart():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0, status=(StatusCode.BODY_MOVEMENT,))
    bed.restart(20, gap=5)
    assert bed.texts() == ["Systolic 75? mmHg, confirming (limit < 80)"]
    bed.cuff(85, 60)
    assert bed.texts() == ["Systolic 85 mmHg (worst 75, limit < 90)"]


def test_the_worst_of_a_row_is_that_of_all_its_members():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 78, 0, 12)
    bed.hold("spo2", 88, 13, 18)
    bed.acknowledge("SPO2_DESAT")
    bed.hold("spo2", 83, 19, 22)  # a second desaturation, low goes on
    assert bed.texts() == ["SpO2 83 % (worst 78, limit < 85, < 90)"]


def test_the_age_of_one_reading_is_said_once():
    bed = AlarmBed(CUFF)
    bed.cuff(185, 0, dia=112, mean=None)
    bed.ticks(1, 120)
    assert bed.texts() == ["Systolic 185 mmHg (limit >= 180), 2 min ago; Diastolic 112 mmHg (limit >= 110)"]
    bed.cuff(185, 130, dia=None)
    bed.ticks(131, 190)
    assert bed.texts() == [
        "Systolic 185 mmHg (limit >= 180), 1 min ago; Diastolic 112 mmHg (limit >= 110), 3 min ago"
    ]
