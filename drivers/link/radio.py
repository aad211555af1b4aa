"""The computer's one Bluetooth radio, shared: BlueZ refuses a second scan by the same program.

Scanning runs while somebody looks for a device, and connections are made one at a time (BlueZ
answers a second one with "InProgress").
"""

import asyncio
import contextlib
import logging
from weakref import WeakKeyDictionary

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError
from bleak_retry_connector.bluez import get_connected_devices, get_device

log = logging.getLogger(__name__)

RADIO_ERRORS = (BleakError, OSError, EOFError, TimeoutError)
"""What bleak raises when the radio, its service or the bus is away (EOFError: the bus died)."""


class Radio:
    """Finds devices by address for any number of seekers with one scan."""

    def __init__(self) -> None:
        self.connecting = asyncio.Lock()
        self._seekers: dict[str, list[asyncio.Future[BLEDevice]]] = {}
        self._scanner: BleakScanner | None = None
        self._turning = asyncio.Lock()

    async def find(self, address: str, timeout_s: float) -> BLEDevice | None:
        """Return the device once it is heard, None when it was not within `timeout_s`.

        One that is still connected (from before a crash of ours) does not advertise: it counts.
        Raises one of RADIO_ERRORS when the radio cannot scan.
        """
        address = address.upper()
        if (known := await get_device(address)) and (connected := await get_connected_devices(known)):
            return connected[0]
        seeker: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()
        self._seekers.setdefault(address, []).append(seeker)
        try:
            await self._turn()
            async with asyncio.timeout(timeout_s):
                return await seeker
        except TimeoutError:
            await self._turn(renew=True)
            return None
        finally:
            self._forget(address, seeker)
            with contextlib.suppress(*RADIO_ERRORS):  # a cancellation must not be lost to it
                await self._turn()

    def _forget(self, address: str, seeker: asyncio.Future[BLEDevice]) -> None:
        seekers = self._seekers[address]
        seekers.remove(seeker)
        if not seekers:
            del self._seekers[address]

    async def _turn(self, *, renew: bool = False) -> None:
        """Turn the scan on or off as needed; renewed, it hears again what a dead scan would not."""
        async with self._turning:
            if self._scanner is not None and (renew or not self._seekers):
                scanner, self._scanner = self._scanner, None
                with contextlib.suppress(*RADIO_ERRORS):
                    await scanner.stop()
            if self._scanner is None and self._seekers:
                scanner = BleakScanner(self._heard)
                await scanner.start()
                self._scanner = scanner

    def _heard(self, device: BLEDevice, advertisement: AdvertisementData) -> None:
        for seeker in self._seekers.get(device.address.upper(), ()):
            if not seeker.done():
                seeker.set_result(device)


_radios: WeakKeyDictionary[asyncio.AbstractEventLoop, Radio] = WeakKeyDictionary()
"""One a loop, as bleak keeps one connection to the bus a loop."""


def shared_radio() -> Radio:
    """Return the running loop's radio."""
    return _radios.setdefault(asyncio.get_running_loop(), Radio())
