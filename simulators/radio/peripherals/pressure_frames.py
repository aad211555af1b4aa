"""The frames of the Blood Pressure Service, from a measurement in mmHg."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from simulators.radio.peripherals.numbers import date_time, sfloat

IN_KPA = 0x01
HAS_TIME = 0x02
HAS_PULSE = 0x04
HAS_USER = 0x08
HAS_STATUS = 0x10
MMHG_PER_KPA = 7.50062

STATUS_BITS = {"moved": 0, "loose": 1, "irregular": 2, "fast": 3, "slow": 4, "position": 5}
"""Words for the bits of the measurement status: `fast` and `slow` are a pulse out of the cuff's range."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement, pressures in mmHg; None stands for a value that the cuff could not find."""

    sys: float | None
    dia: float | None
    map: float | None
    pulse: float | None
    status: int = 0
    when: datetime | None = None
    kpa: bool = False
    user: int | None = None


def status_of(words: Sequence[str]) -> int:
    """Return the measurement status that the words mean; those that mean nothing are left out."""
    return sum(1 << STATUS_BITS[word] for word in set(words) if word in STATUS_BITS)


def measurement(reading: Reading) -> bytes:
    """Return the frame of 0x2A35; the pulse is always there, "not a number" when unknown."""
    flags = HAS_PULSE | HAS_STATUS
    pressures = b"".join(_pressure(value, reading.kpa) for value in (reading.sys, reading.dia, reading.map))
    frame = pressures
    if reading.kpa:
        flags |= IN_KPA
    if reading.when is not None:
        flags |= HAS_TIME
        frame += date_time(reading.when)
    frame += sfloat(reading.pulse)
    if reading.user is not None:
        flags |= HAS_USER
        frame += bytes([reading.user])
    return bytes([flags]) + frame + reading.status.to_bytes(2, "little")


def cuff_pressure(mmhg: float, *, kpa: bool = False) -> bytes:
    """Return the frame of 0x2A36: the second and third pressure are not used."""
    return bytes([IN_KPA if kpa else 0]) + _pressure(mmhg, kpa) + sfloat(None) + sfloat(None)


def _pressure(mmhg: float | None, kpa: bool) -> bytes:
    if mmhg is None or not kpa:
        return sfloat(mmhg)
    return sfloat(mmhg / MMHG_PER_KPA, decimals=1)
