"""The conformance case of ble-heart-rate."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.heart_rate import Beat, HeartRatePeripheral
from simulators.radio.peripherals.heart_rate import frames as told
from simulators.subject import VirtualSubject


def frames(seed: int) -> list[bytes]:
    """Return two minutes of a strap that tells everything."""
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    setting = Setting(subject, seed, lambda: datetime(2026, 11, 24), address="C0:00:00:00:00:01")
    strap = HeartRatePeripheral.worn(setting)
    strap.faults.energy = True
    return [frame for second in range(10, 130) for frame in told(strap.beat(second))]


def rate(value: float | None, **rest: object) -> dict[str, object]:
    return {"event": "numeric", "channel": "heart_rate", "value": value, "unit": "/min", **rest}


def interval(ticks: int) -> dict[str, object]:
    return {"event": "numeric", "channel": "rr_interval", "value": ticks / 1.024, "unit": "ms"}


CASE = Case(
    "ble-heart-rate",
    (
        Example("85", "D", "2A37: 00 55", [rate(85)]),
        Example(
            "255, contact supported, not detected",
            "D",
            "2A37: 04 FF",
            [{"event": "status", "code": "sensor_off", "active": True}, rate(None, reason="sensor_off")],
        ),
        Example("contact, 50 kJ, one RR", "D", "2A37: 1E 55 32 00 21 00", [rate(85), interval(33)]),
        Example(
            "16-bit rate, 306 kJ, three RR",
            "D",
            "2A37: 1F 01 01 32 01 01 00 02 01 FF FF",
            [rate(257), interval(1), interval(258), interval(65535)],
        ),
        Example("Polar H7", "R", "2A37: 06 3C", [rate(60)]),
        Example("Polar H7 with RR 1041", "R", "2A37: 16 3C 11 04", [rate(60), interval(1041)]),
        Example("Polar H7 with RR 1013", "R", "2A37: 16 3C F5 03", [rate(60), interval(1013)]),
        Example(
            "RR announced, none present", "D", "2A37: 17 01 01", [{"event": "garbage", "why": "truncated"}]
        ),
        Example(
            "worn on the chest",
            "M",
            "2A38: 01",
            [{"event": "info", "field": "sensor_location", "text": "chest"}],
        ),
    ),
    frames,
    (
        Missing("no contact", list(told(Beat(66, contact=False))), "heart_rate", "sensor_off"),
        Missing("no contact, RR", list(told(Beat(66, False, [900.0]))), "rr_interval", "sensor_off"),
        Missing("searching", list(told(Beat(None))), "heart_rate", "searching"),
    ),
    checked=False,
)
