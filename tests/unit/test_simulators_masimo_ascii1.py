from dataclasses import fields
from datetime import datetime, timedelta

import pytest

from simulators.faults import CommandError
from simulators.machine import Setting
from simulators.masimo_ascii1 import LAYOUTS, Masimo, MasimoFaults, line
from simulators.patient import Patient, Rest
from simulators.subject import Oximetry, VirtualSubject

NOON = datetime(2026, 11, 24, 12, 0)
NOTHING = Oximetry(None, None)


@pytest.fixture
def machine():
    return Masimo(Setting(VirtualSubject(Patient(Rest(), 1), 1.0, 1), 1, lambda: NOON + timedelta(seconds=3)))


# The lines that real devices printed.
@pytest.mark.parametrize(
    ("made", "printed"),
    [
        pytest.param(
            line("rad-8", datetime(2016, 2, 22, 22, 47, 45), Oximetry(98, 97, 3.6), 0x800),
            b"02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% SPCO=--.-% SPMET=--.-% DESAT=--"
            b" PIDELTA=+-- ALARM=0000 EXC=000800\r\n",
            id="Rad-8",
        ),
        pytest.param(
            line("no-pi", datetime(2016, 3, 19, 13, 37, 12), NOTHING, 0x001),
            b"03/19/16 13:37:12 SN=0000056661 SPO2=---% BPM=--- DESAT=-- PIDELTA=+-- ALARM=0000"
            b" EXC=000001\r\n",
            id="Rad-8 without sensor",
        ),
        pytest.param(
            line("radical-7", datetime(2016, 3, 17, 19, 19, 36), Oximetry(98, 123, 0.55), 0xC00),
            b"03/17/16 19:19:36 SN=---------- SPO2=098% BPM=123 PI=00.55 SPCO=--% SPMET=--.-% SPHB=--.-"
            b" SPOC=-- RESVD=--- DESAT=-- PIDELTA=+-- PVI=--- ALARM=000000 EXC=0000C00 EXC1=00000000   \r\n",
            id="Radical-7",
        ),
        pytest.param(
            line("radical-7-old", datetime(2007, 5, 15, 8, 12, 21), NOTHING, 0),
            b"05/15/07 08:12:21 SN=0000056661 SPO2=---% BPM=--- PI=--.--% SPCO=--.-% SPMET=--.-% DESAT=--"
            b" PIDELTA=+-- PVI=--- ALARM=0000 EXC=000000\r\n",
            id="Radical-7, older",
        ),
    ],
)
def test_a_captured_line_comes_out_byte_for_byte(made, printed):
    assert made == printed


def test_a_line_comes_every_second_and_is_never_sent_twice(machine):
    assert [len(machine.step(now)) for now in (0.0, 0.5, 0.99, 1.0, 3.5, 3.4)] == [1, 0, 0, 1, 2, 0]


def test_a_late_line_has_the_time_at_which_it_was_due(machine):
    assert [each[9:17] for each in machine.step(3.0)] == [b"12:00:0%d" % second for second in range(4)]


@pytest.mark.parametrize("name", [fault.name for fault in fields(MasimoFaults) if fault.name != "clock_s"])
def test_every_fault_changes_the_line(machine, name):
    healthy = machine.step(0.0)[0]
    setattr(machine.faults, name, True)
    spoilt = machine.step(1.0)[0]
    assert (b"EXC=000800" in healthy) and (b"EXC=000800" not in spoilt or b"SPO2=---" in spoilt)


def test_the_devices_clock_can_jump_back(machine):
    machine.step(0.0)
    machine.faults.clock_s = -86400.0
    assert machine.step(1.0)[0].startswith(b"11/23/26")


def test_layout_and_alarm_code_are_said_by_a_person(machine):
    assert machine.obey(["layout", "radical-7"], 0.0) == "layout radical-7"
    machine.obey(["alarm", "3a"], 0.0)
    assert b" ALARM=00003A EXC=" in machine.step(0.0)[0]


@pytest.mark.parametrize("words", [[], ["layout"], ["layout", "rad-9"], ["alarm", "x"], ["alarm", "10000"]])
def test_what_makes_no_sense_is_refused(machine, words):
    with pytest.raises(CommandError):
        machine.obey(words, 0.0)


def test_it_hears_nothing(machine):
    assert machine.heard(b"?", 0.0) == []
    assert set(LAYOUTS) == set(machine.usage[0].removeprefix("layout ").split("|"))
