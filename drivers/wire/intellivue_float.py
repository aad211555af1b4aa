"""IEEE 11073 FLOAT: a signed 8-bit decimal exponent and a signed 24-bit mantissa, high byte first."""

_LARGEST = 0x7FFFFD
"""Mantissas beyond it, up to the same below zero, are no numbers: NaN, infinities, no resolution."""
_NO_NUMBER = range(_LARGEST + 1, 0x1000000 - _LARGEST)
INFINITIES = frozenset({0x7FFFFE, 0x800002})


def from_word(word: int) -> float | None:
    """Return the number nearest to the decimal that was sent (FF0003CA is 97.0); None when it is none."""
    mantissa = word & 0xFFFFFF
    if mantissa in _NO_NUMBER:
        return None
    if mantissa & 0x800000:
        mantissa -= 0x1000000
    exponent = word >> 24
    if exponent < 0x80:
        return float(mantissa * 10**exponent)
    divisor: int = 10 ** (0x100 - exponent)
    return mantissa / divisor  # one correctly rounded division


def is_infinite(word: int) -> bool:
    """Return whether the word says that a number is too large for it."""
    return word & 0xFFFFFF in INFINITIES
