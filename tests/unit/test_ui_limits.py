"""Limits on the screen: in words, as drafts within a role's range, and what they would have done."""

import bed_scenes as scenes
import limit_scenes as limits
import numpy as np
import pytest
from bed_scenes import StepClock
from limit_scenes import CHANGED, DESAT, HIGH, LOW, SYS_AT_ONCE, SYS_HIGH, SYS_REPEAT
from msgspec import structs

from monitor.link.messages import CLINICIAN, NURSE
from ui.bed_model import BedModel
from ui.presenters import limits_draft as drafting
from ui.presenters.header import header
from ui.presenters.limits_baseline import baseline_args, baseline_form, became
from ui.presenters.limits_draft import Draft, key_of
from ui.presenters.limits_picture import limit_picture, outside_count, outside_text
from ui.presenters.limits_table import limit_lines, limits_title, range_text
from ui.presenters.tiles import tiles
from ui.presenters.words import condition_text

LOW_KEY, HIGH_KEY, SYS_KEY = key_of(LOW), key_of(HIGH), key_of(SYS_HIGH)


def bed(*items, **changes):
    clock, model = StepClock(), BedModel()
    for item in (scenes.connected(clock.now()), limits.snapshot(**changes), *items):
        model.accept(item, clock.now())
    return clock, model.state


def lines(drafts=None, **changes):
    return {line.key: line for line in limit_lines(bed(**changes)[1], drafts or {})}


# --- in words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        pytest.param("SPO2_LOW", "SpO₂ low", id="oxygen"),
        pytest.param("SPO2_DESAT", "SpO₂ very low", id="desaturation"),
        pytest.param("MAP_HIGH", "Mean pressure high", id="mean"),
        pytest.param("ETCO2_HIGH", "etco2 high", id="from a newer service"),
    ],
)
def test_a_limit_has_a_name_in_words(condition, name):
    assert condition_text(condition) == name


def test_a_line_says_what_alarms_from_where_and_how_soon():
    said = lines()
    assert (said[LOW_KEY].symbol, said[LOW_KEY].in_force, said[LOW_KEY].delay) == (
        "**",
        "< 90 %",
        "after 10 s",
    )
    assert said[SYS_KEY].in_force == "≥ 150 mmHg"
    assert (said[SYS_KEY].delay, said[key_of(SYS_REPEAT)].delay) == ("at once", "by repeat")


def test_a_changed_limit_says_the_presets_value_who_and_why():
    said = lines()
    assert said[key_of(CHANGED)].note == "preset 50 · anna: usual for this patient"
    assert [line.changed for line in said.values()].count(True) == 1


def test_an_automatic_limit_says_so():
    moved = limits.limit(
        "PR_HIGH", "pulse_rate", ">", 120.0, preset_value=130.0, changed_by="lee", automatic=True
    )
    assert lines(limits=[moved])[HIGH_KEY].note == "automatic · preset 130 · lee"


def test_a_limit_that_is_off_says_who_turned_it_off():
    line = lines(board=scenes.board(off=[scenes.off()]))[HIGH_KEY]
    assert (line.off, line.delay, line.note) == (True, "OFF", "OFF by anna: known tachycardia")


def test_a_draft_stands_beside_what_is_in_force():
    line = lines({LOW_KEY: Draft(88.0), HIGH_KEY: Draft(120.0, True)})[LOW_KEY]
    assert (line.in_force, line.draft) == ("< 90 %", "< 88")
    assert "new < 88, not yet in force" in line.spoken
    assert lines({HIGH_KEY: Draft(120.0, True)})[HIGH_KEY].draft == "> 120 auto"


def test_the_heading_says_which_baseline_and_how_many_changes():
    clock, state = bed()
    said = limits_title(state, clock.advance(60))
    assert said.baseline == "baseline 122/76 mmHg, pulse 68, SpO₂ 97 %, frozen by anna 11 min ago"
    assert said.changed == "1 limit changed"
    clock, state = bed(baseline=None, limits_changed=0)
    assert (limits_title(state, clock.now()).baseline, limits_title(state, clock.now()).changed) == (
        "no baseline",
        "",
    )


@pytest.mark.parametrize("said", ["baseline 122/76, pulse 68, SpO2 97", "no baseline"])
def test_the_heading_says_the_baseline_once(said):
    clock, state = bed(preset_note=f"factory limits; {said}")
    assert limits_title(state, clock.now()).note == "factory limits"


def test_header_and_number_show_that_a_limit_was_changed():
    clock, state = bed(limits_changed=2)
    assert header(state, "anna", clock.now()).changed == "2 limits changed"
    assert {one.channel: one.changed for one in tiles(state, clock.now())} == {
        "spo2": "",
        "pulse_rate": "< 45",
        "nibp": "",
        "heart_rate": "",
    }


def test_a_clinician_is_shown_as_one():
    clock, state = bed()
    assert header(state, "Berg", clock.now(), CLINICIAN).user == "Berg (clinician, unverified)"
    assert header(state, "anna", clock.now(), NURSE).user == "anna (unverified)"


# --- drafts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "value", "kept"),
    [
        pytest.param(NURSE, 88.0, 88.0, id="within"),
        pytest.param(NURSE, 70.0, 85.0, id="a nurse's least"),
        pytest.param(CLINICIAN, 70.0, 80.0, id="a clinician's least"),
        pytest.param(NURSE, 90.0, None, id="what is in force is no draft"),
    ],
)
def test_a_draft_keeps_within_the_range_of_the_role(role, value, kept):
    made = drafting.with_value({LOW_KEY: Draft(87.0)}, LOW, value, role)
    assert made == ({} if kept is None else {LOW_KEY: Draft(kept)})


def test_what_a_role_may_not_change_gets_no_draft():
    assert drafting.with_value({}, DESAT, 84.0, NURSE) == {}
    assert drafting.with_value({}, DESAT, 84.0, CLINICIAN) == {key_of(DESAT): Draft(84.0)}
    assert range_text(DESAT, NURSE) == "a nurse may not change this limit"


def test_a_step_never_goes_the_other_way_when_in_force_is_beyond_the_range():
    far = limits.limit("SPO2_LOW", "spo2", "<", 80.0, least=85.0, most=95.0)
    assert drafting.with_value({}, far, 79.0, NURSE) == {}
    assert drafting.with_value({}, far, 81.0, NURSE) == {LOW_KEY: Draft(85.0)}


@pytest.mark.parametrize(
    ("limit", "value", "wider"),
    [
        pytest.param(LOW, 88.0, True, id="lower low limit"),
        pytest.param(LOW, 92.0, False, id="higher low limit"),
        pytest.param(HIGH, 140.0, True, id="higher high limit"),
        pytest.param(SYS_HIGH, 145.0, False, id="lower high limit"),
    ],
)
def test_only_what_gets_wider_needs_a_reason_and_is_named(limit, value, wider):
    named = drafting.needs_reason({key_of(limit): Draft(value)}, limits.LIMITS)
    assert named == (condition_text(limit.condition) if wider else "")


def test_the_order_names_all_drafts_and_what_decides_only_where_it_must():
    drafts = {LOW_KEY: Draft(88.0), key_of(SYS_AT_ONCE): Draft(195.0)}
    assert drafting.order(drafts, limits.LIMITS, " usual ", ["o1"]) == {
        "changes": [["SPO2_LOW", "medium", 88.0], ["SYS_HIGH", "high", 195.0, "reading"]],
        "reason": "usual",
        "occurrences": ["o1"],
        "automatic": False,
    }


def test_it_is_automatic_only_while_nobody_altered_a_proposal():
    both = {LOW_KEY: Draft(88.0, True), HIGH_KEY: Draft(120.0, True)}
    assert drafting.order(both, limits.LIMITS, "", ())["automatic"]
    stepped = drafting.with_value(both, HIGH, 121.0, NURSE)
    assert not drafting.order(stepped, limits.LIMITS, "", ())["automatic"]


def test_only_occurrences_that_the_person_sees_of_these_conditions_are_named():
    board = scenes.board(scenes.row("SPO2_LOW"), scenes.row("PR_HIGH"), scenes.row("HIDDEN"))
    drafts = {LOW_KEY: Draft(88.0), HIGH_KEY: Draft(140.0)}
    assert drafting.named(board, {"SPO2_LOW", "HIDDEN"}, drafts) == ("o-SPO2_LOW",)


def test_proposals_become_automatic_drafts_and_what_is_in_force_none():
    results = [
        {"condition": "SPO2_LOW", "priority": "medium", "decided_by": "delay", "value": 92.0, "ok": True},
        {"condition": "PR_HIGH", "priority": "medium", "decided_by": "delay", "value": 130.0, "ok": True},
        {"condition": "SYS_HIGH", "priority": "medium", "decided_by": "reading", "ok": False, "text": "no"},
        {"condition": "UNKNOWN", "priority": "high", "value": 1.0, "ok": True},
    ]
    made = drafting.proposed({}, limits.LIMITS, scenes.reply(results=results), NURSE)
    assert made == {LOW_KEY: Draft(92.0, True)}


def test_a_draft_that_came_into_force_is_none_any_more():
    drafts = {LOW_KEY: Draft(90.0), HIGH_KEY: Draft(140.0), ("GONE", "high", "delay"): Draft(1.0)}
    assert drafting.still_drafts(drafts, limits.LIMITS) == {HIGH_KEY: Draft(140.0)}


def test_a_refusal_is_said_in_the_services_words():
    results = [{"ok": False, "text": "SPO2_LOW: 85 at least"}, {"ok": True, "text": "fine"}]
    said = scenes.reply(ok=False, text="limits not changed: SPO2_LOW: 85 at least", results=results)
    assert drafting.answer(said) == "limits not changed: SPO2_LOW: 85 at least"
    assert drafting.answer(scenes.reply(ok=False, text="", results=results)) == "SPO2_LOW: 85 at least"
    assert drafting.answer(scenes.reply(ok=False, text="")) == "Refused"


# --- the picture ---------------------------------------------------------------------------------


def test_the_picture_says_what_a_draft_would_have_done():
    ages, values = np.array([40.0, 30.0, 20.0, 10.0]), np.array([95.0, 88.0, np.nan, 89.0])
    assert outside_text("<", 90.0, ages, values) == "0:11"  # 10 s until the gap, 1 s of the newest
    assert outside_text("<", 89.0, ages, values) == "0:10"
    assert outside_count(">=", 150.0, ages, np.array([149.0, 150.0, np.nan, 160.0])) == "2 of 3"


def test_the_picture_holds_the_number_the_limit_and_the_draft():
    clock, state = bed()
    shown = limit_picture(state, LOW, 99.0, clock.now())
    assert shown.low < 90.0
    assert shown.high > 99.0
    assert not shown.points
    assert shown.said.startswith("outside in 15 min: ─ in force 0:00, ┄ new ")
    assert limit_picture(state, SYS_HIGH, None, clock.now()).points


def test_a_number_that_was_never_heard_has_an_empty_picture():
    clock, state = bed(trend=[], numerics=[])
    shown = limit_picture(state, LOW, None, clock.now())
    assert (shown.curve, shown.said) == (None, "no values in 15 min")


# --- the baseline --------------------------------------------------------------------------------


def test_a_proposal_fills_the_form_and_what_is_missing_is_left_open():
    found = {"sys": 124.0, "dia": 78, "pulse": None, "spo2": 97.0, "text": "cuff at 9:41, 8 min old"}
    form = baseline_form(scenes.reply(results=[found]))
    assert (dict(form.values), form.said) == (
        {"sys": "124", "dia": "78", "pulse": "", "spo2": "97"},
        "cuff at 9:41, 8 min old",
    )
    assert baseline_form(scenes.reply(ok=False, text="no cuff reading yet")).said == "no cuff reading yet"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({}, "", id="whole"),
        pytest.param({"pulse": ""}, "Pulse: a number in /min is missing", id="missing"),
        pytest.param({"spo2": "nan"}, "SpO₂: nan % is not plausible", id="no number"),
        pytest.param({"sys": "1222"}, "Systolic: 1222 mmHg is not plausible", id="a slip"),
        pytest.param({"dia": "130"}, "Systolic must be above diastolic", id="swapped"),
    ],
)
def test_a_baseline_is_judged_before_it_is_sent(changes, fault):
    numbers, said = baseline_args({"sys": "124", "dia": "78", "pulse": "70,5", "spo2": "97", **changes})
    assert said.startswith(fault)
    assert bool(said) == bool(fault)
    assert numbers == ({} if fault else {"sys": 124.0, "dia": 78.0, "pulse": 70.5, "spo2": 97.0})


def test_what_the_limits_became_is_said():
    results = [
        {"condition": "SYS_HIGH", "priority": "medium", "from": 150.0, "value": 162.0, "ok": True},
        {"condition": "PR_LOW", "priority": "high", "from": 40.0, "value": 40.0, "ok": True},
    ]
    assert became(scenes.reply(results=results)) == "Systolic high (medium) 150 → 162"


def test_a_number_shows_the_changed_limit_itself_and_not_its_neighbours():
    high = structs.replace(SYS_REPEAT, value=170.0, preset_value=180.0)
    clock, state = bed(limits=[SYS_HIGH, high])
    (said,) = [one for one in tiles(state, clock.now()) if one.channel == "nibp"]
    assert (said.limits, said.changed) == ("SYS ≥ 150", "SYS high ≥ 170")
