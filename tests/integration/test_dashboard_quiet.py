"""The window that takes a bed's sound: its test, its watch over itself, and how it ends."""

import bed_scenes as scenes
import pytest
from bed_scenes import quiet_board, row
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

pytestmark = pytest.mark.integration
OFFER = [{"lease": "l", "echo": "1"}]


@pytest.fixture
def play(play):
    play.begin(sound="ok")
    play.run(1)
    return play


def taken(play, output_ok=True):
    """Take the sound: key, test, confirmation, and the board that says so."""
    QTest.keyClick(play.window, Qt.Key.Key_F5)
    assert play.commands[-1] == (scenes.BED, "take_sound", {})
    play.window.answered("take_sound", scenes.reply(results=OFFER))
    play.outputs[-1].ok = output_ok
    play.run(0.5)
    play.window.sound_here.question.heard.click()
    play.window.answered("hold_sound", scenes.reply(text="held", results=OFFER))
    play.hear(quiet_board())
    play.run(0.5)


def test_the_test_is_the_sound_of_an_alarm_and_ends_with_the_answer(play):
    QTest.keyClick(play.window, Qt.Key.Key_F5)
    assert play.outputs == [], "nothing before the service has offered it"
    play.window.answered("take_sound", scenes.reply(results=OFFER))
    question = play.window.sound_here.question
    assert (play.outputs[-1].wanted, question.isVisible()) == ("medium", True)
    assert not question.heard.isEnabled(), "an output that does not play is heard by nobody"
    play.outputs[-1].ok = True
    play.run(0.2)
    question.heard.click()
    assert (play.outputs[-1].wanted, play.keeper.beds) == (None, [scenes.BED])
    assert len(play.outputs) == 1, "the device stays open"


def test_who_hears_nothing_takes_nothing(play):
    QTest.keyClick(play.window, Qt.Key.Key_F5)
    play.window.answered("take_sound", scenes.reply(results=OFFER))
    play.window.sound_here.question.nothing.click()
    play.run(0.5)
    assert (play.keeper.beds, play.keeper.vouched, play.outputs[-1].closed) == ([], [], True)


def test_the_bed_s_alarms_sound_here_while_it_is_held(play):
    taken(play)
    play.hear(quiet_board("held", False, row()))
    play.run(0.5)
    assert play.outputs[-1].wanted == "high"
    play.hear(quiet_board("held", False, row(state="ack")))
    play.run(0.5)
    assert play.outputs[-1].wanted is None


def test_a_window_vouches_for_every_frame_and_only_with_an_output_that_plays(play):
    taken(play)
    before = len(play.keeper.vouched)
    play.run(1)
    assert len(play.keeper.vouched) - before == 30
    play.outputs[-1].ok = False
    before = len(play.keeper.vouched)
    play.run(1)
    assert len(play.keeper.vouched) == before
    assert play.window.alarm_bar._notice.startswith("This station cannot sound")


@pytest.mark.parametrize("how", ["refused", "lost", "given back"])
def test_a_sound_that_is_at_the_bed_again_is_said_and_sounds_here_no_more(play, how):
    taken(play)
    if how == "refused":
        play.window.answered("hold_sound", scenes.reply(ok=False, text="take it anew", results=OFFER))
    else:
        gone = row("REMOTE_LOST", "medium", kind="technical", channel=None)
        play.hear(quiet_board("lost", True, gone) if how == "lost" else scenes.board())
    play.run(0.5)
    assert (play.window.sound_here.holding, play.keeper.beds[-1]) == (False, None)
    assert play.outputs[-1].closed
    assert play.window.alarm_bar._notice.startswith("The sound is at the bed again")


def test_a_lost_service_sounds_over_all_and_the_lease_goes_on(play):
    taken(play)
    play.lose()
    play.run(4, beat=False, waves=False)
    assert play.outputs[-1].wanted == "high"
    assert play.window.sound_here.holding


def test_a_service_that_restarts_is_given_its_beats(play):
    taken(play)
    play.hear(quiet_board("lost", True))  # it sounds, and waits for a beat: no alarm yet
    play.run(0.5)
    assert play.window.sound_here.holding


def test_closing_asks_and_gives_the_sound_back(play):
    taken(play)
    play.window.close()
    assert "gives the sound back" in play.window.ask.text.text()
    play.window.ask.leave.click()
    assert play.commands[-1] == (scenes.BED, "give_back_sound", {})


def test_anybody_ends_a_quiet_room_with_one_touch(play):
    play.hear(quiet_board())
    play.run(0.5)
    play.window.sound_button.click()
    assert play.commands[-1] == (scenes.BED, "give_back_sound", {})
