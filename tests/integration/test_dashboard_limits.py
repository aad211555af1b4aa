"""The panel of limits in a real window: drafts, one command, its answer; and it hides nothing."""

import bed_scenes as scenes
import limit_scenes as limits
import pytest
from bed_scenes import row
from limit_scenes import HIGH, LOW, SYS_REPEAT
from PySide6.QtCore import Qt

from ui.presenters.limits_draft import Draft, key_of

pytestmark = pytest.mark.integration

LOW_KEY, HIGH_KEY = key_of(LOW), key_of(HIGH)
SEEN = row("SPO2_LOW", "medium", text="SpO₂ low: 88 %")


@pytest.fixture
def play(play):
    play.hear(scenes.connected(play.clock.now()), limits.snapshot(SEEN), scenes.heartbeat())
    play.run(0.5)
    return play


def opened(play):
    panel = play.window.limits
    panel.open_at(["spo2"])
    play.run(0.5)
    panel.table.choose(LOW_KEY)
    return panel


def answer(play, command, **reply):
    play.window.answered(command, scenes.reply(**reply))
    play.run(0.3)


def test_the_key_opens_and_closes_it(play, qtbot):
    qtbot.keyClick(play.window, Qt.Key.Key_F8)
    assert play.window.limits.isVisible()
    qtbot.keyClick(play.window.limits.table, Qt.Key.Key_Escape)
    assert not play.window.limits.isVisible()
    play.window.limits_button.click()
    qtbot.keyClick(play.window, Qt.Key.Key_F8)
    assert not play.window.limits.isVisible()


def test_the_menu_of_a_number_opens_it_there(play, qtbot):
    qtbot.mouseClick(play.window.tiles["pulse_rate"], Qt.MouseButton.LeftButton)
    play.window.menu.actions()[-1].trigger()
    play.window.menu.close()
    assert play.window.limits.table.key[0] == "PR_LOW"


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (800, 480)])
def test_it_hides_neither_the_bar_nor_a_number_nor_the_cuff(play, width, height):
    panel = opened(play)
    play.window.resize(width, height)
    play.run(0.3)
    others = [play.window.alarm_bar, play.window.header, *play.window.tiles.values()]
    assert not any(panel.geometry().intersects(other.geometry()) for other in others)
    assert panel.geometry().bottom() <= play.window.height()


@pytest.mark.parametrize("where", ["table", "line", "panel"])
def test_the_window_is_acknowledged_whatever_of_it_has_the_focus(play, qtbot, where):
    panel = opened(play)
    qtbot.keyClick({"table": panel.table, "line": panel.reason.line, "panel": panel}[where], Qt.Key.Key_F2)
    assert play.commands == [("bed1", "acknowledge", {"occurrences": [["o-SPO2_LOW", "medium"]]})]


def test_no_second_space_after_acknowledge_changes_a_limit(play, qtbot):
    panel = opened(play)
    panel._step(1)
    play.window.activateWindow()
    for _ in range(12):
        play.window.focusNextChild()
        if play.window.focusWidget() not in (None, play.window.alarm_bar.button):
            qtbot.keyClick(play.window.focusWidget(), Qt.Key.Key_Space)
    assert [name for _, name, _ in play.commands if name.startswith("limits")] == []
    assert panel.drafts == {LOW_KEY: Draft(91.0)}


def test_a_wider_limit_is_set_with_its_reason_and_the_alarm_that_was_seen(play, qtbot):
    panel = opened(play)
    qtbot.keyClick(panel.table, Qt.Key.Key_Minus)
    qtbot.mouseClick(panel.edit.buttons[1], Qt.MouseButton.LeftButton)
    assert panel.edit.value.text() == "SpO₂ low: in force < 90 %, new 88"
    assert not panel.set.isEnabled()
    panel.reason.menu.actions()[0].trigger()
    qtbot.mouseClick(panel.set, Qt.MouseButton.LeftButton)
    args = {
        "changes": [["SPO2_LOW", "medium", 88.0]],
        "reason": "usual for this patient",
        "occurrences": ["o-SPO2_LOW"],
        "automatic": False,
    }
    assert play.commands == [("bed1", "limits", args)]
    assert not panel.set.isEnabled()  # one answer before the next order


def test_nothing_is_shown_as_in_force_before_the_service_says_so(play):
    panel = opened(play)
    panel._step(1)
    panel.set.click()
    answer(play, "limits", ok=False, text="refused: 95 at most")
    assert panel.answer.text() == "refused: 95 at most"
    assert panel.drafts == {LOW_KEY: Draft(91.0)}
    panel.set.click()
    answer(play, "limits", ok=True, text="1 limit changed")
    assert panel.drafts == {LOW_KEY: Draft(91.0)}  # accepted, not yet told
    moved = limits.limit("SPO2_LOW", "spo2", "<", 91.0, preset_value=90.0, changed_by="anna")
    play.hear(limits.snapshot(SEEN, limits=[moved]))
    play.run(0.3)
    assert panel.drafts == {}
    assert panel.table.item(0, 5).text() == "90"
    assert "preset 90 · anna" in panel.edit.range.text()


def test_discard_forgets_the_drafts(play):
    panel = opened(play)
    panel._step(5)
    panel.discard.click()
    assert (panel.drafts, play.commands) == ({}, [])


def test_drafts_outlive_the_panel_but_not_the_patient(play):
    opened(play)._step(5)
    play.window.limits.hide()
    play.run(0.3)
    assert play.window.limits_button.text() == "1 draft (F8)"
    play.hear(limits.snapshot(session="s2"))
    play.run(0.3)
    assert play.window.limits.drafts == {}
    assert play.window.limits_button.text() == "Limits (F8)"


def test_proposals_are_drafts_to_be_checked_and_set(play):
    panel = opened(play)
    panel.propose.click()
    one = {"condition": "PR_HIGH", "priority": "medium", "decided_by": "delay", "value": 127.0, "ok": True}
    answer(play, "limits_auto", text="1 limit proposed", results=[one])
    assert panel.drafts == {HIGH_KEY: Draft(127.0, True)}
    panel.set.click()
    assert play.commands[0] == ("bed1", "limits_auto", {})
    assert play.commands[1][2]["automatic"]


def test_back_to_the_preset_asks_once(play):
    panel = opened(play)
    panel.reset.click()
    assert play.commands == []
    assert panel.sure.text() == "1 change goes back. Sure?"
    panel.no.click()
    panel.reset.click()
    panel.yes.click()
    assert play.commands == [("bed1", "limits_reset", {"reason": "back to the preset"})]


def test_a_baseline_is_proposed_corrected_and_frozen(play):
    panel = opened(play)
    panel.freeze.click()
    found = {"sys": 124.0, "dia": 78.0, "pulse": 70.0, "spo2": 97.0, "text": "cuff 3 min ago"}
    answer(play, "baseline", results=[found])
    form = panel.baseline
    assert (form.isVisible(), form.said.text()) == (True, "cuff 3 min ago")
    form.fields["sys"].setText("12")
    assert not form.freeze.isEnabled()
    form.fields["sys"].setText("126")
    assert not form.freeze.isEnabled()  # one is frozen: another needs a reason
    form.reason.setText("cuff was too small")
    form.freeze.click()
    results = [{"condition": "SYS_HIGH", "priority": "medium", "from": 150.0, "value": 166.0, "ok": True}]
    answer(play, "baseline", text="baseline frozen", results=results)
    numbers = {"sys": 126.0, "dia": 78.0, "pulse": 70.0, "spo2": 97.0, "reason": "cuff was too small"}
    assert play.commands == [("bed1", "baseline", {}), ("bed1", "baseline", numbers)]
    assert panel.answer.text() == "baseline frozen · Systolic high (medium) 150 → 166"
    assert not form.isVisible()


def test_the_first_baseline_needs_no_reason(play):
    panel = opened(play)
    play.hear(limits.snapshot(baseline=None))
    play.run(0.3)
    panel.freeze.click()
    answer(play, "baseline", ok=False, text="for a baseline there are missing: 2 blood pressures")
    assert panel.baseline.reason.isHidden()
    assert panel.baseline.said.text().startswith("for a baseline there are missing")
    for name, value in (("sys", "126"), ("dia", "78"), ("pulse", "70"), ("spo2", "97")):
        panel.baseline.fields[name].setText(value)
    panel.baseline.freeze.click()
    assert play.commands[-1][2] == {"sys": 126.0, "dia": 78.0, "pulse": 70.0, "spo2": 97.0}


def test_an_answer_that_comes_after_closing_is_said_in_the_bar(play):
    panel = opened(play)
    panel._step(1)
    panel.set.click()
    panel.hide()
    answer(play, "limits", ok=False, text="not now")
    assert play.window.alarm_bar._notice == "Limits: not now"


def test_without_a_service_nothing_can_be_ordered(play):
    panel = opened(play)
    panel._step(1)
    play.lose()
    play.run(0.5, waves=False, beat=False)
    buttons = (panel.set, panel.propose, panel.reset, panel.freeze)
    assert not any(one.isEnabled() for one in buttons)
    assert panel.answer.text().startswith("No connection to the service")
    assert (panel.table.rowCount(), panel.edit.value.text()) == (0, "")
    play.begin()
    play.run(0.5)
    assert panel.answer.text() == ""
    assert panel.table.rowCount() == len(scenes.LIMITS)


def test_every_button_says_what_it_is_for_within_its_edges(play, qapp):
    panel = opened(play)
    panel._step(1)
    panel.table.choose(key_of(SYS_REPEAT))
    panel._step(1)
    play.run(0.3)
    qapp.processEvents()  # the layout follows the new words
    shown = [panel.set, panel.discard, panel.propose, panel.reset, panel.freeze, panel.close_button]
    for button in (*shown, *panel.edit.buttons):
        assert button.fontMetrics().horizontalAdvance(button.text().replace("&", "")) < button.width()
        assert panel.rect().contains(button.mapTo(panel, button.rect().bottomRight()))


def test_pressure_levels_of_one_priority_are_told_apart(play):
    panel = opened(play)
    panel.table.choose(key_of(SYS_REPEAT))
    panel._step(-1)
    panel.set.click()
    assert play.commands[0][2]["changes"] == [["SYS_HIGH", "high", 179.0, "repeat"]]
