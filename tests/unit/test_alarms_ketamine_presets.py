"""The shipped presets are the tables of the documents, and what they make of made recordings."""

import pytest
from alarm_bed import CUFF, OXIMETER, AlarmBed

from alarms import preset as presets
from alarms.baseline import Baseline
from alarms.types import DeviceDecl, Priority
from monitor.core.clock import SECOND, seconds
from monitor.core.errors import ConfigError

KETAMINE = ("iv-racemic", "im-racemic", "in-esketamine-rems", "sl-troche")
MONITOR = DeviceDecl("oximeter", ("resp_rate",))
CALM = Baseline(sys=118, dia=74, pulse=72, spo2=97)


def _rows(preset):
    return {
        (limit.condition, limit.comparator.value, limit.value, limit.priority, limit.decided_by.value)
        for limit in preset.limit
    }


def _value(preset, condition, priority="medium"):
    return next(limit.value for limit in preset.by_condition[condition] if limit.priority == priority)


@pytest.mark.parametrize("name", KETAMINE)
def test_without_a_baseline_the_ketamine_limits_are_as_decided(name):
    assert _rows(presets.load(name)) == {
        ("SPO2_LOW", "<=", 92, "medium", "delay"),
        ("SPO2_LOW", "<=", 88, "high", "delay"),
        ("SPO2_DESAT", "<", 85, "high", "delay"),
        ("PR_LOW", "<=", 50, "medium", "delay"),
        ("PR_LOW", "<=", 40, "high", "delay"),
        ("PR_HIGH", ">=", 110, "medium", "delay"),
        ("PR_HIGH", ">=", 130, "high", "delay"),
        ("HR_LOW", "<=", 50, "medium", "delay"),
        ("HR_LOW", "<=", 40, "high", "delay"),
        ("HR_HIGH", ">=", 110, "medium", "delay"),
        ("HR_HIGH", ">=", 130, "high", "delay"),
        ("RR_LOW", "<=", 9, "medium", "delay"),
        ("RR_LOW", "<=", 7, "high", "delay"),
        ("RR_HIGH", ">=", 24, "medium", "delay"),
        ("RR_HIGH", ">=", 30, "high", "delay"),
        ("SYS_HIGH", ">=", 150, "medium", "reading"),
        ("SYS_HIGH", ">=", 180, "high", "repeat"),
        ("SYS_HIGH", ">=", 200, "high", "reading"),
        ("SYS_LOW", "<", 90, "medium", "reading"),
        ("SYS_LOW", "<", 80, "high", "repeat"),
        ("SYS_LOW", "<", 70, "high", "reading"),
        ("DIA_HIGH", ">=", 95, "medium", "reading"),
        ("DIA_HIGH", ">=", 110, "high", "repeat"),
        ("DIA_HIGH", ">=", 120, "high", "reading"),
        ("DIA_LOW", "<", 50, "medium", "reading"),
        ("MAP_LOW", "<", 60, "medium", "reading"),
        ("MAP_LOW", "<", 55, "high", "repeat"),
        ("MAP_LOW", "<", 50, "high", "reading"),
    }


@pytest.mark.parametrize("name", KETAMINE)
def test_ketamine_delays_are_as_decided(name):
    found = {
        (limit.condition, limit.priority): limit.on_delay_s
        for limit in presets.load(name).limit
        if limit.decided_by.value == "delay"
    }
    rates = {
        (f"{rate}_{side}", priority): delay
        for rate in ("PR", "HR")
        for side, priority, delay in [
            ("LOW", "medium", 10),
            ("LOW", "high", 5),
            ("HIGH", "medium", 30),
            ("HIGH", "high", 10),
        ]
    }
    breathing = {(f"RR_{side}", priority): 30 for side in ("LOW", "HIGH") for priority in ("medium", "high")}
    saturation = {("SPO2_LOW", "medium"): 15, ("SPO2_LOW", "high"): 10, ("SPO2_DESAT", "high"): 3}
    assert found == rates | breathing | saturation


@pytest.mark.parametrize(
    ("baseline", "condition", "value"),
    [
        pytest.param({}, "SYS_HIGH", 158, id="118 + 40"),
        pytest.param({"sys": 100}, "SYS_HIGH", 150, id="the floor of 150 holds"),
        pytest.param({"sys": 150}, "SYS_HIGH", 170, id="the cap of 170 holds"),
        pytest.param({}, "DIA_HIGH", 99, id="74 + 25"),
        pytest.param({"sys": 136}, "SYS_LOW", 96, id="0.7 of 136 is 95.2: the side that alarms sooner"),
        pytest.param({"sys": 160}, "SYS_LOW", 100, id="low systolic not above 100"),
        pytest.param({"pulse": 90}, "PR_HIGH", 117, id="1.3 of 90"),
        pytest.param({"pulse": 87}, "PR_HIGH", 113, id="1.3 of 87 is 113.1: the side that alarms sooner"),
        pytest.param({"pulse": 100}, "HR_HIGH", 125, id="rate cap"),
        pytest.param({"pulse": 55}, "PR_LOW", 44, id="0.8 of 55"),
        pytest.param({"pulse": 45}, "PR_LOW", 41, id="a low rate's yellow stays before its red"),
        pytest.param({"spo2": 94}, "SPO2_LOW", 91, id="94 - 3"),
        pytest.param({"spo2": 90}, "SPO2_LOW", 89, id="saturation never under 89"),
        pytest.param({"spo2": 100}, "SPO2_LOW", 92, id="saturation never over 92"),
    ],
)
def test_a_baseline_moves_the_limits_of_iv_racemic(baseline, condition, value):
    fields = {"sys": 118, "dia": 74, "pulse": 72, "spo2": 97} | baseline
    assert _value(presets.load("iv-racemic", Baseline(**fields)), condition) == value


def test_what_is_shown_says_whether_there_was_a_baseline():
    without, with_one = presets.load("iv-racemic"), presets.load("iv-racemic", CALM)
    assert without.note == "draft, not approved by a clinician; no baseline"
    assert with_one.note == ("draft, not approved by a clinician; baseline 118/74, pulse 72, SpO2 97")


def test_hypertensive_baseline_does_not_arm_without_one():
    with pytest.raises(ConfigError, match="needs a baseline"):
        presets.load("hypertensive-baseline")


def test_hypertensive_baseline_follows_the_patient():
    preset = presets.load("hypertensive-baseline", Baseline(sys=150, dia=95, pulse=80, spo2=97))
    found = {name: _value(preset, name) for name in ("SYS_LOW", "SYS_HIGH", "DIA_LOW", "DIA_HIGH")}
    assert found == {"SYS_LOW": 112, "SYS_HIGH": 167, "DIA_LOW": 71, "DIA_HIGH": 105}
    assert (_value(preset, "PR_LOW"), _value(preset, "PR_HIGH")) == (64, 100)
    adult = presets.load("adult-standard")
    same = ("SPO2_LOW", "SPO2_DESAT", "MAP_LOW", "MAP_HIGH")
    assert all(preset.by_condition[name] == adult.by_condition[name] for name in same)


def test_sleep_apnoea_and_recovery_differ_from_adult_standard_as_written():
    adult, apnoea = presets.load("adult-standard"), presets.load("sleep-apnoea")
    low = apnoea.by_condition["SPO2_LOW"][0]
    assert (low.text, low.on_delay_s) == ("< 92 %", 5)
    rest = {name: levels for name, levels in apnoea.by_condition.items() if name != "SPO2_LOW"}
    assert rest == {name: levels for name, levels in adult.by_condition.items() if name != "SPO2_LOW"}
    assert presets.load("recovery").by_condition == adult.by_condition
    assert presets.read("recovery").cuff_every_min == 10


@pytest.mark.parametrize("name", presets.known())
def test_what_is_kept_in_the_record_gives_the_same_numbers(name):
    loaded = presets.load(name, CALM)
    again = presets.parse(loaded.text)
    assert (again.limit, again.technical, again.note) == (loaded.limit, loaded.technical, loaded.note)
    assert (again.acknowledged, again.worse_by) == (loaded.acknowledged, loaded.worse_by)


# --- what they make of values --------------------------------------------------------------------------


def _starts(bed):
    return [
        (event.condition, event.event, event.priority, event.t / SECOND)
        for event in bed.events
        if event.event in ("start", "escalate")
    ]


def test_91_to_93_for_minutes_is_medium_at_15_s_high_at_75_s_and_stays():
    bed = AlarmBed(DeviceDecl("oximeter", ("spo2",)), preset=presets.load("iv-racemic"))
    bed.play("spo2", [91, 92, 92, 91, 92] * 4 + [92, 93, 92, 91] * 100, 0)
    assert _starts(bed) == [
        ("SPO2_LOW", "start", Priority.MEDIUM, 15),
        ("SPO2_LOW", "escalate", Priority.HIGH, 75),
    ]
    assert "end" not in {event.event for event in bed.events}
    assert bed.engine.rows(seconds(bed.now))[0].priority is Priority.HIGH


def test_adult_standard_has_nothing_to_say_of_the_same_values():
    bed = AlarmBed(DeviceDecl("oximeter", ("spo2",)))
    bed.play("spo2", [91, 92, 92, 91, 92] * 4 + [92, 93, 92, 91] * 100, 0)
    assert _starts(bed) == []


@pytest.mark.parametrize(
    ("value", "span_s", "expected"),
    [
        pytest.param(91, 12, [], id="91 for 12 s"),
        pytest.param(91, 20, [Priority.MEDIUM], id="91 for 20 s"),
        pytest.param(87, 11, [Priority.HIGH], id="87 for 11 s"),
        pytest.param(93, 60, [], id="93 is inside"),
    ],
)
def test_scenario_7_saturation(value, span_s, expected):
    bed = AlarmBed(OXIMETER, preset=presets.load("iv-racemic"))
    bed.hold("spo2", 97, 0, 9)
    bed.hold("spo2", value, 10, 10 + span_s)
    bed.hold("spo2", 97, 11 + span_s, 30 + span_s)
    found = [e for e in bed.events if e.condition == "SPO2_LOW" and e.event in ("start", "escalate")]
    assert [event.priority for event in found] == expected


@pytest.mark.parametrize(
    ("baseline", "readings", "expected"),
    [
        pytest.param((118, 74), [134], [], id="1: +16 is no alarm"),
        pytest.param((112, 70), [153], [Priority.MEDIUM], id="2: 112 to 153"),
        pytest.param((100, 65), [141], [], id="3: the floor of 150 holds"),
        pytest.param((150, 88), [181, 178], [Priority.MEDIUM], id="4: 181 then 178 is never high"),
        pytest.param((118, 74), [182, 185], [Priority.MEDIUM, Priority.HIGH], id="5: 182 then 185"),
        pytest.param((118, 74), [205], [Priority.HIGH], id="6: 205 once"),
    ],
)
def test_scenarios_1_to_6_pressure(baseline, readings, expected):
    frozen = Baseline(sys=baseline[0], dia=baseline[1], pulse=72, spo2=97)
    bed = AlarmBed(CUFF, preset=presets.load("iv-racemic", frozen))
    for number, value in enumerate(readings):
        bed.cuff(value, 10 + 60 * number, sequence=number)
        bed.tick(10 + 60 * number)
    found = [e for e in bed.events if e.condition == "SYS_HIGH" and e.event in ("start", "escalate")]
    assert [event.priority for event in found] == expected


@pytest.mark.parametrize(
    ("value", "condition", "priority", "text"),
    [
        pytest.param(9, "RR_LOW", Priority.MEDIUM, "Breathing 9 /min (limit <= 9)", id="slow"),
        pytest.param(7, "RR_LOW", Priority.HIGH, "Breathing 7 /min (limit <= 7)", id="very slow"),
        pytest.param(24, "RR_HIGH", Priority.MEDIUM, "Breathing 24 /min (limit >= 24)", id="fast"),
        pytest.param(30, "RR_HIGH", Priority.HIGH, "Breathing 30 /min (limit >= 30)", id="very fast"),
    ],
)
def test_breathing_is_judged_where_a_device_measures_it(value, condition, priority, text):
    bed = AlarmBed(MONITOR, preset=presets.load("iv-racemic"))
    bed.hold("resp_rate", 14, 0, 9)
    bed.hold("resp_rate", value, 10, 39)
    assert _starts(bed) == []
    bed.hold("resp_rate", value, 40, 42)
    assert _starts(bed) == [(condition, "start", priority, 40)]
    row = bed.engine.rows(seconds(bed.now))[0]
    assert (row.text, row.action) == (text, "Look at the chest, speak to the patient")


def test_adult_standard_does_not_judge_breathing():
    bed = AlarmBed(MONITOR)
    bed.hold("resp_rate", 6, 0, 60)
    assert _starts(bed) == []


@pytest.mark.parametrize("baseline", [None, CALM], ids=["none: five minutes are too few", "97"])
def test_dips_are_measured_from_the_frozen_baseline(baseline):
    bed = AlarmBed(DeviceDecl("oximeter", ("spo2",)), preset=presets.load("adult-standard", baseline))
    bed.play("spo2", ([97] * 20 + [93] * 5) * 3 + [97] * 5, 0)
    found = [(event.condition, event.priority) for event in bed.events if event.event == "start"]
    assert found == ([("SPO2_TREND", Priority.LOW)] if baseline else [])


def test_the_record_says_which_baseline_there_was():
    loaded = presets.load("adult-standard", CALM)
    assert loaded.note == "factory limits, not approved by this clinic; baseline 118/74, pulse 72, SpO2 97"
    assert "baseline 118/74" in loaded.text
    assert loaded.refusal() == ""
