"""The conformance case of jumper-jpd500f."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.jumper import IDLE, JumperPeripheral, numbers
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)


def worn(seed: int) -> JumperPeripheral:
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    return JumperPeripheral.worn(Setting(subject, seed, lambda: NOON, address="C0:00:00:00:00:01"))


def frames(seed: int) -> list[bytes]:
    """Return what comes in a minute: each second a wave, which is not documented, and the numbers."""
    oximeter = worn(seed)
    return [value for second in range(10, 80) for value in oximeter.values(second)]


CASE = Case(
    "jumper-jpd500f",
    (
        Example(
            "56 bpm, 99 %, PI 6.8 %",
            "D",
            "81 38 63 44",
            [
                {"event": "numeric", "channel": "spo2", "value": 99, "unit": "%"},
                {"event": "numeric", "channel": "pulse_rate", "value": 56, "unit": "/min"},
                {"event": "numeric", "channel": "perfusion_index", "value": 6.8, "unit": "%"},
            ],
        ),
    ),
    frames,
    (
        Missing("SpO2 127", [numbers(70, 127, 20)], "spo2", "missing"),
        Missing("pulse 255", [numbers(255, 97, 20)], "pulse_rate", "missing"),
        Missing("neither", [numbers(255, 127, 0), IDLE], "perfusion_index", "missing"),
    ),
    checked=False,
    replies=(IDLE, bytes.fromhex("80 38 63 44"), bytes.fromhex("81 38 63 44 00")),
)
