"""The conformance case of ble-pulse-oximeter."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.pulse_oximeter import Measured, PulseOximeterPeripheral, continuous
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)


def frames(seed: int) -> list[bytes]:
    """Return two minutes, in whole numbers and with one decimal by turns."""
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    oximeter = PulseOximeterPeripheral.worn(Setting(subject, seed, lambda: NOON, address="C0:00:00:00:00:01"))
    made = []
    for second in range(10, 130):
        oximeter.faults.tenths = second % 2 == 0
        oximeter.faults.averages = second % 5 == 0
        made.append(oximeter.frame(second))
    return made


def numeric(channel: str, value: float | None, **rest: object) -> dict[str, object]:
    return {"event": "numeric", "channel": channel, "value": value, **rest}


def off(*, status: int = 0, sensor: int = 0) -> list[bytes]:
    return [continuous(Measured(98, 72, 3.5, status, sensor))]


CASE = Case(
    "ble-pulse-oximeter",
    (
        Example("98, 72", "X", "2A5F: 00 62 00 48 00", [numeric("spo2", 98), numeric("pulse_rate", 72)]),
        Example(
            "98.0, 72.0", "X", "2A5F: 00 D4 F3 D0 F2", [numeric("spo2", 98.0), numeric("pulse_rate", 72.0)]
        ),
        Example(
            "ChoiceMMed",
            "R",
            "2A5F: 0C 62 00 4E 00 20 00 00 00 00",
            [numeric("spo2", 98), numeric("pulse_rate", 78)],
        ),
        Example(
            "ChoiceMMed, spot-check, clock not set",
            "R",
            "2A5E: 17 61 00 60 00 E1 07 01 01 01 22 13 20 00 20 00 00",
            [
                {"event": "status", "code": "clock_unset", "active": True},
                {"event": "status", "code": "low_perfusion", "active": True},
                numeric("spo2", 97, doubtful=True, device_time="2017-01-01T01:34:19"),
                numeric("pulse_rate", 96, doubtful=True, device_time="2017-01-01T01:34:19"),
            ],
        ),
        Example(
            "normal, fast and slow pair, amplitude",
            "D",
            "2A5F: 1F 62 00 48 00 63 00 49 00 61 00 47 00 80 00 00 00 00 0A 00",
            [numeric("spo2", 98), numeric("pulse_rate", 72), numeric("perfusion_index", 10)],
        ),
        Example(
            "invalid",
            "D",
            "2A5F: 04 62 00 48 00 00 80",
            [numeric("spo2", None, reason="missing"), numeric("pulse_rate", None, reason="missing")],
        ),
        Example(
            "poor signal",
            "D",
            "2A5F: 08 62 00 48 00 10 00 00",
            [
                {"event": "status", "code": "weak_signal", "active": True},
                numeric("spo2", 98, doubtful=True),
                numeric("pulse_rate", 72, doubtful=True),
            ],
        ),
        Example(
            "no value",
            "X",
            "2A5F: 00 FF 07 FF 07",
            [numeric("spo2", None, reason="missing"), numeric("pulse_rate", None, reason="missing")],
        ),
        Example(
            "three records",
            "M",
            "2A52: 05 00 03 00",
            [{"event": "reply", "command": "number of records", "ok": True, "number": 3}],
        ),
    ),
    frames,
    (
        Missing("no value", [continuous(Measured(None, None))], "spo2", "missing"),
        Missing("not on the finger", off(sensor=1 << 11), "spo2", "sensor_off"),
        Missing("displaced", off(sensor=1 << 13), "pulse_rate", "sensor_off"),
        Missing("sensor disconnected", off(sensor=1 << 15), "spo2", "missing"),
        Missing("early estimate", off(status=1 << 6), "spo2", "searching"),
        Missing("demonstration", off(status=1 << 10), "spo2", "missing"),
        Missing("testing", off(status=1 << 11), "spo2", "missing"),
        Missing("calibrating", off(status=1 << 12), "pulse_rate", "searching"),
        Missing("unavailable", off(status=1 << 13), "spo2", "missing"),
        Missing("questionable", off(status=1 << 14), "perfusion_index", "missing"),
        Missing("invalid", off(status=1 << 15), "spo2", "missing"),
    ),
    checked=False,
)
