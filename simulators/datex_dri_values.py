"""A subrecord of displayed values, group by group, as the Record Specification lays them out."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

NO_VALUE = -32767
DISPLAYED, TREND_10_S, TREND_60_S = 1, 2, 3
BASIC, EXT1, EXT2, EXT3 = 0, 1, 2, 3
DATA_BYTES = 270


class Code(IntEnum):
    """What is sent in place of a value."""

    INVALID = -32767
    NOT_UPDATED = -32766
    UNDER_RANGE = -32764
    OVER_RANGE = -32763
    NOT_CALIBRATED = -32762


class PressureLabel(IntEnum):
    """Some of the names of an invasive pressure."""

    UNDEFINED = 0
    ART = 1
    CVP = 2


CORE = 15
THERE, MEASURES = 0x01, 0x02
ASYSTOLE, NOISE, ARTEFACT, LEARNING = 0x04, 0x80, 0x100, 0x200
LEADS_OFF = 0b111 << 11
FROM_NOTHING, FROM_ECG, FROM_SPO2 = 0, 1, 6
ZEROING, ZEROED = 0x04, 0x08
AUTO, STAT, CUFF_MEASURES, OLD = 0x08, 0x10, 0x20, 0x100


@dataclass(frozen=True, slots=True)
class Group:
    """One group: status bits, label, and values in their own units; None is sent as no value."""

    status: int = 0
    label: int = 0
    values: Sequence[float | None] = ()


ABSENT = Group()


@dataclass(frozen=True, slots=True)
class Basic:
    """What class Basic shows here; the groups that are not named are absent."""

    ecg: Group = ABSENT  # heart rate, ST1, ST2, ST3 (mm), breaths a minute
    pressures: Sequence[Group] = ()  # P1 to P4: systolic, diastolic, mean (mmHg), pulse rate
    nibp: Group = ABSENT  # the same
    temperatures: Sequence[Group] = ()  # T1 to T4, Celsius
    spo2: Group = ABSENT  # saturation, pulse rate, IR amplitude (%)
    co2: Group = ABSENT  # end-tidal, inspired (%), breaths a minute, ambient (mmHg)
    ecg_rate: float | None = None


_PRESSURES = (100, 100, 100, 1)
_LAYOUT = (
    # place, and steps of a unit of each value
    (0, (1, 100, 100, 100, 1)),
    *((at, _PRESSURES) for at in (16, 30, 44, 58, 72)),
    *((at, (100,)) for at in (86, 94, 102, 110)),
    (118, (100, 1, 100, 100)),
    (132, (100, 100, 1, 10)),
    # O2, N2O, agent, flow and volume, cardiac output, NMT, SvO2, P5, P6: never there
    *((at, (1,) * count) for at, count in ((146, 2), (156, 2), (166, 3), (178, 8), (200, 4), (214, 3))),
    *((at, (1,) * count) for at, count in ((232, 1), (240, 4), (254, 4))),
)
_ECG_EXTRA = 226
_GROUP = struct.Struct("<IH")


def basic_data(shown: Basic, instead: int = NO_VALUE) -> bytes:
    """Return the 270 bytes of class Basic; `instead` is sent where a value is None."""
    pressures = [*shown.pressures, *[ABSENT] * 4][:4]
    temperatures = [*shown.temperatures, *[ABSENT] * 4][:4]
    groups = [shown.ecg, *pressures, shown.nibp, *temperatures, shown.spo2, shown.co2]
    groups += [ABSENT] * (len(_LAYOUT) - len(groups))
    data = bytearray(DATA_BYTES)
    for (at, scales), group in zip(_LAYOUT, groups, strict=True):
        _GROUP.pack_into(data, at, group.status, group.label)
        values = [*group.values, *[None] * len(scales)][: len(scales)]
        told = [_raw(value, scale, instead) for value, scale in zip(values, scales, strict=True)]
        struct.pack_into(f"<{len(told)}h", data, at + _GROUP.size, *told)
    struct.pack_into("<3h", data, _ECG_EXTRA, _raw(shown.ecg_rate, 1, instead), NO_VALUE, NO_VALUE)
    return bytes(data)


def part(data: bytes, kind: int, time_s: int) -> bytes:
    """Return a subrecord of 278 bytes: time, data, marker, and its class in bits 8 to 11."""
    return struct.pack("<I", time_s) + data + struct.pack("<BBH", 0, 0, kind << 8)


def _raw(value: float | None, scale: int, instead: int) -> int:
    return instead if value is None else round(value * scale)
