"""The conformance case of ble-blood-pressure."""

from datetime import datetime, timedelta

from case import Case, Example, Missing

from simulators.patient import Patient, Rest
from simulators.radio.peripherals.pressure_frames import Reading, measurement
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)
FAILED = Reading(None, None, None, None)


def frames(seed: int) -> list[bytes]:
    """Return a day's readings of one cuff, every third in kPa and every fourth without a time."""
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    made = []
    for number in range(72):
        found = subject.pressure(1200.0 * number)
        when = None if number % 4 == 3 else NOON + timedelta(minutes=20 * number)
        made.append(
            measurement(
                Reading(
                    round(found.sys),
                    round(found.dia),
                    round(found.map),
                    round(found.pulse_bpm or 60),
                    status=number % 64,
                    when=when,
                    kpa=number % 3 == 2,
                    user=number % 2,
                )
            )
        )
    return made


def nibp(sys: float | None, dia: float | None, mean: float | None, pulse: float | None, **rest: object):
    values = {"nibp_sys": sys, "nibp_dia": dia, "nibp_map": mean, "pulse_rate": pulse}
    return {"event": "nibp", **values, **rest}


CASE = Case(
    "ble-blood-pressure",
    (
        Example(
            "everything, year unknown",
            "D",
            "2A35: 1E 8A 00 58 00 78 00 00 00 04 11 14 29 3B 3C 00 01 27 00",
            [
                nibp(
                    138,
                    88,
                    120,
                    60,
                    unit="mm[Hg]",
                    device_time=None,
                    status=["body_movement", "cuff_loose", "irregular_pulse", "improper_position"],
                )
            ],
        ),
        Example(
            "kPa, loose, pulse below its limit",
            "D",
            "2A35: 15 BD F0 0B 00 9F F0 3C 00 12 00",
            [nibp(18.9, 11, 15.9, 60, unit="kPa", status=["cuff_loose", "pulse_below_range"])],
        ),
        Example(
            "A&D UA-651BLE 103/63",
            "R",
            "2A35: 14 67 00 3F 00 4D 00 40 00 00 00",
            [nibp(103, 63, 77, 64, unit="mm[Hg]", status=[])],
        ),
        Example(
            "A&D UA-651BLE 101/65, irregular pulse",
            "R",
            "2A35: 14 65 00 41 00 51 00 3E 00 04 00",
            [nibp(101, 65, 81, 62, status=["irregular_pulse"])],
        ),
        Example(
            "A&D UA-651BLE 101/61",
            "R",
            "2A35: 14 65 00 3D 00 4B 00 3F 00 00 00",
            [nibp(101, 61, 75, 63, status=[])],
        ),
        Example(
            "failed, never 2047",
            "X",
            "2A35: 16 FF 07 FF 07 FF 07 EA 07 0B 18 0F 1E 00 FF 07 00 00",
            [
                nibp(
                    None,
                    None,
                    None,
                    None,
                    reason="measurement_failed",
                    device_time="2026-11-24T15:30:00",
                    status=["measurement_failed"],
                )
            ],
        ),
        Example(
            "cuff pressure while it measures",
            "D",
            "2A36: 15 6F F0 00 00 00 00 3C 00 12 00",
            [{"event": "numeric", "channel": "cuff_pressure", "value": 11.1, "unit": "kPa"}],
        ),
        Example(
            "features of an A&D",
            "D",
            "2A49: 0C 00",
            [{"event": "info", "field": "features", "text": "irregular pulse, pulse range"}],
        ),
        Example(
            "the cuff's own time",
            "X",
            "2A2B: EA 07 0B 18 0F 1E 00 02 00 01",
            [{"event": "info", "field": "clock", "text": "2026-11-24T15:30:00"}],
        ),
    ),
    frames,
    (
        Missing("failed", [measurement(FAILED)], "nibp_sys", "measurement_failed"),
        Missing("failed, mean", [measurement(FAILED)], "nibp_map", "measurement_failed"),
    ),
    checked=False,
)
