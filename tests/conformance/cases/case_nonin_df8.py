"""Nonin data format 8: packets computed from the maker's table, and what the simulator sends."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.nonin_df8 import Df8, packet
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)


def packets(seed: int, seconds: int = 70, **faults: bool) -> list[bytes]:
    """Return so many seconds of a patient at rest whose minute is a second."""
    machine = Df8(Setting(VirtualSubject(Patient(Rest(), seed), 60.0, seed), seed, lambda: NOON))
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    return machine.step(seconds - 0.5)


def number(channel, value, **rest):
    return {"event": "numeric", "channel": channel, "value": value, **rest}


CALM = [packet(72, 97)] * 4
CASE = Case(
    "nonin-df8",
    [
        Example(
            "72 bpm, 97 %, SmartPoint", "X", "80 48 61 20", [number("pulse_rate", 72), number("spo2", 97)]
        ),
        Example("140 bpm", "X", "81 0C 61 00", [number("pulse_rate", 140), number("spo2", 97)]),
        Example(
            "out of track, sensor alarm, both missing",
            "X",
            "A3 7F 7F 08",
            [
                {"event": "status", "code": "sensor_off", "active": True},
                {"event": "status", "code": "pulse_search", "active": True},
                number("pulse_rate", None, reason="sensor_off"),
                number("spo2", None, reason="sensor_off"),
            ],
        ),
    ],
    packets,
    [
        # the display holds its last numbers for 10 s: the sensor alarm outranks them
        Missing("finger out, numbers held", [packet(72, 97, last=0x08)] * 5, "spo2", "sensor_off"),
        Missing("finger out from the start", packets(1, 5, sensor_off=True), "pulse_rate", "sensor_off"),
        Missing("searching", packets(1, 5, searching=True), "spo2", "missing"),
        Missing("pulse 511", [packet(None, 97)] * 5, "pulse_rate", "missing"),
        Missing("SpO2 127", [packet(72, None)] * 5, "spo2", "missing"),
        Missing("SpO2 above 100", [*[packet(72, 97)] * 4, *[packet(72, 101)] * 2], "spo2", "out_of_range"),
        Missing(
            "pulse above 321", [*[packet(72, 97)] * 4, *[packet(322, 97)] * 2], "pulse_rate", "out_of_range"
        ),
    ],
    checked=False,
)
