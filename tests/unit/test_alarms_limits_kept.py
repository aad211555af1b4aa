"""Limits that outlive a restart, limits that are not valid, and values in a wrong unit."""

import copy

import pytest
from alarm_bed import ADULT, CUFF, OXIMETER, AlarmBed
from test_alarms_limits import CLINICIAN, NURSE, PULSE, change, value_of

from alarms import preset as presets
from alarms.baseline import Baseline
from alarms.types import Priority, State
from monitor.core.units import Unit

AT_REST = Baseline(sys=130, dia=80, pulse=90, spo2=94)
IV = presets.load("iv-racemic")


@pytest.mark.parametrize("gap", [5, 60])
def test_changed_limits_are_in_force_again_after_a_restart(gap):
    bed = AlarmBed(PULSE, CUFF)
    assert change(bed, ("PR_HIGH", "medium", 120), ("SYS_LOW", "high", 82, "repeat"), who=NURSE).ok
    before = bed.engine.preset.limit
    step = bed.restart(10 + gap, gap=gap)
    assert (bed.engine.preset.limit, bed.engine.limits.differing) == (before, 2)
    assert [(act.act, dict(act.more)["changed"]) for act in step.acts] == [("limits_restored", 2)]
    assert bed.engine.limits.shown()[0].changed is None
    bed.hold("pulse_rate", 125, 11 + gap, 30 + gap)
    assert bed.starts("PR_HIGH") == [(26.0 + gap, "medium")]


def test_a_dump_without_limits_still_loads():
    bed = AlarmBed(PULSE)
    dump = bed.engine.dump()
    del dump["limits"], dump["known"]
    bed.restart(5, gap=5, dump=dump)
    assert bed.texts() == []


def _spoilt(dump, how):
    changed = dump["limits"]["changes"][0]
    if how == "value":
        changed[3] = 121.0
    elif how == "crossing":
        changed[3] = 49.0
    elif how == "shape":
        del changed[2:]
    else:
        dump["limits"]["digest"] = "0"
    return dump


@pytest.mark.parametrize("how", ["value", "crossing", "shape", "digest"])
def test_kept_limits_that_are_not_valid_are_left_and_told_high(how):
    bed = AlarmBed(PULSE)
    preset = bed.engine.preset.limit
    assert change(bed, ("PR_HIGH", "medium", 120)).ok
    bed.restart(5, gap=5, dump=_spoilt(copy.deepcopy(bed.engine.dump()), how))
    assert (bed.engine.preset.limit, bed.engine.limits.differing) == (preset, 0)
    assert bed.starts("LIMITS_INVALID")[0][1] == "high"
    assert "preset's limits are in force" in bed.texts()[0]


def test_a_limit_that_judges_other_than_shown_is_found_told_high_and_replaced():
    bed = AlarmBed(PULSE)
    assert change(bed, ("PR_HIGH", "medium", 140)).ok
    (track,) = bed.engine._armed.track_list
    detector = next(c.detector for c in track.conditions if c.name == "PR_HIGH")
    detector.levels[0]._edge = 190.0
    bed.hold("pulse_rate", 70, 1, 6)
    assert (bed.state("LIMITS_INVALID"), bed.sounding) == (State.UNACK, Priority.HIGH)
    assert (detector.levels[0]._edge, value_of(bed, "PR_HIGH")) == (130.0, 130)
    assert bed.acts[-1].act == "limits_preset"
    bed.acknowledge()
    bed.tick(7)
    assert bed.state("LIMITS_INVALID") is State.NORMAL


def _judge(bed: AlarmBed, name: str):
    return next(c for c in bed.engine._armed.conditions() if c.name == name)


def _of_level(bed: AlarmBed, field: str):
    return _judge(bed, "SPO2_LOW").detector.levels[0], field


SPOILT = {
    "on-delay": lambda bed: (*_of_level(bed, "_on_delay"), 10**12),
    "off-delay": lambda bed: (*_of_level(bed, "_off_delay"), 0),
    "level": lambda bed: (*_of_level(bed, "priority"), Priority.LOW),
    "which side": lambda bed: (*_of_level(bed, "_low"), False),
    "SatSeconds": lambda bed: (_judge(bed, "SPO2_LOW").detector, "_sat", None),
    "rise": lambda bed: (_judge(bed, "SPO2_LOW"), "rises_after", None),
    "latch": lambda bed: (_judge(bed, "SPO2_DESAT"), "latch", False),
    "worse by": lambda bed: (_judge(bed, "SPO2_DESAT"), "worse_by", 50),
    "acknowledged for ever": lambda bed: (_judge(bed, "NO_DATA"), "timeouts", {}),
    "a technical delay": lambda bed: (next(bed.engine._armed.ladders()), "_levels", [(10**12, Priority.LOW)]),
    "what is not looked at": lambda bed: (bed.engine._armed.track_list[0], "_low", 0.0),
    "a pressure": lambda bed: (_judge(bed, "SYS_LOW").pressure, "levels", ADULT.by_condition["MAP_LOW"]),
}  # fmt: skip


@pytest.mark.parametrize("what", SPOILT)
def test_every_number_that_is_judged_by_is_checked_and_mended(what):
    bed = AlarmBed()
    of, name, wrong = SPOILT[what](bed)
    right = getattr(of, name)
    setattr(of, name, wrong)
    bed.hold("spo2", 97, 1, 6)
    assert bed.starts("LIMITS_INVALID") == [(1.0, "high")]
    assert name == "_sat" or getattr(of, name) == right
    bed.hold("spo2", 97, 7, 20)
    assert len(bed.starts("LIMITS_INVALID")) == 1


def test_nothing_is_found_when_nothing_is_wrong():
    for preset in (IV, presets.load("adult-standard")):
        bed = AlarmBed(preset=preset)
        bed.hold("spo2", 97, 1, 30)
        assert bed.starts("LIMITS_INVALID") == []


@pytest.mark.parametrize("gap", [5, 60])
def test_a_wrong_unit_is_still_wrong_after_a_restart(gap):
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 97, 3, 5, unit=Unit.PER_MIN)
    bed.acknowledge("LIMITS_INVALID")
    bed.restart(6 + gap, gap=gap)
    bed.acknowledge("LIMITS_INVALID")
    bed.ticks(7 + gap, 9 + gap)
    assert bed.state("LIMITS_INVALID") is State.ACK
    bed.hold("spo2", 97, 10 + gap, 11 + gap)
    assert bed.state("LIMITS_INVALID") is State.NORMAL


def test_the_first_sixteen_kilopascal_called_mmhg_raise_limits_invalid():
    bed = AlarmBed(CUFF)
    bed.cuff(16, 10, dia=10.7, mean=12)
    assert bed.starts("LIMITS_INVALID") == [(10.0, "high")]
    bed.acknowledge("LIMITS_INVALID")
    bed.tick(71)
    assert bed.state("LIMITS_INVALID") is State.ACK
    bed.cuff(120, 100)
    bed.tick(101)
    assert bed.state("LIMITS_INVALID") is State.NORMAL


def test_a_saturation_in_a_wrong_unit_raises_limits_invalid():
    bed = AlarmBed(OXIMETER)
    bed.hold("spo2", 97, 0, 2)
    bed.hold("spo2", 97, 3, 5, unit=Unit.PER_MIN)
    assert bed.starts("LIMITS_INVALID") == [(5.0, "high")]


# --- automatic limits ---------------------------------------------------------------------------------


def proposed(bed: AlarmBed, role: str = "nurse") -> dict[str, tuple[object, object]]:
    result = bed.engine.limits.automatic(role, bed.nanos())
    return {str(one["condition"]): (one["ok"], one["value"]) for one in result.results}


def test_automatic_limits_follow_the_value_within_what_the_role_may():
    bed = AlarmBed(PULSE, CUFF)
    bed.cuff(120, 1)
    bed.hold("pulse_rate", 80, 1, 3)
    found = proposed(bed)
    assert (found["PR_LOW"], found["PR_HIGH"]) == ((True, 64.0), (True, 100.0))
    assert (found["SYS_LOW"], found["SYS_HIGH"]) == ((True, 92.0), (True, 141.0))
    assert bed.engine.limits.differing == 0
    bed.hold("pulse_rate", 124, 4, 8)
    assert proposed(bed)["PR_HIGH"] == (True, 140.0)
    assert proposed(bed, "clinician")["PR_HIGH"] == (True, 149.0)


def test_no_automatic_limit_without_a_current_undoubted_value_or_while_alarming():
    bed = AlarmBed(PULSE, CUFF)
    assert not any(ok for ok, _ in proposed(bed).values())
    bed.hold("pulse_rate", 80, 1, 3, doubtful=True)
    assert not proposed(bed)["PR_HIGH"][0]
    bed.hold("pulse_rate", 135, 4, 6)
    assert not proposed(bed)["PR_HIGH"][0] and not proposed(bed)["PR_LOW"][0]


# --- the baseline -------------------------------------------------------------------------------------


def at_rest(bed: AlarmBed) -> None:
    bed.cuff(128, 5)
    bed.cuff(132, 65)
    for channel, value in (("spo2", 94), ("pulse_rate", 90)):
        bed.hold(channel, value, 66, 110)


def test_the_baseline_is_proposed_from_the_beds_own_readings():
    bed = AlarmBed(preset=IV)
    assert not bed.engine.limits.propose_baseline("nurse", bed.nanos()).ok
    at_rest(bed)
    result = bed.engine.limits.propose_baseline("nurse", bed.nanos())
    (found,) = result.results
    assert result.ok and "before the dose" in result.text
    assert (found["sys"], found["dia"], found["pulse"], found["spo2"]) == (130, 80, 90, 94)
    bed.tick(1200)
    assert not bed.engine.limits.propose_baseline("nurse", bed.nanos()).ok


def test_a_frozen_baseline_moves_the_limits_and_is_kept():
    bed = AlarmBed(preset=IV)
    at_rest(bed)
    frozen_now = bed.engine.limits.freeze(AT_REST, NURSE, bed.nanos())
    step, result = bed.engine.adjusted(frozen_now, bed.nanos())
    assert result.ok and "before the dose" in result.text
    assert (value_of(bed, "SPO2_LOW"), value_of(bed, "SYS_HIGH")) == (91, 170)
    assert bed.engine.preset.note.endswith(AT_REST.text)
    frozen = next(act for act in step.acts if act.act == "baseline_frozen")
    assert (frozen.user, dict(frozen.more)["proposed"]["sys"]) == ("Kim", 130)
    assert bed.engine.limits.differing == 0
    bed.restart(120, gap=60)
    assert value_of(bed, "SPO2_LOW") == 91
    assert bed.engine.limits.frozen is not None
    assert bed.engine.limits.frozen.user == "Kim"
    bed.close(130)
    assert value_of(bed, "SPO2_LOW") == 92


def test_a_calm_baseline_brings_the_systolic_limit_nearer_in_adult_standard():
    bed = AlarmBed(preset=presets.waiting("adult-standard"))
    low = Baseline(sys=110, dia=70, pulse=70, spo2=97)
    assert bed.engine.limits.freeze(low, NURSE, bed.nanos()).ok
    bed.cuff(155, 10)
    assert bed.starts("SYS_HIGH") == [(10.0, "medium")]
    assert bed.last("SYS_HIGH").limit == 150


@pytest.mark.parametrize(("sys", "limit"), [(100, 150), (118, 153), (123, 159), (150, 160), (200, 160)])
def test_baseline_and_30_percent_is_never_under_150_nor_over_160(sys, limit):
    at = Baseline(sys=sys, dia=70, pulse=70, spo2=97)
    found = presets.load("sleep-apnoea", at).by_condition["SYS_HIGH"][0]
    assert (found.value, found.priority) == (limit, "medium")


def test_the_factory_preset_is_still_itself_with_a_baseline():
    text = (presets.FOLDER / "adult-standard.toml").read_text("utf-8")
    written, followed = presets.load("adult-standard"), presets.load("adult-standard", AT_REST)
    assert (written.text, written.note) == (text, "factory limits, not approved by this clinic; no baseline")
    assert (written.refusal(), followed.refusal(), written.sha256 == followed.sha256) == ("", "", True)
    assert presets.parse(written.text).limit == written.limit


def test_what_a_frozen_baseline_refuses():
    bed = AlarmBed(preset=IV)
    odd = Baseline(sys=130, dia=80, pulse=90, spo2=70)
    assert not bed.engine.limits.freeze(odd, NURSE, bed.nanos()).ok
    assert bed.engine.limits.freeze(AT_REST, NURSE, bed.nanos()).ok
    again = bed.engine.limits.freeze(AT_REST, NURSE, bed.nanos())
    assert not again.ok and "a clinician changes it" in again.text
    assert bed.engine.limits.freeze(AT_REST, CLINICIAN, bed.nanos()).ok


def test_a_nurse_freezes_no_baseline_while_its_values_alarm():
    bed = AlarmBed(preset=IV)
    bed.hold("pulse_rate", 115, 0, 3)
    assert "PR_HIGH" in bed.engine.limits.freeze(AT_REST, NURSE, bed.nanos()).text
    assert bed.engine.limits.freeze(AT_REST, CLINICIAN, bed.nanos()).ok


def crisis(bed: AlarmBed) -> None:
    """Two pressures, the last a crisis, and a saturation of 84 that alarms."""
    bed.cuff(128, 5)
    bed.cuff(192, 65, dia=104, mean=133)
    bed.hold("pulse_rate", 90, 66, 110)
    bed.hold("spo2", 84, 66, 110)


def test_out_of_a_crisis_no_baseline_is_proposed():
    bed = AlarmBed(preset=IV)
    crisis(bed)
    for role in ("nurse", "clinician"):
        asked = bed.engine.limits.propose_baseline(role, bed.nanos())
        assert (asked.ok, asked.results) == (False, ())
        assert "SpO2 84" in asked.text


def test_what_may_be_proposed_may_be_frozen():
    bed = AlarmBed(preset=IV)
    at_rest(bed)
    bed.cuff(192, 111, dia=104, mean=133)
    assert "SYS_HIGH" in bed.engine.limits.propose_baseline("nurse", bed.nanos()).text
    asked = bed.engine.limits.propose_baseline("clinician", bed.nanos())
    assert asked.ok and "SYS_HIGH is alarming" in asked.text
    calm = AlarmBed(preset=IV)
    at_rest(calm)
    assert calm.engine.limits.freeze(AT_REST, NURSE, calm.nanos()).ok
    again = calm.engine.limits.propose_baseline("nurse", calm.nanos())
    assert not again.ok and "a clinician changes it" in again.text
    assert calm.engine.limits.propose_baseline("clinician", calm.nanos()).ok


def test_a_preset_that_needs_a_baseline_waits_with_the_factory_limits():
    bed = AlarmBed(preset=presets.waiting("hypertensive-baseline"))
    assert bed.engine.preset.note == (
        "waits for a baseline: adult-standard until then; factory limits, not approved by this clinic"
    )
    before = value_of(bed, "SYS_HIGH")
    high = Baseline(sys=155, dia=88, pulse=70, spo2=97)
    assert bed.engine.limits.freeze(high, NURSE, bed.nanos()).ok
    assert (before, value_of(bed, "SYS_HIGH")) == (160, 171)
    assert bed.engine.preset.title == "Hypertensive baseline"


def test_a_systolic_that_would_be_a_crisis_in_kilopascals_is_judged_and_asked_about():
    bed = AlarmBed(CUFF)
    bed.cuff(26, 10, dia=15, mean=18)
    assert bed.state("SYS_LOW") is State.UNACK
    assert bed.last("LIMITS_INVALID").priority.label == "high"
    assert "26 mmHg, or kPa (195 mmHg)?" in bed.last("LIMITS_INVALID").text
    bed.cuff(120, 310, dia=80, mean=93)
    bed.acknowledge(t=311)
    bed.ticks(312, 320)
    assert bed.state("LIMITS_INVALID") is State.NORMAL
