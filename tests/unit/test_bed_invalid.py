"""A person marks a cuff reading invalid at a bed: the answer, the journal, every client, the restart."""

import pytest
from bed_place import Place

from monitor.core.types import Nibp
from monitor.link import messages
from monitor.record.resume import read_back
from monitor.record.verify import verify
from monitor.replay import session
from monitor.replay.judge import Judge
from ui.bed_model import BedModel
from ui.presenters.mark_menu import mark_menu
from ui.presenters.tiles import nibp_tile


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.recorder.close(ended=False)


def measure(place, sys, dia=80.0):
    place.clock.forward(60)
    place.bed.accept(Nibp("cuff", place.clock.now(), sys, dia, 95.0, 70.0, simulated=True))
    return place.of(messages.Nibp)[-1].id


def command(name, reading, identity, reason="cuff slipped"):
    args = {"reading": reading, "reason": reason}
    return messages.Command(
        id=identity, bed="bed1", name=name, user="anna", role="nurse", station="room-1", args=args
    )


async def test_it_ends_the_alarm_and_everybody_is_told(place):
    measure(place, 130.0)
    reading = measure(place, 184.0)
    reply = await place.bed.command(command("invalidate", reading, "c1"))
    assert (reply.ok, reply.text) == (True, "184/80 is marked invalid")
    ended = [one for one in place.of(messages.Alarm) if one.event == "end"]
    assert {one.reason for one in ended} == {"invalidated"}
    again = place.of(messages.Nibp)[-1]
    assert (again.id, again.invalid, again.invalid_by, again.nibp_sys) == (
        reading,
        "cuff slipped",
        "anna",
        184.0,
    )
    late = place.bed.snapshot()
    assert late.nibp is not None
    assert late.nibp.nibp_sys == 130.0
    assert [one.invalid for one in late.nibps] == ["", "cuff slipped"]
    assert next(one.values for one in late.trend if one.channel == "nibp_sys") == [130.0, None]
    (body,) = [body for kind, body in place.journal() if kind == "reading_invalid"]
    said = {key: body[key] for key in ("user", "role", "station", "reason", "reading", "nibp_sys", "device")}
    assert said == {
        "user": "anna", "role": "nurse", "station": "room-1", "reason": "cuff slipped", "reading": reading,
        "nibp_sys": 184.0, "device": "cuff",
    }  # fmt: skip


async def test_a_command_counts_once_and_a_second_one_is_told_by_whom(place):
    reading = measure(place, 184.0)
    first = await place.bed.command(command("invalidate", reading, "c1"))
    assert await place.bed.command(command("invalidate", reading, "c1")) == first
    again = await place.bed.command(command("invalidate", reading, "c2"))
    assert (again.ok, again.text) == (False, "already marked invalid by anna: cuff slipped")
    assert [kind for kind, _ in place.journal()].count("reading_invalid") == 1


@pytest.mark.parametrize("reading", ["", "cuff:1", None, 7, "x" * 500])
async def test_an_unknown_reading_is_refused(place, reading):
    measure(place, 184.0)
    reply = await place.bed.command(command("invalidate", reading, "c1"))
    assert not reply.ok
    assert "no such reading" in reply.text


async def test_the_mark_is_taken_back_and_the_alarm_is_there(place):
    reading = measure(place, 184.0)
    await place.bed.command(command("invalidate", reading, "c1"))
    assert place.bed.snapshot().board.rows == []
    reply = await place.bed.command(command("validate", reading, "c2", "marked by mistake"))
    assert reply.ok
    assert place.bed.snapshot().board.highest == "high"
    assert place.bed.snapshot().nibps[-1].invalid == ""


async def test_after_a_restart_the_mark_is_still_there(place, tmp_path):
    measure(place, 130.0)
    reading = measure(place, 184.0)
    await place.bed.command(command("invalidate", reading, "c1"))
    place.recorder.flush().result(10)
    other = Place(tmp_path / "other")
    other.clock.t = place.clock.t
    other.bed.restore(read_back(place.path, place.clock), None)
    snapshot = other.bed.snapshot()
    other.recorder.close(ended=False)
    assert [(one.id == reading, one.invalid_by) for one in snapshot.nibps] == [(False, ""), (True, "anna")]
    assert snapshot.nibp is not None
    assert snapshot.nibp.nibp_sys == 130.0


async def test_the_file_has_the_reading_and_the_mark(place):
    measure(place, 130.0)
    reading = measure(place, 184.0)
    await place.bed.command(command("invalidate", reading, "c1"))
    place.recorder.flush().result(10)
    assert [finding for finding in verify(place.path) if finding.damage] == []
    back = read_back(place.path, place.clock)
    assert [(one.id in back.marks, one.sys) for one in back.nibps] == [(False, 130.0), (True, 184.0)]
    from alarms import preset as presets

    judge = Judge(presets.load("adult-standard"), session.load(place.path))
    told = [(one.condition, one.event, one.reason) for one in judge.run() if one.condition == "SYS_HIGH"]
    assert told == [("SYS_HIGH", "start", "at_once"), ("SYS_HIGH", "end", "invalidated")]


async def test_a_client_shows_the_last_valid_reading_and_says_who_marked(place):
    measure(place, 130.0)
    here, late = BedModel(), BedModel()
    here.accept(place.bed.snapshot(), place.clock.now())
    reading = measure(place, 184.0)
    await place.bed.command(command("invalidate", reading, "c1"))
    for message in [one for one in place.of(messages.Nibp) if one.id == reading]:
        here.accept(message, place.clock.now())
    late.accept(place.bed.snapshot(), place.clock.now())
    for model in (here, late):
        tile = nibp_tile(model.state, place.clock.now())
        assert (tile.value, tile.style, tile.note) == ("130/80", "stale", "1 min ago")
        assert (tile.invalid, tile.extra) == ("184/80 marked invalid by anna", "")
        mark, undo = mark_menu(model.state, place.clock.now())
        assert mark.text == "Mark 130/80 (1 min ago) as invalid ..."
        assert (undo.command, undo.args) == ("validate", {"reading": reading})
        _, values = model.state.trends["nibp_sys"].window(place.clock.now(), 3600)
        assert [value for value in values if value == value] == [130.0]
    measure(place, 128.0)
    here.accept(place.of(messages.Nibp)[-1], place.clock.now())
    tile = nibp_tile(here.state, place.clock.now())
    assert (tile.value.partition("/")[0], tile.style, tile.invalid) == ("128", "normal", "")
    _, undo = mark_menu(here.state, place.clock.now())
    assert (undo.command, undo.args) == ("validate", {"reading": reading})
