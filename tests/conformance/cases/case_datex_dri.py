"""Datex-Ohmeda Record Interface: the document's computed frame, and what the simulator answers."""

import struct
from datetime import datetime, timedelta

from case import Case, Example, Missing

from simulators.datex_dri import Datex
from simulators.datex_dri_frame import frame, record
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12, 0)
DISPLAYED = (
    "7E 3E 01 01 0A 00 00 00 81 24 69 00 00 00 00 00 00 00 00 01 00 00 FF 00 00 00 00 00 00 00 00 00"
    "00 00 00 00 00 00 00 00 00 00 81 24 69 0B 00 00 00 00 02 48 00 0A 00 FB FF 01 80 0E 00 0B 00 00"
    "00 01 00 44 2F 58 1B 60 22 48 00 00 00 00 00 00 00 01 80 01 80 01 80 01 80 00 00 00 00 00 00 01"
    "80 01 80 01 80 01 80 00 00 00 00 00 00 01 80 01 80 01 80 01 80 03 00 00 00 08 00 18 2E B0 1D 28"
    "23 47 00 00 00 00 00 00 00 01 80 00 00 00 00 00 00 01 80 00 00 00 00 00 00 01 80 00 00 00 00 00"
    "00 01 80 03 00 00 00 00 00 E4 25 48 00 5E 01 01 80 00 00 00 00 00 00 01 80 01 80 01 80 01 80 00"
    "00 00 00 00 00 01 80 01 80 00 00 00 00 00 00 01 80 01 80 00 00 00 00 00 00 01 80 01 80 01 80 00"
    "00 00 00 00 00 01 80 01 80 01 80 01 80 01 80 01 80 01 80 01 80 00 00 00 00 00 00 01 80 01 80 01"
    "80 01 80 00 00 00 00 00 00 01 80 01 80 01 80 48 00 01 80 01 80 00 00 00 00 00 00 01 80 00 00 00"
    "00 00 00 01 80 01 80 01 80 01 80 00 00 00 00 00 00 01 80 01 80 01 80 01 80 00 00 00 00 00 00 EB"
    "7E"
)


def asked(kind, layout, *values):
    """Return a host's request, made by the simulator's own means."""
    return frame(record(kind, [(0, struct.pack(layout, *values))], 0, 0))


VALUES = asked(0, "<BhIH", 1, 5, 0, 0)
PLETH = asked(1, "<HH8s16sHH", 0, 0, b"\x08\xff", b"", 0, 0)


def records(seconds, seed=1, requests=(VALUES,), **faults):
    """Return what the simulator sends in so many seconds of a patient whose minute is a second."""
    now = [0.0]
    patient = VirtualSubject(Patient(Rest(), seed), 60.0, seed)
    setting = Setting(patient, seed, lambda: NOON + timedelta(seconds=now[0]), first_s=3.0, every_s=90.0)
    machine = Datex(setting)
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    found = []
    for request in requests:
        found += machine.heard(request, 0.0)
    for half in range(2 * seconds):
        now[0] = half / 2
        found += machine.step(now[0])
    return found


def frames(seed):
    """Return displayed values with a piece of pleth after each."""
    displayed = records(200, seed)
    waves = records(21, seed, (PLETH,))
    return [each for pair in zip(displayed, waves, strict=False) for each in pair]


def number(channel, value, **rest):
    return {"event": "numeric", "channel": channel, "value": value, **rest}


def coded(code, reason):
    return Missing(f"code {code}", records(1, code=float(code)), "spo2", reason)


def without(title, channel, reason="missing", **faults):
    return Missing(title, records(1, **faults), channel, reason)


CASE = Case(
    model="datex-dri",
    examples=[
        Example(
            "one displayed record, class Basic",
            "X",
            DISPLAYED,
            [
                number("heart_rate", 72, unit="/min"),
                number("spo2", 97, unit="%"),
                number("pulse_rate", 72, unit="/min"),
                number("resp_rate", 14, unit="/min"),
                number("art_sys", 121, unit="mm[Hg]"),
                number("art_dia", 70, unit="mm[Hg]"),
                number("art_map", 88, unit="mm[Hg]"),
                {"event": "nibp", "nibp_sys": 118, "nibp_dia": 76, "nibp_map": 90, "pulse_rate": 71},
            ],
        ),
    ],
    frames=frames,
    missing=[
        coded(-32767, "missing"),
        coded(-32766, "missing"),
        coded(-32764, "out_of_range"),
        coded(-32763, "out_of_range"),
        coded(-32762, "missing"),
        coded(-32001, "missing"),
        without("SpO2 sensor off", "spo2", sensor_off=True),
        without("ECG leads off", "heart_rate", "sensor_off", leads_off=True),
        without("a heart rate that is a pulse", "heart_rate", rate_from_pleth=True),
        without("arterial line being zeroed", "art_map", art_zeroing=True),
    ],
    checked=True,
    replies=[b"\x7e"],
)
