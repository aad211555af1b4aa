"""A Bluetooth monitor at its pinned address, through bleak and bleak-retry-connector."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakDBusError
from bleak_retry_connector import BleakClientWithServiceCache, establish_connection

from drivers.link.port import Receive, WrongModelError, settle
from drivers.link.radio import RADIO_ERRORS, Radio, shared_radio
from drivers.model import Source
from monitor.core.errors import LinkError

Take = Callable[[BleakGATTCharacteristic, bytearray], None]

FIND_WITHIN_S = 10.0
SCAN_FOR_S = 15.0
"""An armed scan is renewed after this long, in case it died unseen."""
CONNECT_ATTEMPTS = 2
SETTLE_WITHIN_S = 5.0
"""For a disconnect, and for each subscription."""
PAIR_WITHIN_S = 20.0
NOT_PAIRED = "org.bluez.Error.NotPermitted"
NOT_RUNNING = ("org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner")

log = logging.getLogger(__name__)


class BlePort:
    """Connects when the device is heard and subscribes to the model's characteristics.

    Episodic: the device speaks only after it has measured. Opening waits for it as long as it
    takes, and its hanging up is the normal end.
    """

    def __init__(
        self, device_id: str, address: str, sources: tuple[Source, ...], *, episodic: bool = False
    ) -> None:
        self._device_id = device_id
        self._address = address
        self._sources = sources
        self._episodic = episodic
        self._client: BleakClient | None = None
        self._ended: asyncio.Future[None] | None = None

    async def open(self, receive: Receive) -> None:
        """Find, connect, subscribe; LinkError in words, WrongModelError without the main characteristic."""
        radio = shared_radio()
        self._ended = asyncio.get_running_loop().create_future()
        try:
            device = await self._find(radio)
            async with radio.connecting:
                self._client = await establish_connection(
                    BleakClientWithServiceCache,
                    device,
                    self._device_id,
                    self._hung_up,
                    max_attempts=CONNECT_ATTEMPTS,
                    use_services_cache=False,
                )
            # the main one last: a cuff speaks, and hangs up, as soon as that is subscribed to
            for source in reversed(self._sources):
                await self._subscribe(self._client, source, receive)
        except RADIO_ERRORS as error:
            raise LinkError(self._device_id, _in_words(self._address, error)) from error

    async def closed(self) -> None:
        """Return when an episodic device hangs up; LinkError when another one is lost."""
        if self._ended is not None:
            await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Hang up."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*RADIO_ERRORS):
                async with asyncio.timeout(SETTLE_WITHIN_S):
                    await client.disconnect()
        settle(self._ended)

    async def _find(self, radio: Radio) -> BLEDevice:
        while True:
            device = await radio.find(self._address, SCAN_FOR_S if self._episodic else FIND_WITHIN_S)
            if device is not None:
                return device
            if not self._episodic:
                raise LinkError(
                    self._device_id,
                    f"{self._address} is not heard: is it on, in range and not connected elsewhere?",
                )

    async def _subscribe(self, client: BleakClient, source: Source, receive: Receive) -> None:
        """Subscribe; what is optional may be absent or refuse."""
        characteristic = client.services.get_characteristic(source.uuid)
        if characteristic is None and not source.optional:
            raise WrongModelError(self._device_id, f"{self._address} has no characteristic {source.uuid}")
        if characteristic is None:
            return
        take = partial(_deliver, receive, source.uuid)
        try:
            await _start_notify(client, characteristic, take)
        except RADIO_ERRORS:
            if not source.optional:
                raise
            log.debug("%s: no subscription to %s", self._device_id, source.uuid, exc_info=True)

    def _hung_up(self, client: Any) -> None:
        if self._ended is None or self._ended.done():
            return
        if self._episodic:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(
                LinkError(self._device_id, f"{self._address} is gone: out of range or switched off")
            )


async def _start_notify(client: BleakClient, characteristic: BleakGATTCharacteristic, take: Take) -> None:
    """Subscribe, and pair first where the device asks for it (cuffs encrypt, "Just Works")."""
    try:
        async with asyncio.timeout(SETTLE_WITHIN_S):
            await client.start_notify(characteristic, take)
    except BleakDBusError as error:
        if error.dbus_error != NOT_PAIRED:
            raise
        async with asyncio.timeout(PAIR_WITHIN_S):
            await client.pair()
            await client.start_notify(characteristic, take)


def _deliver(receive: Receive, uuid: str, _: BleakGATTCharacteristic, data: bytearray) -> None:
    receive(uuid, bytes(data))


def _in_words(address: str, error: Exception) -> str:
    if isinstance(error, BleakBluetoothNotAvailableError):
        if error.reason is BleakBluetoothNotAvailableReason.POWERED_OFF:
            return "Bluetooth is switched off on this computer"
        return f"Bluetooth is not available on this computer: {error}"
    if isinstance(error, BleakDBusError) and error.dbus_error in NOT_RUNNING:
        return "Bluetooth is not running on this computer (no org.bluez on its bus)"
    if isinstance(error, FileNotFoundError | ConnectionError | EOFError):
        return f"the Bluetooth service of this computer does not answer: {error or type(error).__name__}"
    if isinstance(error, TimeoutError):
        return f"{address} does not answer"
    return f"{address} cannot be connected: {error}"
