"""The BP2's frames: captured payloads and constructed frames of its document."""

import pytest

from drivers.wire.crc8 import crc8
from drivers.wire.events import InfoEvent, NibpEvent, NumericEvent, ReplyEvent, StatusEvent
from drivers.wire.lepu_bp2 import LepuBp2Decoder
from monitor.core.types import InfoField, Reason, StatusCode

RUNNING = bytes.fromhex("A5 08 F7 01 01 05 00 00 00 50 86 00 45")
RESULT = bytes.fromhex("A5 08 F7 01 02 0B 00 01 00 50 80 00 54 00 63 00 47 00 78")
CAPTURED_STATE = bytes.fromhex(
    "10DB11006AC21100D4190000C80040053A68CD036D67C800010100D7530300140000000000000003"
)
CAPTURED_ABOUT = bytes.fromhex(
    "420001010100000100333231323030313105000022860301EA0703071706370201000000000A32353233433030383132"
)


def frame(command: int, data: bytes, direction: int = 1) -> bytes:
    head = bytes([0xA5, command, command ^ 0xFF, direction, 9]) + len(data).to_bytes(2, "little") + data
    return head + bytes([crc8(head)])


def state(number: int) -> bytes:
    return frame(0x00, CAPTURED_STATE[:-1] + bytes([number]))


def read(*frames: bytes):
    decoder = LepuBp2Decoder()
    return [event for each in frames for event in decoder.feed(each)] + decoder.finish()


def of(kind: type, *frames: bytes):
    return [event for event in read(*frames) if type(event) is kind]


def measuring(*frames: bytes) -> list[bool]:
    return [e.active for e in of(StatusEvent, *frames) if e.code is StatusCode.MEASURING]


def test_pressure_in_the_cuff():
    [number] = of(NumericEvent, RUNNING)
    assert (number.channel, number.value, number.reason) == ("cuff_pressure", 134, None)
    assert measuring(RUNNING, RUNNING) == [True]


def test_result():
    [result] = of(NibpEvent, RESULT)
    assert (result.sys, result.dia, result.map, result.pulse_rate) == (128, 84, 99, 71)
    assert not result.stored and result.status == () and result.device_time is None
    assert measuring(RUNNING, RESULT) == [True, False]


def test_result_comes_before_the_end_of_measuring():
    kinds = [type(e) for e in read(RUNNING, RESULT)]
    assert kinds.index(NibpEvent) < len(kinds) - 1 - kinds[::-1].index(StatusEvent)


def test_a_real_frame_may_be_longer_than_its_fields():
    data = RESULT[7:-1].ljust(32, b"\0")
    assert of(NibpEvent, frame(0x08, data))[0].sys == 128


@pytest.mark.parametrize(
    ("number", "expected"),
    [(3, []), (4, [True]), (5, []), (15, [True]), (16, []), (17, []), (6, []), (255, [])],
)
def test_states(number, expected):
    assert measuring(state(number)) == expected
    pressures = [(e.value, e.reason) for e in of(NumericEvent, state(number))]
    assert pressures == ([] if expected else [(None, Reason.MISSING)])
    [reply] = of(ReplyEvent, state(number))
    assert reply.number == number and (reply.text == "not documented") is (number in (6, 255))


def test_captured_state_is_idle_and_its_byte_24_is_no_battery():
    events = read(frame(0x00, CAPTURED_STATE))
    assert [type(e) for e in events] == [ReplyEvent, NumericEvent]


def test_captured_description():
    found = {e.field: e.text for e in of(InfoEvent, frame(0xE1, CAPTURED_ABOUT.ljust(60, b"\0")))}
    assert found == {InfoField.MODEL: "32120011", InfoField.SERIAL: "2523C00812"}


def test_battery():
    assert [e.text for e in of(InfoEvent, frame(0x30, bytes.fromhex("CE0A830E")))] == ["3.71"]
    low = frame(0x08, bytes([0, 0, 15, 100, 0]))
    assert [(e.code, e.active) for e in of(StatusEvent, low)][-1] == (StatusCode.BATTERY_LOW, True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((0, 0, 0, 0), (None, None, None, None), id="failed"),
        pytest.param((0, 80, 90, 70), (None, None, None, None), id="no systolic"),
        pytest.param((120, 80, 93, 0), (120, 80, 93, None), id="no rate"),
        pytest.param((120, 0, 93, 70), (120, None, 93, 70), id="no diastolic"),
    ],
)
def test_zero_is_no_value(values, expected):
    data = bytes([1, 0, 80]) + b"".join(value.to_bytes(2, "little") for value in values)
    [result] = of(NibpEvent, frame(0x08, data))
    assert (result.sys, result.dia, result.map, result.pulse_rate) == expected
    assert (StatusCode.MEASUREMENT_FAILED in result.status) is (expected[0] is None)
    assert bool(result.error) is (expected[0] is None)


@pytest.mark.parametrize(
    "useless",
    [
        pytest.param(frame(0x00, bytes(39)), id="state too short"),
        pytest.param(frame(0x08, bytes([0, 0, 80, 1])), id="pressure too short"),
        pytest.param(frame(0x08, bytes([1, 0, 80]) + bytes(7)), id="result too short"),
        pytest.param(frame(0x08, b""), id="real time empty"),
        pytest.param(frame(0x08, bytes([2, 0, 80]) + bytes(500)), id="ECG"),
        pytest.param(frame(0x08, bytes([3, 0, 80]) + bytes(20)), id="ECG finished"),
        pytest.param(frame(0x13, b"secret"), id="never asked"),
        pytest.param(frame(0x08, RESULT[7:-1], direction=0), id="to the cuff"),
        pytest.param(RESULT[:-1] + b"\0", id="checksum"),
    ],
)
def test_what_is_no_measurement_gives_none(useless):
    assert not of(NibpEvent, useless) and not of(NumericEvent, useless)
    assert len(of(NibpEvent, useless, RESULT, RESULT)) == 2


def test_a_password_is_never_told():
    assert "secret" not in repr(read(frame(0x13, b"secret")))


def test_a_declared_length_beyond_all_bounds_is_no_frame():
    head = bytes.fromhex("A5 08 F7 01 01 01 04")
    assert len(of(NibpEvent, head, RESULT)) == 1
