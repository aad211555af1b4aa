"""Continuous limits at 1 Hz: delays, hysteresis, dead band, excursions, SatSeconds, and the SpO2 pair."""

import pytest
from alarm_bed import AlarmBed

from alarms.satseconds import SatSeconds
from alarms.types import Priority, State
from monitor.core.clock import seconds

# --- steps and delays ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "desat", "low"),
    [
        pytest.param(88, [], [(20.0, "medium")], id="97 to 88: low at 10 s"),
        pytest.param(
            84, [(13.0, "high")], [(19.0, "medium")], id="97 to 84: desat at 3 s, low by SatSeconds"
        ),
        pytest.param(
            78, [(13.0, "high")], [(15.0, "medium")], id="97 to 78: desat at 3 s, low by SatSeconds"
        ),
        pytest.param(90, [], [], id="97 to 90: at the limit, nothing"),
    ],
)
def test_a_step_alarms_in_time(to, desat, low):
    bed = AlarmBed()
    bed.hold("spo2", 97, 0, 9)
    bed.hold("spo2", to, 10, 30)
    assert (bed.starts("SPO2_DESAT"), bed.starts("SPO2_LOW")) == (desat, low)


@pytest.mark.parametrize(
    ("channel", "value", "condition", "expected"),
    [
        pytest.param("pulse_rate", 49, "PR_LOW", [(10.0, "start", "medium")], id="pulse 49"),
        pytest.param("pulse_rate", 50, "PR_LOW", [], id="pulse 50, at the limit"),
        pytest.param(
            "pulse_rate", 39, "PR_LOW", [(5.0, "start", "high")], id="pulse 39, the faster level first"
        ),
        pytest.param("pulse_rate", 131, "PR_HIGH", [(15.0, "start", "medium")], id="pulse 131"),
        pytest.param("pulse_rate", 151, "PR_HIGH", [(10.0, "start", "high")], id="pulse 151"),
        pytest.param("heart_rate", 39, "HR_LOW", [(5.0, "start", "high")], id="heart rate 39"),
        pytest.param("heart_rate", 131, "HR_HIGH", [(15.0, "start", "medium")], id="heart rate 131"),
    ],
)
def test_rates_alarm_by_level(channel, value, condition, expected):
    bed = AlarmBed()
    bed.hold(channel, value, 0, 40)
    assert [(t, event, priority) for t, event, priority, _ in bed.told(condition)] == expected


def test_heart_rate_and_pulse_rate_are_never_inferred_from_each_other():
    bed = AlarmBed()
    bed.hold("heart_rate", 35, 0, 20)
    assert (bed.starts("HR_LOW"), bed.starts("PR_LOW")) == ([(5.0, "high")], [])


def test_the_second_level_raises_one_occurrence():
    bed = AlarmBed()
    bed.hold("pulse_rate", 45, 0, 12)
    bed.hold("pulse_rate", 38, 13, 20)
    assert bed.told("PR_LOW", "start", "escalate") == [
        (10.0, "start", "medium", None),
        (18.0, "escalate", "high", "second_limit"),
    ]
    assert len({event.occurrence for event in bed.events}) == 1


def test_a_level_falls_only_when_acknowledged():
    bed = AlarmBed()
    bed.hold("pulse_rate", 38, 0, 8)
    bed.hold("pulse_rate", 45, 9, 16)
    assert bed.last("PR_LOW").priority is Priority.HIGH
    bed.acknowledge()
    bed.hold("pulse_rate", 45, 17, 18)
    assert bed.told("PR_LOW")[-1] == (17.0, "deescalate", "medium", "first_limit")
    assert bed.state("PR_LOW") is State.ACK


def test_readings_at_three_a_second_alarm_at_the_same_time():
    bed = AlarmBed()
    for third in range(60):
        t = third / 3
        bed.value("spo2", 88, t)
        if third % 3 == 2:
            bed.tick(t)
    ((t, _),) = bed.starts("SPO2_LOW")
    assert 10.0 <= t < 10.5


# --- dead band, hysteresis, dither ---------------------------------------------------------------


def test_dithering_at_the_limit_does_not_starve_the_on_delay():
    bed = AlarmBed()
    bed.play("spo2", [89, 90] * 20, 0)
    ((t, priority),) = bed.starts("SPO2_LOW")
    assert (priority, t <= 20) == ("medium", True)


def test_dithering_beyond_hysteresis_is_caught_by_excursions():
    bed = AlarmBed()
    bed.play("spo2", [89, 91, 89, 91, 89, 91], 0)
    assert bed.told("SPO2_LOW", "start") == [(4.0, "start", "medium", "excursions")]


def test_two_excursions_are_not_three():
    bed = AlarmBed()
    bed.play("spo2", [89, 91, 89, 91, 97], 0)
    bed.hold("spo2", 97, 5, 61)
    bed.value("spo2", 89, 62)
    assert not bed.starts("SPO2_LOW")


def test_the_third_excursion_within_60_s_fires_on_its_first_value():
    bed = AlarmBed()
    bed.value("spo2", 89, 0)
    bed.hold("spo2", 97, 1, 29)
    bed.value("spo2", 89, 30)
    bed.hold("spo2", 97, 31, 59)
    bed.value("spo2", 89, 60)
    assert bed.starts("SPO2_LOW") == [(60.0, "medium")]


def test_the_dead_band_holds_the_clock_for_5_s():
    bed = AlarmBed()
    bed.hold("spo2", 89, 0, 5)
    bed.hold("spo2", 90, 6, 10)  # held at 6 s of 10
    bed.hold("spo2", 89, 11, 20)
    assert bed.starts("SPO2_LOW") == [(15.0, "medium")]


def test_longer_in_the_dead_band_ends_the_stay():
    bed = AlarmBed()
    bed.hold("spo2", 89, 0, 5)
    bed.hold("spo2", 90, 6, 11)
    assert bed.state("SPO2_LOW") is State.PENDING
    bed.hold("spo2", 90, 12, 12)
    assert bed.state("SPO2_LOW") is State.NORMAL
    bed.hold("spo2", 89, 13, 30)
    assert bed.starts("SPO2_LOW") == [(23.0, "medium")]


def test_inside_beyond_hysteresis_ends_the_stay_at_once():
    bed = AlarmBed()
    bed.hold("spo2", 89, 0, 9)
    bed.value("spo2", 91, 10)
    assert bed.state("SPO2_LOW") is State.NORMAL


@pytest.mark.parametrize(
    ("values", "state"),
    [
        pytest.param([91] * 5, State.UNACK, id="4 s beyond hysteresis"),
        pytest.param([91] * 6, State.LATCHED, id="5 s beyond hysteresis"),
        pytest.param([90] * 30, State.UNACK, id="in the dead band for ever"),
        pytest.param([91, 91, 91, 90, 91, 91, 91], State.UNACK, id="dead band restarts the off-delay"),
        pytest.param([91, 91, 91, None, 91, 91, 91], State.UNACK, id="no value restarts the off-delay"),
    ],
)
def test_an_alarm_clears_beyond_hysteresis_through_the_off_delay(values, state):
    bed = AlarmBed()
    bed.hold("spo2", 89, 0, 10)
    bed.play("spo2", values, 11)
    assert bed.state("SPO2_LOW") is state


def test_an_acknowledged_alarm_ends_without_a_latch():
    bed = AlarmBed()
    bed.hold("spo2", 89, 0, 10)
    bed.acknowledge()
    bed.hold("spo2", 95, 11, 16)
    assert bed.told("SPO2_LOW")[-1] == (16.0, "end", "medium", "cleared")
    assert bed.texts() == []


def test_a_latched_row_says_what_was_and_reopens():
    bed = AlarmBed()
    bed.hold("spo2", 89, 0, 10)
    bed.hold("spo2", 95, 11, 16)
    assert (bed.texts(), bed.sounding) == (["SpO2 was 89 % (limit < 90)"], None)
    bed.hold("spo2", 88, 17, 27)
    assert bed.told("SPO2_LOW", "latched", "end", "start")[1:] == [
        (16.0, "latched", "medium", "cleared"),
        (27.0, "end", "medium", "reopened"),
        (27.0, "start", "medium", None),
    ]
    assert len({event.episode for event in bed.events}) == 1


def test_the_detector_goes_on_below_a_latched_row():
    bed = AlarmBed()
    bed.hold("spo2", 89, 0, 10)
    bed.hold("spo2", 95, 11, 16)
    bed.hold("spo2", 88, 17, 20)
    assert bed.state("SPO2_LOW") is State.LATCHED
    bed.acknowledge()
    assert bed.state("SPO2_LOW") is State.PENDING


# --- doubtful values ------------------------------------------------------------------------------


def test_a_doubtful_value_counts_towards_an_alarm():
    bed = AlarmBed()
    bed.hold("spo2", 84, 0, 3, doubtful=True)
    assert bed.starts("SPO2_DESAT") == [(3.0, "high")]


def test_doubtful_values_clear_only_after_30_s_inside():
    bed = AlarmBed()
    bed.hold("spo2", 89, 0, 10)
    bed.hold("spo2", 97, 11, 40, doubtful=True)
    assert bed.state("SPO2_LOW") is State.UNACK
    bed.hold("spo2", 97, 41, 41, doubtful=True)
    assert bed.state("SPO2_LOW") is State.LATCHED


def test_a_doubtful_value_inside_holds_a_pending_clock():
    bed = AlarmBed()
    bed.hold("spo2", 89, 0, 8)
    bed.hold("spo2", 97, 9, 19, doubtful=True)
    bed.hold("spo2", 89, 20, 21)
    assert bed.starts("SPO2_LOW") == [(21.0, "medium")]


# --- SatSeconds: the integrator alone -----------------------------------------------------------------


def _integral(depths: list[float | None], start: int = 0) -> SatSeconds:
    sat = SatSeconds()
    for number, depth in enumerate(depths):
        sat.add(depth, seconds(start + number))
    return sat


def test_the_worked_example_reaches_50_in_the_eleventh_second():
    sat = _integral([2, 2, 4, 4, 4, 6, 6, 6, 6, 6, 6])
    assert sat.at(seconds(10)) == 46
    assert sat.at(seconds(10.6)) < 50 <= sat.at(seconds(10.7))
    assert sat.at(seconds(11)) == 52


def test_inside_it_falls_at_the_mean_rate_of_its_rise():
    sat = _integral([2, 2, 8, 8, 0])  # 20 in 4 s: 5 a second
    assert [sat.at(seconds(t)) for t in (4, 5, 6)] == [20, 15, 10]


def test_it_never_falls_below_nothing_and_forgets_its_rate():
    sat = _integral([10, 0, 0, 0, 0, 1, 0])
    assert sat.at(seconds(6)) == 1
    assert sat.at(seconds(7)) == 0


def test_unknown_changes_nothing():
    sat = _integral([5, 5, None, None, None])
    assert sat.at(seconds(4)) == 10


def test_a_sample_stands_for_3_s_at_most():
    sat = SatSeconds()
    sat.add(5, seconds(0))
    sat.add(5, seconds(60))
    assert sat.total == 15


def test_satseconds_alarm_before_the_10_s_rule_in_a_fall():
    bed = AlarmBed()
    bed.play("spo2", [86] * 5 + [85] * 15, 0)  # never below 85: 4 a second, then 5
    start = bed.told("SPO2_LOW", "start")
    assert start == [(10.0, "start", "medium", None)]


def test_satseconds_keep_what_short_recoveries_would_lose():
    bed = AlarmBed()
    bed.play("spo2", [85] * 8 + [92, 92] + [85] * 10, 0)
    assert bed.told("SPO2_LOW", "start") == [(14.0, "start", "medium", "satseconds")]


# --- the pair -----------------------------------------------------------------------------------------


def test_low_under_desat_is_logged_and_covered():
    bed = AlarmBed()
    bed.hold("spo2", 80, 0, 12)
    desat = next(e for e in bed.events if e.condition == "SPO2_DESAT")
    low = next(e for e in bed.events if e.condition == "SPO2_LOW")
    assert (low.event, low.covered_by) == ("start", desat.occurrence)
    assert bed.texts() == ["SpO2 80 % (limit < 85, < 90)"]


def test_acknowledging_the_row_acknowledges_exactly_what_it_listed():
    bed = AlarmBed()
    bed.hold("spo2", 80, 0, 3)
    bed.acknowledge()
    assert bed.state("SPO2_DESAT") is State.ACK
    bed.hold("spo2", 80, 4, 6)
    assert (bed.state("SPO2_LOW"), bed.sounding) == (State.UNACK, None)


def test_low_acknowledged_then_desat_sounds():
    bed = AlarmBed()
    bed.hold("spo2", 88, 0, 10)
    bed.acknowledge()
    assert bed.sounding is None
    bed.hold("spo2", 84, 11, 14)
    assert (bed.starts("SPO2_DESAT"), bed.sounding) == ([(14.0, "high")], Priority.HIGH)


def test_low_shows_again_with_its_own_state_when_desat_clears():
    bed = AlarmBed()
    bed.hold("spo2", 80, 0, 12)
    bed.acknowledge("SPO2_DESAT")
    bed.hold("spo2", 88, 13, 18)
    assert (bed.state("SPO2_DESAT"), bed.state("SPO2_LOW")) == (State.NORMAL, State.UNACK)
    assert bed.sounding is Priority.MEDIUM
    assert bed.texts() == ["SpO2 88 % (worst 80, limit < 90)"]


def test_the_60_s_clock_of_low_runs_while_it_is_covered():
    bed = AlarmBed()
    bed.hold("spo2", 80, 0, 5)
    start = bed.starts("SPO2_LOW")[0][0]
    bed.acknowledge("SPO2_DESAT")
    bed.hold("spo2", 80, 6, 64)
    bed.hold("spo2", 88, 65, 70)
    assert bed.told("SPO2_LOW", "escalate") == [(start + 60, "escalate", "high", "unacknowledged")]
    assert bed.sounding is Priority.HIGH


def test_both_in_one_step_tell_desat_first():
    bed = AlarmBed()
    bed.value("spo2", 80, 0)
    bed.value("spo2", None, 1)
    bed.ticks(1, 8)
    step = bed.value("spo2", 80, 11)
    assert [event.condition for event in step.events] == ["SPO2_DESAT", "SPO2_LOW"]


# --- acknowledged and left alone ------------------------------------------------------------------------


def test_unacknowledged_low_becomes_high_after_60_s():
    bed = AlarmBed()
    bed.hold("spo2", 88, 0, 75)
    assert bed.told("SPO2_LOW") == [
        (10.0, "start", "medium", None),
        (70.0, "escalate", "high", "unacknowledged"),
    ]


@pytest.mark.parametrize(
    ("value", "start", "timeout"),
    [pytest.param(88, 10, 180, id="medium: 3 min"), pytest.param(84, 3, 120, id="high: 2 min")],
)
def test_an_acknowledgement_times_out(value, start, timeout):
    bed = AlarmBed()
    bed.hold("spo2", value, 0, start)
    bed.acknowledge()
    condition = bed.events[0].condition
    bed.hold("spo2", value, start + 1, start + timeout + 1)
    assert bed.told(condition, "rearm") == [
        (start + timeout, "rearm", bed.events[0].priority.label, "ack_timeout")
    ]


def test_the_60_s_clock_starts_again_at_a_re_alarm():
    bed = AlarmBed()
    bed.hold("spo2", 88, 0, 10)
    bed.acknowledge()
    bed.hold("spo2", 88, 11, 260)
    assert bed.told("SPO2_LOW", "rearm", "escalate") == [
        (190.0, "rearm", "medium", "ack_timeout"),
        (250.0, "escalate", "high", "unacknowledged"),
    ]


@pytest.mark.parametrize(
    ("channel", "first", "held", "worse", "condition"),
    [
        pytest.param("spo2", 89, 87, 86, "SPO2_LOW", id="SpO2 by 3"),
        pytest.param("pulse_rate", 131, 145, 146, "PR_HIGH", id="pulse rate by 15"),
    ],
)
def test_worse_than_at_the_acknowledgement_alarms_again(channel, first, held, worse, condition):
    bed = AlarmBed()
    bed.hold(channel, first, 0, 15)
    bed.acknowledge()
    bed.hold(channel, held, 16, 17)
    assert bed.state(condition) is State.ACK
    bed.hold(channel, worse, 18, 18)
    assert bed.told(condition, "rearm") == [(18.0, "rearm", "medium", "worse")]
