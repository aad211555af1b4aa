"""The worked examples of the PM6750, all [X] computed from its tables, and what they leave open."""

import pytest

from drivers.wire.events import (
    GarbageEvent,
    IncompleteEvent,
    NibpEvent,
    NumericEvent,
    StatusEvent,
    WaveformEvent,
)
from drivers.wire.pm6750 import START, STOP, Pm6750Decoder
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

SPO2 = bytes.fromhex("55 AA 06 04 00 61 48 4C")


def decode(*pieces: bytes):
    decoder = Pm6750Decoder()
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.finish()


def frame(kind: int, *data: int) -> bytes:
    body = bytes([len(data) + 3, kind, *data])
    return b"\x55\xaa" + body + bytes([~sum(body) & 0xFF])


def numbers(*pieces: bytes):
    return [(e.channel, e.value, e.reason) for e in decode(*pieces) if isinstance(e, NumericEvent)]


def test_measuring_at_142_mmhg():
    assert decode(bytes.fromhex("55 AA 08 03 04 47 00 00 00 A9")) == [
        StatusEvent((0, 10), StatusCode.MEASURING, True),
        NumericEvent((0, 10), "cuff_pressure", 142, None, Unit.MMHG),
    ]


def test_finished():
    assert decode(bytes.fromhex("55 AA 08 03 00 00 76 5A 4C D8")) == [
        NumericEvent((0, 10), "cuff_pressure", 0, None, Unit.MMHG),
        NibpEvent((0, 10), 118, 76, 90, None, Unit.MMHG),
    ]


def test_cuff_loose():
    assert decode(bytes.fromhex("55 AA 08 03 10 00 00 00 00 E4"))[-1] == NibpEvent(
        (0, 10),
        None,
        None,
        None,
        None,
        Unit.MMHG,
        (StatusCode.MEASUREMENT_FAILED, StatusCode.CUFF_LEAK),
        error="cuff loose or missing (4)",
    )


@pytest.mark.parametrize(
    ("result", "words", "flag"),
    [
        (2, "stopped", StatusCode.MEASUREMENT_STOPPED),
        (3, "overpressure protection", StatusCode.CUFF_OVERPRESSURE),
        (4, "cuff loose or missing", StatusCode.CUFF_LEAK),
        (5, "timeout", None),
        (6, "error", None),
        (7, "disturbed by movement", StatusCode.BODY_MOVEMENT),
        (8, "out of range", None),
        (11, "the document has no result 11", None),
    ],
)
def test_every_result_in_words_and_its_values_mean_nothing(result, words, flag):
    nibp = decode(frame(3, result << 2, 0, 120, 90, 80))[-1]
    assert isinstance(nibp, NibpEvent)
    assert nibp.sys is nibp.dia is nibp.map is None
    assert nibp.error.startswith(words) and str(result) in nibp.error
    assert set(nibp.status) == {StatusCode.MEASUREMENT_FAILED} | ({flag} if flag else set())


def test_the_patient_mode_does_not_change_the_result():
    assert decode(frame(3, 0 << 2 | 2, 0, 118, 90, 76))[-1] == NibpEvent(
        (0, 10), 118, 76, 90, None, Unit.MMHG
    )


def test_initialising_is_busy_and_neither_it_nor_its_end_is_a_result():
    events = decode(frame(3, 9 << 2, 0, 0, 0, 0), frame(3, 10 << 2, 0, 0, 0, 0))
    assert [e for e in events if isinstance(e, StatusEvent)] == [
        StatusEvent((0, 10), StatusCode.CUFF_BUSY, True),
        StatusEvent((10, 20), StatusCode.CUFF_BUSY, False),
    ]
    assert not any(isinstance(e, NibpEvent) for e in events)


def test_finished_without_values_is_no_zero():
    nibp = decode(frame(3, 0, 0, 0, 0, 0))[-1]
    assert isinstance(nibp, NibpEvent)
    assert (nibp.sys, nibp.error) == (None, "no values (0)")


def test_spo2_and_pulse():
    assert numbers(SPO2) == [("spo2", 97, None), ("pulse_rate", 72, None)]


@pytest.mark.parametrize(
    ("status", "reason", "flag"),
    [
        (1, Reason.SENSOR_OFF, StatusCode.SENSOR_FAULT),
        (2, Reason.SENSOR_OFF, StatusCode.SENSOR_OFF),
        (3, Reason.SEARCHING, StatusCode.PULSE_SEARCH),
        (4, Reason.SEARCHING, StatusCode.PULSE_SEARCH),
    ],
)
def test_without_a_pulse_there_is_a_reason_and_a_flag(status, reason, flag):
    wire = frame(4, status, 0x7F, 0xFF)
    assert numbers(wire) == [("spo2", None, reason), ("pulse_rate", None, reason)]
    assert [e for e in decode(wire, SPO2) if isinstance(e, StatusEvent)] == [
        StatusEvent((0, 8), flag, True),
        StatusEvent((8, 16), flag, False),
    ]


def test_missing_codes_with_a_good_status_are_missing():
    assert numbers(frame(4, 0, 0x7F, 0xFF)) == [
        ("spo2", None, Reason.MISSING),
        ("pulse_rate", None, Reason.MISSING),
    ]


def test_ecg_rates_a_weak_signal_and_leads_off():
    assert numbers(frame(2, 0x58, 72, 15, 0, 1)) == [("heart_rate", 72, None), ("resp_rate", 15, None)]
    weak = decode(frame(2, 0x59, 72, 15, 0, 1))
    assert weak[0] == StatusEvent((0, 10), StatusCode.WEAK_SIGNAL, True)
    assert weak[1] == NumericEvent((0, 10), "heart_rate", 72, None, Unit.PER_MIN, doubtful=True)
    assert numbers(frame(2, 0x5A, 0, 0, 0, 0)) == [
        ("heart_rate", None, Reason.SENSOR_OFF),
        ("resp_rate", None, Reason.SENSOR_OFF),
    ]


def test_temperature_and_its_probe_off():
    assert numbers(frame(5, 0, 36, 6)) == [("temperature", 36.6, None)]
    assert numbers(frame(5, 1, 0, 0)) == [("temperature", None, Reason.SENSOR_OFF)]


def second(pleth_per_s: int, resp_per_s: int) -> bytes:
    wire = b""
    for packet in range(250):
        wire += frame(1, 125, 130, 125, 120, 125, 125, 125)
        wire += frame(0xFE, packet % 101) * (packet * pleth_per_s % 250 < pleth_per_s)
        wire += frame(0xFF, packet) * (packet * resp_per_s % 250 < resp_per_s)
    return wire


@pytest.mark.parametrize(("pleth", "resp"), [(100, 50), (60, 25), (125, 125)])
def test_the_rates_of_pleth_and_breathing_are_counted_against_the_ecg_wave(pleth, resp):
    one = second(pleth, resp)
    assert not any(isinstance(e, WaveformEvent) for e in decode(one * 3))
    after = decode(one * 6)
    found = {(e.channel, e.rate_hz) for e in after if isinstance(e, WaveformEvent)}
    assert found == {("pleth", float(pleth)), ("resp", float(resp))}


def test_without_the_ecg_wave_no_rate_is_known_and_no_wave_told():
    events = decode(b"".join(frame(0xFE, n % 101) for n in range(3000)))
    assert {type(e) for e in events} == {GarbageEvent}


def test_a_wave_out_of_its_documented_range_is_no_frame():
    [event] = decode(frame(0xFE, 101))
    assert event == GarbageEvent((0, 6), "noise")


def test_the_ecg_wave_is_checked_and_passed_over():
    bad = bytearray(frame(1, *range(7)))
    bad[-1] ^= 1
    assert decode(frame(1, *range(7)) * 2 + bytes(bad) + SPO2)[:2] == [
        GarbageEvent((0, 24), "unused wave"),
        GarbageEvent((24, 36), "noise"),
    ]


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_frame_behind_a_cut_one_is_read(cut):
    assert numbers(SPO2[:cut] + SPO2) == numbers(SPO2)


def test_a_tail_is_incomplete():
    assert decode(SPO2 + SPO2[:3])[-1] == IncompleteEvent((8, 11))


def test_the_commands_are_the_documented_ones():
    assert START.hex(" ") == "55 aa 04 02 01 f8"
    assert STOP.hex(" ") == "55 aa 04 02 00 f9"
