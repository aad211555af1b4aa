"""The documented frames of Polar's PMD: settings, answers in words, and the ECG."""

import struct

import pytest

from drivers.wire import polar_pmd
from drivers.wire.events import GarbageEvent, InfoEvent, ReplyEvent, WaveformEvent
from drivers.wire.polar_pmd import PmdControlDecoder, PmdEcgDecoder
from monitor.core.types import InfoField

DOCUMENTED = "00 EA54A2428B455208 00 F4FFFF 050000 780000 D4FEFF"
NS = 1_000_000_000


def control(frame: str):
    [event] = PmdControlDecoder().feed(bytes.fromhex(frame))
    return event


def test_commands_are_the_documented_bytes():
    assert (
        polar_pmd.GET_ECG_SETTINGS.hex(" "),
        polar_pmd.START_ECG.hex(" "),
        polar_pmd.STOP_ECG.hex(" "),
    ) == (
        "01 00",
        "02 00 00 01 82 00 01 01 0e 00",
        "03 00",
    )


def test_features():
    assert control("0F 05 00 00") == InfoEvent((0, 4), InfoField.FEATURES, "ECG, acceleration")


def test_documented_settings_are_the_known_ones():
    reply = control("F0 01 00 00 00 00 01 82 00 01 01 0E 00")
    assert reply == ReplyEvent((0, 13), "ECG settings", True, "130 Hz, 14 bit")


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        pytest.param("F0 01 00 00 00 00 01 FA 00 01 01 0E 00", "250 Hz, 14 bit", id="another rate"),
        pytest.param(
            "F0 01 00 00 00 00 02 82 00 FA 00 01 01 10 00", "130 or 250 Hz, 16 bit", id="another resolution"
        ),
        pytest.param("F0 01 00 00 00", "no Hz, no bit", id="none"),
    ],
)
def test_other_settings_are_not_asked_for(frame, text):
    reply = control(frame)
    assert (reply.ok, reply.text) == (False, text)


@pytest.mark.parametrize(
    ("error", "ok", "text"),
    [
        (0, True, "done (0)"),
        (1, False, "unknown command (1)"),
        (2, False, "unknown measurement (2)"),
        (3, False, "not supported (3)"),
        (4, False, "wrong length (4)"),
        (5, False, "wrong parameter (5)"),
        (6, True, "already streaming (6)"),
        (7, False, "wrong resolution (7)"),
        (8, False, "wrong rate (8)"),
        (9, False, "wrong range (9)"),
        (10, False, "MTU too small (10)"),
        (11, False, "wrong number of channels (11)"),
        (12, False, "not possible in this state (12)"),
        (13, False, "not possible in the charger (13)"),
        (99, False, "refused (99)"),
    ],
)
def test_answers_to_the_start_in_words(error, ok, text):
    data = bytes([0xF0, 2, 0, error, 0])
    assert PmdControlDecoder().feed(data) == [ReplyEvent((0, 5), "start ECG", ok, text)]


@pytest.mark.parametrize(
    "frame", ["", "F0 01 00", "0F", "F0 02 02 00 00", "F0 07 00 00", "F0 01 00 00 00 00 05 82 00"]
)
def test_other_answers_are_garbage(frame):
    assert isinstance(control(frame), GarbageEvent)


def test_documented_ecg_frame():
    data = bytes.fromhex(DOCUMENTED)
    assert PmdEcgDecoder().feed(data) == [WaveformEvent((0, 22), "ecg", 130.0, (-12, 5, 120, -300), 0)]


@pytest.mark.parametrize("value", [-(1 << 23), -32769, -1, 0, 1, 32768, (1 << 23) - 1])
def test_samples_are_signed_24_bit(value):
    [event] = PmdEcgDecoder().feed(struct.pack("<BQB", 0, 1, 0) + value.to_bytes(3, "little", signed=True))
    assert event.samples == (value,)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(struct.pack("<BQB", 0, 1, 0), id="no sample"),
        pytest.param(struct.pack("<BQB", 0, 1, 0) + b"\1\2\3\4", id="half a sample"),
        pytest.param(struct.pack("<BQB", 2, 1, 0) + b"\1\2\3", id="acceleration"),
        pytest.param(struct.pack("<BQB", 0, 1, 1) + b"\1\2\3", id="frame type 1"),
        pytest.param(struct.pack("<BQB", 0, 1, 0x80) + b"\1\2\3", id="compressed"),
    ],
)
def test_what_is_no_ecg_frame_is_garbage(data):
    [event] = PmdEcgDecoder().feed(data)
    assert isinstance(event, GarbageEvent) and event.span == (0, len(data))


def lost(*frames: tuple[float, int]) -> list[int]:
    """Return what is lost before frames that end at these seconds and have so many samples."""
    decoder = PmdEcgDecoder()
    out = []
    for at_s, count in frames:
        out += decoder.feed(struct.pack("<BQB", 0, round(599616000 * NS + at_s * NS), 0) + bytes(3 * count))
    return [event.lost for event in out]


def test_frames_that_follow_each_other_lose_nothing():
    assert lost(*((n * 73 / 130, 73) for n in range(200))) == [0] * 200


@pytest.mark.parametrize("rate_hz", [129.7, 130.3])
def test_a_crystal_that_is_off_loses_nothing(rate_hz):
    assert lost(*((n * 73 / rate_hz, 73) for n in range(200))) == [0] * 200


def test_a_missing_frame_is_lost_samples():
    assert lost((0, 73), (73 / 130, 73), (3 * 73 / 130, 73), (4 * 73 / 130, 50)) == [0, 0, 73, 23]


def test_a_clock_that_is_set_is_no_loss():
    assert lost((0, 73), (86400, 73), (5, 73), (5 + 73 / 130, 73)) == [0, 0, 0, 0]
