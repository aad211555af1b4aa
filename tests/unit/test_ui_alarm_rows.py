"""The alarm bar's lines, and what *Acknowledge* names."""

import pytest
from bed_scenes import LINK_LOST, MEDIUM_BP, StepClock, alarm, board, connected, heartbeat, row, snapshot

from monitor.link.client import Connection
from monitor.link.messages import Reply
from ui.bed_model import BedModel
from ui.presenters.alarm_rows import answer_text, bar, hidden_text, to_acknowledge


@pytest.fixture
def clock():
    return StepClock()


@pytest.fixture
def model(clock):
    made = BedModel()
    made.accept(connected(clock.now()), clock.now())
    made.accept(snapshot(), clock.now())
    return made


def show(model, clock, *rows):
    model.accept(board(*rows), clock.now())
    return bar(model.state, clock.now())


@pytest.mark.parametrize(
    ("rows", "light", "flashing"),
    [
        pytest.param([], None, False, id="none"),
        pytest.param([row()], "high", True, id="high"),
        pytest.param(
            [MEDIUM_BP, row(state="ack", by="anna")], "medium", True, id="acknowledged high is steady"
        ),
        pytest.param([row(state="ack", by="anna")], "high", False, id="only acknowledged"),
        pytest.param([row(state="latched")], "high", True, id="latched still wants to be seen"),
    ],
)
def test_the_light_is_the_highest_unseen_priority(model, clock, rows, light, flashing):
    said = show(model, clock, *rows)
    assert (said.light, said.flashing) == (light, flashing)


def test_unseen_rows_come_before_acknowledged_ones(model, clock):
    said = show(model, clock, row("A", state="ack", by="x"), row("B", "low"), row("C", "medium", "latched"))
    assert [one.key for one in said.rows] == ["B", "C", "A"]


@pytest.mark.parametrize(
    ("given", "symbol"),
    [
        pytest.param(row(), "***", id="patient high"),
        pytest.param(MEDIUM_BP, "**", id="patient medium"),
        pytest.param(LINK_LOST, "!!", id="equipment medium"),
        pytest.param(row(kind="technical"), "!!!", id="equipment high"),
    ],
)
def test_shape_says_priority_without_colour(model, clock, given, symbol):
    assert show(model, clock, given).rows[0].symbol == symbol


@pytest.mark.parametrize(
    ("text", "limit_text", "expected"),
    [
        pytest.param("SpO2 82 %", "< 85 %", "SpO2 82 %   (< 85 %)", id="limit added"),
        pytest.param("SpO2 82 % (limit < 85)", "< 85 %", "SpO2 82 % (limit < 85)", id="limit said already"),
        pytest.param("Systolic 181", ">= 180 mmHg", "Systolic 181   (≥ 180 mmHg)", id="comparator as a sign"),
    ],
)
def test_a_row_says_its_limit_once(model, clock, text, limit_text, expected):
    assert show(model, clock, row(text=text, limit_text=limit_text)).rows[0].text == expected


def test_a_latched_row_says_what_was(model, clock):
    model.accept(alarm(value=84.0), clock.now())
    said = show(model, clock, row(state="latched", text="SpO2 low", limit_text=""))
    assert said.rows[0].text == "was 84 %: SpO2 low"


def test_a_latched_row_is_never_read_as_present(model, clock):
    assert (
        show(model, clock, row(state="latched", text="No data", limit_text="")).rows[0].text
        == "over: No data"
    )
    assert (
        show(model, clock, row(state="latched", text="SpO2 was 84 %"))
        .rows[0]
        .text.startswith("SpO2 was 84 %")
    )


def test_age_goes_on_between_messages(model, clock):
    model.accept(board(row(age_s=50)), clock.now())
    clock.advance(15)
    model.accept(heartbeat(), clock.now())
    assert bar(model.state, clock.now()).rows[0].age == "1:05"


def test_without_a_connection_there_are_no_rows(model, clock):
    show(model, clock, row())
    model.accept(Connection("lost", "gone", clock.now()), clock.now())
    assert bar(model.state, clock.now()).rows == ()


def test_acknowledge_names_what_was_shown_and_not_yet_acknowledged(model, clock):
    said = show(model, clock, row(), MEDIUM_BP, row("C", "low", "ack", by="x"))
    assert to_acknowledge(said.rows) == (("o-SPO2", "high"), ("o-BP", "medium"))
    assert to_acknowledge(said.rows[:1]) == (("o-SPO2", "high"),)


@pytest.mark.parametrize(
    ("states", "text"),
    [
        pytest.param([], "", id="none"),
        pytest.param(["unack"], "+ 1 more alarm, worst ***", id="one"),
        pytest.param(["ack", "unack"], "+ 2 more alarms, worst ***", id="two"),
        pytest.param(["ack"], "+ 1 more alarm, acknowledged, worst ***", id="acknowledged"),
    ],
)
def test_hidden_rows_are_counted(model, clock, states, text):
    said = show(model, clock, *(row(f"R{i}", state=state) for i, state in enumerate(states)))
    assert hidden_text(said.rows) == text


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        pytest.param(Reply(id="1", ok=True, text="acknowledged"), "", id="accepted"),
        pytest.param(
            Reply(id="1", ok=False, text="x", results=[{"ok": False, "text": "higher now"}, {"ok": True}]),
            "Not acknowledged: higher now",
            id="one refused",
        ),
        pytest.param(
            Reply(id="1", ok=False, text="no connection"), "Not acknowledged: no connection", id="not sent"
        ),
    ],
)
def test_a_refusal_is_said(reply, text):
    assert answer_text("acknowledge", reply) == text


def test_a_refused_pause_is_told():
    refused = Reply(id="1", ok=False, text="audio is paused already by Lee, 40 s left")
    assert answer_text("pause", refused) == "Audio: audio is paused already by Lee, 40 s left"
    assert answer_text("pause", Reply(id="1", ok=True, text="audio paused for 120 s")) == ""
