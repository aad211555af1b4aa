"""Nonin data format 2: a packet captured from an Onyx II 9560, and what the simulator sends."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.nonin import FRAMES_PER_PACKET, Layout, NoninMachine, Numbers, Status, float_bytes, frame
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)
CAPTURE = (
    "01 81 43 00 C5 | 01 80 43 4A 0E | 01 80 43 60 24 | 01 80 43 94 58 | 01 80 43 00 C4"
    "| 01 80 41 00 C2 | 01 80 3E 17 D6 | 01 80 3C 04 C1 | 01 80 39 60 1A | 01 80 36 60 17"
    "| 01 80 35 60 16 | 01 80 34 00 B5 | 01 80 34 00 B5 | 01 80 34 00 B5 | 01 80 35 4A 00"
    "| 01 80 36 60 17 | 01 80 37 60 18 | 01 80 3A 00 BB | 01 80 40 00 C1 | 01 80 4A 00 CB"
    "| 01 80 57 4A 22 | 01 80 69 00 EA | 01 80 7C 4A 47 | 01 80 90 00 11 | 01 80 A1 00 22"
)


def packets(seed: int, seconds: int = 21, **faults: bool) -> list[bytes]:
    """Return the whole packets of so many seconds of a patient at rest."""
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    machine = NoninMachine(Layout.DF2, Setting(subject, seed, lambda: NOON))
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    frames = machine.step(float(seconds))
    whole = len(frames) // FRAMES_PER_PACKET
    return [b"".join(frames[n * FRAMES_PER_PACKET :][:FRAMES_PER_PACKET]) for n in range(whole)]


def packet(numbers: Numbers) -> bytes:
    """Return one packet of a flat wave with these numbers."""
    values = float_bytes(numbers)
    return b"".join(
        frame(Layout.DF2, Status.SYNC if n == 0 else Status(0), 0x80, value) for n, value in enumerate(values)
    )


REPLIES = (b"\x06", b"\x15", bytes.fromhex("02 F2 06 1A 0B 18 0F 1E 05 03"))

CASE = Case(
    "nonin-df2",
    [
        Example(
            "Onyx II 9560, one packet",
            "R",
            CAPTURE,
            [
                {"event": "numeric", "span": [5, 10], "channel": "pulse_rate", "value": 74, "unit": "/min"},
                {"event": "numeric", "span": [10, 15], "channel": "spo2", "value": 96, "unit": "%"},
            ],
        )
    ],
    packets,
    [
        Missing("finger out (SNSA)", packets(1, 2, sensor_off=True), "spo2", "sensor_off"),
        Missing("SNSD", packets(1, 2, sensor_fault=True), "pulse_rate", "sensor_off"),
        Missing("pulse 511", [packet(Numbers(None, 97))] * 2, "pulse_rate", "missing"),
        Missing("SpO2 127", [packet(Numbers(72, None))] * 2, "spo2", "missing"),
    ],
    checked=True,  # frames are numbered within a packet; whole packets are not
    replies=REPLIES,
)
