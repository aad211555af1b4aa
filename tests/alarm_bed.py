"""One bed's alarm engine on a desk: values in by the second, events and states out."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alarms import preset as presets
from alarms.adjust import Change, Who
from alarms.engine import DeviceDecl, Engine
from alarms.preset import Preset
from alarms.types import AckResult, Act, ActResult, AlarmEvent, Priority, State, Step
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SECOND, Nanos, seconds
from monitor.core.types import (
    CuffPhase,
    CuffState,
    DeviceLink,
    DeviceStatus,
    LinkState,
    Mark,
    Nibp,
    Numeric,
    Reason,
    StatusCode,
)
from monitor.core.units import Unit

OXIMETER = DeviceDecl("oximeter", ("spo2", "pulse_rate", "pleth"))
STRAP = DeviceDecl("strap", ("heart_rate", "rr_interval"))
CUFF = DeviceDecl("cuff", ("nibp_sys", "nibp_dia", "nibp_map", "nibp_pulse_rate"), episodic=True)
SOURCE = {"spo2": "oximeter", "pulse_rate": "oximeter", "resp_rate": "oximeter", "heart_rate": "strap"}
ADULT = presets.load("adult-standard")
CALM: float = float("nan")
"""Stands for a pressure that alarms nobody and fits to the systolic."""


class AlarmBed:
    """Feeds an engine and remembers everything it told. Times are seconds."""

    def __init__(
        self, *devices: DeviceDecl, preset: Preset = ADULT, start: float = 0, engine: Engine | None = None
    ) -> None:
        self.numbers = itertools.count(1)
        self.devices: Sequence[DeviceDecl] = devices or (OXIMETER, STRAP, CUFF)
        self.engine = engine or Engine(preset, self.devices, seconds(start), ids=self.new_id)
        self.events: list[AlarmEvent] = []
        self.acts: list[Act] = []
        self.now: float = start

    def new_id(self) -> str:
        return f"id{next(self.numbers)}"

    def _keep(self, step: Step) -> Step:
        self.events += step.events
        self.acts += step.acts
        return step

    # --- in -----------------------------------------------------------------------------------

    def value(
        self,
        channel: str,
        value: float | None,
        t: float,
        *,
        reason: Reason | None = None,
        doubtful: bool = False,
        unit: Unit | None = None,
        stamp: float | None = None,
        device_time: datetime | None = None,
    ) -> Step:
        self.now = t
        reading = Numeric(
            SOURCE[channel],
            channel,
            seconds(t if stamp is None else stamp),
            value,
            unit or CATALOGUE[channel].unit,
            reason if value is not None or reason is not None else Reason.MISSING,
            doubtful=doubtful,
            device_time=device_time,
        )
        return self._keep(self.engine.accept(reading, seconds(t)))

    def play(self, channel: str, values: Sequence[float | None], start: float, **rest: Any) -> None:
        """Give one value a second from `start` on, each followed by its tick."""
        for number, value in enumerate(values):
            self.value(channel, value, start + number, **rest)
            self.tick(start + number)

    def hold(self, channel: str, value: float | None, start: float, end: float, **rest: Any) -> None:
        """Give the same value every second from `start` to `end`, `end` included."""
        self.play(channel, [value] * (int(end - start) + 1), start, **rest)

    def cuff(
        self,
        sys: float | None,
        t: float,
        *,
        dia: float | None = CALM,
        mean: float | None = CALM,
        status: tuple[StatusCode, ...] = (),
        stored: bool = False,
        sequence: int | None = None,
        device_time: datetime | None = None,
        unit: Unit = Unit.MMHG,
    ) -> Step:
        """Give a measurement; pressures left out are calm ones that fit to the systolic."""
        self.now = t
        if sys is not None:
            calm = (80, 93) if sys * (7.50062 if unit is Unit.KPA else 1) > 93 else (55, 62)
            dia, mean = (calm[0] if dia is CALM else dia), (calm[1] if mean is CALM else mean)
        reading = Nibp(
            "cuff",
            seconds(t),
            sys,
            dia if sys is not None else None,
            mean if sys is not None else None,
            None,
            unit,
            status,
            stored=stored,
            sequence=sequence,
            device_time=device_time,
            id=f"cuff:{seconds(t)}",
        )
        return self._keep(self.engine.accept(reading, seconds(t)))

    def mark(self, of: float, t: float, *, marked: bool = True, reason: str = "moved") -> ActResult:
        """Mark the reading of second `of` invalid, or take the mark away."""
        self.now = t
        mark = Mark("Kim", reason)
        step, result = self.engine.mark(f"cuff:{seconds(of)}", mark, seconds(t), marked=marked)
        self._keep(step)
        return result

    def link(self, state: LinkState, t: float, device: str = "oximeter") -> Step:
        self.now = t
        return self._keep(self.engine.accept(DeviceLink(device, seconds(t), state), seconds(t)))

    def status(self, code: StatusCode, active: bool, t: float, device: str = "oximeter") -> Step:
        self.now = t
        return self._keep(self.engine.accept(DeviceStatus(device, seconds(t), code, active), seconds(t)))

    def schedule(self, every_s: float | None, t: float) -> Step:
        """Say that the cuff measures every so many seconds; None: when asked."""
        self.now = t
        state = CuffState("cuff", seconds(t), CuffPhase.IDLE, every_s)
        return self._keep(self.engine.accept(state, seconds(t)))

    def squeeze(self, active: bool, t: float) -> Step:
        return self.status(StatusCode.MEASURING, active, t, "cuff")

    def host(self, code: str, active: bool, t: float, text: str = "") -> Step:
        self.now = t
        return self._keep(self.engine.set_condition(code, active, text, seconds(t)))

    def tick(self, t: float) -> Step:
        self.now = t
        return self._keep(self.engine.tick(seconds(t)))

    def ticks(self, start: float, end: float) -> None:
        """Tick every second from `start` to `end`, `end` included, without a reading."""
        for number in range(int(end - start) + 1):
            self.tick(start + number)

    def close(self, t: float) -> Step:
        return self._keep(self.engine.close_session(seconds(t)))

    # --- acts ---------------------------------------------------------------------------------

    def acknowledge(
        self, *conditions: str, t: float | None = None, seen: str | None = None, user: str = "Kim"
    ) -> list[AckResult]:
        """Acknowledge conditions by name, or all members of all rows; `seen`: the priority then seen."""
        now = self.now if t is None else t
        members = [member for row in self.engine.rows(seconds(now)) for member in row.members]
        chosen = [m for m in members if not conditions or m.condition in conditions]
        return self.acknowledge_ids([(m.occurrence, seen or m.priority.label) for m in chosen], now, user)

    def acknowledge_ids(
        self, seen: Sequence[tuple[str, str]], t: float, user: str = "Kim"
    ) -> list[AckResult]:
        step, results = self.engine.acknowledge(seen, user, seconds(t))
        self._keep(step)
        return results

    def pause(self, span_s: float, user: str = "Kim", t: float | None = None) -> ActResult:
        self.now = self.now if t is None else t
        step, result = self.engine.pause_audio(span_s, user, self.nanos())
        self._keep(step)
        return result

    def pause_row(self, span_s: float, *conditions: str, t: float | None = None) -> ActResult:
        """Pause the row of these conditions, of all their occurrences that are shown."""
        self.now = self.now if t is None else t
        ids = self.ids_of(*conditions)
        step, result = self.engine.pause_audio(span_s, "Kim", self.nanos(), occurrences=ids)
        self._keep(step)
        return result

    def ids_of(self, *conditions: str) -> list[str]:
        """Return the occurrences of these conditions that have a row."""
        members = [member for row in self.engine.rows(self.nanos()) for member in row.members]
        return [member.occurrence for member in members if member.condition in conditions]

    def resume(self, user: str = "Kim", occurrences: Sequence[str] | None = None) -> bool:
        step, result = self.engine.end_pause(user, self.nanos(), occurrences)
        self._keep(step)
        return result.ok

    def outcome(self, occurrence: str, outcome: str, text: str = "", user: str = "Kim") -> ActResult:
        step, result = self.engine.tell_outcome(occurrence, outcome, text, user, self.nanos())
        self._keep(step)
        return result

    def turn_off(
        self, condition: str, *, user: str = "Kim", reason: str = "talks", role: str = "clinician"
    ) -> ActResult:
        step, result = self.engine.turn_off(condition, user, reason, self.nanos(), role=role)
        self._keep(step)
        return result

    def turn_on(self, condition: str, user: str = "Kim") -> ActResult:
        step, result = self.engine.turn_on(condition, user, self.nanos())
        self._keep(step)
        return result

    def set_limit(self, condition: str, priority: str, value: float) -> ActResult:
        """Let a clinician change a limit, who names no alarm."""
        who = Who("Dr Lee", "clinician", "known and accepted")
        result = self.engine.limits.change([Change(condition, priority, value)], who, self.nanos(), [])
        step, answer = self.engine.adjusted(result, self.nanos())
        self._keep(step)
        return answer

    @property
    def off(self) -> list[str]:
        return [off.condition for off in self.engine.off]

    def restart(
        self, t: float, *, gap: float, readings: Sequence[Numeric | Nibp] = (), dump: object = None
    ) -> Step:
        """Lose the engine and restore it from its dump (or an older one)."""
        self.now = t
        self.engine, step = Engine.restore(
            self.engine.limits.loaded,
            self.devices,
            dump or self.engine.dump(),  # type: ignore[arg-type]
            seconds(t),
            gap_s=gap,
            readings=readings,
            ids=self.new_id,
        )
        return self._keep(step)

    # --- out ----------------------------------------------------------------------------------

    def state(self, condition: str, channel: str | None = None) -> State:
        return self.engine.state_of(condition, channel=channel)

    def told(self, condition: str | None = None, *events: str) -> list[tuple[float, str, str, str | None]]:
        """Return (t, event, priority, reason) of what was told of a condition."""
        return [
            (event.t / SECOND, event.event, event.priority.label, event.reason)
            for event in self.events
            if condition in (None, event.condition) and (not events or event.event in events)
        ]

    def starts(self, condition: str) -> list[tuple[float, str]]:
        """Return (t, priority) of every start."""
        return [(t, priority) for t, _, priority, _ in self.told(condition, "start")]

    def last(self, condition: str) -> AlarmEvent:
        return [event for event in self.events if event.condition == condition][-1]

    def texts(self) -> list[str]:
        return [row.text for row in self.engine.rows(seconds(self.now))]

    def nanos(self) -> Nanos:
        return seconds(self.now)

    @property
    def paused(self) -> float:
        """Return for how many more seconds audio is paused."""
        return self.engine.paused(self.nanos())[0]

    @property
    def sounding(self) -> Priority | None:
        return self.engine.sounding


def nanos(t: float) -> Nanos:
    return seconds(t)
