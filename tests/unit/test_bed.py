"""What a bed does with readings, alarms, people's acts and restarts."""

import asyncio
import contextlib
import json
import sqlite3
from datetime import datetime, timedelta

import numpy as np
import pytest
import structlog
from bed_place import Place

from monitor.core.clock import Nanos, seconds
from monitor.core.types import (
    CuffPhase,
    CuffState,
    DeviceInfo,
    DeviceStatus,
    InfoField,
    LinkState,
    Nibp,
    Numeric,
    Reason,
    StatusCode,
    Waveform,
)
from monitor.core.types import DeviceLink as Link
from monitor.core.units import Unit
from monitor.link import messages


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.recorder.close(ended=False)


def acknowledge(place, seen, identity="c1", user="nurse"):
    return messages.Command(
        id=identity,
        bed="bed1",
        name="acknowledge",
        user=user,
        args={"occurrences": [list(pair) for pair in seen]},
    )


def _is_numbered(message):
    """A snapshot repeats the number it is true at."""
    return isinstance(message, messages.BedMessage) and not isinstance(message, messages.Snapshot)


def test_a_desaturation_is_told_in_sequence_and_written_down(place):
    place.breathe(97, 5)
    place.breathe(82, 6)
    (start,) = [
        alarm
        for alarm in place.of(messages.Alarm)
        if (alarm.condition, alarm.event) == ("SPO2_DESAT", "start")
    ]
    assert (start.priority, start.value, start.limit, start.simulated) == ("high", 82.0, 85.0, True)
    assert place.of(messages.AlarmBoard)[-1].highest == "high"
    numbers = [message.seq for message in place.said if _is_numbered(message)]
    assert numbers == list(range(1, len(numbers) + 1))
    written = [
        body["occurrence"] for kind, body in place.journal() if kind == "alarm" and body["event"] == "start"
    ]
    assert start.occurrence in written


async def test_an_acknowledgement_is_durable_before_the_reply_and_answered_once(place):
    place.breathe(82, 10)
    row = place.of(messages.AlarmBoard)[-1].rows[0]
    seen = [(member.occurrence, member.priority) for member in row.members]
    first = await place.bed.command(acknowledge(place, seen))
    again = await place.bed.command(acknowledge(place, seen))
    assert (first.ok, again) == (True, first)
    kinds = [kind for kind, _ in place.journal()]
    assert kinds.count("acknowledge") == 1
    assert kinds.index("acknowledge") < kinds.index("acknowledged")
    assert place.of(messages.AlarmBoard)[-1].sounding is None


@pytest.mark.parametrize(
    ("seen", "user", "expected"),
    [
        pytest.param([("no-such", "high")], "nurse", False, id="ended or unknown occurrence"),
        pytest.param([], "nurse", False, id="nothing named"),
        pytest.param([("x",)], "nurse", False, id="malformed"),
        pytest.param([("no-such", "high")], " ", False, id="no user"),
        pytest.param([("no-such", "high")], "ann\x1b[2J", False, id="a user that would clear a terminal"),
        pytest.param([("no-such", "high")], "n" * 81, False, id="a user longer than a name"),
        pytest.param([("no-such", "high")], "\u200b", False, id="a user that nobody can see"),
        pytest.param([("o" * 81, "high")], "nurse", False, id="an occurrence longer than any"),
        pytest.param([("no-such", "urgent")], "nurse", False, id="no such priority"),
    ],
)
async def test_a_wrong_acknowledgement_is_refused_in_words(place, seen, user, expected):
    reply = await place.bed.command(acknowledge(place, seen, user=user))
    assert reply.ok is expected
    assert reply.text


async def test_an_unknown_command_is_refused(place):
    reply = await place.bed.command(messages.Command(id="c", bed="bed1", name="inflate", user="nurse"))
    assert not reply.ok and "inflate" in reply.text


async def test_one_failed_acknowledgement_does_not_hang_its_repeats(place):
    jobs = [place.bed.command(acknowledge(place, [("x", "high")], identity="same")) for _ in range(3)]
    replies = await asyncio.gather(*jobs)
    assert replies[0] == replies[1] == replies[2]


def test_no_reading_is_told_with_its_reason_and_the_gate_refuses_the_impossible(place):
    place.spo2(None, Reason.SENSOR_OFF)
    place.clock.forward(1)
    place.spo2(250)
    told = place.of(messages.Numeric)
    assert [(message.value, message.reason) for message in told] == [
        (None, "sensor_off"),
        (None, "out_of_range"),
    ]


def test_a_stored_cuff_reading_is_recorded_and_is_not_the_pressure_now(place):
    place.bed.accept(Nibp("cuff", place.clock.now(), 190, 120, 140, 80, stored=True))
    assert place.bed.snapshot().nibp is None


def test_a_snapshot_tells_a_late_comer_everything(place):
    place.bed.accept(Link("ox", place.clock.now(), LinkState.CONNECTED, simulated=True))
    place.breathe(97, 20)
    samples = np.arange(25, dtype=np.int16)
    place.bed.accept(Waveform("ox", "pleth", place.clock.now(), 75.0, samples, lost=3, simulated=True))
    snapshot = place.bed.snapshot()
    assert [device.state for device in snapshot.devices] == ["connected"]
    assert [(n.channel, n.value) for n in snapshot.numerics] == [("spo2", 97.0)]
    assert snapshot.trend[0].values[-1] == 97.0
    assert (snapshot.waveforms, snapshot.store, snapshot.session) == (["pleth"], "recording", "s")
    assert {limit.condition for limit in snapshot.limits} >= {"SPO2_LOW", "SPO2_DESAT", "SYS_HIGH"}
    (wave,) = place.of(messages.Waveform)
    assert (wave.first, np.frombuffer(wave.samples, "<i2").tolist()) == (3, samples.tolist())


def test_of_two_oximeters_one_is_shown_and_both_are_judged(place):
    for _ in range(30):
        place.clock.forward(1)
        place.spo2(97)
        place.spo2(84, device="ring")
    shown = {(n.device, n.shown) for n in place.of(messages.Numeric)}
    assert shown == {("ox", True), ("ring", False)}
    assert place.bed.snapshot().sources == {"spo2": "ox"}
    assert {value for trend in place.bed.snapshot().trend for value in trend.values} == {97.0}
    assert ("SPO2_LOW", "ring") in {(a.condition, a.device) for a in place.of(messages.Alarm)}


def test_the_other_oximeter_takes_over_and_the_journal_says_so(place):
    place.spo2(97)
    for _ in range(15):
        place.clock.forward(1)
        place.spo2(96, device="ring")
    assert place.of(messages.Snapshot)[-1].sources == {"spo2": "ring"}
    moved = {"channel": "spo2", "device": "ring", "instead_of": "ox"}
    assert ("source", moved) in place.journal()


def test_a_reading_from_memory_is_written_down_and_never_shown(place):
    now = place.clock.now()
    old = datetime(2026, 11, 23, 9, 0)
    place.bed.accept(Numeric("ox", "spo2", now, 71, Unit.PERCENT, device_time=old, stored=True))
    assert (place.of(messages.Numeric), place.bed.snapshot().numerics) == ([], [])
    body = {"device": "ox", "channel": "spo2", "value": 71, "unit": "%", "device_time": "2026-11-23T09:00:00"}
    assert ("stored_reading", body) in place.journal()


def test_a_channel_that_the_bed_does_not_use_is_left_out(place):
    place.bed.accept(Numeric("ring", "pulse_rate", place.clock.now(), 71, Unit.PER_MIN))
    assert place.of(messages.Numeric) == []


def test_what_a_device_says_of_itself_is_told_once(place):
    place.bed.accept(Link("ox", place.clock.now(), LinkState.CONNECTED))
    for _ in range(3):
        place.bed.accept(DeviceInfo("ox", place.clock.now(), InfoField.SERIAL, "501234"))
    assert [device.info for device in place.of(messages.Device)] == [{}, {"serial": "501234"}]
    assert [kind for kind, _ in place.journal()].count("device_info") == 1


def test_the_flags_of_a_device_that_is_lost_are_not_known_any_more(place):
    place.bed.accept(Link("ox", place.clock.now(), LinkState.CONNECTED))
    place.bed.accept(DeviceStatus("ox", place.clock.now(), StatusCode.SENSOR_OFF, True))
    assert place.of(messages.Device)[-1].status == ["sensor_off"]
    place.bed.accept(Link("ox", place.clock.now(), LinkState.LOST))
    assert place.of(messages.Device)[-1].status == []


def test_what_a_cuff_does_reaches_those_who_are_here_and_those_who_come(place):
    now = place.clock.now()
    due = Nanos(now + seconds(300))
    place.bed.accept(CuffState("cuff", now, CuffPhase.IDLE, 300.0, due))
    place.clock.forward(10)
    assert [cuff.due_in_s for cuff in place.of(messages.Cuff)] == [300.0]
    (late,) = place.bed.snapshot().cuffs
    assert (late.phase, late.interval_s, late.due_in_s) == ("idle", 300.0, 290.0)


# --- the audio pause ------------------------------------------------------------------------------


def act(name, identity="p1", user="anna", **args):
    return messages.Command(id=identity, bed="bed1", name=name, user=user, role="clinician", args=args)


async def test_a_pause_is_durable_before_it_is_quiet_and_counts_down(place):
    place.breathe(82, 10)
    reply = await place.bed.command(act("pause", seconds=90))
    assert (reply.ok, reply.text) == (True, "audio paused for 90 s")
    board = place.of(messages.AlarmBoard)[-1]
    assert (board.sounding, board.highest, board.paused_s, board.paused_by) == (None, "high", 90.0, "anna")
    kinds = [kind for kind, _ in place.journal()]
    assert kinds.index("act") < kinds.index("audio_paused") < kinds.index("act_answered")
    place.breathe(82, 30)
    assert place.bed.snapshot().board.paused_s == 60.0
    ended = await place.bed.command(act("resume", "p2"))
    assert ended.ok
    assert (place.of(messages.AlarmBoard)[-1].sounding, place.bed.snapshot().board.paused_s) == ("high", 0.0)


async def test_a_pause_that_is_broken_says_why_in_the_journal(place):
    place.breathe(97, 40)
    await place.bed.command(act("pause", seconds=120))
    place.breathe(82, 6)
    assert place.of(messages.AlarmBoard)[-1].sounding == "high"
    assert ("audio_pause_ended", {"reason": "broken by SPO2_DESAT"}) in place.journal()


async def test_a_pause_does_not_quiet_what_came_while_the_disk_was_slow(place, monkeypatch):
    place.breathe(97, 40)
    durable = place.bed.durable

    async def slow(writing):
        if place.of(messages.AlarmBoard)[-1].highest != "high":
            place.breathe(82, 6)
        return await durable(writing)

    monkeypatch.setattr(place.bed, "durable", slow)
    reply = await place.bed.command(act("pause", seconds=60))
    assert (reply.ok, place.of(messages.AlarmBoard)[-1].sounding) == (False, "high")


@pytest.mark.parametrize(
    "args",
    [{}, {"seconds": 121}, {"seconds": 0}, {"seconds": True}, {"seconds": "60"}, {"seconds": float("nan")}],
)
async def test_a_pause_of_no_length_or_too_long_is_refused_in_words(place, args):
    reply = await place.bed.command(act("pause", **args))
    assert not reply.ok
    assert "second" in reply.text
    assert place.bed.snapshot().board.paused_s == 0


async def test_a_pause_needs_a_named_user(place):
    assert not (await place.bed.command(act("pause", user=" ", seconds=60))).ok


@pytest.mark.parametrize("acknowledged", [False, True])
async def test_a_session_does_not_end_silently_on_what_nobody_acknowledged(place, acknowledged):
    place.breathe(97, 5)
    place.breathe(82, 10)
    if acknowledged:
        rows = place.bed.snapshot().board.rows
        seen = [[m.occurrence, m.priority] for row in rows for m in row.members]
        named = messages.Command(
            id="a1", bed="bed1", name="acknowledge", user="anna", args={"occurrences": seen}
        )
        await place.bed.command(named)
    with structlog.testing.capture_logs() as logged:
        place.bed.close(ended=True)
    with contextlib.closing(sqlite3.connect(place.path)) as store:
        ((written,),) = store.execute("SELECT body FROM journal WHERE kind = 'session_end'")
    body = json.loads(written)
    said = [one for one in logged if "nobody had acknowledged" in one["event"]]
    if acknowledged:
        assert (body["unacknowledged"], said) == ([], [])
        return
    assert ("SPO2_DESAT", "high", "unack") in [
        (one["condition"], one["priority"], one["state"]) for one in body["unacknowledged"]
    ]
    assert said[0]["log_level"] == "warning"
    assert any("SpO2 82" in text for text in said[0]["alarms"])


async def test_a_repeated_pause_gets_the_first_answer(place):
    first = await place.bed.command(act("pause", seconds=60))
    place.clock.forward(10)
    assert await place.bed.command(act("pause", seconds=60)) == first
    assert [kind for kind, _ in place.journal()].count("audio_paused") == 1


async def test_a_pause_of_one_row_is_on_the_row_and_in_the_journal(place):
    place.breathe(82, 10)
    (row,) = place.bed.snapshot().board.rows
    ids = [member.occurrence for member in row.members]
    reply = await place.bed.command(act("pause", seconds=90, occurrences=ids))
    assert (reply.ok, reply.text) == (True, "audio of this alarm paused for 90 s")
    board = place.of(messages.AlarmBoard)[-1]
    assert (board.sounding, board.paused_s) == (None, 0.0)
    assert [(row.paused_s, row.paused_by) for row in board.rows] == [(90.0, "anna")]
    told = [body for kind, body in place.journal() if kind == "audio_paused"]
    assert {body["occurrence"] for body in told} <= set(ids)
    await place.bed.command(act("resume", "p2", occurrences=ids))
    assert place.of(messages.AlarmBoard)[-1].sounding == "high"


@pytest.mark.parametrize("named", [[], "o1", [1], [""], ["x"] * 51, {"a": 1}, None])
async def test_a_row_that_is_not_named_well_is_not_paused_and_neither_is_all(place, named):
    place.breathe(82, 10)
    for name in ("pause", "resume"):
        reply = await place.bed.command(act(name, name, seconds=60, occurrences=named))
        assert (reply.ok, reply.text) == (False, "name the occurrences of one row, or none for all audio")
    assert place.of(messages.AlarmBoard)[-1].sounding == "high"


# --- what became of an alarm ----------------------------------------------------------------------


async def test_an_outcome_is_written_down_and_may_be_told_again(place):
    place.breathe(82, 10)
    occurrence = place.bed.snapshot().board.rows[0].members[0].occurrence
    first = await place.bed.command(
        act("outcome", "o1", occurrence=occurrence, outcome="artefact", text="moved")
    )
    again = await place.bed.command(act("outcome", "o2", user="ben", occurrence=occurrence, outcome="acted"))
    assert (first.ok, first.text) == (True, "SPO2_DESAT: artefact")
    assert (again.ok, again.text) == (True, "SPO2_DESAT: acted (was artefact)")
    about = {"condition": "SPO2_DESAT", "occurrence": occurrence}
    assert [body for kind, body in place.journal() if kind == "outcome"] == [
        {**about, "user": "anna", "outcome": "artefact", "text": "moved"},
        {**about, "user": "ben", "outcome": "acted"},
    ]
    assert place.of(messages.AlarmBoard)[-1].sounding == "high"


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"outcome": "acted"}, "no such alarm"),
        ({"occurrence": "of another day", "outcome": "acted"}, "no such alarm"),
        ({"occurrence": 7, "outcome": "acted"}, "no such alarm"),
        ({"occurrence": "x", "outcome": "good"}, "say one of acted, noted, false, artefact"),
        ({"occurrence": "x", "outcome": ["acted"]}, "say one of"),
        ({"occurrence": "x", "outcome": "acted", "text": "a" * 201}, "printable, at most 200"),
        ({"occurrence": "x", "outcome": "acted", "text": "a\nb"}, "printable"),
    ],
)
async def test_an_outcome_that_says_nothing_is_refused_in_words(place, args, why):
    reply = await place.bed.command(act("outcome", **args))
    assert (reply.ok, why in reply.text) == (False, True)
    assert "outcome" not in [kind for kind, _ in place.journal()]


# --- alarms turned off ----------------------------------------------------------------------------


async def test_an_alarm_is_turned_off_with_user_and_reason_durable_and_back_on(place):
    place.breathe(97, 2)
    reply = await place.bed.command(act("off", condition="PR_HIGH", reason="known tachycardia"))
    assert reply.ok
    (off,) = place.of(messages.AlarmBoard)[-1].off
    assert (off.condition, off.channels, off.by, off.reason) == (
        "PR_HIGH",
        ["pulse_rate"],
        "anna",
        "known tachycardia",
    )
    entry = {"condition": "PR_HIGH", "user": "anna", "reason": "known tachycardia"}
    assert ("alarm_off", entry) in place.journal()
    kinds = [kind for kind, _ in place.journal()]
    assert kinds.index("act") < kinds.index("alarm_off")
    place.breathe(97, 30)
    assert place.bed.snapshot().board.off[0].age_s == 30.0
    assert (await place.bed.command(act("on", "p2", condition="PR_HIGH"))).ok
    assert place.of(messages.AlarmBoard)[-1].off == []
    assert ("alarm_on", {"condition": "PR_HIGH", "user": "anna"}) in place.journal()


async def test_a_reminder_reaches_the_clients(place):
    await place.bed.command(act("off", condition="PR_HIGH", reason="talks"))
    place.breathe(97, 181)
    assert place.of(messages.AlarmBoard)[-1].off[0].reminders == 1
    assert ("alarm_off_reminder", {"condition": "PR_HIGH"}) in place.journal()


@pytest.mark.parametrize(
    ("args", "text"),
    [
        pytest.param({"condition": "SPO2_DESAT", "reason": "noise"}, "never off", id="never off"),
        pytest.param({"condition": "SPO2_LOW", "reason": "noise"}, "acknowledge first", id="it sounds"),
        pytest.param({"condition": "PR_HIGH"}, "say why", id="no reason"),
        pytest.param({"condition": "PR_HIGH", "reason": 5}, "say why", id="a reason that is no text"),
        pytest.param({"condition": ["x"], "reason": "noise"}, "no alarm", id="no condition"),
        pytest.param({"condition": "PR" * 999, "reason": "noise"}, "no alarm", id="far too long"),
    ],
)
async def test_what_must_not_be_turned_off_is_refused_in_words(place, args, text):
    place.breathe(88, 15)
    reply = await place.bed.command(act("off", **args))
    assert not reply.ok
    assert text in reply.text
    assert place.bed.snapshot().board.off == []
    (answered,) = [body for kind, body in place.journal() if kind == "act_answered"]
    assert answered["ok"] is False


# --- clocks, and a cuff's schedule ---------------------------------------------------------------


def _clock_alarms(place):
    return [(a.event, a.text) for a in place.of(messages.Alarm) if a.condition == "CLOCK_STEP"]


def test_a_wall_clock_that_is_set_is_told_low_and_moves_no_alarm(place):
    place.breathe(97, 5)
    place.clock.ahead = timedelta(hours=1)
    place.breathe(97, 2)
    place.clock.ahead = timedelta()
    place.breathe(97, 2)
    (start, text), (end, _) = _clock_alarms(place)
    assert (start, end) == ("start", "end")
    assert text.startswith("Clock is wrong or was changed: the station's clock was set forward by 60 min")


def test_a_device_with_another_time_is_named(place):
    for _ in range(3):
        place.clock.forward(1)
        local = place.clock.utc().astimezone().replace(tzinfo=None) - timedelta(minutes=10)
        now = place.clock.now()
        place.bed.accept(Numeric("ox", "spo2", now, 97.0, Unit.PERCENT, device_time=local, simulated=True))
        place.bed.tick()
    assert _clock_alarms(place) == [
        ("start", "Clock is wrong or was changed: the clock of ox is 10 min behind")
    ]


def test_a_schedule_that_the_cuff_does_not_keep_is_told(place):
    place.bed.accept(CuffState("cuff", place.clock.now(), CuffPhase.IDLE, 60.0))
    place.breathe(97, 119)
    assert [a for a in place.of(messages.Alarm) if a.condition == "BP_OVERDUE"] == []
    place.breathe(97, 1)
    (told,) = [a for a in place.of(messages.Alarm) if a.condition == "BP_OVERDUE"]
    assert (told.event, told.priority) == ("start", "medium")
