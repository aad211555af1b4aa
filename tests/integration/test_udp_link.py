"""Datagrams over loopback: the port, a simulated monitor on it, and the supervisor that reads it."""

import asyncio
import contextlib
import random

import pytest

from drivers.backoff import Backoff
from drivers.link.serial import open_port
from drivers.link.udp import UdpPort
from drivers.model import DeviceConfig, Write
from drivers.supervisor import supervise
from monitor.core.clock import SystemClock
from monitor.core.errors import LinkError
from monitor.core.types import DeviceLink, LinkState, Numeric
from simulators import scenario
from simulators.control import Control
from simulators.intellivue import datagrams
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.run import simulate
from simulators.subject import VirtualSubject
from simulators.udp_device import UdpDevice
from simulators.wire import Wire

pytestmark = pytest.mark.integration
QUICK = Backoff(first_s=0.05, cap_s=0.2)


class Echo(asyncio.DatagramProtocol):
    """Answers each datagram with itself, twice."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        for _ in range(2):
            self.transport.sendto(data, addr)


@contextlib.asynccontextmanager
async def echo():
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Echo, ("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
        await asyncio.sleep(0)


async def test_every_datagram_arrives_whole_as_one_of_the_network_source():
    async with echo() as number, asyncio.timeout(10):
        heard: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        port = open_port("dev", f"udp://127.0.0.1:{number}")
        assert isinstance(port, UdpPort)
        await port.open(lambda *piece: heard.put_nowait(piece), lambda: [Write(b"hello")])
        port.write(Write(bytes(1200)))
        assert [await heard.get() for _ in range(4)] == [("udp", b"hello")] * 2 + [("udp", bytes(1200))] * 2
        await port.close([Write(b"bye")])
        await port.close()
        port.write(Write(b"too late"))


async def test_a_host_that_does_not_listen_breaks_the_way_in_words():
    async with echo() as number:
        pass
    port = UdpPort("dev", f"udp://127.0.0.1:{number}")
    await port.open(lambda source, data: None, lambda: [Write(b"hello")])
    with pytest.raises(LinkError, match="does not take datagrams"):
        async with asyncio.timeout(10):
            await port.closed()
    await port.close()


@pytest.mark.parametrize("url", ["udp://", "udp://host", "udp://host:99999", "udp://[::1"])
async def test_an_unusable_url_is_refused(url):
    with pytest.raises(LinkError, match="not of the form udp://host:port"):
        await UdpPort("dev", url).open(lambda source, data: None)


class Desk:
    """Where a supervised monitor's readings come together."""

    def __init__(self):
        self.readings = []
        self._said = asyncio.Event()

    def __call__(self, reading):
        self.readings.append(reading)
        self._said.set()

    def last(self):
        return next((each for each in reversed(self.readings) if isinstance(each, DeviceLink)), None)

    async def until(self, found):
        async with asyncio.timeout(30):
            while not found():
                self._said.clear()
                await self._said.wait()

    async def reach(self, state):
        await self.until(lambda: (last := self.last()) is not None and last.state is state)


@contextlib.asynccontextmanager
async def running(*jobs):
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def monitor():
    subject = VirtualSubject(Patient(Rest(), 1), 1.0, 1)
    machine = datagrams(Setting(subject, 1, lambda: SystemClock().utc().replace(tzinfo=None)))
    monitor = UdpDevice("monitor", machine, subject, Wire(SystemClock()), 1, lambda text: None)
    yield monitor
    await monitor.close()


async def test_a_monitor_on_the_network_is_read_lost_and_found(monitor):
    desk = Desk()
    await monitor.plug()
    monitor._wire.start()
    config = DeviceConfig("monitor", "intellivue", port=monitor.url, simulated=True)
    watched = supervise(config, desk, SystemClock(), backoff=QUICK, rng=random.Random(1))
    async with running(monitor.run(), watched):
        await desk.reach(LinkState.CONNECTED)
        await desk.until(lambda: any(isinstance(each, Numeric) and each.value for each in desk.readings))
        await monitor.obey(["unplug"])
        await desk.reach(LinkState.LOST)
        assert "does not take datagrams" in desk.last().detail
        await monitor.obey(["abort"])
        await monitor.obey(["replug"])
        await desk.reach(LinkState.CONNECTED)
    async with asyncio.timeout(10):
        while monitor.machine.associated:  # until the release has gone over the network
            await asyncio.sleep(0)


async def test_commands_of_the_network_and_of_the_monitor(monitor):
    control = Control({"monitor": monitor}, {}, lambda: None, lambda: 0.0)
    assert await control.answer("monitor lose 0.3") == "monitor: lose 0.3"
    assert await control.answer("monitor silence on") == "monitor: silence on"
    assert await control.answer("monitor demo on") == "monitor: demo on" and monitor.machine.faults.demo
    assert "measure [SYS/DIA]" in await control.answer("monitor inflate")


async def test_a_scenario_offers_a_networked_monitor_by_its_url(tmp_path):
    text = b"""
    title = "one monitor on the network"
    [[bed]]
    id = "bed1"
    title = "Room 1"
    [[bed.device]]
    id = "monitor"
    model = "intellivue"
    link = "udp"
    """
    ready = asyncio.Event()
    cast = scenario.parse(text, "network.toml")
    run = simulate(cast, tmp_path, announce=lambda line: ready.set() if "ready" in line else None)
    async with running(run), asyncio.timeout(30):
        await ready.wait()
        assert 'port = "udp://127.0.0.1:' in (tmp_path / "simulated.toml").read_text()
