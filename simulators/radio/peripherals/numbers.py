"""IEEE 11073-20601 numbers and dates, as a device writes them."""

from datetime import datetime

NAN = 0x07FF
LARGEST = 2045
"""Mantissas from 2046 on have special meanings when the exponent is 0; a device keeps clear of them."""


def sfloat(value: float | None, decimals: int = 0) -> bytes:
    """Return a 16-bit SFLOAT with that many decimals; None is "not a number"."""
    if value is None:
        return NAN.to_bytes(2, "little")
    mantissa = round(value * 10.0**decimals)
    if not -LARGEST <= mantissa <= LARGEST:
        raise ValueError(f"{value} with {decimals} decimals does not fit an SFLOAT")
    return ((-decimals & 0xF) << 12 | mantissa & 0xFFF).to_bytes(2, "little")


def date_time(when: datetime) -> bytes:
    """Return the 7 bytes of the Date Time characteristic: the device's own clock, without a zone."""
    return when.year.to_bytes(2, "little") + bytes(
        [when.month, when.day, when.hour, when.minute, when.second]
    )
