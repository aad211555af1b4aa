"""A person marks a cuff reading invalid, or takes the mark away: durable first, for either may lower."""

from alarms.engine import Engine
from monitor.acts import FROM_MEMORY, WORDS_MAX, asked_by
from monitor.core.types import Mark
from monitor.link.messages import Command, Reply
from monitor.place import Place
from monitor.record.marks import INVALID, VALID

INVALIDATE, VALIDATE = "invalidate", "validate"


class Marking:
    """Carries out both commands at one bed; the user is named, that was checked before."""

    def __init__(self, engine: Engine, place: Place) -> None:
        self._engine = engine
        self._place = place

    async def carry_out(self, command: Command) -> Reply:
        """Write down who asks what, let the engine judge what is left, tell every client."""
        place = self._place
        reading, reason = (_word(command, name) for name in ("reading", "reason"))
        body = {**asked_by(command), "name": command.name, "args": {"reading": reading, "reason": reason}}
        durable = await place.durable(place.write("act", body, place.clock.now()))
        now, mark, invalid = place.clock.now(), Mark(command.user, reason), command.name == INVALIDATE
        step, result = self._engine.mark(reading, mark, now, marked=invalid)
        if result.ok:
            about = {**asked_by(command), "reading": reading, "reason": reason, **place.about(reading)}
            place.write(INVALID if invalid else VALID, about, now)
        place.take_step(step, now)
        if result.ok:
            place.marked(reading, mark if invalid else None)
        answer = {"command": command.id, "ok": result.ok, "text": result.text}
        durable = durable and await place.durable(place.write("act_answered", answer, now))
        return Reply(id=command.id, ok=result.ok, text=result.text if durable else result.text + FROM_MEMORY)


def _word(command: Command, name: str) -> str:
    said = command.args.get(name, "")
    return said if isinstance(said, str) and len(said) <= WORDS_MAX else ""
