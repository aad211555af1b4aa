"""Nonin data format 7: frames computed from the maker's tables, and what the simulator sends."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.nonin import FRAMES_PER_PACKET, Layout, NoninMachine, Numbers, Status, float_bytes, frame
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)


def packets(seed: int, seconds: int = 21, **faults: bool) -> list[bytes]:
    """Return the whole packets of so many seconds of a patient at rest."""
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    machine = NoninMachine(Layout.DF7, Setting(subject, seed, lambda: NOON))
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    frames = machine.step(float(seconds))
    whole = len(frames) // FRAMES_PER_PACKET
    return [b"".join(frames[n * FRAMES_PER_PACKET :][:FRAMES_PER_PACKET]) for n in range(whole)]


def packet(numbers: Numbers) -> bytes:
    """Return one packet of a flat wave with these numbers."""
    return b"".join(
        frame(Layout.DF7, Status.SYNC if n == 0 else Status(0), 0x8000, value)
        for n, value in enumerate(float_bytes(numbers))
    )


CASE = Case(
    "nonin-df7",
    [
        Example(
            "three frames: pleth 35388, 35600, 35840, pulse rate 72, SpO2 97",
            "X",
            "81 8A 3C 00 47 | 80 8B 10 48 63 | 80 8C 00 61 6D",
            [
                {"event": "waveform", "channel": "pleth", "rate_hz": 75.0, "samples": [35388]},
                {"event": "waveform", "samples": [35600]},
                {"event": "numeric", "channel": "pulse_rate", "value": 72},
                {"event": "waveform", "samples": [35840]},
                {"event": "numeric", "channel": "spo2", "value": 97},
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
    replies=(b"\x06", b"\x15", bytes.fromhex("02 F2 06 1A 0B 18 0F 1E 05 03")),
)
