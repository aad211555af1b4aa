"""What a model of monitor is, as data: its transport, channels, decoders, behaviour and timing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, Protocol

from drivers.orders import Order, OrderKind, OrderRefused
from drivers.wire.events import Decoder, Event
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Reading

BLUETOOTH_BASE = "-0000-1000-8000-00805f9b34fb"


class Transport(StrEnum):
    """How the bytes come."""

    SERIAL = "serial"
    BLE = "ble"


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes for the device; `uuid` names the Bluetooth characteristic that takes them."""

    data: bytes
    uuid: str = ""
    response: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What is due now: bytes for the device, and readings that time itself has brought."""

    writes: Sequence[Write] = ()
    readings: Sequence[Reading] = ()


NOTHING_DUE = Step()


class Device(Protocol):
    """One monitor's behaviour, pure: time is an argument. Made anew per supervisor."""

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return what `events`, whose bytes arrived at `t`, mean."""
        ...

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Forget what was under way; return what is written first.

        On a serial line at once; over Bluetooth before the main characteristic is subscribed to.
        """
        ...

    def step(self, now: Nanos) -> Step:
        """Return what is due; called after every read, and every `speak_every_s` of the model."""
        ...

    def order(self, order: Order, now: Nanos) -> str:
        """Take a person's order and answer in words; OrderRefused when it cannot be."""
        ...

    def parting(self, now: Nanos) -> Sequence[Write]:
        """Return what is written before Vigil itself hangs up: a cuff is let down, a stream ended."""
        ...

    def closed(self, now: Nanos) -> Sequence[Reading]:
        """Return how that ends which was under way when the way to the device broke."""
        ...


class Listener:
    """The behaviour of a device that is only listened to: it is told nothing and takes no orders."""

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Return nothing to write."""
        return ()

    def step(self, now: Nanos) -> Step:
        """Return nothing due."""
        return NOTHING_DUE

    def order(self, order: Order, now: Nanos) -> str:
        """Refuse: a device that is listened to does nothing on demand."""
        raise OrderRefused("this device takes no orders: use its own buttons")

    def parting(self, now: Nanos) -> Sequence[Write]:
        """Return nothing to write."""
        return ()

    def closed(self, now: Nanos) -> Sequence[Reading]:
        """Return nothing: nothing was under way."""
        return ()


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of bytes of a device: its serial line, or one Bluetooth characteristic."""

    make_decoder: Callable[[], Decoder]
    uuid: str = ""  # long form, lower case; empty on a serial line
    optional: bool = False  # a device without it still is this model
    read: bool = False  # read once after connecting; subscribed to only where it can notify
    late: bool = False  # asked for after the main one: a device with little patience comes first


def characteristic(
    short: int, make_decoder: Callable[[], Decoder], *, optional: bool = False, read: bool = False
) -> Source:
    """Return the source of a standard characteristic, given its 16-bit number."""
    return Source(make_decoder, f"{short:08x}{BLUETOOTH_BASE}", optional, read)


def service(short: int) -> str:
    """Return the long form of a standard service's 16-bit number."""
    return f"{short:08x}{BLUETOOTH_BASE}"


@dataclass(frozen=True, slots=True)
class Guess:
    """How a Bluetooth scan may recognise a model: any of these; a name counts more than a service."""

    names: tuple[str, ...] = ()  # beginnings of the advertised name, in any case
    services: tuple[str, ...] = ()  # long form, lower case
    companies: tuple[int, ...] = ()  # company ids of the manufacturer data


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """One device of a bed as configured: a serial port or URL, or a Bluetooth address."""

    device_id: str
    model: str
    port: str | None = None
    address: str | None = None
    simulated: bool = False
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def unverified(self) -> bool:
        """Return whether the configuration allows what no document confirms."""
        return self.options.get("unverified") is True


@dataclass(frozen=True, slots=True)
class Model:
    """Everything the supervisor, `vigil decode` and `vigil devices` need to know about a model."""

    name: str
    title: str  # for people: makers and products
    transport: Transport
    channels: tuple[str, ...]
    sources: tuple[Source, ...]  # the main one first
    make_device: Callable[[DeviceConfig, Clock], Device]
    baudrate: int = 9600
    parity: Literal["N", "E", "O"] = "N"
    rtscts: bool = False  # hardware handshake
    xonxoff: bool = False
    episodic: bool = False  # speaks only after it has measured, then hangs up
    silent_after_s: float = 3.25
    """Longest time without a number; 0.25 s of it is for adapters and scheduling."""
    doubted_after_s: float = 8.0
    """Bytes for this long without a number: another model (people are told within 10 s)."""
    reopen_after_s: float | None = None
    """Silent for this long: hang up and connect again; None where the way itself would break."""
    speak_every_s: float | None = None
    """How often the device is asked for what is due; None: it is never spoken to."""
    orders: frozenset[OrderKind] = frozenset()
    guess: Guess = Guess()
    pair: Literal["if_asked", "always"] = "if_asked"
    """Bluetooth: pair when the device refuses without, or before anything else."""
    interval_s: float = 1.0
    """How often a continuous number comes; a value is current for three of them (alarm decisions, 5)."""
    averaging_s: float = 8.0
    """What the device averages its numbers over; 8 s where its maker does not say (alarm decisions, 1)."""
