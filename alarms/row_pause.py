"""The audio pause of one row: its listed occurrences are not heard, all others are (alarm decisions, 6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from alarms.condition import Condition
from alarms.occurrence import Occurrences
from alarms.pause import LONGEST, SHORTEST_S, TICK, Heard, PausedTime, breaking
from alarms.types import Act, ActResult, AlarmEvent, Priority, Row, State, never_off
from monitor.core.clock import SECOND, Nanos, seconds


@dataclass(frozen=True, slots=True)
class _One:
    """One row's pause; `floor`: what starts or rises to it ends the pause."""

    occurrences: frozenset[str]
    until: Nanos
    began: Nanos
    by: str
    floor: Priority


class RowPauses:
    """The rows of one bed whose sound is paused. What they did is collected until taken."""

    def __init__(self, spent: PausedTime) -> None:
        self._spent = spent
        self._all: list[_One] = []
        self._acts: list[Act] = []

    @property
    def quiet(self) -> frozenset[str]:
        """Return the occurrences that are not heard."""
        return frozenset(one for pause in self._all for one in pause.occurrences)

    def take(self) -> tuple[Act, ...]:
        """Return what happened since the last call."""
        if not self._acts:
            return ()
        acts, self._acts = tuple(self._acts), []
        return acts

    def begin(
        self, span_s: float, user: str, chosen: Sequence[Condition], floor: Priority, new: Heard, now: Nanos
    ) -> ActResult:
        """Begin for what of `chosen` sounds, or say why not.

        `new` is what came to be heard since it was asked, `floor` the highest that was heard then.
        """
        if not SHORTEST_S <= span_s <= LONGEST / SECOND:
            return ActResult(False, f"an audio pause lasts {SHORTEST_S:.0f} to {LONGEST // SECOND} seconds")
        loud = [c for c in chosen if c.state is State.UNACK and c.occurrence not in self.quiet]
        if not loud:
            text = "nothing of this row sounds: it has ended, is acknowledged or is paused already"
            return ActResult(False, text)
        if any(priority >= floor for _, priority in new):
            return ActResult(False, "a new alarm came just now: look at it first")
        listed = [c for c in loud if never_off(c.name)]
        worst = max(listed, key=lambda c: self._spent.of(c.occurrence, now), default=None)
        left = LONGEST - (self._spent.of(worst.occurrence, now) if worst is not None else 0)
        if worst is not None and left < seconds(SHORTEST_S):
            return ActResult(False, f"{worst.name} was paused for 2 min already: acknowledge it")
        until = Nanos(now + min(seconds(span_s), left))
        self._all.append(_One(frozenset(c.occurrence for c in loud), until, now, user, floor))
        for condition in loud:
            if never_off(condition.name):
                self._spent.run(condition.occurrence, now)
            self._tell(now, "audio_paused", condition.occurrence, condition.name, user, "", until)
        return ActResult(True, f"audio of this alarm paused for {(until - now) / SECOND:.0f} s")

    def _tell(
        self,
        now: Nanos,
        act: str,
        occurrence: str,
        condition: str,
        user: str | None,
        reason: str,
        until: Nanos | None = None,
    ) -> None:
        left_s = (until - now) / SECOND if until is not None else 0.0
        self._acts.append(Act(now, act, user, reason, left_s, condition, occurrence))

    # --- its end ------------------------------------------------------------------------------

    def end(
        self,
        machine: Occurrences,
        now: Nanos,
        reason: str,
        user: str | None = None,
        only: Sequence[str] | None = None,
    ) -> bool:
        """End all pauses, or those of `only`; False when there is none such."""
        found = [one for one in self._all if only is None or one.occurrences & set(only)]
        for one in found:
            self._close(one, machine, now, reason, user)
        return bool(found)

    def _close(
        self, one: _One, machine: Occurrences, now: Nanos, reason: str, user: str | None = None
    ) -> None:
        self._all.remove(one)
        self._settle(one, one.occurrences, machine, now, reason, user)

    def _settle(
        self,
        one: _One,
        occurrences: Iterable[str],
        machine: Occurrences,
        now: Nanos,
        reason: str,
        user: str | None = None,
    ) -> None:
        """Count the time that these were paused, and tell that it is over."""
        for occurrence in sorted(occurrences):
            condition = machine.by_id.get(occurrence)
            self._spent.end(occurrence, min(now, one.until))
            name = condition.name if condition is not None else ""
            self._tell(now, "audio_pause_ended", occurrence, name, user, reason)

    def hear(self, events: Iterable[AlarmEvent], machine: Occurrences, now: Nanos) -> None:
        """End what `events` break; what is acknowledged or over needs no pause any more."""
        if not self._all:
            return
        for event in events:
            for one in [one for one in self._all if self._breaks(one, event, machine)]:
                self._close(one, machine, now, f"broken by {event.condition}")
        for number, one in enumerate(self._all):
            left = frozenset(o for o in one.occurrences if _sounds(machine.by_id.get(o)))
            if left != one.occurrences:
                self._settle(one, one.occurrences - left, machine, now, "acknowledged or over")
                self._all[number] = replace(one, occurrences=left)
        self._all = [one for one in self._all if one.occurrences]

    def _breaks(self, one: _One, event: AlarmEvent, machine: Occurrences) -> bool:
        if event.occurrence in one.occurrences and (event.event == "escalate" or event.reason == "worse"):
            return True
        return breaking(event, one.floor, machine)

    def pass_time(self, machine: Occurrences, now: Nanos) -> None:
        """End what would be over before the next tick."""
        for one in [one for one in self._all if now + TICK > one.until]:
            self._close(one, machine, now, "over")

    # --- what is shown ------------------------------------------------------------------------

    def mark(self, rows: tuple[Row, ...], heard: Heard) -> tuple[Row, ...]:
        """Return the rows; one of which all that would sound is paused says until when, and by whom."""
        return tuple(self._marked(row, heard) for row in rows) if self._all else rows

    def _marked(self, row: Row, heard: Heard) -> Row:
        loud = {m.occurrence for m in row.members if (m.occurrence, m.priority) in heard}
        if not loud or not loud <= self.quiet:
            return row
        first = min((one for one in self._all if one.occurrences & loud), key=lambda one: one.until)
        return replace(row, paused_until=first.until, paused_by=first.by)

    # --- restart ------------------------------------------------------------------------------

    def dump(self) -> list[list[Any]]:
        """Return them as plain values."""
        return [
            [sorted(one.occurrences), int(one.until), int(one.began), one.by, one.floor.label]
            for one in self._all
        ]

    def load(
        self, dump: list[list[Any]], machine: Occurrences, shift: int, now: Nanos, *, long: bool
    ) -> None:
        """Take them up after a short restart; a `long` one has ended them."""
        for occurrences, until, began, by, floor in dump:
            there = frozenset(o for o in occurrences if o in machine.by_id)
            for occurrence in there:
                if never_off(machine.by_id[occurrence].name):
                    self._spent.run(occurrence, Nanos(began + shift))
            one = _One(there, Nanos(until + shift), Nanos(began + shift), by, Priority.of(floor))
            if long or one.until <= now:
                self._settle(one, there, machine, now, "restart" if long else "over")
            elif there:
                self._all.append(one)


def _sounds(condition: Condition | None) -> bool:
    return condition is not None and condition.state is State.UNACK
