"""Nonin data format 13: a packet computed from the maker's table, and what the simulator sends."""

from datetime import datetime, timedelta

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.nonin_df13 import NO_MEASUREMENT, SMARTPOINT, SpotCheck, packet
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)


def packets(seed: int) -> list[bytes]:
    """Return the spot checks of an hour, one a minute."""
    now = [0.0]
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    setting = Setting(subject, seed, lambda: NOON + timedelta(seconds=now[0]), first_s=30.0, every_s=60.0)
    machine = SpotCheck(setting)
    found = []
    for second in range(3600):
        now[0] = float(second)
        found += machine.step(now[0])
    return found


CASE = Case(
    "nonin-df13",
    [
        Example(
            "2026-11-24 15:30:05, SmartPoint, 72 bpm, 97 %",
            "X",
            "00 02 00 0D 00 0E 20 26 11 24 15 30 05 00 02 00 00 48 00 61 70 03",
            [
                {
                    "event": "numeric",
                    "span": [0, 22],
                    "channel": channel,
                    "value": value,
                    "device_time": "2026-11-24T15:30:05",
                }
                for channel, value in (("pulse_rate", 72), ("spo2", 97))
            ],
        )
    ],
    packets,
    [
        Missing("no measurement", [packet(NOON, None, None, NO_MEASUREMENT, 0)], "spo2", "missing"),
        Missing("no measurement, numbers left", [packet(NOON, 72, 97, NO_MEASUREMENT, 0)], "spo2", "missing"),
        Missing("pulse 511", [packet(NOON, None, 97, SMARTPOINT, 0)], "pulse_rate", "missing"),
        Missing("SpO2 127", [packet(NOON, 72, None, SMARTPOINT, 0)], "spo2", "missing"),
        Missing("SpO2 above 100", [packet(NOON, 72, 101, SMARTPOINT, 0)], "spo2", "out_of_range"),
        Missing("pulse below 18", [packet(NOON, 17, 97, SMARTPOINT, 0)], "pulse_rate", "out_of_range"),
    ],
    checked=True,
    replies=(b"\x06", b"\x15", bytes.fromhex("02 F2 06 1A 0B 18 0F 1E 05 03")),
)
