"""The conformance case of masimo-mightysat."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.mightysat import (
    LOW_CONFIDENCE,
    START_UP,
    MightySat,
    Parameter,
    System,
    frame,
    parameters,
)
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)


def worn(seed: int) -> MightySat:
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    return MightySat.worn(Setting(subject, seed, lambda: NOON, address="C0:00:00:00:00:01"))


def frames(seed: int) -> list[bytes]:
    """Return what comes in half a minute: numbers once a second, seven samples every 224 ms."""
    oximeter = worn(seed)
    told = []
    for second in range(10, 40):
        told += [oximeter.parameter_frame(second), *(oximeter.wave_frame() for _ in range(4))]
    return told


def one(system: int = 0, exception: int = 0) -> list[bytes]:
    """Return parameters of 98 %, 72 bpm with an exception."""
    values = (Parameter(value, exception) for value in (98, 72, 20, 550, 16))
    return [parameters(system, *values)]


def number(channel: str, value: float | None, **rest: object) -> dict[str, object]:
    return {"event": "numeric", "channel": channel, "value": value, **rest}


CHANNELS = ("spo2", "pulse_rate", "perfusion_index", "resp_rate")

CASE = Case(
    "masimo-mightysat",
    (
        Example(
            "what it is",
            "R",
            "77 14 01 63 10 1F 00 03 01 00 17 00 10 E6 00 00 00 F6 00 00 00 18",
            [{"event": "info", "field": "software", "text": "0x1063"}],
        ),
        Example(
            "acknowledgement of command 2",
            "R",
            "77 03 FE 02 CC",
            [{"event": "reply", "command": "0x02", "ok": True}],
        ),
        Example(
            "waveform",
            "R",
            "77 11 04 93 24 00 30 00 3C 00 47 00 4D 00 54 00 60 00 9C",
            [
                {
                    "event": "waveform",
                    "channel": "pleth",
                    "rate_hz": 31.25,
                    "samples": [0x24, 0x30, 0x3C, 0x47, 0x4D, 0x54, 0x60],
                }
            ],
        ),
        Example(
            "98 %, 72 bpm, PVI 20 in its start-up, PI 5.50, RRp 16",
            "X",
            "77 11 05 00 00 00 00 00 62 00 48 10 14 00 26 02 00 10 0E",
            [
                number("spo2", 98, unit="%"),
                number("pulse_rate", 72, unit="/min"),
                number("perfusion_index", 5.5, unit="%"),
                number("resp_rate", 16, unit="/min"),
            ],
        ),
        Example(
            "the finger is gone",
            "R",
            "77 11 05 00 00 20 00 04 FF 04 FF 04 FF 0C FF FF 04 FF 8C",
            [
                {"event": "status", "code": "sensor_off", "active": True},
                *(number(channel, None, reason="sensor_off") for channel in CHANNELS),
            ],
        ),
    ),
    frames,
    (
        Missing("sensor off", one(System.SENSOR_OFF), "spo2", "sensor_off"),
        Missing("pulse search", one(System.PULSE_SEARCH), "pulse_rate", "searching"),
        Missing("invalid", one(exception=0x04), "spo2", "missing"),
        Missing("starting up", one(exception=START_UP), "pulse_rate", "missing"),
        Missing("an exception that is not documented", one(exception=0x40), "spo2", "missing"),
        Missing("a system exception that is not documented", one(1 << 3), "resp_rate", "missing"),
        Missing(
            "65535",
            [parameters(0, *(Parameter(value, LOW_CONFIDENCE) for value in (98, 72, 20, None, 16)))],
            "perfusion_index",
            "missing",
        ),
    ),
    checked=True,
    replies=(frame(bytes([0xFE, 0x03])), frame(bytes([0xFF, 0x03, 0x03]))),
    stream=True,
)
