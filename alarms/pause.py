"""The audio pause: for a short time nothing is heard, everything is seen (alarm decisions, section 6)."""

from collections.abc import Iterable
from typing import Any

from alarms.condition import Condition
from alarms.occurrence import Occurrences
from alarms.types import Act, AlarmEvent, Priority, State, never_off
from monitor.core.clock import SECOND, Nanos, seconds

LONGEST = seconds(120)
SHORTEST_S = 1.0
TICK = seconds(1)
"""It ends at the last tick before its time, so that it never lasts longer than was said."""
Heard = frozenset[tuple[str, Priority]]
"""The occurrences that must be heard, each with its priority."""
_BREAKING = frozenset({"start", "escalate"})


class PausedTime:
    """How long each occurrence of the never-off list was paused, by whichever pause."""

    def __init__(self) -> None:
        self._spent: dict[str, int] = {}
        self._running: dict[str, Nanos] = {}

    def of(self, occurrence: str, now: Nanos) -> int:
        """Return the nanoseconds so far, those of its row's running pause included."""
        began = self._running.get(occurrence)
        return self._spent.get(occurrence, 0) + (now - began if began is not None else 0)

    def run(self, occurrence: str, began: Nanos) -> None:
        """Count from `began` on, until it is ended."""
        self._running[occurrence] = began

    def end(self, occurrence: str, end: Nanos) -> None:
        """Count what ran, if it did, until `end`."""
        began = self._running.pop(occurrence, None)
        if began is not None:
            self.add(occurrence, max(0, end - began))

    def add(self, occurrence: str, span: int) -> None:
        """Count a pause that is over."""
        self._spent[occurrence] = self._spent.get(occurrence, 0) + span

    def keep(self, live: Iterable[Condition]) -> None:
        """Forget what has ended."""
        there = {condition.occurrence for condition in live}
        self._spent = {key: span for key, span in self._spent.items() if key in there}

    def dump(self) -> dict[str, int]:
        """Return it as plain values."""
        return dict(self._spent)

    def load(self, dump: dict[str, int]) -> None:
        """Take it up after a restart."""
        self._spent = dict(dump)


def breaking(event: AlarmEvent, floor: Priority, machine: Occurrences) -> bool:
    """Return whether an event must be heard through a pause that began when `floor` was the highest."""
    worse = event.event == "rearm" and event.reason == "worse"
    if event.event not in _BREAKING and not worse:
        return False
    if event.priority < floor:
        return False
    condition = machine.by_id.get(event.occurrence)
    return condition is None or machine.group_of(condition).cover(condition) is None


class AudioPause:
    """One for the whole bed. What it did is collected until taken, like the occurrences' events."""

    def __init__(self, spent: PausedTime) -> None:
        self.until: Nanos | None = None
        self.by = ""
        self._began = Nanos(0)
        self._floor = Priority.MEDIUM
        self._spent = spent
        self._acts: list[Act] = []

    @property
    def active(self) -> bool:
        """True while nothing is heard."""
        return self.until is not None

    def left_s(self, now: Nanos) -> float:
        """Return the seconds left, 0 when there is no pause."""
        return 0.0 if self.until is None else max(0.0, (self.until - now) / SECOND)

    def take(self) -> tuple[Act, ...]:
        """Return what happened since the last call."""
        if not self._acts:
            return ()
        acts, self._acts = tuple(self._acts), []
        return acts

    # --- acts of people -----------------------------------------------------------------------

    def refusal(
        self, span_s: float, new: Heard, floor: Priority | None, live: list[Condition], now: Nanos
    ) -> str:
        """Return why a pause may not begin now, in words; empty when it may.

        `new` is what came to be heard since it was asked, `floor` what was heard then.
        """
        if not SHORTEST_S <= span_s <= LONGEST / SECOND:
            return f"an audio pause lasts {SHORTEST_S:.0f} to {LONGEST // SECOND} seconds"
        if self.until is not None:
            return f"audio is paused already by {self.by}, {self.left_s(now):.0f} s left"
        if any(priority >= (floor or Priority.MEDIUM) for _, priority in new):
            return "a new alarm came just now: look at it first"
        worst = self._most_paused(live, now)
        if worst is not None and LONGEST - self._spent.of(worst.occurrence, now) < seconds(SHORTEST_S):
            return f"{worst.name} was paused for 2 min already: acknowledge it"
        return ""

    def begin(
        self, span_s: float, user: str, present: Priority | None, live: Iterable[Condition], now: Nanos
    ) -> None:
        """Begin, for at most `span_s`; `present` is the highest priority that sounds now."""
        worst = self._most_paused(live, now)
        spent = self._spent.of(worst.occurrence, now) if worst is not None else 0
        self._began, self.by = now, user
        self.until = Nanos(now + min(seconds(span_s), LONGEST - spent))
        self._floor = present if present is not None else Priority.MEDIUM
        self._acts.append(Act(now, "audio_paused", user=user, seconds=self.left_s(now)))

    def _most_paused(self, live: Iterable[Condition], now: Nanos) -> Condition | None:
        """Return the sounding condition of the never-off list that was paused longest so far."""
        listed = [c for c in live if c.state is State.UNACK and never_off(c.name)]
        return max(listed, key=lambda c: self._spent.of(c.occurrence, now), default=None)

    def end(self, live: Iterable[Condition], now: Nanos, reason: str, user: str | None = None) -> bool:
        """End the pause; False when there is none. Whatever is unacknowledged is heard again."""
        if self.until is None:
            return False
        end = min(now, self.until)
        live = list(live)
        self._spent.keep(live)
        for condition in live:
            if never_off(condition.name):
                self._spent.add(condition.occurrence, max(0, end - max(self._began, condition.since)))
        self.until = None
        self._acts.append(Act(now, "audio_pause_ended", user=user, reason=reason))
        return True

    # --- what happens meanwhile ---------------------------------------------------------------

    def hear(self, events: Iterable[AlarmEvent], machine: Occurrences, now: Nanos) -> None:
        """End the pause when one of `events` must be heard through it."""
        if self.until is None:
            return
        for event in events:
            if breaking(event, self._floor, machine):
                self.end(machine.live, now, f"broken by {event.condition}")
                return

    def pass_time(self, machine: Occurrences, now: Nanos) -> None:
        """End the pause when it would be over before the next tick."""
        if self.until is not None and now + TICK > self.until:
            self.end(machine.live, now, "over")

    # --- restart ------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "until": self.until,
            "by": self.by,
            "began": int(self._began),
            "floor": self._floor.label,
            "spent": self._spent.dump(),
        }

    def load(self, dump: dict[str, Any], shift: int, now: Nanos, *, long: bool) -> None:
        """Take up a pause after a short restart; a `long` one has ended it."""
        self._spent.load(dump["spent"])
        if dump["until"] is None:
            return
        until = Nanos(dump["until"] + shift)
        if long or until <= now:
            reason = "restart" if long else "over"
            self._acts.append(Act(now, "audio_pause_ended", reason=reason))
            return
        self.until, self._began = until, Nanos(dump["began"] + shift)
        self.by, self._floor = dump["by"], Priority.of(dump["floor"])
