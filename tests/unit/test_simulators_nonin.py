from dataclasses import dataclass, field

import pytest

from simulators.nonin import (
    DISPLAY_HOLD_S,
    Layout,
    Nonin,
    Numbers,
    Status,
    float_bytes,
    frame,
)
from simulators.subject import Oximetry

# One packet that a real device sent (DF2), with the numbers that its document gives for it.
CAPTURED = bytes.fromhex(
    "01814300C5 0180434A0E 0180436024 0180439458 01804300C4"
    "01804100C2 01803E17D6 01803C04C1 018039601A 0180366017"
    "0180356016 01803400B5 01803400B5 01803400B5 0180354A00"
    "0180366017 0180376018 01803A00BB 01804000C1 01804A00CB"
    "0180574A22 01806900EA 01807C4A47 0180900011 0180A10022"
)
CAPTURED_NUMBERS = Numbers(
    rate=74,
    spo2=96,
    rate_slow=74,
    spo2_slow=96,
    spo2_fast=96,
    spo2_beat=96,
    rate_display=74,
    rate_slow_display=74,
    spo2_display=96,
    spo2_slow_display=96,
    timer=23,
    status2=0x04,
    revision=0x94,
)


@dataclass
class Finger:
    """A subject whose numbers and wave the test sets."""

    spo2: float | None = 97.0
    pulse: float | None = 72.0
    wave: float = 0.5
    since: float = 1.0
    doubtful: bool = False
    until_s: float = 1e9
    asked: list[float] = field(default_factory=list)

    def ended(self, t_s):
        return t_s >= self.until_s

    def oximetry(self, t_s):
        self.asked.append(t_s)
        return Oximetry(self.spo2, self.pulse, doubtful=self.doubtful)

    def pleth(self, t_s):
        return self.wave

    def since_pulse_s(self, t_s):
        return self.since


def _packet(nonin, number):
    return [nonin.frame(number * 25 + index) for index in range(25)]


def _values(frames):
    return [each[3] for each in frames]


def _statuses(frames, layout):
    return [each[1 if layout is Layout.DF2 else 0] for each in frames]


def test_the_captured_packet_comes_out_byte_for_byte():
    pleth = CAPTURED[2::5]
    values = float_bytes(CAPTURED_NUMBERS)
    made = b"".join(
        frame(Layout.DF2, Status.SYNC if index == 0 else Status(0), pleth[index], values[index])
        for index in range(25)
    )
    assert made == CAPTURED


@pytest.mark.parametrize(
    ("status", "pleth", "value", "expected"),
    [
        pytest.param(Status.SYNC, 35388, 0, "818A3C0047", id="first frame"),
        pytest.param(Status(0), 35600, 72, "808B104863", id="rate"),
        pytest.param(Status(0), 35840, 97, "808C00616D", id="saturation"),
    ],
)
def test_df7_frames_of_the_document(status, pleth, value, expected):
    assert frame(Layout.DF7, status, pleth, value) == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        pytest.param(72, [0x00, 0x48], id="below 128"),
        pytest.param(140, [0x01, 0x0C], id="above 128"),
        pytest.param(321, [0x02, 0x41], id="highest"),
        pytest.param(None, [0x03, 0x7F], id="missing"),
        pytest.param(511, [0x03, 0x7F], id="no room for it"),
    ],
)
def test_a_rate_has_nine_bits_in_two_bytes(rate, expected):
    assert list(float_bytes(Numbers(rate=rate))[:2]) == expected


@pytest.mark.parametrize("layout", list(Layout), ids=lambda layout: layout.value)
def test_a_stream_is_packets_of_25_frames_with_good_checksums_and_one_sync(layout):
    nonin = Nonin(layout, Finger())
    for packet in range(6):
        frames = _packet(nonin, packet)
        assert all(len(each) == 5 and sum(each[:4]) % 256 == each[4] for each in frames)
        assert [status & 1 for status in _statuses(frames, layout)] == [1, *[0] * 24]
        assert _values(frames)[5:7] == [packet >> 7, packet & 0x7F]
        assert _values(frames)[:3] == [0, 72, 97]


def test_a_packet_says_what_was_true_when_it_began():
    finger = Finger()
    nonin = Nonin(Layout.DF2, finger)
    nonin.frame(0)
    finger.spo2 = 80.0
    assert nonin.frame(2)[3] == 97
    assert finger.asked == [0.0]
    assert _values(_packet(nonin, 1))[2] == 80
    assert finger.asked == [0.0, pytest.approx(1 / 3)]


def test_the_wave_is_the_upper_byte_of_16_bits():
    finger = Finger(wave=0.25)
    wide, narrow = Nonin(Layout.DF7, finger).frame(0), Nonin(Layout.DF2, finger).frame(0)
    assert int.from_bytes(wide[1:3], "big") == 512 + 64512 // 4
    assert narrow[2] == wide[1]


@pytest.mark.parametrize(
    ("fault", "bits", "missing"),
    [
        pytest.param("sensor_off", Status.SENSOR_OFF, True, id="finger out"),
        pytest.param("sensor_fault", Status.SENSOR_OFF | Status.SENSOR_FAULT, True, id="sensor unplugged"),
        pytest.param("searching", Status.OUT_OF_TRACK, True, id="searching"),
        pytest.param("low_perfusion", Status.RED, False, id="low perfusion"),
        pytest.param("marginal_perfusion", Status.YELLOW, False, id="marginal perfusion"),
        pytest.param("artifact", Status.GREEN | Status.ARTIFACT, False, id="artefact"),
        pytest.param(None, Status.GREEN, False, id="good pulse"),
    ],
)
def test_status_bits_and_missing_codes(fault, bits, missing):
    nonin = Nonin(Layout.DF2, Finger(since=0.05))
    if fault:
        setattr(nonin.faults, fault, True)
    frames = _packet(nonin, 0)
    assert {status & 0x7E for status in _statuses(frames, Layout.DF2)} == {int(bits)}
    values = _values(frames)
    assert (values[:3] == [0x03, 0x7F, 127]) is missing
    assert (values[13:16] == [0x03, 0x7F, 127]) is missing


def test_perfusion_is_told_for_twelve_frames_of_a_pulse():
    finger = Finger()
    nonin = Nonin(Layout.DF2, finger)
    told = []
    for number in range(25):
        finger.since = number / 75
        told.append(nonin.frame(number)[1] & 0x06)
    assert told == [0x02] * 12 + [0] * 13


def test_numbers_missing_on_both_sides_mean_sensor_alarm_and_one_alone_does_not():
    finger = Finger(spo2=None, pulse=None)
    nonin = Nonin(Layout.DF7, finger)
    assert nonin.frame(0)[0] & Status.SENSOR_OFF
    finger.pulse = 70.0
    frames = _packet(nonin, 1)
    assert not frames[0][0] & Status.SENSOR_OFF
    assert _values(frames)[:3] == [0, 70, 127]


def test_display_values_are_held_for_ten_seconds_after_the_finger_left():
    nonin = Nonin(Layout.DF2, Finger())
    for packet in range(30):
        _packet(nonin, packet)
    nonin.faults.sensor_off = True
    held = [_values(_packet(nonin, packet))[8] for packet in range(30, 30 + int(DISPLAY_HOLD_S * 3) + 3)]
    assert held[0] == 97 and held[-4] == 97 and held[-1] == 127


def test_display_values_change_every_one_and_a_half_seconds():
    finger = Finger()
    nonin = Nonin(Layout.DF2, finger)
    shown = []
    for packet in range(30):
        finger.spo2 = 90.0 + packet / 10
        finger.pulse = 60.0 + packet
        shown.append(_values(_packet(nonin, packet))[20])
    changes = [packet for packet in range(1, 30) if shown[packet] != shown[packet - 1]]
    assert changes == [5, 10, 15, 20, 25]


def test_slow_averages_lag_behind():
    finger = Finger(pulse=60.0)
    nonin = Nonin(Layout.DF2, finger)
    for packet in range(24):
        _packet(nonin, packet)
    finger.pulse = 90.0
    values = _values(_packet(nonin, 24))
    assert values[1] == 90 and 60 < values[14] < 70


def test_low_battery_is_a_bit_of_the_second_status():
    nonin = Nonin(Layout.DF2, Finger())
    nonin.faults.battery_low = True
    assert _values(_packet(nonin, 0))[7] & 0x01


def test_nothing_is_sent_after_the_end():
    nonin = Nonin(Layout.DF2, Finger(until_s=2 / 3))
    assert all(_packet(nonin, 1))
    assert not any(_packet(nonin, 2))


def test_a_moving_finger_is_an_artifact_in_its_pulses_and_a_squeezed_one_has_no_track():
    finger = Finger(doubtful=True, since=0.0)
    nonin = Nonin(Layout.DF7, finger)
    assert _statuses(_packet(nonin, 0), Layout.DF7)[1] & Status.ARTIFACT
    finger.spo2 = finger.pulse = None
    squeezed = _statuses(_packet(nonin, 1), Layout.DF7)[1]
    assert squeezed & Status.OUT_OF_TRACK and not squeezed & Status.SENSOR_OFF
    finger.doubtful = False
    off = _statuses(_packet(nonin, 2), Layout.DF7)[1]
    assert off & Status.SENSOR_OFF and not off & Status.OUT_OF_TRACK
