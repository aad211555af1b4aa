"""A bed opened, left and opened again on a real session file, in time that the test moves."""

import contextlib
import dataclasses
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from alarms import preset as presets
from alarms.baseline import Baseline
from drivers import registry
from monitor.config import BedEntry, DeviceEntry
from monitor.core.clock import Nanos, SystemClock, seconds
from monitor.core.errors import ConfigError
from monitor.core.types import CuffPhase, CuffState, DeviceStatus, Nibp, Numeric, Reason, StatusCode
from monitor.core.units import Unit
from monitor.link import messages
from monitor.record import journal
from monitor.record.recorder import Recorder
from monitor.record.session_file import SessionFile, connect_readonly
from monitor.service.opening import Station, armed_preset, open_bed

pytestmark = pytest.mark.integration

ENTRY = BedEntry(
    id="bed1", title="Room 1", device=(DeviceEntry(id="ox", model="nonin-df2", port="/dev/null"),)
)


class Clock:
    """The machine's time with what the test added to it."""

    def __init__(self):
        self._ahead = 0
        self.wall_s = 0.0

    def now(self):
        return Nanos(SystemClock().now() + self._ahead)

    def utc(self):
        return datetime.now(UTC) + timedelta(seconds=self.wall_s, microseconds=self._ahead // 1000)

    def forward(self, span_s):
        self._ahead += seconds(span_s)


class Room:
    def __init__(self, folder):
        self.clock = Clock()
        self.said = []
        ids = iter(f"id{number}" for number in range(100_000))
        preset, no_sound = "adult-standard", lambda: "none"
        self.station = Station(
            folder, self.clock, "epoch", "0", preset, lambda: next(ids), self.said.append, no_sound
        )

    def open(self, entry=ENTRY):
        return open_bed(entry, self.station, start_session=True, on_store=lambda bed, failed: None)

    def breathe(self, bed, value, span_s):
        for _ in range(span_s):
            self.clock.forward(1)
            bed.accept(Numeric("ox", "spo2", self.clock.now(), value, Unit.PERCENT))
            bed.tick()

    def starts(self, condition):
        alarms = [message for message in self.said if isinstance(message, messages.Alarm)]
        return [alarm for alarm in alarms if (alarm.condition, alarm.event) == (condition, "start")]


@pytest.fixture
def room(tmp_path):
    return Room(tmp_path)


def test_a_delay_that_ran_before_the_restart_goes_on_after_it(room):
    bed = room.open()
    room.breathe(bed, 97, 20)
    room.breathe(bed, 89, 7)
    assert not room.starts("SPO2_LOW")
    bed.close(ended=False)
    room.clock.forward(2)
    again = room.open()
    room.breathe(again, 89, 3)
    assert room.starts("SPO2_LOW"), "10 s outside, the restart included"
    again.close(ended=False)


def test_an_alarm_state_that_cannot_be_read_is_an_alarm_and_not_a_service_that_does_not_start(room, tmp_path):
    bed = room.open()
    room.breathe(bed, 97, 5)
    bed.close(ended=False)
    (path,) = tmp_path.glob("*.vigil")
    recorder = Recorder(SessionFile.open(path), room.clock, "epoch")
    recorder.checkpoint(msgspec.to_builtins({"version": 99}), 0, room.clock.now())
    recorder.close(ended=False)
    again = room.open()
    assert room.starts("ALARM_ENGINE_STALL")
    again.close(ended=False)


def left_alarming(room, tmp_path):
    """A bed is left with a high alarm; return its file."""
    bed = room.open()
    room.breathe(bed, 97, 5)
    room.breathe(bed, 80, 6)
    bed.close(ended=False)
    room.said.clear()
    room.clock.forward(2)
    (path,) = tmp_path.glob("*.vigil")
    return path


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("UPDATE checkpoints SET digest = zeroblob(16)", id="no checkpoint is whole"),
        pytest.param("DELETE FROM checkpoints", id="no checkpoint"),
        pytest.param("UPDATE checkpoints SET dump = 'none', digest = 'x'", id="no bytes"),
        pytest.param("UPDATE numerics SET value = 'abc'", id="a value that is text"),
    ],
)
def test_alarms_that_cannot_be_taken_up_are_never_lost_without_a_word(room, tmp_path, damage):
    path = left_alarming(room, tmp_path)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    again = room.open()
    (lost,) = room.starts("ALARM_ENGINE_STALL")
    assert lost.priority == "high" and "look at the patient" in lost.text
    again.close(ended=False)


CUFF = BedEntry(
    id="bed1",
    title="Room 1",
    device=(DeviceEntry(id="cuff", model="suntech-advantage", port="/dev/null", interval_min=10),),
)


@pytest.mark.parametrize(
    ("told", "left"),
    [
        pytest.param([600.0], {"cuff": 10}, id="as configured"),
        pytest.param([600.0, None], {"cuff": 0}, id="stopped by a person"),
        pytest.param([600.0, 180.0], {"cuff": 3}, id="another cycle by a person"),
    ],
)
def test_a_cycle_is_after_a_restart_as_a_person_left_it(room, told, left):
    bed = room.open(CUFF)
    assert bed.cycles == {}, "a new session begins as configured"
    for interval_s in told:
        bed.accept(CuffState("cuff", room.clock.now(), CuffPhase.IDLE, interval_s))
    bed.close(ended=False)
    room.clock.forward(5)
    again = room.open(CUFF)
    assert again.cycles == left
    again.close(ended=False)


def test_pressures_that_the_bed_does_not_use_are_neither_shown_nor_judged(room):
    entry = msgspec.structs.replace(
        CUFF, device=(msgspec.structs.replace(CUFF.device[0], channels=("nibp_dia",)),)
    )
    bed = room.open(entry)
    bed.accept(Nibp("cuff", room.clock.now(), 215, 80, 125, 70, Unit.MMHG))
    shown = bed.snapshot().nibp
    assert (shown.nibp_sys, shown.nibp_dia, shown.nibp_map) == (None, 80, None)
    assert bed.snapshot().board.rows == []
    bed.close(ended=False)


def test_a_damaged_station_journal_is_left_alone_and_a_new_one_begun(room, tmp_path):
    damaged = tmp_path / "station-bed1.vigil"
    damaged.write_bytes(b"no database" * 100)
    bed = open_bed(ENTRY, room.station, start_session=False, on_store=lambda bed, failed: None)
    assert bed.session is None
    bed.close(ended=False)
    assert damaged.read_bytes() == b"no database" * 100
    assert (tmp_path / "station-bed1-1.vigil").exists()


def test_a_session_damaged_lately_is_an_alarm_and_a_new_one_is_begun(room, tmp_path):
    bed = room.open()
    room.breathe(bed, 82, 6)
    bed.close(ended=False)
    (path,) = tmp_path.glob("*.vigil")
    path.write_bytes(path.read_bytes()[:3000])
    room.said.clear()
    room.clock.forward(2)
    again = room.open()
    (lost,) = room.starts("ALARM_ENGINE_STALL")
    assert "is damaged" in lost.text
    assert again.session is not None and again.session.id != path.stem
    again.close(ended=False)


def test_a_data_directory_that_cannot_be_written_does_not_keep_a_bed_from_being_watched(room, tmp_path):
    blocked = tmp_path / "a-file-where-the-directory-should-be"
    blocked.write_text("")
    room.station = dataclasses.replace(room.station, data_dir=blocked / "data")
    bed = room.open()
    elsewhere = Path(bed.snapshot().store.rpartition(" ")[2])
    room.breathe(bed, 82, 6)
    assert room.starts("SPO2_DESAT")
    (failed,) = room.starts("STORE_FAIL")
    assert failed.kind == "technical"
    bed.close(ended=False)
    assert list(elsewhere.glob("*.vigil"))
    shutil.rmtree(elsewhere)


def test_a_wrong_wall_clock_does_not_change_the_session_s_age(room):
    bed = room.open()
    room.breathe(bed, 97, 60)
    bed.close(ended=False)
    room.clock.wall_s = -3600.0
    again = room.open()
    assert 60 <= again.snapshot().session_age_s < 70
    again.close(ended=False)


@pytest.mark.parametrize(("off_s", "told"), [(20, False), (40, True)], ids=["short", "long"])
async def test_a_long_restart_is_told_on_every_screen_until_somebody_acknowledges(room, off_s, told):
    bed = room.open()
    room.breathe(bed, 82, 6)
    bed.close(ended=False)
    room.clock.forward(off_s)
    again = room.open()
    snapshot = again.snapshot()
    assert (snapshot.restored_after_s is not None) is told
    seen = [[member.occurrence, member.priority] for row in snapshot.board.rows for member in row.members]
    command = messages.Command(
        id="c", bed="bed1", name="acknowledge", user="nurse", args={"occurrences": seen}
    )
    assert (await again.command(command)).ok
    assert again.snapshot().restored_after_s is None
    again.close(ended=False)


def test_two_sessions_that_begin_within_one_second_are_two_files(room, tmp_path):
    for _ in range(3):
        bed = room.open()
        bed.close(ended=True)
    assert len(list(tmp_path.glob("*-bed1.vigil"))) == 3


@pytest.mark.parametrize("simulated", [False, True], ids=["a real device", "a simulated one"])
def test_a_draft_preset_opens_a_bed_with_simulated_devices_only(tmp_path, simulated):
    room = Room(tmp_path)
    room.station = dataclasses.replace(room.station, preset="iv-racemic")
    device = msgspec.structs.replace(ENTRY.device[0], simulated=simulated)
    entry = msgspec.structs.replace(ENTRY, device=(device,))
    if not simulated:
        with pytest.raises(ConfigError, match="iv-racemic is a draft: .*; ox is a real device"):
            open_bed(entry, room.station, start_session=True, on_store=lambda bed, failed: None)
        assert list(tmp_path.rglob("*.session")) == []
        return
    bed = open_bed(entry, room.station, start_session=True, on_store=lambda bed, failed: None)
    bed.close(ended=True)


def test_a_device_that_averages_too_long_for_the_limits_is_refused(tmp_path, monkeypatch):
    slow = dataclasses.replace(registry.load("nonin-df2"), averaging_s=16.0)
    monkeypatch.setattr(registry, "load", lambda model: slow)
    with pytest.raises(ConfigError, match="ox: SPO2_DESAT: alarms after 20 s .*at most 12 allowed"):
        Room(tmp_path).open()


def test_the_limits_follow_the_baseline_of_the_bed(tmp_path):
    entry = msgspec.structs.replace(
        ENTRY,
        device=(msgspec.structs.replace(ENTRY.device[0], simulated=True),),
        baseline=Baseline(sys=150, dia=95, pulse=80, spo2=97),
    )
    preset = armed_preset(entry, "hypertensive-baseline")
    assert preset.by_condition["SYS_HIGH"][0].text == "> 167 mmHg"


def test_a_bed_that_needs_a_baseline_waits_with_the_factory_limits_and_says_so_first(room):
    room.station = dataclasses.replace(room.station, preset="hypertensive-baseline")
    simulated = msgspec.structs.replace(ENTRY.device[0], simulated=True)
    bed = room.open(msgspec.structs.replace(ENTRY, device=(simulated,)))
    said = bed.snapshot()
    assert said.preset == "Hypertensive baseline"
    assert said.preset_note.startswith("waits for a baseline: adult-standard until then")
    adult = presets.load("adult-standard").limit
    assert [(one.condition, one.value) for one in said.limits] == [
        (one.condition, one.value) for one in adult
    ]
    room.breathe(bed, 97, 5)
    room.breathe(bed, 84, 4)
    assert [alarm.priority for alarm in room.starts("SPO2_DESAT")] == ["high"]
    bed.close(ended=True)


@pytest.mark.parametrize(("limb", "told"), [("left arm", 0), ("", 1)], ids=["probe's limb", "not known"])
def test_a_cuff_on_the_limb_of_the_probe_is_known_from_the_configuration(room, limb, told):
    probe = msgspec.structs.replace(ENTRY.device[0], limb="left arm")
    cuff = DeviceEntry(id="cuff", model="suntech-advantage", port="/dev/zero", limb=limb)
    bed = room.open(msgspec.structs.replace(ENTRY, device=(probe, cuff)))
    room.breathe(bed, 97, 5)
    bed.accept(DeviceStatus("cuff", room.clock.now(), StatusCode.MEASURING, True))
    for _ in range(20):
        room.clock.forward(1)
        lost = Numeric("ox", "spo2", room.clock.now(), None, Unit.PERCENT, Reason.MISSING)
        bed.accept(lost)
        bed.tick()
    assert len([alarm for alarm in room.starts("NO_DATA") if alarm.channel == "spo2"]) == told


def test_a_cuff_reading_sent_again_long_after_a_restart_is_the_same_reading(room):
    cuff = DeviceEntry(id="cuff", model="ble-blood-pressure", address="C0:26:DA:00:00:02", simulated=True)
    entry = BedEntry(id="bed1", title="Room 1", device=(*ENTRY.device, cuff))
    bed = room.open(entry)
    measured = datetime(2026, 11, 24, 15, 30)

    def send(to):
        now = room.clock.now()
        to.accept(Nibp("cuff", now, 182, 104, 130, 70, device_time=measured, simulated=True))

    send(bed)
    room.breathe(bed, 97, 200)
    bed.close(ended=False)
    again = room.open(entry)
    send(again)
    sent = [message.stored for message in room.said if isinstance(message, messages.Nibp)]
    assert sent == [False, True]
    again.close(ended=False)


def test_every_opening_says_what_is_armed_and_a_crash_is_a_start_without_a_stop(room, tmp_path):
    bed = room.open()
    room.breathe(bed, 97, 2)
    bed.close(ended=False)
    room.open()._recorder.close(ended=False)  # the service ends without a word
    room.open().close(ended=True)
    (path,) = tmp_path.glob("*.vigil")
    connection = connect_readonly(path)
    entries = [(entry.kind, entry.fields()) for entry in journal.read(connection)]
    connection.close()
    assert [body["event"] for kind, body in entries if kind == "power"] == [
        "start",
        "stop",
        "start",
        "start",
        "stop",
    ]
    armed = [body for kind, body in entries if kind == "armed"]
    assert len(armed) == 3
    assert {(body["session"], body["preset_sha256"]) for body in armed} == {
        (path.stem, armed[0]["preset_sha256"])
    }
    assert all(body["limits"] and body["devices"]["ox"]["model"] == "nonin-df2" for body in armed)


@pytest.mark.parametrize("gap", [5, 60])
async def test_limits_that_a_person_changed_are_in_force_after_a_restart(room, gap):
    bed = room.open()
    args = {
        "changes": [["SPO2_LOW", "medium", 88], ["SYS_LOW", "high", 82, "repeat"]],
        "reason": "lives at 90",
    }
    command = messages.Command(id="c1", bed="bed1", name="limits", user="anna", args=args)
    assert (await bed.command(command)).ok
    bed.close(ended=False)
    room.clock.forward(gap)
    again = room.open()
    told = again.snapshot()
    assert told.limits_changed == 2
    (low,) = [limit for limit in told.limits if limit.condition == "SPO2_LOW"]
    assert (low.value, low.changed_by, low.reason) == (88, "anna", "lives at 90")
    assert not room.starts("LIMITS_INVALID")
    again.close(ended=True)
