"""What the simulated strap and cuff put on the air, against the frames of the Bluetooth document."""

from datetime import datetime

import pytest

from simulators.radio.peripherals import heart_rate, pressure_frames
from simulators.radio.peripherals.numbers import date_time, sfloat
from simulators.radio.peripherals.pressure_frames import Reading


@pytest.mark.parametrize(
    ("value", "decimals", "wire"),
    [
        pytest.param(138, 0, "8A 00", id="whole"),
        pytest.param(243, 0, "F3 00", id="above a byte"),
        pytest.param(18.9, 1, "BD F0", id="one decimal"),
        pytest.param(98.0, 1, "D4 F3", id="decimal kept"),
        pytest.param(-14.7, 1, "6D FF", id="negative"),
        pytest.param(0, 0, "00 00", id="zero"),
        pytest.param(None, 0, "FF 07", id="not a number"),
    ],
)
def test_sfloat_as_in_the_document(value, decimals, wire):
    assert sfloat(value, decimals) == bytes.fromhex(wire)


@pytest.mark.parametrize("value", [2046, -2046, 5000])
def test_sfloat_never_collides_with_a_special_value(value):
    with pytest.raises(ValueError, match="does not fit"):
        sfloat(value)


def test_date_time_as_in_the_document():
    assert date_time(datetime(2026, 11, 24, 15, 30)) == bytes.fromhex("EA 07 0B 18 0F 1E 00")


@pytest.mark.parametrize(
    ("bpm", "contact", "rr_ms", "frames"),
    [
        pytest.param(60, True, (), ["06 3C"], id="contact"),
        pytest.param(255, False, (), ["04 FF"], id="no contact"),
        pytest.param(60, True, (1016.6,), ["16 3C 11 04"], id="one interval"),
        pytest.param(60, True, (989.3,), ["16 3C F5 03"], id="another interval"),
        pytest.param(257, True, (1, 252), ["17 01 01 01 00 02 01"], id="above 255 and two intervals"),
        pytest.param(None, False, (), ["04 00"], id="searching"),
        pytest.param(200, True, (1e6,), ["16 C8 FF FF"], id="interval at its limit"),
    ],
)
def test_heart_rate_frames(bpm, contact, rr_ms, frames):
    assert list(heart_rate.measurement(bpm, contact, rr_ms)) == [bytes.fromhex(frame) for frame in frames]


@pytest.mark.parametrize(("bpm", "sizes"), [(250, [20, 4]), (260, [19, 7])], ids=["u8 rate", "u16 rate"])
def test_intervals_that_do_not_fit_follow_in_another_frame(bpm, sizes):
    assert [len(frame) for frame in heart_rate.measurement(bpm, rr_ms=[240.0] * 10)] == sizes


def test_impossible_heart_rate_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        list(heart_rate.measurement(70000))


@pytest.mark.parametrize(
    ("reading", "frame"),
    [
        pytest.param(Reading(103, 63, 77, 64), "14 67 00 3F 00 4D 00 40 00 00 00", id="as captured"),
        pytest.param(
            Reading(101, 65, 81, 62, status=4), "14 65 00 41 00 51 00 3E 00 04 00", id="irregular pulse"
        ),
        pytest.param(
            Reading(None, None, None, None, when=datetime(2026, 11, 24, 15, 30)),
            "16 FF 07 FF 07 FF 07 EA 07 0B 18 0F 1E 00 FF 07 00 00",
            id="failed measurement",
        ),
        pytest.param(
            Reading(141.76, 82.51, 119.26, 60, status=0x12, kpa=True),
            "15 BD F0 6E F0 9F F0 3C 00 12 00",
            id="in kilopascal",
        ),
        pytest.param(
            Reading(138, 88, 120, 60, status=0x27, when=datetime(2026, 4, 17, 20, 41, 59), user=1),
            "1E 8A 00 58 00 78 00 EA 07 04 11 14 29 3B 3C 00 01 27 00",
            id="every field",
        ),
    ],
)
def test_blood_pressure_frames(reading, frame):
    assert pressure_frames.measurement(reading) == bytes.fromhex(frame)


def test_cuff_pressure_leaves_the_other_pressures_empty():
    assert pressure_frames.cuff_pressure(184) == bytes.fromhex("00 B8 00 FF 07 FF 07")
