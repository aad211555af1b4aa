"""A restart: short ones are silent and starve no delay, long ones say so and forget acknowledgements."""

import math

import msgspec
import pytest
from alarm_bed import CUFF, OXIMETER, AlarmBed

from alarms import preset as presets
from alarms.types import Priority, State
from monitor.core.clock import seconds
from monitor.core.types import Nibp, Numeric
from monitor.core.units import Unit


def _low_until(end: int) -> AlarmBed:
    bed = AlarmBed(OXIMETER, CUFF)
    bed.hold("spo2", 97, 0, 0)
    bed.hold("spo2", 88, 1, end)
    return bed


def _stored(values: list[float], start: float) -> list[Numeric]:
    return [
        Numeric("oximeter", "spo2", seconds(start + number), value, Unit.PERCENT)
        for number, value in enumerate(values)
    ]


def _of_low(step):
    return [event for event in step.events if event.condition == "SPO2_LOW"]


def test_a_dump_survives_the_store():
    bed = _low_until(12)
    bed.cuff(75, 13)
    dump = bed.engine.dump()
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(dump))
    bed.restart(20, gap=7, dump=again)
    assert bed.engine.dump()["conditions"] == dump["conditions"]


@pytest.mark.parametrize(
    ("gap", "state", "told"),
    [
        pytest.param(5, State.ACK, [], id="5 s: silent, acknowledged"),
        pytest.param(30, State.ACK, [], id="30 s: silent, acknowledged"),
        pytest.param(60, State.UNACK, ["restored"], id="60 s: banner, unacknowledged"),
        pytest.param(math.inf, State.UNACK, ["restored"], id="clock in doubt: banner"),
    ],
)
def test_an_acknowledged_alarm_after_a_restart(gap, state, told):
    bed = _low_until(12)
    bed.acknowledge("SPO2_LOW")
    before = bed.last("SPO2_LOW")
    step = bed.restart(12 + min(gap, 100), gap=gap)
    assert ([event.event for event in _of_low(step)], bed.state("SPO2_LOW")) == (told, state)
    (row,) = [r for r in bed.engine.rows(seconds(112)) if r.members[0].condition == "SPO2_LOW"]
    assert row.members[0].occurrence == before.occurrence


@pytest.mark.parametrize(
    ("gap", "told"), [pytest.param(5, [], id="5 s"), pytest.param(60, ["restored"], id="60 s")]
)
def test_an_unacknowledged_alarm_stays_so(gap, told):
    bed = _low_until(12)
    step = bed.restart(12 + gap, gap=gap)
    assert [event.event for event in _of_low(step)] == told
    assert (bed.state("SPO2_LOW"), bed.sounding) == (State.UNACK, Priority.MEDIUM)


@pytest.mark.parametrize("gap", [5, 60])
def test_a_latched_alarm_stays_latched(gap):
    bed = _low_until(12)
    bed.hold("spo2", 97, 13, 18)
    bed.restart(18 + gap, gap=gap)
    assert bed.state("SPO2_LOW") is State.LATCHED


def test_a_pending_clock_comes_back_by_replay_without_signals():
    bed = AlarmBed(OXIMETER)
    step = bed.restart(28, gap=8, readings=_stored([97] * 10 + [87] * 10, 0))
    assert (step.events, bed.state("SPO2_LOW")) == ((), State.PENDING)
    bed.tick(28)
    assert bed.starts("SPO2_LOW") == []  # nothing fires without a fresh value
    bed.value("spo2", 87, 28.5)
    assert bed.starts("SPO2_LOW") == [(28.5, "medium")]


@pytest.mark.parametrize(
    ("preset", "value", "by"),
    [("adult-standard", 87, 12), ("iv-racemic", 87, 12), ("iv-racemic", 90, 17)],
    ids=["10 s", "10 s, the high level", "15 s"],
)
def test_a_crash_loop_does_not_starve_the_on_delay(preset, value, by):
    bed = AlarmBed(OXIMETER, preset=presets.load(preset))
    stored: list[Numeric] = []
    for start in (0, 8, 16):
        readings = _stored([value] * 6, start)
        for reading in readings:
            bed.value("spo2", reading.value, reading.t / 10**9)
            bed.tick(reading.t / 10**9)
        stored += readings
        bed.restart(start + 8, gap=2, readings=stored)
    bed.value("spo2", value, 24)
    assert bed.starts("SPO2_LOW")[0][0] <= by
    assert bed.starts("ALARM_ENGINE_STALL") == [(24.0, "high")]
    assert "3 restarts in 5 min" in bed.last("ALARM_ENGINE_STALL").text


def test_excursions_come_back_by_replay():
    bed = AlarmBed(OXIMETER)
    bed.restart(12, gap=5, readings=_stored([97, 89, 92, 92, 89, 92, 92], 0))
    bed.value("spo2", 89, 12.5)
    assert bed.starts("SPO2_LOW") == [(12.5, "medium")]


def test_a_long_restart_forgets_what_was_pending():
    bed = AlarmBed(OXIMETER)
    bed.restart(50, gap=40, readings=_stored([87] * 10, 0))
    assert bed.state("SPO2_LOW") is State.NORMAL
    bed.value("spo2", 87, 50.5)
    assert bed.starts("SPO2_LOW") == []


def test_the_time_out_of_an_acknowledgement_goes_on():
    bed = _low_until(12)
    bed.acknowledge("SPO2_LOW")
    bed.restart(32, gap=20)
    bed.hold("spo2", 88, 33, 191)
    assert bed.told("SPO2_LOW", "rearm") == []
    bed.hold("spo2", 88, 192, 193)
    assert [event[0] for event in bed.told("SPO2_LOW", "rearm")] == [192.0]


def test_a_confirmation_goes_on_with_its_deadline():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    bed.restart(20, gap=10)
    bed.ticks(140, 150)
    assert bed.told("SYS_LOW")[-1] == (150.0, "escalate", "high", "no_repeat")


def test_the_last_reading_is_known_after_a_restart():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    known = Nibp("cuff", seconds(0), 75, 55, 62, None)
    bed.restart(10, gap=5, readings=[known])
    bed.cuff(75, 12)
    assert bed.told("SYS_LOW", "escalate") == []


def test_a_cuff_reading_that_nobody_was_told_is_told_after_the_restart():
    bed = AlarmBed(CUFF)
    dump = bed.engine.dump()
    bed.restart(10, gap=2, readings=[Nibp("cuff", seconds(8), 185, 80, 93, None)], dump=dump)
    assert bed.starts("SYS_HIGH") == [(10.0, "high")]


def test_after_a_reboot_times_are_moved_onto_the_new_clock():
    bed = AlarmBed(OXIMETER, start=5000)
    bed.hold("spo2", 88, 5000, 5012)
    bed.restart(20, gap=math.inf)
    (event,) = [event for event in bed.events if event.event == "restored"]
    assert (event.t, event.since) == (seconds(20), seconds(18))
    bed.hold("spo2", 88, 21, 77)
    assert bed.told("SPO2_LOW", "escalate") == []
    bed.hold("spo2", 88, 78, 79)
    assert bed.told("SPO2_LOW", "escalate") == [(78.0, "escalate", "high", "unacknowledged")]


def test_no_data_counts_through_a_restart():
    bed = _low_until(0)
    bed.restart(25, gap=20, readings=_stored([97], 0))
    bed.tick(25)
    assert bed.starts("NO_DATA")[0] == (25.0, "medium")


def test_a_dump_of_another_version_is_refused():
    with pytest.raises(ValueError, match="version 9"):
        AlarmBed(OXIMETER).restart(1, gap=1, dump={"version": 9})


@pytest.mark.parametrize("gap", [5, 60])
def test_what_has_risen_or_is_covered_comes_back_as_it_was(gap):
    risen, covered = AlarmBed(OXIMETER, preset=presets.load("iv-racemic")), AlarmBed(OXIMETER)
    risen.hold("spo2", 90, 0, 15)
    risen.hold("spo2", 87, 16, 27)
    assert risen.told("SPO2_LOW", "escalate") == [(26.0, "escalate", "high", "second_limit")]
    covered.hold("spo2", 80, 0, 12)
    for bed in (risen, covered):
        before = [(row.priority, row.state, row.members) for row in bed.engine.rows(bed.nanos())]
        bed.restart(bed.now + gap, gap=gap)
        rows = [row for row in bed.engine.rows(bed.nanos()) if row.members[0].condition != "NO_DATA"]
        assert [(row.priority, row.state, row.members) for row in rows] == before
        assert bed.sounding is Priority.HIGH


@pytest.mark.parametrize("acknowledged", [False, True])
def test_the_time_that_the_service_was_away_is_no_loss_of_data(acknowledged):
    """A restart after a minute restores the alarm: its number is old, but nobody has listened."""
    bed = _low_until(13)
    if acknowledged:
        bed.acknowledge()
    bed.restart(75, gap=60)
    bed.ticks(75, 77)
    assert (bed.state("SPO2_LOW"), bed.starts("NO_DATA")) == (State.UNACK, [(75.0, "high")])
    bed.hold("spo2", 88, 78, 82)
    assert bed.told("SPO2_LOW", "end", "latched") == []
    assert bed.told("NO_DATA", "latched", "end") != []


def test_data_that_stay_away_after_a_restart_are_lost():
    bed = _low_until(13)
    bed.restart(75, gap=60)
    bed.ticks(75, 110)
    assert bed.told("SPO2_LOW", "latched") == [(105.0, "latched", "high", "data_lost")]


@pytest.mark.parametrize("before", ["pending", "unack", "ack"])
def test_a_service_that_hung_loses_no_state(before):
    bed = _low_until(5 if before == "pending" else 13)
    if before == "ack":
        bed.acknowledge()
    states = {"pending": State.PENDING, "unack": State.UNACK, "ack": State.ACK}
    assert bed.state("SPO2_LOW") is states[before]
    bed.tick(53)
    assert bed.state("SPO2_LOW") is states[before]
    bed.value("spo2", 88, 53.1)
    assert bed.state("SPO2_LOW") is (State.UNACK if before == "pending" else states[before])
