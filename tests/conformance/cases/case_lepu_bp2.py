"""The conformance case of lepu-bp2."""

import random

from case import Case, Example, Missing

from simulators.radio.peripherals.lepu_bp2 import (
    CONFIG,
    IDLE,
    MEASURING,
    RESULT,
    cuff_mmhg,
    finished,
    frame,
    running,
    state_frame,
)
from simulators.subject import Pressure


def frames(seed: int) -> list[bytes]:
    """Return two measurements: pressure twice a second, the result three times, the state between."""
    chance = random.Random(seed)
    told = [state_frame(IDLE)]
    for _ in range(2):
        told += [running(round(cuff_mmhg(half / 2)), 80) for half in range(1, 60)]
        told.append(state_frame(MEASURING))
        sys = chance.randrange(118, 130)
        told += [finished(Pressure(sys, 80, 93, chance.randrange(66, 78)), 80)] * 3
        told.append(state_frame(RESULT))
    return told


def pressure(value: int) -> dict[str, object]:
    return {"event": "numeric", "channel": "cuff_pressure", "value": value, "unit": "mm[Hg]"}


def info(field: str, text: str) -> dict[str, object]:
    return {"event": "info", "field": field, "text": text}


NO_PRESSURE = {"event": "numeric", "channel": "cuff_pressure", "value": None, "reason": "missing"}

CASE = Case(
    "lepu-bp2",
    (
        Example("134 mmHg in the cuff", "X", "A5 08 F7 01 01 05 00 00 00 50 86 00 45", [pressure(134)]),
        Example(
            "result 128/84, MAP 99, heart rate 71",
            "X",
            "A5 08 F7 01 02 0B 00 01 00 50 80 00 54 00 63 00 47 00 78",
            [
                {
                    "event": "nibp",
                    "nibp_sys": 128,
                    "nibp_dia": 84,
                    "nibp_map": 99,
                    "pulse_rate": 71,
                    "unit": "mm[Hg]",
                },
                info("battery_pct", "80"),
            ],
        ),
        Example(
            "state: idle (payload captured, frame computed)",
            "R",
            "A5 00 FF 01 01 28 00 10 DB 11 00 6A C2 11 00 D4 19 00 00 C8 00 40 05 3A 68 CD 03 6D 67 C8 00 01"
            " 01 00 D7 53 03 00 14 00 00 00 00 00 00 00 03 5F",
            [NO_PRESSURE],
        ),
        Example(
            "what it is (payload captured, frame computed)",
            "R",
            "A5 E1 1E 01 01 3C 00 42 00 01 01 01 00 00 01 00 33 32 31 32 30 30 31 31 05 00 00 22 86 03 01 EA"
            " 07 03 07 17 06 37 02 01 00 00 00 00 0A 32 35 32 33 43 30 30 38 31 32 00 00 00 00 00 00 00 00 00"
            " 00 00 00 52",
            [info("model", "32120011"), info("serial", "2523C00812")],
        ),
    ),
    frames,
    (
        Missing("idle", [state_frame(IDLE)], "cuff_pressure", "missing"),
        Missing("result shown", [state_frame(RESULT)], "cuff_pressure", "missing"),
        Missing("a state that is not documented", [state_frame(6)], "cuff_pressure", "missing"),
        Missing("failed", [running(150, 80), finished(None, 80)], "nibp_sys", "measurement_failed"),
    ),
    checked=True,
    replies=(frame(CONFIG, bytes(9)), frame(0xEC)),
    stream=True,
)
