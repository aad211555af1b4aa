"""A cuff on an arm with its pump and valve: the pressure rises, falls slowly, and is let out."""

from dataclasses import dataclass
from enum import Enum, auto

from simulators.subject import Pressure, Subject

UP_MMHG = 15.0
FILL_MMHG_PER_S = 25.0
BLEED_MMHG_PER_S = 5.0
DUMP_MMHG_PER_S = 80.0
ABOVE_SYS_MMHG = 35.0
BELOW_DIA_MMHG = 15.0
LEAK_HOLDS_MMHG = 40.0
FILL_WITHIN_S = 15.0
SAFETY_S = 120.0
"""The module's own limit for a cuff that stays up."""


class Ended(Enum):
    """How a measurement went."""

    FINISHED = auto()
    NOT_FILLED = auto()  # leak, or loose cuff
    TOO_LONG = auto()


class _Valve(Enum):
    OPEN = auto()
    FILLING = auto()
    BLEEDING = auto()


@dataclass(slots=True)
class PumpFaults:
    """What can be wrong with cuff, hose and valve."""

    leak: bool = False
    stuck: bool = False  # the valve does not open: the cuff stays up
    speed: float = 1.0  # of the measurement; higher is shorter


class Pump:
    """Fills the cuff on demand; ask it again and again, time going on."""

    def __init__(self, subject: Subject, faults: PumpFaults) -> None:
        self.mmhg = 0.0
        self._subject = subject
        self._faults = faults
        self._valve = _Valve.OPEN
        self._at_s = self._since_s = 0.0
        self._found: Pressure | None = None
        self._squeezes = False

    @property
    def measuring(self) -> bool:
        """Return whether a measurement is under way."""
        return self._valve is not _Valve.OPEN

    @property
    def empty(self) -> bool:
        """Return whether the air is out."""
        return self.mmhg < UP_MMHG

    @property
    def found(self) -> Pressure | None:
        """Return what the last finished measurement found."""
        return self._found

    def start(self, now_s: float) -> None:
        """Begin a measurement."""
        self._valve = _Valve.FILLING
        self._since_s = self._at_s = now_s
        self._found = self._subject.pressure(now_s)

    def let_out(self) -> None:
        """End whatever goes on: the valve opens, if it can."""
        self._valve = _Valve.OPEN

    def step(self, now_s: float) -> Ended | None:
        """Move on to `now_s`; return how the measurement ended, if it did now."""
        passed = max(0.0, now_s - self._at_s) * self._faults.speed
        self._at_s = now_s
        ended = self._move(passed, (now_s - self._since_s) * self._faults.speed)
        if ended is not None:
            self.let_out()
        if (self.mmhg >= UP_MMHG) is not self._squeezes:
            self._squeezes = not self._squeezes
            self._subject.cuff(now_s, self._squeezes)
        return ended

    def _move(self, passed_s: float, measured_s: float) -> Ended | None:
        found = self._found or Pressure(120.0, 80.0, 93.0, None)
        if self._valve is _Valve.OPEN:
            if not self._faults.stuck:
                self.mmhg = max(0.0, self.mmhg - DUMP_MMHG_PER_S * passed_s)
            return None
        if self._valve is _Valve.FILLING:
            top = LEAK_HOLDS_MMHG if self._faults.leak else found.sys + ABOVE_SYS_MMHG
            self.mmhg = min(top, self.mmhg + FILL_MMHG_PER_S * passed_s)
            if self.mmhg >= found.sys + ABOVE_SYS_MMHG:
                self._valve = _Valve.BLEEDING
            return Ended.NOT_FILLED if measured_s >= FILL_WITHIN_S else None
        if not self._faults.stuck:
            self.mmhg -= BLEED_MMHG_PER_S * passed_s
        if self.mmhg <= found.dia - BELOW_DIA_MMHG:
            return Ended.FINISHED
        return Ended.TOO_LONG if measured_s >= SAFETY_S and not self._faults.stuck else None
