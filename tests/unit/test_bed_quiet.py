"""A bed whose sound another station takes, holds, loses and gives back."""

import pytest
from bed_place import Place

from monitor.link import messages


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.recorder.close(ended=False)


def command(name, identity, user="anna", station="station-2", **args):
    return messages.Command(
        id=identity, bed="bed1", name=name, user=user, station=station, role="nurse", args=args
    )


async def take(place):
    """Take the sound as anna at station-2, test heard; return the answer of the first beat."""
    [offer] = (await place.bed.command(command("take_sound", "lease"))).results
    place.clock.forward(3)
    first = command("hold_sound", "b0", lease="lease", echo=offer["echo"], age_s=3.0, heard=True)
    reply = await place.bed.command(first)
    assert reply.ok, reply.text
    return reply.results[0]


def board(place):
    return place.of(messages.AlarmBoard)[-1]


async def test_a_taken_sound_is_said_on_every_board_and_in_the_journal(place):
    place.breathe(97, 5)
    await take(place)
    shown = board(place)
    assert (shown.quiet.by, shown.quiet.station, shown.quiet.state) == ("anna", "station-2", "held")
    assert shown.sounds_here is False
    assert place.bed.snapshot().board.quiet.state == "held"
    kinds = dict(place.journal())
    assert kinds["sound_taken"] == {"user": "anna", "role": "nurse", "station": "station-2"}


async def test_beats_write_nothing_and_push_no_answer_out(place):
    answer = await take(place)
    before = len(place.journal())
    for number in range(600):
        place.clock.forward(2)
        beat = command("hold_sound", f"b{number}", lease="lease", echo=answer["echo"], age_s=2.0)
        [answer] = (await place.bed.command(beat)).results
        assert answer["held"]
    assert len(place.journal()) == before
    assert len(place.bed._commands._answers) == 1


async def test_a_loss_sounds_at_the_bed_at_its_moment_and_is_an_alarm(place):
    await take(place)
    place.clock.forward(5.999)
    place.bed.look_at_quiet()
    assert board(place).sounds_here is False
    place.clock.forward(0.001)
    assert place.bed.quiet_due() == place.clock.now()
    place.bed.look_at_quiet()
    shown = board(place)
    assert (shown.sounds_here, shown.sounding, shown.quiet.state) == (True, "medium", "lost")
    assert shown.rows[0].members[0].condition == "REMOTE_LOST"
    assert "sound_lost" in dict(place.journal())


async def test_it_is_given_back_by_anybody_at_the_bed_and_says_who(place):
    await take(place)
    reply = await place.bed.command(command("give_back_sound", "g", user="cora", station="room-1"))
    assert reply.ok, reply.text
    assert (board(place).quiet, board(place).sounds_here, board(place).rows) == (None, True, [])
    assert dict(place.journal())["sound_given_back"]["user"] == "cora"


async def test_another_station_is_refused_and_told_who_has_it(place):
    await take(place)
    reply = await place.bed.command(command("take_sound", "l2", user="ben", station="station-3"))
    assert (reply.ok, reply.text) == (False, "the sound is held by station-2 (anna): end that first")


@pytest.mark.parametrize(
    "args",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"lease": 1, "echo": "1", "age_s": 0}, id="a lease that is no text"),
        pytest.param({"lease": "lease", "echo": 5, "age_s": 0}, id="an echo that is no text"),
        pytest.param({"lease": "lease", "echo": "1", "age_s": True}, id="an age that is none"),
        pytest.param({"lease": "x" * 999, "echo": "1", "age_s": 0}, id="a long lease"),
    ],
)
async def test_what_is_no_beat_is_refused_in_words(place, args):
    reply = await place.bed.command(command("hold_sound", "b", **args))
    assert (reply.ok, reply.text) == (False, "a beat names lease, echo and age_s")


async def test_who_has_no_name_takes_nothing(place):
    reply = await place.bed.command(command("take_sound", "l", user=" "))
    assert not reply.ok
    reply = await place.bed.command(command("take_sound", "l2", station=""))
    assert (reply.ok, reply.text) == (False, "say which station takes the sound")


async def test_an_engine_state_of_an_older_station_has_no_quiet_room(place):
    dump = place.bed._engine.dump()
    del dump["quiet"]
    from alarms.engine import Engine

    engine, _ = Engine.restore(
        place.bed._engine.preset, (), dump, place.clock.now(), gap_s=1.0, ids=lambda: "id"
    )
    assert engine.sounds_here
