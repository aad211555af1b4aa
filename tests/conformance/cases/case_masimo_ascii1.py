"""Masimo ASCII 1: lines captured from Rad-8 and Radical-7, and what the simulator prints."""

from datetime import datetime, timedelta

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.masimo_ascii1 import Masimo
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12, 0)
RAD_8 = (
    "02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+--"
    " ALARM=0000 EXC=000800"
)
RAD_8_OFF = "03/19/16 13:37:12 SN=0000093112 SPO2=---% BPM=--- DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000001"
RADICAL_7 = (
    "03/17/16 19:19:36 SN=---------- SPO2=098% BPM=123 PI=00.55 SPCO=--% SPMET=--.-% SPHB=--.- SPOC=--"
    " RESVD=--- DESAT=-- PIDELTA=+-- PVI=--- ALARM=000000 EXC=0000C00 EXC1=00000000"
)
RADICAL_7_OLD = (
    "05/15/07 08:12:21 SN=0000070986 SPO2=---% BPM=--- PI=--.--% SPCO=--.-% SPMET=--.-% DESAT=--"
    " PIDELTA=+-- PVI=--- ALARM=0000 EXC=000000"
)


def lines(count, seed=1, **faults):
    """Return what the simulator prints in `count` seconds of a patient whose minute is a second."""
    now = [0.0]
    patient = VirtualSubject(Patient(Rest(), seed), 60.0, seed)
    machine = Masimo(Setting(patient, seed, lambda: NOON + timedelta(seconds=now[0])))
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    found = []
    for second in range(count):
        now[0] = float(second)
        found += machine.step(now[0])
    return found


def wire(*texts):
    return b"".join(text.encode() + b"\r\n" for text in texts).hex()


def number(channel, value, **rest):
    return {"event": "numeric", "channel": channel, "value": value, **rest}


def off(title, fault, reason="sensor_off"):
    return Missing(title, lines(2, **{fault: True}), "spo2", reason)


CASE = Case(
    model="masimo-ascii1",
    examples=[
        Example(
            "Rad-8, healthy",
            "R",
            wire(RAD_8),
            [
                {"event": "info", "field": "serial", "text": "0000056661"},
                number("spo2", 98, unit="%", device_time="2016-02-22T22:47:45"),
                number("pulse_rate", 97, unit="/min"),
                number("perfusion_index", 3.6, unit="%"),
            ],
        ),
        Example(
            "Rad-8, no sensor",
            "R",
            wire(RAD_8_OFF),
            [
                {"event": "status", "code": "sensor_fault", "active": True},
                number("spo2", None, reason="sensor_off"),
                number("pulse_rate", None, reason="sensor_off"),
            ],
        ),
        Example(
            "Radical-7, low signal IQ",
            "R",
            wire(RADICAL_7),
            [
                {"event": "status", "code": "weak_signal", "active": True},
                number("spo2", 98, doubtful=True),
                number("pulse_rate", 123, doubtful=True),
                number("perfusion_index", 0.55),
            ],
        ),
        Example(
            "Radical-7, older, all dashes",
            "R",
            wire(RADICAL_7_OLD),
            [
                number("spo2", None, reason="missing"),
                number("pulse_rate", None, reason="missing"),
                number("perfusion_index", None, reason="missing"),
            ],
        ),
    ],
    frames=lambda seed: lines(64, seed),
    missing=[
        off("no sensor", "no_sensor"),
        off("defective sensor", "defective_sensor"),
        off("sensor off the patient", "sensor_off"),
        off("pulse search", "searching", "searching"),
        off("dashes alone", "missing", "missing"),
        off("unrecognised sensor", "unknown_sensor", "missing"),
    ],
    checked=False,
    replies=[b"\r\n"],
)
