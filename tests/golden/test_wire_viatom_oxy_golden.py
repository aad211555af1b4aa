"""The O2 family's frames: documented ones, and constructed ones for every "no reading"."""

import pytest

from drivers.wire.crc8 import crc8
from drivers.wire.events import (
    GarbageEvent,
    IncompleteEvent,
    InfoEvent,
    NumericEvent,
    ReplyEvent,
    StatusEvent,
    WaveformEvent,
)
from drivers.wire.viatom_oxy import LONGEST_DATA, ViatomOxyDecoder
from monitor.core.types import InfoField, Reason, StatusCode

SENSORS = "61 48 00 00 00 00 00 55 00 03 0C 01 00"


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param("AA 17 E8 00 00 00 00 1B", id="0x17, three projects"),
        pytest.param("AA 1B E4 00 00 01 00 00 5E", id="0x1B"),
        pytest.param("AA 14 EB 00 00 00 00 C6", id="0x14"),
        pytest.param("A5 00 FF 00 01 00 00 D3", id="Lepu V2"),
        pytest.param("A5 EC 13 00 01 07 00 EA 07 0B 18 0F 1E 00 23", id="Lepu V2 with data"),
        pytest.param("A5 E1 1E 00 02 00 00 BF", id="O2Ring-S vector"),
        pytest.param("03 1F 00 03 D6", id="MightySat payload"),
        pytest.param("FE 02 CC", id="MightySat acknowledgement, captured"),
    ],
)
def test_checksum_of_documented_frames(frame):
    raw = bytes.fromhex(frame)
    assert crc8(raw[:-1]) == raw[-1]


def answer(data: bytes, status: int = 0) -> bytes:
    frame = bytes([0x55, status, status ^ 0xFF, 0, 0]) + len(data).to_bytes(2, "little") + data
    return frame + bytes([crc8(frame)])


def live(spo2: int, pulse: int, worn: int, wave: bytes = b"", battery: int = 85) -> bytes:
    numbers = bytes([spo2]) + pulse.to_bytes(2, "little") + bytes([battery, 0, 12, worn, 0, 0, 0])
    return answer(numbers + len(wave).to_bytes(2, "little") + wave)


def read(*frames: bytes):
    decoder = ViatomOxyDecoder()
    return [event for frame in frames for event in decoder.feed(frame)] + decoder.finish()


def numbers(*frames: bytes):
    return {
        e.channel: e.value if e.reason is None else e.reason for e in read(*frames) if type(e) is NumericEvent
    }


def of(kind: type, *frames: bytes):
    return [event for event in read(*frames) if type(event) is kind]


def test_answer_to_the_older_request():
    frame = answer(bytes.fromhex(SENSORS))
    assert frame == bytes.fromhex("55 00 FF 00 00 0D 00 61 48 00 00 00 00 00 55 00 03 0C 01 00 F4")
    assert numbers(frame) == {"spo2": 97, "pulse_rate": 72, "perfusion_index": 1.2}
    assert of(InfoEvent, frame) == [InfoEvent((0, 21), InfoField.BATTERY_PCT, "85")]


def test_answer_to_the_newer_request():
    frame = bytes.fromhex(
        "55 00 FF 00 00 16 00 61 48 00 55 00 0C 01 00 00 00 0A 00 64 65 66 67 68 69 6A 6B 6C 6D 4B"
    )
    assert frame == live(97, 72, 1, bytes(range(100, 110)))
    assert numbers(frame) == {"spo2": 97, "pulse_rate": 72, "perfusion_index": 1.2}
    assert of(WaveformEvent, frame) == [WaveformEvent((0, 30), "pleth", 125.0, tuple(range(100, 110)))]


@pytest.mark.parametrize(
    ("frame", "spo2", "pulse"),
    [
        pytest.param(live(255, 0xFFFF, 0), Reason.SENSOR_OFF, Reason.SENSOR_OFF, id="no finger, all ones"),
        pytest.param(live(0, 0, 0), Reason.SENSOR_OFF, Reason.SENSOR_OFF, id="no finger, zeros"),
        pytest.param(live(97, 72, 0), Reason.SENSOR_OFF, Reason.SENSOR_OFF, id="lead off, old numbers"),
        pytest.param(live(97, 72, 2), Reason.SENSOR_OFF, Reason.SENSOR_OFF, id="lead state not documented"),
        pytest.param(live(0, 0, 1), Reason.SEARCHING, Reason.SEARCHING, id="calibrates"),
        pytest.param(live(255, 0xFFFF, 1), Reason.SEARCHING, Reason.SEARCHING, id="worn, all ones"),
        pytest.param(live(255, 72, 1), Reason.MISSING, 72, id="no SpO2"),
        pytest.param(live(101, 72, 1), Reason.MISSING, 72, id="SpO2 above 100"),
        pytest.param(live(97, 0, 1), 97, Reason.MISSING, id="no pulse"),
        pytest.param(live(97, 255, 1), 97, 255, id="255 beats in 16 bits are beats"),
        pytest.param(
            answer(bytes.fromhex("61 48 00 00 00 00 00 55 00 03 0C 00 00")),
            Reason.SENSOR_OFF,
            Reason.SENSOR_OFF,
            id="0x17 not worn",
        ),
        pytest.param(
            answer(bytes.fromhex("00 00 00 00 00 00 00 55 00 03 00 01 00")),
            Reason.SEARCHING,
            Reason.SEARCHING,
            id="0x17 calibrates",
        ),
        pytest.param(
            answer(bytes.fromhex("61 FF 00 00 00 00 00 55 00 03 0C 01 00")), 97, Reason.MISSING, id="0x17 255"
        ),
        pytest.param(answer(bytes.fromhex(SENSORS + " 07 08 09")), 97, 72, id="0x17 with more than 13 bytes"),
    ],
)
def test_what_is_no_reading_has_no_value(frame, spo2, pulse):
    found = numbers(frame)
    assert (found["spo2"], found["pulse_rate"]) == (spo2, pulse)
    perfusion = found["perfusion_index"]
    assert (perfusion == spo2) is (spo2 in (Reason.SENSOR_OFF, Reason.SEARCHING))


def test_the_one_ambiguous_shape_is_not_worn_either_way():
    frame = answer(bytes.fromhex("61 48 00 00 00 00 00 55 00 03 02 00 00 00"))  # PI 2: also "2 samples"
    assert numbers(frame)["spo2"] is Reason.SENSOR_OFF


def test_flags_are_told_when_they_change():
    found = of(StatusEvent, live(0, 0, 1), live(97, 72, 1), live(0, 0, 0), live(0, 0, 0), live(97, 72, 1))
    assert [(e.code, e.active) for e in found] == [
        (StatusCode.PULSE_SEARCH, True),
        (StatusCode.PULSE_SEARCH, False),
        (StatusCode.SENSOR_OFF, True),
        (StatusCode.SENSOR_OFF, False),
    ]


def test_battery_is_told_when_it_changes():
    frames = [live(97, 72, 1, battery=percent) for percent in (21, 21, 20, 101, 30)]
    assert [e.text for e in of(InfoEvent, *frames)] == ["21", "20", "30"]
    assert [e.active for e in of(StatusEvent, *frames)] == [True, False]


def test_a_marker_is_a_lost_sample_also_across_answers():
    frames = live(97, 72, 1, bytes([156, 10, 11, 156, 156, 12, 156])), live(97, 72, 1, bytes([13, 14]))
    assert [(e.samples, e.lost) for e in of(WaveformEvent, *frames)] == [
        ((10, 11), 1),
        ((12,), 2),
        ((13, 14), 1),
    ]


def test_description_is_read_from_json_text():
    text = b'{"Region":"CE","Model":"1652","SN":"2141A\x00\xff","CurBAT":"75%","SoftwareVer": "1.4","N":1}'
    found = {e.field: e.text for e in of(InfoEvent, answer(text.ljust(200, b"\0")))}
    assert found[InfoField.MODEL] == "1652" and found[InfoField.BATTERY_PCT] == "75"
    assert found[InfoField.SOFTWARE] == "1.4" and found[InfoField.SERIAL].startswith("2141A")


@pytest.mark.parametrize("text", [b"{", b"{" * 900, b'{"CurBAT":"75"}', b'{"CurBAT":"999%"}', b'{"SN":""}'])
def test_a_description_that_says_nothing_is_told_as_such(text):
    assert of(GarbageEvent, answer(text)) and not of(InfoEvent, answer(text))


def test_trailing_bytes_after_a_waveform_are_ignored():
    longer = answer(live(97, 72, 1, bytes(range(1, 60)))[7:-1] + b"\xee\xee")
    assert [e.samples for e in of(WaveformEvent, longer)] == [tuple(range(1, 60))]
    assert numbers(longer)["spo2"] == 97


def test_refusal_is_a_reply():
    assert of(ReplyEvent, answer(b"", status=1)) == [ReplyEvent((0, 8), "", ok=False, text="status 1")]


def test_an_answer_of_another_shape_has_no_numbers():
    for data in (b"", b"\x61\x48", b"\x61" * 33, b"\x61" * 100):
        assert numbers(answer(data)) == {}


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(live(97, 72, 1)[:-1] + b"\x00", id="checksum"),
        pytest.param(b"\x55\x00\xfe" + live(97, 72, 1)[3:], id="status not inverted"),
        pytest.param(b"\x55\x00\xff\x01" + live(97, 72, 1)[4:], id="a block number"),
        pytest.param(b"\x55\x00\xff\x00\x00" + (LONGEST_DATA + 1).to_bytes(2, "little"), id="length"),
        pytest.param(bytes.fromhex("AA 17 E8 00 00 00 00 1B"), id="a request"),
    ],
)
def test_what_is_not_intact_gives_no_number_and_the_next_frame_is_read(spoilt):
    good = live(96, 71, 1)
    assert numbers(spoilt) == {}
    found = read(spoilt, good, good)
    assert [e.value for e in found if type(e) is NumericEvent and e.channel == "spo2"][-1] == 96
    assert found[0].span[0] == 0 and found[-1].span[1] == len(spoilt) + 2 * len(good)


def test_an_unfinished_answer_is_told_at_the_end():
    assert read(live(97, 72, 1)[:9]) == [IncompleteEvent((0, 9))]
