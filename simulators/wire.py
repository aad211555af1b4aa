"""Wire time: seconds since the devices began to speak, kept without drift."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from monitor.core.clock import SECOND, Clock, Nanos, seconds

BURST = 8
"""Frames sent in one go while catching up, before others get their turn."""
LATE_S = 10.0
"""Beyond this (the machine slept) what is overdue is lost, as it would be on a wire."""


class Wire:
    """The time base that all devices of one simulation share."""

    def __init__(self, clock: Clock, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._origin: Nanos | None = None
        self.started = asyncio.Event()
        self.late = 0  # frames lost because they were overdue

    def start(self) -> None:
        """Make now wire second 0."""
        self._origin = self._clock.now()
        self.started.set()

    def now_s(self) -> float:
        """Return the wire second; 0 before the start."""
        return self._passed() / SECOND

    async def until(self, t_s: float) -> None:
        """Wait for the start, and then for wire second `t_s`."""
        await self.started.wait()
        while (left := seconds(t_s) - self._passed()) > 0:
            await self._sleep(left / SECOND)

    async def pause(self, seconds: float) -> None:
        """Wait `seconds`, started or not."""
        await self._sleep(seconds)

    async def ticks(self, rate_hz: float) -> AsyncIterator[int]:
        """Yield 0, 1, 2 ... each when it is due; late ones follow in small bursts."""
        await self.started.wait()
        number = burst = 0
        while True:
            late = self._passed() - seconds(number / rate_hz)
            if late > seconds(LATE_S):
                skipped = int(late / SECOND * rate_hz)
                self.late += skipped
                number += skipped
            if late < 0:
                await self._sleep(-late / SECOND)
                burst = 0
                continue
            if burst >= BURST:
                await self._sleep(0)
                burst = 0
            yield number
            number += 1
            burst += 1

    def _passed(self) -> int:
        """Return the nanoseconds since the start: whole, so that a wait never ends a hair too early."""
        return 0 if self._origin is None else self._clock.now() - self._origin
