"""What stations ask about the sound of a bed: take it, hold it, give it back.

What lets the bed fall quiet is durable first; a beat that keeps it so writes nothing and waits for nothing.
"""

from alarms.engine import Engine
from alarms.quiet import Beat, Holder
from alarms.types import ActResult
from monitor.acts import FROM_MEMORY
from monitor.link.messages import Command, Reply
from monitor.place import Place

TAKE, HOLD, GIVE_BACK = "take_sound", "hold_sound", "give_back_sound"
LEASE_MAX = 80


class QuietCommands:
    """Carries them out at one bed; the user is named, that was checked before."""

    def __init__(self, engine: Engine, place: Place) -> None:
        self._engine = engine
        self._place = place

    async def take(self, command: Command) -> Reply:
        """Offer the sound under the command's own id; nothing is quieter yet."""
        holder = _holder(command, command.id)
        if not holder.station.strip():
            return _reply(command, ActResult(False, "say which station takes the sound"))
        if not 0 < len(command.id) <= LEASE_MAX:
            return _reply(command, ActResult(False, f"its id is the lease: at most {LEASE_MAX} characters"))
        return await self._written(command, self._engine.quiet.offer(holder, self._place.clock.now()))

    async def hold(self, command: Command) -> Reply:
        """Take one beat; only the first of a lease is written down, before it counts."""
        beat, place, text = _beat(command), self._place, ""
        if beat is None:
            return _reply(command, ActResult(False, "a beat names lease, echo and age_s"))
        if self._engine.quiet.begins(beat):
            body = {**_who(command), "name": HOLD, "lease": beat.holder.lease, "test_heard": beat.heard}
            text = "" if await place.durable(place.write("act", body, place.clock.now())) else FROM_MEMORY
        now = place.clock.now()
        result = self._engine.quiet.hold(beat, now)
        place.take_step(self._engine.look_at_quiet(now), now)
        return _reply(command, result, text)

    async def give_back(self, command: Command) -> Reply:
        """Let the bed sound again at once; the disk comes after."""
        lease = command.args.get("lease", "")
        if not isinstance(lease, str) or len(lease) > LEASE_MAX:
            return _reply(command, ActResult(False, "name the lease, or nothing: then the quiet room ends"))
        now = self._place.clock.now()
        result = self._engine.quiet.give_back(_holder(command, lease), now)
        self._place.take_step(self._engine.look_at_quiet(now), now)
        return await self._written(command, result)

    async def _written(self, command: Command, result: ActResult) -> Reply:
        place = self._place
        body = {**_who(command), "name": command.name, "ok": result.ok, "text": result.text}
        durable = await place.durable(place.write("act", body, place.clock.now()))
        return _reply(command, result, "" if durable else FROM_MEMORY)


def _who(command: Command) -> dict[str, object]:
    return {
        "command": command.id,
        "user": command.user,
        "verified": command.verified,
        "role": command.role,
        "station": command.station,
    }


def _holder(command: Command, lease: str) -> Holder:
    return Holder(lease, command.user, command.station, command.role)


def _beat(command: Command) -> Beat | None:
    """Return the beat in a command, None when it is none."""
    args = command.args
    lease, echo, age_s = args.get("lease"), args.get("echo"), args.get("age_s")
    if not (isinstance(lease, str) and 0 < len(lease) <= LEASE_MAX and isinstance(echo, str)):
        return None
    if isinstance(age_s, bool) or not isinstance(age_s, int | float):
        return None
    return Beat(_holder(command, lease), echo, float(age_s), heard=args.get("heard") is True)


def _reply(command: Command, result: ActResult, more: str = "") -> Reply:
    return Reply(id=command.id, ok=result.ok, text=result.text + more, results=list(result.results))
