"""The radio's central: finds peripherals, connects, and speaks ATT and SMP with them."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bumble.controller import Controller
from bumble.core import AdvertisingData
from bumble.device import Connection, Device
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from simulators.radio.bonding import just_works
from simulators.radio.link import Link, long_uuid

ADDRESS = "F0:F1:F2:F3:F4:F5"
FRESH_S = 0.25
"""An advertisement this recent means that the peripheral is there to be connected."""
INITIATE_S = 1.0
"""A peripheral that stopped advertising just now does not answer: look for it again after this."""
SERVICE_LISTS = (
    AdvertisingData.Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What was heard: long UUIDs in lower case, None where the peripheral did not say."""

    address: str
    name: str | None
    service_uuids: tuple[str, ...]
    rssi_dbm: int
    address_type: str = "random"
    manufacturer: Mapping[int, bytes] = field(default_factory=dict)  # company id -> data


class Central:
    """The host's side of the radio; hears every advertisement while it is started."""

    def __init__(self, link: LocalLink) -> None:
        self.on_advertisement: Callable[[Advertisement], None] = lambda _: None
        self._local_link = link
        self._controller = Controller("central", link=link)
        self._device = Device(
            name="Vigil virtual adapter",
            address=Address(ADDRESS),
            host=Host(self._controller, AsyncPipeSink(self._controller)),
        )
        self._device.pairing_config_factory = lambda _: just_works()
        self._device.on(Device.EVENT_ADVERTISEMENT, self._heard)
        self._device.on(Device.EVENT_CONNECTION, self._connected)
        self._turn = asyncio.Lock()
        self._heard_at: dict[str, float] = {}
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._wanted: str | None = None
        self._strays: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Switch the controller on and listen."""
        await self._device.power_on()
        await self._device.start_scanning(active=False, filter_duplicates=False)

    async def stop(self) -> None:
        """Switch everything off; links must have been disconnected before."""
        await self._device.stop_scanning()
        await asyncio.gather(*self._strays, return_exceptions=True)
        await self._device.power_off()
        self._local_link.remove_controller(self._controller)

    async def connect(self, address: str) -> Link:
        """Return a link to the peripheral, waiting without limit for it to advertise."""
        while True:
            await self._audible(address)
            async with self._turn:
                connection = await self._initiate(address)
            if connection is not None:
                return Link(connection, self._device)

    async def forget(self, address: str) -> None:
        """Drop the keys of an earlier pairing."""
        if self._device.keystore is not None:
            with contextlib.suppress(KeyError):
                await self._device.keystore.delete(str(Address(address)))

    async def _audible(self, address: str) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._heard_at.get(address, -FRESH_S) < FRESH_S:
            return
        heard = loop.create_future()
        waiting = self._waiting.setdefault(address, set())
        waiting.add(heard)
        try:
            await heard
        finally:
            waiting.discard(heard)

    async def _initiate(self, address: str) -> Connection | None:
        """Return a connection, or None when the peripheral does not answer."""
        self._wanted = address
        attempt = asyncio.ensure_future(self._device.connect_le(Address(address), timeout=None))
        try:
            await asyncio.wait({attempt}, timeout=INITIATE_S)
            return attempt.result() if attempt.done() else None
        finally:
            self._wanted = None
            self._heard_at.pop(address, None)
            # bumble's controller knows no "cancel": take the request back ourselves.
            self._controller.pending_le_connection = None
            if not attempt.done():
                attempt.cancel()
                await asyncio.wait({attempt})

    def _connected(self, connection: Connection) -> None:
        """Hang up when nobody waits any more for this connection."""
        if self._wanted is None or connection.peer_address != Address(self._wanted):
            stray = asyncio.ensure_future(connection.disconnect())
            self._strays.add(stray)
            stray.add_done_callback(self._strays.discard)

    def _heard(self, advertisement: Any) -> None:
        if advertisement.is_scan_response:
            return  # bumble's controller answers every advertisement with a copy of it
        address = advertisement.address.to_string(False)
        self._heard_at[address] = asyncio.get_running_loop().time()
        for future in self._waiting.get(address, ()):
            if not future.done():
                future.set_result(None)
        lists = [advertisement.data.get(kind) for kind in SERVICE_LISTS]
        uuids = tuple(long_uuid(uuid) for found in lists for uuid in found or ())
        self.on_advertisement(Advertisement(address, None, uuids, int(advertisement.rssi)))


def quiet_bumble() -> None:
    """Keep bumble's remarks on harmless races off the tester's terminal, unless they were asked for."""
    logger = logging.getLogger("bumble")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.CRITICAL)
        asyncio.get_running_loop().set_exception_handler(_report)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what broke in the loop, but an answer that came when nobody waited for it any more."""
    if not isinstance(context.get("exception"), asyncio.InvalidStateError):
        loop.default_exception_handler(context)
