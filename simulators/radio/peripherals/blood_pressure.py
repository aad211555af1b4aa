"""A home blood-pressure cuff: Blood Pressure Service 0x1810, by default one that tells and hangs up."""

import asyncio
import contextlib
import math
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from bumble.device import Connection
from bumble.gatt import Characteristic

from simulators.faults import on_off
from simulators.machine import Setting
from simulators.radio.peripherals.live import LivePeripheral, RadioSim
from simulators.radio.peripherals.numbers import date_time, sfloat
from simulators.radio.peripherals.peripheral import Traits, readable, telling
from simulators.subject import Pressure, read_pressure

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
MOVED = 0x01
"""Measurement status bit 0: the body moved."""
GIVE_UP_S = 60.0
"""A result that nobody fetches is not offered longer than this."""


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


@dataclass(slots=True)
class CuffFaults:
    """How its results come."""

    kpa: bool = False


class BloodPressurePeripheral(LivePeripheral):
    """A cuff that keeps its readings until they are fetched.

    It advertises only while it has a reading to tell. When a central has connected and enabled
    indications it tells them, oldest first, each confirmed before the next, and hangs up.
    With `stay_connected` it advertises whenever nobody is connected, and keeps the link.
    """

    model = "Virtual cuff"
    default_name = "Vigil Cuff"
    service = BLOOD_PRESSURE
    tick_hz = 10.0
    usage = ("measure [SYS/DIA] [moved]", "fail", "schedule on|off")

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
        self.faults = CuffFaults()
        self._scheduled = True
        self._due_s = math.inf
        self._offering: asyncio.Task[None] | None = None

    def wear(self, setting: Setting) -> None:
        """Put it on; it measures at the setting's times."""
        super().wear(setting)
        self._times_s = setting.measurements()
        self._due_s = next(self._times_s, math.inf)

    async def tick(self, now_s: float) -> None:
        """Measure when it is time to."""
        while now_s >= self._due_s:
            due_s, self._due_s = self._due_s, next(self._times_s, math.inf)
            if self._scheduled:
                self._take(self.setting.subject.pressure(due_s), 0)

    async def obey(self, words: list[str], now_s: float) -> str:
        """Carry out one command and return the answer."""
        verb, rest = (words[0], words[1:]) if words else ("", [])
        if verb == "measure":
            status = MOVED if "moved" in rest else 0
            values = [word for word in rest if word != "moved"]
            pressure = read_pressure(values) if values else self.setting.subject.pressure(now_s)
            self._take(pressure, status)
            text = "nothing" if pressure is None else f"{pressure.sys:.0f}/{pressure.dia:.0f}"
            return f"measured {text}{' (moved)' if status else ''}"
        if verb == "fail" and not rest:
            self._take(None, 0)
        elif verb == "schedule":
            self._scheduled = on_off(rest)
        else:
            return await super().obey(words, now_s)
        return " ".join(words)

    def _take(self, pressure: Pressure | None, status: int) -> None:
        """Offer a result; a newer one takes the place of one not yet fetched."""
        if self._offering is not None:
            self._offering.cancel()
        self._offering = self._spawn(self._offer(pressure, status, self.setting.local_time()))

    async def _offer(self, pressure: Pressure | None, status: int, when: datetime) -> None:
        sys = dia = mean = pulse = None
        if pressure is not None:
            sys, dia, mean = round(pressure.sys), round(pressure.dia), round(pressure.map)
            pulse = None if pressure.pulse_bpm is None else round(pressure.pulse_bpm)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GIVE_UP_S):
                await self.measure(sys, dia, mean, pulse, status=status, when=when, kpa=self.faults.kpa)

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


SIM = RadioSim(BloodPressurePeripheral.worn)
