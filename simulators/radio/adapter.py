"""The adapter as BlueZ shows it: Adapter1, its discovery sessions and the devices it has seen."""

import asyncio
from collections.abc import Callable
from typing import Any

from dbus_fast import Variant

from simulators.radio.bluez_tree import NOTHING, Answer, Call, Interface, ObjectTree
from simulators.radio.central import ADDRESS, Advertisement, Central
from simulators.radio.device import DeviceObject
from simulators.radio.errors import DOES_NOT_EXIST, FAILED, IN_PROGRESS, NOT_READY, BlueZError
from simulators.radio.faults import FaultPlan

ADAPTER = "org.bluez.Adapter1"
PATH = "/org/bluez/hci0"


class AdapterObject:
    """The one adapter of the radio."""

    def __init__(
        self,
        tree: ObjectTree,
        central: Central,
        faults: FaultPlan,
        answered: Callable[[Advertisement], Advertisement],
    ) -> None:
        self._tree = tree
        self._central = central
        self._faults = faults
        self._answered = answered  # adds what the scan response says
        self._devices: dict[str, DeviceObject] = {}
        self._sessions: dict[str, frozenset[str]] = {}
        self._filters: dict[str, frozenset[str]] = {}
        tree.add(PATH, {ADAPTER: self._interface()})
        central.on_advertisement = self._heard

    def _interface(self) -> Interface:
        properties = {
            "Address": Variant("s", ADDRESS),
            "AddressType": Variant("s", "random"),
            "Name": Variant("s", "vigil-virtual-radio"),
            "Alias": Variant("s", "vigil-virtual-radio"),
            "Class": Variant("u", 0),
            "Powered": Variant("b", True),
            "Discoverable": Variant("b", False),
            "Pairable": Variant("b", True),
            "Discovering": Variant("b", False),
            "UUIDs": Variant("as", []),
            "Roles": Variant("as", ["central"]),
        }
        methods = {
            "SetDiscoveryFilter": self._set_filter,
            "StartDiscovery": self._start_discovery,
            "StopDiscovery": self._stop_discovery,
            "RemoveDevice": self._remove_device,
        }
        return Interface(properties, methods, {"Powered": self.set_powered, "Alias": self._set_alias})

    @property
    def is_powered(self) -> bool:
        """False while the adapter is switched off."""
        return bool(self._tree.value(PATH, ADAPTER, "Powered"))

    async def set_powered(self, on: Any) -> None:
        """Switch the adapter; off ends every link and discovery first."""
        if bool(on) == self.is_powered:
            return
        if not on:
            await self.hang_up()
            self._sessions.clear()
            self._show_discovering()
        self._change({"Powered": Variant("b", bool(on))})

    async def hang_up(self) -> None:
        """End every link."""
        await asyncio.gather(*(device.hang_up() for device in self._devices.values()))

    async def leave(self, client: str) -> None:
        """End what a client that has left the bus had asked for."""
        self._filters.pop(client, None)
        if self._sessions.pop(client, None) is not None:
            self._show_discovering()
        for device in list(self._devices.values()):
            await device.leave(client)

    async def _set_filter(self, call: Call) -> Answer:
        uuids = call.args[0].get("UUIDs")
        wanted = frozenset() if uuids is None else frozenset(uuid.lower() for uuid in uuids.value)
        self._filters[call.sender] = wanted
        if call.sender in self._sessions:
            self._sessions[call.sender] = wanted
        return NOTHING

    async def _start_discovery(self, call: Call) -> Answer:
        if not self.is_powered:
            raise BlueZError(NOT_READY, "Resource Not Ready")
        if call.sender in self._sessions:
            raise BlueZError(IN_PROGRESS, "Operation already in progress")
        self._sessions[call.sender] = self._filters.get(call.sender, frozenset())
        self._show_discovering()
        return NOTHING

    async def _stop_discovery(self, call: Call) -> Answer:
        if not self.is_powered:
            raise BlueZError(NOT_READY, "Resource Not Ready")
        if self._sessions.pop(call.sender, None) is None:
            raise BlueZError(FAILED, "No discovery started")
        self._show_discovering()
        return NOTHING

    async def _remove_device(self, call: Call) -> Answer:
        path = str(call.args[0])
        for address, device in self._devices.items():
            if device.path == path:
                await device.remove()
                del self._devices[address]
                return NOTHING
        raise BlueZError(DOES_NOT_EXIST, "Does Not Exist")

    async def _set_alias(self, value: Any) -> None:
        self._change({"Alias": Variant("s", str(value))})

    def _heard(self, advertisement: Advertisement) -> None:
        if not self._is_looked_for(advertisement):
            return
        advertisement = self._answered(advertisement)
        device = self._devices.get(advertisement.address)
        if device is not None:
            device.heard(advertisement)
            return
        self._devices[advertisement.address] = DeviceObject(
            self._tree,
            PATH,
            self._central,
            self._faults,
            advertisement,
            lambda: self.is_powered,
        )

    def _is_looked_for(self, advertisement: Advertisement) -> bool:
        """Return whether any discovery session's filter lets the advertisement through."""
        heard = frozenset(advertisement.service_uuids)
        return any(not wanted or wanted & heard for wanted in self._sessions.values())

    def _show_discovering(self) -> None:
        discovering = bool(self._sessions)
        if discovering == self._tree.value(PATH, ADAPTER, "Discovering"):
            return
        self._change({"Discovering": Variant("b", discovering)})
        if not discovering:
            for device in self._devices.values():
                device.out_of_sight()

    def _change(self, changed: dict[str, Variant]) -> None:
        self._tree.change(PATH, ADAPTER, changed)
