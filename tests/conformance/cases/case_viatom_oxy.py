"""The conformance case of viatom-oxy."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.viatom_oxy import Measured, Ring, answer, live, sensors
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)


def worn(seed: int) -> Ring:
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    return Ring.worn(Setting(subject, seed, lambda: NOON, address="C0:00:00:00:00:01"))


def frames(seed: int) -> list[bytes]:
    """Return a minute of answers: the newer request, and every fourth time the older one."""
    ring = worn(seed)
    answers = []
    for second in range(10, 90):
        measured = ring.measured(second)
        wave = ring.wave(second)
        answers.append(sensors(measured) if second % 4 == 0 else live(measured, wave))
    return answers


def numbers(**values: float) -> list[dict[str, object]]:
    return [{"event": "numeric", "channel": channel, "value": value} for channel, value in values.items()]


CASE = Case(
    "viatom-oxy",
    (
        Example(
            "older request 0x17",
            "X",
            "55 00 FF 00 00 0D 00 61 48 00 00 00 00 00 55 00 03 0C 01 00 F4",
            [
                *numbers(spo2=97, pulse_rate=72, perfusion_index=1.2),
                {"event": "info", "field": "battery_pct", "text": "85"},
            ],
        ),
        Example(
            "newer request 0x1B, split at 20 bytes",
            "X",
            "55 00 FF 00 00 16 00 61 48 00 55 00 0C 01 00 00 00 0A 00 64\n65 66 67 68 69 6A 6B 6C 6D 4B",
            [
                *numbers(spo2=97, pulse_rate=72, perfusion_index=1.2),
                {"event": "info", "field": "battery_pct", "text": "85"},
                {"event": "waveform", "rate_hz": 125.0, "samples": list(range(100, 110))},
            ],
        ),
    ),
    frames,
    (
        Missing("not worn, 0x1B", [live(Measured(0, 0, 0, False, 80), [0] * 50)], "spo2", "sensor_off"),
        Missing("no finger: 255", [live(Measured(255, 0xFFFF, 0, False, 80), ())], "spo2", "sensor_off"),
        Missing(
            "no finger: 65535", [live(Measured(255, 0xFFFF, 0, False, 80), ())], "pulse_rate", "sensor_off"
        ),
        Missing("not worn, 0x17", [sensors(Measured(0, 0, 0, False, 80))], "pulse_rate", "sensor_off"),
        Missing("calibrating, 0x17", [sensors(Measured(0, 0, 0, True, 80))], "spo2", "searching"),
        Missing(
            "calibrating, 0x1B", [live(Measured(0, 0, 0, True, 80), [0] * 50)], "pulse_rate", "searching"
        ),
        Missing("SpO2 255, pulse there", [live(Measured(255, 70, 9, True, 80), ())], "spo2", "missing"),
        Missing("pulse 0, SpO2 there", [sensors(Measured(97, 0, 9, True, 80))], "pulse_rate", "missing"),
    ),
    checked=True,
    replies=(answer(), answer(status=1)),
    stream=True,
)
