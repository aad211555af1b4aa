"""IEEE 11073-20601 SFLOAT: 16 bits, signed decimal exponent and mantissa, and Date Time."""

from datetime import datetime
from enum import IntEnum

FIRST_YEAR = 1582
"""Of Date Time; 0 is "unknown", the years between are not allowed."""


class Special(IntEnum):
    """The words that are no number. The whole word counts: 0xF7FF is the number 204.7."""

    NAN = 0x07FF
    NOT_AT_THIS_RESOLUTION = 0x0800
    POSITIVE_INFINITY = 0x07FE
    NEGATIVE_INFINITY = 0x0802
    RESERVED = 0x0801


_SPECIAL = {int(special): special for special in Special}


def from_word(word: int) -> float | Special:
    """Return the number nearest to the decimal that was sent (0xF0BD is 18.9), or what it is instead."""
    if word in _SPECIAL:
        return _SPECIAL[word]
    exponent = word >> 12
    mantissa = word & 0x0FFF
    if exponent > 7:
        exponent -= 16
    if mantissa > 2047:
        mantissa -= 4096
    # one correctly rounded division: mantissa * 0.1 would give 18.900000000000002
    return mantissa / 10**-exponent if exponent < 0 else float(mantissa * 10**exponent)


def value_at(data: bytes, at: int) -> float | None:
    """Return the SFLOAT at `at` (low byte first); None for every special value."""
    value = from_word(data[at] | data[at + 1] << 8)
    return None if isinstance(value, Special) else value


def date_time_at(data: bytes, at: int) -> datetime | None:
    """Return the 7-byte Date Time at `at`, naive; None when a part is unknown or impossible."""
    year = data[at] | data[at + 1] << 8
    if year < FIRST_YEAR:
        return None
    try:
        return datetime(year, *data[at + 2 : at + 7])
    except ValueError:  # a month or day of 0 is the standard's "unknown"
        return None
