from dataclasses import fields
from datetime import datetime, timedelta

import pytest

from simulators.faults import CommandError
from simulators.machine import Setting
from simulators.nellcor_ascii import Limits, Nellcor, NellcorFaults, Point, line, trend
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12, 0)
TIGHT = Limits((90, 100), (60, 100))


@pytest.fixture
def machine():
    return Nellcor(Setting(VirtualSubject(Patient(Rest(), 1), 1.0, 1), 1, lambda: NOON))


# The lines of the manual, and those computed from it.
@pytest.mark.parametrize(
    ("made", "printed"),
    [
        pytest.param(
            line(Point(datetime(1998, 11, 12, 14, 0, 5), 100, 120, 50), Limits(), []),
            b"12-NOV-98 14:00:05   100   120    50\r\n",
            id="good",
        ),
        pytest.param(
            line(Point(datetime(2026, 11, 24, 15, 30, 5), 88, 72, 60), TIGHT, []),
            b"24-NOV-26 15:30:05    88*   72    60    SL\r\n",
            id="below the limit",
        ),
        pytest.param(
            line(Point(datetime(2026, 11, 24, 15, 30, 5), 95, 123, 60), TIGHT, []),
            b"24-NOV-26 15:30:05    95   123*   60    PH\r\n",
            id="above the limit",
        ),
    ],
)
def test_a_documented_line_comes_out_byte_for_byte(made, printed):
    assert made == printed


def test_no_value_is_dashes_and_the_reason_a_code():
    made = line(Point(datetime(2026, 11, 24, 15, 30, 7), None, None, None), TIGHT, ["SD"])
    assert made.split() == [b"24-NOV-26", b"15:30:07", b"---", b"---", b"---", b"SD"]


def test_a_line_comes_every_two_seconds_and_a_heading_every_25(machine):
    lines = [machine.step(float(second)) for second in range(102)]
    assert [len(each) for each in lines[::2]] == [4, *[1] * 24, 4, *[1] * 24, 4]
    assert not any(lines[1::2])
    assert lines[0][0].startswith(b"N-595 ") and lines[0][2].split()[0] == b"TIME"


def test_a_changed_limit_brings_the_heading_at_once(machine):
    machine.step(0.0)
    machine.obey(["limits", "90", "100", "50", "120"], 0.0)
    assert b"SpO2 Limit: 90-100%    PR Limit: 50-120BPM" in machine.step(2.0)[0]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("sensor_disconnected", "SD"),
        ("sensor_off", "SO"),
        ("searching", "PS"),
        ("pulse_lost", "LP"),
        ("pulse_lost_moving", "LM"),
        ("moving", "MO"),
        ("battery_low", "LB"),
        ("alarm_off", "AO"),
        ("alarm_silenced", "AS"),
        ("missing", "---"),
    ],
)
def test_every_fault_is_in_the_line(machine, name, code):
    setattr(machine.faults, name, True)
    assert machine.step(0.0)[-1].split()[-1] == code.encode()


def test_every_fault_was_tried():
    assert len(fields(NellcorFaults)) == 10 + 1  # and the clock


def test_the_devices_clock_can_jump_back(machine):
    machine.faults.clock_s = timedelta(days=-1).total_seconds()
    assert machine.step(0.0)[-1].startswith(b"23-NOV-26 12:00:00")


def test_a_trend_has_its_word_its_points_without_status_and_its_end(machine):
    for second in range(7):
        machine.step(float(second))
    machine.obey(["trend"], 7.0)
    first, _titles, *points, last = machine.step(7.0)
    assert b"TREND" in first and last == b"Output Complete\r\n"
    assert len(points) == 4 and all(len(point.split()) == 5 for point in points)


def test_a_trend_never_marks_a_limit():
    low = Point(NOON, 70, 200, 50)
    assert b"*" not in trend([low], TIGHT)[2]


@pytest.mark.parametrize("words", [[], ["limits", "1"], ["limits", "a", "b", "c", "d"], ["trend", "now"]])
def test_what_makes_no_sense_is_refused(machine, words):
    with pytest.raises(CommandError):
        machine.obey(words, 0.0)


def test_it_hears_nothing(machine):
    assert machine.heard(b"\x03\x03", 0.0) == []
