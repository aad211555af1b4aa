"""The worked examples of IntelliVue data export. [R] captured, [X] computed, [D] from public clients."""

from datetime import datetime

import pytest

from drivers.wire.events import (
    GarbageEvent,
    IncompleteEvent,
    NibpEvent,
    NumericEvent,
    ReplyEvent,
    StatusEvent,
)
from drivers.wire.intellivue import DatagramDecoder, SerialDecoder
from drivers.wire.intellivue_float import from_word
from drivers.wire.intellivue_frame import LONGEST_FRAME, fcs, framed
from drivers.wire.intellivue_session import (
    ASSOCIATE,
    RELEASE,
    accepted_period,
    association_timeout_s,
    create_result,
    extended_poll,
    single_poll,
)
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

# [X] answer to a single poll: HR 72, SpO2 97.0, NBP 118/76/90 of 2026-11-24 15:30:00
SET = bytes.fromhex(
    "C0 11 01 00 AE E1 00 00 02 00 02 00 A6 00 01 00 07 00 A0 00 21 00 00 00"
    "00 0C 16 00 96 00 01 00 01 23 45 FF FF FF FF FF FF FF FF 00 01 00 06 08"
    "03 00 01 00 7E 00 00 00 03 00 78 82 CF 00 02 00 16 09 24 00 04 00 02 41"
    "82 09 50 00 0A 41 82 00 00 0A A0 00 00 00 48 84 00 00 02 00 16 09 24 00"
    "04 00 02 4B B8 09 50 00 0A 4B B8 00 00 02 20 FF 00 03 CA 83 01 00 03 00"
    "3A 09 24 00 04 00 02 4A 04 09 90 00 08 20 26 11 24 15 30 00 00 09 4B 00"
    "22 00 03 00 1E 4A 05 00 00 0F 20 00 00 00 76 4A 06 00 00 0F 20 00 00 00"
    "4C 4A 07 00 00 0F 20 00 00 00 5A 51 96 C1"
)
# [R] the empty result that closes an extended poll's set
CLOSING = bytes.fromhex(
    "C0 11 01 00 32 E1 00 00 02 00 02 00 2A 00 01 00 07 00 24 00 21 00 00 00 00 F1 3B 00 1A 00 01 00 00"
    "00 1D D4 00 FF FF FF FF FF FF FF FF 00 01 00 06 00 00 00 00 00 00 F8 57 C1"
)
# [R] a cuff that has measured nothing yet
NO_CUFF = bytes.fromhex(
    "09 4B 00 22 00 03 00 1E 4A 05 20 00 0F 20 00 7F FF FF 4A 06 20 00 0F 20 00 7F FF FF"
    "4A 07 20 00 0F 20 00 7F FF FF"
)
STAMP = bytes.fromhex("09 90 00 08 20 26 11 24 15 30 00 00")
WHEN = datetime(2026, 11, 24, 15, 30)


def value(physio, word, unit, state=0):
    """Encode one numeric observed value."""
    return b"".join(number.to_bytes(2, "big") for number in (physio, state, unit)) + word.to_bytes(4, "big")


def single(*of_value):
    return b"\x09\x50\x00\x0a" + value(*of_value)


def compound(*values):
    body = b"".join(value(*each) for each in values)
    return _attribute(0x094B, len(values).to_bytes(2, "big") + len(body).to_bytes(2, "big") + body)


def _attribute(name, body):
    return name.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def _listed(head, items, body):
    return head + items.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def poll(*objects, count=1, ticks=0, clock="FF FF FF FF FF FF FF FF", remote="00 02"):
    """Encode a single poll's result; each object is its attributes, `count` of them."""
    body = b"".join(_listed(b"\x00\x07", count, each) for each in objects)
    body = _listed(b"", 1, _listed(b"\x00\x00", len(objects), body))
    times = ticks.to_bytes(4, "big") + bytes.fromhex(clock)
    body = b"\x00\x01" + times + bytes.fromhex("00 01 00 06 08 03") + body
    body = bytes.fromhex("00 21 00 00 00 00 0C 16") + len(body).to_bytes(2, "big") + body
    body = bytes.fromhex("00 01 00 07") + len(body).to_bytes(2, "big") + body
    body = (b"\x02\x01" if remote == "00 05" else b"") + body
    return bytes.fromhex("E1 00 00 02" + remote) + len(body).to_bytes(2, "big") + body


def read(message):
    return DatagramDecoder().feed(message)


def only(message):
    [event] = read(message)
    return event


def test_the_documented_answer_gives_its_three_readings():
    span = (0, len(SET))
    assert SerialDecoder().feed(SET) == [
        NumericEvent(span, "heart_rate", 72, None, Unit.PER_MIN),
        NumericEvent(span, "spo2", 97, None, Unit.PERCENT),
        NibpEvent(span, 118, 76, 90, None, Unit.MMHG, device_time=WHEN),
    ]


def test_the_captured_closing_result_says_nothing():
    assert SerialDecoder().feed(CLOSING) == [ReplyEvent((0, len(CLOSING)), "poll", True, "no known number")]


def test_the_captured_cuff_that_has_not_measured_is_no_measurement():
    events = read(poll(NO_CUFF))
    assert [(event.channel, event.value, event.reason) for event in events] == [
        (channel, None, Reason.MISSING) for channel in ("nibp_sys", "nibp_dia", "nibp_map")
    ]


@pytest.mark.parametrize(
    ("word", "number"),
    [
        (0xFD007D00, 32.0),
        (0xFF000140, 32.0),
        (0x01000140, 3200.0),
        (0x007FFFFF, None),
        (0x00800000, None),
        (0x007FFFFE, None),
        (0x00800002, None),
        (0xFFFFFFF6, -1.0),
        (0xFF00016F, 36.7),
    ],
)
def test_float(word, number):
    assert from_word(word) == number


def test_fcs_of_data_and_its_own_fcs_is_the_documented_remainder():
    body = SET[1:-3]
    assert fcs(body) == SET[-3:-1]
    # F0B8h before the one's complement, which the function takes
    assert int.from_bytes(fcs(body + fcs(body)), "little") ^ 0xFFFF == 0xF0B8


def test_requests_are_the_documented_bytes():
    assert framed(single_poll(1, 1)) == bytes.fromhex(
        "C0 11 01 00 24 E1 00 00 02 00 01 00 1C 00 01 00 07 00 16 00 21 00 00 00 00 00 00 00 00 0C 16 00 08"
        "00 01 00 01 00 06 08 03 9D 3B C1"
    )
    assert framed(extended_poll(1, 3, 600)) == bytes.fromhex(
        "C0 11 01 00 30 E1 00 00 02 00 01 00 28 00 03 00 07 00 22 00 21 00 00 00 00 00 00 00 00 F1 3B 00 14"
        "00 01 00 01 00 06 08 03 00 01 00 08 F1 3E 00 04 00 49 3E 00 41 A0 C1"
    )
    assert len(ASSOCIATE) == 238 and ASSOCIATE[1] == len(ASSOCIATE) - 2
    assert len(RELEASE) == 26 and RELEASE[1] == len(RELEASE) - 2


def test_the_create_event_is_answered_with_its_own_id_object_and_time():
    event = bytes.fromhex(
        "E1 00 00 02 00 01 00 18 00 07 00 01 00 12 00 21 00 00 00 00 12 34 56 78 0D 06 00 04 00 00 00 00"
    )
    created = only(event)
    assert (created.command, created.number) == ("MDS create event", 7)
    assert create_result(created) == bytes.fromhex(
        "E1 00 00 02 00 02 00 14 00 07 00 01 00 0E 00 21 00 00 00 00 12 34 56 78 0D 06 00 00"
    )


def test_escaped_bytes_are_read_in_header_data_and_check():
    message = poll(single(0x4182, 0x7D, 0x0AA0), ticks=0xC0C17D7D)
    frame = framed(message)
    assert frame.count(b"\xc0") == frame.count(b"\xc1") == 1 and b"\x7d\x5d" in frame
    [event] = SerialDecoder().feed(frame)
    assert (event.value, event.span) == (125, (0, len(frame)))


@pytest.mark.parametrize(
    ("state", "word", "value", "reason", "doubtful"),
    [
        pytest.param(0x0000, 96, 96, None, False, id="plain"),
        pytest.param(0x0083, 96, 96, None, False, id="validated, in alarm, alarm inhibited"),
        pytest.param(0x4000, 96, 96, None, True, id="questionable"),
        pytest.param(0x8000, 0x7FFFFF, None, Reason.MISSING, False, id="sensor off, as captured"),
        pytest.param(0x8000, 96, None, Reason.MISSING, False, id="invalid"),
        pytest.param(0x2000, 96, None, Reason.MISSING, False, id="unavailable"),
        pytest.param(0x1000, 96, None, Reason.MISSING, False, id="calibrating"),
        pytest.param(0x0800, 96, None, Reason.MISSING, False, id="test data"),
        pytest.param(0x0400, 96, None, Reason.MISSING, False, id="demonstration data"),
        pytest.param(0x0000, 0x7FFFFF, None, Reason.MISSING, False, id="NaN"),
        pytest.param(0x0000, 0x800000, None, Reason.MISSING, False, id="not at this resolution"),
        pytest.param(0x0000, 0x7FFFFE, None, Reason.NOT_FINITE, False, id="infinite"),
        pytest.param(0x0000, 0, 0, None, False, id="a true zero"),
    ],
)
def test_state_bits_and_special_values_decide(state, word, value, reason, doubtful):
    message = poll(single(0x4BB8, word, 0x0220, state))
    assert only(message) == NumericEvent((0, len(message)), "spo2", value, reason, Unit.PERCENT, doubtful)


def test_a_unit_that_does_not_fit_gives_no_value():
    event = only(poll(single(0x4BB8, 96, 0x0200)))
    assert (event.value, event.reason, event.unit) == (None, Reason.WRONG_UNIT, Unit.PERCENT)


def test_kilopascals_stay_kilopascals():
    cuff = compound(*((number, 0xFF000000 + kpa, 0x0F03) for number, kpa in ((0x4A05, 157), (0x4A06, 101))))
    message = poll(STAMP + cuff, count=2)
    assert only(message) == NibpEvent((0, len(message)), 15.7, 10.1, None, None, Unit.KPA, device_time=WHEN)
    assert only(poll(single(0x4A11, 0xFF0000A0, 0x0F03))).unit is Unit.KPA


def test_two_units_in_one_measurement_are_none():
    cuff = compound((0x4A05, 118, 0x0F20), (0x4A06, 10, 0x0F03))
    assert {(event.value, event.reason) for event in read(poll(cuff))} == {(None, Reason.WRONG_UNIT)}


def test_the_pulse_of_the_cuff_belongs_to_its_pressures():
    pulse = single(0xF0E5, 71, 0x0AA0)
    cuff = compound((0x4A05, 118, 0x0F20), (0x4A06, 76, 0x0F20), (0x4A07, 90, 0x0F20))
    for objects in ((pulse, cuff), (cuff, pulse)):
        assert only(poll(*objects)).pulse_rate == 71
    assert only(poll(pulse)).command == "poll"


@pytest.mark.parametrize(("time", "rate"), [("15 30 00", 71), ("15 25 00", None)])
def test_the_pulse_of_an_earlier_measurement_is_not_that_of_this_one(time, rate):
    earlier = bytes.fromhex(f"09 90 00 08 20 26 11 24 {time} 00")
    pulse = earlier + single(0xF0E5, 71, 0x0AA0)
    cuff = STAMP + compound((0x4A05, 118, 0x0F20), (0x4A06, 76, 0x0F20))
    for objects in ((pulse, cuff), (cuff, pulse)):
        assert only(poll(*objects, count=2)).pulse_rate == rate


@pytest.mark.parametrize("state", [0x4000, 0x0040])
def test_a_questionable_or_early_cuff_reading_is_an_artifact(state):
    assert only(poll(compound((0x4A05, 118, 0x0F20, state)))).status == (StatusCode.ARTIFACT,)


def test_a_running_measurement_is_told_on_change():
    decoder = DatagramDecoder()
    told = []
    for state in (0, 0x0020, 0x0020, 0):
        events = decoder.feed(poll(compound((0x4A05, 118, 0x0F20, state))))
        told.append([event.active for event in events if isinstance(event, StatusEvent)])
    assert told == [[], [True], [], [False]]


def test_an_arterial_compound_gives_three_channels_and_its_group_none():
    events = read(poll(compound((0x4A10, 88, 0x0F20), (0x4A11, 121, 0x0F20), (0x4A13, 88, 0x0F20))))
    assert [(event.channel, event.value) for event in events] == [("art_sys", 121), ("art_map", 88)]


def test_the_pulse_of_the_oximeter_owns_the_channel_while_it_is_sent():
    decoder = DatagramDecoder()

    def rates(ticks, *ids):
        events = decoder.feed(poll(*(single(each, each & 0xFF, 0x0AA0) for each in ids), ticks=ticks))
        return [event.value for event in events if isinstance(event, NumericEvent)]

    assert rates(0xFFFFF000, 0x4822, 0x480A) == [0x22]
    assert rates(8192, 0x480A) == []
    assert rates(0xFFFFF800, 0x480A) == []  # out of order, over the wrap
    assert rates(6 * 8000, 0x480A) == [0x0A]
    assert rates(7 * 8000, 0x4822) == [0x22]


def test_a_number_that_is_not_sent_any_more_has_no_value():
    decoder = DatagramDecoder()
    decoder.feed(poll(single(0x4BB8, 97, 0x0220), compound((0x4A05, 118, 0x0F20)), ticks=8000))
    told = [decoder.feed(poll(single(0x4182, 72, 0x0AA0), ticks=8000 + each * 8192)) for each in range(1, 5)]
    gone = [[(e.channel, e.value, e.reason) for e in events if e.channel != "heart_rate"] for events in told]
    assert gone == [[], [], *[[("spo2", None, Reason.MISSING)]] * 2]
    [back] = decoder.feed(poll(single(0x4BB8, 96, 0x0220), ticks=50000))
    assert back.value == 96


def test_a_monitor_without_any_number_has_no_saturation():
    """It is one, and nothing is plugged in: silence would call it another model."""
    decoder = DatagramDecoder()
    told = [decoder.feed(poll(ticks=8000 + n * 8192))[0] for n in range(5)]
    assert [getattr(event, "channel", None) for event in told] == [None, None, None, "spo2", "spo2"]
    assert (told[-1].value, told[-1].reason) == (None, Reason.MISSING)
    [first] = decoder.feed(poll(single(0x4182, 72, 0x0AA0), ticks=60000))
    assert first.value == 72
    assert [event.channel for event in decoder.feed(poll(single(0x4182, 72, 0x0AA0), ticks=99000))] == [
        "heart_rate"
    ]


def test_a_cuff_that_is_not_sent_any_more_does_not_measure():
    decoder = DatagramDecoder()
    decoder.feed(poll(compound((0x4A05, 118, 0x0F20, 0x0020)), ticks=8000))
    rate = single(0x4182, 72, 0x0AA0)
    told = [event for n in range(1, 5) for event in decoder.feed(poll(rate, ticks=8000 + n * 8192))]
    assert [event.active for event in told if isinstance(event, StatusEvent)] == [False]


def test_the_monitor_clock_comes_with_every_number():
    event = only(poll(single(0x4182, 72, 0x0AA0), clock="20 26 11 24 15 31 07 50"))
    assert event.device_time == datetime(2026, 11, 24, 15, 31, 7, 500_000)


def test_linked_parts_are_read_as_they_come():
    part = only(poll(single(0x4182, 72, 0x0AA0), remote="00 05"))
    assert (part.channel, part.value) == ("heart_rate", 72)


def test_unknown_objects_and_attributes_are_skipped():
    unknown = _attribute(0x0927, "HF".encode("utf-16-be") + b"\0\0")
    message = poll(unknown + single(0x50B0, 38, 0x0F20), unknown + single(0x4182, 72, 0x0AA0), count=2)
    assert only(message).channel == "heart_rate"


@pytest.mark.parametrize("at", range(8, len(poll(NO_CUFF)), 1))
def test_a_wrong_byte_in_a_datagram_never_raises_and_is_always_told(at):
    message = bytearray(poll(NO_CUFF))
    for wrong in (0x00, 0x7F, 0xFF):
        message[at] = wrong
        events = read(bytes(message))
        assert {event.span for event in events} == {(0, len(message))}


def test_a_datagram_cut_short_is_told():
    whole = poll(single(0x4182, 72, 0x0AA0))
    for length in range(len(whole)):
        events = read(whole[:length])
        assert [type(event) for event in events] == [GarbageEvent]
        assert events[0].span == (0, length)


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        pytest.param("0E 00", ("association", True, "accepted"), id="accept"),
        pytest.param("0C 00", ("association", False, "refused"), id="refuse"),
        pytest.param("0A 00", ("release", True, "released"), id="release"),
        pytest.param("19 00", ("association", False, "aborted"), id="abort"),
        pytest.param(
            "E1 00 00 02 00 03 00 06 00 07 00 02 00 00", ("poll", False, "error 2", 7), id="error answer"
        ),
    ],
)
def test_answers_of_the_session_are_told(message, reply):
    message = bytes.fromhex(message)
    assert only(message) == ReplyEvent((0, len(message)), *reply)


def test_the_period_of_an_accepted_association_decides_its_timeout():
    accept = b"\x0e\xce" + ASSOCIATE[-64:].replace(bytes.fromhex("00001F40"), bytes.fromhex("00000FA0"))
    assert only(accept).number == accepted_period(accept) == 4000
    assert accepted_period(accept[:16]) is None
    periods = (None, 0.5, 3.3, 10, 43, 60)
    assert [association_timeout_s(period and round(8000 * period)) for period in periods] == [
        10, 10, 10, 30, 129, 130,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wire", "why"),
    [
        pytest.param(b"\x00" + SET[1:], "no frame", id="without its beginning"),
        pytest.param(SET[:40] + SET[41:], "bad length", id="a byte lost"),
        pytest.param(SET[:40] + b"\x01" + SET[41:], "bad checksum", id="a byte changed"),
        pytest.param(SET[:-1] + b"\x7d\xc1", "aborted frame", id="aborted"),
        pytest.param(b"\xc0\x7d\x7d\x11\xc1", "bad escape", id="bad escape"),
        pytest.param(b"\xc0\x11\x02\x00\x01\x0a\x00\x00\xc1", "bad header", id="another message type"),
        pytest.param(SET[:50], "cut short", id="cut short"),
        pytest.param(b"\xc0" + bytes(LONGEST_FRAME), "too long", id="without end"),
    ],
)
def test_a_damaged_frame_is_thrown_away_and_the_next_one_read(wire, why):
    decoder = SerialDecoder()
    events = decoder.feed(wire + SET)
    garbage = [event for event in events if isinstance(event, GarbageEvent)]
    assert (garbage[0].why, garbage[0].span[0], garbage[-1].span[1]) == (why, 0, len(wire))
    assert len(events) - len(garbage) == 3
    assert decoder.feed(SET[:30]) == []
    assert decoder.finish() == [IncompleteEvent((len(wire + SET), len(wire + SET) + 30))]
