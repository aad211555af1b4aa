"""What a model of monitor is, as data: its transport, channels, decoders, behaviour and timing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from drivers.wire.events import Decoder, Event
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Reading

BLUETOOTH_BASE = "-0000-1000-8000-00805f9b34fb"


class Transport(StrEnum):
    """How the bytes come."""

    SERIAL = "serial"
    BLE = "ble"


class Device(Protocol):
    """One monitor's behaviour: turns its decoder's events into readings. Made anew per supervisor."""

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return what `events`, whose bytes arrived at `t`, mean."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of bytes of a device: its serial line, or one Bluetooth characteristic."""

    make_decoder: Callable[[], Decoder]
    uuid: str = ""  # long form, lower case; empty on a serial line
    optional: bool = False  # a device without it still is this model


def characteristic(short: int, make_decoder: Callable[[], Decoder], *, optional: bool = False) -> Source:
    """Return the source of a standard characteristic, given its 16-bit number."""
    return Source(make_decoder, f"{short:08x}{BLUETOOTH_BASE}", optional)


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """One device of a bed as configured: a serial port or URL, or a Bluetooth address."""

    device_id: str
    model: str
    port: str | None = None
    address: str | None = None
    simulated: bool = False
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Model:
    """Everything the supervisor and `vigil decode` need to know about a model."""

    name: str
    title: str  # for people: makers and products
    transport: Transport
    channels: tuple[str, ...]
    sources: tuple[Source, ...]  # the main one first
    make_device: Callable[[DeviceConfig, Clock], Device]
    baudrate: int = 9600
    episodic: bool = False  # speaks only after it has measured, then hangs up
    silent_after_s: float = 3.25
    """Longest time without a number; 0.25 s of it is for adapters and scheduling."""
    doubted_after_s: float = 8.0
    """Bytes for this long without a number: another model (people are told within 10 s)."""
    reopen_after_s: float | None = None
    """Silent for this long: hang up and connect again; None where the way itself would break."""
