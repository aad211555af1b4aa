"""`vigil watch`: JSON lines and plain lines."""

import io
import json

import bed_scenes as scenes
import limit_scenes
import pytest
from bed_scenes import StepClock, board, heartbeat, numeric, pleth, row, snapshot
from msgspec import structs
from rich.console import Console

from monitor.link.client import Connection
from ui.bed_model import BedModel
from ui.terminal import table
from ui.terminal.lines import line
from ui.terminal.watch import PlainLines


def parsed(item, bed=None, *, waves=False):
    said = line(item, bed, waves=waves)
    return None if said is None else json.loads(said)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        pytest.param(numeric(), "numeric", id="numeric"),
        pytest.param(scenes.nibp(), "nibp", id="nibp"),
        pytest.param(scenes.alarm(), "alarm", id="alarm"),
        pytest.param(board(row()), "board", id="board"),
        pytest.param(scenes.device(), "device", id="device"),
        pytest.param(snapshot(), "snapshot", id="snapshot"),
        pytest.param(Connection("lost", "gone", 0), "connection", id="connection"),
    ],
)
def test_every_message_is_one_object_with_its_type(item, kind):
    assert parsed(item)["type"] == kind
    assert "\n" not in line(item, None, waves=True)


def test_heartbeats_and_other_beds_are_left_out():
    assert parsed(heartbeat()) is None
    assert parsed(numeric(), "bed2") is None
    assert parsed(numeric(), "bed1") is not None


def test_waveforms_only_when_asked_and_as_integers():
    assert parsed(pleth(0, 3)) is None
    said = parsed(pleth(0, 3), waves=True)
    assert said["samples"] == [int(value) for value in said["samples"]]
    assert len(said["samples"]) == 3


class Station:
    def __init__(self):
        self.clock = StepClock()
        self.lines = PlainLines(None, self.clock)
        self.lines.accept(scenes.connected(self.clock.now()))
        self.lines.accept(snapshot())

    def hear(self, *items):
        for item in items:
            self.lines.accept(item)
        return self.lines.due()


def test_plain_lines_say_numbers_once_in_ten_seconds():
    station = Station()
    first = station.hear()
    assert first[0] == "Connected to the service"
    assert first[-1].startswith("SIMULATED  SpO₂ 97 %")
    station.clock.advance(5)
    assert station.hear(heartbeat(), numeric(value=96.0)) == []
    station.clock.advance(5)
    assert "SpO₂ 96 %" in station.hear(heartbeat(), numeric(value=96.0))[0]


def test_plain_lines_say_an_alarm_once_and_its_end():
    station = Station()
    station.hear()
    said = station.hear(board(row()))
    assert len(said) == 1
    assert said[0].startswith("ALARM *** SpO₂ very low: 82 %")
    station.clock.advance(1)
    assert station.hear(heartbeat(), board(row(age_s=24))) == []
    assert station.hear(board(row(state="ack", by="anna")))[0].endswith("Give oxygen.")
    assert station.hear(board()) == ["No alarms"]


def test_plain_lines_say_an_audio_pause_once_and_its_end():
    station = Station()
    station.hear()
    said = station.hear(board(paused_s=90.0))
    station.clock.advance(1)
    said += station.hear()
    said += station.hear(board())
    assert [text for text in said if "udio" in text.lower()] == [
        "AUDIO PAUSED 1:30 by anna",
        "Audio pause ended",
    ]


def test_plain_lines_say_what_is_turned_off_and_on():
    station = Station()
    station.hear()
    said = station.hear(board(off=[scenes.off()])) + station.hear() + station.hear(board())
    assert [text for text in said if "alarm o" in text.lower()] == [
        "ALARM OFF: Pulse high, by anna: known tachycardia",
        "Alarm on: Pulse high",
    ]


def test_plain_lines_say_when_limits_are_changed_and_as_in_the_preset_again():
    station = Station()
    station.hear()
    said = station.hear(snapshot(limits_changed=2)) + station.hear() + station.hear(snapshot())
    assert [text for text in said if text.startswith("Limits")] == [
        "Limits: 2 limits changed",
        "Limits: all as in the preset",
    ]


def test_plain_lines_say_a_lost_service_once():
    station = Station()
    station.hear()
    said = station.hear(Connection("lost", "it closed", station.clock.now()))
    assert said[0].startswith("NO CONNECTION TO THE SERVICE")
    station.clock.advance(1)
    assert station.hear() == []


def printed(model, clock):
    out = io.StringIO()
    Console(file=out, width=120).print(table.screen(model.state, "anna", clock.now(), clock.now()))
    return out.getvalue()


def test_the_table_shows_numbers_limits_alarms_and_the_simulated_mark():
    clock, model = StepClock(), BedModel()
    model.accept(scenes.connected(clock.now()), clock.now())
    model.accept(snapshot(row()), clock.now())
    said = printed(model, clock)
    assert all(text in said for text in ("SIMULATED", "SpO₂ very low", "97", "< 90", "128/76", "mean 93"))


def test_the_table_has_no_numbers_without_a_connection():
    clock, model = StepClock(), BedModel()
    model.accept(scenes.connected(clock.now()), clock.now())
    model.accept(snapshot(row()), clock.now())
    clock.advance(10)
    said = printed(model, clock)
    assert "NO CONNECTION" in said
    assert "97" not in said


def test_a_screen_of_24_lines_has_the_alarms_and_the_numbers():
    clock, model = StepClock(), BedModel()
    first = structs.replace(row(), paused_s=95.0, paused_by="anna")
    rows = [first, *(row(f"R{number}", "medium", text=f"Alarm {number}") for number in range(5))]
    model.accept(scenes.connected(clock.now()), clock.now())
    model.accept(
        limit_scenes.snapshot(*rows, sound="stalled", restored_after_s=34.0, limits_changed=2), clock.now()
    )
    console = Console(file=io.StringIO(), width=80, height=24)
    console.print(table.screen(model.state, "anna", clock.now(), clock.now()))
    said = console.file.getvalue()
    assert said.count("\n") <= 24
    for part in (
        "[audio paused by anna, 1:35]",
        "+ 2 more alarms, worst **",
        "✎ < 45",
        "128/76",
        "2 limits changed",
    ):
        assert part in said
