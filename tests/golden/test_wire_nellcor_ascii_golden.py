"""Nellcor's printed output: the manual's lines [M], computed ones [X], and lines that must give nothing."""

from datetime import datetime

import pytest

from drivers.wire.events import GarbageEvent, InfoEvent, NumericEvent, StatusEvent
from drivers.wire.nellcor_ascii import NellcorDecoder
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

HEADING = (  # [M] NPB-195 manual
    b"NPB-295    VERSION 2.0.0.0    CRC: XXXX    SpO2 Limit: 70-100%    PR Limit: 60-160BPM\r\n"
    b"TIME               %SPO2  BPM   PA   Status\r\n"
)
LINE = b"12-NOV-98 14:00:05   100   120    50\r\n"  # [M]
LOW = b"24-NOV-26 15:30:05    88*   72    60    SL\r\n"  # [X]
TREND = b"NPB-290    VERSION 1.0.0.0    TREND    CRC: XXXX\r\n"


def decode(*lines):
    decoder = NellcorDecoder()
    return [event for line in lines for event in decoder.feed(line)]


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def values(*lines):
    return [event.value for event in of(NumericEvent, decode(*lines))]


def data(text, codes="", time="15:30:09"):
    return f"24-NOV-26 {time}{text}    {codes}".rstrip().encode() + b"\r\n"


def test_the_manuals_line_gives_numbers_and_the_devices_own_time():
    span, time = (0, len(LINE)), datetime(1998 + 100, 11, 12, 14, 0, 5)
    assert decode(LINE) == [
        NumericEvent(span, "spo2", 100, None, Unit.PERCENT, device_time=time),
        NumericEvent(span, "pulse_rate", 120, None, Unit.PER_MIN, device_time=time),
    ]


def test_the_mark_of_a_violated_limit_is_not_part_of_the_number():
    events = decode(LOW)
    assert [event.value for event in of(NumericEvent, events)] == [88, 72]
    assert of(StatusEvent, events) == []


def test_a_heading_is_told_once_and_its_repetition_is_known():
    events = decode(HEADING, LINE, HEADING)
    assert of(InfoEvent, events) == [
        InfoEvent((0, 87), InfoField.MODEL, "NPB-295"),
        InfoEvent((0, 87), InfoField.SOFTWARE, "2.0.0.0"),
    ]
    assert [event.why for event in of(GarbageEvent, events)] == ["column titles", "heading", "column titles"]


@pytest.mark.parametrize(
    ("code", "flags", "reason", "doubtful"),
    [
        pytest.param("LB", [StatusCode.BATTERY_LOW], None, False, id="low battery"),
        pytest.param(
            "LM",
            [StatusCode.PULSE_SEARCH, StatusCode.INTERFERENCE],
            Reason.SEARCHING,
            False,
            id="lost, moving",
        ),
        pytest.param("LP", [StatusCode.PULSE_SEARCH], Reason.SEARCHING, False, id="loss of pulse"),
        pytest.param("MO", [StatusCode.INTERFERENCE], None, True, id="motion"),
        pytest.param("PS", [StatusCode.PULSE_SEARCH], None, True, id="pulse search"),
        pytest.param("SD", [StatusCode.SENSOR_FAULT], Reason.SENSOR_OFF, False, id="disconnected"),
        pytest.param("SO", [StatusCode.SENSOR_OFF], Reason.SENSOR_OFF, False, id="off the patient"),
        *(pytest.param(own, [], None, False, id=own) for own in ("AO", "AS", "SH", "SL", "PH", "PL", "ZZ")),
    ],
)
def test_a_status_code_is_a_flag_and_voids_or_doubts_the_numbers(code, flags, reason, doubtful):
    good, told = data("    97    72    60"), data("    97    72    60", code)
    events = decode(good, told, told, good)
    assert [(event.code, event.active) for event in of(StatusEvent, events)] == [
        *((flag, True) for flag in flags),
        *((flag, False) for flag in flags),
    ]
    spo2 = of(NumericEvent, events)[2]
    assert (spo2.value, spo2.reason, spo2.doubtful) == (None if reason else 97, reason, doubtful)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("", Reason.MISSING, id="no code"),
        pytest.param("PS", Reason.SEARCHING, id="searching"),
        pytest.param("AS SO", Reason.SENSOR_OFF, id="the last of two"),
    ],
)
def test_dashes_say_why_when_a_code_does(code, reason):
    events = of(NumericEvent, decode(data("   ---   ---   ---", code)))
    assert [(event.value, event.reason) for event in events] == [(None, reason)] * 2


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(data("    97    72"), id="a column less"),
        pytest.param(data("    97    72    60    50"), id="a column more"),
        pytest.param(data("   101    72    60"), id="more than all"),
        pytest.param(data("    9-    72    60"), id="half dashes"),
        pytest.param(data("    97*7   72    60"), id="a mark inside"),
        pytest.param(data("    97    72    60", "S"), id="half a code"),
        pytest.param(data("    97    72    60").replace(b"NOV", b"NOW"), id="no month"),
        pytest.param(data("    97    72    60")[3:], id="begun in the middle"),
        pytest.param(data("    97    72    60").strip() + data("    97    72    60"), id="run together"),
        pytest.param(b"\xff" + data("    97    72    60"), id="a stray byte"),
    ],
)
def test_a_line_out_of_shape_gives_nothing_but_garbage(line):
    decoder = NellcorDecoder()
    assert decoder.feed(line) == []
    [garbage] = decoder.finish()
    assert garbage == GarbageEvent((0, len(line)), "no line")


def test_no_lost_or_added_byte_gives_a_number_that_was_not_sent():
    sent = set(values(LINE))
    for at in range(len(LINE)):
        lost = [LINE[:at] + LINE[at + 1 :]]
        added = [LINE[:at] + bytes([byte]) + LINE[at:] for byte in b"0189-* AZ\r\n\x00\xff"]
        for line in lost + added:
            assert set(values(LINE, line, LINE)) <= sent, line


def test_another_layout_counts_from_its_second_line_on():
    narrow = b"12-NOV-98 14:00:07 99 71 50\r\n"
    assert values(LINE, narrow, LINE) == [100, 120, 100, 120]
    assert values(LINE, narrow, narrow) == [100, 120, 99, 71]


def narrow(*numbers):
    return [f"12-NOV-98 14:00:07 {spo2} 71 50\r\n".encode() for spo2 in numbers]


def test_numbers_that_are_not_aligned_are_read_once_each_width_is_known():
    assert values(*narrow(99, 100, 99, 100, 98))[::2] == [99, 99, 100, 98]


@pytest.mark.parametrize("text", ["%-3d 72  60", "%3d 72  60"], ids=["to the left", "to the right"])
def test_aligned_numbers_of_any_width_are_read_at_once(text):
    wire = [b"12-NOV-98 14:00:07 " + (text % spo2).encode() + b"\r\n" for spo2 in (9, 98, 100, 9)]
    assert values(*wire)[::2] == [9, 98, 100, 9]


def trend(*minutes):
    return [data("    60    40    60", time=f"15:{minute:02d}:00") for minute in minutes]


def test_a_trend_from_memory_is_stored_up_to_its_end():
    live = data("    97    72    60", time="15:30:11")
    events = decode(data("    97    72    60"), TREND, *trend(1, 2), b"Output Complete\r\n", live)
    assert [event.stored for event in of(NumericEvent, events)] == [False] * 2 + [True] * 4 + [False] * 2
    assert [event.why for event in of(GarbageEvent, events)] == [
        "trend from memory begins",
        "trend from memory ends",
    ]


def test_a_trend_whose_end_was_lost_ends_at_a_line_that_is_newer_than_any_point():
    live = data("    97    72    60", time="15:30:17")
    events = decode(data("    97    72    60"), TREND, *trend(1), HEADING, *trend(2), live)
    assert [event.stored for event in of(NumericEvent, events)] == [False] * 2 + [True] * 4 + [False] * 2


def test_the_newest_points_of_a_trend_are_stored_though_newer_than_the_last_live_line():
    newest = [data("    97    72    60", time=f"15:30:{second}") for second in (11, 13)]
    live = data("    97    72    60", time="15:30:15")
    events = decode(data("    97    72    60"), TREND, *trend(1), *newest, b"Output Complete\r\n", live)
    assert [event.stored for event in of(NumericEvent, events)] == [False] * 2 + [True] * 6 + [False] * 2


def test_a_menu_that_offers_a_trend_is_none():
    menu = b"NPB-595   Interactive Mode\r\n    3) Dump Trend\r\n    0) Exit Interactive Mode\r\n"
    earlier = data("    97    72    60", time="14:30:00")  # the clock was set back there
    events = decode(data("    97    72    60"), menu, menu.replace(b")", b""), earlier)
    assert {event.stored for event in of(NumericEvent, events)} == {False}


def test_a_trend_before_any_live_line_ends_at_the_next_heading():
    events = decode(TREND, *trend(1), HEADING, data("    97    72    60"))
    assert [event.stored for event in of(NumericEvent, events)] == [True] * 2 + [False] * 2


def test_flags_do_not_change_while_a_trend_is_printed():
    off = data("   ---   ---   ---", "SO")
    assert len(of(StatusEvent, decode(off, TREND, *trend(1, 2)))) == 1


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_any_line_end_will_do(end):
    decoder = NellcorDecoder()
    events = decoder.feed(2 * (LINE.strip() + end)) + decoder.finish()
    assert [event.value for event in of(NumericEvent, events)] == [100, 120] * 2
