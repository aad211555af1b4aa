"""The conformance case of nonin-3230."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.nonin_3230 import Nonin3230, Status, continuous
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)


def worn(seed: int) -> Nonin3230:
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    return Nonin3230.worn(Setting(subject, seed, lambda: NOON, address="C0:00:00:00:00:01"))


ON = Status.ON_FINGER


def frames(seed: int) -> list[bytes]:
    """Return what comes in a minute."""
    oximeter = worn(seed)
    return [oximeter.value(second) for second in range(10, 80)]


CASE = Case(
    "nonin-3230",
    (
        Example(
            "on the finger, SmartPoint, 2.8 V, PAI 2.35 %, counter 7, 98 %, 72 bpm",
            "X",
            "0A 14 1C 00 EB 00 07 62 00 48",
            [
                {"event": "numeric", "channel": "spo2", "value": 98, "unit": "%"},
                {"event": "numeric", "channel": "pulse_rate", "value": 72, "unit": "/min"},
                {"event": "numeric", "channel": "perfusion_index", "value": 2.35, "unit": "%"},
                {"event": "info", "field": "battery_v", "text": "2.8"},
            ],
        ),
    ),
    frames,
    (
        Missing("SpO2 127", [continuous(ON, 28, 235, 7, None, 72)], "spo2", "missing"),
        Missing("pulse 511", [continuous(ON, 28, 235, 7, 98, None)], "pulse_rate", "missing"),
        Missing("searching", [continuous(ON | Status.SEARCHING, 28, 235, 7, 98, 72)], "spo2", "searching"),
        Missing("finger out", [continuous(0, 28, 0, 7, 98, 72)], "pulse_rate", "sensor_off"),
    ),
    checked=False,
    replies=(b"", bytes.fromhex("60 00")),
)
