"""The SunTech module's behaviour against its simulator: every byte written, every way a measurement ends."""

import itertools

import pytest
from cuff_room import Room

from drivers.devices.suntech import MODEL
from drivers.orders import OrderKind, OrderRefused
from drivers.wire.suntech import ABORT, GET_PRESSURE, GET_RESULT, START_ADULT
from monitor.core.types import CuffPhase, NibpSource, StatusCode
from simulators.suntech import ERRORS, SuntechMachine, ack

RESTED_S = 30.5
ALLOWED = {START_ADULT, ABORT, GET_PRESSURE, GET_RESULT}


@pytest.fixture
def room():
    made = Room(MODEL, SuntechMachine)
    yield made
    times = [when for when, _ in made.written[: made.spoken]]
    assert {data for _, data in made.written} <= ALLOWED
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert all(gap >= 0.099 for gap in gaps)
    starts = made.times_of(START_ADULT)
    for start in starts:
        downs = [when for when, up in made.arm.squeezed if when < start]
        assert not downs or start - downs[-1] >= 29.7  # the arm rested


@pytest.fixture
def measuring(room):
    """A room in the middle of an ordered measurement."""
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(8)
    assert room.phase is CuffPhase.MEASURING
    return room


def test_an_ordered_measurement(room):
    room.run(RESTED_S)
    assert room.order(OrderKind.START) == "measures now"
    room.run(40)
    assert [(n.sys, n.dia, n.map, n.pulse_rate, n.source, n.error) for n in room.nibps()] == [
        (118, 76, 90, 72, NibpSource.AUTO, "")
    ]
    assert room.phases() == [CuffPhase.IDLE, CuffPhase.MEASURING, CuffPhase.IDLE] or room.phases() == [
        CuffPhase.IDLE,
        CuffPhase.STARTING,
        CuffPhase.MEASURING,
        CuffPhase.IDLE,
    ]
    assert room.squeezing() == [True, False]
    pressures = room.cuff_pressures()
    assert max(pressures) > 145 and pressures[-1] < 15
    assert len(room.times_of(START_ADULT)) == 1 and not room.times_of(ABORT)


def test_the_pressure_is_asked_for_five_times_a_second_while_the_cuff_is_up(measuring):
    began = measuring.now_s
    measuring.run(4)
    assert sum(when > began for when in measuring.times_of(GET_PRESSURE)) >= 19


def test_the_cycle_measures_every_minute(room):
    room.run(RESTED_S)
    room.order(OrderKind.CYCLE, 1)
    room.run(185)
    starts = room.times_of(START_ADULT)
    assert [round(b - a, 1) for a, b in itertools.pairwise(starts)] == pytest.approx([60.0] * 3, abs=0.2)
    assert [n.sys for n in room.nibps()] == [118, 118, 118]


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_of_the_module_in_words(room, code):
    room.run(RESTED_S)
    room.command("fail", str(code))
    room.order(OrderKind.START)
    room.run(40)
    [nibp] = room.nibps()
    assert nibp.failed and nibp.error.endswith(f"({code})")
    assert StatusCode.MEASUREMENT_FAILED in nibp.status
    assert room.phase is CuffPhase.IDLE


def test_the_same_values_measured_again_count_again(room):
    room.run(RESTED_S)
    for _ in range(2):
        room.order(OrderKind.START)
        room.run(62)
    assert [n.sys for n in room.nibps()] == [118, 118]


def test_a_lost_k_is_made_up_for(room):
    room.machine.faults.lost_k = True
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(45)
    assert [n.sys for n in room.nibps()] == [118]
    assert room.phase is CuffPhase.IDLE


def test_a_lost_k_and_an_old_result_give_no_reading(room):
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(62)
    room.machine.faults.lost_k = room.machine.faults.stale = True
    room.order(OrderKind.START)
    room.run(62)
    assert [(n.sys, n.error) for n in room.nibps()] == [(118, ""), (None, "the module gave no new result")]


def test_a_leak_is_told_whether_k_comes_or_not(room):
    room.machine.faults.leak = room.machine.faults.lost_k = True
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(40)
    assert "(87)" in room.nibps()[0].error
    assert StatusCode.CUFF_LEAK in room.nibps()[0].status


def test_two_leaks_in_a_row_are_two_failures(room):
    room.machine.faults.leak = True
    room.run(RESTED_S)
    for _ in range(2):
        room.order(OrderKind.START)
        room.run(62)
    assert ["(87)" in n.error for n in room.nibps()] == [True, True]


def test_an_old_result_is_never_taken_at_the_start(room):
    room.command("measure")
    room.close()
    room.run(40)
    room.open()
    room.run(100)
    assert room.nibps()[1:] == []


def test_a_measurement_started_at_the_module_counts_once(room):
    room.run(5)
    room.command("measure")
    room.run(60)
    assert [(n.sys, n.source) for n in room.nibps()] == [(118, NibpSource.DEVICE_INITIATED)]
    assert not room.times_of(START_ADULT) and not room.times_of(ABORT)


def test_a_measurement_found_under_way_counts_once(room):
    room.close()
    room.command("measure")
    room.run(10)
    room.open()
    room.run(60)
    assert [(n.sys, n.source) for n in room.nibps()] == [(118, NibpSource.DEVICE_INITIATED)]


def test_busy_is_asked_again(room):
    room.run(RESTED_S)
    room.command("answer", "B")
    room.order(OrderKind.START)
    room.run(45)
    assert len(room.times_of(START_ADULT)) == 2
    assert [n.sys for n in room.nibps()] == [118]


def test_always_busy_fails_in_words(room):
    room.machine.faults.busy = True
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(20)
    assert "busy" in room.nibps()[0].error
    assert room.phase is CuffPhase.IDLE


@pytest.mark.parametrize("letter", "ENDST")
def test_a_refused_start_fails_in_words_and_is_stopped_to_be_sure(room, letter):
    room.run(RESTED_S)
    room.command("answer", letter)
    room.order(OrderKind.START)
    room.run(10)
    assert f"({letter})" in room.nibps()[0].error
    assert room.times_of(ABORT)


def test_a_lost_acknowledgement_of_the_start_does_no_harm(room):
    room.lose = {ack("O")}
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(45)
    assert [n.sys for n in room.nibps()] == [118]
    assert len(room.times_of(START_ADULT)) == 1


def test_a_lost_start_fails_and_is_stopped(room):
    room.lose = {START_ADULT}
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(20)
    assert "no sign" in room.nibps()[0].error
    assert room.times_of(ABORT)


def test_stop_is_written_at_once_and_the_cuff_comes_down(measuring):
    measuring.order(OrderKind.STOP)
    measuring.run(0.11)
    ordered = measuring.now_s
    assert ordered - measuring.times_of(ABORT)[0] <= 0.15
    measuring.run(5)
    assert measuring.phase is CuffPhase.IDLE
    assert [n.error for n in measuring.nibps()] == ["stopped by order"]
    measuring.run(60)
    assert len(measuring.nibps()) == 1  # its result, error 86, is nothing new


def test_stop_while_the_start_is_unanswered(room):
    room.run(RESTED_S)
    room.lose = {ack("O")}
    room.order(OrderKind.START)
    room.run(0.05)
    room.order(OrderKind.STOP)
    room.run(0.1)
    assert len(room.times_of(ABORT)) == 1
    room.run(10)
    assert room.phase is CuffPhase.IDLE
    assert not room.machine._pump.measuring


def test_stop_is_repeated_until_it_is_heard(measuring):
    measuring.machine.faults.deaf_stops = 4.0
    measuring.order(OrderKind.STOP)
    measuring.run(10)
    assert len(measuring.times_of(ABORT)) >= 5
    assert measuring.phase is CuffPhase.IDLE
    assert measuring.arm.squeezed[-1][1] is False


def test_a_cuff_that_stays_up_though_stopped_is_said_and_stopped_on_and_on(measuring):
    measuring.machine.faults.stuck = True
    measuring.order(OrderKind.STOP)
    measuring.run(20)
    assert measuring.phase is CuffPhase.STOPPING
    assert "take it off" in measuring.states()[-1].detail
    assert len(measuring.times_of(ABORT)) >= 19
    measuring.machine.faults.stuck = False
    measuring.run(5)
    assert measuring.phase is CuffPhase.IDLE


def test_a_cuff_that_stays_up_is_stopped_after_180_s(room):
    room.run(RESTED_S)
    room.order(OrderKind.CYCLE, 5)
    started = room.now_s
    room.run(10)
    room.machine.faults.stuck = True
    room.run(175)
    assert room.times_of(ABORT)[0] - started == pytest.approx(180, abs=0.3)
    assert "180 s" in room.nibps()[0].error
    assert room.states()[-1].interval_s is None


def test_after_a_lost_connection_it_looks_first(measuring):
    measuring.order(OrderKind.CYCLE, 1)
    measuring.close()
    assert "outcome unknown" in measuring.nibps()[0].error
    measuring.run(3)
    measuring.open()
    measuring.run(40)
    assert len(measuring.times_of(START_ADULT)) == 1
    assert [n.sys for n in measuring.nibps()] == [None, 118]  # it had gone on, and its K was heard
    measuring.run(60)
    assert len(measuring.times_of(START_ADULT)) == 2


def test_hanging_up_lets_the_cuff_down(measuring):
    measuring.close(parting=True)
    assert measuring.written[-1][1] == ABORT
    measuring.run(3)
    assert measuring.arm.squeezed[-1][1] is False


def test_hanging_up_with_the_cuff_empty_writes_nothing(room):
    room.run(5)
    room.close(parting=True)
    assert not room.times_of(ABORT)


def test_five_missed_polls_are_a_lost_module(measuring):
    measuring.from_module = False
    took = measuring.run_until(measuring.nibps)
    assert took <= 3.0
    assert "does not answer" in measuring.nibps()[0].error
    measuring.run(5)
    assert len(measuring.times_of(ABORT)) >= 4
    measuring.from_module = True
    measuring.run(10)
    assert measuring.phase is CuffPhase.IDLE


def test_a_module_that_tells_no_pressure_is_not_started(room):
    room.machine.faults.no_pressure = True
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(65)
    assert not room.times_of(START_ADULT)
    assert "not started" in room.nibps()[0].error


def test_a_second_order_while_it_measures_is_refused(measuring):
    with pytest.raises(OrderRefused, match="already"):
        measuring.order(OrderKind.START)


def test_a_configured_cycle_begins_after_one_rest():
    room = Room(MODEL, SuntechMachine, interval_min=5.0)
    room.run(340)
    starts = room.times_of(START_ADULT)
    assert starts[0] == pytest.approx(30.0, abs=0.5)
    assert starts[1] - starts[0] == pytest.approx(300, abs=0.2)
