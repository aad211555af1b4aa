"""What the tiles say: never an old number as if it were live."""

import bed_scenes as scenes
import pytest
from bed_scenes import LIMITS, StepClock, board, device, limit, nibp, numeric, row, snapshot

from monitor.link.client import Connection
from monitor.link.messages import Cuff
from ui.bed_model import BedModel
from ui.presenters.tiles import limits_text, tile, tiles


class Bed:
    def __init__(self, *rows, **changes):
        self.clock = StepClock()
        self.model = BedModel()
        self.say(scenes.connected(self.clock.now()), snapshot(*rows, **changes))

    def say(self, *items):
        for item in items:
            self.model.accept(item, self.clock.now())

    def later(self, seconds):
        """Let time pass with the service alive."""
        self.clock.advance(seconds)
        self.say(scenes.heartbeat())

    def tile(self, channel="spo2"):
        return tile(self.model.state, channel, self.clock.now())


@pytest.mark.parametrize(
    ("age_s", "value", "style", "note"),
    [
        pytest.param(0, "97", "normal", "", id="fresh"),
        pytest.param(3, "97", "normal", "", id="3 s is current"),
        pytest.param(4, "97", "stale", "4 s ago: not live", id="4 s is stale"),
        pytest.param(30, "97", "stale", "30 s ago: not live", id="30 s is the last"),
        pytest.param(31, "---", "absent", "no data", id="31 s is blank"),
    ],
)
def test_a_continuous_number_fades_and_goes(age_s, value, style, note):
    bed = Bed()
    bed.later(age_s)
    said = bed.tile()
    assert (said.value, said.style, said.note) == (value, style, note)


def test_age_counts_what_the_service_said_too():
    bed = Bed(numerics=[numeric(age_s=29.0)])
    bed.later(2)
    assert bed.tile().value == "---"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        pytest.param("sensor_off", "sensor off patient", id="sensor off"),
        pytest.param("searching", "searching for pulse", id="searching"),
        pytest.param("out_of_range", "not plausible", id="out of range"),
        pytest.param(None, "no reading", id="no reason"),
        pytest.param("from_the_future", "from the future", id="unknown reason"),
    ],
)
def test_no_reading_says_why_at_once(reason, words):
    bed = Bed()
    bed.say(numeric(value=None, reason=reason))
    assert (bed.tile().value, bed.tile().style, bed.tile().note) == ("---", "absent", words)


@pytest.mark.parametrize("state", ["lost", "silent", "wrong_model", "connecting"])
def test_a_stale_number_names_the_trouble_of_its_device(state):
    bed = Bed()
    bed.later(5)
    bed.say(device(state=state))
    assert bed.tile().style == "stale"
    assert "not live" not in bed.tile().note


def test_without_a_connection_no_tile_has_a_number():
    bed = Bed()
    bed.say(Connection("lost", "gone", bed.clock.now()))
    said = tiles(bed.model.state, bed.clock.now())
    assert {one.value for one in said} == {"---"}
    assert {one.note for one in said} == {"no connection"}
    assert not any(one.limits or one.extra or one.alarm for one in said)


def test_a_doubtful_number_carries_a_question_mark_and_its_cause():
    bed = Bed(devices=[device(status=["low_perfusion"])])
    bed.say(numeric(value=96.0, doubtful=True))
    assert (bed.tile().value, bed.tile().style, bed.tile().note) == ("96?", "doubtful", "weak pulse")


def test_nothing_heard_yet_is_waiting():
    bed = Bed(numerics=[], nibp=None)
    assert bed.tile().note == "waiting for the first reading"
    assert bed.tile("nibp").note == "no measurement yet"


@pytest.mark.parametrize(
    ("age_s", "style", "note"),
    [
        pytest.param(12, "normal", "12 s ago", id="fresh"),
        pytest.param(22 * 60, "normal", "22 min ago", id="22 min"),
        pytest.param(23 * 60, "stale", "23 min ago: old", id="greyed after 1.5 intervals"),
        pytest.param(3900, "stale", "1 h 05 min ago: old", id="over an hour"),
    ],
)
def test_a_pressure_always_has_its_age(age_s, style, note):
    said = Bed(nibp=nibp(age_s=age_s)).tile("nibp")
    assert (said.value, said.style, said.note) == ("128/76", style, note)


def test_a_pressure_taken_in_movement_is_doubtful():
    said = Bed(nibp=nibp(status=["body_movement"], age_s=10)).tile("nibp")
    assert (said.value, said.style, said.note) == ("128/76?", "doubtful", "10 s ago · movement")


def test_a_failed_attempt_is_said_beside_the_last_pressure():
    bed = Bed(nibp=nibp(age_s=600))
    bed.say(nibp(None, None, None, age_s=0))
    assert bed.tile("nibp").value == "128/76"
    assert bed.tile("nibp").note == "10 min ago · failed 0 s ago"


@pytest.mark.parametrize(
    ("limits", "channel", "text"),
    [
        pytest.param(LIMITS, "spo2", "< 90", id="the one met first"),
        pytest.param(LIMITS, "pulse_rate", "< 50  > 130", id="low and high"),
        pytest.param([limit("X", "spo2", "<=", 92)], "spo2", "≤ 92", id="with its comparator"),
        pytest.param([], "spo2", "", id="none"),
    ],
)
def test_limits_are_shown_with_their_comparator(limits, channel, text):
    assert limits_text(limits, channel) == text


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], (None, "", ""), id="none"),
        pytest.param([row()], ("high", "unack", "***"), id="patient"),
        pytest.param([row(kind="technical", priority="medium")], ("medium", "unack", "!!"), id="equipment"),
        pytest.param(
            [row(state="ack"), row("B", "low")], ("low", "unack", "*"), id="an unseen one comes first"
        ),
        pytest.param([row(channel="pulse_rate")], (None, "", ""), id="another channel's"),
    ],
)
def test_a_tile_shows_the_worst_alarm_of_its_channel(rows, expected):
    said = Bed(*rows).tile()
    assert (said.alarm, said.alarm_state, said.symbol) == expected


def test_optional_channels_get_a_tile_once_heard_of():
    bed = Bed(numerics=[numeric()])
    assert [one.channel for one in tiles(bed.model.state, bed.clock.now())] == ["spo2", "pulse_rate", "nibp"]
    bed.say(numeric("heart_rate", 80.0))
    assert tiles(bed.model.state, bed.clock.now())[-1].channel == "heart_rate"


def test_a_tile_can_be_spoken():
    bed = Bed()
    bed.say(board(row()))
    assert bed.tile().spoken == "SpO₂ 97 %, alarm limits < 90, high priority alarm, unack"


@pytest.mark.parametrize(
    ("interval_s", "age_s", "style"),
    [
        pytest.param(1.0, 4, "stale", id="told every second"),
        pytest.param(2.0, 6, "normal", id="told every 2 s, 6 s old"),
        pytest.param(2.0, 7, "stale", id="told every 2 s, 7 s old"),
        pytest.param(5.0, 10, "normal", id="told every 5 s: 10 s at most"),
        pytest.param(5.0, 11, "stale", id="told every 5 s, 11 s old"),
    ],
)
def test_a_value_is_current_for_three_intervals_of_its_device(interval_s, age_s, style):
    bed = Bed()
    slow = device("oximeter")
    slow.interval_s = interval_s
    bed.say(slow)
    bed.later(age_s)
    assert bed.tile().style == style


# --- alarms that are off ---------------------------------------------------------------------------


def test_an_alarm_that_is_off_stands_at_its_number_and_its_limit_does_not():
    bed = Bed()
    assert (bed.tile("pulse_rate").off, bed.tile("pulse_rate").limits) == ("", "< 50  > 130")
    bed.say(board(off=[scenes.off("PR_HIGH")]))
    said = bed.tile("pulse_rate")
    assert (said.off, said.limits) == ("alarm off: Pulse high", "< 50")
    assert "alarm off: Pulse high" in said.spoken
    assert bed.tile("spo2").off == ""


def test_the_next_limit_shows_when_the_first_one_is_off():
    bed = Bed()
    bed.say(board(off=[scenes.off("SPO2_LOW", "spo2")]))
    assert bed.tile("spo2").limits == "< 85"


def test_the_cuff_names_every_pressure_that_is_off():
    bed = Bed()
    bed.say(board(off=[scenes.off("SYS_HIGH", "nibp_sys"), scenes.off("DIA_LOW", "nibp_dia")]))
    said = bed.tile("nibp")
    assert (said.off, said.limits) == ("alarm off: Systolic high, Diastolic low", "SYS < 90 · DIA > 100")


def test_without_a_connection_nobody_knows_what_is_off():
    bed = Bed()
    bed.say(board(off=[scenes.off("PR_HIGH")]))
    bed.clock.advance(4)
    assert bed.tile("pulse_rate").off == ""


def test_the_pressure_tile_says_that_the_cuff_measures_and_why_it_failed():
    bed = Bed(nibp=None)
    bed.say(Cuff(bed=scenes.BED, device="cuff", phase="measuring", interval_s=None, due_in_s=None, detail="",
                 utc=scenes.UTC))  # fmt: skip
    assert bed.tile("nibp").note == "measuring"
    pressure = numeric("cuff_pressure", 142.0, device="cuff")
    bed.say(pressure)
    assert bed.tile("nibp").note == "measuring 142"
    bed.say(Cuff(bed=scenes.BED, device="cuff", phase="idle", interval_s=None, due_in_s=None, detail="",
                 utc=scenes.UTC))  # fmt: skip
    bed.say(nibp(None, None, None, age_s=0, error="leak or loose cuff (87)"))
    assert bed.tile("nibp").note == "failed 0 s ago: leak or loose cuff (87)"


def test_before_the_first_reading_the_tile_says_what_is_wrong_with_its_device():
    bed = Bed(numerics=[])
    assert bed.tile().note == "waiting for the first reading"
    other = device("oximeter", "wrong_model")
    other.channels = ["spo2"]
    bed.say(other)
    assert bed.tile().note == "wrong model"
