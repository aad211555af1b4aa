"""The beats by which this station holds a bed's sound: each proves when its window last was well.

The window vouches from its own thread, once a frame in which its sound output plays; the beats leave on
the client's. A window that hangs vouches no more, so its beats prove nothing new although they could be sent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from monitor.core.clock import SECOND, Clock, Nanos
from monitor.link.messages import Reply

HOLD = "hold_sound"
POLL_S = 0.1
"""How soon a beat follows that could not be sent, or had nothing to prove."""
Ask = Callable[[dict[str, Any]], Awaitable[Reply]]


class Beats:
    """One lease, from the answer that offered it on; `vouch` may be called from another thread."""

    def __init__(
        self,
        offer: dict[str, Any],
        offered_at: Nanos,
        ask: Ask,
        answered: Callable[[str, Reply], None],
        clock: Clock,
    ) -> None:
        self._lease, self._echo = str(offer.get("lease", "")), str(offer.get("echo", ""))
        self._beat_s = float(offer.get("beat_s", 2.0))
        self._echo_at = offered_at
        self._ask = ask
        self._answered = answered
        self._clock = clock
        self._well_at: Nanos | None = None

    def vouch(self, now: Nanos) -> None:
        """Say that this station sounds at this moment: its window lives and its output plays."""
        self._well_at = now

    async def run(self, wanted: Callable[[], bool]) -> None:
        """Beat while `wanted`, until the service refuses; its first answer and its refusal are told."""
        told = False
        while wanted():
            reply = await self._beat()
            held = reply is not None and reply.ok and bool(reply.results)
            if reply is not None and reply.results and not (held and told):
                self._answered(HOLD, reply)
                told = True
                if not held:
                    return
            await asyncio.sleep(self._beat_s if held else POLL_S)

    async def _beat(self) -> Reply | None:
        """Send one beat, if there is a newer moment to prove than the last answer; return the answer."""
        well_at = self._well_at
        if well_at is None or well_at < self._echo_at:
            return None
        age_s = (well_at - self._echo_at) / SECOND
        reply = await self._ask({"lease": self._lease, "echo": self._echo, "age_s": age_s, "heard": True})
        if reply.ok and reply.results:
            self._echo, self._echo_at = str(reply.results[0].get("echo", "")), self._clock.now()
        return reply
