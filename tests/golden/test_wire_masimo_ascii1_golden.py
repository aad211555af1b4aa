"""Masimo ASCII 1: captured lines [R], and lines out of shape that must give nothing."""

from datetime import datetime

import pytest

from drivers.wire.events import GarbageEvent, IncompleteEvent, InfoEvent, NumericEvent, StatusEvent
from drivers.wire.masimo_ascii1 import MasimoDecoder
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

# [R] Rad-8 (masimo-datacapture)
RAD_8 = (
    b"02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+--"
    b" ALARM=0000 EXC=000800\r\n"
)
# [R] Radical-7, colour (pulseox); the blanks at its end are the device's
RADICAL_7 = (
    b"03/17/16 19:19:36 SN=---------- SPO2=098% BPM=123 PI=00.55 SPCO=--% SPMET=--.-% SPHB=--.- SPOC=--"
    b" RESVD=--- DESAT=-- PIDELTA=+-- PVI=--- ALARM=000000 EXC=0000C00 EXC1=00000000   \r\n"
)


def decode(*lines):
    decoder = MasimoDecoder()
    return [event for line in lines for event in decoder.feed(line)]


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def values(*lines):
    return [event.value for event in of(NumericEvent, decode(*lines))]


def changed(old, new, line=RAD_8):
    assert old in line
    return line.replace(old, new)


def test_a_captured_line_gives_numbers_serial_number_and_the_devices_own_time():
    span, time = (0, len(RAD_8)), datetime(2016, 2, 22, 22, 47, 45)
    assert decode(RAD_8) == [
        InfoEvent(span, InfoField.SERIAL, "0000056661"),
        NumericEvent(span, "spo2", 98.0, None, Unit.PERCENT, device_time=time),
        NumericEvent(span, "pulse_rate", 97.0, None, Unit.PER_MIN, device_time=time),
        NumericEvent(span, "perfusion_index", 3.6, None, Unit.PERCENT, device_time=time),
    ]


def test_fields_are_found_by_name_whatever_the_model_has_besides():
    assert values(RADICAL_7) == [98, 123, 0.55]
    assert values(changed(b" PI=03.60%", b"")) == [98, 97]


@pytest.mark.parametrize("bit", [0x800, 0x100, 0x200], ids=["full SET mode", "reserved 100", "reserved 200"])
def test_a_bit_that_is_no_exception_is_healthy(bit):
    events = decode(changed(b"EXC=000800", b"EXC=%06X" % bit))
    assert of(StatusEvent, events) == []
    assert {event.doubtful for event in of(NumericEvent, events)} == {False}


@pytest.mark.parametrize(
    ("bit", "code", "reason", "doubtful"),
    [
        pytest.param(0x001, StatusCode.SENSOR_FAULT, Reason.SENSOR_OFF, False, id="no sensor"),
        pytest.param(0x002, StatusCode.SENSOR_FAULT, Reason.SENSOR_OFF, False, id="defective"),
        pytest.param(0x004, StatusCode.LOW_PERFUSION, None, True, id="low perfusion"),
        pytest.param(0x008, StatusCode.PULSE_SEARCH, None, True, id="pulse search"),
        pytest.param(0x010, StatusCode.INTERFERENCE, None, True, id="interference"),
        pytest.param(0x020, StatusCode.SENSOR_OFF, Reason.SENSOR_OFF, False, id="off the patient"),
        pytest.param(0x040, StatusCode.INTERFERENCE, None, True, id="ambient light"),
        pytest.param(0x080, StatusCode.UNKNOWN_SENSOR, None, False, id="unrecognised"),
        pytest.param(0x400, StatusCode.WEAK_SIGNAL, None, True, id="low signal IQ"),
    ],
)
def test_an_exception_is_a_flag_and_voids_or_doubts_the_numbers(bit, code, reason, doubtful):
    exceptional = changed(b"EXC=000800", b"EXC=%06X" % (0x800 | bit))
    events = decode(exceptional, exceptional, RAD_8)
    assert [(event.code, event.active) for event in of(StatusEvent, events)] == [(code, True), (code, False)]
    spo2 = of(NumericEvent, events)[0]
    assert (spo2.value, spo2.reason, spo2.doubtful) == (None if reason else 98, reason, doubtful)
    assert values(exceptional, RAD_8)[3:] == [98, 97, 3.6]


def test_dashes_say_why_when_the_device_does():
    dashes = changed(b"SPO2=098% BPM=097", b"SPO2=---% BPM=---")
    search = changed(b"EXC=000800", b"EXC=000808", dashes)
    assert [event.reason for event in of(NumericEvent, decode(dashes))][:2] == [Reason.MISSING] * 2
    assert [event.reason for event in of(NumericEvent, decode(search))][:2] == [Reason.SEARCHING] * 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"SPO2=098%", b"SPO2=98%", id="a digit too few"),
        pytest.param(b"SPO2=098%", b"SPO2=0098%", id="a digit too many"),
        pytest.param(b"SPO2=098%", b"SPO2=101%", id="more than all"),
        pytest.param(b"SPO2=098%", b"SPO2=0-8%", id="half dashes"),
        pytest.param(b"SPO2=098%", b"SPO2=+98%", id="a sign"),
        pytest.param(b"BPM=097", b"BPM=097%", id="a unit that it has not"),
        pytest.param(b"PI=03.60%", b"PI=3.60%", id="a short index"),
        pytest.param(b"PI=03.60%", b"PI=20.01%", id="an index that there is not"),
        pytest.param(b" BPM", b"  BPM", id="two blanks"),
        pytest.param(b" BPM=", b"\tBPM=", id="a tab"),
        pytest.param(b"=097", b":097", id="no equals sign"),
        pytest.param(b"DESAT=--", b"DESAT=\xad-", id="a bit 7"),
        pytest.param(b"DESAT=--", b"DESAT=-- SPO2=097%", id="a name twice"),
        pytest.param(b" EXC=000800", b"", id="cut before its exceptions"),
        pytest.param(b"EXC=000800", b"EXC=00080G", id="no hex"),
        pytest.param(b"02/22/16 ", b"", id="begun in the middle"),
        pytest.param(b"\r\n", b"02/22/16 22:47:46\r\n", id="two lines run together"),
    ],
)
def test_a_line_out_of_shape_gives_nothing_but_garbage(old, new):
    line = changed(old, new)
    decoder = MasimoDecoder()
    assert decoder.feed(line) + decoder.finish() == [GarbageEvent((0, len(line)), "no line")]


def test_no_lost_or_added_byte_gives_a_number_that_was_not_sent():
    sent = set(values(RAD_8))
    for at in range(len(RAD_8)):
        lost = [RAD_8[:at] + RAD_8[at + 1 :]]
        added = [RAD_8[:at] + bytes([byte]) + RAD_8[at:] for byte in b"0189-%= .F\r\n\x00\xff"]
        for line in lost + added:
            events = decode(RAD_8, line, RAD_8)
            assert {event.value for event in of(NumericEvent, events)} <= sent, line
            assert of(StatusEvent, events) == [], line


def test_of_the_single_bits_of_a_line_27_of_1016_make_another_number():
    sent = set(values(RAD_8))
    wrong = 0
    for bit in range(8 * len(RAD_8)):
        line = bytearray(RAD_8)
        line[bit // 8] ^= 1 << bit % 8
        wrong += not set(values(RAD_8, bytes(line), RAD_8)) <= sent
    assert (wrong, 8 * len(RAD_8)) == (27, 1016)


def test_another_width_of_the_exceptions_counts_from_its_second_line_on():
    wide = changed(b"EXC=000800", b"EXC=0000820")
    assert [event.reason for event in of(NumericEvent, decode(RAD_8, wide, RAD_8))] == [None] * 6
    assert values(RAD_8, wide, wide) == [98, 97, 3.6] + [None] * 3


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\n\r\n", b"\n\r"])
def test_a_line_is_read_at_its_end_and_blank_lines_belong_to_the_next(end):
    decoder = MasimoDecoder()
    text = RAD_8.rstrip()
    length = len(text) + (2 if end.startswith(b"\r\n") else 1)
    events = decoder.feed(text + end + text + end)
    assert [event.span for event in of(NumericEvent, events)][::3] == [
        (0, length),
        (length, len(text + end) + length),
    ]
    assert of(GarbageEvent, events) == []


def test_lines_that_end_with_cr_alone_are_read_at_it_from_the_third_on():
    decoder = MasimoDecoder()
    line = RAD_8.rstrip() + b"\r"
    counts = [len(of(NumericEvent, decoder.feed(piece))) for piece in (line, line, line, line + b"\n", RAD_8)]
    assert counts == [0, 3, 6, 3, 3]
    assert decoder.finish() == []


def test_the_end_of_the_input_ends_a_line_whose_lf_may_be_missing():
    decoder = MasimoDecoder()
    assert decoder.feed(RAD_8[:-1]) == []
    assert {event.span for event in decoder.finish()} == {(0, len(RAD_8) - 1)}


def test_a_date_that_no_calendar_has_costs_the_time_and_not_the_number():
    events = of(NumericEvent, decode(changed(b"02/22/16", b"00/00/00")))
    assert [(event.value, event.device_time) for event in events] == [(98, None), (97, None), (3.6, None)]


def test_endless_text_without_line_end_is_thrown_away_up_to_the_next_one():
    decoder = MasimoDecoder()
    events = decoder.feed(b"x" * 5000 + b"\r\n" + RAD_8)
    assert [event.span for event in of(GarbageEvent, events)][-1] == (4864, 5001)
    assert [event.value for event in of(NumericEvent, events)] == [98, 97, 3.6]


def test_the_unfinished_line_is_incomplete():
    decoder = MasimoDecoder()
    decoder.feed(RAD_8 + RAD_8[:40])
    assert decoder.finish() == [IncompleteEvent((len(RAD_8), len(RAD_8) + 40))]
