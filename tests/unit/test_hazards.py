"""Hazards as they are named on the page of hazards, where no other test tells the whole story."""

import sqlite3
from datetime import datetime, timedelta

import pytest
from alarm_bed import CUFF, AlarmBed
from bed_place import Place

from alarms import preset as presets
from alarms.baseline import Baseline
from alarms.types import DeviceDecl, Priority, State
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import seconds
from monitor.core.types import Numeric, Reason, StatusCode
from monitor.core.units import Unit
from monitor.link import messages

SPO2 = DeviceDecl("oximeter", ("spo2",))
NOON = datetime(2026, 3, 4, 12)
HIGH = Priority.HIGH


def told_at(t: float) -> datetime:
    """Return the device's own time of a value."""
    return NOON + timedelta(seconds=t)


def breathe(bed: AlarmBed, value: float, start: int, count: int) -> None:
    for t in range(start, start + count):
        bed.value("spo2", value, t, device_time=told_at(t))
        bed.tick(t)


def bed_in(state: State) -> tuple[AlarmBed, int]:
    """Return a bed whose SPO2_LOW is in the state, and the next second."""
    bed = AlarmBed(SPO2)
    breathe(bed, 97, 0, 20)
    if state is State.NORMAL:
        return bed, 20
    breathe(bed, 88, 20, 5)
    if state is State.PENDING:
        return bed, 25
    breathe(bed, 88, 25, 7)
    if state is State.ACK:
        bed.acknowledge()
    if state is not State.LATCHED:
        return bed, 32
    breathe(bed, 97, 32, 8)
    return bed, 40


STATES = (State.NORMAL, State.PENDING, State.UNACK, State.ACK, State.LATCHED)


@pytest.mark.parametrize("loss", ["stopped", "no value", "not a number", "frozen"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.value)
def test_a_loss_in_any_state_clears_nothing_and_alarms(state, loss):
    """Hazard 2."""
    bed, start = bed_in(state)
    assert bed.state("SPO2_LOW") is state
    before = len(bed.events)
    last = 88.0 if state in (State.PENDING, State.UNACK, State.ACK) else 97.0
    for t in range(start, start + 60):
        if loss == "frozen":
            bed.value("spo2", last, t, device_time=told_at(start - 1))
        elif loss != "stopped":
            bed.value("spo2", None if loss == "no value" else float("nan"), t)
        bed.tick(t)
    since = bed.events[before:]
    assert [e for e in since if e.condition == "SPO2_LOW" and e.reason == "cleared"] == []
    assert {e.condition for e in since if e.event == "start"} & {"NO_DATA", "STALE_VALUE"}
    assert (bed.engine.highest, bed.sounding) == (HIGH, HIGH)


@pytest.mark.parametrize("low_s", range(1, 10))
def test_a_signal_lost_at_any_second_of_a_fall_is_high_from_its_start(low_s):
    """Hazard 3."""
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 97, 0, 19)
    bed.hold("spo2", 88, 20, 19 + low_s)
    assert bed.state("SPO2_LOW") is State.PENDING
    lost = 20 + low_s
    bed.hold("spo2", None, lost, lost + 12)
    ((_, priority),) = bed.starts("NO_DATA")
    assert (priority, bed.last("NO_DATA").text.count("lost while low: 88 %")) == ("high", 1)


@pytest.mark.parametrize("end", ["no reading", "it fails", "its outcome is lost"])
def test_a_crisis_of_a_ketamine_session_is_high_without_its_repeat(end):
    """Hazard 5. Of 180 and more the ketamine presets ask a repeat; adult-standard does not."""
    bed = AlarmBed(CUFF, preset=presets.load("iv-racemic"))
    bed.cuff(181, 0)
    assert bed.starts("SYS_HIGH") == [(0.0, "medium")]
    if end != "no reading":
        bed.ticks(1, 60)
        bed.squeeze(True, 60)
        bed.squeeze(False, 75)
        if end == "it fails":
            bed.cuff(None, 75, status=(StatusCode.MEASUREMENT_FAILED,))
    bed.ticks(76, 149)
    assert bed.told("SYS_HIGH", "escalate") == []
    bed.tick(150)
    assert bed.told("SYS_HIGH", "escalate") == [(150.0, "escalate", "high", "no_repeat")]


@pytest.mark.parametrize(
    "number", [{}, {"sequence": 7}, {"device_time": NOON}], ids=["bare", "number", "time"]
)
def test_the_same_triple_a_hundred_times_is_one_reading(number):
    """Hazard 6."""
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0, **number)
    for t in range(1, 101):
        bed.cuff(75, t, **number)
        bed.tick(t)
    assert bed.told("SYS_LOW") == [(0.0, "start", "medium", "confirming")]
    assert bed.engine.refused[Reason.REPEATED] == 100


@pytest.mark.parametrize("stored", [False, True], ids=["resent", "from memory"])
def test_a_calm_triple_of_before_a_hundred_times_clears_no_crisis(stored):
    """Hazard 6."""
    bed = AlarmBed(CUFF)
    bed.cuff(120, 0, device_time=NOON)
    bed.cuff(185, 300, device_time=NOON + timedelta(seconds=300))
    for t in range(301, 401):
        bed.cuff(120, t, device_time=NOON, stored=stored)
        bed.tick(t)
    assert bed.state("SYS_HIGH") is State.UNACK
    assert bed.last("SYS_HIGH").priority is HIGH


def test_an_alarm_is_told_while_the_disk_takes_no_write(tmp_path):
    """Hazard 14: nothing between a reading and its alarm waits for the recorder."""
    place = Place(tmp_path)
    foreign = sqlite3.connect(place.path, isolation_level=None)
    try:
        place.recorder.flush().result(10)
        foreign.execute("BEGIN IMMEDIATE")
        place.breathe(82, 10)
        assert ("SPO2_DESAT", "start") in [(a.condition, a.event) for a in place.of(messages.Alarm)]
        assert place.of(messages.AlarmBoard)[-1].sounding == "high"
    finally:
        foreign.close()
    assert "SPO2_DESAT" in [body.get("condition") for kind, body in place.journal() if kind == "alarm"]
    place.recorder.close(ended=False)


def test_sixteen_kilopascal_called_mmhg_are_no_pressure_and_clear_nothing():
    """Hazard 18."""
    bed = AlarmBed(CUFF)
    bed.cuff(185, 0)
    step = bed.cuff(16, 120, dia=10, mean=12)
    assert (step.accepted.sys, step.accepted.dia, step.accepted.map) == (None, None, None)
    assert (bed.state("SYS_HIGH"), bed.last("SYS_HIGH").priority) == (State.UNACK, HIGH)


def test_a_fraction_called_percent_is_no_saturation_and_alarms():
    """Hazard 18."""
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 97, 0, 9)
    bed.hold("spo2", 0.97, 10, 30)
    assert bed.starts("SPO2_DESAT") == []
    assert bed.starts("NO_DATA") != []


def test_fifty_conditions_in_ten_seconds_are_rows_with_the_highest_first_and_one_sound():
    """Hazard 21."""
    oximeters = [DeviceDecl(f"ox{n}", ("spo2", "pulse_rate")) for n in range(16)]
    bed = AlarmBed(*oximeters, CUFF)
    bed.host("STORE_FAIL", True, 0)
    bed.host("CLOCK_STEP", True, 0)
    bed.cuff(65, 0, dia=30, mean=42)
    for t in range(11):
        for device in oximeters:
            spo2 = Numeric(device.device_id, "spo2", seconds(t), 78.0, Unit.PERCENT)
            pulse = Numeric(device.device_id, "pulse_rate", seconds(t), 35.0, CATALOGUE["pulse_rate"].unit)
            bed.events += bed.engine.accept(spo2, seconds(t)).events
            bed.events += bed.engine.accept(pulse, seconds(t)).events
        bed.tick(t)
    started = [event for event in bed.events if event.event == "start"]
    rows = bed.engine.rows(seconds(10))
    assert len(started) >= 50
    assert len({event.occurrence for event in started}) == sum(len(row.members) for row in rows)
    assert len(rows) < len(started)
    assert [row.priority for row in rows] == sorted((row.priority for row in rows), reverse=True)
    assert (bed.engine.highest, bed.sounding, rows[0].priority) == (HIGH, HIGH, HIGH)
    assert bed.acknowledge() and bed.sounding is None


def test_the_shipped_limits_alarm_a_desaturation_high_in_every_preset():
    """Hazard 1: whatever a preset allows for low, deep is deep."""
    for name in presets.known():
        high = Baseline(sys=165, dia=95, pulse=80, spo2=97)
        for preset in (presets.waiting(name), presets.load(name, high)):
            bed = AlarmBed(SPO2, preset=preset)
            bed.hold("spo2", 97, 0, 9)
            bed.hold("spo2", 84, 10, 20)
            assert bed.starts("SPO2_DESAT") == [(13.0, "high")], name
