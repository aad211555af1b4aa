"""A home blood-pressure cuff: Blood Pressure Service 0x1810, by default one that tells and hangs up."""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from bumble.device import Connection
from bumble.gatt import Characteristic

from simulators.radio.peripherals.numbers import date_time, sfloat
from simulators.radio.peripherals.peripheral import Peripheral, Traits, readable, telling

BLOOD_PRESSURE = 0x1810
MEASUREMENT = 0x2A35
CUFF_PRESSURE = 0x2A36
FEATURE = 0x2A49
FEATURES = 0x001F
"""Body movement, cuff fit, irregular pulse, pulse range and position are told."""

IN_KPA = 0x01
HAS_TIME = 0x02
HAS_PULSE = 0x04
HAS_USER = 0x08
HAS_STATUS = 0x10
MMHG_PER_KPA = 7.50062

CONFIRM_S = 5.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement, pressures in mmHg; None stands for a value that the cuff could not find."""

    sys: float | None
    dia: float | None
    map: float | None
    pulse: float | None
    status: int = 0
    when: datetime | None = None
    kpa: bool = False
    user: int | None = None


class BloodPressurePeripheral(Peripheral):
    """A cuff that keeps its readings until they are fetched.

    It advertises only while it has a reading to tell. When a central has connected and enabled
    indications it tells them, oldest first, each confirmed before the next, and hangs up.
    With `stay_connected` it advertises whenever nobody is connected, and keeps the link.
    """

    model = "Virtual cuff"
    service = BLOOD_PRESSURE

    def __init__(
        self,
        *,
        name: str,
        address: str,
        stay_connected: bool = False,
        patience_s: float = 30.0,
        **traits: Unpack[Traits],
    ) -> None:
        super().__init__(name=name, address=address, **traits)
        self._stay_connected = stay_connected
        self._patience_s = patience_s
        self._stored: deque[tuple[Reading, asyncio.Future[None]]] = deque()
        self._news = asyncio.Event()
        self._subscribed = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many readings nobody has fetched."""
        return len(self._stored)

    async def measure(
        self,
        sys: float | None,
        dia: float | None,
        map: float | None,
        pulse: float | None,
        *,
        status: int = 0,
        when: datetime | None = None,
        kpa: bool = False,
    ) -> None:
        """Offer one reading in mmHg (`kpa`: told in kPa) and return when it has been fetched.

        All None is a failed measurement. Whoever gives up waiting withdraws the reading.
        """
        fetched = await self.store(Reading(sys, dia, map, pulse, status, when, kpa))
        try:
            await fetched
        finally:
            if self._withdraw(fetched):
                await self._refresh()

    async def store(self, reading: Reading) -> "asyncio.Future[None]":
        """Keep a reading until it is fetched; the future is done when it has been confirmed."""
        measurement(reading)  # a value that cannot be told is refused here
        fetched: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stored.append((reading, fetched))
        self._news.set()
        await self._refresh()
        return fetched

    async def cuff_pressure(self, mmhg: float) -> None:
        """Tell the pressure in the cuff now to the subscriber, if there is one."""
        await self._notify(self._cuff_pressure, cuff_pressure(mmhg))

    def _characteristics(self) -> list[Characteristic]:
        self._measurement = telling(MEASUREMENT, Characteristic.Properties.INDICATE)
        self._cuff_pressure = telling(CUFF_PRESSURE, Characteristic.Properties.NOTIFY)
        self._measurement.on(Characteristic.EVENT_SUBSCRIPTION, self._on_subscription)
        features = readable(FEATURE, lambda: FEATURES.to_bytes(2, "little"))
        return [self._measurement, self._cuff_pressure, features]

    def _wants_link(self) -> bool:
        return self._stay_connected or bool(self._stored)

    def _met(self, connection: Connection) -> None:
        self._subscribed.clear()
        self._telling = self._spawn(self._tell(connection))

    def _parted(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None

    def _on_subscription(self, bearer: object, notify: bool, indicate: bool) -> None:
        if indicate:
            self._subscribed.set()
        else:
            self._subscribed.clear()

    async def _tell(self, connection: Connection) -> None:
        """Tell every stored reading to one central, then hang up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if self._stay_connected else self._patience_s):
                await self._subscribed.wait()
        while self._subscribed.is_set():
            self._news.clear()
            while self._stored and await self._told(connection):
                pass
            if not self._stay_connected:
                break
            await self._news.wait()
        await self._hang_up()

    async def _told(self, connection: Connection) -> bool:
        """Return whether the oldest reading was confirmed; it is kept if not."""
        reading, fetched = self._stored[0]
        if self._device is None:
            return False
        try:
            async with asyncio.timeout(CONFIRM_S):
                await self._device.indicate_subscriber(connection, self._measurement, measurement(reading))
        except TimeoutError:
            return False
        self._withdraw(fetched)
        if not fetched.done():
            fetched.set_result(None)
        return True

    def _withdraw(self, fetched: "asyncio.Future[None]") -> bool:
        for stored in self._stored:
            if stored[1] is fetched:
                self._stored.remove(stored)
                return True
        return False


def measurement(reading: Reading) -> bytes:
    """Return the frame of 0x2A35; the pulse is always there, "not a number" when unknown."""
    flags = HAS_PULSE | HAS_STATUS
    pressures = b"".join(_pressure(value, reading.kpa) for value in (reading.sys, reading.dia, reading.map))
    frame = pressures
    if reading.kpa:
        flags |= IN_KPA
    if reading.when is not None:
        flags |= HAS_TIME
        frame += date_time(reading.when)
    frame += sfloat(reading.pulse)
    if reading.user is not None:
        flags |= HAS_USER
        frame += bytes([reading.user])
    return bytes([flags]) + frame + reading.status.to_bytes(2, "little")


def cuff_pressure(mmhg: float) -> bytes:
    """Return the frame of 0x2A36: the second and third pressure are not used."""
    return bytes([0]) + sfloat(mmhg) + sfloat(None) + sfloat(None)


def _pressure(mmhg: float | None, kpa: bool) -> bytes:
    if mmhg is None or not kpa:
        return sfloat(mmhg)
    return sfloat(mmhg / MMHG_PER_KPA, decimals=1)
