"""Nonin's formats 8 and 13: the examples computed from the maker's tables, bit by bit, and bad lines."""

from datetime import datetime

import pytest

from drivers.wire.events import GarbageEvent, IncompleteEvent, NumericEvent, StatusEvent
from drivers.wire.nonin_df8 import PROOF, Df8Decoder
from drivers.wire.nonin_df13 import MOST_DATA, Df13Decoder
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

GOOD = bytes.fromhex("80 48 61 20")
SPOT = bytes.fromhex("00 02 00 0D 00 0E 20 26 11 24 15 30 05 00 02 00 00 48 00 61 70 03")
WHEN = datetime(2026, 11, 24, 15, 30, 5)


def decode(decoder, wire):
    return decoder.feed(wire) + decoder.finish()


def df8(*packets):
    return decode(Df8Decoder(), b"".join(packets))


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def values(events):
    return [(event.value, event.reason) for event in of(NumericEvent, events)]


def test_documented_df8_packet():
    assert df8(GOOD) == [
        NumericEvent((0, 4), "pulse_rate", 72, None, Unit.PER_MIN),
        NumericEvent((0, 4), "spo2", 97, None, Unit.PERCENT),
    ]


def test_documented_df8_rate_of_140_joins_two_bits_and_seven():
    assert values(df8(bytes.fromhex("81 0C 61 00"))) == [(140, None), (97, None)]


def test_documented_df8_packet_without_a_finger():
    events = df8(bytes.fromhex("A3 7F 7F 08"))
    assert [event.code for event in of(StatusEvent, events)] == [
        StatusCode.SENSOR_OFF,
        StatusCode.PULSE_SEARCH,
    ]
    assert values(events) == [(None, Reason.SENSOR_OFF)] * 2


def test_numbers_that_the_display_holds_are_none_once_the_finger_is_out():
    assert values(df8(GOOD, bytes([0x80, 72, 97, 0x08])))[2:] == [(None, Reason.SENSOR_OFF)] * 2


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (0x20, 0, StatusCode.PULSE_SEARCH),
        (0x10, 0, StatusCode.LOW_PERFUSION),
        (0x08, 0, StatusCode.MARGINAL_PERFUSION),
        (0x04, 0, StatusCode.ARTIFACT),
        (0, 0x08, StatusCode.SENSOR_OFF),
        (0, 0x01, StatusCode.BATTERY_LOW),
    ],
)
def test_each_df8_flag_begins_and_ends_once(first, last, code):
    flagged = bytes([0x80 | first, 72, 97, last])
    events = df8(GOOD, flagged, flagged, GOOD, GOOD)
    assert [(e.code, e.active, e.span) for e in of(StatusEvent, events)] == [
        (code, True, (4, 8)),
        (code, False, (12, 16)),
    ]


def test_reserved_df8_bits_say_nothing():
    events = df8(bytes([0xC0, 72, 97, 0x40 | 0x10 | 0x04 | 0x02]))
    assert of(StatusEvent, events) == [] and values(events) == [(72, None), (97, None)]


def test_out_of_track_makes_df8_numbers_doubtful():
    assert [event.doubtful for event in of(NumericEvent, df8(bytes([0xA0, 72, 97, 0])))] == [True, True]


@pytest.mark.parametrize(
    ("rate", "spo2", "expected"),
    [
        (511, 97, [(None, Reason.MISSING), (97, None)]),
        (72, 127, [(72, None), (None, Reason.MISSING)]),
        (17, 101, [(None, Reason.OUT_OF_RANGE)] * 2),
        (322, 126, [(None, Reason.OUT_OF_RANGE)] * 2),
        (18, 0, [(18, None), (0, None)]),
        (321, 100, [(321, None), (100, None)]),
    ],
)
def test_documented_ranges_and_missing_codes(rate, spo2, expected):
    packet = bytes([0x80 | rate >> 7, rate & 0x7F, spo2, 0])
    assert values(df8(*[GOOD] * PROOF, packet, packet))[2 * PROOF :] == expected * 2


def test_df8_numbers_are_held_back_until_three_packets_agree():
    decoder = Df8Decoder()
    assert [len(of(NumericEvent, decoder.feed(GOOD))) for _ in range(PROOF + 1)] == [0, 0, 6, 2]


def test_a_stray_byte_in_a_df8_packet_gives_no_wrong_number():
    stray = GOOD[:1] + b"\x33" + GOOD[1:]
    assert set(values(df8(*[GOOD] * 4, stray, *[GOOD] * 3))) == {(72, None), (97, None)}


def test_a_df8_number_that_jumps_is_told_when_the_next_packet_bears_it_out():
    decoder = Df8Decoder()
    decoder.feed(GOOD * PROOF)
    low = bytes([0x80, 72, 84, 0])
    told = [values(decoder.feed(packet)) for packet in (low, GOOD, GOOD, low, low)]
    assert told == [[], [], [(72, None), (97, None)] * 2, [], [(72, None), (84, None)] * 2]


def test_a_sensor_alarm_is_told_at_once():
    decoder = Df8Decoder()
    decoder.feed(GOOD * PROOF)
    assert values(decoder.feed(bytes([0x80, 72, 97, 0x08]))) == [(None, Reason.SENSOR_OFF)] * 2


def test_a_df8_search_does_not_end_at_a_saturation_below_all_judging():
    """A faster line's zeros look like this: pulse rate 120, SpO2 0."""
    assert of(NumericEvent, df8(*[bytes([0x80, 120, 0, 0])] * 9)) == []
    assert values(df8(*[GOOD] * 3, bytes([0x80, 72, 29, 0]), bytes([0x80, 72, 29, 0])))[-1] == (29, None)


def test_after_one_lost_byte_two_packets_are_enough():
    decoder = Df8Decoder()
    decoder.feed(GOOD * PROOF)
    assert [len(of(NumericEvent, decoder.feed(part))) for part in (GOOD[:3], GOOD, GOOD)] == [0, 0, 4]


def test_noise_before_a_single_packet_leaves_nothing_but_garbage():
    assert df8(b"\x11\x22", GOOD) == [GarbageEvent((0, 6), "no frame")]


def test_documented_df13_packet():
    assert decode(Df13Decoder(), SPOT) == [
        NumericEvent((0, 22), "pulse_rate", 72, None, Unit.PER_MIN, device_time=WHEN),
        NumericEvent((0, 22), "spo2", 97, None, Unit.PERCENT, device_time=WHEN),
    ]


def spot(upper=0x02, lower=0, rate=72, spo2=97, date="2026112415300500", more=b""):
    """Encode a packet from the maker's table."""
    data = bytes.fromhex(date) + bytes([upper, lower, rate >> 8, rate & 0xFF, 0, spo2]) + more
    return b"\0\2\0\x0d" + len(data).to_bytes(2, "big") + data + bytes([sum(data) & 0xFF, 3])


def test_df13_result_from_memory_is_stored():
    assert [e.stored for e in of(NumericEvent, decode(Df13Decoder(), spot(lower=0x10)))] == [True, True]


def test_df13_result_without_smartpoint_is_doubtful():
    assert [e.doubtful for e in of(NumericEvent, decode(Df13Decoder(), spot(upper=0)))] == [True, True]


def test_df13_without_a_measurement_has_no_value():
    events = decode(Df13Decoder(), spot(upper=0x01))
    assert values(events) == [(None, Reason.MISSING)] * 2
    assert not any(event.doubtful for event in of(NumericEvent, events))


def test_df13_battery_of_a_result_from_memory_is_not_that_of_now():
    assert of(StatusEvent, decode(Df13Decoder(), spot(lower=0x11))) == []


def test_df13_low_battery_is_told_on_change():
    events = decode(Df13Decoder(), spot(lower=1) + spot(lower=1) + spot())
    assert [(e.code, e.active) for e in of(StatusEvent, events)] == [
        (StatusCode.BATTERY_LOW, True),
        (StatusCode.BATTERY_LOW, False),
    ]


@pytest.mark.parametrize(
    "date", ["2026132415300500", "20261124153005AA", "FFFFFFFFFFFFFFFF", "2026022930000000"]
)
def test_df13_date_that_is_none_leaves_the_numbers(date):
    events = decode(Df13Decoder(), spot(date=date))
    assert values(events) == [(72, None), (97, None)]
    assert [event.device_time for event in of(NumericEvent, events)] == [None, None]


def test_df13_fraction_of_a_second_counts():
    [first, _] = decode(Df13Decoder(), spot(date="2026112415300525"))
    assert first.device_time == WHEN.replace(microsecond=250_000)


def test_longer_df13_data_are_read_too():
    assert values(decode(Df13Decoder(), spot(more=b"\1\2\3"))) == [(72, None), (97, None)]


@pytest.mark.parametrize("length", [0, 13, MOST_DATA + 1, 0xFFFF])
def test_impossible_df13_length_holds_nothing_up(length):
    broken = SPOT[:4] + length.to_bytes(2, "big") + SPOT[6:]
    assert values(Df13Decoder().feed(broken + SPOT)) == [(72, None), (97, None)]


def test_result_behind_an_unfinished_packet_is_read_at_the_end():
    broken = SPOT[:4] + MOST_DATA.to_bytes(2, "big")
    events = decode(Df13Decoder(), broken + SPOT)
    assert values(events) == [(72, None), (97, None)]
    assert of(GarbageEvent, events) == [GarbageEvent((0, 6), "no packet")]


def test_unfinished_df13_packet_is_incomplete():
    assert decode(Df13Decoder(), SPOT[:21]) == [IncompleteEvent((0, 21))]
