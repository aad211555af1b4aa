"""One connection to a peripheral: its services, its values, and the end of it."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from bumble import att, core
from bumble.device import Connection, Device, Peer
from bumble.gatt import Characteristic

MTU = 517
REQUEST_S = 10.0

T = TypeVar("T")
FLAG_NAMES = {
    Characteristic.Properties.BROADCAST: "broadcast",
    Characteristic.Properties.READ: "read",
    Characteristic.Properties.WRITE_WITHOUT_RESPONSE: "write-without-response",
    Characteristic.Properties.WRITE: "write",
    Characteristic.Properties.NOTIFY: "notify",
    Characteristic.Properties.INDICATE: "indicate",
    Characteristic.Properties.AUTHENTICATED_SIGNED_WRITES: "authenticated-signed-writes",
    Characteristic.Properties.EXTENDED_PROPERTIES: "extended-properties",
}


class LinkLostError(Exception):
    """The connection ended, or the peer no longer answers."""


class PairingError(Exception):
    """The peer refused to pair, or the keys do not fit."""


class AttError(Exception):
    """The peer answered with an ATT error."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ATT error 0x{code:02X}")
        self.code = code


@dataclass(frozen=True, slots=True)
class RemoteDescriptor:
    """A descriptor found on the peer."""

    handle: int
    uuid: str


@dataclass(frozen=True, slots=True)
class RemoteCharacteristic:
    """A characteristic found on the peer; `handle` is that of its value."""

    handle: int
    uuid: str
    flags: tuple[str, ...]
    descriptors: tuple[RemoteDescriptor, ...]
    proxy: Any


@dataclass(frozen=True, slots=True)
class RemoteService:
    """A primary service found on the peer."""

    handle: int
    uuid: str
    characteristics: tuple[RemoteCharacteristic, ...]


class Link:
    """One connection to a peripheral; `on_lost` is called once when it ends, by whichever side."""

    def __init__(self, connection: Connection, device: Device) -> None:
        self.on_lost: Callable[[], None] = lambda: None
        self._connection = connection
        self._peer = Peer(connection)
        self._lost = asyncio.get_running_loop().create_future()
        connection.on(Connection.EVENT_DISCONNECTION, self._ended)
        if connection.handle not in device.connections:
            self._ended()  # it was lost before anybody could listen

    @property
    def mtu(self) -> int:
        """The ATT MTU in force."""
        return int(self._connection.att_mtu)

    @property
    def is_up(self) -> bool:
        """False once the connection has ended."""
        return not self._lost.done()

    async def discover(self) -> list[RemoteService]:
        """Return the peer's services, after agreeing on the MTU."""
        with contextlib.suppress(AttError):
            await self._ask(self._peer.request_mtu(MTU))
        found = []
        for service in await self._ask(self._peer.discover_services()):
            found.append(await self._service(service))
        return found

    async def read(self, handle: int) -> bytes:
        """Return the value of an attribute."""
        return bytes(await self._ask(self._peer.gatt_client.read_value(handle)))

    async def write(self, handle: int, value: bytes, *, with_response: bool) -> None:
        """Give an attribute a value."""
        await self._ask(self._peer.gatt_client.write_value(handle, value, with_response))

    async def subscribe(self, characteristic: RemoteCharacteristic, heard: Callable[[bytes], None]) -> None:
        """Switch notifications or indications on; each value goes to `heard`."""
        await self._ask(self._peer.gatt_client.subscribe(characteristic.proxy, heard))

    async def unsubscribe(self, characteristic: RemoteCharacteristic) -> None:
        """Switch notifications and indications off."""
        await self._ask(self._peer.gatt_client.unsubscribe(characteristic.proxy))

    async def pair(self) -> None:
        """Pair and bond; PairingError when the peer refuses."""
        await self._secure(self._connection.pair())

    async def encrypt(self) -> None:
        """Encrypt with the keys of an earlier pairing; PairingError when they do not fit."""
        await self._secure(self._connection.encrypt())

    async def disconnect(self) -> None:
        """End the connection; nothing when it has ended."""
        if self.is_up:
            with contextlib.suppress(LinkLostError, core.BaseBumbleError):
                await self._ask(self._connection.disconnect())

    async def _service(self, service: Any) -> RemoteService:
        characteristics = []
        for characteristic in await self._ask(service.discover_characteristics()):
            descriptors = await self._ask(characteristic.discover_descriptors())
            characteristics.append(
                RemoteCharacteristic(
                    int(characteristic.handle),
                    long_uuid(characteristic.uuid),
                    tuple(text for flag, text in FLAG_NAMES.items() if characteristic.properties & flag),
                    tuple(RemoteDescriptor(int(one.handle), long_uuid(one.type)) for one in descriptors),
                    characteristic,
                )
            )
        return RemoteService(int(service.handle), long_uuid(service.uuid), tuple(characteristics))

    async def _secure(self, procedure: Coroutine[Any, Any, Any]) -> None:
        try:
            await self._ask(procedure)
        except core.BaseBumbleError as error:
            raise PairingError(str(error)) from error

    async def _ask(self, request: Coroutine[Any, Any, T]) -> T:
        """Return the peer's answer; LinkLostError as soon as none can come any more."""
        if not self.is_up:
            request.close()
            raise LinkLostError
        asking = asyncio.ensure_future(request)
        try:
            await asyncio.wait({asking, self._lost}, timeout=REQUEST_S, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0)  # an answer and the end may come in the same turn: the answer counts
        finally:
            if not asking.done():
                asking.cancel()
                await asyncio.wait({asking})
        if asking.cancelled():
            raise LinkLostError
        try:
            return asking.result()
        except att.ATT_Error as error:
            raise AttError(int(error.error_code)) from error

    def _ended(self, *_: object) -> None:
        if not self._lost.done():
            self._lost.set_result(None)
            self.on_lost()


def long_uuid(uuid: Any) -> str:
    """Return a bumble UUID as BlueZ writes it: 128 bits, lower case, with dashes."""
    return str(UUID(bytes=bytes(reversed(uuid.uuid_128_bytes))))
