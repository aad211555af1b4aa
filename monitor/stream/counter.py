"""A device's own counter, which wraps, as an absolute one, and what it says was lost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """Where a packet stands: `lost` packets are missing before it; a `repeated` one came again."""

    absolute: int
    lost: int
    repeated: bool = False


class Unwrapper:
    """Counts on over the wraps of a counter of `modulus` values that grows by one a packet.

    A loss of a whole turn or more cannot be seen: it shows as that many turns fewer.
    """

    def __init__(self, modulus: int) -> None:
        """Start anew: the first packet is number 0, with nothing lost before it."""
        if modulus < 2:
            raise ValueError(f"a counter of {modulus} values cannot count")
        self._modulus = modulus
        self._last: int | None = None
        self._absolute = 0

    def feed(self, counter: int) -> Count:
        """Return where the packet with this counter stands; ValueError outside 0 to modulus - 1."""
        if not 0 <= counter < self._modulus:
            raise ValueError(f"counter {counter} is not below {self._modulus}")
        if self._last is None:
            self._last = counter
            return Count(0, 0)
        step = (counter - self._last) % self._modulus
        self._last = counter
        self._absolute += step
        return Count(self._absolute, max(0, step - 1), repeated=step == 0)
