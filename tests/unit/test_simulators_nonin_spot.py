"""The simulated Nonin in formats 8 and 13: bytes as documented, the display that holds, the memory."""

from datetime import datetime, timedelta

import pytest

from simulators.faults import CommandError
from simulators.machine import Setting
from simulators.nonin_df8 import Df8
from simulators.nonin_df8 import packet as df8
from simulators.nonin_df13 import SMARTPOINT, SpotCheck, packet
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)
WHEN = datetime(2026, 11, 24, 15, 30, 5)


def setting(**rest) -> Setting:
    return Setting(VirtualSubject(Patient(Rest(), 1), 1.0, 1), 1, lambda: NOON, **rest)


def test_documented_packets_come_out_byte_for_byte():
    assert df8(72, 97, last=0x20).hex(" ") == "80 48 61 20"
    assert df8(140, 97).hex(" ") == "81 0c 61 00"
    assert df8(None, None, first=0x20, last=0x08).hex(" ") == "a3 7f 7f 08"
    spot = "00 02 00 0d 00 0e 20 26 11 24 15 30 05 00 02 00 00 48 00 61 70 03"
    assert packet(WHEN, 72, 97, SMARTPOINT, 0).hex(" ") == spot


def test_format_8_comes_once_a_second():
    machine = Df8(setting())
    assert [len(machine.step(now)) for now in (0.0, 0.99, 1.0, 3.0)] == [1, 0, 1, 2]


def test_the_display_holds_its_numbers_for_ten_seconds_with_the_alarm_set():
    machine = Df8(setting())
    before = machine.step(20.0)[-1]
    machine.faults.sensor_off = True
    after = machine.step(32.0)
    assert all(each[3] & 0x08 for each in after)
    assert {each[1:3] for each in after[:10]} == {before[1:3]}
    assert {each[1:3] for each in after[10:]} == {b"\x7f\x7f"}


@pytest.mark.parametrize(
    ("fault", "byte", "bit"),
    [
        ("searching", 0, 0x20),
        ("low_perfusion", 0, 0x10),
        ("marginal_perfusion", 0, 0x08),
        ("artifact", 0, 0x04),
        ("sensor_off", 3, 0x08),
        ("battery_low", 3, 0x01),
    ],
)
def test_every_fault_of_format_8_has_its_bit(fault, byte, bit):
    machine = Df8(setting())
    assert not machine.step(20.0)[-1][byte] & bit
    setattr(machine.faults, fault, True)
    assert machine.step(21.0)[-1][byte] & bit


def test_spot_checks_come_at_their_times_with_the_date():
    machine = SpotCheck(setting(first_s=10.0, every_s=60.0))
    assert machine.step(9.9) == []
    [first] = machine.step(10.0)
    assert first[6:14].hex() == "2026112412000000"
    assert [len(machine.step(now)) for now in (69.0, 70.0, 200.0)] == [0, 1, 2]


def test_memory_comes_oldest_first_and_is_marked():
    machine = SpotCheck(setting())
    machine.obey(["memory", "3"], 1.0)
    sent = machine.step(1.0)
    assert [each[10] for each in sent] == [0x09, 0x10, 0x11]  # hours, BCD
    assert all(each[15] & 0x10 for each in sent)


def test_a_result_can_be_sent_again():
    machine = SpotCheck(setting())
    machine.obey(["measure"], 1.0)
    [first] = machine.step(1.0)
    machine.obey(["repeat"], 2.0)
    assert machine.step(2.0) == [first]


def test_no_measurement_and_a_result_without_smartpoint():
    machine = SpotCheck(setting())
    machine.obey(["measure", "none"], 1.0)
    machine.faults.unsure = True
    machine.obey(["measure"], 1.0)
    none, unsure = machine.step(1.0)
    assert (none[14], none[16:20]) == (0x01, bytes([0x01, 0xFF, 0, 127]))
    assert unsure[14] == 0x00 and unsure[19] <= 100


def test_the_clock_can_be_wrong():
    machine = SpotCheck(setting(first_s=0.0))
    machine.faults.clock_s = -86400.0
    assert machine.step(0.0)[0][6:10].hex() == f"{NOON - timedelta(days=1):%Y%m%d}"


@pytest.mark.parametrize("words", [["repeat"], ["memory"], ["memory", "21"], ["measure", "twice"], []])
def test_what_it_does_not_know_is_refused(words):
    with pytest.raises(CommandError):
        SpotCheck(setting()).obey(words, 0.0)
