"""The simulated Contec and BerryMed oximeters: bytes as documented, commands, pace, faults."""

from datetime import datetime

import pytest

from simulators.bci import frame
from simulators.contec_5byte import Cms50
from simulators.contec_v7 import PATIENCE_S, ContecV7, packet, real_time
from simulators.faults import CommandError
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.berrymed_ble import BerryPeripheral
from simulators.subject import VirtualSubject

START, STOP, STOP_STORED, KEEP_ALIVE = (
    bytes.fromhex(f"7D 81 {code} 80 80 80 80 80 80") for code in ("A1", "A2", "A7", "AF")
)


def setting(rest: Rest | None = None) -> Setting:
    subject = VirtualSubject(Patient(rest or Rest(), 1), 1.0, 1)
    return Setting(subject, 1, lambda: datetime(2026, 11, 24, 12), address="C0:00:00:00:00:01")


def test_documented_five_byte_frames_come_out_byte_for_byte():
    assert frame(100, 72, 98, strength=5, beep=True, bar=12).hex(" ") == "c5 64 0c 48 62"
    assert frame(60, 150, 93, strength=5, bar=7).hex(" ") == "85 3c 47 16 5d"


def test_documented_v7_packets_come_out_byte_for_byte():
    assert real_time(0x46, 90, 0x0B, 72, 98, 379).hex(" ") == "01 80 c6 da 8b c8 e2 fb 81"
    assert real_time(0x80, 0x40, 0x10, 0xFF, 0x7F, 0xFFFF).hex(" ") == "01 e9 80 c0 90 ff ff ff ff"
    assert packet(0x7D, bytes([0xA1, 0, 0, 0, 0, 0, 0])) == START
    assert packet(0x7D, bytes([0xB2, 20, 26, 11, 24, 2, 0])).hex(" ") == "7d 81 b2 94 9a 8b 98 82 80"


def test_a_contec_sends_sixty_frames_a_second_and_a_berrymed_a_hundred():
    contec, berry = Cms50(setting()), BerryPeripheral.worn(setting())
    contec.step(9.999)
    berry.values(9.999)
    assert len(contec.step(10.999)) == 60
    assert len(b"".join(berry.values(10.999))) == 500
    assert {len(value) for value in berry.values(11.999)} == {20}


@pytest.mark.parametrize(
    ("fault", "head", "bits", "rest"),
    [
        ("sensor_off", 0x10, 0x00, (0, 0)),
        ("sensor_fault", 0x00, 0x10, (0, 0)),
        ("searching", 0x00, 0x60, (127, 127)),
        ("missing", 0x00, 0x40, (127, 127)),
    ],
)
def test_every_fault_of_a_contec_has_its_bits(fault, head, bits, rest):
    contec = Cms50(setting())
    setattr(contec.faults, fault, True)
    [first] = contec.step(0.0)
    assert (first[0] & 0x70, first[2], tuple(first[3:])) == (head, bits, rest)


def test_falling_spo2_is_a_bit_beside_numbers():
    contec = Cms50(setting())
    contec.step(10.0)
    contec.faults.falling = True
    [last] = contec.step(10.0 + 1 / 60)
    assert last[0] & 0x30 == 0x20 and 80 < last[4] <= 100


@pytest.mark.parametrize(
    ("fault", "head", "bits"),
    [
        ("sensor_off", 0x10, 0x50),
        ("no_signal", 0x10, 0x40),
        ("sensor_fault", 0x30, 0x40),
        ("searching", 0x00, 0x60),
        ("missing", 0x00, 0x40),
    ],
)
def test_every_fault_of_a_berrymed_has_its_bits(fault, head, bits):
    berry = BerryPeripheral.worn(setting())
    setattr(berry.faults, fault, True)
    [value] = berry.values(0.0)
    assert (value[0] & 0x70, value[1], value[2], value[3:5]) == (head, 0, bits, b"\x7f\x7f")


def test_split_notifications_cut_frames():
    berry = BerryPeripheral.worn(setting())
    berry.faults.split = True
    assert {len(value) for value in berry.values(0.0695)} == {7}


def test_nothing_comes_from_v7_until_it_is_started():
    machine = ContecV7(setting())
    assert machine.step(1.0) == []
    assert machine.heard(START, 1.0) == []
    assert len(machine.step(2.0)) == 60
    assert [answer.hex() for answer in machine.heard(STOP, 2.0)] == ["0c80"]
    assert machine.step(3.0) == []


def test_commands_may_come_in_pieces_and_behind_noise():
    machine = ContecV7(setting())
    assert machine.heard(b"\x00" + STOP_STORED[:4], 0.0) == []
    assert machine.heard(STOP_STORED[4:] + START, 0.0) == [b"\x0c\x80"]
    assert machine.step(0.5)


def test_the_stream_ends_unless_somebody_says_that_he_listens():
    kept, left = ContecV7(setting()), ContecV7(setting())
    for machine in (kept, left):
        machine.heard(START, 0.0)
    kept.heard(KEEP_ALIVE, 5.0)
    later_s = PATIENCE_S + 1
    assert kept.step(later_s) and left.step(later_s) == []


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (0xA3, "0a 80 80 80"),
        (0xAC, "0e 80 80"),
        (0xAD, "10 80 81"),
        (0xB1, "0b 81 b1 80"),
        (0xA6, "0b 81 a6 85"),
        (0xAE, "0b 81 ae 84"),
    ],
)
def test_questions_are_answered_in_the_documented_length(code, answer):
    machine = ContecV7(setting())
    [found] = machine.heard(packet(0x7D, bytes([code, 0, 0, 0, 0, 0, 0])), 0.0)
    assert found.hex(" ") == answer


def test_a_deaf_one_takes_no_command():
    machine = ContecV7(setting())
    machine.faults.deaf = True
    assert machine.heard(START, 0.0) == [] and machine.step(1.0) == []


def test_it_says_good_bye_with_a_reason_and_stops():
    machine = ContecV7(setting())
    machine.heard(START, 0.0)
    machine.obey(["disconnect", "01"], 0.0)
    assert machine.step(0.5) == [b"\x0d\x80\x81"] and machine.step(1.0) == []


@pytest.mark.parametrize("words", [["disconnect"], ["disconnect", "xx"], ["dance"], []])
def test_what_v7_does_not_know_is_refused(words):
    with pytest.raises(CommandError):
        ContecV7(setting()).obey(words, 0.0)


def test_a_contec_knows_no_further_command():
    with pytest.raises(CommandError):
        Cms50(setting()).obey(["measure"], 0.0)
    assert Cms50(setting()).heard(b"\xf5\xf5", 0.0) == []


def test_a_fast_pulse_uses_the_high_bit():
    machine = ContecV7(setting(Rest(pulse=145.0)))
    machine.step(20.0)
    machine.heard(START, 20.0)
    last = machine.step(20.1)[-1]
    assert 128 < (last[5] & 0x7F) + ((last[1] >> 3 & 1) << 7) < 165
