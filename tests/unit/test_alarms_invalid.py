"""A cuff reading is marked invalid: what is left is judged, and nothing else is quieted."""

import msgspec
import pytest
from alarm_bed import CUFF, OXIMETER, AlarmBed
from hypothesis import given
from hypothesis import strategies as st

from alarms.types import Priority, State
from monitor.core.types import StatusCode


def test_none_left_outside_ends_it():
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0)
    assert bed.mark(0, 5).ok
    assert bed.told("SYS_HIGH")[-1][1:] == ("end", "medium", "invalidated")
    assert (bed.last("SYS_HIGH").user, bed.sounding) == ("Kim", None)


def test_an_acknowledged_one_ends_too():
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0)
    bed.acknowledge("SYS_HIGH")
    bed.mark(0, 5)
    assert bed.told("SYS_HIGH")[-1][1:] == ("end", "medium", "invalidated")


def test_the_last_valid_one_still_outside_keeps_it_with_that_value():
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0)
    bed.cuff(172, 300)
    bed.mark(300, 310)
    assert bed.state("SYS_HIGH") is State.UNACK
    assert bed.texts() == ["Systolic 165 mmHg (limit > 160), 5 min ago"]


@pytest.mark.parametrize(
    ("acknowledged", "priority"),
    [pytest.param(False, "high", id="unack: no fall"), pytest.param(True, "medium", id="ack: falls")],
)
def test_the_repeat_that_confirmed_is_marked(acknowledged, priority):
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    bed.cuff(74, 60)
    if acknowledged:
        bed.acknowledge("SYS_LOW")
    bed.mark(60, 70)
    assert bed.last("SYS_LOW").priority.label == priority
    bed.ticks(71, 151)
    assert bed.last("SYS_LOW").priority is Priority.HIGH  # nothing has confirmed it in time
    assert bed.state("SYS_LOW") is State.UNACK


def test_the_reading_that_wanted_a_repeat_takes_its_deadline_along():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    bed.mark(0, 20)
    bed.ticks(21, 400)
    assert bed.told("SYS_LOW", "escalate") == []
    assert bed.state("SYS_LOW") is State.NORMAL


def test_a_marked_reading_that_had_cleared_it_raises_it_again():
    bed = AlarmBed(CUFF)
    bed.cuff(185, 0)
    bed.cuff(120, 60)
    assert bed.state("SYS_HIGH") in (State.NORMAL, State.LATCHED)
    bed.mark(60, 70)
    assert bed.state("SYS_HIGH") is State.UNACK
    assert bed.last("SYS_HIGH").priority is Priority.HIGH


def test_the_mark_is_taken_back():
    bed = AlarmBed(CUFF)
    bed.cuff(185, 0)
    bed.mark(0, 5)
    assert bed.state("SYS_HIGH") is not State.UNACK
    assert bed.mark(0, 9, marked=False).ok
    assert (bed.state("SYS_HIGH"), bed.sounding) == (State.UNACK, Priority.HIGH)


def test_refusals_say_why():
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0)
    bed.cuff(None, 30)
    assert "no such reading" in bed.mark(7, 40).text
    assert "failed" in bed.mark(30, 40).text
    assert "say why" in bed.mark(0, 40, reason=" ").text
    assert "not marked" in bed.mark(0, 40, marked=False).text
    bed.mark(0, 41)
    assert bed.mark(0, 42).text == "already marked invalid by Kim: moved"


def test_resent_it_raises_nothing():
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0, sequence=1)
    bed.mark(0, 5)
    for second in range(10, 30):
        bed.cuff(165, second, sequence=1)
    assert bed.starts("SYS_HIGH") == [(0.0, "medium")]


def test_it_is_no_valid_reading_of_the_schedule():
    bed = AlarmBed(CUFF)
    bed.schedule(300, 0)
    bed.cuff(120, 1)
    bed.cuff(121, 400)
    bed.mark(400, 401)
    bed.tick(452)
    assert bed.starts("BP_OVERDUE") == [(452.0, "low")]


def test_failures_count_on_beyond_it():
    bed = AlarmBed(CUFF)
    bed.cuff(None, 0)
    bed.cuff(None, 60)
    bed.tick(61)
    bed.cuff(120, 120)
    bed.mark(120, 125)
    assert bed.state("BP_FAIL") is State.UNACK
    bed.mark(120, 130, marked=False)
    assert bed.state("BP_FAIL") is not State.UNACK


@pytest.mark.parametrize("gap", [5, 60])
def test_a_restart_keeps_the_mark_and_what_was_before(gap):
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0)
    bed.cuff(172, 300)
    bed.mark(300, 310)
    dump = msgspec.msgpack.decode(msgspec.msgpack.encode(bed.engine.dump()))
    bed.restart(310 + gap, gap=gap, dump=dump)
    assert bed.state("SYS_HIGH") is State.UNACK
    assert "already marked" in bed.mark(300, 312 + gap).text
    bed.mark(0, 313 + gap)
    assert bed.told("SYS_HIGH")[-1][3] == "invalidated"


def test_after_a_restart_the_journal_is_the_truth():
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0)
    bed.mark(0, 5)
    bed.restart(8, gap=3)
    bed._keep(bed.engine.reconcile({}, bed.nanos()))  # the mark never reached the disk
    assert bed.state("SYS_HIGH") is State.UNACK


def test_a_dump_without_readings_keeps_its_alarm():
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0)
    dump = bed.engine.dump()
    del dump["readings"]
    bed.restart(5, gap=5, dump=dump)
    bed.cuff(170, 10)
    bed.mark(10, 12)
    assert bed.state("SYS_HIGH") is State.UNACK


def test_no_baseline_and_no_changed_limit_follows_a_marked_reading():
    bed = AlarmBed(OXIMETER, CUFF)
    for second in range(60):
        bed.value("spo2", 97, second)
        bed.value("pulse_rate", 70, second)
    bed.cuff(120, 60)
    bed.cuff(130, 61)
    assert bed.engine.limits.propose_baseline("nurse", bed.nanos()).ok
    bed.mark(61, 62)
    assert not bed.engine.limits.propose_baseline("nurse", bed.nanos()).ok
    known = next(c for c in bed.engine._armed.conditions() if c.name == "SYS_HIGH").pressure.known
    assert known[0] == 120


READINGS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(60, 210)), st.booleans(), st.booleans()),
    min_size=1,
    max_size=12,
)


@given(readings=READINGS, acknowledge=st.sampled_from([None, 0, 3]))
def test_no_mark_quiets_what_a_valid_reading_alarms(readings, acknowledge):
    """What a bed that never heard the marked readings alarms, alarms here too, at least as high."""
    readings = [(*one, number) for number, one in enumerate(readings)]
    bed = _played(readings, acknowledge)
    other = _played([one for one in readings if one[0] is None or not one[2]], None)
    end = bed.now
    for sys, _, marked, number in readings:
        if sys is not None and marked:
            assert bed.mark(number * 100, end).ok
    other.ticks(end, end)
    for condition in ("SYS_HIGH", "SYS_LOW", "DIA_HIGH", "MAP_LOW"):
        if other.state(condition) is State.UNACK:
            assert bed.state(condition) in (State.UNACK, State.ACK), condition
            assert acknowledge is not None or bed.last(condition).priority >= other.last(condition).priority


def _played(readings, acknowledge):
    """Return a bed that has heard the readings, each at its own time, in a row."""
    bed = AlarmBed(CUFF)
    for place, (sys, moved, _, number) in enumerate(readings):
        bed.cuff(sys, number * 100, sequence=number, status=(StatusCode.BODY_MOVEMENT,) if moved else ())
        if place == acknowledge:
            bed.acknowledge()
        bed.tick(number * 100 + 99)
    return bed
