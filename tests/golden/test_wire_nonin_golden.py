"""The worked examples of Nonin's formats. [R] captured from a device, [X] computed from the manual."""

import pytest

from drivers.wire.events import (
    GarbageEvent,
    IncompleteEvent,
    NumericEvent,
    StatusEvent,
    WaveformEvent,
)
from drivers.wire.nonin import Df2Decoder, Df7Decoder
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

# [R] Onyx II 9560, DF2, one whole packet (mattjlewis/NoninPulseOx, DataFormat2FrameSerialiser)
CAPTURE = bytes.fromhex(
    "01 81 43 00 C5 01 80 43 4A 0E 01 80 43 60 24 01 80 43 94 58 01 80 43 00 C4"
    "01 80 41 00 C2 01 80 3E 17 D6 01 80 3C 04 C1 01 80 39 60 1A 01 80 36 60 17"
    "01 80 35 60 16 01 80 34 00 B5 01 80 34 00 B5 01 80 34 00 B5 01 80 35 4A 00"
    "01 80 36 60 17 01 80 37 60 18 01 80 3A 00 BB 01 80 40 00 C1 01 80 4A 00 CB"
    "01 80 57 4A 22 01 80 69 00 EA 01 80 7C 4A 47 01 80 90 00 11 01 80 A1 00 22"
)
PLETH = (
    67,
    67,
    67,
    67,
    67,
    65,
    62,
    60,
    57,
    54,
    53,
    52,
    52,
    52,
    53,
    54,
    55,
    58,
    64,
    74,
    87,
    105,
    124,
    144,
    161,
)
# [X] DF7: HR 72, SpO2 97
DF7_FRAMES = bytes.fromhex("81 8A 3C 00 47 80 8B 10 48 63 80 8C 00 61 6D")


def df2(*frames: tuple[int, int]) -> bytes:
    """Encode (STATUS, FLOAT) pairs with a pleth of 80."""
    wire = b""
    for status, value in frames:
        body = bytes([1, status, 80, value])
        wire += body + bytes([sum(body) & 0xFF])
    return wire


def packet(statuses: dict[int, int] | None = None, values: dict[int, int] | None = None) -> bytes:
    """Encode a DF2 packet: HR 74, SpO2 96 unless said otherwise; keys are frame numbers."""
    told = {2: 74, 3: 96, **(values or {})}
    return df2(*(((statuses or {}).get(n, 0x80) | (n == 1), told.get(n, 0)) for n in range(1, 26)))


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def test_captured_df2_packet_gives_the_documented_values():
    events = Df2Decoder().feed(CAPTURE)
    assert of(NumericEvent, events) == [
        NumericEvent((5, 10), "pulse_rate", 74, None, Unit.PER_MIN),
        NumericEvent((10, 15), "spo2", 96, None, Unit.PERCENT),
    ]
    waves = of(WaveformEvent, events)
    assert tuple(wave.samples[0] for wave in waves) == PLETH
    assert [wave.span for wave in waves] == [(at, at + 5) for at in range(0, 125, 5)]
    assert {(wave.channel, wave.rate_hz, wave.lost) for wave in waves} == {("pleth", 75.0, 0)}
    assert of(StatusEvent, events) == []


def test_computed_df7_frames_give_the_documented_values():
    events = Df7Decoder().feed(DF7_FRAMES)
    assert [wave.samples for wave in of(WaveformEvent, events)] == [(35388,), (35600,), (35840,)]
    assert [(n.channel, n.value, n.span) for n in of(NumericEvent, events)] == [
        ("pulse_rate", 72, (5, 10)),
        ("spo2", 97, (10, 15)),
    ]


def test_rate_above_127_joins_seven_and_two_bits():
    [rate] = [
        n
        for n in of(NumericEvent, Df2Decoder().feed(packet(values={1: 0b10, 2: 65})))
        if n.channel == "pulse_rate"
    ]
    assert rate.value == 321


@pytest.mark.parametrize(
    ("values", "statuses", "expected"),
    [
        pytest.param(
            {1: 3, 2: 0x7F, 3: 0x7F}, {}, [(None, Reason.MISSING)] * 2, id="511 and 127 are no values"
        ),
        pytest.param({}, {1: 0x88}, [(None, Reason.SENSOR_OFF)] * 2, id="SNSA in frame 1 voids both"),
        pytest.param({}, {3: 0x88}, [(74, None), (None, Reason.SENSOR_OFF)], id="SNSA in frame 3 voids SpO2"),
        pytest.param({}, {2: 0xC0}, [(None, Reason.SENSOR_OFF)] * 2, id="SNSD counts as off"),
        pytest.param({2: 0, 3: 0}, {}, [(0, None), (0, None)], id="a true zero stays zero"),
        pytest.param({3: 0xE0}, {}, [(74, None), (96, None)], id="bit 7 of SpO2 is not of it"),
    ],
)
def test_what_is_no_value(values, statuses, expected):
    events = Df2Decoder().feed(packet(statuses, values))
    assert [(n.value, n.reason) for n in of(NumericEvent, events)] == expected


def test_out_of_track_makes_a_value_doubtful_not_absent():
    events = Df2Decoder().feed(packet({2: 0x90}))
    assert [(n.value, n.doubtful) for n in of(NumericEvent, events)] == [(74, True), (96, True)]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        pytest.param(0x88, StatusCode.SENSOR_OFF, id="SNSA"),
        pytest.param(0xC0, StatusCode.SENSOR_FAULT, id="SNSD"),
        pytest.param(0x90, StatusCode.PULSE_SEARCH, id="OOT"),
        pytest.param(0xA0, StatusCode.ARTIFACT, id="ARTF"),
    ],
)
def test_a_flag_begins_at_its_frame_and_ends_after_a_packet_without(status, code):
    decoder = Df2Decoder()
    events = decoder.feed(packet({7: status, 8: status}) + packet({9: status}) + packet())
    assert of(StatusEvent, events) == [
        StatusEvent((30, 35), code, True),
        StatusEvent((370, 375), code, False),
    ]


def test_low_perfusion_lasts_through_packets_between_two_pulses():
    red, green = {5: 0x84}, {5: 0x82}
    events = Df2Decoder().feed(packet(red) + packet() + packet(red) + packet(green))
    assert [(e.code, e.active, e.span[1]) for e in of(StatusEvent, events)] == [
        (StatusCode.LOW_PERFUSION, True, 25),
        (StatusCode.LOW_PERFUSION, False, 500),
    ]


def test_yellow_pulse_is_marginal_perfusion():
    [event] = of(StatusEvent, Df2Decoder().feed(packet({4: 0x86})))
    assert (event.code, event.active) == (StatusCode.MARGINAL_PERFUSION, True)


def test_low_battery_is_bit_0_of_stat2():
    events = Df2Decoder().feed(packet(values={8: 0x21}) + packet(values={8: 0x24}))
    assert of(StatusEvent, events) == [
        StatusEvent((35, 40), StatusCode.BATTERY_LOW, True),
        StatusEvent((245, 250), StatusCode.BATTERY_LOW, False),
    ]


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(bytes.fromhex("06"), id="ACK"),
        pytest.param(bytes.fromhex("15"), id="NAK"),
        # [M] the answer to "get time", 2050-12-31 14:30:15
        pytest.param(bytes.fromhex("02 F2 06 32 0C 1F 0E 1E 0F 03"), id="time"),
    ],
)
def test_command_reply_between_frames_keeps_the_lock(reply):
    events = Df2Decoder().feed(CAPTURE[:5] + reply + CAPTURE[5:])
    assert of(GarbageEvent, events) == [GarbageEvent((5, 5 + len(reply)), "command reply")]
    assert [n.value for n in of(NumericEvent, events)] == [74, 96]
    assert [w.lost for w in of(WaveformEvent, events)] == [0] * 25


def test_bad_checksum_throws_the_rest_of_the_packet_away_and_counts_it():
    broken = bytearray(CAPTURE + CAPTURE)
    broken[7] ^= 0x10
    events = Df2Decoder().feed(bytes(broken))
    assert of(GarbageEvent, events) == [GarbageEvent((5, 125), "bad checksum")]
    assert [w.lost for w in of(WaveformEvent, events)] == [0, 24] + [0] * 24


def test_early_sync_begins_a_new_packet():
    events = Df2Decoder().feed(CAPTURE[:10] + CAPTURE)
    assert of(GarbageEvent, events) == []
    assert [n.value for n in of(NumericEvent, events)] == [74, 74, 96]


def test_frame_26_without_sync_ends_the_lock():
    events = Df2Decoder().feed(CAPTURE + CAPTURE[5:] + CAPTURE)
    assert of(GarbageEvent, events) == [GarbageEvent((125, 245), "no sync")]
    assert [n.value for n in of(NumericEvent, events)] == [74, 96, 74, 96]


def test_unfinished_tail_is_one_incomplete_event():
    decoder = Df2Decoder()
    decoder.feed(CAPTURE[:13])
    assert decoder.finish() == [IncompleteEvent((10, 13))]


def test_noise_at_the_end_is_garbage_not_incomplete():
    decoder = Df2Decoder()
    assert decoder.feed(b"\x33\x44\x01\x22") == []
    assert decoder.finish() == [GarbageEvent((0, 4), "no frame")]


def test_long_noise_is_cut_at_fixed_places():
    decoder = Df2Decoder()
    events = decoder.feed(bytes(600)) + decoder.finish()
    assert [event.span for event in events] == [(0, 256), (256, 512), (512, 600)]


def test_df7_wants_a_second_frame_before_it_believes():
    decoder = Df7Decoder()
    assert decoder.feed(DF7_FRAMES[:5]) == []
    assert decoder.finish() == [IncompleteEvent((0, 5))]
