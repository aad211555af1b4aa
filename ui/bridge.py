"""The client library in a thread of its own: messages come out in batches, commands go in.

The window hands in `deliver`, which must be safe to call from another thread (a queued signal);
nothing else crosses. Waveforms are batched so that they do not flood the window; what is urgent
is delivered at once.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from monitor.core.clock import Clock, Nanos
from monitor.link.client import Client, Connection, Item
from monitor.link.messages import NURSE, Alarm, AlarmBoard, Reply
from ui.beats import HOLD, Beats

Batch = list[tuple[Nanos, Item]]

BATCH_S = 0.02
_URGENT = (Connection, Alarm, AlarmBoard)


class Bridge:
    """Runs one client; `start` and `stop` belong to one thread, `command` too."""

    def __init__(
        self,
        where: Path | str,
        user: str,
        clock: Clock,
        deliver: Callable[[Batch], None],
        answered: Callable[[str, Reply], None],
        *,
        role: str = NURSE,
    ) -> None:
        self._where = where
        self._user, self._role = user, role
        self._clock = clock
        self._deliver = deliver
        self._answered = answered
        self._batch: Batch = []
        self._flush: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._client: Client | None = None
        self._bed: str | None = None
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._offer: tuple[dict[str, Any], Nanos] | None = None  # of the sound, and when it came
        self._beats: Beats | None = None
        self._thread = threading.Thread(target=self._run, name="client", daemon=True)

    def start(self) -> None:
        """Start following the service; returns when commands can be given."""
        self._thread.start()
        self._ready.wait(5)

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End the client and its thread; False when it did not end in time."""
        loop, main = self._loop, self._main
        if loop is not None and main is not None and not loop.is_closed():
            loop.call_soon_threadsafe(main.cancel)
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def command(self, bed: str, name: str, args: dict[str, Any]) -> None:
        """Send a command; its name and reply come through `answered`."""
        self._submit(self._ask(bed, name, args))

    def hold_sound(self, bed: str) -> None:
        """Beat for the lease that was offered last, once `vouch` says that this station sounds."""
        if self._offer is None:
            return

        async def ask(args: dict[str, Any]) -> Reply:
            assert self._client is not None
            return await self._client.command(bed, HOLD, args)

        beats = Beats(*self._offer, ask, self._answered, self._clock)
        self._beats, self._offer = beats, None
        self._submit(self._hold(beats))

    def vouch(self, now: Nanos) -> None:
        """Say that this station sounds at this moment."""
        if self._beats is not None:
            self._beats.vouch(now)

    def let_go(self) -> None:
        """Beat no more."""
        self._beats = None

    async def _hold(self, beats: Beats) -> None:
        await beats.run(lambda: self._beats is beats)

    def follow_waves(self, bed: str) -> None:
        """Ask for the waveforms of `bed`, now and after every reconnect."""
        if bed != self._bed:
            self._bed = bed
            self._submit(self._want_waves(bed))

    def _submit(self, work: Coroutine[Any, Any, None]) -> None:
        loop = self._loop
        if loop is None or loop.is_closed() or not self._thread.is_alive():
            work.close()
            return

        def begin() -> None:
            task = loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        loop.call_soon_threadsafe(begin)

    async def _ask(self, bed: str, name: str, args: dict[str, Any]) -> None:
        assert self._client is not None
        reply = await self._client.command(bed, name, args)
        if name == "take_sound" and reply.ok and reply.results:
            self._offer = reply.results[0], self._clock.now()
        self._answered(name, reply)

    async def _want_waves(self, bed: str) -> None:
        assert self._client is not None
        await self._client.set_waves(bed, True)

    def _run(self) -> None:
        asyncio.run(self._follow())

    async def _follow(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._main = asyncio.current_task()
        self._client = Client(self._where, self._user, self._clock, role=self._role)
        self._ready.set()
        try:
            await self._client.run(self._take)
        except asyncio.CancelledError:
            return
        finally:
            if self._flush is not None:
                self._flush.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, item: Item) -> None:
        self._batch.append((self._clock.now(), item))
        if isinstance(item, _URGENT):
            self._send()
        elif self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(BATCH_S, self._send)

    def _send(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        batch, self._batch = self._batch, []
        self._deliver(batch)
