"""The alarm engine of one bed: a reading, a tick or a person's act in, events and rows out.

Pure and deterministic: no clock, no input or output; time comes as an argument. It steps on every
reading and on a tick of 1 s, also while every device is away.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alarms import gate, groups, invalid, restore, roles
from alarms.armed import Armed
from alarms.condition import Condition
from alarms.escalation import EVERYBODY, call_next, climb, louder_db, rung
from alarms.in_force import InForce
from alarms.intake import Intake
from alarms.occurrence import Do, On
from alarms.off import Off
from alarms.pause import Heard
from alarms.preset import Preset
from alarms.quiet import Quiet, QuietRoom
from alarms.types import AckResult, Act, ActResult, DeviceDecl, Priority, Row, State, Step
from monitor.core.clock import SECOND, Nanos, seconds
from monitor.core.types import Mark, Reading, Reason

__all__ = ["AckResult", "DeviceDecl", "Engine", "Step"]

_NOTHING = Step()
LATEST_TICK = seconds(3)
"""A tick more than 2 s late (or a machine that slept): nothing is known until fresh values come."""


class Engine:
    """Judges one bed. `ids` gives new occurrence and episode ids."""

    def __init__(
        self, preset: Preset, devices: Sequence[DeviceDecl], now: Nanos, *, ids: Callable[[], str]
    ) -> None:
        self._armed = Armed(preset, devices, now, ids)
        self._machine = self._armed.machine
        self._limits = InForce(self._armed)
        self._intake = Intake(self._armed, self._limits.units)
        self._now = now
        self._ticked = now
        self._restarts: list[Nanos] = []
        self._rows: tuple[Row, ...] = ()
        self._sounding: Priority | None = None
        self._calls: tuple[Act, ...] = ()

    @classmethod
    def restore(
        cls,
        preset: Preset,
        devices: Sequence[DeviceDecl],
        dump: dict[str, Any],
        now: Nanos,
        *,
        gap_s: float,
        readings: Sequence[Reading] = (),
        ids: Callable[[], str],
        dump_t: Nanos | None = None,
    ) -> tuple["Engine", Step]:
        """Return the engine as it was, and what the restart itself told.

        `gap_s` is how long nothing was judged (infinite when in doubt), `readings` are the stored ones
        of the last 120 s, `dump_t` when the dump was made, on the present clock (other boot only).
        """
        engine = cls(preset, devices, now, ids=ids)
        past = restore.Past(dump, gap_s, tuple(readings), dump_t)
        restore.refuse_other(dump)
        engine._limits.load(dump.get("limits"), restore.shift_of(past, now), now)
        for reading in readings:
            engine._limits.rest.hear(gate.judged(reading))
        engine._restarts = restore.take_up(engine._armed, past, now)
        engine._watch_restarts(now)
        return engine, engine._step(None, now, refresh=True)

    def dump(self) -> dict[str, Any]:
        """Return what a restart needs, as plain values."""
        return {**restore.dump(self._armed, self._now, self._restarts), "limits": self._limits.dump()}

    # --- readings and time ----------------------------------------------------------------------

    def accept(self, reading: Reading, now: Nanos) -> Step:
        """Take one reading; the step carries it as the gate let it through."""
        accepted, judged = self._intake.take(reading, now)
        self._limits.rest.hear(accepted)
        return self._step(accepted, now) if judged else Step((), accepted)

    @property
    def refused(self) -> Counter[Reason]:
        """Return how many values the gate refused, by reason."""
        return self._intake.refused

    def tick(self, now: Nanos) -> Step:
        """Let time pass; every second, and safe at any time."""
        armed, machine = self._armed, self._machine
        late = now - self._ticked > LATEST_TICK
        self._ticked = now
        for track in armed.track_list:
            track.pass_time(machine, now, late=late)
        for watch in armed.watch_list:
            watch.tick(machine, now)
        for cuff in armed.cuff_list:
            cuff.tick(machine, now)
        armed.compare(now)
        for condition in tuple(machine.live):
            self._pass_time(condition, now)
        armed.pause.pass_time(machine, now)
        armed.row_pauses.pass_time(machine, now)
        armed.offs.pass_time(now)
        self._limits.tick(now)
        self._calls += climb(self._heard(), now) + armed.wanted(now)
        self._look_at_quiet(now)
        if self._restarts:
            self._watch_restarts(now)
        return self._step(None, now, refresh=True)

    def _pass_time(self, condition: Condition, now: Nanos) -> None:
        """Raise what nobody acknowledges; sound again what an acknowledgement no longer covers."""
        if condition.state is State.UNACK:
            after = condition.rises_after
            due = after is not None and now - condition.unack_since >= after
            if due and condition.priority is Priority.MEDIUM:
                self._machine.apply(condition, On.RISE, now, priority=Priority.HIGH, reason="unacknowledged")
                condition.risen = True
        elif condition.state is State.ACK and self._machine.group_of(condition).cover(condition) is None:
            due = now - condition.acked_at >= condition.timeouts[condition.priority]
            if due:
                self._machine.apply(condition, On.ACK_TIMEOUT, now, reason="ack_timeout")

    def _watch_restarts(self, now: Nanos) -> None:
        stalled, self._restarts = restore.stalled(self._restarts, now)
        condition = self._armed.host.conditions["ALARM_ENGINE_STALL"]
        if stalled and not condition.active:
            text = f"{len(self._restarts)} restarts in 5 min"
            self._armed.host.set("ALARM_ENGINE_STALL", True, text, self._machine, now)
        elif not self._restarts:
            self._armed.host.set("ALARM_ENGINE_STALL", False, "", self._machine, now)

    # --- acts of people and of the host -----------------------------------------------------------

    def acknowledge(
        self, seen: Sequence[tuple[str, str | Priority]], user: str, now: Nanos
    ) -> tuple[Step, list[AckResult]]:
        """Judge each (occurrence, priority seen) alone; ValueError without a named user."""
        if not user.strip():
            raise ValueError("an acknowledgement needs a named user")
        results = [self._acknowledge(occurrence, priority, user, now) for occurrence, priority in seen]
        return self._step(None, now), results

    def _acknowledge(self, occurrence: str, seen: str | Priority, user: str, now: Nanos) -> AckResult:
        condition = self._machine.by_id.get(occurrence)
        if condition is None:
            label = seen.label if isinstance(seen, Priority) else seen
            return AckResult(occurrence, False, "this alarm has ended", State.ENDED.value, label)
        try:
            priority = Priority.of(seen) if isinstance(seen, str) else seen
        except ValueError as error:
            return AckResult(occurrence, False, str(error), condition.state.value, condition.priority.label)
        on = On.ACKNOWLEDGE if priority >= condition.priority else On.ACKNOWLEDGE_LESS
        first = condition.acked_by
        do = self._machine.apply(condition, on, now, user=user, value=self._value_now(condition))
        return _answer(occurrence, condition, do, first)

    def _value_now(self, condition: Condition) -> float | None:
        track = self._armed.tracks.get((condition.device or "", condition.channel or ""))
        return track.value if track is not None and condition.detector is not None else None

    def heard(self) -> Heard:
        """Return what must be heard now, whether audio is paused or not."""
        return groups.heard(self._armed.groups)

    def pause_audio(
        self,
        span_s: float,
        user: str,
        now: Nanos,
        *,
        asked: Heard | None = None,
        occurrences: Sequence[str] | None = None,
    ) -> tuple[Step, ActResult]:
        """Let nothing be heard for `span_s`, at most 2 min; ValueError without a named user.

        With `occurrences`, all of one row, only they are not heard. `asked` is what was heard when the
        person asked: a pause never quiets what came later.
        """
        if not user.strip():
            raise ValueError("an audio pause needs a named user")
        pause, machine = self._armed.pause, self._machine
        heard = self.heard()
        known = heard if asked is None else asked
        present = max((priority for _, priority in known), default=None)
        if occurrences is not None:
            floor = present or Priority.MEDIUM
            result = self._pause_row(span_s, user, occurrences, floor, heard - known, now)
            return self._step(None, now), result
        refusal = pause.refusal(span_s, heard - known, present, machine.live, now)
        if refusal:
            return self._step(None, now), ActResult(False, refusal)
        self._armed.row_pauses.end(machine, now, "all audio paused", user)
        pause.begin(span_s, user, present, machine.live, now)
        return self._step(None, now), ActResult(True, f"audio paused for {pause.left_s(now):.0f} s")

    def _pause_row(
        self, span_s: float, user: str, named: Sequence[str], floor: Priority, new: Heard, now: Nanos
    ) -> ActResult:
        """Pause what is named, when it is all of one row."""
        if self._armed.pause.active:
            return ActResult(False, f"all audio is paused already by {self._armed.pause.by}")
        chosen = [self._machine.by_id[one] for one in named if one in self._machine.by_id]
        rows = groups.rows(self._armed.groups, now)
        of = {row.key for row in rows for m in row.members if m.occurrence in named}
        if len(of) > 1:
            return ActResult(False, "name alarms of one row")
        return self._armed.row_pauses.begin(span_s, user, chosen, floor, new, now)

    def end_pause(
        self, user: str, now: Nanos, occurrences: Sequence[str] | None = None
    ) -> tuple[Step, ActResult]:
        """Let everything be heard again; with `occurrences` only the rows that they are in."""
        ended = self._armed.row_pauses.end(self._machine, now, "ended by a person", user, occurrences)
        if occurrences is None:
            ended = self._armed.pause.end(self._machine.live, now, "ended by a person", user) or ended
        text = "audio pause ended" if ended else "audio is not paused"
        return self._step(None, now), ActResult(ended, text)

    def tell_outcome(
        self, occurrence: str, outcome: str, text: str, user: str, now: Nanos
    ) -> tuple[Step, ActResult]:
        """Take what became of an alarm, active or over; it changes no signal."""
        result = self._armed.outcomes.tell(occurrence, outcome, text, user, self._machine.by_id, now)
        return self._step(None, now), result

    def mark(self, reading: str, mark: Mark, now: Nanos, *, marked: bool) -> tuple[Step, ActResult]:
        """Mark a cuff reading invalid, or valid again: what is left is judged."""
        result = invalid.mark(self._armed, self._limits.rest, reading, mark, marked, now)
        return self._step(None, now), result

    def reconcile(self, marks: Mapping[str, Mark], now: Nanos) -> Step:
        """Take the marks of the journal for the truth, after a restart."""
        invalid.reconcile(self._armed, self._limits.rest, marks, now)
        return self._step(None, now)

    def turn_off(self, name: str, user: str, reason: str, now: Nanos, *, role: str) -> tuple[Step, ActResult]:
        """Turn one alarm off until the session ends; ValueError without a named user."""
        if not user.strip():
            raise ValueError("turning an alarm off needs a named user")
        offs, found = self._armed.offs, self._named(name)
        refusal = offs.refusal(name, reason, found) or roles.off_refusal(name, self.preset, role)
        if refusal:
            return self._step(None, now), ActResult(False, refusal)
        offs.turn_off(found, user, reason, self._machine, now)
        return self._step(None, now), ActResult(True, f"{name} is off until the session ends")

    def turn_on(self, name: str, user: str, now: Nanos) -> tuple[Step, ActResult]:
        """Judge an alarm again that was turned off, a pressure at once by its last reading."""
        if self._armed.offs.turn_on(self._named(name), user, self._machine, now):
            for cuff in self._armed.cuff_list:
                for condition in (one for one in cuff.conditions if one.name == name):
                    cuff.turned_on(condition, self._machine, now)
            return self._step(None, now), ActResult(True, f"{name} is on")
        return self._step(None, now), ActResult(False, f"{name} is not off")

    def _named(self, name: str) -> list[Condition]:
        return [condition for condition in self._armed.conditions() if condition.name == name]

    def adjusted(self, result: ActResult, now: Nanos) -> tuple[Step, ActResult]:
        """Return what an act on `limits` told, and its answer."""
        return self._step(None, now, refresh=True), result

    @property
    def preset(self) -> Preset:
        """Return what the bed is judged by now."""
        return self._limits.preset

    @property
    def limits(self) -> InForce:
        """Return the limits in force, and who set them."""
        return self._limits

    @property
    def off(self) -> tuple[Off, ...]:
        """Return the alarms that are off, the longest first."""
        return self._armed.offs.all

    def measure_refused(self, device: str, now: Nanos) -> Step:
        """Take note that a cuff does not do what alarms want of it: a person must measure."""
        self._armed.cuffs[device].refused()
        return self._step(None, now, refresh=True)

    @property
    def cycles_min(self) -> dict[str, float]:
        """Return cuff that takes orders -> minutes of its cycle, 0 while it measures when asked."""
        cuffs = ((device, cuff) for device, cuff in self._armed.cuffs.items() if cuff.remeasure is not None)
        return {device: (cuff.overdue.interval or 0) / (60 * SECOND) for device, cuff in cuffs}

    def set_condition(self, code: str, active: bool, text: str, now: Nanos) -> Step:
        """Start or end a technical condition of the host; ValueError when the preset has none such."""
        self._armed.host.set(code, active, text, self._machine, now)
        return self._step(None, now)

    def look_at_quiet(self, now: Nanos) -> Step:
        """Let what became of the quiet room be told: REMOTE_LOST starts when its holder is lost."""
        self._look_at_quiet(now)
        return self._step(None, now)

    def _look_at_quiet(self, now: Nanos) -> None:
        self.quiet.pass_time(now)
        lost = self.quiet.state is Quiet.LOST
        if lost is not self._armed.host.conditions["REMOTE_LOST"].active:
            self._armed.host.set("REMOTE_LOST", lost, self.quiet.detail, self._machine, now)
            if lost:
                self._armed.pause.end(self._machine.live, now, "broken by REMOTE_LOST")
                self._armed.row_pauses.end(self._machine, now, "broken by REMOTE_LOST")
                self._calls += call_next(self._heard(), now)

    def close_session(self, now: Nanos) -> Step:
        """End every occurrence: each start has its end."""
        for condition in self._armed.conditions():
            if condition.detector is not None:
                condition.detector.reset()
            if condition.pressure is not None:
                condition.pressure.reset()
            self._machine.apply(condition, On.SESSION, now, reason="session_end")
        self._armed.forget()
        self._armed.pause.end((), now, "session end")
        self._armed.row_pauses.end(self._machine, now, "session end")
        self._armed.offs.close(now)
        self._limits.close(now)
        self.quiet.close(now)
        return self._step(None, now)

    # --- what is shown and heard --------------------------------------------------------------------

    def rows(self, now: Nanos) -> tuple[Row, ...]:
        """Return the rows of the alarm bar: highest priority first, newest first within one."""
        return self._marked(now) if self._rows else ()

    def _marked(self, now: Nanos) -> tuple[Row, ...]:
        """Return the rows, those whose audio is paused marked so."""
        found = groups.rows(self._armed.groups, now)
        pauses = self._armed.row_pauses
        return pauses.mark(found, self.heard()) if pauses.quiet else found

    @property
    def highest(self) -> Priority | None:
        """Return the highest priority that nobody has acknowledged, latched rows included."""
        return max((row.priority for row in self._rows if row.state is not State.ACK), default=None)

    @property
    def sounding(self) -> Priority | None:
        """Return the priority that must be heard now, None for nothing; nothing while audio is paused."""
        return None if self._armed.pause.active else self._sounding

    @property
    def quiet(self) -> QuietRoom:
        """Return the quiet room: who sounds instead of the bed. After asking it, `look_at_quiet`."""
        return self._armed.quiet

    @property
    def sounds_here(self) -> bool:
        """Return whether what sounds is to be heard at the bed too, though a remote station sounds it.

        What nobody has answered until it calls everybody is heard there again (alarm decisions, 1).
        """
        return self.quiet.state is not Quiet.HELD or any(rung(c).calls == EVERYBODY for c in self._heard())

    @property
    def louder_db(self) -> float:
        """Return by how much what is heard must be louder than it was set."""
        return louder_db(self._heard())

    def _heard(self) -> list[Condition]:
        machine = self._machine
        return [c for c in machine.live if c.state is State.UNACK and machine.group_of(c).cover(c) is None]

    def paused(self, now: Nanos) -> tuple[float, str]:
        """Return for how many more seconds audio is paused (0: it is not), and by whom."""
        pause = self._armed.pause
        return (pause.left_s(now), pause.by) if pause.active else (0.0, "")

    def state_of(self, condition: str, device: str | None = None, channel: str | None = None) -> State:
        """Return the state of a condition; KeyError when the bed has none such."""
        for found in self._armed.conditions():
            if (
                found.name == condition
                and device in (None, found.device)
                and channel in (None, found.channel)
            ):
                return found.state
        raise KeyError(condition)

    def _step(self, accepted: Reading | None, now: Nanos, *, refresh: bool = False) -> Step:
        """Take what was told; rows are made anew on events, and once a second for their ages."""
        self._now = now
        events = self._machine.take()
        pause = self._armed.pause
        if events:
            pause.hear(events, self._machine, now)
            self._armed.row_pauses.hear(events, self._machine, now)
            self._armed.outcomes.hear(events)
        acts = pause.take() + self._armed.row_pauses.take() + self._armed.offs.take() + self._calls
        acts += self._armed.outcomes.take() + self._limits.take() + self.quiet.take()
        self._calls = ()
        if not events and not acts and not (refresh and (self._rows or self._machine.live)):
            return Step((), accepted) if accepted is not None else _NOTHING
        rows = self._marked(now)
        changed = rows != self._rows
        self._rows = rows
        self._sounding = groups.sounding(self._armed.groups, self._armed.row_pauses.quiet)
        return Step(events, accepted, changed or bool(events) or bool(acts), acts)


def _answer(occurrence: str, condition: Condition, do: Do, first: str | None) -> AckResult:
    state, priority = condition.state.value, condition.priority.label
    if do is Do.REFUSE:
        text = f"not acknowledged: it is {priority} by now"
    elif do is Do.SAME:
        text = f"already acknowledged by {first}" if first else "already acknowledged"
    elif do is Do.END:
        text, state = "seen, the alarm is over", State.ENDED.value
    else:
        text = "acknowledged"
    return AckResult(occurrence, do is not Do.REFUSE, text, state, priority)
