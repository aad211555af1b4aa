"""Units as UCUM codes, so that exports need no second table."""

from enum import StrEnum


class Unit(StrEnum):
    """UCUM codes (case sensitive form) of the units that devices and channels use."""

    PERCENT = "%"
    PER_MIN = "/min"
    MMHG = "mm[Hg]"
    KPA = "kPa"
    MS = "ms"
    MV = "mV"
    CELSIUS = "Cel"
    ONE = "1"


KPA_IN_MMHG = 7.50062
"""1 kPa in mmHg (the Blood Pressure Service's conversion; IEEE 11073-20601)."""


def to_unit(value: float, unit: Unit, wanted: Unit) -> float:
    """Return `value` in `wanted`; ValueError when no conversion between the two is known."""
    if unit is wanted:
        return value
    if (unit, wanted) == (Unit.KPA, Unit.MMHG):
        return value * KPA_IN_MMHG
    if (unit, wanted) == (Unit.MMHG, Unit.KPA):
        return value / KPA_IN_MMHG
    raise ValueError(f"no conversion from {unit.value} to {wanted.value}")
