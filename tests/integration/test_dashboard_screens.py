"""Everything at once on one screen: nothing is cut, covered or too small to be read from the bed's foot."""

import bed_scenes as scenes
import limit_scenes
import pytest
from bed_scenes import LINK_LOST, MEDIUM_BP, nibp, numeric, row
from bedside_play import Play
from msgspec import structs
from PySide6.QtGui import QColor, QFontMetricsF

from monitor.link.messages import Cuff
from ui.views import theme
from ui.views.alarm_bar import HEADLINE_SHARE
from ui.views.text import font

pytestmark = pytest.mark.integration

SIZES = [(1280, 800), (1920, 1080), (1024, 600)]
CAPITAL, DIGIT = 23, 96
"""In pixels of a 15 inch screen at 1280 (0.26 mm): 6 mm and 25 mm, read from 1 m and from 4 m."""
NOW = (numeric(value=82.0), numeric("pulse_rate", 138.0), numeric("heart_rate", 139.0))
CUFF = Cuff(
    bed=scenes.BED, device="cuff", phase="idle", interval_s=300, due_in_s=133, detail="", utc=scenes.UTC
)  # fmt: skip
ROWS = [
    row(state="ack", by="anna"),
    MEDIUM_BP,
    row("RATE", "medium", text="Pulse high: 138 /min", channel="pulse_rate", limit_text="> 130 /min"),
    LINK_LOST,
]


@pytest.fixture(params=SIZES, ids=lambda size: "x".join(map(str, size)))
def play(qtbot, request):
    made = Play(*request.param)
    qtbot.addWidget(made.window, before_close_func=lambda window: window.leave())
    with qtbot.waitExposed(made.window):
        made.window.show()
    return made


def everything(play):
    """Four alarms, a quiet room nobody came to, changed limits, an alarm off, a cuff, an outcome to tell."""
    cuff = structs.replace(scenes.device("cuff"), orders=["start", "stop", "cycle"])
    marked = nibp(182, 104, 130, age_s=100, id="r2", invalid="moved", invalid_by="anna")
    shown = limit_scenes.snapshot(
        row(), *ROWS[1:], sound="stalled", restored_after_s=34.0, limits_changed=2,
        title="Treatment room 12", nibps=[nibp(age_s=400, id="r1"), marked], cuffs=[CUFF],
        devices=[scenes.device(), cuff, scenes.device("strap")],
    )  # fmt: skip
    play.hear(scenes.connected(play.clock.now()), shown, scenes.heartbeat())
    play.run(1, numerics=NOW)
    play.window.alarm_bar.button.click()
    play.window.answered("acknowledge", scenes.reply(results=[{"occurrence": "o-SPO2", "ok": True}]))
    play.hear(structs.replace(scenes.quiet_board("held", True, *ROWS), off=[scenes.off()]))
    play.run(1, numerics=NOW)
    play.window._say("NIBP: marked as invalid: 182/104")
    play.run(0.3, numerics=NOW)


def test_no_badge_and_no_title_is_cut(play):
    everything(play)
    header = play.window.header
    header.grab()
    room = header.width() * 0.7 - header._user_width(header._text) - 24 * header._scale
    assert sum(header._wanted(header._text)) + 60 * header._scale <= room
    said = [" ".join(header._badge_lines(badge)) for badge in header._text.badges]
    assert said == [
        "SIMULATED", "RESTARTED", "● Rec", "ALARM OFF", "NO SOUND", "QUIET: at station-2 + bed",
    ]  # fmt: skip
    assert header._text.changed == "2 limits changed"


def test_three_rows_and_the_footer_leave_alarm_texts_of_six_millimetres(play):
    everything(play)
    bar = play.window.alarm_bar
    bar.grab()
    heights = [box.height() for _, box, _ in bar._boxes]
    capitals = [QFontMetricsF(font(round(high * HEADLINE_SHARE), bold=True)).capHeight() for high in heights]
    assert len(capitals) == 3
    assert min(capitals) >= CAPITAL * theme.scale_of(play.window.width(), play.window.height()) - 1


@pytest.mark.parametrize("channel", ["spo2", "pulse_rate", "nibp"])
def test_vital_numbers_are_25_mm_high_beside_a_fourth_one(play, channel):
    play.begin()
    play.run(1, numerics=NOW)
    tile = play.window.tiles[channel]
    image, ink = tile.grab().toImage(), QColor(theme.channel_colour(tile.text.colour)).rgb()
    u = theme.scale_of(play.window.width(), play.window.height())
    middle = range(round(43 * u), image.height() - round(44 * u))
    rows = [y for y in middle if any(image.pixel(x, y) == ink for x in range(0, image.width(), 2))]
    assert len(rows) >= DIGIT * u


def test_no_part_lies_over_the_alarm_bar_or_a_number(play):
    everything(play)
    window = play.window
    window.limits.open_at()
    others = (window.offer, window.cuff, window.limits, window.limits_button, window.sound_button, window.ask)
    watched = [window.header, window.alarm_bar, *window.tiles.values()]
    for part in others:
        assert not [one for one in watched if one.geometry().intersects(part.geometry())], part


def test_the_menu_of_a_number_and_its_reasons_stay_over_the_curves(play):
    """However long the name of who marked a reading: the numbers are seen while somebody chooses."""
    play.begin(row(), nibp=nibp(id="r1"), nibps=[nibp(id="r1"), nibp(
        182, 104, 130, age_s=50, id="r2", invalid="measured while the arm was in use", invalid_by="a" * 40,
    )])  # fmt: skip
    play.run(0.3)
    window = play.window
    window.tiles["nibp"].pressed.emit("nibp")
    left = window.mapToGlobal(window.tiles["spo2"].geometry().topLeft()).x()
    menu = window.menu
    assert menu.geometry().right() < left
    reasons = menu.actions()[0].menu()
    menu.setActiveAction(menu.actions()[0])
    assert reasons.isVisible()
    assert reasons.geometry().right() < left
    menu.close()
