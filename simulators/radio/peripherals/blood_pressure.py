"""A home blood-pressure cuff: Blood Pressure Service 0x1810, by default one that tells and hangs up."""

import asyncio
import contextlib
import math
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Unpack

from bumble import att
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, Service

from simulators.faults import number, on_off
from simulators.machine import Setting
from simulators.radio.peripherals.live import LivePeripheral, RadioSim
from simulators.radio.peripherals.own_clock import (
    CURRENT_TIME,
    CURRENT_TIME_SERVICE,
    DATE_TIME,
    ClockFaults,
    OwnClock,
)
from simulators.radio.peripherals.peripheral import Traits, readable, telling, writable
from simulators.radio.peripherals.pressure_frames import (
    STATUS_BITS,
    Reading,
    cuff_pressure,
    measurement,
    status_of,
)
from simulators.subject import Pressure, read_pressure

BLOOD_PRESSURE = 0x1810
MEASUREMENT = 0x2A35
CUFF_PRESSURE = 0x2A36
FEATURE = 0x2A49
FEATURES = 0x001F
"""Body movement, cuff fit, irregular pulse, pulse range and position are told."""

CONFIRM_S = 5.0
SQUEEZE_S = 25.0
"""How long a measurement takes at least (session facts: 25 to 45 s)."""
RESIDUAL_MMHG = 6.0
LARGEST_MEMORY = 200  # readings
FACTORY_TEST = datetime(2024, 3, 11, 19, 12, 34)
GIVE_UP_S = 60.0
"""A result that nobody fetches is not offered longer than this."""


@dataclass(slots=True)
class CuffFaults(ClockFaults):
    """How its results come, and what it asks of whoever fetches them."""

    kpa: bool = False
    no_time: bool = False  # readings without a time stamp, as after a battery change
    no_map: bool = False
    user: float = -1.0  # the id that is told; -1: none
    wants_time: bool = False  # tells its own time and sends nothing before it is told the time
    wants_bond: bool = False  # takes and sends nothing before the link is encrypted
    no_cuff_pressure: bool = False  # does not tell the last of the air that leaves the cuff


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
    usage = (
        f"measure [SYS/DIA] [{'|'.join(STATUS_BITS)} ...]",
        "fail",
        "schedule on|off",
        "memory COUNT",
        "factory_record",
    )

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
        self._subscribed = self._time_told = False
        self._changed = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None
        self.faults = CuffFaults()
        self._clock = OwnClock(datetime.now, self.faults)
        self._scheduled = True
        self._due_s = math.inf
        self._offering: asyncio.Task[None] | None = None

    def wear(self, setting: Setting) -> None:
        """Put it on; it measures at the setting's times."""
        super().wear(setting)
        self._clock = OwnClock(setting.local_time, self.faults)
        self._times_s = setting.measurements()
        self._due_s = next(self._times_s, math.inf)

    async def tick(self, now_s: float) -> None:
        """Squeeze the arm before it is time to measure, and have measured when it is."""
        setting = self.setting
        while now_s >= self._due_s:
            due_s, self._due_s = self._due_s, next(self._times_s, math.inf)
            if self._scheduled:
                self._take(setting.subject.pressure(due_s), 0)
            setting.subject.cuff(now_s, False)
        if self._scheduled and now_s >= self._due_s - min(SQUEEZE_S, setting.every_s / 2.0):
            setting.subject.cuff(now_s, True)

    async def obey(self, words: list[str], now_s: float) -> str:
        """Carry out one command and return the answer."""
        verb, rest = (words[0], words[1:]) if words else ("", [])
        if verb == "measure":
            return self._measure_now(rest, now_s)
        if verb == "fail" and not rest:
            self._take(None, 0)
        elif verb == "schedule":
            self._scheduled = on_off(rest)
        elif verb == "memory":
            await self._remember(int(number(rest, 1, LARGEST_MEMORY)), now_s)
        elif verb == "factory_record" and not rest:
            await self.store(Reading(None, None, None, None, when=FACTORY_TEST))
        else:
            return await super().obey(words, now_s)
        return " ".join(words)

    def _measure_now(self, words: list[str], now_s: float) -> str:
        status = status_of(words)
        values = [word for word in words if word not in STATUS_BITS]
        pressure = read_pressure(values) if values else self.setting.subject.pressure(now_s)
        self._take(pressure, status)
        said = [word for word in STATUS_BITS if word in words]
        text = "nothing" if pressure is None else f"{pressure.sys:.0f}/{pressure.dia:.0f}"
        return f"measured {text}" + (f" ({', '.join(said)})" if said else "")

    async def _remember(self, count: int, now_s: float) -> None:
        """Fill the memory with readings of the last `count` hours, oldest first."""
        pressure, now = self.setting.subject.pressure(now_s), self._clock.now()
        for hours in range(count, 0, -1):
            when = None if now is None else now - timedelta(hours=hours)
            await self.store(self._reading(pressure, 0, when))

    def _take(self, pressure: Pressure | None, status: int) -> None:
        """Offer a result; a newer one takes the place of one not yet fetched."""
        if self._offering is not None:
            self._offering.cancel()
        self._offering = self._spawn(self._offer(self._reading(pressure, status, self._clock.now())))

    def _reading(self, pressure: Pressure | None, status: int, when: datetime | None) -> Reading:
        faults = self.faults
        user = None if faults.user < 0 else int(faults.user)
        when = None if faults.no_time else when
        if pressure is None:
            return Reading(None, None, None, None, status, when, faults.kpa, user)
        if pressure.moved:
            status |= status_of(["moved"])
        return Reading(
            round(pressure.sys),
            round(pressure.dia),
            None if faults.no_map else round(pressure.map),
            None if pressure.pulse_bpm is None else round(pressure.pulse_bpm),
            status,
            when,
            faults.kpa,
            user,
        )

    async def _offer(self, reading: Reading) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GIVE_UP_S):
                await self.offer(reading)

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
        await self.offer(Reading(sys, dia, map, pulse, status, when, kpa))

    async def offer(self, reading: Reading) -> None:
        """Offer one reading, as `measure` does."""
        fetched = await self.store(reading)
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
        await self._notify(self._cuff_pressure, cuff_pressure(mmhg, kpa=self.faults.kpa))

    def _characteristics(self) -> list[Characteristic]:
        self._measurement = telling(MEASUREMENT, Characteristic.Properties.INDICATE)
        self._cuff_pressure = telling(CUFF_PRESSURE, Characteristic.Properties.NOTIFY)
        self._measurement.on(Characteristic.EVENT_SUBSCRIPTION, self._on_subscription)
        features = readable(FEATURE, lambda: FEATURES.to_bytes(2, "little"))
        return [self._measurement, self._cuff_pressure, features, writable(DATE_TIME, self._take_time)]

    def _services(self, device: Device) -> list[Service]:
        self._current_time = writable(
            CURRENT_TIME,
            self._take_time,
            read=self._tell_time,
            telling=Characteristic.Properties.NOTIFY,
        )
        self._current_time.on(Characteristic.EVENT_SUBSCRIPTION, self._on_clock_subscription)
        return [
            *super()._services(device),
            self._locked(device, CURRENT_TIME_SERVICE, [self._current_time]),
        ]

    def _wants_link(self) -> bool:
        return self._stay_connected or bool(self._stored)

    def _met(self, connection: Connection) -> None:
        self._subscribed = self._time_told = False
        self._telling = self._spawn(self._tell(connection))

    def _parted(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None

    def _on_subscription(self, bearer: object, notify: bool, indicate: bool) -> None:
        self._subscribed = indicate
        self._changed.set()

    def _on_clock_subscription(self, bearer: object, notify: bool, indicate: bool) -> None:
        """Tell the time at once: who wants to be told it asks in this way."""
        if notify and self.faults.wants_time:
            self._spawn(self._notify(self._current_time, self._clock.current_time()))

    def _tell_time(self) -> bytes:
        self._refuse_without_bond()
        return self._clock.current_time()

    def _take_time(self, value: bytes) -> None:
        self._refuse_without_bond()
        if self._clock.take(value):
            self._time_told = True
            self._changed.set()

    def _refuse_without_bond(self) -> None:
        if self.faults.wants_bond and not self._is_encrypted():
            raise att.ATT_Error(att.ATT_INSUFFICIENT_ENCRYPTION_ERROR)

    def _is_encrypted(self) -> bool:
        return self._connection is not None and bool(self._connection.is_encrypted)

    def _is_ready(self) -> bool:
        faults = self.faults
        return (
            self._subscribed
            and (self._time_told or not faults.wants_time)
            and (self._is_encrypted() or not faults.wants_bond)
        )

    async def _until_ready(self) -> None:
        while not self._is_ready():
            self._changed.clear()
            await self._changed.wait()

    async def _tell(self, connection: Connection) -> None:
        """Tell every stored reading to one central, then hang up."""
        connection.on(Connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, self._changed.set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if self._stay_connected else self._patience_s):
                await self._until_ready()
        if self._is_ready() and self._stored and not self.faults.no_cuff_pressure:
            await self.cuff_pressure(RESIDUAL_MMHG)
        while self._is_ready():
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


SIM = RadioSim(BloodPressurePeripheral.worn)
