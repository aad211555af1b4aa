"""Acknowledgement is bound to occurrence and priority; groups, host conditions, rows, session end."""

import pytest
from alarm_bed import CUFF, OXIMETER, STRAP, AlarmBed

from alarms import preset as presets
from alarms.types import DeviceDecl, Priority, State
from monitor.core.clock import seconds
from monitor.core.types import LinkState


def _low() -> AlarmBed:
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 88, 0, 10)
    return bed


# --- acknowledge --------------------------------------------------------------------------------


def test_an_acknowledgement_names_its_user_and_stops_the_sound_at_once():
    bed = _low()
    assert bed.sounding is Priority.MEDIUM
    (result,) = bed.acknowledge(user="Kim")
    assert (result.ok, result.text, result.state, result.priority) == (True, "acknowledged", "ack", "medium")
    assert (bed.sounding, bed.last("SPO2_LOW").user) == (None, "Kim")
    (row,) = bed.engine.rows(seconds(10))
    assert (row.state, row.acknowledged_by) == (State.ACK, "Kim")


def test_the_priority_seen_may_be_higher_than_now_and_not_lower():
    bed = _low()
    bed.hold("spo2", 88, 11, 70)  # high by the 60 s rule
    (refused,) = bed.acknowledge("SPO2_LOW", seen="medium")
    assert (refused.ok, refused.text, refused.state, refused.priority) == (
        False,
        "not acknowledged: it is high by now",
        "unack",
        "high",
    )
    assert bed.sounding is Priority.HIGH
    assert bed.acknowledge("SPO2_LOW", seen="high")[0].ok


def test_an_acknowledgement_that_crosses_an_escalation_is_refused():
    bed = _low()
    seen = [(bed.events[0].occurrence, "medium")]
    bed.hold("spo2", 88, 11, 70)
    assert not bed.acknowledge_ids(seen, 70)[0].ok


def test_an_ended_occurrence_is_refused_with_its_state():
    bed = _low()
    occurrence = bed.events[0].occurrence
    bed.acknowledge()
    bed.hold("spo2", 97, 11, 16)
    (result,) = bed.acknowledge_ids([(occurrence, "high")], 17)
    assert (result.ok, result.state, result.text) == (False, "ended", "this alarm has ended")


def test_each_occurrence_is_judged_alone():
    bed = _low()
    bed.hold("pulse_rate", 140, 11, 26)
    ids = {event.condition: event.occurrence for event in bed.events}
    results = bed.acknowledge_ids([(ids["SPO2_LOW"], "low"), (ids["PR_HIGH"], "medium")], 27)
    assert [result.ok for result in results] == [False, True]
    assert (bed.state("SPO2_LOW"), bed.state("PR_HIGH")) == (State.UNACK, State.ACK)


def test_the_second_to_acknowledge_is_told_who_was_first():
    bed = _low()
    bed.acknowledge(user="Kim")
    (result,) = bed.acknowledge(user="Lee")
    assert (result.ok, result.text) == (True, "already acknowledged by Kim")
    assert [event.user for event in bed.events if event.event == "acknowledge"] == ["Kim"]


def test_acknowledging_a_latched_alarm_ends_it():
    bed = _low()
    bed.hold("spo2", 97, 11, 16)
    (result,) = bed.acknowledge(user="Kim")
    assert (result.ok, result.state, bed.last("SPO2_LOW").reason) == (True, "ended", "seen")
    assert bed.engine.rows(seconds(16)) == ()


@pytest.mark.parametrize("user", [pytest.param("", id="none"), pytest.param("  ", id="blank")])
def test_nobody_cannot_acknowledge(user):
    bed = _low()
    with pytest.raises(ValueError, match="named user"):
        bed.acknowledge(user=user)


def test_an_unknown_priority_is_refused_in_words():
    bed = _low()
    (result,) = bed.acknowledge(seen="red")
    assert (result.ok, result.text) == (False, "no priority 'red': use high, medium or low")


# --- rows ------------------------------------------------------------------------------------------


def test_rows_are_sorted_by_priority_then_newest():
    bed = AlarmBed(OXIMETER, CUFF)
    bed.cuff(165, 0)
    bed.hold("spo2", 88, 1, 11)
    bed.hold("pulse_rate", 38, 12, 18)
    bed.value("spo2", 88, 18)
    conditions = [row.members[0].condition for row in bed.engine.rows(seconds(18))]
    assert conditions[:3] == ["PR_LOW", "SPO2_LOW", "SYS_HIGH"]


def test_highest_counts_what_nobody_has_seen():
    bed = _low()
    assert bed.engine.highest is Priority.MEDIUM
    bed.hold("spo2", 97, 11, 16)
    assert (bed.engine.highest, bed.sounding) == (Priority.MEDIUM, None)
    bed.acknowledge()
    assert bed.engine.highest is None


def test_a_member_says_its_limit_with_comparator_and_unit():
    (row,) = _low().engine.rows(seconds(10))
    assert (row.members[0].limit_text, row.text) == ("< 90 %", "SpO2 88 % (limit < 90)")


def test_rows_change_is_told_once():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 88, 0, 9)
    assert bed.value("spo2", 88, 10).rows_changed
    assert not bed.tick(10).rows_changed
    assert not bed.value("spo2", 88, 11).rows_changed


# --- pulse rate and heart rate ------------------------------------------------------------------------


def _rates(heart: float) -> AlarmBed:
    bed = AlarmBed(OXIMETER, STRAP)
    for t in range(20):
        bed.value("pulse_rate", 140, t)
        bed.value("heart_rate", heart, t)
        bed.tick(t)
    return bed


def test_rates_that_agree_are_one_row():
    bed = _rates(145)
    (row,) = [row for row in bed.engine.rows(seconds(19)) if row.members[0].condition == "PR_HIGH"]
    assert [member.condition for member in row.members] == ["PR_HIGH", "HR_HIGH"]
    pulse, heart = bed.events[:2]
    assert heart.covered_by == pulse.occurrence


def test_rates_that_differ_by_more_than_20_are_two():
    bed = _rates(161)
    rows = bed.engine.rows(seconds(19))
    assert [row.members[0].condition for row in rows] == ["HR_HIGH", "PR_HIGH"]


def test_a_higher_heart_rate_is_not_quieted_by_an_acknowledged_pulse_rate():
    bed = AlarmBed(OXIMETER, STRAP)
    for t in range(16):
        bed.value("pulse_rate", 140, t)
        bed.value("heart_rate", 125, t)
        bed.tick(t)
    bed.acknowledge("PR_HIGH")
    for t in range(16, 30):
        bed.value("pulse_rate", 140, t)
        bed.value("heart_rate", 155, t)
        bed.tick(t)
    assert bed.starts("HR_HIGH") == [(26.0, "high")]
    assert bed.sounding is Priority.HIGH


# --- the host -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "priority", "after"),
    [
        pytest.param("STORE_FAIL", "medium", State.LATCHED, id="store: medium, latches"),
        pytest.param("AUDIO_FAIL", "high", State.LATCHED, id="audio: high, latches"),
        pytest.param("ALARM_ENGINE_STALL", "high", State.LATCHED, id="engine: high, latches"),
        pytest.param("BATT_LOW", "low", State.NORMAL, id="battery: low, ends"),
    ],
)
def test_host_conditions_start_and_end_at_once(code, priority, after):
    bed = AlarmBed(OXIMETER)
    bed.host(code, True, 1, "why")
    bed.host(code, True, 2, "again")
    assert bed.starts(code) == [(1.0, priority)]
    assert bed.last(code).text.endswith(": why")
    bed.host(code, False, 3)
    assert bed.last(code).event == ("latched" if after is State.LATCHED else "end")


def test_an_unknown_host_condition_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no condition 'NO_DATA' of the host; there are: BATT_LOW"):
        AlarmBed(OXIMETER).host("NO_DATA", True, 1)


# --- the end --------------------------------------------------------------------------------------------


def test_every_start_has_one_end_when_the_session_is_closed():
    bed = AlarmBed()
    bed.link(LinkState.CONNECTED, 0)
    bed.hold("spo2", 80, 0, 12)
    bed.acknowledge("SPO2_DESAT")
    bed.cuff(75, 13)
    bed.hold("pulse_rate", 140, 14, 32)
    bed.hold("pulse_rate", 90, 33, 43)
    bed.host("STORE_FAIL", True, 44)
    bed.close(45)
    starts = sorted(e.occurrence for e in bed.events if e.event == "start")
    ends = sorted(e.occurrence for e in bed.events if e.event == "end")
    assert starts == ends
    assert {e.reason for e in bed.events if e.event == "end" and e.t == seconds(45)} == {"session_end"}
    assert (bed.engine.rows(seconds(45)), bed.sounding) == ((), None)


def test_the_pair_of_saturation_alarms_never_falls_quiet_unseen():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 97, 0, 2)
    acknowledged = []
    for second in range(3, 900):
        bed.value("spo2", 84, second)
        bed.value("pulse_rate", 72, second)
        bed.tick(second)
        if bed.sounding is not None and second > 20:
            bed.acknowledge()
            acknowledged.append(second)
        states = {member.state for row in bed.engine.rows(bed.nanos()) for member in row.members}
        assert bed.sounding is not None or states <= {State.ACK}
    assert acknowledged[:3] == [21, 141, 261]


def test_a_low_one_that_nobody_acknowledged_is_heard_under_an_acknowledged_deeper_one():
    bed = AlarmBed(DeviceDecl("oximeter", ("spo2",)))
    bed.hold("spo2", 97, 0, 2)
    bed.hold("spo2", 84, 3, 7)
    bed.acknowledge("SPO2_DESAT")
    bed.hold("spo2", 84, 8, 70)
    assert (bed.state("SPO2_LOW"), bed.sounding) == (State.UNACK, None)
    bed.hold("spo2", 84, 71, 75)
    assert bed.sounding is Priority.HIGH
    bed.acknowledge()
    assert bed.sounding is None


def test_high_because_nobody_came_stays_high_though_the_limit_has_a_high_level_of_its_own():
    bed = AlarmBed(OXIMETER, preset=presets.load("iv-racemic"))
    bed.hold("spo2", 91, 0, 80)
    assert bed.last("SPO2_LOW").priority is Priority.HIGH
    bed.acknowledge()
    bed.hold("spo2", 91, 81, 199)
    assert bed.told("SPO2_LOW", "deescalate") == []
    bed.hold("spo2", 91, 200, 201)
    assert bed.told("SPO2_LOW")[-1][1:] == ("rearm", "high", "ack_timeout")


def test_breathing_that_slows_further_voids_the_acknowledgement():
    bed = AlarmBed(DeviceDecl("oximeter", ("resp_rate",)), preset=presets.load("iv-racemic"))
    bed.hold("resp_rate", 7, 0, 40)
    bed.acknowledge()
    bed.hold("resp_rate", 5, 41, 42)
    assert bed.state("RR_LOW") is State.ACK
    bed.hold("resp_rate", 4, 43, 44)
    assert bed.told("RR_LOW")[-1][1:] == ("rearm", "high", "worse")
