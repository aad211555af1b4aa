"""Contec protocol V7.0: packets computed from the tables, and what the simulator sends."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.contec_v7 import ContecV7, real_time
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)
START = bytes.fromhex("7D 81 A1 80 80 80 80 80 80")


def packets(seed: int, seconds: float = 4.0, **faults: bool) -> list[bytes]:
    """Return what comes in so many seconds, a patient at rest living ten times as fast."""
    machine = ContecV7(Setting(VirtualSubject(Patient(Rest(), seed), 10.0, seed), seed, lambda: NOON))
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    machine.heard(START, 10.0)
    return machine.step(10.0 + seconds)


def number(channel, value, **rest):
    return {"event": "numeric", "channel": channel, "value": value, **rest}


def missing(title, channel, reason, **faults):
    return Missing(title, packets(1, 0.2, **faults), channel, reason)


OFF = [number(channel, None, reason="sensor_off") for channel in ("pulse_rate", "spo2", "perfusion_index")]
CASE = Case(
    "contec-v7",
    [
        Example(
            "pleth 90, 72 bpm, 98 %, PI 3.79",
            "X",
            "01 80 C6 DA 8B C8 E2 FB 81",
            [
                {"event": "waveform", "channel": "pleth", "rate_hz": 60.0, "samples": [90]},
                number("pulse_rate", 72),
                number("spo2", 98),
                number("perfusion_index", 3.79, unit="%"),
            ],
        ),
        Example(
            "finger out",
            "X",
            "01 E9 80 C0 90 FF FF FF FF",
            [{"event": "status", "code": "sensor_off", "active": True}, *OFF],
        ),
    ],
    packets,
    [
        missing("finger out", "spo2", "sensor_off", sensor_off=True),
        missing("finger out", "pulse_rate", "sensor_off", sensor_off=True),
        missing("searching", "spo2", "searching", searching=True),
        missing("searching too long", "pulse_rate", "searching", searching_long=True),
        missing("FF", "pulse_rate", "missing", missing=True),
        missing("7F", "spo2", "missing", missing=True),
        missing("PI FFFF", "perfusion_index", "missing", missing=True),
        missing("no PI in this model", "perfusion_index", "missing", no_perfusion=True),
        Missing("PI not valid", [real_time(8, 50, 0x10, 72, 97, 350)] * 2, "perfusion_index", "missing"),
        Missing("PI 22.01", [real_time(8, 50, 0, 72, 97, 2201)] * 2, "perfusion_index", "out_of_range"),
        Missing("pulse 0", [real_time(8, 50, 0, 0, 97, 350)] * 2, "pulse_rate", "missing"),
    ],
    checked=False,
    replies=(
        bytes.fromhex("0C 80"),
        bytes.fromhex("0B 81 B1 80"),
        bytes.fromhex("0E 80 80"),
        bytes.fromhex("04 80 D3 F0 CF B2 D3 C9 CD"),
    ),
)
