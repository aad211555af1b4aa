"""The Bluetooth link where there is no Bluetooth: no bus, or a bus without the service."""

import asyncio

import pytest

from drivers import registry
from drivers.link.ble import BlePort
from drivers.link.radio import Radio
from monitor.core.errors import LinkError
from simulators.radio.bus import PrivateBus

pytestmark = pytest.mark.integration
ADDRESS = "C0:00:00:00:00:01"


def ignore(source: str, data: bytes) -> None:
    raise AssertionError("nothing can come")


def strap() -> BlePort:
    return BlePort("strap", ADDRESS, registry.load("ble-heart-rate"))


async def refused(port: BlePort) -> str:
    async with asyncio.timeout(30):
        with pytest.raises(LinkError) as caught:
            await port.open(ignore)
        await port.close()
        await port.close()
    return caught.value.detail


async def test_computer_without_a_bus_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nowhere")
    for _ in range(2):
        assert "the Bluetooth service of this computer does not answer" in await refused(strap())


async def test_bus_without_bluetooth_is_told(tmp_path, monkeypatch):
    bus = await PrivateBus.start(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    try:
        assert "Bluetooth is not running on this computer" in await refused(strap())
    finally:
        await bus.stop()


async def test_cancelled_search_forgets_the_seeker(tmp_path, monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nowhere")
    radio = Radio()
    search = asyncio.create_task(radio.find(ADDRESS, 5))
    await asyncio.sleep(0)
    search.cancel()
    await asyncio.gather(search, return_exceptions=True)
    assert not radio._seekers
