"""The five-byte oximeter frame ("BCI protocol"), and a finger that fills it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from simulators.subject import Subject

EDGE_S = 1e-6
BEAT_S = 0.1
"""How long the beep bit is set at each pulse; our assumption."""
FULL_STRENGTH = 8
BAR_TOP = 15
HIGHEST_RATE = 254


@dataclass(frozen=True, slots=True)
class State:
    """What the bits of one frame say, and what stands in place of numbers where there are none."""

    head: int = 0  # bits 5 and 4 of byte 1
    bits: int = 0  # bits 5 and 4 of byte 3
    codes: tuple[int, int] | None = None  # pulse rate, SpO2


def frame(
    pleth: int,
    rate: int,
    spo2: int,
    *,
    strength: int = 0,
    beep: bool = False,
    state: State | None = None,
    bar: int = 0,
) -> bytes:
    """Return five bytes: only the first has bit 7; the rate's bit 7 is in the third."""
    state = state or State()
    head = 0x80 | beep << 6 | state.head | strength
    return bytes([head, pleth, rate >> 7 << 6 | state.bits | bar, rate & 0x7F, spo2])


class FiveByteOximeter(ABC):
    """Frames of one oximeter on one finger; a make says its rate, its wave and its bits."""

    rate_hz: float
    pleth_range: tuple[int, int]
    no_pleth: int

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._next = 0

    @abstractmethod
    def state(self) -> State:
        """Return what is wrong now."""

    def due(self, now_s: float) -> list[bytes]:
        """Return the frames since the last call."""
        end = int(now_s * self.rate_hz + EDGE_S) + 1
        frames = [self.frame(number / self.rate_hz) for number in range(self._next, end)]
        self._next = max(end, self._next)
        return frames

    def frame(self, t_s: float) -> bytes:
        """Return the frame of wire second `t_s`."""
        state = self.state()
        reading = self._subject.oximetry(t_s)
        rate, spo2 = reading.pulse_bpm, reading.spo2_pct
        if state.codes is not None:
            return frame(self.no_pleth, *state.codes, state=state)
        wave = min(1.0, max(0.0, self._subject.pleth(t_s)))
        low, high = self.pleth_range
        return frame(
            low + round((high - low) * wave),
            255 if rate is None else min(HIGHEST_RATE, round(rate)),
            127 if spo2 is None else round(spo2),
            strength=FULL_STRENGTH,
            beep=self._subject.since_pulse_s(t_s) < BEAT_S,
            state=state,
            bar=round(BAR_TOP * wave),
        )
