"""Every key that F1 shows does what it says, and nothing else."""

import bed_scenes as scenes
import limit_scenes
import pytest
from bed_scenes import MEDIUM_BP, board, row
from msgspec import structs
from PySide6.QtCore import Qt

from monitor.link.messages import Cuff
from ui.presenters.keys import KEYS, LIMITS_KEYS

pytestmark = pytest.mark.integration

CUFF = Cuff(
    bed=scenes.BED, device="cuff", phase="idle", interval_s=300, due_in_s=133, detail="", utc=scenes.UTC
)  # fmt: skip
NAMES = {"Up": "Key_Up", "Down": "Key_Down", "Esc": "Key_Escape", "+": "Key_Plus", "-": "Key_Minus"}
MODIFIERS = {"Shift": Qt.KeyboardModifier.ShiftModifier, "Alt": Qt.KeyboardModifier.AltModifier}
DRAFT = [{"condition": "PR_HIGH", "value": 132.0}]


@pytest.fixture
def play(play):
    cuff = structs.replace(scenes.device("cuff"), orders=["start", "stop", "cycle"])
    shown = limit_scenes.snapshot(row(), MEDIUM_BP, sound="ok", cuffs=[CUFF], devices=[scenes.device(), cuff])
    play.hear(scenes.connected(play.clock.now()), shown, scenes.heartbeat())
    play.run(1)
    return play


def pressing(play, qtbot):
    """Press a key by its name in the table, at whatever has the focus."""

    def press(name):
        *before, key = name.split("+") if name != "+" else [name]
        modifier = MODIFIERS[before[0]] if before else Qt.KeyboardModifier.NoModifier
        code = getattr(Qt.Key, NAMES.get(key, f"Key_{key}"))
        qtbot.keyClick(play.window.focusWidget() or play.window, code, modifier)
        play.run(0.3)

    return press


def orders(play):
    return [command for _, command, _ in play.commands]


def offered(play):
    """An acknowledged alarm whose outcome may be told."""
    play.window.alarm_bar.button.click()
    play.commands.clear()
    play.window.answered("acknowledge", scenes.reply(results=[{"occurrence": "o-SPO2", "ok": True}]))
    play.run(0.3)


DOES = {
    "F1": lambda play, press: play.window.help.isVisible(),
    "F2": lambda play, press: orders(play) == ["acknowledge"],
    "F3": lambda play, press: play.commands == [("bed1", "pause", {"seconds": 120})],
    "Shift+F3": lambda play, press: play.commands[0][2]["occurrences"] == ["o-SPO2"],
    "Up": lambda play, press: play.window.alarm_bar.selected == "BP",
    "Down": lambda play, press: play.window.alarm_bar.selected == "SPO2",
    "F4": lambda play, press: play.commands[0][2]["order"] == "stop",
    "F5": lambda play, press: orders(play) == ["take_sound"],
    "F6": lambda play, press: play.commands[0][2]["order"] == "start",
    "F7": lambda play, press: play.window.cuff.menu.isVisible(),
    "F8": lambda play, press: play.window.limits.isVisible() and (press("F8") or True)
    and not play.window.limits.isVisible(),
    "F9": lambda play, press: play.window.offer.hasFocus() and (press("2") or True)
    and orders(play) == ["outcome"],
    "Esc": lambda play, press: not play.window.help.isVisible(),
}  # fmt: skip


def named(keys):
    return [each for one in keys for each in one.keys.split(", ")]


def test_every_key_of_the_table_is_proved():
    assert sorted(named(KEYS)) == sorted(DOES)
    assert sorted(named(LIMITS_KEYS)) == sorted(IN_LIMITS)


@pytest.mark.parametrize("key", DOES)
def test_a_key_does_what_the_table_says(play, qtbot, key):
    press = pressing(play, qtbot)
    if key == "F9":
        offered(play)
    if key == "Esc":
        press("F1")
    if key == "F7":  # the menu runs a loop of its own on some platforms
        play.window.cuff.cycle.showMenu = play.window.cuff.menu.show
    press(key)
    assert DOES[key](play, press)
    play.window.cuff.menu.close()


def drafted(play):
    play.window.limits._step(1)
    play.window.limits.reason.line.setText("usual for this patient")
    play.run(0.3)


IN_LIMITS = {
    "+": lambda panel, asked: len(panel.drafts) == 2,
    "-": lambda panel, asked: len(panel.drafts) == 2,
    "Alt+E": lambda panel, asked: panel.reason.menu.isVisible(),
    "Alt+S": lambda panel, asked: asked == ["limits"],
    "Alt+D": lambda panel, asked: not panel.drafts,
    "Alt+P": lambda panel, asked: asked == ["limits_auto"],
    "Alt+R": lambda panel, asked: panel.yes.isVisible() and panel.no.isVisible(),
    "Alt+B": lambda panel, asked: asked == ["baseline"],
}


@pytest.mark.parametrize("key", IN_LIMITS)
def test_a_key_of_the_limits_does_what_the_table_says(play, qtbot, key):
    press, panel = pressing(play, qtbot), play.window.limits
    panel.open_at(("pulse_rate",))
    drafted(play)
    panel.table.choose(("PR_HIGH", "medium", "delay"))
    if key == "Alt+E":
        panel.reason.choose.showMenu = panel.reason.menu.show
        panel.reason.menu.show()  # Qt opens it in a loop of its own: that it has the letter is what counts
        assert panel.reason.choose.shortcut().toString() == key
    else:
        press(key)
    qtbot.waitUntil(lambda: IN_LIMITS[key](panel, orders(play)), timeout=2000)  # Qt shows the press first
    panel.reason.menu.close()


@pytest.mark.parametrize("where", ["window", "help", "limits", "question", "cuff menu", "reason menu"])
def test_acknowledging_is_one_key_away_and_does_one_thing(play, qtbot, where):
    press, window = pressing(play, qtbot), play.window
    if where == "help":
        press("F1")
    elif where == "limits":
        press("F8")
    elif where == "question":
        window.close()
    elif where.endswith("menu"):
        menu = window.cuff.menu if where == "cuff menu" else window.limits.reason.menu
        menu.popup(window.pos())
        qtbot.keyClick(menu, Qt.Key.Key_F2)
        assert not menu.isVisible()
        play.commands, sent = [], play.commands
        assert [command for _, command, _ in sent] == ["acknowledge"]
    press("F2")
    assert orders(play) == ["acknowledge"]
    press("F2")
    assert orders(play) == ["acknowledge", "acknowledge"]


def test_a_space_after_acknowledging_does_nothing_else(play, qtbot):
    press = pressing(play, qtbot)
    play.window.alarm_bar.button.setFocus()
    press("Space")
    play.hear(board(row(state="ack", by="anna")))
    play.run(0.3)
    for _ in range(3):
        press("Space")
        press("Tab")
    assert orders(play) == ["acknowledge"]


def test_the_keys_stand_over_curves_only_say_those_of_the_limits_there_and_go_by_themselves(play, qtbot):
    press, window = pressing(play, qtbot), play.window
    press("F1")
    place = window.help.geometry()
    parts = (window.header, window.alarm_bar, window.cuff, *window.tiles.values())
    assert not [part for part in parts if part.geometry().intersects(place)]
    assert "F2 acknowledges" in window.help.accessibleDescription()
    press("F8")
    assert not window.help.isVisible()
    press("F1")
    assert "Alt+S sets" in window.help.accessibleDescription()
    press("Esc")
    assert window.limits.isVisible()
    press("F1")
    play.run(61)
    assert not window.help.isVisible()
