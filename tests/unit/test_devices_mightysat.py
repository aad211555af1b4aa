"""How a MightySat is started, and started again."""

import logging

from framed_play import Play, facts, flags, samples, values

from drivers.devices.mightysat import ABOUT_FRAME, ALLOWED, START_FRAME, START_SENDING, WHAT_ARE_YOU
from monitor.core.types import Reason

FORBIDDEN = {0x02, 0x06, 0x07}


def test_it_is_asked_and_started_at_once():
    play = Play("masimo-mightysat")
    readings = play.run(10.05)
    assert [data for _, data in play.written] == [ABOUT_FRAME, START_FRAME]
    assert facts(readings) == {"software": "0x1063"}
    spo2 = values(readings, "spo2")
    assert len(spo2) == 10 and all(value is not None and 94 <= value <= 100 for value, _ in spo2)
    assert len(values(readings, "resp_rate")) == 10
    came, lost = samples(readings)
    assert abs(came - 312) <= 14 and lost == 0


def test_over_a_long_time_with_everything_that_goes_wrong_only_allowed_requests_are_sent():
    play = Play("masimo-mightysat")
    faults = ("sensor_off", "searching", "unknown_exception", "bad_crc", "split", "no_answer", "refuse")
    for fault in faults:
        setattr(play.sim.faults, fault, True)
        play.run(60)
        setattr(play.sim.faults, fault, False)
        play.disconnect()
        play.run(5)
        play.connect()
        play.run(60)
    assert set(play.commands) == set(ALLOWED) and FORBIDDEN.isdisjoint(play.commands)
    assert {data for _, data in play.written} == {ABOUT_FRAME, START_FRAME}


def test_one_that_does_not_say_what_it_is_is_started_all_the_same():
    play = Play("masimo-mightysat")
    play.sim.faults.no_answer = True
    play.run(4.5)
    assert play.commands == [WHAT_ARE_YOU, WHAT_ARE_YOU, START_SENDING]


def test_the_start_is_repeated_while_numbers_stay_away():
    play = Play("masimo-mightysat")
    play.run(10)
    play.sim.faults.no_answer = True
    play.run(20)
    assert play.commands[2:] == [START_SENDING] * 3
    play.sim.faults.no_answer = False
    assert values(play.run(8), "spo2")


def test_a_refusal_is_logged_once(caplog):
    play = Play("masimo-mightysat")
    play.sim.faults.refuse = True
    with caplog.at_level(logging.WARNING):
        assert play.run(60) == []
    assert len(caplog.records) == 1 and "not supported" in caplog.text


def test_what_the_wearer_does_is_told():
    play = Play("masimo-mightysat")
    play.run(3)
    play.sim.faults.sensor_off = True
    readings = play.run(3)
    assert values(readings, "spo2")[-1] == (None, Reason.SENSOR_OFF) and flags(readings) == [
        ("sensor_off", True)
    ]
    play.sim.faults.sensor_off, play.sim.faults.searching = False, True
    readings = play.run(3)
    assert values(readings, "pulse_rate")[-1] == (None, Reason.SEARCHING)
    play.sim.faults.searching, play.sim.faults.start_up = False, True
    assert values(play.run(3), "spo2")[-1] == (None, Reason.MISSING)


def test_invalid_samples_are_lost_samples():
    play = Play("masimo-mightysat")
    play.run(3)
    play.sim.faults.invalid_samples = True
    assert samples(play.run(1)) == (0, 0)
    play.sim.faults.invalid_samples = False
    came, lost = samples(play.run(1))
    assert came and 21 <= lost <= 35


def test_frames_in_pieces_of_20_bytes_are_whole_and_bad_ones_give_nothing():
    play = Play("masimo-mightysat")
    play.sim.faults.split = True
    assert len(values(play.run(5.05), "spo2")) == 5
    play.sim.faults.bad_crc = True
    assert play.run(5) == []
