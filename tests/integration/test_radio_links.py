"""Finding, connecting and losing the virtual radio's devices, with bleak's own BlueZ backend."""

import asyncio
import os
import signal
import sys

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
)
from radio_room import PATIENCE_S, radio_room, soon, uuid

from simulators.radio import HeartRatePeripheral, RadioError

pytestmark = pytest.mark.integration

HEART_RATE = uuid(0x180D)
MEASUREMENT = uuid(0x2A37)


@pytest.fixture
async def room(tmp_path, monkeypatch):
    async with radio_room(tmp_path, monkeypatch) as room:
        yield room


async def heard(*services: str):
    """Return the first device and advertisement that a scan for `services` hears."""
    async with BleakScanner(service_uuids=list(services)) as scanner:
        return await soon(anext(scanner.advertisement_data()))


async def refusal(reason: BleakBluetoothNotAvailableReason | None) -> None:
    """Return once scans are refused for that reason, or no more: bleak learns of it by a signal."""
    found: BleakBluetoothNotAvailableReason | str | None = "not tried"
    while found != reason:
        await asyncio.sleep(0)
        try:
            async with BleakScanner():
                found = None
        except BleakBluetoothNotAvailableError as error:
            found = error.reason
        except BleakDBusError as error:
            assert error.dbus_error == "org.bluez.Error.NotReady"  # bleak has not heard yet


async def test_scan_by_service_hears_what_the_strap_advertises(room):
    device, advertisement = await heard(HEART_RATE)
    assert (device.address, device.name) == ("C0:00:00:00:00:01", "Vigil HR strap")
    assert advertisement.service_uuids == [HEART_RATE]
    assert advertisement.local_name == "Vigil HR strap"
    assert advertisement.rssi == -71


async def test_cuff_is_found_only_while_it_has_a_reading(room):
    assert not room.cuff.is_advertising
    telling = asyncio.create_task(room.cuff.measure(120, 80, 93, 60))
    device, _ = await heard(uuid(0x1810))
    assert device.address == room.cuff.address
    assert device.details["props"]["AddressType"] == "public"
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    assert (room.cuff.is_advertising, room.cuff.waiting) == (False, 0)


async def test_strap_that_stops_advertising_is_not_found(room):
    await room.strap.set_advertising(False)
    assert await BleakScanner.find_device_by_address(room.strap.address, timeout=0.3) is None
    await room.strap.set_advertising(True)
    assert await room.found(room.strap.address)


async def test_twenty_connections_leave_nothing_behind(room):
    device = await room.found(room.strap.address)
    values: asyncio.Queue[bytes] = asyncio.Queue()
    before = None
    for cycle in range(20):
        async with BleakClient(device, timeout=PATIENCE_S) as client:
            await client.start_notify(MEASUREMENT, lambda _, value: values.put_nowait(bytes(value)))
            await room.strap.notify(60 + cycle)
            assert await soon(values.get()) == bytes([0x06, 60 + cycle])
        await soon(room.strap.until_alone())
        open_files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counted, never opened
        before = before or open_files
        assert open_files <= before


async def test_injected_error_meets_one_connection(room):
    room.radio.faults.fail_next_connect("le-connection-abort-by-remote")
    client = await room.client()
    with pytest.raises(BleakDBusError, match="le-connection-abort-by-remote"):
        await client.connect()
    await client.connect()
    assert room.strap.is_connected
    await client.disconnect()


async def test_abort_by_the_host_is_tried_again_by_bleak_itself(room):
    room.radio.faults.fail_next_connect("le-connection-abort-by-local")
    client = await room.client()
    await soon(client.connect())
    assert client.is_connected
    await client.disconnect()


async def test_dropped_link_is_told_and_connects_again(room):
    gone = asyncio.Event()
    client = await room.client(disconnected=lambda _: gone.set())
    await client.connect()
    await room.strap.drop_link()
    await soon(gone.wait())
    assert not client.is_connected
    await client.connect()
    assert room.strap.is_connected
    await client.disconnect()


async def test_strap_taken_away_is_lost(room):
    gone = asyncio.Event()
    client = await room.client(disconnected=lambda _: gone.set())
    await client.connect()
    await room.radio.remove(room.strap)
    await soon(gone.wait())
    await room.radio.add(HeartRatePeripheral(name="another", address=room.strap.address))
    assert (await room.found(room.strap.address)).name == "another"


async def test_client_that_gives_up_leaves_the_device_free(room):
    device = await room.found(room.strap.address)
    await room.strap.set_advertising(False)
    with pytest.raises(TimeoutError):
        await BleakClient(device, timeout=0.5).connect()
    await room.strap.set_advertising(True)
    async with BleakClient(device, timeout=PATIENCE_S):
        assert room.strap.is_connected
    await soon(room.strap.until_alone())


async def test_adapter_switched_off_ends_links_and_refuses_scans(room):
    gone = asyncio.Event()
    client = await room.client(disconnected=lambda _: gone.set())
    await client.connect()
    await room.radio.set_powered(False)
    await soon(gone.wait())
    assert not room.strap.is_connected
    await soon(refusal(BleakBluetoothNotAvailableReason.POWERED_OFF))
    await room.radio.set_powered(True)
    await soon(refusal(None))
    assert await room.found(room.strap.address)


async def test_adapter_switched_off_during_a_scan_and_on_again(room):
    await room.strap.set_advertising(False)
    async with BleakScanner() as scanner:
        await room.radio.set_powered(False)
    await room.radio.set_powered(True)
    await soon(refusal(None))
    await room.strap.set_advertising(True)
    assert scanner.discovered_devices == []
    assert await room.found(room.strap.address)


async def test_two_devices_connect_at_the_same_time(room):
    telling = asyncio.create_task(room.cuff.measure(120, 80, 93, 60))
    strap, cuff = await room.client(), await room.client(room.cuff.address)
    await soon(asyncio.gather(strap.connect(), cuff.connect()))
    assert room.strap.is_connected and room.cuff.is_connected
    await strap.disconnect()
    await cuff.disconnect()
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)


CLIENT = """
import asyncio, sys
from bleak import BleakClient, BleakScanner

async def main():
    device = await BleakScanner.find_device_by_address(sys.argv[1])
    async with BleakClient(device) as client:
        await client.start_notify(sys.argv[2], lambda *_: None)
        print("connected", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_killed_client_does_not_keep_the_strap(room):
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CLIENT,
        room.strap.address,
        MEASUREMENT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert client.stdout is not None
    assert await asyncio.wait_for(client.stdout.readline(), 30) == b"connected\n"
    assert room.strap.is_connected
    client.send_signal(signal.SIGKILL)
    await client.communicate()
    await soon(room.strap.until_alone())
    async with await room.client():
        assert room.strap.is_connected


async def test_two_peripherals_cannot_share_an_address(room):
    with pytest.raises(RadioError, match="one address"):
        await room.radio.add(HeartRatePeripheral(name="twin", address=room.strap.address))
