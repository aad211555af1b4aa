"""BerryMed over Bluetooth: frames computed from the maker's table, and what the simulator tells."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.bci import frame
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.berrymed_ble import BerryPeripheral
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)


def values(seed: int, seconds: float = 4.0, **faults: bool) -> list[bytes]:
    """Return the notifications of so many seconds, a patient at rest living ten times as fast."""
    subject = VirtualSubject(Patient(Rest(), seed), 10.0, seed)
    setting = Setting(subject, seed, lambda: NOON, address="C0:00:00:00:00:01")
    oximeter = BerryPeripheral.worn(setting)
    oximeter.values(9.99)
    for name, value in faults.items():
        setattr(oximeter.faults, name, value)
    return oximeter.values(9.99 + seconds)


def number(channel, value, **rest):
    return {"event": "numeric", "channel": channel, "value": value, **rest}


def missing(title, channel, reason, **faults):
    return Missing(title, values(1, 0.2, **faults), channel, reason)


CASE = Case(
    "berrymed-ble",
    [
        Example(
            "pleth 62, 72 bpm, 98 %",
            "X",
            "C5 3E 09 48 62",
            [
                {"event": "waveform", "channel": "pleth", "rate_hz": 100.0, "samples": [62]},
                number("pulse_rate", 72),
                number("spo2", 98),
            ],
        ),
        Example("140 bpm, 97 %", "X", "85 28 44 0C 61", [number("pulse_rate", 140), number("spo2", 97)]),
        Example(
            "no signal, no finger",
            "X",
            "90 00 50 7F 7F",
            [
                {"event": "status", "code": "sensor_off", "active": True},
                number("pulse_rate", None, reason="sensor_off"),
                number("spo2", None, reason="sensor_off"),
            ],
        ),
    ],
    values,
    [
        missing("no finger", "spo2", "sensor_off", sensor_off=True),
        missing("no finger", "pulse_rate", "sensor_off", sensor_off=True),
        missing("no signal", "spo2", "sensor_off", no_signal=True),
        missing("probe unplugged", "spo2", "sensor_off", sensor_fault=True),
        missing("searching", "pulse_rate", "searching", searching=True),
        missing("255", "pulse_rate", "missing", missing=True),
        missing("127", "spo2", "missing", missing=True),
        Missing("SpO2 101", [frame(50, 72, 99), frame(50, 72, 101)], "spo2", "out_of_range"),
    ],
    checked=False,
    stream=True,
)
