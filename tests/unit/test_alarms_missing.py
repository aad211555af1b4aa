"""Missing and doubtful data: unknown never clears, and silence is an alarm of its own."""

import math

import pytest
from alarm_bed import CUFF, OXIMETER, STRAP, AlarmBed

from alarms.engine import DeviceDecl
from alarms.types import Priority, State
from monitor.core.clock import seconds
from monitor.core.types import LinkState, Reason, StatusCode
from monitor.core.units import Unit

OFF = StatusCode.SENSOR_OFF
SEARCH = StatusCode.PULSE_SEARCH


def _oximeter(*, until: float = 10, spo2: float = 97) -> AlarmBed:
    """An oximeter that was fine until `until`, its last value."""
    bed = AlarmBed(OXIMETER)
    bed.link(LinkState.CONNECTED, 0)
    for t in range(int(until) + 1):
        bed.value("spo2", spo2, t)
        bed.value("pulse_rate", 70, t)
        bed.tick(t)
    return bed


# --- the gate -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "reason"),
    [
        pytest.param(math.nan, Unit.PERCENT, Reason.NOT_FINITE, id="NaN"),
        pytest.param(math.inf, Unit.PERCENT, Reason.NOT_FINITE, id="infinite"),
        pytest.param(101, Unit.PERCENT, Reason.OUT_OF_RANGE, id="over 100 %"),
        pytest.param(0, Unit.PERCENT, Reason.OUT_OF_RANGE, id="zero"),
        pytest.param(0.97, Unit.ONE, Reason.WRONG_UNIT, id="fraction"),
    ],
)
def test_what_is_no_value_becomes_none_with_a_reason_and_is_counted(value, unit, reason):
    bed = AlarmBed()
    step = bed.value("spo2", value, 0, unit=unit)
    assert (step.accepted.value, step.accepted.reason) == (None, reason)
    assert bed.engine.refused == {reason: 1}


def test_a_late_reading_is_refused_and_leaves_the_current_value_alone():
    bed = AlarmBed()
    bed.hold("spo2", 84, 0, 2)
    step = bed.value("spo2", 97, 3, stamp=1)
    assert (step.accepted.value, step.accepted.reason) == (None, Reason.LATE)
    bed.tick(3)
    assert bed.starts("SPO2_DESAT") == [(3.0, "high")]


def test_a_refused_value_never_clears():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 84, 0, 5)
    bed.hold("spo2", 250, 6, 12)
    assert bed.state("SPO2_DESAT") is State.UNACK


def test_values_of_undeclared_channels_pass_the_gate_and_arm_nothing():
    bed = AlarmBed(CUFF)
    assert bed.value("spo2", 60, 0).accepted.value == 60
    assert bed.value("spo2", 300, 1).accepted.value is None
    bed.ticks(1, 100)
    assert bed.events == []


# --- no current value -----------------------------------------------------------------------------


def test_a_value_is_current_for_3_s():
    bed = _oximeter()
    bed.hold("spo2", 84, 11, 11)
    bed.ticks(12, 14)
    assert bed.starts("SPO2_DESAT") == [(14.0, "high")]
    late = _oximeter()
    late.hold("spo2", 84, 11, 11)
    late.ticks(12, 13)
    late.tick(14.5)
    assert late.starts("SPO2_DESAT") == []


def test_the_on_delay_runs_without_a_value_and_fires_on_the_next_outside_one():
    bed = _oximeter()
    bed.hold("spo2", 88, 11, 15)
    bed.hold("spo2", None, 16, 19)
    bed.hold("spo2", 88, 21, 21)
    assert bed.starts("SPO2_LOW") == [(21.0, "medium")]


def test_no_limit_alarm_starts_without_a_current_value():
    bed = _oximeter()
    bed.hold("spo2", 84, 11, 12)
    bed.hold("spo2", None, 13, 60)
    assert bed.starts("SPO2_DESAT") == []


def test_a_late_tick_makes_everything_unknown_until_fresh():
    bed = _oximeter()
    bed.hold("spo2", 84, 11, 12)
    bed.value("spo2", 84, 15.9)
    bed.tick(16)
    assert bed.starts("SPO2_DESAT") == [(15.9, "high")]
    slept = _oximeter()
    slept.hold("spo2", 88, 11, 19)
    slept.tick(22.5)
    assert slept.starts("SPO2_LOW") == []
    slept.value("spo2", 88, 22.6)
    assert slept.starts("SPO2_LOW") == [(22.6, "medium")]


def test_a_value_from_before_a_late_tick_fires_nothing():
    bed = _oximeter()
    bed.hold("spo2", 88, 11, 12)
    bed.value("spo2", 88, 20)
    bed.tick(20.5)
    bed.tick(21.2)
    assert bed.starts("SPO2_LOW") == []
    bed.value("spo2", 88, 21.5)
    assert bed.starts("SPO2_LOW") == [(21.5, "medium")]


# --- NO_DATA --------------------------------------------------------------------------------------


def test_no_data_is_medium_after_10_s_and_high_after_30_s_and_one_row():
    bed = _oximeter()
    bed.ticks(11, 45)
    assert bed.told("NO_DATA") == [
        (21.0, "start", "medium", None),
        (21.0, "start", "medium", None),
        (41.0, "escalate", "high", "longer"),
        (41.0, "escalate", "high", "longer"),
    ]
    assert bed.texts() == ["No SpO2 data"]


def test_no_data_ends_after_3_s_of_values():
    bed = _oximeter()
    bed.ticks(11, 25)
    for t in range(26, 31):
        bed.value("spo2", 97, t)
        bed.value("pulse_rate", 70, t)
        bed.tick(t)
    assert [(t, e) for t, e, _, _ in bed.told("NO_DATA", "end")] == [(29.0, "end")] * 2


def test_before_the_first_value_it_waits_30_s():
    bed = AlarmBed(OXIMETER)
    bed.ticks(0, 30)
    assert bed.events == []
    bed.ticks(31, 51)
    assert {(t, p) for t, _, p, _ in bed.told("NO_DATA")} == {(31.0, "medium"), (51.0, "high")}


def test_an_armed_channel_does_not_wait():
    bed = AlarmBed(DeviceDecl("oximeter", ("spo2",), armed=True))
    bed.ticks(0, 11)
    assert bed.starts("NO_DATA") == [(11.0, "medium")]


@pytest.mark.parametrize(
    ("seconds_low", "value"),
    [pytest.param(n, 87, id=f"lost {n} s into PENDING") for n in range(1, 10)]
    + [pytest.param(15, 87, id="lost while active")],
)
def test_data_lost_while_low_is_high_from_the_start_and_says_so(seconds_low, value):
    bed = _oximeter()
    bed.hold("spo2", value, 11, 10 + seconds_low)
    last = 10 + seconds_low
    bed.ticks(last + 1, last + 12)
    start = next(e for e in bed.events if e.condition == "NO_DATA" and e.channel == "spo2")
    assert (start.t, start.priority) == ((last + 11) * 10**9, Priority.HIGH)
    assert start.text == "No SpO2 data, lost while low: 87 %, 11 s ago"


def test_a_last_value_inside_is_not_called_low():
    bed = _oximeter()
    bed.hold("spo2", 89, 11, 15)
    bed.hold("spo2", 90, 16, 17)  # in the dead band: still pending
    bed.ticks(18, 28)
    start = next(e for e in bed.events if e.condition == "NO_DATA" and e.channel == "spo2")
    assert (start.priority, start.text) == (
        Priority.HIGH,
        "No SpO2 data, lost while low, last 90 %, 11 s ago",
    )


@pytest.mark.parametrize(
    ("acknowledged", "told", "state"),
    [
        pytest.param(False, "latched", State.LATCHED, id="unacknowledged latches"),
        pytest.param(True, "end", State.NORMAL, id="acknowledged ends"),
    ],
)
def test_an_alarm_ends_data_lost_at_30_s_into_the_technical_one(acknowledged, told, state):
    bed = _oximeter()
    bed.hold("spo2", 88, 11, 25)
    if acknowledged:
        bed.acknowledge("SPO2_LOW")
    bed.ticks(26, 54)
    assert bed.state("SPO2_LOW") in (State.UNACK, State.ACK)
    bed.tick(55)
    assert (bed.told("SPO2_LOW")[-1], bed.state("SPO2_LOW")) == ((55.0, told, "medium", "data_lost"), state)


def test_pending_becomes_normal_when_its_data_are_lost():
    bed = _oximeter()
    bed.hold("spo2", 88, 11, 14)
    bed.ticks(15, 43)
    assert bed.state("SPO2_LOW") is State.PENDING
    bed.tick(44)
    assert bed.state("SPO2_LOW") is State.NORMAL


@pytest.mark.parametrize(
    ("after_s", "same"),
    [pytest.param(590, True, id="within 10 min"), pytest.param(640, False, id="later")],
)
def test_data_that_come_back_low_go_on_with_the_episode(after_s, same):
    bed = _oximeter()
    bed.hold("spo2", 88, 11, 25)
    bed.acknowledge("SPO2_LOW")
    bed.ticks(26, 60)
    bed.hold("spo2", 88, 45 + after_s, 45 + after_s + 12)
    first, *_, again = [e for e in bed.events if e.condition == "SPO2_LOW" and e.event == "start"]
    assert (first.episode == again.episode, again.t) == (same, (45 + after_s + 10) * 10**9)


def test_missing_data_rises_when_rare_values_began_to_alarm():
    bed = _oximeter()
    bed.ticks(11, 21)
    assert bed.starts("NO_DATA")[0] == (21.0, "medium")
    for t in (22, 26, 30):  # too rare to end it
        bed.value("spo2", 84, t)
        bed.ticks(t, t + 3)
    assert bed.starts("SPO2_DESAT") == [(25.0, "high")]
    bed.ticks(34, 60)
    rise = next(e for e in bed.events if e.channel == "spo2" and e.reason == "lost_while_alarming")
    assert (rise.t, rise.text) == (seconds(41), "No SpO2 data, lost while low: 84 %, 11 s ago")
    assert bed.told("SPO2_DESAT")[-1] == (60.0, "latched", "high", "data_lost")


def test_a_frozen_pending_alarm_needs_its_full_delay_after_data_lost():
    bed = _oximeter()
    bed.hold("spo2", 84, 11, 12)
    bed.hold("spo2", None, 13, 50)
    bed.hold("spo2", 84, 51, 54)
    assert bed.starts("SPO2_DESAT") == [(54.0, "high")]


# --- sensor off, pulse lost -----------------------------------------------------------------------


def _off(bed: AlarmBed, start: int, end: int) -> None:
    bed.status(OFF, True, start)
    for t in range(start, end + 1):
        bed.value("spo2", None, t, reason=Reason.SENSOR_OFF)
        bed.value("pulse_rate", None, t, reason=Reason.SENSOR_OFF)
        bed.tick(t)


def test_sensor_off_is_low_then_medium_then_high():
    bed = _oximeter()
    _off(bed, 11, 90)
    assert bed.told("SPO2_SENSOR_OFF") == [
        (16.0, "start", "low", None),
        (26.0, "escalate", "medium", "longer"),
        (76.0, "escalate", "high", "unacknowledged"),
    ]


def test_sensor_off_of_a_live_device_stands_for_no_data():
    bed = _oximeter()
    _off(bed, 11, 24)
    assert bed.texts() == ["SpO2 sensor off"]
    assert (bed.sounding, bed.starts("NO_DATA")) == (Priority.LOW, [(21.0, "medium")] * 2)


def test_without_its_link_no_data_counts_again():
    bed = _oximeter()
    _off(bed, 11, 45)
    bed.link(LinkState.LOST, 46)
    bed.tick(47)
    (row,) = bed.engine.rows(47 * 10**9)
    assert (row.text, row.priority, bed.sounding) == ("SpO2 sensor off", Priority.HIGH, Priority.HIGH)


def test_sensor_off_while_low_is_high_from_its_start():
    bed = _oximeter()
    bed.hold("spo2", 87, 11, 14)
    _off(bed, 15, 21)
    assert bed.starts("SPO2_SENSOR_OFF") == [(20.0, "high")]
    assert bed.last("SPO2_SENSOR_OFF").text == "SpO2 sensor off, lost while low: 87 %, 6 s ago"


def test_a_valid_value_outranks_the_flag_and_ends_it_after_3_s():
    bed = _oximeter()
    _off(bed, 11, 20)
    for t in range(21, 25):
        bed.value("spo2", 97, t)
        bed.tick(t)
    assert bed.told("SPO2_SENSOR_OFF")[-1] == (24.0, "end", "low", "cleared")


def test_a_doubtful_value_does_not_outrank_the_flag_before_30_s():
    bed = _oximeter()
    _off(bed, 11, 20)
    bed.hold("spo2", 97, 21, 50, doubtful=True)
    assert bed.state("SPO2_SENSOR_OFF") is State.UNACK
    bed.hold("spo2", 97, 51, 54, doubtful=True)
    assert bed.state("SPO2_SENSOR_OFF") is State.NORMAL


def test_a_device_without_flags_says_sensor_off_by_its_reason():
    bed = _oximeter()
    for t in range(11, 18):
        bed.value("spo2", None, t, reason=Reason.SENSOR_OFF)
        bed.tick(t)
    assert bed.starts("SPO2_SENSOR_OFF") == [(16.0, "low")]


def test_pulse_search_without_a_value_for_10_s_is_high_and_covers_no_data():
    bed = _oximeter()
    bed.status(SEARCH, True, 12)
    bed.ticks(12, 25)
    assert bed.starts("PULSE_LOST") == [(20.0, "high")]
    assert (bed.texts(), bed.sounding) == (["No pulse found"], Priority.HIGH)
    assert {e.covered_by for e in bed.events if e.condition == "NO_DATA"} == {bed.events[0].occurrence}


def test_pulse_search_before_any_value_waits_30_s():
    bed = AlarmBed(OXIMETER)
    bed.status(SEARCH, True, 1)
    bed.ticks(1, 35)
    assert bed.starts("PULSE_LOST") == [(30.0, "high")]


def test_pulse_search_with_values_is_no_loss():
    bed = _oximeter()
    bed.status(SEARCH, True, 11)
    bed.hold("pulse_rate", 70, 11, 40, doubtful=True)
    assert bed.starts("PULSE_LOST") == []


def test_pulse_lost_latches():
    bed = _oximeter()
    bed.status(SEARCH, True, 12)
    bed.ticks(12, 22)
    bed.status(SEARCH, False, 23)
    bed.hold("pulse_rate", 70, 23, 24)
    assert bed.state("PULSE_LOST") is State.LATCHED


# --- link and battery -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", [LinkState.LOST, LinkState.SILENT, LinkState.WRONG_MODEL])
def test_link_lost_is_medium_after_6_s_and_high_after_30_s(state):
    bed = _oximeter()
    bed.link(state, 12)
    bed.ticks(12, 43)
    assert bed.told("LINK_LOST") == [
        (18.0, "start", "medium", None),
        (42.0, "escalate", "high", "longer"),
    ]
    bed.link(LinkState.CONNECTED, 44)
    assert bed.told("LINK_LOST")[-1] == (44.0, "end", "high", "cleared")


def test_trying_again_does_not_restart_the_clock_of_a_lost_link():
    bed = _oximeter()
    bed.link(LinkState.LOST, 12)
    bed.link(LinkState.CONNECTING, 14)
    bed.link(LinkState.LOST, 16)
    bed.ticks(16, 18)
    assert bed.starts("LINK_LOST") == [(18.0, "medium")]


def test_a_device_that_was_never_there_waits_30_s():
    bed = AlarmBed(STRAP)
    bed.link(LinkState.CONNECTING, 0, device="strap")
    bed.ticks(0, 30)
    assert bed.starts("LINK_LOST") == [(30.0, "medium")]


def test_a_lost_link_covers_its_effects_and_the_row_takes_the_highest():
    bed = _oximeter(spo2=88, until=5)
    bed.link(LinkState.LOST, 6)
    bed.ticks(6, 17)
    (row,) = bed.engine.rows(17 * 10**9)
    assert row.text == "Connection lost: oximeter, lost while low: 88 %, 12 s ago"
    assert (row.priority, bed.sounding) == (Priority.HIGH, Priority.HIGH)
    assert [m.condition for m in row.members] == ["LINK_LOST", "NO_DATA", "NO_DATA"]


def test_battery_low_is_low_and_ends_when_a_new_device_does_not_say_it():
    bed = _oximeter()
    bed.status(StatusCode.BATTERY_LOW, True, 11)
    assert bed.starts("BATT_LOW") == [(11.0, "low")]
    bed.link(LinkState.LOST, 12)
    bed.ticks(12, 14)
    bed.link(LinkState.CONNECTED, 14)
    bed.hold("spo2", 97, 15, 24)
    assert bed.state("BATT_LOW") is State.UNACK
    bed.hold("spo2", 97, 25, 25)
    assert bed.state("BATT_LOW") is State.NORMAL


def test_a_slow_channel_counts_in_its_own_intervals():
    bed = AlarmBed(DeviceDecl("oximeter", ("spo2",), interval_s=60))
    bed.value("spo2", 97, 0)
    for t in range(1, 400):
        bed.tick(t)
    assert bed.told("NO_DATA") == [(181.0, "start", "medium", None), (361.0, "escalate", "high", "longer")]
