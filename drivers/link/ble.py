"""A Bluetooth monitor at its pinned address, through bleak and bleak-retry-connector."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)
from bleak_retry_connector import BleakClientWithServiceCache, establish_connection

from drivers.link.port import Greet, Receive, WrongModelError, nothing_to_say, settle
from drivers.link.radio import RADIO_ERRORS, Radio, shared_radio
from drivers.model import Model, Source, Write
from monitor.core.errors import LinkError

T = TypeVar("T")

FIND_WITHIN_S = 10.0
SCAN_FOR_S = 15.0
"""An armed scan is renewed after this long, in case it died unseen."""
CONNECT_ATTEMPTS = 2
CONNECT_WITHIN_S = 12.0
"""Connecting and discovery, both attempts: every other device of the radio waits for them."""
SETTLE_WITHIN_S = 5.0
"""For a farewell, for a disconnect, and for each subscription."""
PAIR_WITHIN_S = 20.0
UNSENT_MAX = 64
TELLING = frozenset({"notify", "indicate"})
NOT_PAIRED = "org.bluez.Error.NotPermitted"
NOT_LET_IN = "org.bluez.Error.Authentication"  # Failed, Rejected, Canceled, Timeout
ABORTED_BY_DEVICE = "le-connection-abort-by-remote"
NOT_RUNNING = ("org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner")

log = logging.getLogger(__name__)


class BlePort:
    """Connects when the device is heard, reads and subscribes to the model's characteristics.

    Episodic: the device speaks only after it has measured. Opening waits for it as long as it
    takes, and its hanging up is the normal end.
    """

    def __init__(self, device_id: str, address: str, model: Model) -> None:
        self._device_id = device_id
        self._address = address
        self._sources = model.sources
        self._episodic = model.episodic
        self._pair_first = model.pair == "always"
        self._client: BleakClient | None = None
        self._ended: asyncio.Future[None] | None = None
        self._unsent: asyncio.Queue[Write] = asyncio.Queue(UNSENT_MAX)
        self._sending: asyncio.Task[None] | None = None
        self._unpaired = False  # it asked for pairing, and refused it

    async def open(self, receive: Receive, greet: Greet = nothing_to_say) -> None:
        """Find, connect, subscribe; LinkError in words, WrongModelError without the main characteristic."""
        radio = shared_radio()
        self._ended = asyncio.get_running_loop().create_future()
        try:
            device = await self._find(radio)
            async with radio.connecting, asyncio.timeout(CONNECT_WITHIN_S):
                self._client = await self._connect(device)
            await self._settle_in(self._client, receive, greet)
        except RADIO_ERRORS as error:
            raise LinkError(self._device_id, self._why_not(error)) from error
        self._sending = asyncio.ensure_future(self._send(self._client))

    def _why_not(self, error: Exception) -> str:
        """Return in words why the way cannot be opened; a loss on the way shows as many errors."""
        if self._unpaired:
            return _not_let_in(self._address)
        lost = self._client is not None and not self._client.is_connected
        if isinstance(error, BleakBluetoothNotAvailableError) or not isinstance(error, BleakError):
            return _in_words(self._address, error)
        if lost or ABORTED_BY_DEVICE in str(error):
            return f"{self._address} hung up at once: out of range, or its pairing is out of date"
        return _in_words(self._address, error)

    async def _connect(self, device: BLEDevice) -> BleakClient:
        return await establish_connection(
            BleakClientWithServiceCache,
            device,
            self._device_id,
            self._hung_up,
            max_attempts=CONNECT_ATTEMPTS,
            use_services_cache=False,
        )

    async def _settle_in(self, client: BleakClient, receive: Receive, greet: Greet) -> None:
        """Read, subscribe and greet, then subscribe to the main characteristic, then ask what is late.

        A cuff speaks, and hangs up, as soon as the main one is subscribed to.
        """
        main, *others = self._sources
        if not main.optional and client.services.get_characteristic(main.uuid) is None:
            raise WrongModelError(self._device_id, f"{self._address} has no characteristic {main.uuid}")
        if self._pair_first:
            await self._pair(client)
        for source in reversed(others):
            if not source.late:
                await self._subscribe(client, source, receive)
        for write in greet():
            await self._write(client, write)
        await self._subscribe(client, main, receive)
        with contextlib.suppress(*RADIO_ERRORS):  # it may have told all and hung up
            for source in others:
                if source.late:
                    await self._subscribe(client, source, receive)

    def write(self, write: Write) -> None:
        """Send after what is unsent; a device that takes nothing any more breaks the way."""
        try:
            self._unsent.put_nowait(write)
        except asyncio.QueueFull:
            self._break(f"{self._address} takes nothing that is written to it")

    async def closed(self) -> None:
        """Return when an episodic device hangs up; LinkError when another one is lost."""
        if self._ended is not None:
            await asyncio.shield(self._ended)

    async def close(self, parting: Sequence[Write] = ()) -> None:
        """Say good-bye and hang up, also on a device that takes no good-bye any more."""
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            try:
                with contextlib.suppress(*RADIO_ERRORS):
                    async with asyncio.timeout(SETTLE_WITHIN_S):
                        for write in parting if client.is_connected else ():
                            await self._write(client, write)
            finally:
                with contextlib.suppress(*RADIO_ERRORS):
                    async with asyncio.timeout(SETTLE_WITHIN_S):
                        await client.disconnect()
        settle(self._ended)

    async def _send(self, client: BleakClient) -> None:
        """Write what is waiting, in order, until cancelled."""
        while True:
            await self._write(client, await self._unsent.get())

    async def _write(self, client: BleakClient, write: Write) -> None:
        """Write once; pair first where the device asks for it. A refusal is logged, and the link goes on."""
        characteristic = client.services.get_characteristic(write.uuid)
        if characteristic is None:
            return
        response = write.response or "write-without-response" not in characteristic.properties
        try:
            await self._paired(client, partial(client.write_gatt_char, characteristic, write.data, response))
        except RADIO_ERRORS as error:
            log.info("%s: %s does not take a write: %s", self._device_id, write.uuid, error)

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
        """Read and subscribe as the source asks; what is optional may be absent or refuse."""
        characteristic = client.services.get_characteristic(source.uuid)
        if characteristic is None:
            if not source.optional:
                raise WrongModelError(self._device_id, f"{self._address} has no characteristic {source.uuid}")
            return
        if source.read:
            await self._ask(source, partial(self._read, client, characteristic, source.uuid, receive))
        if not source.read or not TELLING.isdisjoint(characteristic.properties):
            take = partial(_deliver, receive, source.uuid)
            await self._ask(
                source, partial(self._paired, client, partial(client.start_notify, characteristic, take))
            )

    async def _read(
        self, client: BleakClient, characteristic: BleakGATTCharacteristic, uuid: str, receive: Receive
    ) -> None:
        receive(uuid, bytes(await self._paired(client, partial(client.read_gatt_char, characteristic))))

    async def _ask(self, source: Source, ask: Callable[[], Awaitable[None]]) -> None:
        """Ask for what the source gives; what is optional may refuse."""
        try:
            await ask()
        except RADIO_ERRORS:
            if not source.optional:
                raise
            log.debug("%s: no value of %s", self._device_id, source.uuid, exc_info=True)

    async def _paired(self, client: BleakClient, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what `ask` gives; pair first where the device refuses without (cuffs, "Just Works")."""
        try:
            async with asyncio.timeout(SETTLE_WITHIN_S):
                return await ask()
        except BleakDBusError as error:
            if error.dbus_error != NOT_PAIRED:
                raise
            await self._pair(client)
            async with asyncio.timeout(SETTLE_WITHIN_S):
                return await ask()

    async def _pair(self, client: BleakClient) -> None:
        """Pair; a refusal is kept, because a device may go on and tell nothing."""
        self._unpaired = True
        async with asyncio.timeout(PAIR_WITHIN_S):
            await client.pair()
        self._unpaired = False

    def _break(self, detail: str) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(LinkError(self._device_id, detail))

    def _hung_up(self, client: Any) -> None:
        if self._client is None:
            return  # an attempt that failed; bleak tells of it as of a link, and tries again
        if self._unpaired:
            self._break(_not_let_in(self._address))
        elif self._episodic and self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
        else:
            self._break(f"{self._address} is gone: out of range or switched off")


def _deliver(receive: Receive, uuid: str, _: BleakGATTCharacteristic, data: bytearray) -> None:
    receive(uuid, bytes(data))


def _in_words(address: str, error: Exception) -> str:
    if isinstance(error, BleakBluetoothNotAvailableError):
        if error.reason is BleakBluetoothNotAvailableReason.POWERED_OFF:
            return "Bluetooth is switched off on this computer"
        return f"Bluetooth is not available on this computer: {error}"
    if isinstance(error, BleakDBusError) and error.dbus_error in NOT_RUNNING:
        return "Bluetooth is not running on this computer (no org.bluez on its bus)"
    if isinstance(error, BleakDBusError) and error.dbus_error.startswith(NOT_LET_IN):
        return _not_let_in(address)
    if isinstance(error, FileNotFoundError | ConnectionError | EOFError):
        return f"the Bluetooth service of this computer does not answer: {error or type(error).__name__}"
    if isinstance(error, TimeoutError):
        return f"{address} does not answer"
    return f"{address} cannot be connected: {error}"


def _not_let_in(address: str) -> str:
    return f"{address} does not let itself be paired: put it into its pairing mode"
