"""The cuff's buttons and keys in a real window: each orders what its face says."""

import bed_scenes as scenes
import pytest
from bedside_play import Play
from PySide6.QtCore import Qt

from monitor.link.messages import Cuff, Device, Reply

pytestmark = pytest.mark.integration


def cuff(phase, **rest):
    fields = {"interval_s": None, "due_in_s": None, "detail": "", **rest}
    return Cuff(bed=scenes.BED, device="cuff", phase=phase, utc=scenes.UTC, **fields)


@pytest.fixture
def play(qtbot):
    made = Play()
    qtbot.addWidget(made.window, before_close_func=lambda window: window.leave())
    made.begin()
    device = Device(
        bed=scenes.BED, device="cuff", model="suntech-advantage", state="connected", detail="",
        utc=scenes.UTC, orders=["cycle", "start", "stop"],
    )  # fmt: skip
    made.hear(device, cuff("idle"))
    made.window.show()
    made.run(0.5)
    return made


def orders(play):
    return [(args["order"], args["minutes"]) for _, name, args in play.commands if name == "cuff"]


def test_measure_and_stop_are_one_key_each(play, qtbot):
    qtbot.keyClick(play.window, Qt.Key.Key_F6)
    play.hear(cuff("measuring"))
    play.run(0.5)
    qtbot.keyClick(play.window, Qt.Key.Key_F6)  # nothing to start while it is up
    qtbot.keyClick(play.window, Qt.Key.Key_F4)
    assert orders(play) == [("start", 0.0), ("stop", 0.0)]


def test_stop_works_while_nothing_is_known_to_be_up(play, qtbot):
    qtbot.mouseClick(play.window.cuff.stop, Qt.MouseButton.LeftButton)
    assert orders(play) == [("stop", 0.0)]


def test_the_cycle_is_chosen_from_the_menu(play):
    actions = {action.text(): action for action in play.window.cuff.menu.actions()}
    actions["Every 5 min"].trigger()
    actions["Off"].trigger()
    assert orders(play) == [("cycle", 5.0), ("cycle", 0.0)]


def test_the_answer_is_shown_in_words(play):
    play.window.answered("cuff", Reply(id="1", ok=False, text="the arm rests: 12 s more"))
    play.run(0.5)
    assert play.window.alarm_bar._notice == "Cuff: the arm rests: 12 s more"


def test_every_button_says_what_it_is_for_within_its_edges(play):
    for phase in ("idle", "measuring"):
        play.hear(cuff(phase, interval_s=900.0, due_in_s=890.0))
        play.run(0.5)
        shown = [b for b in (play.window.cuff.stop, play.window.cuff.measure, play.window.cuff.cycle)]
        for button in (b for b in shown if b.isVisible()):
            needed = button.fontMetrics().horizontalAdvance(button.text())
            assert needed < button.width(), button.text()


def test_no_space_fills_a_cuff_wherever_the_focus_was_handed_to(play, qtbot):
    play.window.activateWindow()
    for _ in range(8):
        play.window.focusNextChild()
        if play.window.focusWidget() is not None:
            qtbot.keyClick(play.window.focusWidget(), Qt.Key.Key_Space)
    assert ("start", 0.0) not in orders(play)
