"""What people ask of a bed: each command once, by a named user, its answer durable before it is given."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from alarms.engine import Engine
from drivers.orders import Order, OrderKind, OrderRefused, Orders, is_stop, read_order
from monitor.acts import ACTS, FROM_MEMORY, Acts, asked_by
from monitor.link.messages import Command, Reply
from monitor.marking import INVALIDATE, VALIDATE, Marking
from monitor.place import Place
from monitor.quiet_commands import GIVE_BACK, HOLD, TAKE, QuietCommands

ANSWERS_KEPT = 512
NAME_MAX = 80
ORDER_ARGS = ("device", "order", "minutes")
SEEN_MAX = 200
"""Bounds on what one acknowledgement may name; no bed has more occurrences at once."""


class Commands:
    """The commands of one bed; runs on the service's loop."""

    def __init__(self, engine: Engine, place: Place, orders: Mapping[str, Orders]) -> None:
        self._engine = engine
        self._place = place
        self._orders = orders
        quiet = QuietCommands(engine, place)
        self._handlers: dict[str, Callable[[Command], Awaitable[Reply]]] = {
            "acknowledge": self._acknowledge,
            "cuff": self._order_cuff,
            **dict.fromkeys(ACTS, Acts(engine, place).carry_out),
            **dict.fromkeys((INVALIDATE, VALIDATE), Marking(engine, place).carry_out),
            TAKE: quiet.take,
            HOLD: quiet.hold,
            GIVE_BACK: quiet.give_back,
        }
        self._answers: dict[str, tuple[Command, asyncio.Task[Reply]]] = {}

    async def carry_out(self, command: Command) -> Reply:
        """Carry out a command once; a repeated one gets the first answer.

        To stop a cuff is carried out however often it is asked, and so is a beat, which proves the same
        twice and would push older answers out. Another command under a known id is refused.
        """
        if command.name == HOLD or is_stop(command.name, command.args):
            return await asyncio.shield(self._carry_out(command))
        known, task = self._answers.get(command.id, (command, None))
        if known != command:
            text = "another command had this id: give each its own"
            return Reply(id=command.id, ok=False, text=text)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._carry_out(command))
            self._answers[command.id] = command, task
            while len(self._answers) > ANSWERS_KEPT:
                del self._answers[next(iter(self._answers))]
        return await asyncio.shield(task)

    async def _carry_out(self, command: Command) -> Reply:
        handler = self._handlers.get(command.name)
        if handler is None:
            return Reply(id=command.id, ok=False, text=f"this service knows no command {command.name!r}")
        if not _is_name(command.user) and not is_stop(command.name, command.args):
            text = f"it needs a named user: printable, at most {NAME_MAX} characters"
            return Reply(id=command.id, ok=False, text=text)
        return await handler(command)

    async def _order_cuff(self, command: Command) -> Reply:
        """Hand an order to a cuff at once, and write down who gave it and what came of it.

        It does not wait for the disk: what stops a cuff must not, and a person sees it start.
        """
        try:
            device, order = read_order(command.args)
            if device not in self._orders:
                raise OrderRefused(f"{device!r} is no cuff of this bed that takes orders")
            text, ok = self._orders[device].give(order), True
        except OrderRefused as refusal:
            text, ok = str(refusal), False
        body = asked_by(command)
        asked = {key: str(command.args[key])[:NAME_MAX] for key in ORDER_ARGS if key in command.args}
        place = self._place
        written = place.write("cuff_order", {**body, **asked, "ok": ok, "text": text}, place.clock.now())
        await place.durable(written)
        return Reply(id=command.id, ok=ok, text=text)

    def measure_again(self, device: str, after_s: float, why: str) -> tuple[bool, str]:
        """Hand an alarm's wish for a measurement to a cuff; return whether it obeys, and its answer."""
        if device not in self._orders:
            return False, f"{device!r} is no cuff of this bed that takes orders"
        try:
            return True, self._orders[device].give(Order(OrderKind.AGAIN, after_s=after_s, why=why))
        except OrderRefused as refusal:
            return False, str(refusal)

    async def _acknowledge(self, command: Command) -> Reply:
        """Write down who acknowledges what, durable, then let the engine judge each one."""
        seen, place = _seen_by_user(command.args.get("occurrences")), self._place
        if not seen:
            return Reply(id=command.id, ok=False, text="name the occurrences and the priority seen")
        intent = {**asked_by(command), "seen": seen}
        durable = await place.durable(place.write("acknowledge", intent, place.clock.now()))
        now = place.clock.now()
        step, results = self._engine.acknowledge(seen, command.user, now)
        place.take_step(step, now)
        if any(result.ok for result in results):
            place.looked()
        answers = [
            {
                "occurrence": result.occurrence,
                "ok": result.ok,
                "text": result.text,
                "state": result.state,
                "priority": result.priority,
            }
            for result in results
        ]
        outcome = place.write("acknowledged", {"command": command.id, "results": answers}, now)
        durable = durable and await place.durable(outcome)  # a slow disk is waited for once
        ok = all(result.ok for result in results)
        text = "acknowledged" if ok else "; ".join(result.text for result in results if not result.ok)
        if not durable:
            text += FROM_MEMORY
        return Reply(id=command.id, ok=ok, text=text, results=answers)


def _is_name(user: str) -> bool:
    """Return whether a person can be known by it, in a journal and on a terminal."""
    return 0 < len(user.strip()) <= NAME_MAX and user.isprintable() and any(c.isalnum() for c in user)


def _seen_by_user(raw: object) -> list[tuple[str, str]]:
    """Return [(occurrence, priority seen), ...] from a command's argument; empty when malformed."""
    if not isinstance(raw, list):
        return []
    if len(raw) > SEEN_MAX:
        return []
    pairs = [tuple(item) for item in raw if isinstance(item, list | tuple) and len(item) == 2]
    words = [word for pair in pairs for word in pair]
    if len(pairs) != len(raw) or not all(isinstance(word, str) and len(word) <= NAME_MAX for word in words):
        return []
    return [(str(occurrence), str(priority)) for occurrence, priority in pairs]
