"""The bedside window: the audio of one row paused, and what became of an alarm, told or not."""

import pytest
from bed_scenes import MEDIUM_BP, board, reply, row
from PySide6.QtCore import QPoint, Qt

pytestmark = pytest.mark.integration
SHIFT = Qt.KeyboardModifier.ShiftModifier
SPO2, BP = ["o-SPO2"], ["o-BP"]


def pause(occurrences):
    return ("bed1", "pause", {"occurrences": occurrences, "seconds": 120})


def paused(one, left_s):
    one.paused_s, one.paused_by = left_s, "anna"
    return one


def test_shift_f3_pauses_the_first_row_that_sounds_or_the_one_selected(play, qtbot):
    play.begin(row(), MEDIUM_BP)
    play.run(1)
    qtbot.keyClick(play.window, Qt.Key.Key_F3, SHIFT)
    play.window.alarm_bar.button.setFocus()
    for _ in range(2):
        qtbot.keyClick(play.window.alarm_bar.button, Qt.Key.Key_Down)
    assert play.window.alarm_bar.button.hasFocus()  # the arrows take it not away
    qtbot.keyClick(play.window.alarm_bar.button, Qt.Key.Key_F3, SHIFT)
    assert play.commands == [pause(SPO2), pause(BP)]


def test_the_arrows_select_wherever_the_focus_is(play, qtbot):
    play.begin(row(), MEDIUM_BP)
    play.run(1)
    for key, selected in ((Qt.Key.Key_Up, "BP"), (Qt.Key.Key_Up, "SPO2"), (Qt.Key.Key_Up, "")):
        qtbot.keyClick(play.window, key)
        assert play.window.alarm_bar.selected == selected


def test_f3_alone_stays_the_pause_of_all_audio(play, qtbot):
    play.begin(row())
    play.run(1)
    qtbot.keyClick(play.window, Qt.Key.Key_F3)
    assert play.commands == [("bed1", "pause", {"seconds": 120})]


def test_a_press_selects_a_row_and_its_bell_pauses_it(play, qtbot):
    play.begin(row(), MEDIUM_BP)
    play.run(1)
    play.window.grab()  # paints, so that the rows have their places
    _, whole, bell = play.window.alarm_bar._boxes[1]
    text = whole.topLeft().toPoint() + QPoint(60, 20)
    qtbot.mouseClick(play.window.alarm_bar, Qt.MouseButton.LeftButton, pos=text)
    assert (play.window.alarm_bar.selected, play.commands) == ("BP", [])
    qtbot.mouseClick(play.window.alarm_bar, Qt.MouseButton.LeftButton, pos=bell.center().toPoint())
    assert play.commands == [pause(BP)]


def test_a_paused_row_counts_down_says_by_whom_and_is_resumed(play, qtbot):
    play.begin(paused(row(), 103.0))
    play.run(2.2)
    (shown,) = play.window.alarm_bar.shown
    assert (shown.paused, shown.state_text) == ("1:41", "audio paused by anna")
    qtbot.keyClick(play.window, Qt.Key.Key_F3, SHIFT)
    assert play.commands == [("bed1", "resume", {"occurrences": SPO2})]


def test_a_row_that_does_not_sound_is_not_paused_and_that_is_said(play, qtbot):
    play.begin(row(state="ack", by="ben"))
    play.run(1)
    qtbot.keyClick(play.window, Qt.Key.Key_F3, SHIFT)
    play.run(0.3)
    assert (play.commands, play.window.alarm_bar._notice) == ([], "Audio: this alarm does not sound")


# --- what became of it ------------------------------------------------------------------------


def acknowledged(play, qtbot):
    """Acknowledge the one row; the service takes it."""
    play.begin(row())
    play.run(1)
    play.window.alarm_bar.button.setFocus()
    qtbot.keyClick(play.window, Qt.Key.Key_F2)
    play.commands.clear()
    play.hear(board(row(state="ack", by="anna")))
    play.window.answered("acknowledge", reply(results=[{"occurrence": "o-SPO2", "ok": True, "text": ""}]))
    play.run(0.3)


def test_after_an_acknowledgement_the_outcome_is_offered_for_half_a_minute(play, qtbot):
    acknowledged(play, qtbot)
    assert play.window.offer.isVisible()
    assert len(play.window.alarm_bar.shown) == 1
    play.run(29)
    assert play.window.offer.isVisible()
    play.run(1.2)
    assert not play.window.offer.isVisible()
    assert play.commands == []


def test_it_takes_no_focus_so_that_a_second_space_tells_nothing(play, qtbot):
    acknowledged(play, qtbot)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_1):
        qtbot.keyClick(play.window.focusWidget() or play.window, key)
    assert play.commands == []
    assert play.window.offer.isVisible()


@pytest.mark.parametrize(
    ("key", "outcome"), [("1", "acted"), ("2", "noted"), ("3", "false"), ("4", "artefact")]
)
def test_with_the_focus_given_to_it_a_number_tells(play, qtbot, key, outcome):
    acknowledged(play, qtbot)
    qtbot.keyClick(play.window, Qt.Key.Key_F9)
    qtbot.keyClick(play.window.offer, key)
    play.run(0.3)
    assert play.commands == [("bed1", "outcome", {"occurrence": "o-SPO2", "outcome": outcome})]
    assert not play.window.offer.isVisible()


def test_a_press_tells(play, qtbot):
    acknowledged(play, qtbot)
    qtbot.mouseClick(play.window.offer.buttons[3], Qt.MouseButton.LeftButton)
    assert play.commands == [("bed1", "outcome", {"occurrence": "o-SPO2", "outcome": "artefact"})]


def test_a_new_alarm_is_acknowledged_by_f2_while_the_offer_has_the_focus(play, qtbot):
    acknowledged(play, qtbot)
    qtbot.keyClick(play.window, Qt.Key.Key_F9)
    play.hear(board(MEDIUM_BP, row(state="ack", by="anna")))
    play.run(0.3)
    qtbot.keyClick(play.window.offer, Qt.Key.Key_F2)
    assert play.commands == [("bed1", "acknowledge", {"occurrences": [["o-BP", "medium"]]})]


def test_what_was_refused_is_not_asked_about(play, qtbot):
    play.begin(row())
    play.run(1)
    qtbot.keyClick(play.window, Qt.Key.Key_F2)
    play.window.answered(
        "acknowledge", reply(False, "no", results=[{"occurrence": "o-SPO2", "ok": False, "text": "ended"}])
    )
    play.run(0.3)
    assert not play.window.offer.isVisible()


def test_without_a_service_nothing_is_offered(play, qtbot):
    acknowledged(play, qtbot)
    play.lose()
    play.run(0.5, waves=False, beat=False)
    assert not play.window.offer.isVisible()
