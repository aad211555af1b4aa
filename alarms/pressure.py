"""Blood pressure: one reading is one decision. The table is alarm decisions, section 4, as data."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from alarms.limits import Decision, Limit
from alarms.types import Priority
from monitor.core.clock import Nanos, seconds

DEADLINE = seconds(150)
"""A reading to be confirmed is high this long after it, when nothing confirmed or refuted it."""


class Phase(StrEnum):
    """What the readings of one condition say so far."""

    INSIDE = "inside"
    MEDIUM = "medium"
    CONFIRMING = "confirming"
    HIGH = "high"
    FALLEN = "fallen"  # medium after high: back in the high band needs no repeat


class Heard(StrEnum):
    """What one reading, or the lack of it, says."""

    CLEAR = "clear"  # valid, beyond hysteresis
    INSIDE = "inside"  # valid, inside without hysteresis
    MEDIUM = "medium"
    HIGH = "high"  # in the band that wants a repeat
    AT_ONCE = "at_once"
    DOUBTFUL_INSIDE = "doubtful_inside"
    DOUBTFUL_MEDIUM = "doubtful_medium"
    DOUBTFUL_HIGH = "doubtful_high"
    FAILED = "failed"  # ended or stopped without this value
    DEADLINE = "deadline"
    SYMPTOM = "symptom"  # a red-flag symptom


class Move(StrEnum):
    """What the engine does then."""

    NOTHING = "nothing"
    MEDIUM = "medium"  # start medium, or go on as medium
    CONFIRM = "confirm"  # medium, and the deadline runs
    AT_ONCE = "at_once"  # high
    CONFIRMED = "confirmed"  # high: escalate `confirmed`
    NO_REPEAT = "no_repeat"  # high: escalate `no_repeat`
    AGAIN = "again"  # high without a repeat, for it has been high
    UPDATE = "update"
    FALL = "fall"  # to medium, if acknowledged
    COUNT = "count"  # one reading inside; the second in a row clears
    CLEAR = "clear"


_OUTSIDE_MEDIUM = {Heard.MEDIUM: Move.MEDIUM, Heard.DOUBTFUL_MEDIUM: Move.MEDIUM}
_URGENT = {Heard.AT_ONCE: Move.AT_ONCE}
_OVER = {Heard.CLEAR: Move.CLEAR, Heard.INSIDE: Move.COUNT}

TABLE: Mapping[Phase, Mapping[Heard, Move]] = MappingProxyType(
    {
        Phase.INSIDE: {
            **_OUTSIDE_MEDIUM,
            **_URGENT,
            Heard.HIGH: Move.CONFIRM,
            Heard.DOUBTFUL_HIGH: Move.CONFIRM,
        },
        Phase.MEDIUM: {
            **_OUTSIDE_MEDIUM,
            **_URGENT,
            **_OVER,
            Heard.HIGH: Move.CONFIRM,
            Heard.DOUBTFUL_HIGH: Move.CONFIRM,
        },
        Phase.CONFIRMING: {
            **_URGENT,
            Heard.CLEAR: Move.CLEAR,
            Heard.INSIDE: Move.COUNT,
            Heard.MEDIUM: Move.MEDIUM,
            Heard.HIGH: Move.CONFIRMED,
            Heard.DOUBTFUL_HIGH: Move.CONFIRMED,
            Heard.DEADLINE: Move.NO_REPEAT,
            Heard.SYMPTOM: Move.AT_ONCE,
        },
        Phase.HIGH: {
            **_OVER,
            Heard.MEDIUM: Move.FALL,
            Heard.DOUBTFUL_MEDIUM: Move.UPDATE,
            Heard.HIGH: Move.UPDATE,
            Heard.DOUBTFUL_HIGH: Move.UPDATE,
            Heard.AT_ONCE: Move.UPDATE,
        },
        Phase.FALLEN: {
            **_OUTSIDE_MEDIUM,
            **_URGENT,
            **_OVER,
            Heard.HIGH: Move.AGAIN,
            Heard.DOUBTFUL_HIGH: Move.AGAIN,
        },
    }
)
"""(phase, what was heard) -> move; what is missing is NOTHING."""

NEXT: Mapping[Move, Phase] = MappingProxyType(
    {
        Move.CONFIRM: Phase.CONFIRMING,
        Move.AT_ONCE: Phase.HIGH,
        Move.CONFIRMED: Phase.HIGH,
        Move.NO_REPEAT: Phase.HIGH,
        Move.AGAIN: Phase.HIGH,
        Move.CLEAR: Phase.INSIDE,
    }
)
"""Move -> the phase after it; MEDIUM and COUNT depend on the phase before."""


class PressureTrack:
    """The readings of one cuff condition: its phase, deadline and run of readings inside."""

    __slots__ = (
        "deadline",
        "doubtful",
        "inside_in_row",
        "known",
        "levels",
        "limit",
        "phase",
        "reading_t",
        "repeats",
        "value",
    )

    def __init__(self, levels: tuple[Limit, ...]) -> None:
        self.levels = levels  # mild first
        self.limit = levels[0]  # the limit that the last reading broke, or the mildest
        self.known: tuple[float, bool, Nanos] | None = None  # the last reading: value, doubtful, when
        self.phase = Phase.INSIDE
        self.deadline: Nanos | None = None
        self.inside_in_row = 0
        self.value: float | None = None
        self.reading_t: Nanos | None = None
        self.doubtful = False  # that reading
        self.repeats = False  # the cuff measures again by itself

    def hear(self, value: float | None, doubtful: bool, t: Nanos) -> Move:
        """Take a new reading's value (None: it has none) and return what to do."""
        if value is not None:
            self.known = value, doubtful, t
        heard = self._classify(value, doubtful)
        move = self._move(heard, t)
        if value is not None and move is not Move.NOTHING:
            self.value, self.reading_t, self.doubtful = value, t, doubtful
        return move

    def tick(self, now: Nanos) -> Move:
        """Return NO_REPEAT when the deadline has passed."""
        if self.deadline is None or now < self.deadline:
            return Move.NOTHING
        return self._move(Heard.DEADLINE, now)

    def fit(self, levels: tuple[Limit, ...]) -> None:
        """Judge by other limits from now on; phase, deadline and readings stay."""
        mine = self.limit.priority, self.limit.decided_by
        same = [level for level in levels if (level.priority, level.decided_by) == mine]
        self.levels, self.limit = levels, same[0] if same else levels[0]

    def fits(self, levels: tuple[Limit, ...]) -> bool:
        """True when these limits are what readings are compared with."""
        return self.levels == levels

    def look_again(self, now: Nanos) -> Move:
        """Judge the last reading by the limits as they are now and return what to do.

        It is no new reading: it neither confirms itself nor counts as one more inside. What is to be
        confirmed by the new limits has its deadline from now.
        """
        if self.known is None:
            return Move.NOTHING
        value, doubtful, t = self.known
        heard = self._classify(value, doubtful)
        again = self.phase is Phase.CONFIRMING and heard in (Heard.HIGH, Heard.DOUBTFUL_HIGH)
        if again or heard in (Heard.CLEAR, Heard.INSIDE, Heard.DOUBTFUL_INSIDE):
            return Move.NOTHING
        move = self._move(heard, now)
        if move is not Move.NOTHING:
            self.value, self.reading_t, self.doubtful = value, t, doubtful
        return move

    def inside(self) -> None:
        """The limit has moved beyond the last reading: nothing is outside any more."""
        self.phase, self.deadline, self.inside_in_row = Phase.INSIDE, None, 0

    def state(self) -> list[Any]:
        """Return what the readings say so far, as plain values."""
        return [
            self.phase.value,
            self.deadline,
            self.inside_in_row,
            self.value,
            self.reading_t,
            self.doubtful,
        ]

    def begin(self, state: list[Any] | None) -> None:
        """Begin anew from such a state, None: nothing was heard; the limits stay."""
        self.reset()
        self.value, self.reading_t, self.doubtful, self.limit = None, None, False, self.levels[0]
        if state is not None:
            phase, self.deadline, self.inside_in_row, self.value, self.reading_t, self.doubtful = state
            self.phase = Phase(phase)
            broken = [one for one in self.levels if self.value is not None and one.outside(self.value)]
            self.limit = broken[-1] if broken else self.levels[0]

    def kept_high(self) -> None:
        """Undo a fall that the acknowledgement state did not allow."""
        self.phase = Phase.HIGH

    def reset(self) -> None:
        """Forget the readings."""
        self.inside()
        self.known = None

    def _classify(self, value: float | None, doubtful: bool) -> Heard:
        if value is None:
            return Heard.FAILED
        broken = [limit for limit in self.levels if limit.outside(value)]
        if not broken:
            if doubtful:
                return Heard.DOUBTFUL_INSIDE
            if self.phase is not Phase.HIGH:
                self.limit = self.levels[0]
            return Heard.CLEAR if self.levels[0].beyond(value) else Heard.INSIDE
        if broken[-1].level is not Priority.HIGH:
            if self.phase not in (Phase.CONFIRMING, Phase.HIGH) or not doubtful:
                self.limit = broken[-1]
            return Heard.DOUBTFUL_MEDIUM if doubtful else Heard.MEDIUM
        self.limit = broken[-1]
        if self.limit.decided_by is Decision.READING:
            return Heard.AT_ONCE
        return Heard.DOUBTFUL_HIGH if doubtful else Heard.HIGH

    def _move(self, heard: Heard, t: Nanos) -> Move:
        move = TABLE[self.phase].get(heard, Move.NOTHING)
        if heard is Heard.INSIDE:
            self.inside_in_row += 1
            if move is Move.COUNT and self.inside_in_row >= 2:
                move = Move.CLEAR
        elif heard not in (Heard.FAILED, Heard.DEADLINE, Heard.DOUBTFUL_INSIDE, Heard.SYMPTOM):
            self.inside_in_row = 0
        before = self.phase
        self.phase = self._after(move)
        if self.phase is not Phase.CONFIRMING:
            self.deadline = None
        elif before is not Phase.CONFIRMING:
            self.deadline = Nanos(t + DEADLINE)
        return move

    def _after(self, move: Move) -> Phase:
        if move is Move.MEDIUM:
            return Phase.FALLEN if self.phase is Phase.FALLEN else Phase.MEDIUM
        if move is Move.COUNT and self.phase is Phase.CONFIRMING:
            return Phase.MEDIUM
        if move is Move.FALL:
            return Phase.FALLEN
        return NEXT.get(move, self.phase)
