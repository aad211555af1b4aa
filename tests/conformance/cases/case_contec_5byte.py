"""Contec's five-byte stream: frames computed from the tables, and what the simulator sends."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.bci import frame
from simulators.contec_5byte import Cms50
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)
LOCKED = 8
"""Frames that surely end the search at the start."""


def frames(seed: int, seconds: float = 4.0, **faults: bool) -> list[bytes]:
    """Return what comes in so many seconds, a patient at rest living ten times as fast."""
    machine = Cms50(Setting(VirtualSubject(Patient(Rest(), seed), 10.0, seed), seed, lambda: NOON))
    machine.step(10.0)
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    return machine.step(10.0 + seconds)


def number(channel, value, **rest):
    return {"event": "numeric", "channel": channel, "value": value, **rest}


def missing(title, channel, reason, **faults):
    return Missing(title, frames(1, 0.2, **faults), channel, reason)


CASE = Case(
    "contec-5byte",
    [
        Example(
            "pleth 100, 72 bpm, 98 %",
            "X",
            "C5 64 0C 48 62",
            [
                {"event": "waveform", "channel": "pleth", "rate_hz": 60.0, "samples": [100]},
                number("pulse_rate", 72),
                number("spo2", 98),
            ],
        ),
        Example("150 bpm, 93 %", "X", "85 3C 47 16 5D", [number("pulse_rate", 150), number("spo2", 93)]),
        Example(
            "finger out",
            "X",
            "90 00 00 00 00",
            [
                {"event": "status", "code": "sensor_off", "active": True},
                number("pulse_rate", None, reason="sensor_off"),
                number("spo2", None, reason="sensor_off"),
            ],
        ),
    ],
    frames,
    [
        missing("finger out", "spo2", "sensor_off", sensor_off=True),
        missing("finger out", "pulse_rate", "sensor_off", sensor_off=True),
        missing("probe error", "spo2", "sensor_off", sensor_fault=True),
        missing("searching", "pulse_rate", "searching", searching=True),
        missing("255", "pulse_rate", "missing", missing=True),
        missing("127", "spo2", "missing", missing=True),
        Missing("0 without a bit", [frame(50, 0, 97)] * LOCKED, "pulse_rate", "missing"),
        Missing("SpO2 0 without a bit", [frame(50, 72, 0)] * LOCKED, "spo2", "missing"),
        Missing("SpO2 101", [*[frame(50, 72, 99)] * LOCKED, frame(50, 72, 101)], "spo2", "out_of_range"),
    ],
    checked=False,
)
