"""PM6750: the document's computed packets, and what the simulator streams around one measurement."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.pm6750 import NIBP, Pm6750Machine, frame, nibp
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)
START = bytes.fromhex("55 AA 04 02 01 F8")
WAVES_OFF = [bytes.fromhex(each) for each in ("55AA04FB0000", "55AA04FE00FD", "55AA04FF00FC")]


def stream(seconds, seed=1, commands=(), start_s=None, **faults):
    """Return what a module streams in so many seconds of a patient who lives ten times as fast."""
    subject = VirtualSubject(Patient(Rest(), seed), 10.0, seed)
    machine = Pm6750Machine(Setting(subject, seed, lambda: NOON))
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    for command in commands:
        machine.heard(command, 0.0)
    found = []
    for tenth in range(round(10 * seconds)):
        if start_s == tenth / 10:
            machine.heard(START, tenth / 10)
        found += machine.step(tenth / 10)
    return found


def frames(seed):
    """Return the values around one measurement, and a sample of each wave now and then."""
    values = stream(45.0, seed, WAVES_OFF, start_s=8.0)
    waves = stream(1.0, seed)
    return [each for pair in zip(values, waves, strict=False) for each in pair]


def number(channel, value, **rest):
    return {"event": "numeric", "channel": channel, "value": value, **rest}


def without(title, channel, reason, **faults):
    return Missing(title, stream(1.1, commands=WAVES_OFF, **faults), channel, reason)


def failed(result):
    ended = [nibp(1, 60), nibp(result, 0)]
    return Missing(f"result {result}", ended, "nibp_sys", "measurement_failed")


CASE = Case(
    "berrymed-pm6750",
    [
        Example(
            "measuring at 142 mmHg",
            "X",
            "55 AA 08 03 04 47 00 00 00 A9",
            [{"event": "status", "code": "measuring", "active": True}, number("cuff_pressure", 142)],
        ),
        Example(
            "finished, 118/76, mean 90",
            "X",
            "55 AA 08 03 00 00 76 5A 4C D8",
            [
                number("cuff_pressure", 0),
                {"event": "nibp", "nibp_sys": 118, "nibp_dia": 76, "nibp_map": 90, "pulse_rate": None},
            ],
        ),
        Example(
            "cuff loose",
            "X",
            "55 AA 08 03 10 00 00 00 00 E4",
            [
                {
                    "event": "nibp",
                    "nibp_sys": None,
                    "reason": "measurement_failed",
                    "status": ["measurement_failed", "cuff_leak"],
                    "error": "cuff loose or missing (4)",
                }
            ],
        ),
        Example(
            "SpO2 97, pulse 72",
            "X",
            "55 AA 06 04 00 61 48 4C",
            [number("spo2", 97), number("pulse_rate", 72)],
        ),
        Example(
            "no finger",
            "X",
            "55 AA 06 04 02 7F FF 75",
            [
                {"event": "status", "code": "sensor_off", "active": True},
                number("spo2", None, reason="sensor_off"),
                number("pulse_rate", None, reason="sensor_off"),
            ],
        ),
    ],
    frames,
    [
        without("sensor off", "spo2", "sensor_off", sensor_off=True),
        without("no finger", "pulse_rate", "sensor_off", finger_off=True),
        without("searching", "spo2", "searching", searching=True),
        without("search timeout", "spo2", "searching", search_timeout=True),
        Missing("7F with status 0", [frame(4, 0, 0x7F, 0xFF)], "spo2", "missing"),
        without("leads off", "heart_rate", "sensor_off", leads_off=True),
        without("leads off: breathing", "resp_rate", "sensor_off", leads_off=True),
        without("temperature probe off", "temperature", "sensor_off", probe_off=True),
        *(failed(result) for result in range(2, 9)),
        Missing(
            "finished without values",
            [nibp(1, 60), frame(NIBP, 0, 0, 0, 0, 0)],
            "nibp_sys",
            "measurement_failed",
        ),
    ],
    checked=True,
)
