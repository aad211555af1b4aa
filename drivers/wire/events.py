"""What decoders say: frozen, slotted events, each with the bytes it came from.

msgspec structs rather than dataclasses: a waveform decoder makes one per frame, and a frozen
dataclass takes eight times as long to make. `span` is [first, last + 1) in bytes from the start
of the stream (serial) or of the characteristic's value (Bluetooth). Events of one frame share its
span; the distinct spans tile the input without overlap or hole.
"""

from datetime import datetime
from typing import Protocol

import msgspec

from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

Span = tuple[int, int]


class NumericEvent(msgspec.Struct, frozen=True, gc=False):
    """One number as the device said it; None with a reason when it said "no reading"."""

    span: Span
    channel: str
    value: float | None
    reason: Reason | None
    unit: Unit
    doubtful: bool = False
    device_time: datetime | None = None  # the device's own clock, naive
    stored: bool = False  # from the device's memory


class NibpEvent(msgspec.Struct, frozen=True, gc=False):
    """One cuff measurement in the unit it was sent; all pressures None: it failed."""

    span: Span
    sys: float | None
    dia: float | None
    map: float | None
    pulse_rate: float | None
    unit: Unit
    status: tuple[StatusCode, ...] = ()
    device_time: datetime | None = None  # the device's own clock, naive
    user: int | None = None
    stored: bool = False  # the protocol says that it is from memory
    error: str = ""  # the device's result in words, with its code; "" when it was good


class WaveformEvent(msgspec.Struct, frozen=True, gc=False):
    """Samples as the device's integers; `lost` are known to be missing just before them."""

    span: Span
    channel: str
    rate_hz: float
    samples: tuple[int, ...]
    lost: int = 0


class StatusEvent(msgspec.Struct, frozen=True, gc=False):
    """A flag of the device changed; every flag is inactive at the start."""

    span: Span
    code: StatusCode
    active: bool


class InfoEvent(msgspec.Struct, frozen=True, gc=False):
    """Something the device tells about itself."""

    span: Span
    field: InfoField
    text: str


class ReplyEvent(msgspec.Struct, frozen=True, gc=False):
    """The device's answer to a command that was written to it; it never reaches a bed."""

    span: Span
    command: str
    ok: bool
    text: str  # in words, with the device's code when it refused
    number: int | None = None  # what was asked for, when it was a number


class GarbageEvent(msgspec.Struct, frozen=True, gc=False):
    """Bytes that mean nothing to this model, or that it needs for nothing."""

    span: Span
    why: str


class IncompleteEvent(msgspec.Struct, frozen=True, gc=False):
    """The input ended inside what may have been a frame."""

    span: Span


Event = (
    NumericEvent
    | NibpEvent
    | WaveformEvent
    | StatusEvent
    | InfoEvent
    | ReplyEvent
    | GarbageEvent
    | IncompleteEvent
)


class Decoder(Protocol):
    """Feed bytes of any size, get the events they complete; never raises on what a device sent."""

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order."""
        ...

    def finish(self) -> list[Event]:
        """Return what is left at the end of the input: pending garbage, one unfinished tail."""
        ...
