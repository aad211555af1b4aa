"""What the commands of a bed need of it."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Protocol

from alarms.types import Step
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Mark


class Place(Protocol):
    """What a command needs of its bed."""

    @property
    def clock(self) -> Clock:
        """The bed's clock."""
        ...

    def write(self, kind: str, body: Mapping[str, object], t: Nanos) -> Future[int]:
        """Add an entry to the journal."""
        ...

    async def durable(self, writing: Future[int]) -> bool:
        """Wait for the disk for a moment; False when the entry is in memory only."""
        ...

    def take_step(self, step: Step, now: Nanos) -> None:
        """Tell clients what the engine decided, and write it down."""
        ...

    def looked(self) -> None:
        """A person has looked at the alarms that a restart brought back."""
        ...

    def about(self, reading: str) -> Mapping[str, object]:
        """Return what a cuff reading is, for the journal."""
        ...

    def marked(self, reading: str, mark: Mark | None) -> None:
        """Tell clients that a cuff reading is marked invalid; None: valid again."""
        ...
