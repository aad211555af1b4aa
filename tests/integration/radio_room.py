"""A virtual radio with a strap and a cuff, and bleak looking at it: for the tests of the radio."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice

from simulators.radio import BloodPressurePeripheral, HeartRatePeripheral, PrivateBus, SimRadio

FAST_MS = 20.0
PATIENCE_S = 10.0


def uuid(short: int) -> str:
    return f"0000{short:04x}-0000-1000-8000-00805f9b34fb"


@dataclass
class Room:
    bus: PrivateBus
    radio: SimRadio
    strap: HeartRatePeripheral
    cuff: BloodPressurePeripheral
    clients: list[BleakClient] = field(default_factory=list)

    async def found(self, address: str) -> BLEDevice:
        device = await BleakScanner.find_device_by_address(address, timeout=PATIENCE_S)
        assert device is not None, f"{address} not found"
        return device

    async def client(
        self, address: str | None = None, disconnected: Callable[[BleakClient], None] | None = None
    ) -> BleakClient:
        device = await self.found(address or self.strap.address)
        client = BleakClient(device, disconnected_callback=disconnected, timeout=PATIENCE_S)
        self.clients.append(client)
        return client


@contextlib.asynccontextmanager
async def radio_room(
    run_dir: Path, monkeypatch, *, needs_pairing: bool = False, stay_connected: bool = False
) -> AsyncIterator[Room]:
    bus = await PrivateBus.start(run_dir)
    try:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        radio = SimRadio(bus.address)
        await radio.start()
        try:
            strap = HeartRatePeripheral(
                name="Vigil HR strap",
                address="C0:00:00:00:00:01",
                advertising_interval_ms=FAST_MS,
                needs_pairing=needs_pairing,
                battery_percent=73,
                rssi_dbm=-71,
            )
            cuff = BloodPressurePeripheral(
                name="Vigil cuff",
                address="C0:00:00:00:00:02",
                address_type="public",
                advertising_interval_ms=FAST_MS,
                stay_connected=stay_connected,
            )
            await radio.add(strap)
            await radio.add(cuff)
            room = Room(bus, radio, strap, cuff)
            yield room
            for client in room.clients:
                await client.disconnect()  # after a lost link bleak keeps its bus connection until then
        finally:
            await radio.stop()
    finally:
        await bus.stop()


async def soon(work):
    async with asyncio.timeout(PATIENCE_S):
        return await work
