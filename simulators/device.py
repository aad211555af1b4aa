"""What every simulated device offers to the simulation and to the control channel."""

from collections.abc import Callable
from typing import Protocol

Announce = Callable[[str], None]


class Device(Protocol):
    """One device: it runs by itself, and obeys commands."""

    id: str
    usage: tuple[str, ...]  # its commands, for `help`

    async def run(self) -> None:
        """Speak until cancelled, or until nothing is left to say."""
        ...

    async def obey(self, words: list[str]) -> str:
        """Carry out one command and return the answer; CommandError when it makes no sense."""
        ...

    async def close(self) -> None:
        """Take the device away."""
        ...
