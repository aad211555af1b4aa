"""How well the sensors sit: movement, and a cuff on the arm of the oximeter. Wire seconds.

All numbers but one are our assumption; the session facts give the error of a moved cuff, 20 mmHg.
"""

import math
from collections import deque
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from simulators.dose import Positive
from simulators.incidents import Episode, Seconds, smooth
from simulators.vitals import Wander

SQUEEZE_S = 4.0
"""From a cuff's start to an arm without flow, and back."""
LOST_S = 15.0
"""An oximeter without a pulse gives up after this long."""
BACK_S = 3.0
"""... and finds it again this long after the flow is back."""
FALSE_SPO2, FALSE_PULSE = 6.0, 30.0
"""How wrong SpO2 (always too low) and pulse rate (either way) are at most."""
MOVED_SYS, MOVED_DIA = 20.0, 10.0
KEPT = 64


class Movement(Episode, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The arm moves: the pulse wave jumps, SpO2 and pulse rate are wrong, a cuff is doubtful."""

    fall_s: Positive = 0.5
    hold_s: Seconds = 20.0
    recover_s: Positive = 1.0
    strength: Annotated[float, Meta(gt=0, le=1)] = 1.0


class Contact:
    """One arm with its sensors; pure but for what it is told about the cuff."""

    def __init__(self, seed: int, movements: Sequence[Movement] = (), *, same_arm: bool = False) -> None:
        self._movements = list(movements)
        self._same_arm = same_arm
        self._cuff: deque[tuple[float, bool]] = deque(maxlen=KEPT)
        self._fast = Wander(f"{seed}/movement", 1.0, 0.7)
        self._slow = Wander(f"{seed}/false", 1.0, 9.0)

    def cuff(self, t_s: float, inflated: bool) -> None:
        """Learn that a cuff squeezes from now on, or lets go."""
        if self._same_arm and (not self._cuff or self._cuff[-1][1] != inflated):
            self._cuff.append((t_s, inflated))

    def move(self, movement: Movement) -> None:
        """Let the arm move once more."""
        self._movements.append(movement)

    def moved(self, t_s: float) -> float:
        """Return how strongly the arm moves, 0 to 1."""
        return max((each.strength * each.share(t_s) for each in self._movements), default=0.0)

    def flow(self, t_s: float) -> float:
        """Return how much blood reaches the finger, 1 for all of it."""
        since_s, inflated = self._since_cuff(t_s)
        squeezed = smooth(since_s / SQUEEZE_S)
        return 1.0 - squeezed if inflated else squeezed

    def pulseless(self, t_s: float) -> bool:
        """Return whether an oximeter here has given up."""
        since_s, inflated = self._since_cuff(t_s)
        if inflated:
            return since_s > LOST_S
        began = [at_s for at_s, up in self._cuff if up and at_s <= t_s - since_s]
        return since_s < BACK_S and bool(began) and t_s - since_s - began[-1] > LOST_S

    def wave(self, t_s: float, pleth: float) -> float:
        """Return the pulse wave as the sensor sees it, 0 to 1."""
        quiet = 0.5 + (pleth - 0.5) * (0.03 + 0.97 * self.flow(t_s))
        return min(1.0, max(0.0, quiet + 0.9 * self.moved(t_s) * self._fast.at(t_s)))

    def shaken(self, t_s: float) -> float:
        """Return what movement adds to a wave, -1 to 1."""
        return self.moved(t_s) * self._fast.at(t_s)

    def spo2_error(self, t_s: float) -> float:
        """Return what SpO2 reads too low, %."""
        wrong = max(self.moved(t_s), 1.0 - self.flow(t_s))
        return FALSE_SPO2 * wrong * (0.5 + 0.5 * self._slow.at(t_s))

    def pulse_error(self, t_s: float) -> float:
        """Return what the pulse rate reads too high or too low, a minute."""
        return FALSE_PULSE * max(self.moved(t_s), 1.0 - self.flow(t_s)) * self._slow.at(t_s)

    def pressure_error(self, t_s: float) -> tuple[float, float]:
        """Return what a cuff reads too high or too low: systolic, diastolic, mmHg."""
        wrong = self.moved(t_s) * self._slow.at(t_s)
        return MOVED_SYS * wrong, MOVED_DIA * wrong

    def _since_cuff(self, t_s: float) -> tuple[float, bool]:
        """Return how long ago the cuff changed and whether it squeezes."""
        past = [each for each in self._cuff if each[0] <= t_s]
        if not past:
            return math.inf, False
        return t_s - past[-1][0], past[-1][1]
