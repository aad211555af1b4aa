"""MightySat frames: captured ones, and constructed ones for every exception."""

import pytest

from drivers.wire.crc8 import crc8
from drivers.wire.events import GarbageEvent, InfoEvent, NumericEvent, ReplyEvent, StatusEvent, WaveformEvent
from drivers.wire.mightysat import MightySatDecoder
from monitor.core.types import Reason, StatusCode

CAPTURED_ABOUT = bytes.fromhex("77 14 01 63 10 1F 00 03 01 00 17 00 10 E6 00 00 00 F6 00 00 00 18")
CAPTURED_ACK = bytes.fromhex("77 03 FE 02 CC")
CAPTURED_WAVE = bytes.fromhex("77 11 04 93 24 00 30 00 3C 00 47 00 4D 00 54 00 60 00 9C")
NORMAL = bytes.fromhex("77 11 05 00 00 00 00 00 62 00 48 10 14 00 26 02 00 10 0E")
REMOVED = bytes.fromhex("77 11 05 00 00 20 00 04 FF 04 FF 04 FF 0C FF FF 04 FF 8C")


def frame(payload: bytes) -> bytes:
    return bytes([0x77, len(payload) + 1]) + payload + bytes([crc8(payload)])


def parameters(system: int = 0, **changed: int) -> bytes:
    fields = {"e_spo2": 0, "spo2": 98, "e_pr": 0, "pr": 72, "e_pvi": 0, "pvi": 20, "e_pi": 0, "pi": 550}
    fields |= {"e_rrp": 0, "rrp": 16} | changed
    values = b"".join(value.to_bytes(2 if name == "pi" else 1, "little") for name, value in fields.items())
    return frame(b"\x05" + system.to_bytes(4, "little") + values)


def wave(*pairs: tuple[int, int]) -> bytes:
    return frame(b"\x04\x01" + b"".join(bytes(pair) for pair in pairs))


def read(*frames: bytes):
    decoder = MightySatDecoder()
    return [event for each in frames for event in decoder.feed(each)] + decoder.finish()


def numbers(*frames: bytes):
    return {
        e.channel: e.value if e.reason is None else e.reason for e in read(*frames) if type(e) is NumericEvent
    }


def doubtful(*frames: bytes):
    return {e.channel for e in read(*frames) if type(e) is NumericEvent and e.doubtful}


def test_captured_frames():
    events = read(CAPTURED_ABOUT, CAPTURED_ACK, CAPTURED_WAVE)
    assert [type(e) for e in events] == [InfoEvent, ReplyEvent, WaveformEvent]
    about, ack, samples = events
    assert about.text == "0x1063"
    assert (ack.command, ack.ok) == ("0x02", True)
    assert (samples.samples, samples.rate_hz) == ((0x24, 0x30, 0x3C, 0x47, 0x4D, 0x54, 0x60), 31.25)


def test_normal_parameters():
    assert parameters(e_pvi=0x10) == NORMAL
    assert numbers(NORMAL) == {"spo2": 98, "pulse_rate": 72, "perfusion_index": 5.5, "resp_rate": 16}
    assert doubtful(NORMAL) == set()


def test_a_removed_finger():
    assert set(numbers(REMOVED).values()) == {Reason.SENSOR_OFF}
    assert [(e.code, e.active) for e in read(REMOVED, NORMAL) if type(e) is StatusEvent] == [
        (StatusCode.SENSOR_OFF, True),
        (StatusCode.SENSOR_OFF, False),
    ]


def test_both_readings_of_the_bytes_after_pvi_agree_as_long_as_its_high_byte_is_zero():
    assert numbers(parameters(pvi=100, e_pi=0)) == numbers(NORMAL)


@pytest.mark.parametrize(
    ("changed", "channel", "expected"),
    [
        pytest.param({"e_spo2": 0x04}, "spo2", Reason.MISSING, id="invalid"),
        pytest.param({"spo2": 255}, "spo2", Reason.MISSING, id="255"),
        pytest.param({"e_spo2": 0x10}, "spo2", Reason.MISSING, id="start-up"),
        pytest.param({"e_spo2": 0x02}, "spo2", Reason.MISSING, id="not documented"),
        pytest.param({"e_pr": 0x04}, "pulse_rate", Reason.MISSING, id="pulse invalid"),
        pytest.param({"pr": 255}, "pulse_rate", Reason.MISSING, id="pulse 255"),
        pytest.param({"pi": 65535}, "perfusion_index", Reason.MISSING, id="65535"),
        pytest.param({"e_pi": 0x04}, "perfusion_index", Reason.MISSING, id="perfusion invalid"),
        pytest.param({"e_rrp": 0x04, "rrp": 255}, "resp_rate", Reason.MISSING, id="no respiration"),
    ],
)
def test_an_exception_concerns_its_own_number(changed, channel, expected):
    assert numbers(parameters(**changed)) == numbers(NORMAL) | {channel: expected}


@pytest.mark.parametrize(
    ("bit", "code", "reason"),
    [
        (21, StatusCode.SENSOR_OFF, Reason.SENSOR_OFF),
        (22, StatusCode.PULSE_SEARCH, Reason.SEARCHING),
        (23, StatusCode.INTERFERENCE, None),
        (24, StatusCode.LOW_PERFUSION, None),
    ],
)
def test_system_exceptions(bit, code, reason):
    sent = parameters(1 << bit)
    assert [(e.code, e.active) for e in read(sent, sent) if type(e) is StatusEvent] == [(code, True)]
    assert set(numbers(sent).values()) == ({reason} if reason else {98, 72, 5.5, 16})
    assert doubtful(sent) == (set() if reason else {"spo2", "pulse_rate", "perfusion_index", "resp_rate"})


def test_low_confidence_is_doubtful():
    assert doubtful(parameters(e_spo2=0x01)) == {"spo2"}


def test_an_unknown_system_exception_shows_nothing_and_is_told():
    events = read(parameters(1 << 3))
    assert set(numbers(parameters(1 << 3)).values()) == {Reason.MISSING}
    assert [e.why for e in events if type(e) is GarbageEvent] == ["unknown exception 0x00000008"]


def test_invalid_samples_are_lost_also_across_frames():
    found = read(wave((0x80, 0x80), (1, 0), (0xFF, 0), (9, 0x80)), wave((3, 0x7F)))
    assert [(e.samples, e.lost) for e in found if type(e) is WaveformEvent] == [((1, -1), 1), ((3,), 1)]


def test_refusals_are_told_in_words():
    found = read(*(frame(bytes([0xFF, 0x03, error])) for error in (1, 2, 3, 4, 5, 9)))
    assert [(e.ok, e.text) for e in found] == [
        (False, text)
        for text in ("not found", "failed", "not supported", "corrupt", "bad checksum", "error 9")
    ]


def test_a_frame_in_pieces_is_one():
    decoder = MightySatDecoder()
    assert decoder.feed(NORMAL[:7]) == []
    assert len(decoder.feed(NORMAL[7:] + CAPTURED_ACK)) == 5


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(NORMAL[:-1] + b"\0", id="checksum"),
        pytest.param(NORMAL[:10], id="cut"),
        pytest.param(b"\x77\xff" + NORMAL[2:], id="length"),
        pytest.param(b"\x77\x77\x77\x11", id="leads"),
        pytest.param(frame(b"\x05" + bytes(10)), id="another mask"),
        pytest.param(frame(b"\x06\x00\x00"), id="opcode that is not asked for"),
    ],
)
def test_what_is_not_intact_gives_no_number_and_the_next_but_one_is_read(spoilt):
    assert numbers(spoilt) == {}
    assert numbers(spoilt, NORMAL, NORMAL) == numbers(NORMAL)
