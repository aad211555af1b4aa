"""The GATT objects of one connected device, each call forwarded to the peripheral itself."""

import contextlib
import socket
from collections.abc import Callable, Iterator

from dbus_fast import Variant

from simulators.radio.bluez_tree import NOTHING, Answer, Call, Interface, ObjectTree
from simulators.radio.errors import (
    FAILED,
    IN_PROGRESS,
    NOT_AUTHORIZED,
    NOT_CONNECTED,
    NOT_PERMITTED,
    NOT_SUPPORTED,
    BlueZError,
    att_error,
)
from simulators.radio.link import (
    AttError,
    Link,
    LinkLostError,
    RemoteCharacteristic,
    RemoteDescriptor,
    RemoteService,
)

SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
DESCRIPTOR = "org.bluez.GattDescriptor1"
GENERIC_ACCESS = "00001800-0000-1000-8000-00805f9b34fb"
CLIENT_CONFIGURATION = "00002902-0000-1000-8000-00805f9b34fb"
TELLING = {"notify", "indicate"}


@contextlib.contextmanager
def _as_bluez() -> Iterator[None]:
    """Turn what the peripheral answered, or did not, into BlueZ's errors."""
    try:
        yield
    except AttError as error:
        raise att_error(error.code) from error
    except LinkLostError as error:
        raise BlueZError(NOT_CONNECTED, "Not connected") from error


class GattObjects:
    """Everything below one device in the tree, from ServicesResolved to the loss of the link."""

    def __init__(self, tree: ObjectTree, device_path: str, link: Link) -> None:
        self._tree = tree
        self._device_path = device_path
        self._link = link
        self._paths: list[str] = []
        self._characteristics: list[CharacteristicObject] = []

    def add(self, services: list[RemoteService]) -> tuple[str, ...]:
        """Put the services on the bus and return their UUIDs; BlueZ keeps Generic Access for itself."""
        for service in services:
            if service.uuid != GENERIC_ACCESS:
                self._add_service(service)
        return tuple(service.uuid for service in services)

    def remove(self) -> None:
        """Take everything off the bus, innermost first."""
        for characteristic in self._characteristics:
            characteristic.close()
        for path in reversed(self._paths):
            self._tree.remove(path)
        self._paths.clear()
        self._characteristics.clear()

    async def forget(self, client: str) -> None:
        """End the notifications of a client that has left."""
        for characteristic in self._characteristics:
            await characteristic.forget(client)

    def _add_service(self, service: RemoteService) -> None:
        path = f"{self._device_path}/service{service.handle:04x}"
        properties = {
            "UUID": Variant("s", service.uuid),
            "Primary": Variant("b", True),
            "Device": Variant("o", self._device_path),
            "Includes": Variant("ao", []),
        }
        self._put(path, SERVICE, Interface(properties))
        for characteristic in service.characteristics:
            self._add_characteristic(path, characteristic)

    def _add_characteristic(self, service_path: str, remote: RemoteCharacteristic) -> None:
        # BlueZ numbers a characteristic by its declaration, one before its value.
        path = f"{service_path}/char{remote.handle - 1:04x}"
        characteristic = CharacteristicObject(self._tree, path, service_path, self._link, remote)
        self._characteristics.append(characteristic)
        self._put(path, CHARACTERISTIC, characteristic.interface)
        for descriptor in remote.descriptors:
            below = f"{path}/desc{descriptor.handle:04x}"
            self._put(below, DESCRIPTOR, _descriptor(below, path, self._tree, self._link, descriptor))

    def _put(self, path: str, name: str, interface: Interface) -> None:
        self._paths.append(path)
        self._tree.add(path, {name: interface})


class CharacteristicObject:
    """One characteristic: reads, writes, and who is told of its values."""

    def __init__(
        self, tree: ObjectTree, path: str, service_path: str, link: Link, remote: RemoteCharacteristic
    ) -> None:
        self._tree = tree
        self._path = path
        self._link = link
        self._remote = remote
        self._listeners: set[str] = set()
        self._pipe: tuple[str, socket.socket] | None = None
        properties = {
            "UUID": Variant("s", remote.uuid),
            "Service": Variant("o", service_path),
            "Value": Variant("ay", b""),
            "Flags": Variant("as", list(remote.flags)),
            "MTU": Variant("q", link.mtu),
        }
        if TELLING & set(remote.flags):
            properties |= {"Notifying": Variant("b", False), "NotifyAcquired": Variant("b", False)}
        methods = {
            "ReadValue": self._read,
            "WriteValue": self._write,
            "StartNotify": self._start_notify,
            "StopNotify": self._stop_notify,
            "AcquireNotify": self._acquire_notify,
        }
        self.interface = Interface(properties, methods)

    async def forget(self, client: str) -> None:
        """End what a client that has left had asked for."""
        if client in self._listeners or (self._pipe is not None and self._pipe[0] == client):
            with contextlib.suppress(BlueZError):
                await self._release(client)

    def close(self) -> None:
        """Close the pipe of AcquireNotify, which tells its reader that the link is gone."""
        if self._pipe is not None:
            self._pipe[1].close()
            self._pipe = None

    async def _read(self, call: Call) -> Answer:
        with _as_bluez():
            value = await self._link.read(self._remote.handle)
        if self._path in self._tree:
            self._show(value)
        return Answer("ay", [value])

    async def _write(self, call: Call) -> Answer:
        value, options = bytes(call.args[0]), call.args[1]
        command = "type" in options and options["type"].value == "command"
        if command and "write-without-response" not in self._remote.flags:
            raise BlueZError(NOT_SUPPORTED, "Operation is not supported")
        with _as_bluez():
            await self._link.write(self._remote.handle, value, with_response=not command)
        return NOTHING

    async def _start_notify(self, call: Call) -> Answer:
        self._refuse_if_taken()
        if call.sender in self._listeners:
            raise BlueZError(IN_PROGRESS, "In Progress")
        await self._begin(self._show)
        self._listeners.add(call.sender)
        return NOTHING

    async def _stop_notify(self, call: Call) -> Answer:
        if call.sender not in self._listeners:
            raise BlueZError(FAILED, "No notify session started")
        await self._release(call.sender)
        return NOTHING

    async def _acquire_notify(self, call: Call) -> Answer:
        self._refuse_if_taken()
        if self._listeners:
            raise BlueZError(NOT_PERMITTED, "Notify acquired")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        try:
            await self._begin(self._pour)
        except BaseException:
            ours.close()
            theirs.close()
            raise
        self._pipe = (call.sender, ours)
        self._tree.change(self._path, CHARACTERISTIC, {"NotifyAcquired": Variant("b", True)})
        return Answer("hq", [0, self._link.mtu], [theirs.detach()])

    def _refuse_if_taken(self) -> None:
        if not TELLING & set(self._remote.flags):
            raise BlueZError(NOT_SUPPORTED, "Operation is not supported")
        if self._pipe is not None and not self._drained(self._pipe[1]):
            raise BlueZError(NOT_PERMITTED, "Notify acquired")

    def _drained(self, pipe: socket.socket) -> bool:
        """Return whether the reader has closed its end; then the pipe is put away."""
        try:
            gone = pipe.recv(1) == b""
        except BlockingIOError:
            gone = False
        except OSError:
            gone = True
        if gone:
            self._drop_pipe()
        return gone

    async def _begin(self, heard: Callable[[bytes], None]) -> None:
        if self._listeners:
            return
        # Values may follow the peripheral's confirmation at once: be ready before asking.
        self._tree.change(self._path, CHARACTERISTIC, {"Notifying": Variant("b", True)})
        try:
            with _as_bluez():
                await self._link.subscribe(self._remote, heard)
        except BlueZError:
            if self._path in self._tree:
                self._tree.change(self._path, CHARACTERISTIC, {"Notifying": Variant("b", False)})
            raise

    async def _release(self, client: str) -> None:
        self._listeners.discard(client)
        if self._pipe is not None and self._pipe[0] == client:
            self._drop_pipe()
        if self._listeners or not self._link.is_up:
            return
        self._tree.change(self._path, CHARACTERISTIC, {"Notifying": Variant("b", False)})
        with _as_bluez():
            await self._link.unsubscribe(self._remote)

    def _drop_pipe(self) -> None:
        self.close()
        if self._path in self._tree:
            self._tree.change(self._path, CHARACTERISTIC, {"NotifyAcquired": Variant("b", False)})

    def _show(self, value: bytes) -> None:
        if self._path in self._tree:
            self._tree.change(self._path, CHARACTERISTIC, {"Value": Variant("ay", value)})

    def _pour(self, value: bytes) -> None:
        if self._pipe is None:
            return
        try:
            self._pipe[1].send(value)
        except BlockingIOError:
            pass  # the reader is slow: BlueZ drops the value too
        except OSError:
            self._drop_pipe()


def _descriptor(
    path: str, characteristic_path: str, tree: ObjectTree, link: Link, remote: RemoteDescriptor
) -> Interface:
    async def read(call: Call) -> Answer:
        with _as_bluez():
            value = await link.read(remote.handle)
        if path in tree:
            tree.change(path, DESCRIPTOR, {"Value": Variant("ay", value)})
        return Answer("ay", [value])

    async def write(call: Call) -> Answer:
        if remote.uuid == CLIENT_CONFIGURATION:
            raise BlueZError(NOT_AUTHORIZED, "Operation Not Authorized")
        with _as_bluez():
            await link.write(remote.handle, bytes(call.args[0]), with_response=True)
        return NOTHING

    properties = {
        "UUID": Variant("s", remote.uuid),
        "Characteristic": Variant("o", characteristic_path),
        "Value": Variant("ay", b""),
    }
    return Interface(properties, {"ReadValue": read, "WriteValue": write})
