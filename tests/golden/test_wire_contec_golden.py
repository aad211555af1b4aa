"""The five-byte layout and Contec's V7.0: the examples of their documents, bit by bit, and bad lines."""

import pytest

from drivers.wire.bci import BERRY, CMS50, BciDecoder
from drivers.wire.contec_v7 import KEEP_ALIVE, START, STOP, STOP_STORED, ContecV7Decoder
from drivers.wire.events import GarbageEvent, IncompleteEvent, NumericEvent, StatusEvent, WaveformEvent
from drivers.wire.sync_bit import REPLY
from monitor.core.types import Reason, StatusCode

FIVE = bytes.fromhex("C5 64 0C 48 62")
SEVEN = bytes.fromhex("01 80 C6 DA 8B C8 E2 FB 81")


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def values(events):
    return [event.value for event in of(NumericEvent, events)]


def reasons(events):
    return [event.reason for event in of(NumericEvent, events)]


def five(wire, dialect=CMS50):
    decoder = BciDecoder(dialect)
    return decoder.feed(wire) + decoder.finish()


def seven(wire):
    decoder = ContecV7Decoder()
    return decoder.feed(wire) + decoder.finish()


@pytest.mark.parametrize(
    ("wire", "dialect", "pleth", "rate", "spo2"),
    [
        pytest.param("C5 64 0C 48 62", CMS50, 100, 72, 98, id="Contec"),
        pytest.param("85 3C 47 16 5D", CMS50, 60, 150, 93, id="Contec, above 127 bpm"),
        pytest.param("C5 3E 09 48 62", BERRY, 62, 72, 98, id="BerryMed"),
        pytest.param("85 28 44 0C 61", BERRY, 40, 140, 97, id="BerryMed, above 127 bpm"),
    ],
)
def test_documented_five_byte_frames(wire, dialect, pleth, rate, spo2):
    events = five(bytes.fromhex(wire), dialect)
    [wave] = of(WaveformEvent, events)
    assert (wave.samples, wave.rate_hz, values(events)) == ((pleth,), dialect.rate_hz, [rate, spo2])
    assert of(StatusEvent, events) == []


@pytest.mark.parametrize(
    ("wire", "dialect", "code", "reason"),
    [
        pytest.param("90 00 00 00 00", CMS50, StatusCode.SENSOR_OFF, Reason.SENSOR_OFF, id="finger out"),
        pytest.param("85 64 1C 48 62", CMS50, StatusCode.SENSOR_OFF, Reason.SENSOR_OFF, id="probe error"),
        pytest.param("85 64 2C 48 62", CMS50, StatusCode.PULSE_SEARCH, Reason.SEARCHING, id="searching"),
        pytest.param("90 00 50 7F 7F", BERRY, StatusCode.SENSOR_OFF, Reason.SENSOR_OFF, id="no finger"),
        pytest.param("90 3E 09 48 62", BERRY, StatusCode.SENSOR_OFF, Reason.SENSOR_OFF, id="no signal"),
        pytest.param("A5 3E 09 48 62", BERRY, StatusCode.SENSOR_FAULT, Reason.SENSOR_OFF, id="unplugged"),
        pytest.param("85 3E 29 48 62", BERRY, StatusCode.PULSE_SEARCH, Reason.SEARCHING, id="search"),
    ],
)
def test_a_bit_that_voids_the_numbers(wire, dialect, code, reason):
    events = five(bytes.fromhex(wire), dialect)
    assert [(event.code, event.active) for event in of(StatusEvent, events)] == [(code, True)]
    assert (values(events), reasons(events)) == ([None, None], [reason, reason])


def test_falling_spo2_of_a_contec_is_no_fault():
    events = five(bytes.fromhex("A5 64 0C 48 62"))
    assert of(StatusEvent, events) == [] and values(events) == [72, 98]


@pytest.mark.parametrize(
    ("rate", "spo2", "expected"),
    [
        (255, 98, [Reason.MISSING, None]),
        (0, 98, [Reason.MISSING, None]),
        (72, 127, [None, Reason.MISSING]),
        (72, 0, [None, Reason.MISSING]),
        (72, 101, [None, Reason.OUT_OF_RANGE]),
        (254, 100, [None, None]),
        (1, 1, [None, None]),
    ],
)
@pytest.mark.parametrize("dialect", [CMS50, BERRY], ids=["Contec", "BerryMed"])
def test_missing_codes_and_ranges(rate, spo2, expected, dialect):
    frame = bytes([0x85, 50, rate >> 7 << 6, rate & 0x7F, spo2])
    assert reasons(five(FIVE * 6 + frame * 2, dialect))[12:] == expected * 2


def test_pleth_zero_of_a_berrymed_is_a_lost_sample_and_of_a_contec_a_sample():
    wire = FIVE * 6 + bytes([0x85, 0, 0x0C, 72, 98]) * 2 + FIVE
    waves = of(WaveformEvent, five(wire, BERRY))
    assert (len(waves), waves[-1].lost) == (7, 2)
    assert [wave.samples for wave in of(WaveformEvent, five(wire))][6:8] == [(0,), (0,)]


def test_a_serial_line_is_believed_after_six_frames_and_bluetooth_at_once():
    for dialect, held in ((CMS50, [0, 0, 0, 0, 0, 6, 1]), (BERRY, [1] * 7)):
        decoder = BciDecoder(dialect)
        assert [len(of(WaveformEvent, decoder.feed(FIVE))) for _ in held] == held


def test_numbers_that_jump_from_frame_to_frame_prove_nothing():
    wild = b"".join(bytes([0x80, 50, 0, rate, 98]) for rate in (60, 70, 80, 90) * 8)
    assert of(NumericEvent, BciDecoder(CMS50).feed(wild)) == []


def test_a_stray_byte_that_makes_a_whole_frame_of_wrong_numbers_gives_none():
    stray = FIVE[:2] + b"\x33" + FIVE[2:]
    events = five(FIVE * 8 + stray + FIVE * 3)
    assert values(events) == [72, 98] * 11
    assert of(StatusEvent, events) == []
    stray = SEVEN[:3] + b"\xb3" + SEVEN[3:]
    assert values(seven(SEVEN * 8 + stray + SEVEN * 3)) == [72, 98, 3.79] * 11


def test_a_number_that_jumps_is_told_when_the_next_frame_bears_it_out():
    low = bytes([*FIVE[:4], 80])
    decoder = BciDecoder(CMS50)
    decoder.feed(FIVE * 6)
    assert [values(decoder.feed(frame)) for frame in (low, FIVE, FIVE)] == [[], [], [72, 98] * 2]
    assert [values(decoder.feed(frame)) for frame in (low, low, low)] == [[], [72, 80] * 2, [72, 80]]


def test_a_frame_cut_short_costs_itself_and_its_sample_is_lost():
    events = five(FIVE * 8 + FIVE[:4] + FIVE * 3)
    assert len(values(events)) == 2 * 11
    assert [wave.lost for wave in of(WaveformEvent, events)] == [0] * 8 + [1, 0, 0]
    assert of(GarbageEvent, events) == [GarbageEvent((40, 44), "no frame")]


def test_documented_v7_packet():
    events = seven(SEVEN)
    assert values(events) == [72, 98, 3.79] and reasons(events) == [None] * 3
    assert [wave.samples for wave in of(WaveformEvent, events)] == [(90,)]


def test_documented_v7_packet_without_a_finger():
    events = seven(bytes.fromhex("01 E9 80 C0 90 FF FF FF FF"))
    assert [event.code for event in of(StatusEvent, events)] == [StatusCode.SENSOR_OFF]
    assert reasons(events) == [Reason.SENSOR_OFF] * 3
    assert [wave.samples for wave in of(WaveformEvent, events)] == [(0x40,)]


def packet(status=6, pleth=90, bits=0x0B, rate=72, spo2=98, perfusion=379):
    """Encode a real-time packet from the maker's rule."""
    data = [status, pleth, bits, rate, spo2, perfusion & 0xFF, perfusion >> 8]
    high = sum((byte >> 7) << n for n, byte in enumerate(data))
    return bytes([1, 0x80 | high, *(0x80 | byte for byte in data)])


@pytest.mark.parametrize("rate", [1, 127, 128, 140, 254])
def test_v7_rate_has_eight_bits(rate):
    assert values(seven(packet(rate=rate)))[0] == rate


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"status": 0x16}, [Reason.SEARCHING] * 3),
        ({"pleth": 0x80 | 90}, [Reason.SEARCHING] * 3),
        ({"status": 0x80}, [Reason.SENSOR_OFF] * 3),
        ({"status": 0x26}, [None] * 3),
        ({"rate": 0xFF}, [Reason.MISSING, None, None]),
        ({"rate": 0}, [Reason.MISSING, None, None]),
        ({"spo2": 0x7F}, [None, Reason.MISSING, None]),
        ({"spo2": 0}, [None, Reason.MISSING, None]),
        ({"perfusion": 0xFFFF}, [None, None, Reason.MISSING]),
        ({"bits": 0x1B}, [None, None, Reason.MISSING]),
        ({"perfusion": 0}, [None, None, Reason.OUT_OF_RANGE]),
        ({"perfusion": 2201}, [None, None, Reason.OUT_OF_RANGE]),
        ({"perfusion": 2200}, [None] * 3),
    ],
    ids=str,
)
def test_v7_bits_and_codes(changed, expected):
    assert reasons(seven(packet() * 2 + packet(**changed)))[6:] == expected


def test_v7_spo2_out_of_range_is_no_value():
    assert reasons(seven(packet() * 2 + packet(spo2=101)))[7] is Reason.OUT_OF_RANGE


def test_answers_are_told_between_packets_and_before_the_first():
    stopped = bytes.fromhex("0C 80")
    events = seven(stopped + SEVEN * 3 + stopped + SEVEN)
    assert [(e.span, e.why) for e in of(GarbageEvent, events)] == [((0, 2), REPLY), ((29, 31), REPLY)]
    assert len(of(WaveformEvent, events)) == 4
    assert of(WaveformEvent, events)[-1].lost == 0


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        *((kind, 9) for kind in (0x04, 0x05, 0x11, 0x15)),
        *((kind, 8) for kind in (0x07, 0x08, 0x0F, 0x12)),
        *((kind, 3) for kind in (0x0D, 0x0E, 0x10)),
        (0x09, 6),
        (0x0A, 4),
        (0x0B, 4),
        (0x0C, 2),
    ],
)
def test_every_documented_answer_has_its_length(kind, length):
    answer = bytes([kind]) + b"\x80" * (length - 1)
    events = seven(SEVEN * 2 + answer + SEVEN)
    assert of(GarbageEvent, events) == [GarbageEvent((18, 18 + length), REPLY)]


def test_a_type_byte_inside_a_packet_begins_another():
    events = seven(SEVEN * 2 + SEVEN[:5] + SEVEN * 2)
    assert of(GarbageEvent, events) == [GarbageEvent((18, 23), "no frame")]
    assert [wave.lost for wave in of(WaveformEvent, events)] == [0, 0, 1, 0]


def test_unfinished_v7_packet_is_incomplete():
    assert of(IncompleteEvent, seven(SEVEN * 2 + SEVEN[:8])) == [IncompleteEvent((18, 26))]


def test_commands_are_the_documented_ones():
    assert START.hex(" ").upper() == "7D 81 A1 80 80 80 80 80 80"
    assert KEEP_ALIVE.hex(" ").upper() == "7D 81 AF 80 80 80 80 80 80"
    assert (STOP[2], STOP_STORED[2]) == (0xA2, 0xA7)
