"""One peripheral as BlueZ shows it: Device1, and what connecting, pairing and losing it do."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from dbus_fast import Variant

from simulators.radio.bluez_tree import NOTHING, Answer, Call, Interface, ObjectTree
from simulators.radio.central import Advertisement, Central
from simulators.radio.errors import (
    ALREADY_EXISTS,
    AUTHENTICATION_FAILED,
    FAILED,
    IN_PROGRESS,
    NOT_READY,
    BlueZError,
)
from simulators.radio.faults import ABORTED_BY_HOST, UNANSWERED, FaultPlan
from simulators.radio.gatt import GattObjects
from simulators.radio.link import AttError, Link, LinkLostError, PairingError

DEVICE = "org.bluez.Device1"
CONNECT_S = 25.0
"""A host gives up a connection attempt after about this time."""


class DeviceObject:
    """The device in the tree, from its discovery to its removal."""

    def __init__(
        self,
        tree: ObjectTree,
        adapter_path: str,
        central: Central,
        faults: FaultPlan,
        heard: Advertisement,
        powered: Callable[[], bool],
    ) -> None:
        self.path = f"{adapter_path}/dev_{heard.address.replace(':', '_')}"
        self.address = heard.address
        self._tree = tree
        self._central = central
        self._faults = faults
        self._powered = powered
        self._link: Link | None = None
        self._gatt: GattObjects | None = None
        self._attempt: asyncio.Task[None] | None = None
        self._clients: set[str] = set()
        tree.add(self.path, {DEVICE: self._interface(adapter_path, heard)})

    def _interface(self, adapter_path: str, heard: Advertisement) -> Interface:
        properties = {
            "Address": Variant("s", heard.address),
            "AddressType": Variant("s", heard.address_type),
            "Alias": Variant("s", heard.name or heard.address.replace(":", "-")),
            "Adapter": Variant("o", adapter_path),
            "UUIDs": Variant("as", list(heard.service_uuids)),
            "RSSI": Variant("n", heard.rssi_dbm),
            "ManufacturerData": _manufacturer(heard),
            **{name: Variant("b", False) for name in ("Paired", "Bonded", "Trusted", "Blocked")},
            **{name: Variant("b", False) for name in ("Connected", "ServicesResolved", "LegacyPairing")},
        }
        if heard.name is not None:
            properties["Name"] = Variant("s", heard.name)
        methods = {"Connect": self._connect, "Disconnect": self._disconnect, "Pair": self._pair}
        return Interface(properties, methods, {"Trusted": self._set_trusted, "Alias": self._set_alias})

    def heard(self, advertisement: Advertisement) -> None:
        """Show what a new advertisement says."""
        changed = {
            "RSSI": Variant("n", advertisement.rssi_dbm),
            "ManufacturerData": _manufacturer(advertisement),
        }
        if advertisement.name is not None and advertisement.name != self._value_or_none("Name"):
            changed |= {
                "Name": Variant("s", advertisement.name),
                "Alias": Variant("s", advertisement.name),
            }
        known = self._value("UUIDs")
        if new := [uuid for uuid in advertisement.service_uuids if uuid not in known]:
            changed["UUIDs"] = Variant("as", [*known, *new])
        self._change(changed)

    def out_of_sight(self) -> None:
        """Forget the signal strength, as BlueZ does when discovery ends."""
        if self._value_or_none("RSSI") is not None:
            self._tree.change(self.path, DEVICE, {}, ["RSSI"])

    async def leave(self, client: str) -> None:
        """End what a client that has left the bus had asked for; the last one's leaving hangs up."""
        if client not in self._clients:
            return
        self._clients.discard(client)
        if self._gatt is not None:
            await self._gatt.forget(client)
        if not self._clients:
            await self.hang_up()

    async def hang_up(self) -> None:
        """Give up a connection attempt and end the link."""
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.wait({self._attempt})
        if self._link is not None:
            await self._link.disconnect()

    async def remove(self) -> None:
        """Hang up, forget the keys and leave the tree."""
        await self.hang_up()
        await self._central.forget(self.address)
        self._tree.remove(self.path)

    async def _connect(self, call: Call) -> Answer:
        self._clients.add(call.sender)
        await self._be_connected()
        return NOTHING

    async def _disconnect(self, call: Call) -> Answer:
        self._clients.discard(call.sender)
        await self.hang_up()
        return NOTHING

    async def _pair(self, call: Call) -> Answer:
        if self._value("Paired"):
            raise BlueZError(ALREADY_EXISTS, "Already Exists")
        self._clients.add(call.sender)
        was_connected = self._link is not None
        await self._be_connected()
        assert self._link is not None
        try:
            await self._link.pair()
        except (PairingError, LinkLostError) as error:
            if not was_connected:
                await self.hang_up()
            raise BlueZError(AUTHENTICATION_FAILED, "Authentication Failed") from error
        self._change({"Paired": Variant("b", True), "Bonded": Variant("b", True)})
        return NOTHING

    async def _be_connected(self) -> None:
        """Return once the link is up and its services are known; BlueZError when that fails."""
        if not self._powered():
            raise BlueZError(NOT_READY, "Resource Not Ready")
        if self._attempt is not None:
            raise BlueZError(IN_PROGRESS, "Operation already in progress")
        if self._link is not None:
            return
        answers = self._meet_fault() != UNANSWERED
        self._attempt = asyncio.ensure_future(self._establish() if answers else _wait_in_vain())
        try:
            await asyncio.wait({self._attempt})
            if self._attempt.cancelled():
                raise BlueZError(FAILED, ABORTED_BY_HOST)
            self._attempt.result()
        finally:
            if not self._attempt.done():
                self._attempt.cancel()
            self._attempt = None

    def _meet_fault(self) -> str | None:
        error = self._faults.next_connect_error()
        if error == ABORTED_BY_HOST:
            # bleak waits for this link to be seen lost before it tries again.
            self._change({"Connected": Variant("b", True)})
            self._change({"Connected": Variant("b", False)})
        if error not in (None, UNANSWERED):
            raise BlueZError(FAILED, error)
        return error

    async def _establish(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_S):
                link = await self._central.connect(self.address)
        except TimeoutError:
            raise BlueZError(FAILED, UNANSWERED) from None
        self._link = link
        self._gatt = GattObjects(self._tree, self.path, link)
        link.on_lost = self._lost
        self._change({"Connected": Variant("b", True)})
        try:
            await self._resolve(link, self._gatt)
        except BaseException:
            # Shielded: whoever gave up must not leave the peripheral connected.
            await asyncio.shield(link.disconnect())
            if self._link is link:
                self._lost()
            raise

    async def _resolve(self, link: Link, gatt: GattObjects) -> None:
        try:
            if self._value("Paired"):
                await link.encrypt()
            services = await link.discover()
        except (LinkLostError, PairingError, AttError) as error:
            raise BlueZError(FAILED, "le-connection-abort-by-remote") from error
        if not link.is_up:
            raise BlueZError(FAILED, "le-connection-abort-by-remote")
        found = gatt.add(services)
        known = self._value("UUIDs")
        every = [*known, *(uuid for uuid in found if uuid not in known)]
        self._change({"UUIDs": Variant("as", every), "ServicesResolved": Variant("b", True)})

    def _lost(self) -> None:
        """Show the loss in BlueZ's order: services, their objects, then the connection."""
        gatt, self._gatt, self._link = self._gatt, None, None
        if self._value("ServicesResolved"):
            self._change({"ServicesResolved": Variant("b", False)})
        if gatt is not None:
            gatt.remove()
        self._change({"Connected": Variant("b", False)})

    async def _set_trusted(self, value: Any) -> None:
        self._change({"Trusted": Variant("b", bool(value))})

    async def _set_alias(self, value: Any) -> None:
        self._change({"Alias": Variant("s", str(value))})

    def _value(self, name: str) -> Any:
        return self._tree.value(self.path, DEVICE, name)

    def _value_or_none(self, name: str) -> Any:
        with contextlib.suppress(KeyError):
            return self._value(name)
        return None

    def _change(self, changed: dict[str, Variant]) -> None:
        self._tree.change(self.path, DEVICE, changed)


async def _wait_in_vain() -> None:
    await asyncio.sleep(CONNECT_S)
    raise BlueZError(FAILED, UNANSWERED)


def _manufacturer(heard: Advertisement) -> Variant:
    return Variant("a{qv}", {company: Variant("ay", data) for company, data in heard.manufacturer.items()})
