"""What the station lets be heard of the boards of all beds, and when it says that nothing can be."""

import asyncio

import msgspec
import pytest

from alarms.sound.output import OutputState
from monitor.link.messages import AlarmBoard, AlarmRow, OffAlarm, RowMember
from monitor.service.sounding import StationSound

OK = OutputState(True, "ok")
OPENING = OutputState(False, "opening the sound device", opening=True)
STALLED = OutputState(False, "the sound output has stalled")


class Output:
    """Stands for the output; its own test runs the real one."""

    def __init__(self):
        self.state = OK
        self.told = []
        self.tests = self.beats = self.reminders = 0
        self.gain_db = 0.0
        self.started = False

    def start(self):
        self.started = True

    def test(self):
        self.tests += 1

    def beat(self):
        self.beats += 1

    def louder(self, gain_db):
        self.gain_db = gain_db

    def remind(self):
        self.reminders += 1

    def sound(self, priority, *, at_once=False):
        self.told.append((priority, at_once))


def board(bed="bed1", sounding=None, **states):
    """A board with an occurrence for each `name="high unack"`."""
    rows = []
    for name, words in states.items():
        priority, state = words.split()
        member = RowMember(occurrence=name, condition=name, priority=priority, state=state)
        rows.append(
            AlarmRow(
                key=name, priority=priority, state=state, text=name, action="", kind="physiological",
                since_utc="", age_s=0.0, members=[member],
            )
        )  # fmt: skip
    return AlarmBoard(bed=bed, seq=1, rows=rows, highest=sounding, sounding=sounding)


@pytest.fixture
def output():
    return Output()


@pytest.fixture
def sound(output):
    return StationSound(output)


def test_the_highest_of_all_beds_is_heard(sound, output):
    sound.show(board("bed2"))
    sound.show(board("bed1", "medium", a="medium unack"))
    sound.show(board("bed2", "high", b="high unack"))
    assert [priority for priority, _ in output.told] == [None, "medium", "high"]


def test_one_bed_that_falls_quiet_does_not_quieten_another(sound, output):
    sound.show(board("bed1", "medium", a="medium unack"))
    sound.show(board("bed2", "high", b="high unack"))
    sound.show(board("bed2"))
    assert output.told[-1] == ("medium", False)


def test_an_alarm_that_nobody_answers_is_louder_until_it_is_answered(sound, output):
    alarm = board("bed1", "high", a="high unack")
    alarm.louder_db = 6.0
    sound.show(alarm)
    sound.show(board("bed2", "high", b="high unack"))
    assert output.gain_db == 6.0
    sound.show(board("bed1", a="high ack"))
    assert output.gain_db == 0.0


@pytest.mark.parametrize(
    ("reminders", "paused_s", "heard"),
    [
        pytest.param(1, 0.0, 0, id="the same number"),
        pytest.param(2, 0.0, 1, id="one more"),
        pytest.param(2, 30.0, 0, id="while audio is paused"),
    ],
)
def test_a_reminder_of_what_is_off_is_heard_once(sound, output, reminders, paused_s, heard):
    for number, paused in ((1, 0.0), (reminders, paused_s), (reminders, paused_s)):
        shown = board()
        shown.paused_s = paused
        shown.off = [
            OffAlarm(condition="PR_HIGH", channels=[], by="anna", reason="x", age_s=1, reminders=number)
        ]
        sound.show(shown)
    assert output.reminders == heard


@pytest.mark.parametrize(
    ("then", "told"),
    [
        pytest.param(board(a="high ack"), (None, True), id="acknowledged: quiet at once"),
        pytest.param(board(a="high unack"), (None, True), id="paused: quiet at once"),
        pytest.param(board(), (None, False), id="over: the burst ends"),
        pytest.param(board(a="high latched"), (None, False), id="over and latched: the burst ends"),
        pytest.param(
            board(sounding="medium", a="high ack", b="medium unack"),
            ("medium", True),
            id="acknowledged, a medium is left: at once",
        ),
        pytest.param(
            board(sounding="medium", a="high latched", b="medium unack"),
            ("medium", False),
            id="over, a medium is left: after half the burst",
        ),
        pytest.param(
            board(sounding="high", a="high ack", c="high unack"), ("high", False), id="another high goes on"
        ),
    ],
)
def test_what_a_person_quietens_is_quiet_at_once_and_what_is_over_ends_its_burst(sound, output, then, told):
    sound.show(board(sounding="high", a="high unack", b="medium unack"))
    sound.show(then)
    assert output.told[-1] == told


def test_a_row_that_was_paused_does_not_cut_the_burst_of_one_that_is_over(sound, output):
    before = board("bed1", "high", A="high unack", B="high unack")
    before.rows[1].paused_s = 60.0
    sound.show(before)
    sound.show(board("bed1", None, B="high unack"))
    assert output.told[-1] == (None, False)


def test_the_start_asks_for_the_test_tone(sound, output):
    sound.start()
    assert (output.started, output.tests) == (True, 1)


@pytest.mark.parametrize(
    ("state", "failure"), [(OK, None), (OPENING, None), (STALLED, "the sound output has stalled")]
)
def test_a_device_that_does_not_sound_is_a_failure_unless_it_is_just_opening(sound, output, state, failure):
    output.state = state
    assert (sound.failure(), sound.text()) == (failure, state.text)


async def test_every_change_is_told_and_the_player_hears_that_the_service_lives(sound, output, monkeypatch):
    monkeypatch.setattr("monitor.service.sounding.LOOK_S", 0)
    told = []
    task = asyncio.create_task(sound.watch(told.append))
    for state in (OPENING, OK, STALLED, STALLED, OK):
        output.state = state
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    task.cancel()
    assert told == [None, None, "the sound output has stalled", None]
    assert output.beats >= 5


def test_a_station_without_sound_says_so_and_does_not_alarm():
    sound = StationSound(None)
    sound.start()
    sound.show(board("bed1", "high", a="high unack"))
    assert (sound.text(), sound.failure()) == ("none", None)


def test_a_bed_whose_sound_another_station_holds_is_not_heard_here_and_others_are(sound, output):
    sound.show(board(sounding="high", desat="high unack"))
    held = msgspec.structs.replace(board(sounding="high", desat="high unack"), sounds_here=False)
    sound.show(held)
    assert output.told[-1] == (None, True), "at once: a person took it"
    sound.show(board("bed2", sounding="low", low="low unack"))
    assert output.told[-1] == ("low", False)
    sound.show(msgspec.structs.replace(held, sounds_here=True))
    assert output.told[-1][0] == "high"


def test_what_is_held_elsewhere_is_not_louder_here(sound, output):
    sound.show(msgspec.structs.replace(board(sounding="high"), sounds_here=False, louder_db=6.0))
    assert output.gain_db == 0
    sound.show(msgspec.structs.replace(board(sounding="high"), louder_db=6.0))
    assert output.gain_db == 6


def test_the_reminder_is_held_with_the_sound(sound, output):
    one = {"condition": "PR_HIGH", "channels": ["pulse_rate"], "by": "anna", "reason": "known", "age_s": 1.0}
    for reminders in (0, 1):
        off = [OffAlarm(**one, reminders=reminders)]
        sound.show(msgspec.structs.replace(board(), off=off, sounds_here=False))
    assert output.reminders == 0
