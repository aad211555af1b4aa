"""One cuff: a new reading is judged by all its pressure conditions, and stays until the next."""

from collections.abc import Sequence
from copy import copy
from typing import Any

from alarms.condition import Condition
from alarms.cuff_trouble import CuffTrouble
from alarms.gate import NOT_NEW, CuffGate, older
from alarms.hold import Hold
from alarms.kept import MOST, Kept, kept
from alarms.occurrence import Occurrences, On
from alarms.overdue import Overdue
from alarms.pressure import Move, Phase
from alarms.remeasure import Remeasure, Want, at_most
from alarms.types import Priority, State
from monitor.core.clock import Nanos
from monitor.core.types import CuffPhase, CuffState, Nibp, Reason, StatusCode

_HIGH = {
    Move.AT_ONCE: "at_once",
    Move.CONFIRMED: "confirmed",
    Move.NO_REPEAT: "no_repeat",
    Move.AGAIN: "high_again",
}
"""Moves that make a condition high, and the reason told."""


class Cuff:
    """The pressure conditions of one device."""

    def __init__(
        self,
        conditions: Sequence[Condition],
        trouble: CuffTrouble,
        overdue: Overdue,
        hold: Hold | None,
        remeasure: Remeasure | None = None,
    ) -> None:
        self.gate = CuffGate()
        self.trouble, self.overdue = trouble, overdue
        self._hold = hold  # of the limb that it squeezes, when that is known
        self.remeasure = remeasure  # None: it takes no orders
        self.conditions = tuple(conditions)
        self.readings: list[Kept] = []
        self.bases: dict[str, list[Any]] = {}  # what the readings before the kept ones said, by condition

    def take(self, reading: Nibp, machine: Occurrences, now: Nanos) -> tuple[Nibp, tuple[Reason, ...]]:
        """Judge a reading; return it as the gate let it through, and the reasons against it."""
        before = self.gate.newest
        accepted, reasons = self.gate.take(reading)
        if NOT_NEW.isdisjoint(reasons):
            set_back = older(accepted, before)  # the cuff's clock: it may raise, never clear
            doubtful = accepted.doubtful or set_back
            self._hear(accepted, doubtful, machine, now)
            self._keep(kept(accepted, doubtful))
            self.trouble.hear_reading(accepted, machine, now, doubtful=doubtful)
            if self.remeasure is not None:
                self.remeasure.hear(accepted.t, failed=accepted.failed)
            if not accepted.failed and not doubtful:
                self.overdue.hear(accepted.t)
                self.overdue.tick(machine, now)
        return accepted, reasons

    def _keep(self, reading: Kept) -> None:
        """Keep a reading that was judged; the oldest goes into what was said before the kept ones."""
        self.readings.append(reading)
        if len(self.readings) <= MOST:
            return
        gone = self.readings.pop(0)
        for condition in self.conditions:
            if condition.pressure is not None and gone.mark is None:
                track = copy(condition.pressure)
                track.begin(self.bases.get(condition.key))
                track.tick(gone.t)
                track.hear(gone.value(condition.channel), gone.doubtful, gone.t)
                self.bases[condition.key] = track.state()

    def recount(self, left: Sequence[Kept], machine: Occurrences, now: Nanos) -> None:
        """Count anew which reading was the last valid one; a marked one is none."""
        sure = [one.t for one in left if not one.failed and not one.doubtful]
        self.trouble.recount(sure[-1] if sure else None, left, machine, now)
        self.overdue.valid_t = sure[-1] if sure else None

    def hear_status(self, code: StatusCode, active: bool, t: Nanos) -> None:
        """Take a flag of the device."""
        self.trouble.hear_status(code, active, t)
        if code is StatusCode.MEASURING and self._hold is not None:
            self._hold.squeeze(active, t)
        if code is StatusCode.MEASURING and active and self.remeasure is not None:
            self.remeasure.began(t)

    def hear_cycle(self, state: CuffState) -> None:
        """Take what a cuff that takes orders does, and when it measures next."""
        self.overdue.schedule(state.interval_s, state.t)
        if self.remeasure is not None:
            self.remeasure.planned(state.phase is not CuffPhase.IDLE, state.due)

    def want(self, now: Nanos) -> Want | None:
        """Return the measurement that the alarms want and have not asked for yet."""
        if self.remeasure is None:
            return None
        want = self.remeasure.want(self.conditions, self.overdue.interval, now)
        for condition in self.conditions:
            if condition.pressure is not None:
                condition.pressure.repeats = self.remeasure.promised(now)
        return want

    def refused(self) -> None:
        """It does not measure by itself now."""
        if self.remeasure is not None:
            self.remeasure.refused = True
        for condition in self.conditions:
            if condition.pressure is not None:
                condition.pressure.repeats = False

    def _hear(self, reading: Nibp, doubtful: bool, machine: Occurrences, now: Nanos) -> None:
        values = {"nibp_sys": reading.sys, "nibp_dia": reading.dia, "nibp_map": reading.map}
        for condition in self.conditions:
            track = condition.pressure
            if track is None or condition.state is State.DISABLED:
                continue
            value = values[condition.channel or ""]
            move = track.hear(value, doubtful, reading.t)
            self._carry_out(condition, move, value, machine, now)

    def tick(self, machine: Occurrences, now: Nanos) -> None:
        """Let deadlines pass."""
        for condition in self.conditions:
            track = condition.pressure
            if track is not None and track.deadline is not None:
                self._carry_out(condition, track.tick(now), None, machine, now)
        self.trouble.tick(machine, now, alarming=any(c.active for c in self.conditions))
        self.overdue.at_most = at_most(self.conditions)
        if self.overdue.interval is not None or self.overdue.condition.active:
            self.overdue.tick(machine, now)

    def turned_on(self, condition: Condition, machine: Occurrences, now: Nanos) -> None:
        """Judge an alarm that was off by the last reading, and by the last valid one if that is doubtful."""
        for one in reversed(self.readings):
            value = one.value(condition.channel)
            if condition.pressure is None or value is None or one.mark is not None:
                continue
            condition.pressure.known = value, one.doubtful, one.t
            if self.look_again(condition, machine, now, "turned_on") or not one.doubtful:
                return

    def look_again(
        self, condition: Condition, machine: Occurrences, now: Nanos, why: str = "limit_changed"
    ) -> bool:
        """Judge the last reading by limits that have changed; return whether anything follows."""
        track = condition.pressure
        move = track.look_again(now) if track is not None else Move.NOTHING
        if track is None or move is Move.NOTHING:
            return False
        self._carry_out(condition, move, track.value, machine, now, why)
        return True

    def _carry_out(
        self,
        condition: Condition,
        move: Move,
        value: float | None,
        machine: Occurrences,
        now: Nanos,
        why: str | None = None,
    ) -> None:
        track = condition.pressure
        assert track is not None
        if move is Move.CLEAR:
            machine.apply(condition, On.CLEARED, now, reason="cleared")
        elif move is Move.FALL:
            self._fall(condition, value, machine, now, why)
        elif move in _HIGH:
            self._outside(condition, Priority.HIGH, value, machine, now, why or _HIGH[move])
        elif move in (Move.MEDIUM, Move.CONFIRM):
            reason = why or ("confirming" if move is Move.CONFIRM else None)
            self._outside(condition, Priority.MEDIUM, value, machine, now, reason)
        elif move in (Move.UPDATE, Move.COUNT):
            machine.apply(condition, On.OUTSIDE, now, value=value, limit=track.limit, reason=why)

    def _outside(
        self,
        condition: Condition,
        priority: Priority,
        value: float | None,
        machine: Occurrences,
        now: Nanos,
        reason: str | None,
    ) -> None:
        track = condition.pressure
        assert track is not None
        if not condition.active:
            on = On.DUE
        elif priority > condition.priority:
            on = On.RISE
        else:
            on = On.OUTSIDE
        machine.apply(condition, on, now, priority=priority, value=value, limit=track.limit, reason=reason)

    def _fall(
        self,
        condition: Condition,
        value: float | None,
        machine: Occurrences,
        now: Nanos,
        why: str | None,
    ) -> None:
        track = condition.pressure
        assert track is not None
        if condition.state is State.ACK:
            machine.apply(
                condition,
                On.FALL,
                now,
                priority=Priority.MEDIUM,
                value=value,
                limit=track.limit,
                reason=why or "medium_band",
            )
        else:
            track.kept_high()
            machine.apply(condition, On.OUTSIDE, now, value=value, limit=None, reason=why)

    @property
    def confirming(self) -> bool:
        """True while a reading waits for its repeat."""
        return any(c.pressure is not None and c.pressure.phase is Phase.CONFIRMING for c in self.conditions)
