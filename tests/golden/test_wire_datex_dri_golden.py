"""Datex-Ohmeda Record Interface: the document's computed frames [X], and what damages them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import datex_dri_frame as dri
from drivers.wire.datex_dri import DriDecoder, displayed_request, pleth_request
from drivers.wire.events import (
    GarbageEvent,
    IncompleteEvent,
    NibpEvent,
    NumericEvent,
    StatusEvent,
    WaveformEvent,
)
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

NO_VALUE = -32767
# place, label and status of the groups, as the document's table has them
ECG, P1, P2, NIBP, T1, SPO2, CO2, P5 = 0, 16, 30, 72, 86, 118, 132, 240
ON = 0x03
# [X] HR 72 from ECG, P1 = ART 121/70 mean 88 zeroed, NIBP 118/76 mean 90 pulse 71 in AUTO mode, SpO2 97.00
GROUPS = {
    ECG: (0x0B, 0x0200, (72, 10, -5, NO_VALUE, 14)),
    P1: (0x0B, 1, (12100, 7000, 8800, 72)),
    NIBP: (ON, 0x08, (11800, 7600, 9000, 71)),
    SPO2: (ON, 0, (9700, 72, 350)),
}


def data(groups):
    """Lay groups out in the 270 bytes of class Basic; what is not told is absent."""
    found = bytearray(struct.pack("<135h", *[NO_VALUE] * 135))
    for at in (
        0,
        16,
        30,
        44,
        58,
        72,
        86,
        94,
        102,
        110,
        118,
        132,
        146,
        156,
        166,
        178,
        200,
        214,
        232,
        240,
        254,
    ):
        found[at : at + 6] = bytes(6)
    for at, (status, label, values) in groups.items():
        struct.pack_into(f"<IH{len(values)}h", found, at, status, label, *values)
    return bytes(found)


def displayed(changes=None, kind=0, time_s=1764000000):
    groups = {**GROUPS, **(changes or {})}
    return struct.pack("<I", time_s) + data(groups) + struct.pack("<BBH", 0, 0, kind << 8)


def record(*parts, kind=0):
    """Return a frame with several subrecords, each a type and bytes."""
    table, body = b"", b""
    for part_type, part in parts:
        table += struct.pack("<HB", len(body), part_type)
        body += part
    table = (table + (b"\x00\x00\xff" if len(parts) < 8 else b"")).ljust(24, b"\x00")
    whole = struct.pack("<HBBHIBBHH", 40 + len(body), 1, 10, 0, 0, 0, 0, 0, kind) + table + body
    whole += bytes([sum(whole) & 0xFF])
    return b"\x7e" + whole.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


def basic(changes=None):
    return record((1, displayed(changes)))


def decode(*wire):
    decoder = DriDecoder()
    return [event for piece in wire for event in decoder.feed(piece)]


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def number(events, channel):
    return [event for event in of(NumericEvent, events) if event.channel == channel][-1]


def test_requests_are_the_documents_byte_for_byte():
    every_10_s = (
        "7E 31 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 FF 00"
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 0A 00 00 00 00 00 00 00 3B 7E"
    )
    assert displayed_request(10) == bytes.fromhex(every_10_s)
    assert [displayed_request(each)[-2:] for each in (5, -1, 0)] == [b"\x36\x7e", b"\x2f\x7e", b"\x31\x7e"]


def test_a_wave_is_asked_for_by_its_number_in_a_list_that_ends():
    start, stop = pleth_request(start=True), pleth_request(start=False)
    assert (start[1], start[15], len(start)) == (72, 1, 1 + 72 + 1 + 1)
    assert start[41:47] == b"\x00\x00\x00\x00\x08\xff" and stop[41:47] == b"\x01\x00\x00\x00\x08\xff"


def test_escapes_of_the_document():
    assert dri.encode(0, b"\x7e\x01\x7d")[41:46] == b"\x7d\x5e\x01\x7d\x5d"
    body = dri.encode(0, b"\x7e\x01\x7d")[1:-1]
    assert dri.decode(body) == dri.Record(0, ((0, b"\x7e\x01\x7d"),))


def test_the_documents_record_gives_what_it_displays():
    wire = basic()
    span = (0, len(wire))
    assert span == (0, 321)
    assert decode(wire) == [
        NumericEvent(span, "heart_rate", 72.0, None, Unit.PER_MIN),
        NumericEvent(span, "spo2", 97.0, None, Unit.PERCENT),
        NumericEvent(span, "pulse_rate", 72.0, None, Unit.PER_MIN),
        NumericEvent(span, "resp_rate", 14.0, None, Unit.PER_MIN),
        NumericEvent(span, "art_sys", 121.0, None, Unit.MMHG),
        NumericEvent(span, "art_dia", 70.0, None, Unit.MMHG),
        NumericEvent(span, "art_map", 88.0, None, Unit.MMHG),
        NibpEvent(span, 118.0, 76.0, 90.0, 71.0, Unit.MMHG),
    ]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (-32767, Reason.MISSING),
        (-32766, Reason.MISSING),
        (-32764, Reason.OUT_OF_RANGE),
        (-32763, Reason.OUT_OF_RANGE),
        (-32762, Reason.MISSING),
        (-32768, Reason.MISSING),
        (-32001, Reason.MISSING),
    ],
)
def test_every_code_is_no_value_with_a_reason(code, reason):
    events = decode(basic({SPO2: (ON, 0, (code, code, code)), NIBP: (ON, 8, (code, code, code, code))}))
    spo2 = number(events, "spo2")
    assert (spo2.value, spo2.reason) == (None, reason)
    assert of(NibpEvent, events) == []


def test_32000_below_zero_is_a_value_and_0_is_one():
    events = decode(basic({SPO2: (ON, 0, (-32000, 0, 0))}))
    assert (number(events, "spo2").value, number(events, "pulse_rate").value) == (-320.0, 0.0)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(0x0B, (72, None, False), id="from the ECG"),
        pytest.param(0x03 | 9 << 3, (72, None, False), id="from the ECG, the other number"),
        pytest.param(0x03 | 6 << 3, (None, Reason.MISSING, False), id="from the pleth: a pulse"),
        pytest.param(0x03 | 2 << 3, (None, Reason.MISSING, False), id="from P1: a pulse"),
        pytest.param(0x03, (None, Reason.MISSING, False), id="from nothing"),
        pytest.param(0x09, (None, Reason.MISSING, False), id="not measuring"),
        pytest.param(0x0B | 0x3800, (None, Reason.SENSOR_OFF, False), id="all leads off"),
        pytest.param(0x0B | 0x0800, (72, None, False), id="one lead off"),
        pytest.param(0x0B | 0x0080, (72, None, True), id="noise"),
        pytest.param(0x0B | 0x0100, (72, None, True), id="artefact"),
        pytest.param(0x0B | 0x0200, (72, None, True), id="learning"),
    ],
)
def test_a_heart_rate_is_one_only_from_the_ecg(status, expected):
    event = number(decode(basic({ECG: (status, 0, (72, 0, 0, 0, 14))})), "heart_rate")
    assert (event.value, event.reason, event.doubtful) == expected


@pytest.mark.parametrize("label", [2, 3], ids=["SvO2", "unknown"])
def test_a_venous_saturation_is_not_taken_for_the_arterial_one(label):
    assert not [
        e for e in of(NumericEvent, decode(basic({SPO2: (ON, label, (7000, 72, 0))}))) if e.channel == "spo2"
    ]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        pytest.param({P1: (0x0B, 2, (900, 300, 600, 0))}, None, id="CVP"),
        pytest.param({P1: (0x0B, 8, (900, 300, 600, 0))}, None, id="ABP"),
        pytest.param(
            {P1: (0x0B, 2, (900, 300, 600, 0)), P2: (0x0B, 1, (12000, 8000, 9300, 70))},
            (120, None, False),
            id="P2 is ART",
        ),
        pytest.param(
            {P1: (0, 0, ()), P5: (0x0B, 1, (12000, 8000, 9300, 70))}, (120, None, False), id="P5 is ART"
        ),
        pytest.param({P1: (0x0F, 1, (100, 100, 100, 0))}, (None, Reason.MISSING, False), id="being zeroed"),
        pytest.param({P1: (0x03, 1, (12000, 8000, 9300, 70))}, (120, None, True), id="never zeroed"),
    ],
)
def test_an_arterial_pressure_is_what_its_label_says(groups, expected):
    found = [e for e in of(NumericEvent, decode(basic(groups))) if e.channel == "art_sys"]
    assert [(e.value, e.reason, e.doubtful) for e in found] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("co2", "expected"),
    [
        pytest.param((ON, 0, (510, 0, 12)), (12, None), id="the CO2 module counts"),
        pytest.param(
            (ON, 0, (510, 0, NO_VALUE)), (None, Reason.MISSING), id="it has none: the chest is not asked"
        ),
        pytest.param((0x0B, 0, (510, 0, 0)), (None, Reason.MISSING), id="it is being calibrated"),
        pytest.param((0x13, 0, (510, 0, 0)), (None, Reason.MISSING), id="it is being zeroed"),
        pytest.param((0x01, 0, (510, 0, 12)), (14, None), id="it does not measure: the chest"),
    ],
)
def test_breaths_come_from_the_co2_module_where_it_measures(co2, expected):
    event = number(decode(basic({CO2: co2})), "resp_rate")
    assert (event.value, event.reason) == expected


@pytest.mark.parametrize(
    ("status", "doubtful"),
    [
        pytest.param(0x03, False, id="good"),
        pytest.param(0x23, True, id="occlusion"),
        pytest.param(0x43, True, id="air leak"),
    ],
)
def test_breaths_of_a_blocked_or_leaking_line_are_doubtful(status, doubtful):
    event = number(decode(basic({CO2: (status, 0, (510, 0, 12))})), "resp_rate")
    assert (event.value, event.doubtful) == (12, doubtful)


@pytest.mark.parametrize(("label", "found"), [(15, [36.6]), (4, [36.6]), (7, []), (9, []), (11, [])])
def test_a_temperature_is_taken_from_inside_the_body_only(label, found):
    events = of(NumericEvent, decode(basic({T1: (ON, label, (3660,))})))
    assert [event.value for event in events if event.channel == "temperature"] == found


def test_the_class_is_said_in_the_subrecord_not_by_its_place():
    other = displayed({SPO2: (ON, 0, (5000, 50, 0))}, kind=1)
    events = decode(record((1, other), (1, displayed())))
    assert [event.value for event in of(NumericEvent, events) if event.channel == "spo2"] == [97.0]


def test_trends_and_other_records_are_known_and_needed_for_nothing():
    for wire in (record((2, displayed())), record((1, bytes(100)), kind=4), record((1, displayed(kind=2)))):
        assert decode(wire) == [GarbageEvent((0, len(wire)), "record without anything of ours")]


def test_a_module_that_was_pulled_has_no_value_from_then_on():
    events = decode(basic(), basic({SPO2: (0, 0, ())}))
    assert [(e.value, e.reason) for e in of(NumericEvent, events) if e.channel == "spo2"] == [
        (97.0, None),
        (None, Reason.MISSING),
    ]


def test_a_monitor_without_any_module_has_no_saturation():
    """It is one, and nothing is plugged in: silence would call it another model."""
    wire = record((1, struct.pack("<I", 0) + data({}) + struct.pack("<BBH", 0, 0, 0)))
    assert decode(wire, basic({SPO2: (0, 0, ())}))[0] == NumericEvent(
        (0, len(wire)), "spo2", None, Reason.MISSING, Unit.PERCENT
    )
    events = decode(wire, basic({SPO2: (0, 0, ())}))[1:]
    assert "spo2" not in [event.channel for event in of(NumericEvent, events)]


def test_the_cuff_says_that_it_measures_and_that_its_values_are_old():
    measuring, old = (ON, 0x28, (11800, 7600, 9000, 71)), (ON, 0x108, (11800, 7600, 9000, 71))
    events = decode(basic({NIBP: measuring}), basic(), basic({NIBP: old}))
    assert [(e.code, e.active) for e in of(StatusEvent, events)] == [
        (StatusCode.MEASURING, True),
        (StatusCode.MEASURING, False),
    ]
    assert [(e.status, e.stored) for e in of(NibpEvent, events)] == [
        ((StatusCode.MEASURING,), False),
        ((), False),
        ((), True),
    ]


def test_a_cuff_that_is_calibrated_or_absent_has_no_reading():
    for group in ((ON, 0x80, (11800, 7600, 9000, 71)), (0x01, 8, (11800, 7600, 9000, 71)), (0, 0, ())):
        assert of(NibpEvent, decode(basic({NIBP: group}))) == []


def test_the_time_of_the_last_cuff_measurement_where_the_monitor_sends_it():
    times = struct.pack("<IHIIH", 1764000000, 0, 0, 0, 0) + bytes(98)
    [event] = of(NibpEvent, decode(record((4, times), (1, displayed()))))
    assert event.device_time is not None and event.device_time.isoformat() == "2025-11-24T16:00:00"


def test_the_time_of_an_earlier_record_is_not_that_of_other_values():
    times = struct.pack("<IHIIH", 1764000000, 0, 0, 0, 0) + bytes(98)
    events = of(NibpEvent, decode(record((4, times), (1, displayed())), record((4, times)), basic()))
    assert [event.device_time is None for event in events] == [False, True]


def wave(*samples, status=0, kind=8):
    return record((kind, struct.pack(f"<HHH{len(samples)}h", len(samples), status, 0, *samples)), kind=1)


def test_pleth_samples_come_as_they_were_sent_and_codes_among_them_are_lost():
    events = decode(wave(1, -2, 3), wave(-32000, -32767, 4, -32766), wave(5), wave(6, status=1))
    assert [(e.samples, e.lost, e.rate_hz) for e in of(WaveformEvent, events)] == [
        ((1, -2, 3), 0, 100.0),
        ((4,), 2, 100.0),
        ((5,), 1, 100.0),
        ((6,), 1, 100.0),
    ]


def test_a_wave_with_more_samples_than_bytes_or_of_another_kind_gives_nothing():
    short = record((8, struct.pack("<HHH2h", 3, 0, 0, 1, 2)), kind=1)
    for wire in (short, wave(1, 2, kind=1), record((8, b"\x01"), kind=1)):
        assert of(WaveformEvent, decode(wire)) == []


@pytest.mark.parametrize("missing", ["first", "last"])
def test_a_lost_flag_costs_one_record_at_most(missing):
    one = basic()
    spoilt = one[1:] if missing == "first" else one[:-1]
    assert len([e for e in of(NumericEvent, decode(one, spoilt, one, one)) if e.channel == "spo2"]) >= 3


def test_spare_flags_between_frames_are_no_frames():
    events = decode(b"\x7e\x7e\x7e" + basic() + b"\x7e" + basic())
    assert [e.span for e in of(GarbageEvent, events)] == [(0, 3), (324, 325)]


def test_a_bad_checksum_is_garbage_and_its_last_flag_may_begin_the_next():
    wire = bytearray(basic())
    wire[60] ^= 1
    assert decode(bytes(wire), basic()[1:])[0] == GarbageEvent((0, 256), "bad checksum")
    assert number(decode(bytes(wire), basic()[1:]), "spo2").value == 97.0


def test_what_a_length_declares_is_never_waited_for_beyond_a_record():
    decoder = DriDecoder()
    events = decoder.feed(b"\x7e" + b"\x11" * 4000)
    assert events[-1].span[1] > 1024
    assert of(NumericEvent, decoder.feed(basic()))
    assert decoder.finish() == []


def test_the_unfinished_frame_is_incomplete():
    decoder = DriDecoder()
    decoder.feed(basic() + basic()[:100])
    assert decoder.finish() == [IncompleteEvent((321, 421))]


@given(body=st.binary(max_size=1450))
def test_any_bytes_survive_escaping(body):
    assert dri.decode(dri.encode(0, body)[1:-1]) == dri.Record(0, ((0, body),))


noise = st.lists(st.sampled_from([0x7E, 0x7D, 0x5E, 0x5D, 0x00, 0x01, 0x3E, 0xFF]), max_size=60).map(bytes)


@given(
    wire=st.lists(
        st.one_of(noise, st.binary(max_size=60), st.just(basic()), st.just(wave(1, 2))), max_size=6
    ).map(b"".join),
    cuts=st.lists(st.integers(0, 2000), max_size=6),
)
def test_drip_fed_equals_all_at_once(wire, cuts):
    def events(*pieces):
        decoder = DriDecoder()
        return [event for piece in pieces for event in decoder.feed(piece)] + decoder.finish()

    places = sorted(min(place, len(wire)) for place in cuts)
    whole = events(wire)
    assert events(*(wire[a:b] for a, b in zip([0, *places], [*places, len(wire)], strict=True))) == whole
    at = 0
    for span in dict.fromkeys(event.span for event in whole):
        assert span[0] == at < span[1]
        at = span[1]
    assert at == len(wire)
