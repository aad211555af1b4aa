"""Alarms that a person has turned off: who, why, since when, and the reminder (alarm decisions, 2)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from alarms.condition import Condition
from alarms.occurrence import Occurrences, On
from alarms.types import Act, State, never_off
from monitor.core.clock import Nanos, seconds

REMIND_EVERY = seconds(180)
REASON_MAX = 200
_FIRST_SEEN = (State.UNACK, State.LATCHED)


@dataclass(frozen=True, slots=True)
class Off:
    """One alarm that is off, on every device of the bed that has it; until the session ends."""

    condition: str
    channels: tuple[str, ...]
    user: str
    reason: str
    since: Nanos
    reminders: int = 0
    """How often somebody was reminded of it."""


class Offs:
    """What is off at a bed. Acts are collected until taken, like the occurrences' events."""

    def __init__(self) -> None:
        self._off: dict[str, Off] = {}
        self._remind_at: dict[str, Nanos] = {}
        self._acts: list[Act] = []

    @property
    def all(self) -> tuple[Off, ...]:
        """Return what is off, the longest first."""
        return tuple(self._off.values())

    def take(self) -> tuple[Act, ...]:
        """Return what happened since the last call."""
        if not self._acts:
            return ()
        acts, self._acts = tuple(self._acts), []
        return acts

    # --- acts of people -----------------------------------------------------------------------

    def refusal(self, name: str, reason: str, found: list[Condition]) -> str:
        """Return why the alarm may not be turned off now, in words; empty when it may."""
        if not found:
            return f"this bed has no alarm {name!r}"
        if never_off(name) or any(condition.device is None for condition in found):
            return f"{name} is never off"
        if not (0 < len(reason.strip()) <= REASON_MAX and reason.isprintable()):
            return f"say why {name} is turned off, in at most {REASON_MAX} characters"
        if name in self._off:
            return f"{name} is off already, by {self._off[name].user}"
        if any(condition.state in _FIRST_SEEN for condition in found):
            return f"{name} is alarming, or was and nobody has seen it: acknowledge first"
        return ""

    def turn_off(
        self, found: list[Condition], user: str, reason: str, machine: Occurrences, now: Nanos
    ) -> None:
        """Turn off what is not refused: no value starts it, until it is turned on."""
        name = found[0].name
        for condition in found:
            machine.apply(condition, On.TURN_OFF, now, reason="disabled", user=user)
            _forget(condition)
        channels = tuple(dict.fromkeys(c.channel for c in found if c.channel is not None))
        self._off[name] = Off(name, channels, user, reason, now)
        self._remind_at[name] = Nanos(now + REMIND_EVERY)
        self._acts.append(Act(now, "alarm_off", user=user, reason=reason, condition=name))

    def turn_on(self, found: list[Condition], user: str, machine: Occurrences, now: Nanos) -> bool:
        """Judge it again, with its full on-delay; False when it is not off."""
        name = found[0].name if found else ""
        if self._off.pop(name, None) is None:
            return False
        for condition in found:
            _forget(condition)
            machine.apply(condition, On.TURN_ON, now)
        self._acts.append(Act(now, "alarm_on", user=user, condition=name))
        return True

    # --- time, session, restart ---------------------------------------------------------------

    def pass_time(self, now: Nanos) -> None:
        """Remind of what is off."""
        for name, off in self._off.items():
            if now >= self._remind_at[name]:
                self._remind_at[name] = Nanos(now + REMIND_EVERY)
                self._off[name] = replace(off, reminders=off.reminders + 1)
                self._acts.append(Act(now, "alarm_off_reminder", condition=name))

    def close(self, now: Nanos) -> None:
        """Off ends with the session; the conditions themselves are reset by it."""
        self._acts += [Act(now, "alarm_on", reason="session end", condition=name) for name in self._off]
        self._off.clear()

    def dump(self) -> list[list[Any]]:
        """Return it as plain values."""
        return [
            [off.condition, off.user, off.reason, int(off.since), off.reminders, int(self._remind_at[name])]
            for name, off in self._off.items()
        ]

    def load(
        self, dump: list[list[Any]], armed: Iterable[Condition], shift: int, now: Nanos, *, long: bool
    ) -> None:
        """Take up what was off; after a `long` restart somebody is reminded at once.

        What is off and nobody is known to have turned off is judged again.
        """
        off = [condition for condition in armed if condition.state is State.DISABLED]
        for name, user, reason, since, reminders, remind_at in dump:
            found = [condition for condition in off if condition.name == name]
            if not found:
                continue  # its device is no longer part of the bed
            channels = tuple(dict.fromkeys(c.channel for c in found if c.channel is not None))
            self._off[name] = Off(name, channels, user, reason, Nanos(since + shift), reminders)
            self._remind_at[name] = now if long else Nanos(remind_at + shift)
        for condition in off:
            if condition.name not in self._off:
                condition.state = State.NORMAL
        self.pass_time(now)


def _forget(condition: Condition) -> None:
    """Forget the values: what was timed before counts for nothing."""
    if condition.detector is not None:
        condition.detector.reset()
    if condition.pressure is not None:
        condition.pressure.reset()
