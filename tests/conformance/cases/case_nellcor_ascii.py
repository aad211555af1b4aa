"""Nellcor's printed output: the manual's line, computed ones, and what the simulator prints."""

from datetime import datetime, timedelta

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.nellcor_ascii import Nellcor
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12, 0)
HEADING = (
    "NPB-295    VERSION 2.0.0.0    CRC: XXXX    SpO2 Limit: 70-100%    PR Limit: 60-160BPM",
    "TIME               %SPO2  BPM   PA   Status",
)


def lines(seconds, seed=1, **faults):
    """Return what the simulator prints in so many seconds of a patient whose minute is a second."""
    now = [0.0]
    patient = VirtualSubject(Patient(Rest(), seed), 60.0, seed)
    machine = Nellcor(Setting(patient, seed, lambda: NOON + timedelta(seconds=now[0])))
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    found = []
    for second in range(seconds):
        now[0] = float(second)
        found += machine.step(now[0])
    return found


def wire(*texts):
    return b"".join(text.encode() + b"\r\n" for text in texts).hex()


def number(channel, value, **rest):
    return {"event": "numeric", "channel": channel, "value": value, **rest}


def without(title, fault, reason):
    return Missing(title, lines(3, **{fault: True}), "spo2", reason)


CASE = Case(
    model="nellcor-ascii",
    examples=[
        Example(
            "heading of an NPB-295",
            "M",
            wire(*HEADING),
            [
                {"event": "info", "field": "model", "text": "NPB-295"},
                {"event": "info", "field": "software", "text": "2.0.0.0"},
                {"event": "garbage", "why": "column titles"},
            ],
        ),
        Example(
            "heading of an N-595",
            "D",
            wire(
                "N-595 VERSION 1.2.3.4 CRC:A5C3 SpO2 Limit: 85-100% PR Limit: 40-170BPM",
                "  ADULT  25SAT-S  SPO2 RESP MODE: NORMAL",
            ),
            [
                {"event": "info", "field": "model", "text": "N-595"},
                {"event": "info", "field": "software", "text": "1.2.3.4"},
                {"event": "info", "field": "features", "text": "ADULT, 25SAT-S, NORMAL response"},
            ],
        ),
        Example(
            "a line without trouble",
            "M",
            wire("12-NOV-98 14:00:05   100   120    50"),
            [number("spo2", 100, unit="%"), number("pulse_rate", 120, unit="/min")],
        ),
        Example(
            "SpO2 below the device's limit",
            "X",
            wire("24-NOV-26 15:30:05    88*   72    60    SL"),
            [
                number("spo2", 88, device_time="2026-11-24T15:30:05"),
                number("pulse_rate", 72, device_time="2026-11-24T15:30:05"),
            ],
        ),
        Example(
            "sensor disconnected",
            "X",
            wire("24-NOV-26 15:30:07   ---   ---   ---   SD"),
            [
                {"event": "status", "code": "sensor_fault", "active": True},
                number("spo2", None, reason="sensor_off"),
                number("pulse_rate", None, reason="sensor_off"),
            ],
        ),
    ],
    frames=lambda seed: lines(130, seed),
    missing=[
        without("SD: sensor disconnected", "sensor_disconnected", "sensor_off"),
        without("SO: sensor off the patient", "sensor_off", "sensor_off"),
        without("PS: pulse search", "searching", "searching"),
        without("LP: loss of pulse", "pulse_lost", "searching"),
        without("LM: loss of pulse with interference", "pulse_lost_moving", "searching"),
        without("dashes alone", "missing", "missing"),
    ],
    checked=False,
    replies=[b"\r\n", HEADING[1].encode() + b"\r\n"],
)
