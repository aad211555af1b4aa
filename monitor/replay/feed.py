"""What a recording is to the alarm engine: devices, and their readings in the order in which they came."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from alarms.types import DeviceDecl
from monitor.core.clock import SECOND, Nanos, seconds
from monitor.core.types import Mark, Reading

START = seconds(1000)
"""Where the engine's clock stands at the first reading: a recording may begin below second 0."""
SLOW_S = 5.0
"""With more seconds between two values, on-delays cannot be honoured (alarm decisions, 7)."""


@dataclass(frozen=True, slots=True)
class Marking:
    """A person marked a cuff reading invalid then, or took the mark away."""

    t: Nanos
    reading: str
    mark: Mark
    marked: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """A recording; all times are on the engine's clock, on which `zero` is the recording's second 0."""

    name: str
    devices: tuple[DeviceDecl, ...]
    readings: Sequence[Reading]
    start: Nanos
    end: Nanos
    zero: int
    rows: int
    dropped: int  # rows that are not later than the one before, or without a time
    spacing_s: float  # the median between two rows, of the slowest device
    columns: dict[str, str]  # channel -> what the recording calls it
    marks: Sequence[Marking] = ()  # what people marked invalid, by time

    @property
    def slow(self) -> bool:
        """True when on-delays cannot be honoured."""
        return self.spacing_s > SLOW_S

    def second(self, t: int) -> float:
        """Return a time as the recording counts it."""
        return (t - self.zero) / SECOND


def spacing_s(times: Iterable[int]) -> float:
    """Return the median distance of rising times in seconds, 1 without two of them."""
    steps = [after - before for before, after in pairwise(times) if after > before]
    return statistics.median(steps) / SECOND if steps else 1.0


def declared(device: str, channels: tuple[str, ...], interval_s: float, *, episodic: bool) -> DeviceDecl:
    """Return a device that is judged from the first row on."""
    return DeviceDecl(device, channels, episodic=episodic, interval_s=max(1.0, interval_s), armed=True)
