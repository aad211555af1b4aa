"""The worked examples of the Heart Rate and Blood Pressure Services, and SFLOAT's special words.

Origins: the services' specifications and Nordic's test vectors unless marked; "captured" frames
are from real devices.
"""

from datetime import datetime

import pytest

from drivers.wire import sfloat
from drivers.wire.blood_pressure import BloodPressureDecoder, CuffPressureDecoder, FeatureDecoder
from drivers.wire.events import GarbageEvent, InfoEvent, NibpEvent, NumericEvent, StatusEvent
from drivers.wire.heart_rate import HeartRateDecoder, SensorLocationDecoder
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        pytest.param("8A 00", 138, id="0x008A"),
        pytest.param("F3 00", 243, id="0x00F3"),
        pytest.param("BD F0", 18.9, id="0xF0BD exactly 18.9"),
        pytest.param("D4 F3", 98.0, id="0xF3D4"),
        pytest.param("72 E4", 11.38, id="0xE472"),
        pytest.param("6D FF", -14.7, id="0xFF6D"),
        pytest.param("FF F7", 204.7, id="0xF7FF is a number"),
        pytest.param("00 F8", -204.8, id="0xF800 is a number"),
        pytest.param("01 70", 1e7, id="largest exponent"),
        pytest.param("01 80", 1e-8, id="smallest exponent"),
        pytest.param("FF 07", None, id="NaN"),
        pytest.param("00 08", None, id="NRes"),
        pytest.param("FE 07", None, id="+infinity"),
        pytest.param("02 08", None, id="-infinity"),
        pytest.param("01 08", None, id="reserved"),
    ],
)
def test_sfloat(sent, value):
    assert sfloat.value_at(bytes.fromhex(sent), 0) == value


def test_sfloat_says_which_special_word_it_was():
    assert [sfloat.from_word(word) for word in (0x07FF, 0x0800, 0x07FE, 0x0802, 0x0801)] == list(
        sfloat.Special
    )


def rates(frame: str) -> list[tuple[str, float | None, Reason | None]]:
    events = HeartRateDecoder().feed(bytes.fromhex(frame))
    return [(e.channel, e.value, e.reason) for e in events if isinstance(e, NumericEvent)]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param("00 55", [("heart_rate", 85, None)], id="85"),
        pytest.param("04 FF", [("heart_rate", None, Reason.SENSOR_OFF)], id="no contact"),
        pytest.param(
            "1E 55 32 00 21 00",
            [("heart_rate", 85, None), ("rr_interval", 33 / 1.024, None)],
            id="energy and RR",
        ),
        pytest.param(
            "1F 01 01 32 01 01 00 02 01 FF FF",
            [
                ("heart_rate", 257, None),
                ("rr_interval", 1 / 1.024, None),
                ("rr_interval", 258 / 1.024, None),
                ("rr_interval", 65535 / 1.024, None),
            ],
            id="16-bit rate, three RR",
        ),
        pytest.param("06 3C", [("heart_rate", 60, None)], id="captured Polar H7"),
        pytest.param(
            "16 3C 11 04",
            [("heart_rate", 60, None), ("rr_interval", 1016.6015625, None)],
            id="captured Polar H7 with RR 1041",
        ),
        pytest.param(
            "16 3C F5 03",
            [("heart_rate", 60, None), ("rr_interval", 989.2578125, None)],
            id="captured Polar H7 with RR 1013",
        ),
        pytest.param("06 00", [("heart_rate", None, Reason.SEARCHING)], id="0 is searching"),
        pytest.param("E0 55 99", [("heart_rate", 85, None)], id="reserved bits and trailing bytes"),
    ],
)
def test_heart_rate(frame, expected):
    found = rates(frame)
    assert [(c, r) for c, _, r in found] == [(c, r) for c, _, r in expected]
    assert [v for _, v, _ in found] == [v if v is None else pytest.approx(v) for _, v, _ in expected]


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param("", id="empty"),
        pytest.param("17 01 01", id="RR announced, none present"),
        pytest.param("01 55", id="half a 16-bit rate"),
        pytest.param("08 55 32", id="half an energy"),
        pytest.param("10 55 11 04 F5", id="half an RR"),
    ],
)
def test_truncated_heart_rate_is_garbage(frame):
    data = bytes.fromhex(frame)
    assert HeartRateDecoder().feed(data) == [GarbageEvent((0, len(data)), "truncated")]


def test_contact_is_told_on_change_only():
    decoder = HeartRateDecoder()
    told = []
    for frame in ("06 3C", "04 3C", "04 3C", "06 3C", "06 3C"):
        told += [e.active for e in decoder.feed(bytes.fromhex(frame)) if isinstance(e, StatusEvent)]
    assert told == [True, False]


@pytest.mark.parametrize(
    ("sent", "place"),
    [(0, "other"), (1, "chest"), (2, "wrist"), (3, "finger"), (4, "hand"), (5, "ear lobe"), (6, "foot")],
)
def test_sensor_location(sent, place):
    [event] = SensorLocationDecoder().feed(bytes([sent]))
    assert (event.field, event.text) == (InfoField.SENSOR_LOCATION, place)


@pytest.mark.parametrize("sent", [b"", b"\x07"], ids=["empty", "reserved"])
def test_no_sensor_location(sent):
    assert SensorLocationDecoder().feed(sent) == [GarbageEvent((0, len(sent)), "no sensor location")]


MMHG, KPA = Unit.MMHG, Unit.KPA
FAILED = StatusCode.MEASUREMENT_FAILED


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param(
            "1E 8A 00 58 00 78 00 00 00 04 11 14 29 3B 3C 00 01 27 00",
            NibpEvent(
                (0, 19),
                138,
                88,
                120,
                60,
                MMHG,
                (
                    StatusCode.BODY_MOVEMENT,
                    StatusCode.CUFF_LOOSE,
                    StatusCode.IRREGULAR_PULSE,
                    StatusCode.IMPROPER_POSITION,
                ),
                None,
                1,
            ),
            id="everything, year unknown",
        ),
        pytest.param(
            "15 BD F0 0B 00 9F F0 3C 00 12 00",
            NibpEvent(
                (0, 11),
                18.9,
                11,
                15.9,
                60,
                KPA,
                (StatusCode.CUFF_LOOSE, StatusCode.PULSE_BELOW_RANGE),
            ),
            id="kPa stays kPa",
        ),
        pytest.param(
            "00 BD F0 0B 00 9F F0", NibpEvent((0, 7), 18.9, 11, 15.9, None, MMHG), id="absurd but as sent"
        ),
        pytest.param(
            "14 67 00 3F 00 4D 00 40 00 00 00",
            NibpEvent((0, 11), 103, 63, 77, 64, MMHG),
            id="captured A&D UA-651BLE 103/63",
        ),
        pytest.param(
            "14 65 00 41 00 51 00 3E 00 04 00",
            NibpEvent((0, 11), 101, 65, 81, 62, MMHG, (StatusCode.IRREGULAR_PULSE,)),
            id="captured A&D UA-651BLE irregular",
        ),
        pytest.param(
            "14 65 00 3D 00 4B 00 3F 00 00 00",
            NibpEvent((0, 11), 101, 61, 75, 63, MMHG),
            id="captured A&D UA-651BLE 101/61",
        ),
        pytest.param(
            "16 FF 07 FF 07 FF 07 EA 07 0B 18 0F 1E 00 FF 07 00 00",
            NibpEvent((0, 18), None, None, None, None, MMHG, (FAILED,), datetime(2026, 11, 24, 15, 30)),
            id="failed, never 2047",
        ),
        pytest.param(
            "10 76 00 4C 00 FF 07 C8 FF 99",
            NibpEvent((0, 10), 118, 76, None, None, MMHG, (StatusCode.PULSE_ABOVE_RANGE,)),
            id="no MAP, reserved bits, trailing byte",
        ),
        pytest.param(
            "0A 76 00 4C 00 5A 00 EA 07 0D 01 00 00 00 FF",
            NibpEvent((0, 15), 118, 76, 90, None, MMHG),
            id="month 13, user unknown",
        ),
    ],
)
def test_blood_pressure(frame, expected):
    assert BloodPressureDecoder().feed(bytes.fromhex(frame)) == [expected]


PRESSURE_STATUS = [
    (0, (StatusCode.BODY_MOVEMENT,)),
    (1, (StatusCode.CUFF_LOOSE,)),
    (2, (StatusCode.IRREGULAR_PULSE,)),
    (3, (StatusCode.PULSE_ABOVE_RANGE,)),
    (4, (StatusCode.PULSE_BELOW_RANGE,)),
    (5, (StatusCode.IMPROPER_POSITION,)),
    *((bit, ()) for bit in range(6, 16)),
]


@pytest.mark.parametrize(("bit", "codes"), PRESSURE_STATUS, ids=[str(row[0]) for row in PRESSURE_STATUS])
def test_every_status_bit_of_a_measurement(bit, codes):
    data = bytes.fromhex("10 76 00 4C 00 5A 00") + (1 << bit).to_bytes(2, "little")
    [event] = BloodPressureDecoder().feed(data)
    assert event.status == codes


def test_reserved_pulse_range_means_nothing():
    [event] = BloodPressureDecoder().feed(bytes.fromhex("10 76 00 4C 00 5A 00 18 00"))
    assert event.status == ()


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        pytest.param("0C 00", "irregular pulse, pulse range", id="A&D UA-651BLE"),
        pytest.param("04 00", "irregular pulse", id="Beurer BM54"),
        pytest.param("00 00", "none", id="nothing"),
        pytest.param(
            "FF FF",
            "body movement, cuff fit, irregular pulse, pulse range, position, several bonds, checksum,"
            " user data, user-facing time",
            id="everything",
        ),
    ],
)
def test_cuff_features(frame, text):
    assert FeatureDecoder().feed(bytes.fromhex(frame)) == [InfoEvent((0, 2), InfoField.FEATURES, text)]


WHOLE = bytes.fromhex("1E 8A 00 58 00 78 00 00 00 04 11 14 29 3B 3C 00 01 27 00")


@pytest.mark.parametrize("decoder", [BloodPressureDecoder, CuffPressureDecoder], ids=["2A35", "2A36"])
@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_cut_at_any_byte_it_is_garbage_as_a_whole(decoder, length):
    assert decoder().feed(WHOLE[:length]) == [GarbageEvent((0, length), "truncated")]


def test_cuff_pressure_is_the_first_of_three():
    events = CuffPressureDecoder().feed(bytes.fromhex("15 6F F0 00 00 00 00 3C 00 12 00"))
    assert events == [NumericEvent((0, 11), "cuff_pressure", 11.1, None, KPA)]


def test_cuff_pressure_without_a_value_is_missing():
    [event] = CuffPressureDecoder().feed(bytes.fromhex("00 FF 07 FF 07 FF 07"))
    assert (event.value, event.reason) == (None, Reason.MISSING)
