"""A person's orders to a cuff, and the way from the bed to the device that carries them out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.core.errors import MonitorError


class OrderKind(StrEnum):
    """What may be asked of a cuff that takes orders."""

    START = "start"  # measure once, now
    STOP = "stop"  # let the air out at once, and end the automatic cycle
    CYCLE = "cycle"  # measure every so many minutes; 0 ends it
    AGAIN = "again"  # an alarm's, never a person's: measure once, unless a person has stopped it since


PERSONS = frozenset({OrderKind.START, OrderKind.STOP, OrderKind.CYCLE})
"""What a person may ask."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order; `minutes` is for CYCLE only, `after_s` from now and `why` for AGAIN."""

    kind: OrderKind
    minutes: float = 0.0
    after_s: float = 0.0
    why: str = ""


class OrderRefused(MonitorError):
    """The order cannot be carried out now; the text says why and what to do."""


LONGEST_CYCLE_MIN = 60.0
SHORTEST_CYCLE_MIN = 1.0
"""A cuff fills for up to 60 s, and the arm rests for 30 s at least."""


def read_order(args: Mapping[str, object]) -> tuple[str, Order]:
    """Return device and order from a command's arguments; OrderRefused when they make no sense."""
    device, kind, minutes = args.get("device"), args.get("order"), args.get("minutes", 0.0)
    if not isinstance(device, str) or not isinstance(kind, str) or kind not in PERSONS:
        raise OrderRefused("name the device, and start, stop or cycle")
    if kind == OrderKind.STOP:
        return device, Order(OrderKind.STOP)  # whatever else was said
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        raise OrderRefused("minutes: a number is wanted")
    allowed = minutes == 0 or SHORTEST_CYCLE_MIN <= minutes <= LONGEST_CYCLE_MIN
    if kind == OrderKind.CYCLE and not allowed:
        span = f"{SHORTEST_CYCLE_MIN:g} to {LONGEST_CYCLE_MIN:g} minutes"
        raise OrderRefused(f"a cuff measures every {span}, or 0 to end the cycle")
    return device, Order(OrderKind(str(kind)), float(minutes))


def is_stop(command: str, args: Mapping[str, object]) -> bool:
    """Return whether a command lets the air out of a cuff: nothing formal may stand in its way."""
    return command == "cuff" and args.get("order") == OrderKind.STOP.value


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
