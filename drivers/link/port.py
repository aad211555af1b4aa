"""The way to one device, whatever it is made of, and what its errors say."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from drivers.model import Write
from monitor.core.errors import LinkError

Receive = Callable[[str, bytes], None]
"""Called with the source's UUID ("" on a serial line) and its bytes, the moment they are read."""

Greet = Callable[[], Sequence[Write]]
"""Called once the way is open; returns what is written first."""


def nothing_to_say() -> Sequence[Write]:
    """Return nothing: most devices are only listened to."""
    return ()


class WrongModelError(LinkError):
    """The way is open, and what answers has not what this model must have."""


class Port(Protocol):
    """Opened once, closed once; made anew for every attempt."""

    async def open(self, receive: Receive, greet: Greet = nothing_to_say) -> None:
        """Open the way; from then on `receive` gets every byte. LinkError says why it cannot."""
        ...

    def write(self, write: Write) -> None:
        """Send bytes in order, without waiting; a way that takes none breaks."""
        ...

    async def closed(self) -> None:
        """Wait until the device hangs up (return) or the way breaks (LinkError)."""
        ...

    async def close(self, parting: Sequence[Write] = ()) -> None:
        """Send `parting` if the way still takes it, and let go of everything; safe at any time and twice."""
        ...


def settle(future: asyncio.Future[None] | None) -> None:
    """End a future that nobody waits for any more, so that asyncio does not complain about it."""
    if future is not None and not future.cancel() and not future.cancelled():
        future.exception()
