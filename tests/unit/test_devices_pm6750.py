"""The PM6750's behaviour against its simulator: its streams, and every way a measurement ends."""

import itertools

import pytest
from cuff_room import Room

from drivers.devices.pm6750 import MODEL
from drivers.orders import OrderKind, OrderRefused
from drivers.wire.pm6750 import START, STOP
from monitor.core.types import CuffPhase, DeviceStatus, NibpSource, Numeric, Reason, StatusCode, Waveform
from simulators.pm6750 import Pm6750Machine

RESTED_S = 32.0


@pytest.fixture
def room():
    made = Room(MODEL, Pm6750Machine)
    yield made
    times = [when for when, _ in made.written[: made.spoken]]
    assert {data for _, data in made.written} <= {START, STOP}
    assert all(b - a >= 0.099 for a, b in itertools.pairwise(times))
    for start in made.times_of(START):
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


def last(room, channel):
    found = [r for _, r in room.told if isinstance(r, Numeric) and r.channel == channel]
    return found[-1].value, found[-1].reason


def flags(room):
    active: set[StatusCode] = set()
    for _, reading in room.told:
        if isinstance(reading, DeviceStatus):
            (active.add if reading.active else active.discard)(reading.code)
    return active


def test_everything_that_streams(room):
    room.run(10)
    for channel, low, high in (
        ("spo2", 94, 98),
        ("pulse_rate", 66, 73),
        ("heart_rate", 66, 73),
        ("resp_rate", 12, 15),
        ("temperature", 36.5, 36.7),
    ):
        value, reason = last(room, channel)
        assert reason is None and low <= value <= high
    waves = [r for _, r in room.told if isinstance(r, Waveform)]
    assert {(w.channel, w.rate_hz) for w in waves} == {("pleth", 100.0), ("resp", 50.0)}
    assert not room.written  # it needs no command


@pytest.mark.parametrize(
    ("fault", "channel", "reason", "flag"),
    [
        ("sensor_off", "spo2", Reason.SENSOR_OFF, StatusCode.SENSOR_FAULT),
        ("finger_off", "pulse_rate", Reason.SENSOR_OFF, StatusCode.SENSOR_OFF),
        ("searching", "spo2", Reason.SEARCHING, StatusCode.PULSE_SEARCH),
        ("search_timeout", "spo2", Reason.SEARCHING, StatusCode.PULSE_SEARCH),
        ("leads_off", "heart_rate", Reason.SENSOR_OFF, None),
        ("probe_off", "temperature", Reason.SENSOR_OFF, None),
    ],
)
def test_faults_of_the_sensors(room, fault, channel, reason, flag):
    room.run(2)
    setattr(room.machine.faults, fault, True)
    room.run(2)
    assert last(room, channel) == (None, reason)
    assert flags(room) == ({flag} if flag else set())
    setattr(room.machine.faults, fault, False)
    room.run(2)
    assert last(room, channel)[1] is None and flags(room) == set()


def test_an_ordered_measurement(room):
    room.run(RESTED_S)
    assert room.order(OrderKind.START) == "measures now"
    room.run(40)
    assert [(n.sys, n.dia, n.map, n.pulse_rate, n.source) for n in room.nibps()] == [
        (118, 76, 90, None, NibpSource.AUTO)
    ]
    assert room.phases() == [CuffPhase.IDLE, CuffPhase.STARTING, CuffPhase.MEASURING, CuffPhase.IDLE]
    assert room.squeezing() == [True, False]
    pressures = room.cuff_pressures()
    assert max(pressures) > 130 and pressures[-1] < 15
    assert [data for _, data in room.written] == [START]


def test_a_result_that_is_told_again_and_again_is_one_reading(room):
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(300)
    assert len(room.nibps()) == 1


def test_the_same_values_measured_again_count_again(room):
    room.run(RESTED_S)
    for _ in range(2):
        room.order(OrderKind.START)
        room.run(65)
    assert [n.sys for n in room.nibps()] == [118, 118]


def test_the_result_in_store_at_the_start_is_not_taken(room):
    room.command("measure")
    room.close()
    room.run(40)
    room.open()
    room.run(60)
    assert room.nibps()[1:] == []


@pytest.mark.parametrize("code", range(2, 9))
def test_every_result_of_the_module_in_words(room, code):
    room.run(RESTED_S)
    room.command("fail", str(code))
    room.order(OrderKind.START)
    room.run(40)
    [nibp] = room.nibps()
    assert nibp.failed and nibp.error.endswith(f"({code})")
    assert StatusCode.MEASUREMENT_FAILED in nibp.status
    assert room.phase is CuffPhase.IDLE


def test_a_loose_cuff_twice_is_two_failures(room):
    room.machine.faults.leak = True
    room.run(RESTED_S)
    for _ in range(2):
        room.order(OrderKind.START)
        room.run(65)
    assert [n.error for n in room.nibps()] == ["cuff loose or missing (4)"] * 2


def test_a_measurement_started_at_the_module_counts_once(room):
    room.run(5)
    room.command("measure")
    room.run(60)
    assert [(n.sys, n.source) for n in room.nibps()] == [(118, NibpSource.DEVICE_INITIATED)]
    assert not room.written


def test_a_measurement_found_under_way_counts_once(room):
    room.run(1)
    room.close()
    room.command("measure")
    room.run(10)
    room.open()
    room.run(60)
    assert [(n.sys, n.source) for n in room.nibps()] == [(118, NibpSource.DEVICE_INITIATED)]


def test_a_measurement_that_the_line_swallowed_counts_once(room):
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(65)
    room.arm.sys = 131.0
    room.from_module = False
    room.command("measure")
    room.run(40)
    room.from_module = True
    room.run(20)
    assert [n.sys for n in room.nibps()] == [118, 131]


def test_one_packet_that_passes_its_sum_by_chance_is_no_measurement(room):
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(65)
    body = bytes([8, 3, 0, 0, 131, 90, 76])
    wrong = b"\x55\xaa" + body + bytes([~sum(body) & 0xFF])
    room.device.readings(room.decoder.feed(wrong), room.now)
    room.run(20)
    assert [n.sys for n in room.nibps()] == [118]


def test_a_module_that_initialises_is_asked_again(room):
    room.machine.faults.initialising = True
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(1.5)
    assert StatusCode.CUFF_BUSY in flags(room)
    room.machine.faults.initialising = False
    room.run(60)
    assert [n.sys for n in room.nibps()] == [118]


def test_a_module_that_does_not_hear_fails_in_words_and_is_stopped(room):
    room.machine.faults.deaf = True
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.run(15)
    assert "no sign" in room.nibps()[0].error
    assert room.times_of(STOP)
    assert room.phase is CuffPhase.IDLE


def test_stop_is_written_at_once_and_the_cuff_comes_down(measuring):
    ordered = measuring.now_s
    measuring.order(OrderKind.STOP)
    assert measuring.times_of(STOP) == [ordered]
    measuring.run(6)
    assert measuring.phase is CuffPhase.IDLE
    measuring.run(60)
    assert [n.error for n in measuring.nibps()] == ["stopped by order"]


def test_stop_just_after_a_start(room):
    room.run(RESTED_S)
    room.order(OrderKind.START)
    room.order(OrderKind.STOP)
    room.run(0.15)
    assert len(room.times_of(STOP)) == 1
    room.run(10)
    assert room.phase is CuffPhase.IDLE and not room.machine._pump.measuring


def test_stop_is_repeated_until_it_is_heard(measuring):
    measuring.machine.faults.deaf_stops = 4.0
    measuring.order(OrderKind.STOP)
    measuring.run(12)
    assert len(measuring.times_of(STOP)) >= 5
    assert measuring.phase is CuffPhase.IDLE
    assert measuring.arm.squeezed[-1][1] is False


def test_a_cuff_that_stays_up_is_stopped_after_180_s(room):
    room.run(RESTED_S)
    room.order(OrderKind.CYCLE, 5)
    started = room.now_s
    room.run(10)
    room.machine.faults.stuck = True
    room.run(175)
    assert room.times_of(STOP)[0] - started == pytest.approx(180, abs=0.3)
    assert "180 s" in room.nibps()[0].error
    assert room.states()[-1].interval_s is None


def test_after_a_lost_connection_it_looks_first(measuring):
    measuring.order(OrderKind.CYCLE, 1)
    measuring.close()
    assert "outcome unknown" in measuring.nibps()[0].error
    measuring.run(3)
    measuring.open()
    measuring.run(40)
    assert len(measuring.times_of(START)) == 1
    assert [n.sys for n in measuring.nibps()] == [None, 118]
    measuring.run(60)
    assert len(measuring.times_of(START)) == 2


def test_hanging_up_lets_the_cuff_down(measuring):
    measuring.close(parting=True)
    assert measuring.written[-1][1] == STOP
    measuring.run(3)
    assert measuring.arm.squeezed[-1][1] is False


def test_a_module_that_tells_of_its_cuff_only_while_it_measures(room):
    room.machine.faults.quiet_cuff = True
    room.run(4.5)
    assert not room.written
    room.run(40)
    assert 3 <= len(room.times_of(STOP)) <= 5  # nobody could know whether it was up
    room.order(OrderKind.START)
    room.run(60)
    assert [n.sys for n in room.nibps()] == [118]
    assert room.phase is CuffPhase.IDLE


def test_packets_of_the_cuff_that_end_in_a_measurement_stop_it_until_they_come_again(measuring):
    measuring.machine.faults.lost_cuff = True
    measuring.run(20)
    assert "does not answer" in measuring.nibps()[0].error
    assert measuring.phase is CuffPhase.STOPPING and len(measuring.times_of(STOP)) >= 13
    measuring.machine.faults.lost_cuff = False
    measuring.run(6)
    assert measuring.phase is CuffPhase.IDLE


def test_a_second_order_while_it_measures_is_refused(measuring):
    with pytest.raises(OrderRefused, match="already"):
        measuring.order(OrderKind.START)
