"""A serial monitor as its document describes it: a byte source and a state machine in wire seconds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from simulators.subject import Subject


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a simulated device stands: who wears it, and what its maker left to choose."""

    subject: Subject
    seed: int
    local_time: Callable[[], datetime]  # naive; what the device's own clock is set by
    name: str = ""  # advertised name; "" for the model's own
    address: str = ""  # Bluetooth
    first_s: float = 10.0  # first measurement of a cuff that measures by itself
    every_s: float = 300.0
    times_s: Sequence[float] | None = None  # of a recording's measurements, in place of those two

    def measurements(self) -> Iterator[float]:
        """Yield the wire seconds at which a cuff measures by itself."""
        if self.times_s is not None:
            yield from self.times_s
            return
        number = 0
        while True:
            yield self.first_s + number * self.every_s
            number += 1


class Machine(Protocol):
    """One serial monitor; pure but for its own state."""

    faults: Any
    """A dataclass of bools and floats; each field is a control word that the runner sets."""
    usage: tuple[str, ...]
    """Further commands that `obey` knows."""

    def step(self, now_s: float) -> list[bytes]:
        """Return the frames that are due since the last call, in order."""
        ...

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Take what a host sent; return what is answered at once."""
        ...

    def obey(self, words: list[str], now_s: float) -> str:
        """Carry out a further command and return the answer; CommandError when it makes no sense."""
        ...


@dataclass(frozen=True, slots=True)
class SerialSim:
    """How a serial model is simulated."""

    make: Callable[[Setting], Machine]
