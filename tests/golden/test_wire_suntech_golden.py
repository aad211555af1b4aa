"""The worked examples of the SunTech Advantage: [M] its manual's, quoted in a public test; [X] computed."""

import pytest

from drivers.wire.events import GarbageEvent, IncompleteEvent, NibpEvent, NumericEvent, ReplyEvent
from drivers.wire.suntech import (
    ABORT,
    ERRORS,
    GET_PRESSURE,
    GET_RESULT,
    START_ADULT,
    Ack,
    SuntechDecoder,
)
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

MANUAL_RESULT = bytes.fromhex("3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9")
MANUAL_PRESSURE = bytes.fromhex("3E 05 02 01 BA")
COMPUTED_RESULT = bytes.fromhex("3E 18 76 00 4C 00 1C 01 00 00 00 00 00 00 00 00 48 00 5A 00 00 00 00 29")
FAILED_RESULT = bytes.fromhex("3E 18" + "00" * 18 + "57 00 00 53")


def decode(*pieces: bytes):
    decoder = SuntechDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.finish()


def with_sum(body: bytes) -> bytes:
    return body + bytes([-sum(body) & 0xFF])


def failure(code: int) -> bytes:
    return with_sum(bytes([0x3E, 0x18]) + bytes(18) + bytes([code, 0, 0]))


def test_the_manuals_result():
    assert decode(MANUAL_RESULT) == [NibpEvent((0, 24), 115, 74, 88, 85, Unit.MMHG)]


def test_the_computed_result():
    assert decode(COMPUTED_RESULT) == [NibpEvent((0, 24), 118, 76, 90, 72, Unit.MMHG)]


def test_the_manuals_cuff_pressure_is_little_endian():
    assert decode(MANUAL_PRESSURE) == [NumericEvent((0, 5), "cuff_pressure", 258, None, Unit.MMHG)]


def test_no_cuff_pressure_is_no_value():
    none = with_sum(bytes.fromhex("3E 05 FF FF"))
    assert decode(none) == [NumericEvent((0, 5), "cuff_pressure", None, Reason.MISSING, Unit.MMHG)]


def test_a_failed_measurement_has_no_values_and_says_why():
    assert decode(FAILED_RESULT) == [
        NibpEvent(
            (0, 24),
            None,
            None,
            None,
            None,
            Unit.MMHG,
            (StatusCode.MEASUREMENT_FAILED, StatusCode.CUFF_LEAK),
            error="cuff not filled in time: leak or loose cuff (87)",
        )
    ]


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        (1, StatusCode.WEAK_SIGNAL),
        (2, StatusCode.BODY_MOVEMENT),
        (3, None),
        (4, None),
        (85, StatusCode.CUFF_BLOCKED),
        (86, StatusCode.MEASUREMENT_STOPPED),
        (87, StatusCode.CUFF_LEAK),
        (88, None),
        (89, StatusCode.CUFF_OVERPRESSURE),
        (90, StatusCode.DEVICE_FAULT),
        (91, StatusCode.DEVICE_FAULT),
        (97, StatusCode.DEVICE_FAULT),
        (99, StatusCode.DEVICE_FAULT),
        (0x85, None),  # digits of 85 read as hex by an old driver: no code of the module
    ],
)
def test_every_error_code_in_words(code, flag):
    [event] = decode(failure(code))
    assert isinstance(event, NibpEvent)
    assert event.sys is event.dia is event.map is event.pulse_rate is None
    assert set(event.status) == {StatusCode.MEASUREMENT_FAILED} | ({flag} if flag else set())
    assert event.error.endswith(f"({code})")
    assert event.error.startswith(ERRORS[code][0] if code in ERRORS else "error that the document does not")


def test_a_result_of_nothing_is_no_zero():
    empty = with_sum(bytes([0x3E, 0x18]) + bytes(21))
    [event] = decode(empty)
    assert isinstance(event, NibpEvent)
    assert (event.sys, event.error) == (None, "the module has no result (0)")


@pytest.mark.parametrize(
    ("letter", "ack", "good", "wire"),
    [
        ("O", Ack.RECEIVED, True, "3E 04 4F 6F"),
        ("K", Ack.DONE, True, "3E 04 4B 73"),
        ("A", Ack.ABORTED, True, "3E 04 41 7D"),
        ("B", Ack.BUSY, False, "3E 04 42 7C"),
        ("E", Ack.ERROR, False, "3E 04 45 79"),
        ("N", Ack.UNDEFINED, False, "3E 04 4E 70"),
        ("D", Ack.UNREADABLE, False, "3E 04 44 7A"),
        ("S", Ack.SLEEPING, False, "3E 04 53 6B"),
        ("T", Ack.TIMEOUT, False, "3E 04 54 6A"),
    ],
)
def test_acknowledgements(letter, ack, good, wire):
    assert decode(bytes.fromhex(wire)) == [ReplyEvent((0, 4), "any", good, ack)]
    assert f"({letter})" in ack


def test_an_unknown_acknowledgement_is_noise():
    assert decode(with_sum(b"\x3e\x04Z")) == [GarbageEvent((0, 4), "no frame")]


def test_answers_that_are_never_asked_for_are_passed_over_whole():
    version = with_sum(bytes([0x3E, 67]) + b"SB1.00".ljust(64))
    code = with_sum(bytes.fromhex("3E 06 00 00 00"))
    events = decode(version + code + MANUAL_PRESSURE)
    assert [type(event) for event in events] == [GarbageEvent, GarbageEvent, NumericEvent]
    assert [event.span for event in events] == [(0, 67), (67, 73), (73, 78)]


def test_a_pressure_that_no_cuff_holds_is_noise():
    assert not any(isinstance(e, NumericEvent) for e in decode(with_sum(bytes.fromhex("3E 05 59 02"))))


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_frame_behind_a_cut_one_is_read(cut):
    events = decode(MANUAL_RESULT[:cut] + MANUAL_PRESSURE)
    assert events[-1] == NumericEvent((cut, cut + 5), "cuff_pressure", 258, None, Unit.MMHG)


def test_a_tail_is_incomplete():
    assert decode(MANUAL_RESULT[:9]) == [IncompleteEvent((0, 9))]


def test_the_commands_are_the_documented_ones():
    assert START_ADULT.hex(" ") == "3a 20 a6"
    assert ABORT.hex(" ") == "3a 79 01 00 4c"
    assert GET_PRESSURE.hex(" ") == "3a 79 05 00 48"
    assert GET_RESULT.hex(" ") == "3a 79 03 00 4a"
    assert all(sum(command) % 256 == 0 for command in (START_ADULT, ABORT, GET_PRESSURE, GET_RESULT))
