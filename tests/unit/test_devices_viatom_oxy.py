"""How a ring is asked: in which order, how often, and what happens when it does not answer."""

from itertools import pairwise

from framed_play import Play, facts, flags, samples, values

from drivers.devices.viatom_oxy import ALLOWED, INFO, LIVE, SENSORS, request
from drivers.wire.events import ReplyEvent
from monitor.core.types import Reason

FORBIDDEN = {0x03, 0x04, 0x05, 0x16, 0x18}


def test_requests_are_the_documented_ones():
    assert request(LIVE) == bytes.fromhex("AA 1B E4 00 00 01 00 00 5E")
    assert request(SENSORS) == bytes.fromhex("AA 17 E8 00 00 00 00 1B")
    assert request(INFO) == bytes.fromhex("AA 14 EB 00 00 00 00 C6")
    assert FORBIDDEN.isdisjoint(ALLOWED)


def test_numbers_come_once_a_second_with_the_whole_wave():
    play = Play("viatom-oxy")
    readings = play.run(9.95)
    spo2 = values(readings, "spo2")
    assert len(spo2) == 10 and all(value is not None and 94 <= value <= 100 for value, _ in spo2)
    assert len(values(readings, "pulse_rate")) == 10
    came, lost = samples(readings)
    kept = 250  # by the ring, from before
    assert abs(came + lost - kept - 9 * 125) <= 13 and lost >= 9  # a marker a beat


def test_it_is_asked_what_it_is_once():
    play = Play("viatom-oxy")
    found = facts(play.run(30))
    assert found["serial"] == "C00000000001" and found["battery_pct"] == "100" and found["model"] == "1652"
    assert play.commands.count(INFO) == 1 and play.commands[:2] == [LIVE, INFO]


def test_over_a_long_time_with_everything_that_goes_wrong_only_allowed_requests_are_sent():
    play = Play("viatom-oxy")
    wearer = ("finger_out", "searching", "low_battery")
    faults = (*wearer, "old_firmware", "bad_crc", "split", "no_answer", "refuse")
    for fault in faults:
        setattr(play.sim.faults, fault, True)
        play.run(60)
        play.disconnect()
        play.connect()
        play.run(60)
        setattr(play.sim.faults, fault, False)
        play.run(60)
    assert set(play.commands) == set(ALLOWED)
    assert {data for _, data in play.written} == set(map(request, ALLOWED))


def test_one_request_at_a_time():
    play = Play("viatom-oxy")
    play.sim.faults.no_answer = True
    play.run(20)
    times = [at for at, _ in play.written]
    assert len(times) == 10
    assert min(b - a for a, b in pairwise(times)) >= 1.95


def test_older_firmware_is_asked_the_older_way_after_a_time_out():
    play = Play("viatom-oxy")
    play.sim.faults.old_firmware = True
    readings = play.run(2.5)
    assert play.commands[:2] == [LIVE, SENSORS] and values(readings, "spo2")
    readings = play.run(10)
    assert len(values(readings, "spo2")) == 10 and samples(readings) == (0, 0)
    assert play.commands.count(LIVE) == 1


def test_a_refusal_is_as_good_as_a_time_out():
    play = Play("viatom-oxy")
    play.sim.faults.refuse = True
    play.run(1)
    assert any(isinstance(e, ReplyEvent) and not e.ok for e in play.events)
    assert set(play.commands) == {LIVE, SENSORS}
    play.sim.faults.refuse = False
    assert values(play.run(5), "spo2")


def test_a_ring_that_refuses_is_not_asked_without_end():
    play = Play("viatom-oxy")
    play.sim.faults.refuse = True
    play.run(60)
    assert len(play.written) <= 130


def test_newer_firmware_that_is_silent_for_a_while_is_asked_as_before():
    play = Play("viatom-oxy")
    play.run(5)
    play.sim.faults.no_answer = True
    play.run(10)
    play.sim.faults.no_answer = False
    assert values(play.run(5), "spo2") and SENSORS not in play.commands


def test_every_connection_begins_with_the_newer_request():
    play = Play("viatom-oxy")
    play.sim.faults.old_firmware = True
    play.run(5)
    play.disconnect()
    play.sim.faults.old_firmware = False
    play.connect()
    before = len(play.commands)
    play.run(3)
    assert SENSORS not in play.commands[before:]


def test_what_the_wearer_does_is_told():
    play = Play("viatom-oxy")
    play.run(3)
    play.sim.faults.finger_out = True
    readings = play.run(3)
    assert values(readings, "spo2")[-1] == (None, Reason.SENSOR_OFF)
    assert flags(readings) == [("sensor_off", True)]
    play.sim.faults.finger_out, play.sim.faults.searching = False, True
    readings = play.run(3)
    assert values(readings, "pulse_rate")[-1] == (None, Reason.SEARCHING)
    assert flags(readings) == [("sensor_off", False), ("pulse_search", True)]
    play.sim.faults.low_battery = True
    assert flags(play.run(2)) == [("battery_low", True)]


def test_answers_with_a_bad_checksum_give_no_number():
    play = Play("viatom-oxy")
    play.sim.faults.bad_crc = True
    assert play.run(20) == []


def test_answers_in_pieces_of_20_bytes_are_whole():
    play = Play("viatom-oxy")
    play.sim.faults.split = True
    assert len(values(play.run(9.95), "spo2")) == 10


def test_perfusion_needs_unverified():
    assert values(Play("viatom-oxy").run(3), "perfusion_index") == []
    found = values(Play("viatom-oxy", unverified=True).run(3), "perfusion_index")
    assert found and all(value is not None and 3 <= value <= 4 for value, _ in found)
