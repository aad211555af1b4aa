"""The 3230's continuous oximetry: the constructed example, every status bit, every missing code."""

import pytest

from drivers.wire.events import GarbageEvent, InfoEvent, NumericEvent, StatusEvent
from drivers.wire.nonin_3230 import Nonin3230Decoder
from monitor.core.types import InfoField, Reason, StatusCode

EXAMPLE = bytes.fromhex("0A 14 1C 00 EB 00 07 62 00 48")
ON = 0x10


def value(status: int, spo2: int = 98, pulse: int = 72, battery: int = 28) -> bytes:
    return bytes([10, status, battery, 0, 235, 0, 7, spo2]) + pulse.to_bytes(2, "big")


def read(*frames: bytes):
    decoder = Nonin3230Decoder()
    return [event for each in frames for event in decoder.feed(each)]


def numbers(frame: bytes):
    return {
        e.channel: e.value if e.reason is None else e.reason for e in read(frame) if type(e) is NumericEvent
    }


def flags(*frames: bytes):
    return [(e.code, e.active) for e in read(*frames) if type(e) is StatusEvent]


def test_example():
    assert numbers(EXAMPLE) == {"spo2": 98, "pulse_rate": 72, "perfusion_index": 2.35}
    assert [(e.field, e.text) for e in read(EXAMPLE, EXAMPLE) if type(e) is InfoEvent] == [
        (InfoField.BATTERY_V, "2.8")
    ]
    assert flags(EXAMPLE) == []


@pytest.mark.parametrize(
    ("frame", "spo2", "pulse"),
    [
        pytest.param(value(ON, spo2=127), Reason.MISSING, 72, id="SpO2 127"),
        pytest.param(value(ON, pulse=511), 98, Reason.MISSING, id="pulse 511"),
        pytest.param(value(ON, pulse=321), 98, 321, id="a rate of more than 8 bits"),
        pytest.param(value(ON | 0x08), Reason.SEARCHING, Reason.SEARCHING, id="searching"),
        pytest.param(value(0x04), Reason.SENSOR_OFF, Reason.SENSOR_OFF, id="finger out"),
        pytest.param(value(0x08), Reason.SENSOR_OFF, Reason.SENSOR_OFF, id="finger out, searching"),
        pytest.param(value(ON | 0x81), 98, 72, id="reserved bits are ignored"),
        pytest.param(value(ON | 0x40), 98, 72, id="encrypted"),
        pytest.param(value(ON) + b"\0\0", 98, 72, id="trailing bytes are ignored"),
    ],
)
def test_numbers_and_why_there_are_none(frame, spo2, pulse):
    found = numbers(frame)
    assert (found["spo2"], found["pulse_rate"]) == (spo2, pulse)


def test_a_weak_signal_makes_numbers_doubtful_and_smartpoint_changes_nothing():
    doubtful = {e.channel: e.doubtful for e in read(value(ON | 0x02)) if type(e) is NumericEvent}
    assert doubtful == {"spo2": True, "pulse_rate": True, "perfusion_index": False}
    assert numbers(value(ON | 0x04)) == numbers(value(ON))


def test_flags_are_told_when_they_change():
    found = flags(value(ON), value(0x00), value(ON | 0x08), value(ON | 0x22), value(ON | 0x22), value(ON))
    assert found == [
        (StatusCode.SENSOR_OFF, True),
        (StatusCode.SENSOR_OFF, False),
        (StatusCode.PULSE_SEARCH, True),
        (StatusCode.PULSE_SEARCH, False),
        (StatusCode.WEAK_SIGNAL, True),
        (StatusCode.BATTERY_LOW, True),
        (StatusCode.WEAK_SIGNAL, False),
        (StatusCode.BATTERY_LOW, False),
    ]


@pytest.mark.parametrize("frame", [b"", EXAMPLE[:9], b"\x09" + EXAMPLE[1:], b"\x0b" + EXAMPLE[1:] + b"\0"])
def test_another_length_is_no_oximetry(frame):
    [event] = read(frame)
    assert type(event) is GarbageEvent and event.span == (0, len(frame))
