"""What must never be misread at the bedside: covered, cut, shrunk, or an old number that looks like now's."""

import bed_scenes as scenes
import pytest
from bed_scenes import LIMITS, board, nibp, row
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from monitor.link.messages import Cuff
from ui.presenters.outcome_offer import NOTHING
from ui.views import theme

pytestmark = pytest.mark.integration

OLD = nibp(125, 78, 94, age_s=200, id="r1")
MARKED = nibp(192, 104, 133, age_s=100, id="r2", invalid="moved", invalid_by="anna")
OFFER = [{"lease": "l", "echo": "1"}]
PRESSURE_OFF = scenes.off("SYS_HIGH", "nibp_sys")


def tall(play, ink):
    """How many lines of the pressure's digits are of one colour, above the lowest line of its tile."""
    image = play.window.tiles["nibp"].grab().toImage()
    rows = range(44, image.height() - 44)
    wanted = QColor(ink).rgb()
    return sum(any(image.pixel(x, y) == wanted for x in range(150, image.width() - 100)) for y in rows)


def test_the_pressure_before_a_marked_one_is_hollow_and_the_mark_is_said(play):
    white = theme.channel_colour("nibp")
    play.begin(nibps=[OLD])
    play.run(0.5)
    assert tall(play, white) > 90
    play.hear(MARKED)
    play.run(0.5)
    said = play.window.tiles["nibp"].text
    assert (said.value, said.style, said.note) == ("125/78", "stale", "3 min ago")
    assert said.invalid == "192/104 marked invalid by anna"
    assert said.invalid in said.spoken
    assert tall(play, white) == 0
    play.hear(nibp(128, 80, 96, age_s=0, id="r3"))
    play.run(0.5)
    assert (play.window.tiles["nibp"].text.invalid, tall(play, white) > 90) == ("", True)


def test_a_pressure_keeps_its_size_when_one_of_its_alarms_is_off(play):
    white = theme.channel_colour("nibp")
    play.begin(nibps=[nibp(192, 104, 133, id="r1")])
    play.run(0.5)
    before = tall(play, white)
    play.hear(board(off=[PRESSURE_OFF]))
    play.run(0.5)
    assert tall(play, white) == before


@pytest.mark.parametrize("priority", ["high", "medium"])
def test_what_is_off_stands_out_on_the_colour_of_an_alarm(priority):
    assert theme.contrast("#000000", theme.WARNING) >= 4.5
    assert theme.contrast(theme.ALARMS[priority][0], "#000000") >= 3


def test_the_question_about_the_sound_leaves_the_cuff_and_escape_answers_it(play, qtbot):
    cuff = structs.replace(scenes.device("cuff"), orders=["start", "stop"])
    up = Cuff(
        bed=scenes.BED, device="cuff", phase="measuring", interval_s=None, due_in_s=None, detail="",
        utc=scenes.UTC,
    )  # fmt: skip
    play.begin(devices=[scenes.device(), cuff], cuffs=[up])
    play.run(0.5)
    question = play.window.sound_here.question
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        qtbot.keyClick(play.window, Qt.Key.Key_F5)
        play.window.answered("take_sound", scenes.reply(results=OFFER))
        play.run(0.5)
        watched = (play.window.cuff, play.window.alarm_bar, *play.window.tiles.values())
        assert not [one for one in watched if one.geometry().intersects(question.geometry())]
        assert (question.nothing.text(), question.heard.isVisible()) == ("Close", False)
        qtbot.keyClick(question.nothing, key)
        assert not question.isVisible()
        play.run(0.3)
        assert play.window.alarm_bar._notice.startswith("Nothing was changed")
    assert play.keeper.beds == []


def test_f9_asks_again_about_the_newest_alarm_that_is_over(play, qtbot):
    play.begin()
    play.run(0.5)
    qtbot.keyClick(play.window, Qt.Key.Key_F9)
    assert play.window._notice == NOTHING
    play.hear(structs.replace(scenes.alarm(state="unack"), text="SpO2 84 % (limit < 85)"))
    play.hear(structs.replace(scenes.alarm(state="ended"), text="SpO2 84 % (limit < 85)"))
    play.run(60)
    qtbot.keyClick(play.window, Qt.Key.Key_F9)
    assert play.window.offer.isVisible()
    assert play.window.offer._offer.text == "SpO2 84 %"
    qtbot.keyClick(play.window.offer, Qt.Key.Key_1)
    assert play.commands == [("bed1", "outcome", {"occurrence": "o-SPO2", "outcome": "acted"})]
    play.run(600)
    qtbot.keyClick(play.window, Qt.Key.Key_F9)
    assert not play.window.offer.open


def test_a_refusal_is_told_from_an_answer(play):
    play.begin(row())
    play.window.answered("off", scenes.reply(ok=False, text="SYS_HIGH: a clinician turns it off"))
    play.run(0.3)
    bar = play.window.alarm_bar
    assert bar._notice == "REFUSED, nothing was changed: Systolic high: a clinician turns it off"
    image, wanted = bar.grab().toImage(), QColor(theme.WARNING).rgb()
    assert image.pixel(900, bar.height() - 20) == wanted


def test_a_refusal_of_limits_names_them_in_words(play):
    play.begin()
    play.window.limits.open_at()
    play.window.answered("limits", scenes.reply(ok=False, text="limits not changed: SPO2_LOW: 85 at least"))
    assert play.window.limits.answer.text() == "limits not changed: SpO₂ low: 85 at least"


def test_the_panel_of_limits_says_that_an_alarm_is_off(play):
    play.begin()
    play.hear(board(off=[PRESSURE_OFF]))
    play.run(0.5)
    play.window.limits.open_at(["nibp_sys"])
    key = ("SYS_HIGH", "medium", "delay")
    play.window.limits.table.choose(key)
    assert any(one.condition == "SYS_HIGH" for one in LIMITS)
    edit = play.window.limits.edit
    assert edit.value.text() == "Systolic high: OFF by anna (> 160 mmHg)"
    assert not edit.sign.isHidden()


def test_a_title_that_has_no_room_is_left_out_and_where_it_sounds_is_whole(play):
    far = scenes.quiet_board()
    far = structs.replace(far, quiet=structs.replace(far.quiet, station="station-of-the-second-floor"))
    play.begin(sound="stalled", restored_after_s=34.0, store="failed: disk full", limits_changed=2)
    play.hear(structs.replace(far, off=[PRESSURE_OFF]))
    play.run(0.5)
    header = play.window.header
    header.grab()
    text = header._text
    widths = header._badge_widths(text, header.width() * 0.4)
    assert widths[-1] == header._wanted(text)[-1]
    assert text.under == ("Adult standard", "not approved")
