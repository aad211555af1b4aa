"""The quiet room in words, and the beats that hold one."""

import asyncio

import bed_scenes as scenes
import pytest
from bed_scenes import StepClock, quiet_board

from monitor.link.messages import Reply
from ui.beats import Beats
from ui.bed_model import BedModel
from ui.presenters.header import header
from ui.presenters.quiet_room import answer, over, quiet_room, soon
from ui.terminal.watch import PlainLines


def bed(board):
    clock, model = StepClock(), BedModel()
    model.accept(scenes.connected(clock.now()), clock.now())
    model.accept(scenes.snapshot(board=board, sound="ok"), clock.now())
    return clock, model


@pytest.mark.parametrize(
    ("board", "holding", "sign"),
    [
        pytest.param(scenes.board(), False, "Sound on", id="as usual"),
        pytest.param(quiet_board(), False, "QUIET: sounds at station-2 (anna)", id="elsewhere"),
        pytest.param(quiet_board(), True, "SOUNDS HERE (anna)", id="here"),
        pytest.param(
            quiet_board(sounds_here=True), False, "QUIET: sounds at station-2 (anna) + bed", id="nobody came"
        ),
        pytest.param(quiet_board("lost", sounds_here=True), False, "Sound on", id="lost: the bed sounds"),
    ],
)
def test_every_client_says_who_sounds(board, holding, sign):
    clock, model = bed(board)
    badge = header(model.state, "ben", clock.now(), holding=holding).badges[-1]
    assert badge.text == sign
    assert badge.bell == {"QUIET:": "crossed", "SOUNDS": "plain"}.get(sign.split(" ")[0], "")


def test_the_button_takes_the_sound_or_ends_the_quiet_room():
    assert quiet_room(bed(scenes.board())[1].state).command == "take_sound"
    assert quiet_room(bed(quiet_board("lost", sounds_here=True))[1].state).command == "take_sound"
    assert quiet_room(bed(quiet_board())[1].state).command == "give_back_sound"


def test_the_terminal_says_it_too():
    clock = StepClock()
    lines = PlainLines(None, clock)
    lines.accept(scenes.connected(clock.now()))
    lines.accept(scenes.snapshot(board=quiet_board()))
    assert "QUIET: sounds at station-2 (anna)" in lines.due()
    lines.accept(scenes.snapshot())
    assert "The bed sounds its alarms again" in lines.due()


def test_a_refusal_says_where_the_sound_is():
    assert answer("hold_sound", ok=False, text="x") == "The sound is at the bed again: x"
    assert answer("take_sound", ok=True, text="play the test") == ""


@pytest.mark.parametrize(("bed_sound", "bed"), [("ok", "bed again"), ("none", "bed has no sound")])
def test_a_bed_without_sound_is_never_said_to_sound(bed_sound, bed):
    assert bed in over(bed_sound)
    assert ("no sound" in soon(bed_sound)) is (bed_sound == "none")


# --- beats -----------------------------------------------------------------------------------------


class Service:
    """Answers beats and keeps them; then it refuses."""

    def __init__(self, clock, answers):
        self.clock, self.left = clock, answers
        self.beats, self.told = [], []

    async def ask(self, args):
        self.beats.append(args)
        self.left -= 1
        held = self.left >= 0
        return Reply(id="b", ok=held, text="", results=[{"echo": f"e{len(self.beats)}", "held": held}])

    def beating(self):
        offer = {"lease": "l", "echo": "e0", "beat_s": 0.0}
        return Beats(
            offer,
            self.clock.now(),
            self.ask,
            lambda name, reply: self.told.append((name, reply.ok)),
            self.clock,
        )


async def test_a_beat_names_the_last_answer_and_when_the_window_was_well():
    clock = StepClock()
    service = Service(clock, 2)
    beats = service.beating()
    for _ in range(2):
        clock.advance(2)
        beats.vouch(clock.now())
        clock.advance(0.5)  # it leaves later than the window vouched
        await beats._beat()
    assert [(one["echo"], one["age_s"]) for one in service.beats] == [("e0", 2.0), ("e1", 2.0)]
    assert all(one["heard"] is True and one["lease"] == "l" for one in service.beats)


async def test_a_window_that_hangs_beats_no_more():
    clock = StepClock()
    service = Service(clock, 5)
    beats = service.beating()
    assert await beats._beat() is None, "nobody has vouched yet"
    clock.advance(1)
    beats.vouch(clock.now())
    clock.advance(1)
    assert await beats._beat() is not None
    clock.advance(2)
    assert await beats._beat() is None, "nothing new to prove since the last answer"


async def test_the_first_answer_and_the_refusal_are_told_and_then_it_ends():
    clock = StepClock()
    service = Service(clock, 3)
    beats = service.beating()

    def wanted():
        clock.advance(1)
        beats.vouch(clock.now())
        return True

    async with asyncio.timeout(5):
        await beats.run(wanted)
    assert service.told == [("hold_sound", True), ("hold_sound", False)]
    assert len(service.beats) == 4


async def test_a_connection_that_is_gone_is_no_refusal():
    clock = StepClock()
    service = Service(clock, 1)

    async def nobody(args):
        return Reply(id="b", ok=False, text="no connection to the service: nothing was sent")

    beats = Beats({"lease": "l", "echo": "e0"}, clock.now(), nobody, service.told.append, clock)
    beats.vouch(clock.now())
    reply = await beats._beat()
    assert (reply.ok, service.told) == (False, [])
