import struct
from datetime import datetime, timedelta

import pytest

from simulators.datex_dri import RATES, Datex
from simulators.datex_dri_cuff import MEASURE_S
from simulators.datex_dri_frame import Ear, frame, record
from simulators.datex_dri_values import (
    CUFF_MEASURES,
    OLD,
    Basic,
    Group,
    basic_data,
    part,
)
from simulators.faults import CommandError
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12, 0)
SPO2_AT, NIBP_AT, ECG_AT, P1_AT, T1_AT, CO2_AT = (44 + at for at in (118, 72, 0, 16, 86, 132))
# What the document computes for HR 72, ART 121/70 mean 88, NIBP 118/76 mean 90 in AUTO mode, SpO2 97.00.
DOCUMENTED = bytes.fromhex(
    "7E 3E 01 01 0A 00 00 00 81 24 69 00 00 00 00 00 00 00 00 01 00 00 FF 00 00 00 00 00 00 00 00 00"
    "00 00 00 00 00 00 00 00 00 00 81 24 69 0B 00 00 00 00 02 48 00 0A 00 FB FF 01 80 0E 00 0B 00 00"
    "00 01 00 44 2F 58 1B 60 22 48 00 00 00 00 00 00 00 01 80 01 80 01 80 01 80 00 00 00 00 00 00 01"
    "80 01 80 01 80 01 80 00 00 00 00 00 00 01 80 01 80 01 80 01 80 03 00 00 00 08 00 18 2E B0 1D 28"
    "23 47 00 00 00 00 00 00 00 01 80 00 00 00 00 00 00 01 80 00 00 00 00 00 00 01 80 00 00 00 00 00"
    "00 01 80 03 00 00 00 00 00 E4 25 48 00 5E 01 01 80 00 00 00 00 00 00 01 80 01 80 01 80 01 80 00"
    "00 00 00 00 00 01 80 01 80 00 00 00 00 00 00 01 80 01 80 00 00 00 00 00 00 01 80 01 80 01 80 00"
    "00 00 00 00 00 01 80 01 80 01 80 01 80 01 80 01 80 01 80 01 80 00 00 00 00 00 00 01 80 01 80 01"
    "80 01 80 00 00 00 00 00 00 01 80 01 80 01 80 48 00 01 80 01 80 00 00 00 00 00 00 01 80 00 00 00"
    "00 00 00 01 80 01 80 01 80 01 80 00 00 00 00 00 00 01 80 01 80 01 80 01 80 00 00 00 00 00 00 EB"
    "7E"
)
# The host's request for class Basic every 10 s, as the document computes it.
EVERY_10_S = bytes.fromhex(
    "7E 31 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 FF 00"
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 0A 00 00 00 00 00 00 00 3B 7E"
)


@pytest.fixture
def machine():
    patient = VirtualSubject(Patient(Rest(), 1), 1.0, 1)
    return Datex(Setting(patient, 1, lambda: NOON + timedelta(seconds=0), first_s=20.0, every_s=200.0))


def asked(kind, layout, *values):
    return frame(record(kind, [(0, struct.pack(layout, *values))], 0, 0))


def values(interval_s, classes=0, kind=1):
    return asked(0, "<BhIH", kind, interval_s, classes, 0)


def waves(*kinds, stop=False):
    return asked(1, "<HH8s16sHH", int(stop), 0, bytes([*kinds, 0xFF]), b"", 0, 0)


def unescaped(one):
    """Return the record in a frame, after its checksum was checked."""
    body = one[1:-1].replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
    assert one[0] == one[-1] == 0x7E and sum(body[:-1]) & 0xFF == body[-1]
    assert struct.unpack_from("<H", body)[0] == len(body) - 1
    return body[:-1]


def run(machine, from_s, until_s, step_s=0.5):
    found = []
    for number in range(int(from_s / step_s), int(until_s / step_s)):
        found += [(number * step_s, unescaped(each)) for each in machine.step(number * step_s)]
    return found


def group(body, at, count):
    return struct.unpack_from(f"<IH{count}h", body, at)


def shown(machine, at_s=0.0):
    """Return one record of displayed values."""
    machine.step(at_s)
    [answer] = machine.heard(values(-1), at_s)
    return unescaped(answer)


def test_the_documents_frame_comes_out_byte_for_byte():
    displayed = Basic(
        ecg=Group(0x0B, 0x0200, (72, 0.1, -0.05, None, 14)),
        pressures=[Group(0x0B, 1, (121, 70, 88, 72))],
        nibp=Group(0x03, 0x08, (118, 76, 90, 71)),
        spo2=Group(0x03, 0, (97, 72, 3.5)),
        ecg_rate=72,
    )
    body = part(basic_data(displayed), 0, 1764000000)
    assert frame(record(0, [(1, body)], 1, 1764000000)) == DOCUMENTED


def test_flags_and_escapes_within_a_record_are_escaped_the_checksum_too():
    assert frame(b"\x7e\x01\x7d") == bytes.fromhex("7E 7D 5E 01 7D 5D FC 7E")
    assert frame(b"\x7e") == bytes.fromhex("7E 7D 5E 7D 5E 7E")


def test_the_documents_request_is_heard_in_any_pieces():
    ear = Ear()
    heard = [request for byte in EVERY_10_S for request in ear.hear(bytes([byte]))]
    assert [(each.kind, each.part_type, each.part[:3]) for each in heard] == [(0, 0, b"\x01\x0a\x00")]
    assert not list(ear.hear(EVERY_10_S[:-2] + b"\x00\x7e"))


def test_nothing_is_sent_until_asked_and_then_it_goes_on_by_itself(machine):
    assert run(machine, 0, 20) == []
    assert machine.heard(EVERY_10_S, 20.0) == []
    assert [at for at, _ in run(machine, 20, 55)] == [20, 30, 40, 50]
    machine.heard(values(0), 55.0)
    assert run(machine, 55, 80) == []


def test_an_interval_below_5_s_is_not_granted(machine):
    machine.heard(values(4), 0.0)
    assert run(machine, 0, 20) == []


def test_of_two_requests_for_once_within_5_s_the_later_one_is_ignored(machine):
    assert [len(machine.heard(values(-1), at)) for at in (0.0, 4.9, 5.0)] == [1, 0, 1]


@pytest.mark.parametrize(("classes", "sent"), [(0, [0]), (0x0E, [0, 1, 2, 3]), (0x03, [1])])
def test_classes_are_sent_as_asked_for(machine, classes, sent):
    [answer] = machine.heard(values(-1, classes), 0.0)
    body = unescaped(answer)
    assert [body[40 + 278 * n + 277] & 0x0F for n in range((len(body) - 40) // 278)] == sent


def test_trends_flow_once_displayed_values_do_while_a_case_is_open(machine):
    machine.heard(values(1, kind=2), 0.0)
    assert run(machine, 0, 30) == []
    machine.heard(values(10), 30.0)
    kinds = [body[18] for _, body in run(machine, 30, 60)]
    assert kinds.count(2) >= 2
    machine.faults.no_case = True
    assert {body[18] for _, body in run(machine, 60, 90)} == {1}


def test_waves_flow_by_kind_in_one_record_until_stopped(machine):
    machine.heard(waves(8, 1, 4, 15, 4), 0.0)
    [_, (_, body)] = run(machine, 0, 1.5)
    assert [body[at] for at in (18, 21, 24, 27)] == [8, 1, 4, 15]
    assert struct.unpack_from("<H", body, 40)[0] == 50
    machine.heard(waves(8, 4, 15, stop=True), 1.0)
    assert [body[18] for _, body in run(machine, 1.5, 2)] == [1]


def test_waves_may_be_asked_for_one_after_another(machine):
    machine.heard(waves(1, 4, 8), 0.0)
    machine.heard(waves(15), 0.0)
    assert [body[18:28:3] for _, body in run(machine, 0, 1)] == [bytes([1, 4, 8, 15])]


def test_of_waves_beyond_600_samples_a_second_the_first_ones_win(machine, monkeypatch):
    monkeypatch.setitem(RATES, 15, 101)
    machine.heard(waves(1, 4, 8), 0.0)
    machine.heard(waves(15), 0.0)
    assert [body[18:28:3] for _, body in run(machine, 0, 1)] == [bytes([1, 4, 8, 0xFF])]


def test_a_blocked_handshake_holds_up_everything_and_ends_the_wave(machine):
    machine.heard(waves(8) + values(5), 0.0)
    machine.faults.cts_blocked = True
    assert run(machine, 0, 10) == []
    machine.faults.cts_blocked = False
    assert {body[14] for _, body in run(machine, 10, 21)} == {0}


@pytest.mark.parametrize(
    ("fault", "at", "expected"),
    [
        pytest.param("sensor_off", SPO2_AT, (3, 0, -32767), id="SpO2 sensor off"),
        pytest.param("spo2_gone", SPO2_AT, (0, 0, -32767), id="SpO2 module pulled"),
        pytest.param("ecg_gone", ECG_AT, (0, 0, -32767), id="ECG module pulled"),
        pytest.param("leads_off", ECG_AT, (0x3803, 0, -32767), id="leads off"),
        pytest.param("asystole", ECG_AT, (0x0F, 0, 0), id="asystole"),
        pytest.param("art_gone", P1_AT, (0, 0, -32767), id="line pulled"),
        pytest.param("temperature_gone", T1_AT, (0, 0, -32767), id="probe pulled"),
        pytest.param("cuff_gone", NIBP_AT, (0, 0, -32767), id="cuff pulled"),
    ],
)
def test_a_fault_is_in_its_group(machine, fault, at, expected):
    setattr(machine.faults, fault, True)
    assert group(shown(machine), at, 1) == expected


@pytest.mark.parametrize(
    ("fault", "at", "status", "label"),
    [
        ("noise", ECG_AT, 0x8B, 0),
        ("artefact", ECG_AT, 0x10B, 0),
        ("learning", ECG_AT, 0x20B, 0),
        ("rate_from_pleth", ECG_AT, 0x33, 0),
        ("venous", SPO2_AT, 0x03, 2),
        ("art_zeroing", P1_AT, 0x0F, 1),
        ("art_unzeroed", P1_AT, 0x03, 1),
        ("p1_is_cvp", P1_AT, 0x0B, 2),
        ("co2", CO2_AT, 0x03, 0),
    ],
)
def test_a_state_is_in_status_and_label(machine, fault, at, status, label):
    setattr(machine.faults, fault, True)
    assert group(shown(machine), at, 1)[:2] == (status, label)


@pytest.mark.parametrize(
    ("fault", "status"),
    [("co2_calibrating", 0x0B), ("co2_zeroing", 0x13), ("co2_occlusion", 0x23), ("co2_leak", 0x43)],
)
def test_a_state_of_the_co2_module_is_in_its_status(machine, fault, status):
    machine.faults.co2 = True
    setattr(machine.faults, fault, True)
    assert group(shown(machine), CO2_AT, 3)[0] == status


def test_apnoea_is_no_breath_that_the_co2_module_counts(machine):
    machine.faults.co2 = machine.faults.apnoea = True
    assert group(shown(machine), CO2_AT, 3)[::4] == (0x07, 0)


def test_a_code_stands_in_place_of_every_number(machine):
    machine.faults.code = -32763.0
    body = shown(machine)
    found = [group(body, at, count)[2:] for at, count in ((ECG_AT, 1), (P1_AT, 4), (SPO2_AT, 2), (T1_AT, 1))]
    assert {value for values in found for value in values} == {-32763}


def test_the_cuff_measures_on_schedule_shows_its_values_and_lets_them_age(machine):
    machine.heard(values(5), 0.0)
    labels = {at: group(body, NIBP_AT, 1)[1:] for at, body in run(machine, 0, 120)}
    assert labels[15.0] == (0x08, -32767)
    assert labels[20.0] == labels[40.0] == (0x08 | CUFF_MEASURES, -32767)
    assert labels[45.0] == labels[100.0] and labels[45.0][1] > 8000
    assert labels[110.0] == (0x08 | OLD, labels[45.0][1])


def test_a_measurement_that_fails_leaves_no_values_or_the_old_ones(machine):
    machine.obey(["mode", "manual"], 0.0)
    machine.obey(["measure"], 0.0)
    assert group(shown(machine, MEASURE_S), NIBP_AT, 1)[2] > 8000
    for start_s, numbers_stay in ((100.0, True), (200.0, False)):
        machine.faults.numbers_stay = numbers_stay
        machine.obey(["fail"], start_s)
        assert (group(shown(machine, start_s + MEASURE_S), NIBP_AT, 1)[2] > 8000) is numbers_stay


def test_stat_mode_measures_again_and_again(machine):
    machine.obey(["mode", "stat"], 0.0)
    machine.heard(values(5), 0.0)
    measuring = [bool(group(body, NIBP_AT, 1)[1] & CUFF_MEASURES) for _, body in run(machine, 0, 200)]
    assert measuring.count(False) >= 3 and sum(measuring) > 20


@pytest.mark.parametrize("words", [[], ["mode", "x"], ["measure", "now"]])
def test_what_makes_no_sense_is_refused(machine, words):
    with pytest.raises(CommandError):
        machine.obey(words, 0.0)


def test_the_monitors_clock_can_jump_back(machine):
    before = struct.unpack_from("<I", shown(machine), 6)[0]
    machine.faults.clock_s = -3600.0
    assert struct.unpack_from("<I", shown(machine, 10.0), 6)[0] == before - 3600
