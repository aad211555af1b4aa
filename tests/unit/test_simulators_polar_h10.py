"""The simulated H10: its answers and its ECG, against the document."""

import itertools
import struct
from datetime import datetime

import pytest

from simulators.faults import set_fault
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.heart_rate import frames
from simulators.radio.peripherals.polar_h10 import PolarH10, ecg_frame
from simulators.subject import VirtualSubject

START = bytes.fromhex("02 00 00 01 82 00 01 01 0E 00")


def worn() -> PolarH10:
    subject = VirtualSubject(Patient(Rest(), 3), 1.0, 3)
    setting = Setting(subject, 3, lambda: datetime(2026, 11, 24), address="C0:00:00:00:00:06")
    return PolarH10.worn(setting)


def test_settings_as_documented():
    assert worn().answer(b"\1\0") == bytes.fromhex("F0 01 00 00 00 00 01 82 00 01 01 0E 00")


@pytest.mark.parametrize(
    ("fault", "command", "error"),
    [
        pytest.param("", START.hex(), 0, id="start"),
        pytest.param("", "0300", 0, id="stop"),
        pytest.param("", "0702", 1, id="unknown command"),
        pytest.param("", "0102", 2, id="another measurement"),
        pytest.param("", "0200000183000101 0E00", 5, id="another rate"),
        pytest.param("in_charger on", START.hex(), 13, id="in the charger"),
        pytest.param("refuse 12", START.hex(), 12, id="any code"),
    ],
)
def test_answers(fault, command, error):
    strap = worn()
    set_fault(strap.faults, fault.split())
    assert strap.answer(bytes.fromhex(command))[3] == error


def test_started_twice_it_says_already_streaming():
    strap = worn()
    assert [strap.answer(START)[3] for _ in range(2)] == [0, 6]


def test_frame_as_documented():
    data = ecg_frame(int.from_bytes(bytes.fromhex("EA54A2428B455208"), "little"), [-12, 5, 120, -300])
    assert data == bytes.fromhex("00 EA54A2428B455208 00 F4FFFF 050000 780000 D4FEFF")


def stream(strap: PolarH10, seconds: int) -> list[bytes]:
    strap.ecg_due(0)
    strap.answer(START)
    return [frame for tick in range(10 * seconds) for frame in strap.ecg_due(tick / 10)]


def test_130_samples_a_second_with_the_time_of_the_last():
    sent = stream(worn(), 60)
    assert sum((len(frame) - 10) // 3 for frame in sent) == pytest.approx(60 * 130, abs=73 + 13)
    times = [struct.unpack_from("<Q", frame, 1)[0] for frame in sent]
    gaps = {later - earlier for earlier, later in itertools.pairwise(times)}
    assert all(abs(gap - 73e9 / 130) <= 1 for gap in gaps)
    peaks = [
        max(struct.unpack("<h", frame[at : at + 2])[0] for at in range(10, len(frame), 3)) for frame in sent
    ]
    assert max(peaks) > 500  # R waves


def test_frames_are_lost_on_request():
    strap = worn()
    set_fault(strap.faults, ["lose_frames", "0.5"])
    assert 20 < len(stream(strap, 60)) < 90


def test_nothing_streams_before_the_start_and_after_the_stop():
    strap = worn()
    assert strap.ecg_due(30) == []
    strap.answer(START)
    assert strap.ecg_due(31)
    strap.answer(b"\3\0")
    assert strap.ecg_due(40) == []


def test_heart_rate_says_nothing_of_contact():
    [frame] = list(frames(worn().beat(30)))
    assert frame[0] == 0x10
