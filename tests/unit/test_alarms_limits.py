"""Limits that people change: what is refused, and what a change does in each state."""

import pytest
from alarm_bed import CUFF, OXIMETER, AlarmBed

from alarms.adjust import Change, Who
from alarms.types import ActResult, DeviceDecl, State

PULSE = DeviceDecl("oximeter", ("pulse_rate",))
NURSE = Who("Kim", "nurse", "known athlete")
CLINICIAN = Who("Dr Lee", "clinician", "known athlete")


def change(bed: AlarmBed, *changes: tuple, who: Who = CLINICIAN, named: bool = False) -> ActResult:
    """Change limits now; `named`: the person names every occurrence that a row shows."""
    members = [member for row in bed.engine.rows(bed.nanos()) for member in row.members]
    ids = [member.occurrence for member in members] if named else []
    asked = [Change(*one) for one in changes]
    step, result = bed.engine.adjusted(bed.engine.limits.change(asked, who, bed.nanos(), ids), bed.nanos())
    bed.events += step.events
    bed.acts += step.acts
    return result


def value_of(bed: AlarmBed, condition: str, priority: str = "medium") -> float:
    return next(
        limit.value
        for limit in bed.engine.preset.limit
        if (limit.condition, limit.priority) == (condition, priority)
    )


def at(pulse: float, seconds: int) -> AlarmBed:
    """Return a bed whose pulse was 70, then has been `pulse` for so long."""
    bed = AlarmBed(PULSE)
    bed.hold("pulse_rate", 70, 0, 2)
    bed.hold("pulse_rate", pulse, 3, 2 + seconds)
    return bed


# --- the row "limit changed, value now inside it" -------------------------------------------------


def test_inside_from_normal_nothing_is_told():
    bed = at(125, 5)
    assert change(bed, ("PR_HIGH", "medium", 140)).ok
    assert (bed.state("PR_HIGH"), bed.events) == (State.NORMAL, [])
    bed.hold("pulse_rate", 135, 8, 40)
    assert bed.events == []
    bed.hold("pulse_rate", 141, 41, 56)
    assert bed.starts("PR_HIGH") == [(56.0, "medium")]


def test_inside_from_pending_is_normal_at_once():
    bed = at(135, 5)
    assert bed.state("PR_HIGH") is State.PENDING
    assert change(bed, ("PR_HIGH", "medium", 140)).ok
    assert (bed.state("PR_HIGH"), bed.events) == (State.NORMAL, [])


def test_inside_from_unack_it_stays_until_somebody_has_seen_it():
    bed = at(135, 20)
    assert change(bed, ("PR_HIGH", "medium", 140)).ok
    assert bed.state("PR_HIGH") is State.LATCHED
    assert bed.told("PR_HIGH")[-1][1:] == ("latched", "medium", "limit_changed")


def test_inside_from_unack_it_ends_when_that_user_named_it():
    bed = at(135, 20)
    assert change(bed, ("PR_HIGH", "medium", 140), named=True).ok
    assert bed.state("PR_HIGH") is State.NORMAL
    end = bed.last("PR_HIGH")
    assert (end.event, end.reason, end.user, end.limit) == ("end", "limit_changed", "Dr Lee", 130)


def test_inside_from_acknowledged_it_ends():
    bed = at(135, 20)
    bed.acknowledge()
    assert change(bed, ("PR_HIGH", "medium", 140)).ok
    assert (bed.state("PR_HIGH"), bed.last("PR_HIGH").reason) == (State.NORMAL, "limit_changed")


def test_inside_from_latched_the_row_stays():
    bed = at(135, 20)
    bed.hold("pulse_rate", 70, 23, 40)
    assert bed.state("PR_HIGH") is State.LATCHED
    assert change(bed, ("PR_HIGH", "medium", 140)).ok
    assert bed.state("PR_HIGH") is State.LATCHED


def test_of_what_is_off_the_limit_is_stored():
    bed = at(70, 5)
    assert bed.turn_off("PR_HIGH").ok
    assert change(bed, ("PR_HIGH", "medium", 140)).ok
    assert bed.state("PR_HIGH") is State.DISABLED
    bed.turn_on("PR_HIGH")
    bed.hold("pulse_rate", 135, 8, 40)
    assert (bed.state("PR_HIGH"), bed.events) == (State.NORMAL, [])


# --- the row "still or newly outside" ---------------------------------------------------------------


def test_outside_from_normal_is_pending_with_its_clock():
    bed = at(125, 5)
    assert change(bed, ("PR_HIGH", "medium", 120), who=NURSE).ok
    assert bed.state("PR_HIGH") is State.PENDING
    bed.hold("pulse_rate", 125, 8, 30)
    assert bed.starts("PR_HIGH") == [(22.0, "medium")]


def test_outside_from_pending_the_clock_goes_on():
    bed = at(135, 10)
    assert change(bed, ("PR_HIGH", "medium", 125), who=NURSE).ok
    bed.hold("pulse_rate", 135, 13, 30)
    assert bed.starts("PR_HIGH") == [(18.0, "medium")]


def test_outside_from_unack_it_goes_on_and_shows_the_new_limit():
    bed = at(135, 20)
    assert change(bed, ("PR_HIGH", "medium", 125), who=NURSE, named=True).ok
    told = bed.last("PR_HIGH")
    assert (told.event, told.reason, told.limit, told.state) == ("update", "limit_changed", 125, State.UNACK)


def test_a_level_newly_broken_raises_and_voids_the_acknowledgement():
    bed = at(145, 20)
    bed.acknowledge()
    assert change(bed, ("PR_HIGH", "high", 140), who=NURSE).ok
    assert bed.state("PR_HIGH") is State.ACK
    bed.hold("pulse_rate", 145, 23, 33)
    assert bed.state("PR_HIGH") is State.UNACK
    assert bed.told("PR_HIGH", "escalate") == [(32.0, "escalate", "high", "second_limit")]


def test_outside_from_latched_a_new_occurrence_comes_by_its_own_clock():
    bed = at(135, 20)
    bed.hold("pulse_rate", 122, 23, 40)
    assert bed.state("PR_HIGH") is State.LATCHED
    assert change(bed, ("PR_HIGH", "medium", 120), who=NURSE).ok
    assert bed.state("PR_HIGH") is State.LATCHED
    bed.hold("pulse_rate", 122, 41, 60)
    assert [reason for *_, reason in bed.told("PR_HIGH", "end")] == ["reopened"]
    assert bed.starts("PR_HIGH")[-1] == (55.0, "medium")


# --- what is not known --------------------------------------------------------------------------------


def test_no_value_ends_nothing():
    bed = at(135, 20)
    bed.ticks(23, 27)
    assert change(bed, ("PR_HIGH", "medium", 140), named=True).ok
    assert bed.state("PR_HIGH") is State.UNACK


def test_a_doubtful_value_ends_nothing():
    bed = AlarmBed(PULSE)
    bed.hold("pulse_rate", 135, 0, 20, doubtful=True)
    assert change(bed, ("PR_HIGH", "medium", 140), named=True).ok
    assert bed.state("PR_HIGH") is State.UNACK


def test_a_value_that_is_over_by_itself_does_not_end_by_a_limit_that_alarms_sooner():
    bed = at(135, 20)
    bed.hold("pulse_rate", 121, 23, 25)
    assert change(bed, ("PR_HIGH", "medium", 128), who=NURSE, named=True).ok
    assert bed.state("PR_HIGH") is State.UNACK


def test_a_limit_that_moves_to_and_fro_is_no_excursion():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 91, 0, 3)
    for value in (92, 90, 92, 90, 92, 90):
        assert change(bed, ("SPO2_LOW", "medium", value)).ok
    bed.hold("spo2", 91, 4, 30)
    assert (bed.state("SPO2_LOW"), bed.events) == (State.NORMAL, [])


# --- cuffs: the last reading is judged anew ---------------------------------------------------------------


def measured(sys: float) -> AlarmBed:
    bed = AlarmBed(CUFF)
    bed.cuff(sys, 10)
    bed.tick(20)
    return bed


def test_a_reading_that_is_known_alarms_at_once():
    bed = measured(155)
    assert change(bed, ("SYS_HIGH", "medium", 150), who=NURSE).ok
    assert bed.told("SYS_HIGH") == [(20.0, "start", "medium", "limit_changed")]
    assert "155" in bed.texts()[0]


def test_a_reading_beyond_at_once_is_high_at_once():
    bed = measured(155)
    assert change(bed, ("SYS_HIGH", "medium", 140), ("SYS_HIGH", "high", 150), who=NURSE).ok
    assert bed.told("SYS_HIGH") == [(20.0, "start", "high", "limit_changed")]


def test_a_reading_in_the_band_of_a_repeat_is_medium_and_has_its_deadline_from_now():
    bed = measured(92)
    changes = ("SYS_LOW", "medium", 98), ("SYS_LOW", "high", 94, "repeat")
    assert change(bed, *changes, who=NURSE).ok
    assert bed.told("SYS_LOW") == [(20.0, "start", "medium", "limit_changed")]
    bed.tick(169)
    bed.tick(170)
    assert bed.told("SYS_LOW", "escalate") == [(170.0, "escalate", "high", "no_repeat")]


def test_a_reading_does_not_confirm_itself():
    bed = measured(75)
    changes = ("SYS_LOW", "medium", 95), ("SYS_LOW", "high", 85, "repeat")
    assert change(bed, *changes, who=NURSE).ok
    assert bed.told("SYS_LOW", "escalate") == []


def test_a_reading_now_inside_latches_or_ends():
    bed = measured(165)
    assert change(bed, ("SYS_HIGH", "medium", 170)).ok
    assert bed.state("SYS_HIGH") is State.LATCHED
    bed = measured(165)
    assert change(bed, ("SYS_HIGH", "medium", 170), named=True).ok
    assert (bed.state("SYS_HIGH"), bed.last("SYS_HIGH").reason) == (State.NORMAL, "limit_changed")


def test_a_high_alarm_that_is_only_medium_by_the_new_limits_stays_until_acknowledged():
    bed = measured(185)
    assert change(bed, ("SYS_HIGH", "high", 190)).ok
    assert bed.sounding is not None and bed.sounding.label == "high"
    bed = measured(185)
    bed.acknowledge()
    assert change(bed, ("SYS_HIGH", "high", 190)).ok
    assert bed.last("SYS_HIGH").event == "deescalate"


# --- an alarm names the limit that was broken --------------------------------------------------------------


def test_a_latched_alarm_names_the_limit_that_it_broke():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 89, 0, 12)
    assert change(bed, ("SPO2_LOW", "medium", 88)).ok
    assert bed.texts()[0] == "SpO2 was 89 % (limit < 90)"
    assert bed.last("SPO2_LOW").limit == 90
    bed.restart(14, gap=2)
    assert bed.texts()[0] == "SpO2 was 89 % (limit < 90)"
    bed.restart(74, gap=60)
    assert bed.texts()[0] == "SpO2 was 89 % (limit < 90)"


def test_a_high_pressure_that_a_change_keeps_names_the_limit_that_it_broke_and_why_it_is_told():
    bed = measured(185)
    assert change(bed, ("SYS_HIGH", "high", 190)).ok
    kept = bed.last("SYS_HIGH")
    assert (kept.priority.label, kept.limit, kept.reason) == ("high", 180, "limit_changed")
    assert ">= 180" in bed.texts()[0]
    bed.restart(80, gap=60)
    assert ">= 180" in bed.texts()[0]


def test_an_alarm_whose_value_is_not_known_keeps_the_limit_that_it_broke():
    bed = at(135, 20)
    bed.ticks(23, 27)
    assert change(bed, ("PR_HIGH", "medium", 140)).ok
    assert bed.last("PR_HIGH").limit == 130


# --- who may, and what is refused ---------------------------------------------------------------------------

RN, DR = NURSE, CLINICIAN
REFUSED = [
    pytest.param(RN, [("PR_HIGH", "medium", 141)], "a clinician must set it", id="nurse too wide"),
    pytest.param(RN, [("PR_HIGH", "high", 151)], "a clinician must set it", id="nurse, high limit"),
    pytest.param(RN, [("SPO2_DESAT", "high", 84)], "a clinician must set it", id="nurse desat"),
    pytest.param(DR, [("SPO2_LOW", "medium", 84)], "between 85 and 95", id="never under 85"),
    pytest.param(DR, [("SPO2_LOW", "medium", 85), ("SPO2_DESAT", "high", 86)], "exceeds", id="desat"),
    pytest.param(DR, [("PR_LOW", "medium", 110), ("PR_HIGH", "medium", 105)], "crosses", id="crossing"),
    pytest.param(DR, [("PR_HIGH", "medium", 150)], "must be more urgent", id="levels meet"),
    pytest.param(DR, [("SYS_LOW", "high", 78)], "say decided_by", id="which of two"),
    pytest.param(DR, [("SYS_LOW", "high", 69, "repeat")], "waits for a repeat", id="repeat too far"),
    pytest.param(DR, [("PR_HIGH", "low", 120)], "no low limit", id="no such level"),
    pytest.param(DR, [("PR_HIGH", "medium", 120.5)], "whole number", id="half"),
    pytest.param(DR, [("PR_HIGH", "medium", float("nan"))], "whole number", id="NaN"),
    pytest.param(DR, [("PR_HIGH", "medium", 120), ("PR_HIGH", "medium", 125)], "twice", id="twice"),
    pytest.param(Who("Kim", "nurse"), [("PR_HIGH", "medium", 135)], "say why", id="no reason"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "changes", "text"), REFUSED)
def test_a_refusal_says_why_and_changes_nothing(who, changes, text):
    bed = AlarmBed()
    before = bed.engine.preset.limit
    result = change(bed, ("DIA_HIGH", "medium", 99), *changes, who=who)
    assert not result.ok and text in result.text
    assert (bed.engine.preset.limit, bed.acts) == (before, [])
    assert all(not one["ok"] and one["text"] for one in result.results)


def test_what_alarms_sooner_needs_neither_role_nor_reason():
    bed = AlarmBed()
    assert change(bed, ("SPO2_LOW", "medium", 93), who=Who("Kim", "nurse")).ok
    assert value_of(bed, "SPO2_LOW") == 93


def test_a_nurse_may_bring_back_nearer_what_a_clinician_widened():
    bed = AlarmBed()
    assert change(bed, ("PR_HIGH", "medium", 148)).ok
    assert not change(bed, ("PR_HIGH", "medium", 149), who=NURSE).ok
    assert change(bed, ("PR_HIGH", "medium", 145), who=NURSE).ok


def test_each_level_that_changed_is_an_act_with_its_role_and_reason():
    bed = AlarmBed()
    result = change(bed, ("PR_HIGH", "medium", 140), ("SPO2_LOW", "medium", 90), who=NURSE)
    assert (result.ok, result.text) == (True, "1 limit changed")
    (act,) = bed.acts
    assert (act.act, act.user, act.reason, act.condition) == (
        "limit_changed",
        "Kim",
        "known athlete",
        "PR_HIGH",
    )
    assert dict(act.more) == {
        "priority": "medium", "decided_by": "delay", "comparator": ">",
        "from": 130.0, "to": 140.0, "role": "nurse", "automatic": False,
    }  # fmt: skip


def test_a_reset_takes_every_change_away_and_needs_a_reason_where_it_widens():
    bed = AlarmBed()
    before = bed.engine.preset.limit
    assert change(bed, ("PR_HIGH", "medium", 120), ("SPO2_LOW", "medium", 93)).ok
    assert bed.engine.limits.differing == 2
    refused = bed.engine.limits.reset(Who("Kim", "nurse"), bed.nanos())
    assert not refused.ok and "say why" in refused.text
    result = bed.engine.limits.reset(NURSE, bed.nanos())
    assert result.ok
    assert (bed.engine.preset.limit, bed.engine.limits.differing) == (before, 0)


def test_changes_end_with_the_session():
    bed = AlarmBed()
    before = bed.engine.preset.limit
    assert change(bed, ("PR_HIGH", "medium", 140)).ok
    assert [act.act for act in bed.close(10).acts] == ["limits_preset"]
    assert bed.engine.preset.limit == before
