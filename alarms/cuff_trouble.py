"""What is wrong with a cuff itself: attempts that fail, too much pressure, a cuff that stays up."""

from collections.abc import Sequence

from alarms.condition import Condition
from alarms.kept import Kept
from alarms.missing import Ladder, Trouble, raise_to
from alarms.occurrence import Occurrences, On
from alarms.preset import Preset
from alarms.types import Priority
from monitor.core.clock import Nanos, seconds
from monitor.core.types import Nibp, StatusCode

CONDITIONS = ("CUFF_OVER", "CUFF_STUCK", "BP_FAIL")
"""The most urgent first."""
FAILURES_IN_A_ROW = 2
"""One failed attempt is a moved arm; the second is a cuff or a patient to look at (alarms 7.4)."""
LAST_VALID_OLD = seconds(15 * 60)
"""BP_FAIL is medium when the last valid reading is older (alarm decisions, 1)."""


class CuffTrouble:
    """The technical conditions of one device that measures blood pressure."""

    def __init__(self, preset: Preset, conditions: dict[str, Condition], now: Nanos) -> None:
        rows = preset.technical_by_condition
        self._over = Trouble(conditions["CUFF_OVER"], Ladder(rows["CUFF_OVER"]))
        self._stuck = Trouble(conditions["CUFF_STUCK"], Ladder(rows["CUFF_STUCK"]))
        self._fail = conditions["BP_FAIL"]
        self._failures = 0
        self._bound_t = self._valid_t = now  # of the last valid reading, or of the binding
        self._cause = ""

    def ladders(self) -> tuple[Ladder, Ladder]:
        """Return what its troubles are judged by."""
        return self._over.ladder, self._stuck.ladder

    def hear_status(self, code: StatusCode, active: bool, t: Nanos) -> None:
        """Take a flag of the device."""
        if code is StatusCode.CUFF_OVERPRESSURE:
            (self._over.begin if active else self._over.end)(t)
        elif code is StatusCode.MEASURING:
            (self._stuck.begin if active else self._stuck.end)(t)

    def hear_reading(self, reading: Nibp, machine: Occurrences, now: Nanos, *, doubtful: bool) -> None:
        """Take a new reading, good or failed; a doubtful one ends nothing."""
        if StatusCode.CUFF_OVERPRESSURE in reading.status:
            self._over.begin(reading.t)
        elif not doubtful or reading.failed:
            self._over.end(reading.t)
        if not reading.failed:
            if doubtful:
                return
            self._failures, self._valid_t = 0, reading.t
            if self._fail.active:
                machine.apply(self._fail, On.CLEARED, now, reason="cleared")
            return
        self._failures += 1
        self._cause = reading.error or ", ".join(code.value.replace("_", " ") for code in reading.status)

    def recount(self, valid_t: Nanos | None, left: Sequence[Kept], machine: Occurrences, now: Nanos) -> None:
        """Count anew what failed since the last valid reading, of those not marked invalid."""
        self._valid_t = self._bound_t if valid_t is None else valid_t
        self._failures = sum(one.failed for one in left if valid_t is None or one.t > valid_t)
        if not self._failures and self._fail.active:
            machine.apply(self._fail, On.CLEARED, now, reason="cleared")

    def tick(self, machine: Occurrences, now: Nanos, *, alarming: bool) -> None:
        """Let time pass; `alarming`: a pressure of this cuff alarms, so a reading is wanted soon."""
        for trouble in (self._over, self._stuck):
            if trouble.since is not None or trouble.condition.active:
                trouble.judge(machine, now)
        if self._failures < FAILURES_IN_A_ROW:
            return
        urgent = alarming or now - self._valid_t > LAST_VALID_OLD
        if not self._fail.active:
            priority = Priority.MEDIUM if urgent else Priority.LOW
            detail = f"{self._failures} attempts" + (f", {self._cause}" if self._cause else "")
            machine.apply(self._fail, On.DUE, now, priority=priority, detail=detail)
        elif urgent:
            raise_to(machine, self._fail, Priority.MEDIUM, now)
