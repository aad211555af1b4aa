"""A home blood-pressure cuff on the virtual radio: it measures by itself, tells, and hangs up."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from simulators.device import Announce
from simulators.faults import CommandError, on_off
from simulators.subject import Pressure
from simulators.wire import Wire

MOVED = 0x01
"""Measurement status bit 0: the body moved."""
GIVE_UP_S = 60.0
"""A result that nobody fetches is not offered longer than this."""


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement to tell; no pressure means that it failed."""

    pressure: Pressure | None
    status: int
    when: datetime  # the cuff's own clock, local time without a zone


class CuffPeripheral(Protocol):
    """What the virtual radio offers for a cuff."""

    async def measure(
        self,
        sys: float | None,
        dia: float | None,
        map: float | None,
        pulse: float | None,
        *,
        status: int = 0,
        when: datetime | None = None,
    ) -> object:
        """Advertise, hand one result to whoever connects, and hang up."""
        ...

    async def drop_link(self) -> object:
        """Lose the connection."""
        ...

    async def set_advertising(self, on: bool) -> object:
        """Be visible, or not."""
        ...


def every(first_s: float, interval_s: float) -> Iterator[float]:
    """Yield the wire seconds of a cuff that measures at fixed intervals."""
    number = 0
    while True:
        yield first_s + number * interval_s
        number += 1


class Cuff:
    """Measures at the wire seconds of its schedule, and when told to."""

    def __init__(
        self,
        id: str,
        peripheral: CuffPeripheral,
        pressure_at: Callable[[float], Pressure],
        schedule: Iterable[float],
        wire: Wire,
        local_time: Callable[[], datetime],
        announce: Announce,
    ) -> None:
        self.id = id
        self.usage: tuple[str, ...] = (
            f"{id} measure [SYS/DIA] [moved]",
            f"{id} fail",
            f"{id} schedule|advertise on|off",
            f"{id} drop",
        )
        self._peripheral = peripheral
        self._pressure_at = pressure_at
        self._schedule = schedule
        self._wire = wire
        self._local_time = local_time
        self._announce = announce
        self._scheduled = True
        self._results: asyncio.Queue[Result] = asyncio.Queue()

    async def run(self) -> None:
        """Measure on schedule and tell each result; a newer one takes the place of one not yet fetched."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._measure_on_schedule())
            telling: asyncio.Task[None] | None = None
            while True:
                result = await self._results.get()
                if telling is not None:
                    telling.cancel()
                telling = group.create_task(self._tell(result))

    async def _measure_on_schedule(self) -> None:
        for due_s in self._schedule:
            await self._wire.until(due_s)
            if self._scheduled:
                self._take(self._pressure_at(due_s), 0)

    async def obey(self, words: list[str]) -> str:
        """Carry out one command and return the answer."""
        verb, rest = (words[0], words[1:]) if words else ("", [])
        if verb == "measure":
            return self._measure_now(rest)
        if verb == "fail" and not rest:
            self._take(None, 0)
        elif verb == "schedule":
            self._scheduled = on_off(rest)
        elif verb == "advertise":
            await self._peripheral.set_advertising(on_off(rest))
        elif verb == "drop" and not rest:
            await self._peripheral.drop_link()
        else:
            raise CommandError(f"'{' '.join(words)}': {self.id} knows {'; '.join(self.usage)}")
        return f"{self.id}: {' '.join(words)}"

    async def close(self) -> None:
        """Nothing: the radio takes its peripherals down."""

    def _measure_now(self, words: list[str]) -> str:
        moved = "moved" in words
        values = [word for word in words if word != "moved"]
        pressure = _read_pressure(values) if values else self._pressure_at(self._wire.now_s())
        self._take(pressure, MOVED if moved else 0)
        return f"{self.id}: measured {pressure.sys:.0f}/{pressure.dia:.0f}{' (moved)' if moved else ''}"

    def _take(self, pressure: Pressure | None, status: int) -> None:
        self._results.put_nowait(Result(pressure, status, self._local_time()))

    async def _tell(self, result: Result) -> None:
        pressure = result.pressure
        sys = dia = mean = pulse = None
        if pressure is not None:
            sys, dia, mean = round(pressure.sys), round(pressure.dia), round(pressure.map)
            pulse = None if pressure.pulse_bpm is None else round(pressure.pulse_bpm)
        self._announce(f"{self.id}: " + ("no result" if sys is None else f"measured {sys}/{dia} mmHg"))
        try:
            async with asyncio.timeout(GIVE_UP_S):
                await self._peripheral.measure(sys, dia, mean, pulse, status=result.status, when=result.when)
        except TimeoutError:
            self._announce(f"{self.id}: nobody fetched the result")


def _read_pressure(words: list[str]) -> Pressure:
    found = re.fullmatch(r"(\d{2,3})/(\d{2,3})", " ".join(words))
    if not found:
        raise CommandError(f"'{' '.join(words)}': say SYS/DIA, as in 182/104")
    sys, dia = float(found[1]), float(found[2])
    if dia >= sys:
        raise CommandError(f"{words[0]}: the first number must be the higher one")
    return Pressure(sys, dia, dia + (sys - dia) / 3.0, None)
