"""Supervisor, serial link and decoder together, on a real pseudo-terminal, in real time."""

import asyncio
import fcntl
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.backoff import Backoff
from drivers.supervisor import DeviceConfig, supervise
from monitor.core.clock import SystemClock
from monitor.core.types import DeviceLink, LinkState, Numeric, Waveform

pytestmark = pytest.mark.integration
QUICK = Backoff(first_s=0.02, cap_s=0.05)

# [R] Onyx II 9560, DF2, one whole packet
CAPTURE = bytes.fromhex(
    "01 81 43 00 C5 01 80 43 4A 0E 01 80 43 60 24 01 80 43 94 58 01 80 43 00 C4"
    "01 80 41 00 C2 01 80 3E 17 D6 01 80 3C 04 C1 01 80 39 60 1A 01 80 36 60 17"
    "01 80 35 60 16 01 80 34 00 B5 01 80 34 00 B5 01 80 34 00 B5 01 80 35 4A 00"
    "01 80 36 60 17 01 80 37 60 18 01 80 3A 00 BB 01 80 40 00 C1 01 80 4A 00 CB"
    "01 80 57 4A 22 01 80 69 00 EA 01 80 7C 4A 47 01 80 90 00 11 01 80 A1 00 22"
)
# [X] DF7: the same maker, the other format
DF7 = bytes.fromhex("81 8A 3C 00 47 80 8B 10 48 63 80 8C 00 61 6D")


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


class Cable:
    """A stable link to a pseudo-terminal that can be pulled and put back."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self._fds: tuple[int, ...] = ()
        self.plug()

    def plug(self) -> None:
        self._fds = os.openpty()
        tty.setraw(self._fds[1])
        self.link.symlink_to(os.ttyname(self._fds[1]))

    def pull(self) -> None:
        self.link.unlink(missing_ok=True)
        for fd in self._fds:
            os.close(fd)
        self._fds = ()

    def send(self, data: bytes) -> None:
        os.write(self._fds[0], data)

    @asynccontextmanager
    async def sending(self, data: bytes, every_s: float = 0.04) -> AsyncIterator[None]:
        """Send `data` again and again, as a device does, whether anybody listens or not."""

        async def send() -> None:
            while True:
                self.send(data)
                await asyncio.sleep(every_s)

        task = asyncio.create_task(send())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class Bench:
    """A supervised oximeter at the end of a cable."""

    def __init__(self, port: str, model: str = "nonin-df2") -> None:
        self.readings: list[object] = []
        self._said = asyncio.Event()
        self._config = DeviceConfig("oximeter", model, port=port)

    def _sink(self, reading: object) -> None:
        self.readings.append(reading)
        self._said.set()

    async def __aenter__(self) -> "Bench":
        self._task = asyncio.create_task(supervise(self._config, self._sink, SystemClock(), backoff=QUICK))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        assert self._task.cancelled()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def until(self, found: Callable[[list[object]], bool], within_s: float = 10) -> None:
        async with asyncio.timeout(within_s):
            while not found(self.readings):
                self._said.clear()
                await self._said.wait()

    async def state(self, state: LinkState, within_s: float = 10) -> DeviceLink:
        await self.until(lambda readings: self.last().state is state if self.links() else False, within_s)
        return self.last()

    def links(self) -> list[DeviceLink]:
        return [reading for reading in self.readings if isinstance(reading, DeviceLink)]

    def last(self) -> DeviceLink:
        return self.links()[-1]

    def numbers(self, channel: str) -> list[float | None]:
        return [r.value for r in self.readings if isinstance(r, Numeric) and r.channel == channel]


@pytest.fixture
def cable(tmp_path):
    cable = Cable(tmp_path / "oximeter")
    yield cable
    cable.pull()


async def test_captured_packet_becomes_readings(cable):
    async with Bench(str(cable.link)) as bench:
        await bench.state(LinkState.CONNECTING)
        await asyncio.sleep(0)
        cable.send(CAPTURE)
        await bench.until(
            lambda readings: sum(len(r.samples) for r in readings if isinstance(r, Waveform)) == 25
        )
        assert (bench.numbers("pulse_rate"), bench.numbers("spo2")) == ([74], [96])


async def test_cable_pulled_and_put_back(cable):
    before = open_files()
    async with Bench(str(cable.link)) as bench:
        await bench.state(LinkState.CONNECTING)
        await asyncio.sleep(0)
        cable.send(CAPTURE)
        await bench.state(LinkState.CONNECTED)
        cable.pull()
        lost = await bench.state(LinkState.LOST)
        assert "unplugged" in lost.detail
        await bench.until(lambda _: "no such port" in bench.last().detail)
        cable.plug()
        async with cable.sending(CAPTURE):
            await bench.state(LinkState.CONNECTED)
    assert open_files() == before


async def test_port_that_appears_late_is_found(cable):
    cable.pull()
    async with Bench(str(cable.link)) as bench:
        assert "no such port" in (await bench.state(LinkState.LOST)).detail
        cable.plug()
        async with cable.sending(CAPTURE):
            await bench.state(LinkState.CONNECTED)


async def test_port_let_go_is_taken_by_the_one_that_waits(cable):
    other = os.open(cable.link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    fcntl.flock(other, fcntl.LOCK_EX)
    async with Bench(str(cable.link)) as bench:
        assert "in use by another program" in (await bench.state(LinkState.LOST)).detail
        os.close(other)
        async with cable.sending(CAPTURE):
            await bench.state(LinkState.CONNECTED)


async def test_other_format_is_said_not_to_look_like_the_model_within_ten_seconds(cable):
    async with Bench(str(cable.link)) as bench, cable.sending(DF7):
        link = await bench.state(LinkState.WRONG_MODEL, within_s=10)
        assert link.detail == "connected, but this does not look like nonin-df2"


async def test_port_that_says_nothing_is_silent(cable):
    async with Bench(str(cable.link)) as bench:
        assert (await bench.state(LinkState.SILENT)).detail == "connected, nothing received for 3 s"
