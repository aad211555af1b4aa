"""The conformance case of polar-h10."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.heart_rate import Beat
from simulators.radio.peripherals.heart_rate import frames as told
from simulators.radio.peripherals.polar_h10 import PolarH10
from simulators.subject import VirtualSubject


def frames(seed: int) -> list[bytes]:
    """Return two minutes of heart rate."""
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    setting = Setting(subject, seed, lambda: datetime(2026, 11, 24), address="C0:00:00:00:00:01")
    strap = PolarH10.worn(setting)
    return [frame for second in range(10, 130) for frame in told(strap.beat(second))]


def reply(command: str, ok: bool, text: str) -> dict[str, object]:
    return {"event": "reply", "command": command, "ok": ok, "text": text}


CASE = Case(
    "polar-h10",
    (
        Example(
            "Polar H7 with RR 1041",
            "R",
            "2A37: 16 3C 11 04",
            [
                {"event": "numeric", "channel": "heart_rate", "value": 60},
                {"event": "numeric", "channel": "rr_interval", "value": 1016.6015625, "unit": "ms"},
            ],
        ),
        Example(
            "ECG in microvolt",
            "X",
            "fb005c82: 00 EA54A2428B455208 00 F4FFFF 050000 780000 D4FEFF",
            [{"event": "waveform", "channel": "ecg", "rate_hz": 130.0, "samples": [-12, 5, 120, -300]}],
        ),
        Example(
            "settings",
            "D",
            "fb005c81: F0 01 00 00 00 00 01 82 00 01 01 0E 00",
            [reply("ECG settings", True, "130 Hz, 14 bit")],
        ),
        Example("started", "D", "fb005c81: F0 02 00 00 00", [reply("start ECG", True, "done (0)")]),
        Example(
            "in the charger",
            "D",
            "fb005c81: F0 02 00 0D 00",
            [reply("start ECG", False, "not possible in the charger (13)")],
        ),
        Example(
            "features",
            "D",
            "fb005c81: 0F 05",
            [{"event": "info", "field": "features", "text": "ECG, acceleration"}],
        ),
    ),
    frames,
    (Missing("searching", list(told(Beat(None, contact=None))), "heart_rate", "searching"),),
    checked=False,
)
