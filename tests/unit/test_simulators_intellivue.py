"""The simulated IntelliVue monitor, spoken to with the documented requests."""

import itertools
from datetime import datetime

import pytest

from drivers.wire.intellivue_frame import framed
from monitor.core.errors import ConfigError
from simulators import scenario
from simulators.faults import CommandError
from simulators.intellivue import SET_S, datagrams, serial
from simulators.intellivue_frame import FrameReader, crc, frame
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

ASSOCIATE = bytes.fromhex("0D 0D 00 01 00 28 80 00 00 00 00 00 1F 40 00")
"""The part of an association request that the monitor reads: 1 s between polls."""
POLL = bytes.fromhex(
    "E1 00 00 02 00 01 00 1C 00 05 00 07 00 16 00 21 00 00 00 00 00 00 00 00 0C 16 00 08"
    "00 09 00 01 00 06 08 03"
)
EXTENDED = bytes.fromhex(
    "E1 00 00 02 00 01 00 28 00 03 00 07 00 22 00 21 00 00 00 00 00 00 00 00 F1 3B 00 14"
    "00 01 00 01 00 06 08 03 00 01 00 08 F1 3E 00 04 00 49 3E 00"
)
RELEASE = b"\x09\x18"


def create_result(event):
    return (
        bytes.fromhex("E1 00 00 02 00 02 00 14") + event[8:10] + b"\x00\x01\x00\x0e" + event[14:26] + bytes(2)
    )


@pytest.fixture
def monitor():
    subject = VirtualSubject(Patient(Rest(), 1), 1.0, 1)
    return datagrams(Setting(subject, 1, lambda: datetime(2026, 11, 24, 15, 30), first_s=5.0))


def opened(monitor, now_s=0.0):
    accept, event = monitor.heard(ASSOCIATE, now_s)
    assert accept[0] == 0x0E and event[24:26] == b"\x0d\x06"
    assert monitor.heard(create_result(event), now_s) == []


def sets(monitor, until_s, from_s=0.0, alive=True):
    """Step a hundred times a second; the host says something now and then."""
    found = []
    for tick in range(round(from_s * 100), round(until_s * 100)):
        found += [(tick / 100, message) for message in monitor.step(tick / 100)]
        if alive and tick % 500 == 0:
            monitor.heard(b"\xe1", tick / 100)
    return found


def value_of(message, physio):
    at = message.find(b"\x09\x50\x00\x0a" + physio.to_bytes(2, "big"))
    return int.from_bytes(message[at + 6 : at + 8], "big"), int.from_bytes(message[at + 10 : at + 14], "big")


def test_the_check_sequence_has_the_remainder_of_x25():
    body = bytes.fromhex("11 01 00 04 19 2E 7D C0")
    assert crc(body + crc(body).to_bytes(2, "little")) ^ 0xFFFF == 0xF0B8


def test_frames_are_escaped_and_read_back_in_any_pieces():
    message = bytes([0x7D, 0xC0, 0xC1, 0x5D, 0x00])
    sent = frame(message)
    assert sent == framed(message) and sent.count(0xC0) == sent.count(0xC1) == 1
    reader = FrameReader()
    pieces = (bytes([byte]) for byte in b"\x11\xc0\x11" + sent * 2)
    assert [found for piece in pieces for found in reader.feed(piece)] == [message] * 2
    spoilt = bytearray(sent)
    spoilt[6] ^= 1
    assert reader.feed(bytes(spoilt) + sent[:-1] + b"\x7d\xc1") == []


def test_a_second_association_is_refused_until_the_first_ends(monitor):
    opened(monitor)
    assert [answer[0] for answer in monitor.heard(ASSOCIATE, 1.0)] == [0x0C]
    assert [answer[0] for answer in monitor.heard(RELEASE, 2.0)] == [0x0A]
    opened(monitor, 3.0)


def test_a_silent_host_is_forgotten_after_ten_seconds(monitor):
    opened(monitor)
    sets(monitor, 9.9, alive=False)
    assert monitor.associated
    sets(monitor, 10.1, 9.9, alive=False)
    assert not monitor.associated
    assert monitor.heard(POLL, 10.2) == []
    opened(monitor, 10.3)


def test_a_longer_period_keeps_a_silent_host_three_periods(monitor):
    monitor.heard(ASSOCIATE.replace(bytes.fromhex("1F 40"), bytes.fromhex("FA 00")), 0.0)
    sets(monitor, 23.9, alive=False)
    assert monitor.associated
    sets(monitor, 24.1, 23.9, alive=False)
    assert not monitor.associated


def test_polls_are_answered_only_after_the_create_event_was(monitor):
    _, event = monitor.heard(ASSOCIATE, 0.0)
    assert monitor.heard(POLL, 0.1) == []
    monitor.heard(create_result(event), 0.2)
    [answer] = monitor.heard(POLL, 0.3)
    assert (
        answer[:14] == bytes.fromhex("E1 00 00 02 00 02") + answer[6:8] + b"\x00\x05\x00\x07" + answer[12:14]
    )
    assert answer[24:26] == b"\x00\x09"  # the poll's number


def test_an_extended_poll_gives_a_numbered_set_every_1024_ms(monitor):
    opened(monitor)
    assert monitor.heard(EXTENDED, 0.0) == []
    found = sets(monitor, 5.0)
    assert [round(at_s / SET_S) for at_s, _ in found] == [0, 1, 2, 3, 4]
    assert [message[26:28] for _, message in found] == [bytes([0, n]) for n in range(5)]
    ticks = [int.from_bytes(message[28:32], "big") for _, message in found]
    assert {b - a for a, b in itertools.pairwise(ticks)} == {8192}
    assert found[0][1][32:40] == bytes.fromhex("20 26 11 24 15 30 00 00")


def test_a_big_answer_comes_in_linked_parts_and_an_empty_end(monitor):
    opened(monitor)
    monitor.faults.linked = True
    parts = monitor.heard(POLL, 0.1)
    assert [part[5] for part in parts] == [5] * (len(parts) - 1) + [2] and len(parts) > 2
    assert [part[8] for part in parts[:-1]] == [1, *[2] * (len(parts) - 3), 3]
    assert parts[-1][-6:] == bytes(6) and max(map(len, parts)) <= 320


def test_an_older_monitor_refuses_the_extended_poll(monitor):
    opened(monitor)
    monitor.faults.no_extended = True
    [answer] = monitor.heard(EXTENDED, 0.1)
    assert (answer[5], answer[8:10]) == (3, b"\x00\x03")
    assert monitor.heard(POLL, 0.2)


@pytest.mark.parametrize(
    ("fault", "state", "nan"),
    [
        ("sensor_off", 0x8000, True),
        ("questionable", 0x4000, False),
        ("early", 0x0040, False),
        ("unavailable", 0x2000, False),
        ("calibrating", 0x1000, False),
        ("test_data", 0x0800, False),
        ("demo", 0x0400, False),
        ("nan", 0x0000, True),
    ],
)
def test_every_state_can_be_sent(monitor, fault, state, nan):
    opened(monitor)
    setattr(monitor.faults, fault, True)
    [answer] = monitor.heard(POLL, 0.1)
    told, word = value_of(answer, 0x4BB8)
    assert (told, word == 0x7FFFFF) == (state, nan)


def test_pressures_in_kilopascals(monitor):
    opened(monitor)
    monitor.faults.kpa = True
    [answer] = monitor.heard(POLL, 0.1)
    assert b"\x4a\x11\x00\x00\x0f\x03\xff" in answer
    monitor.faults.artery = False
    [answer] = monitor.heard(POLL, 0.2)
    assert b"\x4a\x11" not in answer


def test_the_cuff_measures_by_its_schedule_and_when_told(monitor):
    opened(monitor)
    sets(monitor, 4.9)
    [idle] = monitor.heard(POLL, 4.9)
    assert b"\x4a\x05\x20\x00" in idle and b"\x09\x90" not in idle
    sets(monitor, 6.0, 4.9)
    [running] = monitor.heard(POLL, 6.0)
    assert b"\x4a\x05\x20\x20" in running
    sets(monitor, 31.0, 6.0)
    [done] = monitor.heard(POLL, 31.0)
    assert b"\x4a\x05\x00\x00" in done and bytes.fromhex("09 90 00 08 20 26 11 24 15 30 00 00") in done
    assert monitor.obey(["measure", "182/104"], 40.0) == "measure 182/104"
    sets(monitor, 66.0, 31.0)
    [told] = monitor.heard(POLL, 66.0)
    assert (182).to_bytes(4, "big") in told


def test_an_abort_ends_the_association(monitor):
    opened(monitor)
    monitor.obey(["abort"], 1.0)
    assert [message[0] for message in monitor.step(1.0)] == [0x19]
    assert not monitor.associated


def test_the_clock_can_be_moved_and_taken_away(monitor):
    opened(monitor)
    monitor.obey(["clock", "-3600"], 0.0)
    [answer] = monitor.heard(POLL, 0.1)
    assert answer[30:38] == bytes.fromhex("20 26 11 24 14 30 00 00")
    monitor.faults.no_clock = True
    [answer] = monitor.heard(POLL, 0.2)
    assert answer[30:38] == b"\xff" * 8


def test_a_command_without_meaning_is_refused(monitor):
    with pytest.raises(CommandError):
        monitor.obey(["inflate"], 0.0)


def test_the_serial_monitor_speaks_in_frames():
    subject = VirtualSubject(Patient(Rest(), 1), 1.0, 1)
    wired = serial(Setting(subject, 1, lambda: datetime(2026, 11, 24)))
    assert wired.heard(ASSOCIATE, 0.0) == []
    accept, _ = wired.heard(frame(ASSOCIATE), 0.0)
    assert accept[0] == 0xC0 and accept[-1] == 0xC1


def test_only_a_model_that_speaks_on_a_network_is_put_there():
    bed = scenario.Bed("bed1", "Room 1", (scenario.Device("finger", "nonin-df2", link="udp"),))
    with pytest.raises(ConfigError, match="does not speak on a network"):
        scenario.check(scenario.Scenario("a network", (bed,)), "network.toml")
