"""The bedside window, frame by frame: what it paints, what *Acknowledge* names, and how it ends."""

from itertools import pairwise

import bed_scenes as scenes
import pytest
from bed_scenes import LINK_LOST, MEDIUM_BP, board, numeric, row
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from ui.presenters.alarm_rows import hidden_text
from ui.views import theme
from ui.views.off_menu import LIMITS
from ui.views.picture import Picture, at_end

pytestmark = pytest.mark.integration

OK = (numeric(), numeric("pulse_rate", 72.0), numeric("heart_rate", 74.0))
LOW = (numeric(value=82.0), numeric("pulse_rate", 104.0), numeric("heart_rate", 106.0))


def share(widget, colour):
    """How much of a widget is of one colour."""
    return share_of(widget.grab().toImage(), colour)


def share_of(image, colour):
    wanted = QColor(colour).rgb()
    points = [(x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)]
    return sum(image.pixel(x, y) == wanted for x, y in points) / len(points)


def test_numbers_arrive_in_the_tiles(play):
    play.begin()
    play.run(1, numerics=OK)
    assert {name: tile.text.value for name, tile in play.window.tiles.items()} == {
        "spo2": "97",
        "pulse_rate": "72",
        "nibp": "128/76",
        "heart_rate": "74",
    }
    assert "SpO₂ 97 %" in play.window.tiles["spo2"].accessibleDescription()


def test_a_high_alarm_lights_bar_and_tile_together_at_two_hertz(play):
    play.begin(row())
    play.run(1, numerics=LOW)
    lit, tile = [], []
    for _ in range(60):
        play.run(1 / 30, numerics=())
        lit.append(share(play.window.alarm_bar, theme.ALARMS["high"][0]) > 0.4)
        tile.append(share(play.window.tiles["spo2"], theme.ALARMS["high"][0]) > 0.4)
    assert lit == tile
    assert sum(a != b for a, b in pairwise(lit)) in (7, 8)  # 2 s: four times on, four off


def test_an_acknowledged_alarm_is_steady(play):
    play.begin(row(state="ack", by="anna"))
    play.run(1, numerics=LOW)
    red = theme.ALARMS["high"][0]
    shares = set()
    for _ in range(30):
        play.run(1 / 30, numerics=())
        shares.add(share(play.window.alarm_bar, red))
    assert len(shares) == 1
    assert shares.pop() > 0.05  # a steady frame
    assert not play.window.alarm_bar.button.isEnabled()


@pytest.mark.parametrize("way", ["button", "key"])
def test_acknowledge_names_exactly_what_was_on_the_screen(play, qtbot, way):
    rows = [row(), MEDIUM_BP, row("C", "low"), row("D", "low", occurrence="o-hidden")]
    play.begin(*rows)
    play.run(1, numerics=LOW)
    play.hear(board(row("E", occurrence="o-unpainted"), *rows))  # arrived, not painted yet
    if way == "button":
        qtbot.mouseClick(play.window.alarm_bar.button, Qt.MouseButton.LeftButton)
    else:
        qtbot.keyClick(play.window, Qt.Key.Key_F2)
    args = {"occurrences": [["o-SPO2", "high"], ["o-BP", "medium"], ["o-C", "low"]]}
    assert play.commands == [("bed1", "acknowledge", args)]


@pytest.mark.parametrize("way", ["button", "key"])
def test_the_audio_is_paused_and_the_pause_ended_as_the_button_says(play, qtbot, way):
    def press():
        if way == "button":
            qtbot.mouseClick(play.window.alarm_bar.pause, Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(play.window, Qt.Key.Key_F3)

    play.begin(row())
    play.run(1, numerics=LOW)
    press()
    play.hear(board(row(), paused_s=120.0))
    play.run(0.3, numerics=())
    assert play.window.alarm_bar.pause.text().split("\n")[:2] == ["AUDIO PAUSED", "2:00"]
    press()
    assert play.commands == [("bed1", "pause", {"seconds": 120}), ("bed1", "resume", {})]


def test_a_key_meant_for_acknowledge_pauses_nothing(play, qtbot):
    play.begin(row())
    play.window.show()
    play.run(1, numerics=LOW)
    play.window.alarm_bar.button.setFocus()
    play.hear(board(row(state="ack", by="anna")))  # the button is off now, and hands the focus on
    play.run(0.3, numerics=())
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        qtbot.keyClick(play.window.focusWidget() or play.window, key)
    assert play.commands == []


def test_without_a_service_there_is_nothing_to_pause(play, qtbot):
    play.begin(row())
    play.run(1, numerics=LOW)
    play.lose()
    play.run(0.3, waves=False, beat=False)
    qtbot.keyClick(play.window, Qt.Key.Key_F3)
    assert not play.window.alarm_bar.pause.isVisible()
    assert play.commands == []


def test_what_is_off_is_seen_at_its_number_and_people_are_reminded(play):
    play.begin()
    play.run(1)
    calm = share(play.window.tiles["pulse_rate"], theme.WARNING)
    play.hear(board(off=[scenes.off()]))
    play.run(0.3)
    assert calm == 0
    assert share(play.window.tiles["pulse_rate"], theme.WARNING) > 0.05
    assert share(play.window.tiles["spo2"], theme.WARNING) == 0
    play.hear(board(off=[scenes.off(reminders=1)]))
    play.run(0.3)
    assert play.window.alarm_bar._notice.startswith("Reminder: alarm off: Pulse high")


def test_a_pressed_number_offers_to_turn_its_alarms_off_and_on(play, qtbot):
    play.begin()
    play.run(1)
    qtbot.mouseClick(play.window.tiles["pulse_rate"], Qt.MouseButton.LeftButton)
    offered = play.window.menu.actions()
    assert [one.text() for one in offered] == ["Turn off Pulse low", "Turn off Pulse high", LIMITS]
    offered[1].menu().actions()[0].trigger()
    play.window.menu.close()
    play.hear(board(off=[scenes.off()]))
    qtbot.mouseClick(play.window.tiles["pulse_rate"], Qt.MouseButton.LeftButton)
    play.window.menu.actions()[1].trigger()
    play.window.menu.close()
    assert play.commands == [
        ("bed1", "off", {"condition": "PR_HIGH", "reason": "known and accepted for this patient"}),
        ("bed1", "on", {"condition": "PR_HIGH"}),
    ]


@pytest.mark.parametrize("inner", [False, True])
def test_the_window_is_acknowledged_through_an_open_menu(play, qtbot, inner):
    play.begin(row())
    play.run(1, numerics=LOW)
    qtbot.mouseClick(play.window.tiles["pulse_rate"], Qt.MouseButton.LeftButton)
    menu = play.window.menu
    qtbot.keyClick(menu.actions()[0].menu() if inner else menu, Qt.Key.Key_F2)
    assert not menu.isVisible()
    assert play.commands == [("bed1", "acknowledge", {"occurrences": [["o-SPO2", "high"]]})]


def test_a_desaturation_alarm_is_not_offered(play, qtbot):
    play.begin()
    play.run(1)
    qtbot.mouseClick(play.window.tiles["spo2"], Qt.MouseButton.LeftButton)
    assert [one.text() for one in play.window.menu.actions()] == ["Turn off SpO₂ low", LIMITS]
    play.window.menu.close()


def test_without_a_service_nothing_is_offered(play, qtbot):
    play.begin()
    play.run(1)
    play.lose()
    qtbot.mouseClick(play.window.tiles["spo2"], Qt.MouseButton.LeftButton)
    assert play.window.menu is None


def test_a_refused_acknowledgement_is_shown(play):
    play.begin(row())
    play.run(1, numerics=LOW)
    refused = [{"occurrence": "o", "ok": False, "text": "it is high now"}]
    play.window.answered("acknowledge", scenes.reply(ok=False, results=refused))
    play.run(0.1, numerics=())
    assert play.window.alarm_bar._notice == "Not acknowledged: it is high now"
    play.run(11, numerics=LOW)
    assert play.window.alarm_bar._notice == ""


def test_a_lost_service_blanks_everything_and_sounds_within_three_seconds(play):
    play.begin(row())
    play.run(3, numerics=LOW)
    play.lose()
    play.run(0.1, waves=False, beat=False)
    assert {tile.text.value for tile in play.window.tiles.values()} == {"---"}
    assert play.window.alarm_bar.shown == ()
    assert "NO CONNECTION" in play.window.alarm_bar.accessibleDescription()
    play.run(2.8, waves=False, beat=False)
    assert [output.wanted for output in play.outputs] == ["high"]
    assert play.window.alarm_bar._notice == "Cannot sound: no sound device on this station"
    play.window.alarm_bar.button.click()
    play.run(1, waves=False, beat=False)
    assert play.outputs[0].wanted is None
    assert play.commands == []
    play.run(121, waves=False, beat=False)
    assert play.outputs[0].wanted == "high"


def test_a_service_that_comes_back_ends_the_sound_and_shows_numbers(play):
    play.begin()
    play.run(3, numerics=OK)
    play.lose()
    play.run(4, waves=False, beat=False)
    play.begin()
    play.run(0.5, numerics=OK)
    assert play.outputs[0].closed
    assert play.window.tiles["spo2"].text.value == "97"


def test_the_trace_is_drawn_and_stops_when_the_data_stop(play):
    play.begin()
    play.run(5, numerics=OK)
    blue = theme.channel_colour("spo2")
    assert share_of(play.window.strip._image, blue) > 0.002
    play.hear(scenes.device(state="lost"), board(LINK_LOST))
    play.run(3, waves=False, numerics=OK)
    assert play.window.strip._lanes["pleth"].note == "NO SIGNAL: stopped 3 s ago"
    play.run(9, waves=False, numerics=OK)  # one whole sweep: the old trace is gone
    assert share_of(play.window.strip._image, blue) == 0


def test_a_chunk_that_comes_early_never_turns_the_trace_back(play, monkeypatch):
    play.begin()
    play.run(1, numerics=OK)
    runs = []
    lane = play.window.strip._lanes["pleth"]
    points = lane.points
    monkeypatch.setattr(lane, "points", lambda *args: runs.extend(found := points(*args)) or found)
    for _ in range(20):
        play.run(0.11, numerics=())  # a chunk three times as often as its samples last
    steps = [b.x() - a.x() for run in runs for a, b in pairwise(run)]
    assert len(steps) > 20
    assert min(steps) >= 0


def test_a_gap_in_the_counter_is_a_hole_in_the_trace(play):
    play.begin()
    play.run(3, numerics=OK)
    drawn = play.window.strip._image.copy()
    play.first += 75  # a second was lost
    play.run(2, numerics=OK)
    assert play.window.strip._image != drawn
    values = play.window._model.state.sweeps["pleth"].between(play.first - 225, play.first)
    assert (values != values).sum() == 75


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(1280, 800, id="1280x800"),
        pytest.param(1920, 1080, id="1920x1080"),
        pytest.param(800, 480, id="small"),
    ],
)
def test_the_numbers_are_large_at_every_size(play, width, height):
    play.begin()
    play.window.resize(width, height)
    play.run(1, numerics=OK)
    image = play.window.tiles["spo2"].grab().toImage()
    ink = QColor(theme.channel_colour("spo2")).rgb()
    middle = range(round(image.height() * 0.22), image.height())
    rows = [y for y in middle if any(image.pixel(x, y) == ink for x in range(0, image.width(), 2))]
    assert len(rows) >= 0.125 * height  # 25 mm of a 200 mm high screen


def test_closing_asks_once_and_never_hides_the_alarm_bar(play):
    play.begin(row())
    play.run(1, numerics=LOW)
    assert not play.window.close()
    assert play.window.ask.isVisible()
    assert not play.window.ask.geometry().intersects(play.window.alarm_bar.geometry())
    play.window.ask.stay.click()
    assert not play.window.ask.isVisible()
    assert not play.window.close()
    play.window.ask.leave.click()
    assert not play.window.isVisible()


def test_without_a_service_closing_does_not_ask(play):
    play.run(1, waves=False, beat=False)
    assert play.window.close()


def test_the_picture_is_of_the_highest_alarm_and_another_is_taken_at_the_end(play, tmp_path):
    path = tmp_path / "shown" / "dashboard.png"
    taker = Picture(play.window, path)
    play.window.ticked.connect(lambda now: taker.look(play.window.alarm, lit=play.window.lit, now=now))
    play.begin(MEDIUM_BP)
    play.run(4, numerics=OK)
    medium = path.read_bytes()
    play.hear(board(row()))
    play.run(4, numerics=LOW)
    assert path.read_bytes() != medium
    high = path.read_bytes()
    play.hear(board())
    play.run(1, numerics=OK)
    taker.finish()
    assert path.read_bytes() == high
    assert at_end(path).read_bytes().startswith(b"\x89PNG")
    assert sorted(one.name for one in path.parent.iterdir()) == ["dashboard-end.png", "dashboard.png"]


def test_a_quiet_hour_leaves_one_picture(play, tmp_path):
    taker = Picture(play.window, tmp_path / "p.png")
    play.begin()
    play.run(1, numerics=OK)
    taker.finish()
    assert [one.name for one in tmp_path.iterdir()] == ["p.png"]


def test_very_long_texts_are_cut_and_nothing_fails(play):
    word = "remarkably " * 40
    rows = [row(f"R{i}", ["high", "medium", "low"][i % 3], text=word, action=word) for i in range(9)]
    play.begin(*rows, title=word, preset=word, preset_note=word, store=f"failed: {word}", sound=word)
    play.run(1, numerics=(numeric(value=100.0), numeric("pulse_rate", 300.0), numeric("resp_rate", 120.0)))
    play.window._say(word)
    play.run(1, numerics=())
    assert len(play.window.alarm_bar.shown) == 3


def test_a_flood_shows_the_highest_first_and_counts_what_it_hides(play, qtbot):
    """Fifty alarms in ten seconds, the gravest in their midst: it is seen from its first frame on."""
    flood, grave = [], 30
    play.begin()
    for number in range(50):
        priority = "high" if number == grave else ("low", "medium")[number % 2]
        flood.append(row(f"R{number}", priority, text=f"Alarm {number}", limit_text=""))
        shown = sorted(flood, key=lambda one: ("high", "medium", "low").index(one.priority))
        play.hear(board(*shown, seq=number + 1))
        play.run(0.2)
        bar = play.window.alarm_bar
        assert bar.shown[0].text == shown[0].text, number
        assert len(bar.shown) == min(len(flood), 3)
        hidden = hidden_text(bar._bar.rows[len(bar.shown) :])
        assert hidden.startswith(f"+ {len(flood) - 3} more" if len(flood) > 3 else "")
        if number == grave:
            play.run(0.5)
            assert share(bar, theme.ALARMS["high"][0]) > 0.3 or share(bar, theme.ALARMS["high"][1]) > 0.05
    assert bar.shown[0].text == "Alarm 30"
    assert play.outputs == [], "the service sounds, once; a window that hears it opens no sound of its own"
