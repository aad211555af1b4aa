"""The way to one device, whatever it is made of, and what its errors say."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from monitor.core.errors import LinkError

Receive = Callable[[str, bytes], None]
"""Called with the source's UUID ("" on a serial line) and its bytes, the moment they are read."""


class WrongModelError(LinkError):
    """The way is open, and what answers has not what this model must have."""


class Port(Protocol):
    """Opened once, closed once; made anew for every attempt."""

    async def open(self, receive: Receive) -> None:
        """Open the way; from then on `receive` gets every byte. LinkError says why it cannot."""
        ...

    async def closed(self) -> None:
        """Wait until the device hangs up (return) or the way breaks (LinkError)."""
        ...

    async def close(self) -> None:
        """Let go of everything; safe at any time and twice."""
        ...


def settle(future: asyncio.Future[None] | None) -> None:
    """End a future that nobody waits for any more, so that asyncio does not complain about it."""
    if future is not None and not future.cancel() and not future.cancelled():
        future.exception()
