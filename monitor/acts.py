"""What people change about the signals of a bed: commands in, the engine's answer in words out.

What lowers a signal is durable first (alarm decisions, 1); what raises one never waits for the disk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alarms.engine import Engine
from alarms.pause import Heard
from alarms.types import ActResult, Step
from monitor import limit_acts
from monitor.core.clock import Nanos
from monitor.link.messages import STATION_MAX, Command, Reply
from monitor.place import Place

FROM_MEMORY = " (kept in memory: the record cannot be written)"
ARGS_MAX, WORD_MAX, WORDS_MAX, ASKED_MAX = 8, 40, 200, 2000
"""Bounds on what of a command goes into the journal; no act has more to say."""
ROW_MAX = 50
"""No row has more occurrences."""
NAME_ROW = "name the occurrences of one row, or none for all audio"
Judge = Callable[[Engine, Command, Heard, Nanos], tuple[Step, ActResult]]
"""Asks the engine; `Heard` is what was to be heard when the command came."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One command: how the engine is asked, and whether it lowers a signal."""

    judge: Judge
    lowers: bool


def _pause(engine: Engine, command: Command, asked: Heard, now: Nanos) -> tuple[Step, ActResult]:
    span_s = command.args.get("seconds")
    if isinstance(span_s, bool) or not isinstance(span_s, int | float):
        return Step(), ActResult(False, "say for how many seconds audio is paused")
    named = _occurrences(command)
    if named == []:
        return Step(), ActResult(False, NAME_ROW)
    return engine.pause_audio(float(span_s), command.user, now, asked=asked, occurrences=named)


def _resume(engine: Engine, command: Command, asked: Heard, now: Nanos) -> tuple[Step, ActResult]:
    named = _occurrences(command)
    if named == []:
        return Step(), ActResult(False, NAME_ROW)
    return engine.end_pause(command.user, now, named)


def _occurrences(command: Command) -> list[str] | None:
    """Return the occurrences of the row that is meant, None for all of the bed; [] when malformed."""
    if "occurrences" not in command.args:
        return None
    raw = command.args["occurrences"]
    if not isinstance(raw, list) or len(raw) > ROW_MAX:
        return []
    return raw if all(isinstance(one, str) and 0 < len(one) <= WORDS_MAX for one in raw) else []


def _off(engine: Engine, command: Command, asked: Heard, now: Nanos) -> tuple[Step, ActResult]:
    name, reason = _word(command, "condition"), _word(command, "reason")
    return engine.turn_off(name, command.user, reason, now, role=command.role)


def _on(engine: Engine, command: Command, asked: Heard, now: Nanos) -> tuple[Step, ActResult]:
    return engine.turn_on(_word(command, "condition"), command.user, now)


def _outcome(engine: Engine, command: Command, asked: Heard, now: Nanos) -> tuple[Step, ActResult]:
    text = command.args.get("text", "")
    if not isinstance(text, str) or len(text) > WORDS_MAX or not text.isprintable():
        return Step(), ActResult(False, f"the words must be printable, at most {WORDS_MAX} characters")
    occurrence, outcome = _word(command, "occurrence"), _word(command, "outcome")
    return engine.tell_outcome(occurrence, outcome, text, command.user, now)


def _word(command: Command, name: str) -> str:
    """Return an argument that is a word, or words; "" when there is none such."""
    said = command.args.get(name, "")
    return said if isinstance(said, str) and len(said) <= WORDS_MAX else ""


ACTS: Mapping[str, _Kind] = {
    "pause": _Kind(_pause, lowers=True),
    "resume": _Kind(_resume, lowers=False),
    "off": _Kind(_off, lowers=True),
    "on": _Kind(_on, lowers=False),
    "outcome": _Kind(_outcome, lowers=False),
    "limits": _Kind(limit_acts.change, lowers=True),
    "limits_reset": _Kind(limit_acts.reset, lowers=True),
    "limits_auto": _Kind(limit_acts.automatic, lowers=False),
    "baseline": _Kind(limit_acts.baseline, lowers=True),
}
"""Command name -> what it does."""


class Acts:
    """Carries out such commands at one bed; the user is named, that was checked before."""

    def __init__(self, engine: Engine, place: Place) -> None:
        self._engine = engine
        self._place = place

    async def carry_out(self, command: Command) -> Reply:
        """Write down who asks what, let the engine judge it, write down what came of it."""
        place, kind = self._place, ACTS[command.name]
        heard = self._engine.heard()
        asked = place.write("act", _asked(command), place.clock.now())
        durable = await place.durable(asked) if kind.lowers else True
        now = place.clock.now()
        step, result = kind.judge(self._engine, command, heard, now)
        place.take_step(step, now)
        body = {"command": command.id, "ok": result.ok, "text": result.text}
        answered = place.write("act_answered", body, now)
        durable = durable and await place.durable(answered)  # a slow disk is waited for once
        text = result.text if durable else result.text + FROM_MEMORY
        return Reply(id=command.id, ok=result.ok, text=text, results=list(result.results))


def _asked(command: Command) -> dict[str, Any]:
    given = list(command.args.items())[:ARGS_MAX]
    args = {str(key)[:WORD_MAX]: str(value)[:ASKED_MAX] for key, value in given}
    return {**asked_by(command), "name": command.name, "args": args}


def asked_by(command: Command) -> dict[str, Any]:
    """Return who asks, as the journal keeps it: role and station are what the person's client says."""
    return {
        "command": command.id,
        "user": command.user,
        "verified": command.verified,
        "role": command.role[:WORD_MAX],
        "station": command.station[:STATION_MAX],
    }
