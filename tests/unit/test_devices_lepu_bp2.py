"""What a BP2 is asked, and which of its results is fresh, stored, repeated or failed."""

import asyncio
from itertools import pairwise

import pytest
from framed_play import Play, facts, flags, measurements, values

from drivers.devices.lepu_bp2 import ABOUT_CUFF, ALLOWED, BATTERY, STATE, request
from drivers.devices.lepu_bp2 import MODEL as LEPU
from drivers.model import DeviceConfig
from drivers.wire.lepu_bp2 import LepuBp2Decoder
from monitor.core.clock import seconds
from monitor.core.types import Reason, StatusCode
from simulators.radio.peripherals.lepu_bp2 import finished, running
from simulators.subject import Pressure

FORBIDDEN = {0x04, 0x09, 0x0A, 0x13, 0x24, 0x25, 0x39, 0xE2, 0xE3, 0xEC, 0xF1, 0xF2, 0xF3, 0xF4}


def obey(play: Play, words: str) -> None:
    asyncio.run(play.sim.obey(words.split(), play.now_s))


def test_requests_are_the_documented_ones():
    assert request(STATE) == bytes.fromhex("A5 00 FF 00 01 00 00 D3")
    assert request(BATTERY) == bytes.fromhex("A5 30 CF 00 01 00 00 20")
    assert request(ABOUT_CUFF) == bytes.fromhex("A5 E1 1E 00 01 00 00 02")


@pytest.mark.parametrize("command", sorted(FORBIDDEN))
def test_a_dangerous_request_cannot_even_be_made(command):
    assert command not in ALLOWED
    with pytest.raises(ValueError, match="never sent"):
        request(command)


def test_over_a_long_time_with_everything_that_goes_wrong_only_allowed_requests_are_sent():
    play = Play("lepu-bp2", first_s=40)
    for fault in ("low_battery", "triple", "ecg", "bad_crc", "split", "no_answer", "refuse"):
        setattr(play.sim.faults, fault, True)
        play.run(130)
        setattr(play.sim.faults, fault, False)
        play.disconnect()
        play.run(5)
        play.connect()
        play.run(130)
    assert set(play.commands) == set(ALLOWED)
    assert {data for _, data in play.written} == set(map(request, ALLOWED))


def test_the_state_is_asked_every_five_seconds():
    play = Play("lepu-bp2")
    readings = play.run(60.05)
    states = [at for at, data in play.written if data == request(STATE)]
    assert len(states) in (12, 13)
    assert values(readings, "cuff_pressure") == [(None, Reason.MISSING)] * len(states)
    assert facts(readings) == {"model": "32120011", "serial": "2523C00812", "battery_v": "4.20"}


def test_an_unanswered_state_is_asked_again_after_two_seconds():
    play = Play("lepu-bp2")
    play.sim.faults.no_answer = True
    play.run(21)
    times = [at for at, data in play.written if data == request(STATE)]
    assert {round(b - a) for a, b in pairwise(times)} == {2}


def test_a_measurement_is_one_fresh_reading():
    play = Play("lepu-bp2")
    play.run(10)
    obey(play, "measure")
    readings = play.run(60)
    [result] = measurements(readings)
    assert not result.stored and not result.failed and result.simulated
    assert result.sys is not None and 115 <= result.sys <= 135 and result.pulse_rate is not None
    assert flags(readings)[:1] == [("measuring", True)] and ("measuring", False) in flags(readings)
    pressures = [value for value, _ in values(readings, "cuff_pressure") if value is not None]
    assert len(pressures) > 50 and max(pressures) > 170


def test_two_measurements_with_the_same_result_are_two_readings():
    play = Play("lepu-bp2")
    subject = play.sim.setting.subject
    subject.held |= {"sys": 120.0, "dia": 80.0, "pulse": 70.0}
    for _ in range(2):
        obey(play, "measure")
        play.run(60)
    assert [(r.sys, r.stored) for r in measurements(play.readings)] == [(120, False), (120, False)]


def test_a_result_that_nobody_saw_being_measured_is_stored_and_told_once():
    play = Play("lepu-bp2")
    play.run(10)
    obey(play, "stored")
    [result] = measurements(play.run(30))
    assert result.stored


def test_a_result_that_comes_again_after_a_lost_connection_is_not_told_again():
    play = Play("lepu-bp2")
    obey(play, "measure")
    play.run(30.4)  # the first of three tellings
    assert [r.stored for r in measurements(play.readings)] == [False]
    play.disconnect()
    play.connect()
    assert measurements(play.run(20)) == []


def test_a_connection_lost_while_measuring_ends_the_measurement_in_words():
    play = Play("lepu-bp2")
    obey(play, "measure")
    play.run(10)
    last = play.disconnect()
    [failed] = measurements(last)
    assert failed.failed and "connection was lost" in failed.error
    assert failed.status == (StatusCode.MEASUREMENT_FAILED,)
    assert flags(last) == [("measuring", False)]
    play.connect()
    [result] = measurements(play.run(60))
    assert not result.stored and not result.failed  # it was still measuring: seen after all


def test_a_connection_lost_after_the_result_ends_nothing():
    play = Play("lepu-bp2")
    obey(play, "measure")
    play.run(60)
    assert play.disconnect() == []


def test_a_failed_measurement_is_told_once():
    play = Play("lepu-bp2")
    obey(play, "fail")
    [failed] = measurements(play.run(60))
    assert failed.failed and not failed.stored and failed.error == "no result"


def test_a_measurement_that_is_broken_off_fails_in_words():
    play = Play("lepu-bp2")
    obey(play, "measure")
    play.run(10)
    obey(play, "abort")
    [failed] = measurements(play.run(30))
    assert failed.failed and failed.error == "the cuff told no result"


def test_three_measurements_with_pauses_are_one_reading():
    play = Play("lepu-bp2")
    play.sim.faults.triple = True
    obey(play, "measure")
    readings = play.run(180)
    assert [(r.stored, r.failed) for r in measurements(readings)] == [(False, False)]
    assert flags(readings) == [("measuring", up) for up in (True, False) * 3]  # not up in a pause


def test_an_ecg_is_no_measurement():
    play = Play("lepu-bp2")
    play.sim.faults.ecg = True
    readings = play.run(30)
    assert measurements(readings) == [] and ("measuring", True) not in flags(readings)


def test_frames_with_a_bad_checksum_give_nothing():
    play = Play("lepu-bp2")
    play.sim.faults.bad_crc = True
    obey(play, "measure")
    assert play.run(60) == []


def test_a_result_told_once_more_when_the_next_measurement_has_begun_is_not_its_result():
    device, decoder = LEPU.make_device(DeviceConfig("cuff", "lepu-bp2"), Play("lepu-bp2")), LepuBp2Decoder()
    device.opened(seconds(0))
    found = []
    first, second = Pressure(182, 104, 130, 80), Pressure(140, 90, 107, 75)
    for second_s, frame in (
        (1, running(50, 80)),
        (30, finished(first, 80)),
        (31, running(20, 80)),
        (32, finished(first, 80)),
        (33, running(60, 80)),
        (60, finished(second, 80)),
        (61, finished(second, 80)),
        (62, running(20, 80)),
        (90, finished(second, 80)),
    ):
        found += measurements(device.readings(decoder.feed(frame), seconds(second_s)))
    assert [(r.sys, r.stored) for r in found] == [(182, False), (140, False), (140, False)]
