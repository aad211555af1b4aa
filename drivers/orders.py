"""A person's orders to a cuff, and the way from the bed to the device that carries them out."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from monitor.core.errors import MonitorError


class OrderKind(StrEnum):
    """What a person may ask of a cuff that takes orders."""

    START = "start"  # measure once, now
    STOP = "stop"  # let the air out at once, and end the automatic cycle
    CYCLE = "cycle"  # measure every so many minutes; 0 ends it


@dataclass(frozen=True, slots=True)
class Order:
    """One order; `minutes` is for CYCLE only."""

    kind: OrderKind
    minutes: float = 0.0


class OrderRefused(MonitorError):
    """The order cannot be carried out now; the text says why and what to do."""


class Orders:
    """Where a bed leaves its orders; the device's supervisor takes them in the same turn of the loop."""

    def __init__(self) -> None:
        self._take: Callable[[Order], str] | None = None

    def attach(self, take: Callable[[Order], str]) -> None:
        """Let `take` carry out what comes from now on."""
        self._take = take

    def give(self, order: Order) -> str:
        """Return the device's answer in words; OrderRefused says why it does not obey."""
        if self._take is None:
            raise OrderRefused("the device is not being looked after: is the service starting?")
        return self._take(order)
