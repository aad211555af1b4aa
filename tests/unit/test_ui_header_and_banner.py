"""The header's badges, the banner of a lost connection, and the one flash clock."""

from itertools import pairwise

import bed_scenes as scenes
import pytest
from bed_scenes import StepClock, snapshot
from msgspec import structs
from rich.console import Console

from monitor.link.client import Connection
from ui.bed_model import BedModel
from ui.presenters.audio_pause import audio_pause
from ui.presenters.connection import banner, sound_note
from ui.presenters.flash import flash_on
from ui.presenters.header import header
from ui.presenters.limits_table import limits_title
from ui.presenters.off_alarms import counted, reminder
from ui.terminal.table import screen


def bed(**changes):
    clock, model = StepClock(), BedModel()
    model.accept(scenes.connected(clock.now()), clock.now())
    model.accept(snapshot(**changes), clock.now())
    return clock, model


@pytest.mark.parametrize(
    ("changes", "badge", "role"),
    [
        pytest.param({"sound": "none"}, "NO SOUND", "warning", id="no sound configured"),
        pytest.param({"sound": "ok"}, "Sound on", "plain", id="sound"),
        pytest.param({"sound": "stalled"}, "NO SOUND: stalled", "warning", id="sound broken"),
        pytest.param({"store": "recording"}, "● Recording", "plain", id="recording"),
        pytest.param({"store": "standby"}, "Not recording", "quiet", id="standby"),
        pytest.param({"restored_after_s": 34.0}, "RESTARTED, off 0:34", "warning", id="after a restart"),
        pytest.param({"store": "failed: disk full"}, "NOT RECORDED: disk full", "warning", id="disk full"),
    ],
)
def test_badges_say_what_is_not_as_it_should_be(changes, badge, role):
    clock, model = bed(**changes)
    assert (badge, role) in [(one.text, one.role) for one in header(model.state, "anna", clock.now()).badges]


def test_simulated_and_replay_are_shown_also_without_a_connection():
    clock, model = bed(replay=True)
    model.accept(Connection("lost", "gone", clock.now()), clock.now())
    texts = [one.text for one in header(model.state, "anna", clock.now()).badges]
    assert texts == ["SIMULATED", "REPLAY"]


def test_the_session_clock_runs_and_the_user_is_unverified():
    clock, model = bed(session_age_s=3590.0)
    said = header(model.state, "anna", clock.advance(15) and clock.now())
    assert (said.session, said.user) == ("", "anna (unverified)")  # 15 s without a word: no connection
    model.accept(scenes.heartbeat(), clock.now())
    assert header(model.state, "anna", clock.now()).session == "Session 1:00:05"


def test_a_preset_that_waits_for_its_baseline_says_so_first_in_the_window_the_panel_and_the_terminal():
    note = "waits for a baseline: adult-standard until then; factory limits, not approved by this clinic"
    clock, model = bed(preset="Hypertensive baseline", preset_note=note)
    said = header(model.state, "anna", clock.now()).preset
    assert said.startswith("Hypertensive baseline: waits for a baseline: adult-standard until then")
    assert limits_title(model.state, clock.now()).note == note
    with (console := Console(width=200)).capture() as shown:
        console.print(screen(model.state, "anna", clock.now(), clock.now()))
    assert "waits for a baseline: adult-standard until then" in " ".join(shown.get().split())


def test_standby_says_so():
    clock, model = bed(session=None, session_age_s=None)
    assert header(model.state, "anna", clock.now()).session == "Standby: no session"


def test_a_service_that_is_heard_has_no_banner():
    clock, model = bed()
    assert banner(model.state, clock.now(), clock.now()) is None


@pytest.mark.parametrize(
    ("after_s", "sounds"),
    [
        pytest.param(0.5, False, id="a restart makes no noise"),
        pytest.param(2.5, True, id="2.5 s"),
        pytest.param(60, True, id="a minute"),
    ],
)
def test_a_lost_service_is_said_at_once_and_sounds_within_three_seconds(after_s, sounds):
    clock, model = bed()
    started = clock.now()
    model.accept(Connection("lost", "it closed", clock.now()), clock.now())
    clock.advance(after_s)
    said = banner(model.state, started, clock.now())
    assert said.headline == "NO CONNECTION TO THE SERVICE"
    assert said.sounds is sounds


def test_a_hung_service_is_lost_too():
    clock, model = bed()
    started = clock.now()
    said = banner(model.state, started, clock.advance(3.1))
    assert said.headline == "NO CONNECTION TO THE SERVICE"
    assert said.sounds


def test_a_window_that_just_opened_waits_three_seconds():
    clock, model = StepClock(), BedModel()
    started = clock.now()
    assert not banner(model.state, started, clock.advance(2)).sounds
    assert banner(model.state, started, clock.advance(2)).sounds


def test_an_unknown_bed_is_said():
    clock, model = StepClock(), BedModel("bed9")
    model.accept(scenes.connected(clock.now()), clock.now())
    model.accept(scenes.heartbeat(), clock.now())
    assert banner(model.state, clock.now(), clock.now()).headline == "Connected"
    clock.advance(4)
    model.accept(scenes.heartbeat(), clock.now())
    said = banner(model.state, clock.now(), clock.now())
    assert said.headline == "NO DATA FOR THIS BED"
    assert "bed9" in said.detail


def test_a_service_that_just_said_hello_is_not_lost():
    clock, model = StepClock(), BedModel()
    started = clock.now()
    clock.advance(60)
    model.accept(scenes.connected(clock.now()), clock.now())
    assert banner(model.state, started, clock.now()).headline == "Connected"


def test_a_station_that_cannot_sound_says_so():
    assert sound_note(True, False, "no sound device on this station") == (
        "Cannot sound: no sound device on this station"
    )
    assert sound_note(False, False, "x") == ""
    assert sound_note(True, True, "ok") == ""


@pytest.mark.parametrize(
    ("priority", "hz", "duty"),
    [
        pytest.param("high", (1.4, 2.8), (0.2, 0.6), id="high"),
        pytest.param("medium", (0.4, 0.8), (0.2, 0.6), id="medium"),
        pytest.param("low", (0, 0), (1, 1), id="low is steady"),
    ],
)
def test_flash_rates_are_those_of_the_specification(priority, hz, duty):
    lights = [flash_on(priority, t / 1000) for t in range(20_000)]
    rises = sum(not a and b for a, b in pairwise(lights))
    assert hz[0] <= rises / 20 <= hz[1]
    assert duty[0] <= sum(lights) / len(lights) <= duty[1]
    assert lights[0]  # all begin together


# --- the audio pause ------------------------------------------------------------------------------


def badges(model, clock):
    return [one.text for one in header(model.state, "anna", clock.now()).badges]


def test_an_audio_pause_counts_down_and_no_badge_says_that_sound_is_on():
    clock, model = bed(sound="ok")
    model.accept(scenes.board(paused_s=103.4), clock.now())
    assert "AUDIO PAUSED 1:44" in badges(model, clock)
    assert "Sound on" not in badges(model, clock)
    clock.advance(2)
    assert "AUDIO PAUSED 1:42" in badges(model, clock)
    model.accept(scenes.board(), clock.now())
    assert "Sound on" in badges(model, clock)


def test_a_station_without_sound_says_both():
    clock, model = bed(sound="none")
    model.accept(scenes.board(paused_s=60), clock.now())
    assert badges(model, clock)[-2:] == ["NO SOUND", "AUDIO PAUSED 1:00"]


def test_a_pause_is_over_when_its_time_is_and_when_nothing_is_known():
    clock, model = bed()
    model.accept(scenes.board(paused_s=2.0), clock.now())
    assert audio_pause(model.state, clock.now()).spoken == (
        "Audio paused by anna: alarms are shown, and not heard"
    )
    clock.advance(2)
    assert audio_pause(model.state, clock.now()).headline == ""
    model.accept(scenes.board(paused_s=60.0), clock.now())
    clock.advance(3.5)
    assert not audio_pause(model.state, clock.now()).running  # no sign of life: nobody knows


# --- alarms that are off ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "text"),
    [
        pytest.param(["PR_HIGH"], "ALARM OFF: Pulse high", id="one"),
        pytest.param(["PR_HIGH", "SPO2_LOW", "BATT_LOW"], "3 ALARMS OFF", id="three"),
    ],
)
def test_the_header_says_that_alarms_are_off(names, text):
    clock, model = bed()
    model.accept(scenes.board(off=[scenes.off(name) for name in names]), clock.now())
    (said,) = [one for one in header(model.state, "anna", clock.now()).badges if "OFF" in one.text]
    assert (said.text, said.role) == (text, "warning")
    assert "alarm off: Pulse high, by anna: known tachycardia" in said.spoken


def test_a_reminder_is_said_once_when_its_number_grows():
    clock, model = bed()
    model.accept(scenes.board(off=[scenes.off(reminders=2)]), clock.now())
    assert reminder(model.state, {}) == ""  # this client has just come
    before = counted(model.state)
    model.accept(scenes.board(off=[scenes.off(reminders=3)]), clock.now())
    assert reminder(model.state, before) == "Reminder: alarm off: Pulse high, by anna: known tachycardia"
    assert reminder(model.state, counted(model.state)) == ""


# --- little room -----------------------------------------------------------------------------------


def test_a_bed_that_cannot_sound_says_so_also_while_another_station_does():
    clock, model = bed(sound="stalled")
    model.accept(scenes.quiet_board(), clock.now())
    assert badges(model, clock)[-2:] == ["NO SOUND: stalled", "QUIET: sounds at station-2 (anna)"]


def test_badges_have_fewer_words_that_say_the_same():
    clock, model = bed(sound="stalled", restored_after_s=34.0, store="failed: disk full")
    model.accept(
        structs.replace(scenes.quiet_board(sounds_here=True), off=[scenes.off(), scenes.off("PR_LOW")]),
        clock.now(),
    )
    assert [one.least for one in header(model.state, "anna", clock.now()).badges] == [
        "SIMULATED", "RESTARTED", "NOT RECORDED", "2 ALARMS OFF", "NO SOUND", "QUIET: at station-2 + bed",
    ]  # fmt: skip
