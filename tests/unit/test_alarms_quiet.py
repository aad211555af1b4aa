"""The lease of the quiet room: who may take the sound, what a beat proves, and when it is lost."""

import pytest
from alarm_bed import AlarmBed

from alarms.engine import Engine
from alarms.quiet import Beat, Holder, Quiet, QuietRoom
from monitor.core.clock import seconds

ANNA = Holder("lease-1", "anna", "station-2", "nurse")
BEN = Holder("lease-2", "ben", "station-3")


def echo_of(result):
    return result.results[0]["echo"]


def taken(room, holder=ANNA, at=0.0):
    """Take the sound with the test heard; return the answer of the first beat."""
    offered = room.offer(holder, seconds(at))
    assert offered.ok, offered.text
    held = room.hold(Beat(holder, echo_of(offered), 0.0, heard=True), seconds(at))
    assert held.ok, held.text
    return held


def beat(room, answer, age_s, at, holder=ANNA):
    return room.hold(Beat(holder, echo_of(answer), age_s), seconds(at))


def test_an_offer_alone_leaves_the_bed_sounding():
    room = QuietRoom()
    assert room.offer(ANNA, seconds(0)).ok
    room.pass_time(seconds(60))
    assert room.state is Quiet.OFF


def test_nobody_holds_without_having_heard_the_test():
    room = QuietRoom()
    offered = room.offer(ANNA, seconds(0))
    refused = room.hold(Beat(ANNA, echo_of(offered), 1.0), seconds(1))
    assert (refused.ok, refused.text) == (False, "a person there must say that the test was heard")
    assert room.state is Quiet.OFF


@pytest.mark.parametrize(
    ("holder", "echo", "age_s", "at"),
    [
        pytest.param(BEN, "0", 1.0, 1, id="another's lease"),
        pytest.param(ANNA, "0", 120.0, 121, id="a test of too long ago"),
        pytest.param(ANNA, "0", 1.0, 8, id="a beat of 7 s ago"),
        pytest.param(ANNA, "99999999999999", 0.0, 1, id="an answer of the future"),
        pytest.param(ANNA, "yesterday", 0.0, 1, id="no answer"),
        pytest.param(ANNA, "0", -1.0, 1, id="before the answer"),
        pytest.param(ANNA, "0", float("nan"), 1, id="no number"),
    ],
)
def test_a_first_beat_that_proves_nothing_takes_nothing(holder, echo, age_s, at):
    room = QuietRoom()
    room.offer(ANNA, seconds(0))
    assert not room.hold(Beat(holder, echo, age_s, heard=True), seconds(at)).ok
    assert room.state is Quiet.OFF


def test_while_it_is_held_nobody_else_takes_it_and_is_told_who_has_it():
    room = QuietRoom()
    taken(room)
    refused = room.offer(BEN, seconds(1))
    assert (refused.ok, refused.text) == (
        False,
        "the sound is held by station-2 (anna): end that first",
    )


def test_six_seconds_without_a_beat_are_a_loss_and_not_one_moment_less():
    room = QuietRoom()
    taken(room)
    room.pass_time(seconds(5.999))
    assert room.state is Quiet.HELD
    room.pass_time(seconds(6))
    assert room.state is Quiet.LOST
    assert [act.act for act in room.take()] == ["sound_taken", "sound_lost"]


def test_a_beat_in_time_keeps_it():
    room = QuietRoom()
    answer = taken(room)
    for at in range(2, 61, 2):
        answer = beat(room, answer, 2.0, at)
        assert answer.ok
    room.pass_time(seconds(65.9))
    assert room.state is Quiet.HELD


def test_a_late_beat_proves_only_when_it_was_sent():
    room = QuietRoom()
    answer = taken(room)
    assert beat(room, answer, 2.0, 5.5).ok, "sent at 2 s, came at 5.5 s"
    room.pass_time(seconds(8))
    assert room.state is Quiet.LOST


def test_the_same_beat_again_and_again_keeps_nothing():
    room = QuietRoom()
    answer = taken(room)
    for at in (1, 2, 3, 4, 5):
        beat(room, answer, 1.0, at)
    room.pass_time(seconds(7))
    assert room.state is Quiet.LOST


def test_a_lost_lease_is_not_taken_up_by_a_beat():
    room = QuietRoom()
    answer = taken(room)
    assert not beat(room, answer, 6.5, 6.5).ok
    assert room.state is Quiet.LOST
    taken(room, BEN, at=20)
    assert room.state is Quiet.HELD


@pytest.mark.parametrize("lease", ["", "lease-1"], ids=["a person at the bed", "its holder"])
def test_it_is_given_back_without_an_alarm(lease):
    room = QuietRoom()
    taken(room)
    assert room.give_back(Holder(lease, "cora", "room-1"), seconds(3)).ok
    assert room.state is Quiet.OFF
    assert [(act.act, act.user) for act in room.take()] == [
        ("sound_taken", "anna"),
        ("sound_given_back", "cora"),
    ]


def test_a_lease_of_before_ends_no_later_one():
    room = QuietRoom()
    taken(room)
    assert not room.give_back(Holder("lease-0", "anna", "station-2"), seconds(3)).ok
    assert room.state is Quiet.HELD


# --- at a bed ------------------------------------------------------------------------------------


def quiet_bed():
    """A bed whose sound is held from 5 s on, and the answer that its holder heard."""
    bed = AlarmBed()
    bed.hold("spo2", 97, 0, 5)
    bed.engine.quiet.offer(ANNA, seconds(5))
    answer = bed.engine.quiet.hold(Beat(ANNA, str(seconds(5)), 0.0, heard=True), seconds(5))
    bed._keep(bed.engine.look_at_quiet(seconds(5)))
    return bed, answer


def beating(bed, answer, value, start, end):
    """Let values and beats come until `end`; return the last answer."""
    for t in range(start, end + 1):
        if t % 2 == 1:
            answer = bed.engine.quiet.hold(Beat(ANNA, echo_of(answer), 2.0), seconds(t))
            assert answer.ok, answer.text
        bed.value("spo2", value, t)
        bed.value("pulse_rate", 70, t)
        bed.tick(t)
    return answer


def test_the_bed_is_quiet_while_it_is_held_and_sounds_when_it_is_lost():
    bed, answer = quiet_bed()
    beating(bed, answer, 97, 6, 20)
    assert not bed.engine.sounds_here
    bed.hold("spo2", 97, 21, 24)
    assert not bed.engine.sounds_here
    assert bed.state("REMOTE_LOST") == "normal"
    bed.hold("spo2", 97, 25, 25)
    assert bed.engine.sounds_here
    assert bed.engine.sounding.label == "medium"
    assert bed.texts()[0].startswith("Remote alarm sound lost: station-2 (anna) sounds no more")


def test_a_high_alarm_that_nobody_answers_for_60_s_sounds_at_the_bed_too():
    """SESSION_UNATTENDED of alarms 7.4: its step in a quiet room."""
    bed, answer = quiet_bed()
    answer = beating(bed, answer, 80, 6, 60)
    [start] = [e.t for e in bed.events if (e.event, e.condition) == ("start", "SPO2_DESAT")]
    first = start // 10**9
    answer = beating(bed, answer, 80, 61, first + 59)
    assert not bed.engine.sounds_here
    answer = beating(bed, answer, 80, first + 60, first + 60)
    assert bed.engine.sounds_here
    assert bed.engine.quiet.state is Quiet.HELD
    assert bed.acknowledge()
    assert not bed.engine.sounds_here


def test_the_session_s_end_ends_it():
    bed, _ = quiet_bed()
    bed._keep(bed.engine.close_session(seconds(6)))
    assert (bed.engine.quiet.state, bed.engine.sounds_here) == (Quiet.OFF, True)


@pytest.mark.parametrize(("gap_s", "dump_t"), [(1.0, None), (40.0, None), (float("inf"), 0)])
def test_after_a_restart_the_bed_sounds_and_alarms_unless_the_holder_is_back_in_time(gap_s, dump_t):
    bed, _ = quiet_bed()
    now = seconds(100)
    engine, _ = Engine.restore(
        bed.engine.preset, bed.devices, bed.engine.dump(), now, gap_s=gap_s, ids=bed.new_id, dump_t=dump_t
    )
    assert engine.sounds_here
    for t in range(1, 7):
        engine.tick(seconds(100 + t))
    assert engine.state_of("REMOTE_LOST") == "unack"


def test_a_holder_that_beats_within_six_seconds_of_a_restart_goes_on():
    bed, answer = quiet_bed()
    engine, _ = Engine.restore(
        bed.engine.preset, bed.devices, bed.engine.dump(), seconds(20), gap_s=10.0, ids=bed.new_id
    )
    assert engine.sounds_here
    assert engine.quiet.hold(Beat(ANNA, echo_of(answer), 18.0), seconds(24)).ok
    engine.look_at_quiet(seconds(24))
    assert not engine.sounds_here
    engine.tick(seconds(27))
    assert engine.state_of("REMOTE_LOST") == "normal"


def test_remote_lost_ends_when_the_sound_is_held_again_or_a_person_ends_it():
    bed, _ = quiet_bed()
    bed.tick(12)
    assert bed.state("REMOTE_LOST") == "unack"
    taken(bed.engine.quiet, BEN, at=13)
    bed._keep(bed.engine.look_at_quiet(seconds(13)))
    assert bed.state("REMOTE_LOST") == "normal"
    bed.tick(20)
    assert bed.state("REMOTE_LOST") == "unack"
    assert bed.engine.quiet.give_back(Holder("", "cora", "room-1"), seconds(21)).ok
    bed._keep(bed.engine.look_at_quiet(seconds(21)))
    assert bed.state("REMOTE_LOST") == "normal"


@pytest.mark.parametrize("row", [False, True], ids=["the bed's audio", "one row's audio"])
def test_a_lost_holder_ends_every_audio_pause_and_calls_the_next_person(row):
    bed = AlarmBed()
    bed.hold("spo2", 97, 0, 2)
    taken(bed.engine.quiet, at=2)
    bed.hold("spo2", 80, 3, 6)
    assert (bed.pause_row(120, "SPO2_DESAT") if row else bed.pause(120)).ok
    bed.hold("spo2", 80, 7, 9)
    assert bed.sounding is not None and bed.engine.sounds_here
    assert bed.sounding.label == "high"
    assert {one.calls for one in bed.engine.rows(bed.nanos())} == {"second person"}
