"""What every wireless device does: appear, advertise, hold one link, lose it, tell its battery."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, TypedDict, Unpack

from bumble import att
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData, BaseBumbleError
from bumble.device import Connection, Device
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    CharacteristicValue,
    Descriptor,
    Service,
)
from bumble.hci import Address, HCI_ErrorCode
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from simulators.radio.bonding import just_works

BATTERY = 0x180F
DEVICE_INFORMATION = 0x180A
MANUFACTURER = "Vigil simulator"
GENERAL_DISCOVERABLE_LE_ONLY = 0x06
HANG_UP_S = 2.0
SHORT_UUID = 2  # bytes
NO_PROPERTY = Characteristic.Properties(0)


class Traits(TypedDict, total=False):
    """What may differ between two devices of a kind, with what holds when it is not given."""

    address_type: str  # "random", or "public": how BlueZ shows the address
    advertising_interval_ms: float  # 100; tests take 20
    needs_pairing: bool  # False
    mtu: int  # 247
    rssi_dbm: int  # -60
    battery_percent: int  # 100


class Peripheral(ABC):
    """One wireless device; `SimRadio.add` puts it in the air."""

    model = "peripheral"
    service: int | str = 0x0000  # 16-bit number, or a UUID in long form
    manufacturer_data: bytes = b""
    """Company id (little-endian) and data, advertised when there is any."""

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        self.name = name
        self.address = address.upper()
        self.address_type = traits.get("address_type", "random")
        self.rssi_dbm = traits.get("rssi_dbm", -60)
        self.battery_percent = traits.get("battery_percent", 100)
        self.needs_pairing = traits.get("needs_pairing", False)
        self._interval_ms = traits.get("advertising_interval_ms", 100.0)
        self._mtu = traits.get("mtu", 247)
        self.silent = False  # tells nothing, not even an answer
        self._allowed = True
        self._device: Device | None = None
        self._connection: Connection | None = None
        self._met_one = asyncio.Event()
        self._alone = asyncio.Event()
        self._alone.set()
        self._advertising_turn = asyncio.Lock()
        self._work: set[asyncio.Task[None]] = set()

    @abstractmethod
    def _characteristics(self) -> list[Characteristic]:
        """Return the characteristics of the device's own service."""

    def _wants_link(self) -> bool:
        """Return whether the device would advertise now, if it is let."""
        return True

    def _met(self, connection: Connection) -> None:
        """Learn that a central has connected; nothing to do by itself."""
        return

    def _parted(self) -> None:
        """Learn that the link has ended; nothing to do by itself."""
        return

    @property
    def is_connected(self) -> bool:
        """True while a central holds the link."""
        return self._connection is not None

    async def until_connected(self) -> None:
        """Return once a central holds the link."""
        await self._met_one.wait()

    async def until_alone(self) -> None:
        """Return once no central holds the link."""
        await self._alone.wait()

    @property
    def is_advertising(self) -> bool:
        """True while the device can be found."""
        return self._device is not None and bool(self._device.is_advertising)

    async def appear(self, link: LocalLink, accepts_pairing: Callable[[], bool]) -> None:
        """Switch the device on within reach of `link`."""
        self._controller = Controller(self.name, link=link)
        device = Device(
            name=self.name,
            address=Address(self.address),
            host=Host(self._controller, AsyncPipeSink(self._controller)),
        )
        device.pairing_config_factory = lambda _: just_works(accepts_pairing)
        device.gatt_server.max_mtu = self._mtu
        device.add_services([*self._services(device), self._battery(), self._information()])
        device.on(Device.EVENT_CONNECTION, self._connected)
        await device.power_on()
        self._link = link
        self._device = device
        await self._refresh()

    async def disappear(self) -> None:
        """Switch the device off; the link is lost."""
        device, self._device = self._device, None
        if device is None:
            return
        async with self._advertising_turn:
            await device.stop_advertising()
        await self._hang_up(HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
        for task in list(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await device.power_off()
        self._link.remove_controller(self._controller)

    async def drop_link(self) -> None:
        """Lose the link, as out of range; the device is found again if it advertises."""
        await self._hang_up(HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    async def set_advertising(self, on: bool) -> None:
        """Let the device be found, or not; a link that is up is not touched."""
        self._allowed = on
        await self._refresh()

    async def _notify(self, characteristic: Characteristic, value: bytes) -> None:
        """Tell a subscriber, if there is one."""
        if self._device is not None and self._connection is not None and not self.silent:
            await self._device.notify_subscriber(self._connection, characteristic, value)

    async def _hang_up(self, reason: int = HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR) -> None:
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(TimeoutError, BaseBumbleError):
                async with asyncio.timeout(HANG_UP_S):
                    await connection.disconnect(reason)

    async def _refresh(self) -> None:
        """Advertise, or stop, as things are now."""
        async with self._advertising_turn:
            device = self._device
            if device is None:
                return
            wanted = self._allowed and self._connection is None and self._wants_link()
            if wanted and not device.is_advertising:
                await device.start_advertising(
                    advertising_data=self._advertisement(),
                    advertising_interval_min=self._interval_ms,
                    advertising_interval_max=self._interval_ms,
                )
            elif not wanted and device.is_advertising:
                await device.stop_advertising()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run `work` until it ends or the device is switched off."""
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    def _connected(self, connection: Connection) -> None:
        self._connection = connection
        self._alone.clear()
        self._met_one.set()
        connection.on(Connection.EVENT_DISCONNECTION, lambda _: self._disconnected(connection))
        self._met(connection)

    def _disconnected(self, connection: Connection) -> None:
        if self._connection is connection:
            self._connection = None
            self._met_one.clear()
            self._alone.set()
            self._parted()
            self._spawn(self._refresh())

    def _advertisement(self) -> bytes:
        """Return flags and service; name and manufacturer data would not fit and are the scan response."""
        kind = AdvertisingData.Type
        service = UUID(_uuid(self.service)).uuid_bytes
        services = (
            kind.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS
            if len(service) == SHORT_UUID
            else kind.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS
        )
        return bytes(
            AdvertisingData([(kind.FLAGS, bytes([GENERAL_DISCOVERABLE_LE_ONLY])), (services, service)])
        )

    def _services(self, device: Device) -> list[Service]:
        """Return the device's own services: one, unless a kind has more."""
        return [self._locked(device, self.service, self._characteristics())]

    def _locked(self, device: Device, uuid: int | str, characteristics: list[Characteristic]) -> Service:
        """Return a service; a device that needs pairing tells nobody else what is in it."""
        if self.needs_pairing:
            for characteristic in characteristics:
                _lock(characteristic, device)
        return Service(_uuid(uuid), characteristics)

    async def set_battery(self, percent: int) -> None:
        """Change the level and tell a subscriber."""
        self.battery_percent = percent
        await self._notify(self._battery_level, bytes([percent]))

    def _battery(self) -> Service:
        self._battery_level = readable(0x2A19, lambda: bytes([self.battery_percent]), notify=True)
        return Service(_uuid(BATTERY), [self._battery_level])

    def _information(self) -> Service:
        texts = {0x2A29: MANUFACTURER, 0x2A24: self.model, 0x2A25: self.address.replace(":", "")}
        characteristics = [readable(uuid, text.encode) for uuid, text in texts.items()]
        return Service(_uuid(DEVICE_INFORMATION), characteristics)


def readable(uuid: int | str, read: Callable[[], bytes], *, notify: bool = False) -> Characteristic:
    """Return a characteristic that can be read, and tells changes if asked to."""
    value = CharacteristicValue(read=lambda _: read(), write=_refuse(att.ATT_WRITE_NOT_PERMITTED_ERROR))
    properties = Characteristic.Properties.READ
    if notify:
        properties |= Characteristic.Properties.NOTIFY
    return Characteristic(_uuid(uuid), properties, Characteristic.READABLE, value)


def writable(
    uuid: int | str,
    take: Callable[[bytes], None],
    *,
    response: bool = True,
    read: Callable[[], bytes] | None = None,
    telling: Characteristic.Properties = NO_PROPERTY,
) -> Characteristic:
    """Return a characteristic that takes what a central writes; it may also be read, or notify.

    `take` may raise att.ATT_Error to refuse a value.
    """
    properties = telling
    if response:
        properties |= Characteristic.Properties.WRITE
    else:
        properties |= Characteristic.Properties.WRITE_WITHOUT_RESPONSE
    permissions = Characteristic.WRITEABLE
    if read is not None:
        properties |= Characteristic.Properties.READ
        permissions |= Characteristic.READABLE

    def write(_: object, value: bytes) -> None:
        take(bytes(value))

    refuse = _refuse(att.ATT_READ_NOT_PERMITTED_ERROR)
    value = CharacteristicValue(read=refuse if read is None else lambda _: read(), write=write)
    return Characteristic(_uuid(uuid), properties, permissions, value)


def telling(uuid: int | str, properties: Characteristic.Properties) -> Characteristic:
    """Return a characteristic that can only notify or indicate."""
    value = CharacteristicValue(
        read=_refuse(att.ATT_READ_NOT_PERMITTED_ERROR), write=_refuse(att.ATT_WRITE_NOT_PERMITTED_ERROR)
    )
    return Characteristic(_uuid(uuid), properties, Characteristic.Permissions(0), value)


def _refuse(code: int) -> Callable[..., bytes]:
    """Return an access function that refuses: bumble itself looks at no permission but encryption."""

    def refuse(*_: object) -> bytes:
        raise att.ATT_Error(code)

    return refuse


def _lock(characteristic: Characteristic, device: Device) -> None:
    """Let only a paired central read, write or subscribe."""
    properties = Characteristic.Properties
    if characteristic.properties & properties.READ:
        characteristic.permissions |= Characteristic.READ_REQUIRES_ENCRYPTION
    if characteristic.properties & (properties.WRITE | properties.WRITE_WITHOUT_RESPONSE):
        characteristic.permissions |= Characteristic.WRITE_REQUIRES_ENCRYPTION
    if not characteristic.properties & (properties.NOTIFY | properties.INDICATE):
        return
    configuration = Descriptor(
        GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
        Characteristic.READABLE | Characteristic.WRITEABLE | Characteristic.WRITE_REQUIRES_ENCRYPTION,
        device.gatt_server.make_descriptor_value(characteristic),
    )
    characteristic.descriptors = [*characteristic.descriptors, configuration]


def _uuid(uuid: int | str) -> str:
    return f"{uuid:04X}" if isinstance(uuid, int) else uuid.upper()
