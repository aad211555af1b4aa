"""Alarms that a person turns off: what is refused, what one that is off does, and how it comes back."""

import pytest
from alarm_bed import ADULT, CUFF, OXIMETER, AlarmBed

from alarms.off import REMIND_EVERY
from alarms.types import DeviceDecl, Priority, State, never_off
from monitor.core.clock import SECOND
from monitor.core.types import Reason, StatusCode

PULSE = DeviceDecl("oximeter", ("pulse_rate",))


def _calm() -> AlarmBed:
    bed = AlarmBed(PULSE, CUFF)
    bed.hold("pulse_rate", 70, 0, 2)
    return bed


def _off() -> AlarmBed:
    """Return a bed whose PR_HIGH is off since 2 s."""
    bed = _calm()
    assert bed.turn_off("PR_HIGH").ok
    return bed


def _acts(bed: AlarmBed) -> list[tuple[float, str, str, str | None]]:
    return [(act.t / SECOND, act.act, act.condition, act.user) for act in bed.acts]


# --- turning off, from each state ---------------------------------------------------------------


def test_from_normal():
    bed = _calm()
    assert bed.turn_off("PR_HIGH", reason="known tachycardia").text == "PR_HIGH is off until the session ends"
    (off,) = bed.engine.off
    assert (off.condition, off.channels, off.user, off.reason) == (
        "PR_HIGH",
        ("pulse_rate",),
        "Kim",
        "known tachycardia",
    )
    assert (bed.state("PR_HIGH"), _acts(bed)) == (State.DISABLED, [(2.0, "alarm_off", "PR_HIGH", "Kim")])


def test_from_pending_its_time_counts_for_nothing():
    bed = _calm()
    bed.hold("pulse_rate", 140, 3, 16)
    assert bed.state("PR_HIGH") is State.PENDING
    assert bed.turn_off("PR_HIGH").ok
    bed.hold("pulse_rate", 140, 17, 20)
    bed.turn_on("PR_HIGH")
    bed.hold("pulse_rate", 140, 21, 35)
    assert bed.state("PR_HIGH") is State.PENDING
    bed.hold("pulse_rate", 140, 36, 36)
    assert bed.starts("PR_HIGH") == [(36.0, "medium")]


def test_an_unacknowledged_alarm_must_be_acknowledged_first():
    bed = _calm()
    bed.hold("pulse_rate", 140, 3, 20)
    refused = bed.turn_off("PR_HIGH")
    assert not refused.ok
    assert "acknowledge first" in refused.text
    assert (bed.state("PR_HIGH"), bed.off, bed.sounding) == (State.UNACK, [], Priority.MEDIUM)


def test_an_acknowledged_alarm_ends_disabled():
    bed = _calm()
    bed.hold("pulse_rate", 140, 3, 20)
    bed.acknowledge()
    assert bed.turn_off("PR_HIGH").ok
    end = bed.last("PR_HIGH")
    assert (end.event, end.reason, end.user) == ("end", "disabled", "Kim")
    assert (bed.state("PR_HIGH"), bed.texts()) == (State.DISABLED, [])


def test_a_latched_alarm_must_be_acknowledged_first():
    bed = _calm()
    bed.hold("pulse_rate", 140, 3, 20)
    bed.hold("pulse_rate", 70, 21, 40)
    assert bed.state("PR_HIGH") is State.LATCHED
    assert "acknowledge first" in bed.turn_off("PR_HIGH").text
    bed.acknowledge()
    assert bed.turn_off("PR_HIGH").ok


def test_what_is_off_is_not_turned_off_twice():
    bed = _off()
    assert bed.turn_off("PR_HIGH", user="Lee").text == "PR_HIGH is off already, by Kim"
    assert len(bed.engine.off) == 1


@pytest.mark.parametrize("name", [name for name in ADULT.technical_by_condition if never_off(name)])
def test_the_never_off_list_is_refused(name):
    bed = AlarmBed(OXIMETER, CUFF)
    assert bed.turn_off(name).text == f"{name} is never off"
    assert bed.off == []


def test_a_desaturation_alarm_is_never_off():
    assert AlarmBed().turn_off("SPO2_DESAT").text == "SPO2_DESAT is never off"


def test_an_alarm_that_this_bed_has_not_is_refused():
    assert "HR_HIGH" in _calm().turn_off("HR_HIGH").text


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\x1b[2J"])
def test_it_needs_a_reason_that_can_be_read(reason):
    bed = _calm()
    assert "say why" in bed.turn_off("PR_HIGH", reason=reason).text
    assert bed.state("PR_HIGH") is State.NORMAL


def test_it_needs_a_named_user():
    with pytest.raises(ValueError, match="named user"):
        _calm().turn_off("PR_HIGH", user=" ")


def test_it_is_off_on_every_device_that_has_it():
    second = DeviceDecl("strap", ("pulse_rate",))
    bed = AlarmBed(PULSE, second)
    bed.turn_off("PR_HIGH")
    assert {bed.engine.state_of("PR_HIGH", device=name) for name in ("oximeter", "strap")} == {State.DISABLED}


# --- the column DISABLED of the table -------------------------------------------------------------


def test_a_value_outside_through_any_delay_starts_nothing():
    bed = _off()
    bed.hold("pulse_rate", 180, 3, 60)
    assert (bed.state("PR_HIGH"), bed.told("PR_HIGH"), bed.sounding) == (State.DISABLED, [], None)


def test_the_dead_band_and_a_value_inside_change_nothing():
    bed = _off()
    for value in (140, 128, 100):
        bed.hold("pulse_rate", value, bed.now + 1, bed.now + 20)
    assert (bed.state("PR_HIGH"), bed.told("PR_HIGH")) == (State.DISABLED, [])


def test_data_lost_are_not_lost_while_high_and_still_alarm():
    bed = _off()
    bed.hold("pulse_rate", 140, 3, 10)
    bed.ticks(11, 21)
    assert bed.state("PR_HIGH") is State.DISABLED
    assert bed.starts("NO_DATA") == [(21.0, "medium")]


def test_acknowledging_its_old_occurrence_is_refused():
    bed = _calm()
    bed.hold("pulse_rate", 140, 3, 20)
    occurrence = bed.last("PR_HIGH").occurrence
    bed.acknowledge()
    bed.turn_off("PR_HIGH")
    (result,) = bed.acknowledge_ids([(occurrence, "high")], 20)
    assert (result.ok, result.text) == (False, "this alarm has ended")


def test_other_alarms_of_the_same_number_go_on():
    bed = _off()
    bed.hold("pulse_rate", 30, 3, 20)
    assert (bed.state("PR_LOW"), bed.sounding) == (State.UNACK, Priority.HIGH)


def test_a_cuff_reading_far_outside_starts_nothing_and_confirms_nothing():
    bed = AlarmBed(CUFF)
    bed.turn_off("SYS_HIGH")
    bed.cuff(190, 5)
    bed.ticks(6, 200)
    assert (bed.state("SYS_HIGH"), bed.told("SYS_HIGH")) == (State.DISABLED, [])
    bed.turn_on("SYS_HIGH")
    assert bed.told("SYS_HIGH") == [(200.0, "start", "high", "turned_on")]
    assert bed.texts() == ["Systolic 190 mmHg (limit >= 180), 3 min ago"]


def test_a_pressure_that_is_turned_on_is_judged_by_its_last_valid_reading():
    bed = AlarmBed(CUFF)
    bed.turn_off("SYS_HIGH")
    bed.cuff(165, 5)
    bed.cuff(120, 60, status=(StatusCode.BODY_MOVEMENT,))
    bed.cuff(None, 120, status=(StatusCode.MEASUREMENT_FAILED,))
    bed.turn_on("SYS_HIGH")
    assert bed.starts("SYS_HIGH") == [(120.0, "medium")]


@pytest.mark.parametrize("how", ["calm since", "marked invalid"])
def test_a_pressure_that_is_turned_on_does_not_alarm_by_what_counts_no_more(how):
    bed = AlarmBed(CUFF)
    bed.turn_off("SYS_HIGH")
    bed.cuff(165, 5)
    if how == "calm since":
        bed.cuff(120, 60)
    else:
        bed.mark(5, 60)
    bed.turn_on("SYS_HIGH")
    bed.tick(61)
    assert bed.state("SYS_HIGH") is State.NORMAL


def test_a_confirmation_that_ran_begins_anew_when_it_is_turned_on():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 5)
    bed.acknowledge()
    bed.turn_off("SYS_LOW")
    bed.tick(50)
    bed.turn_on("SYS_LOW")
    bed.ticks(51, 199)
    assert bed.told("SYS_LOW")[-1] == (50.0, "start", "medium", "turned_on")
    bed.tick(200)
    assert bed.told("SYS_LOW")[-1] == (200.0, "escalate", "high", "no_repeat")


def test_turned_on_it_is_normal_and_has_its_full_on_delay():
    bed = _off()
    bed.hold("pulse_rate", 140, 3, 60)
    assert bed.turn_on("PR_HIGH", user="Lee").text == "PR_HIGH is on"
    assert (bed.state("PR_HIGH"), bed.off) == (State.NORMAL, [])
    bed.hold("pulse_rate", 140, 61, 80)
    assert bed.starts("PR_HIGH") == [(76.0, "medium")]
    assert _acts(bed)[-1] == (60.0, "alarm_on", "PR_HIGH", "Lee")


@pytest.mark.parametrize("name", ["PR_HIGH", "NONSENSE"])
def test_what_is_not_off_cannot_be_turned_on(name):
    assert not _calm().turn_on(name).ok


def test_the_session_end_turns_it_on():
    bed = _off()
    bed.close(10)
    assert (bed.state("PR_HIGH"), bed.off) == (State.NORMAL, [])
    assert _acts(bed)[-1] == (10.0, "alarm_on", "PR_HIGH", None)


@pytest.mark.parametrize(
    ("gap", "reminders"),
    [pytest.param(20, 0, id="short: silent"), pytest.param(60, 1, id="long: a reminder at once")],
)
def test_a_restart_restores_it(gap, reminders):
    bed = _off()
    bed.restart(2 + gap, gap=gap)
    (off,) = bed.engine.off
    assert (bed.state("PR_HIGH"), off.user, off.reason, off.reminders) == (
        State.DISABLED,
        "Kim",
        "talks",
        reminders,
    )
    bed.hold("pulse_rate", 180, 100, 130)
    assert bed.told("PR_HIGH") == []


def test_what_nobody_is_known_to_have_turned_off_is_judged_after_a_restart():
    bed = _off()
    dump = bed.engine.dump()
    del dump["off"]
    bed.restart(12, gap=10, dump=dump)
    assert (bed.state("PR_HIGH"), bed.off) == (State.NORMAL, [])


# --- the reminder ---------------------------------------------------------------------------------


def test_somebody_is_reminded_every_three_minutes():
    bed = _off()
    bed.hold("pulse_rate", 70, 3, 2 + 2 * REMIND_EVERY // SECOND)
    (off,) = bed.engine.off
    assert off.reminders == 2
    assert [(t, act) for t, act, _, _ in _acts(bed)[1:]] == [
        (182.0, "alarm_off_reminder"),
        (362.0, "alarm_off_reminder"),
    ]


# --- what it has to do with others ----------------------------------------------------------------


def test_a_low_saturation_that_is_off_leaves_the_desaturation():
    bed = AlarmBed(OXIMETER)
    bed.turn_off("SPO2_LOW")
    bed.hold("spo2", 87, 0, 60)
    assert bed.told("SPO2_LOW") == []
    bed.hold("spo2", 84, 61, 64)
    assert (bed.state("SPO2_DESAT"), bed.sounding) == (State.UNACK, Priority.HIGH)


def test_sensor_off_that_is_off_covers_no_missing_data():
    bed = AlarmBed(DeviceDecl("oximeter", ("spo2",)))
    bed.hold("spo2", 97, 0, 5)
    bed.turn_off("SPO2_SENSOR_OFF")
    bed.hold("spo2", None, 6, 40, reason=Reason.SENSOR_OFF)
    assert bed.state("SPO2_SENSOR_OFF") is State.DISABLED
    assert bed.state("NO_DATA") is State.UNACK
    assert bed.sounding is Priority.HIGH


def test_what_can_be_high_a_nurse_does_not_turn_off():
    refused = _calm().turn_off("PR_HIGH", role="nurse")
    assert not refused.ok
    assert refused.text == "PR_HIGH can become a high alarm: a clinician turns it off; audio can be paused"
    assert AlarmBed(OXIMETER).turn_off("SPO2_WEAK", role="nurse").ok
