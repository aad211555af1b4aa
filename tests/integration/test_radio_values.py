"""Values, indications, reads and pairing of the virtual radio, with bleak's own BlueZ backend."""

import asyncio

import pytest
from bleak.exc import BleakDBusError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from radio_room import radio_room, soon, uuid

from simulators.radio import Reading

pytestmark = pytest.mark.integration

HEART_RATE = uuid(0x2A37)
BLOOD_PRESSURE = uuid(0x2A35)
CUFF_PRESSURE = uuid(0x2A36)
BATTERY = uuid(0x2A19)
LOCATION = uuid(0x2A38)


@pytest.fixture
async def room(tmp_path, monkeypatch):
    async with radio_room(tmp_path, monkeypatch) as room:
        yield room


class Values(asyncio.Queue[str]):
    """What a client was told, as hex in order of arrival."""

    def __call__(self, _: object, value: bytearray) -> None:
        self.put_nowait(value.hex(" "))

    async def next(self) -> str:
        return await soon(self.get())


@pytest.mark.parametrize("acquire", [False, True], ids=["StartNotify", "AcquireNotify"])
async def test_heart_rates_arrive_in_order_and_width(room, acquire):
    told = Values()
    async with await room.client() as client:
        await client.start_notify(HEART_RATE, told, bluez={"use_start_notify": not acquire})
        await room.strap.notify(72, rr_ms=[833.0, 829.1])
        await room.strap.notify(300)
        await room.strap.notify(None, contact=False)
        assert [await told.next() for _ in range(3)] == ["16 48 55 03 51 03", "07 2c 01", "04 00"]


async def test_value_repeated_is_told_again(room):
    told = Values()
    async with await room.client() as client:
        await client.start_notify(HEART_RATE, told)
        for _ in range(3):
            await room.strap.notify(72)
        assert [await told.next() for _ in range(3)] == ["06 48"] * 3


@pytest.mark.parametrize("acquire", [False, True], ids=["StartNotify", "AcquireNotify"])
async def test_nothing_is_told_after_stop_notify(room, acquire):
    told = Values()
    async with await room.client() as client:
        for bpm in (60, 61):
            await client.start_notify(HEART_RATE, told, bluez={"use_start_notify": not acquire})
            await room.strap.notify(bpm)
            assert await told.next() == f"06 {bpm:02x}"
            await client.stop_notify(HEART_RATE)
            await room.strap.notify(99)
        assert await client.read_gatt_char(BATTERY) == b"\x49"
        assert told.empty()


async def test_burst_of_five_hundred_arrives_whole(room):
    told = Values()
    async with await room.client() as client:
        await client.start_notify(HEART_RATE, told)
        for number in range(500):
            await room.strap.notify(number % 200)
        assert [await told.next() for _ in range(500)] == [f"06 {number % 200:02x}" for number in range(500)]


async def test_battery_and_device_information_are_read(room):
    async with await room.client() as client:
        assert await client.read_gatt_char(BATTERY) == bytes([73])
        room.strap.battery_percent = 9
        assert await client.read_gatt_char(BATTERY) == bytes([9])
        assert await client.read_gatt_char(uuid(0x2A29)) == b"Vigil simulator"
        assert await client.read_gatt_char(LOCATION) == b"\x01"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        pytest.param(
            lambda client: client.read_gatt_char(HEART_RATE),
            BleakGATTProtocolErrorCode.READ_NOT_PERMITTED,
            id="read of a value that is only told",
        ),
        pytest.param(
            lambda client: client.write_gatt_char(BATTERY, b"\x01", response=True),
            BleakGATTProtocolErrorCode.WRITE_NOT_PERMITTED,
            id="write of a value that is only read",
        ),
    ],
)
async def test_what_the_device_forbids_is_answered_as_bluez_does(room, act, code):
    async with await room.client() as client:
        with pytest.raises(BleakGATTProtocolError) as caught:
            await act(client)
        assert caught.value.code is code


async def test_blood_pressure_characteristic_can_only_indicate(room):
    fetched = await room.cuff.store(Reading(120, 80, 93, 60))
    async with await room.client(room.cuff.address) as client:
        found = client.services.get_characteristic(BLOOD_PRESSURE)
        assert found is not None and found.properties == ["indicate"]
        assert not fetched.done()


async def test_cuff_tells_stored_readings_oldest_first_and_hangs_up(room):
    fetched = [await room.cuff.store(Reading(sys, 80, 93, 60)) for sys in (120, 130, 140)]
    told, gone = Values(), asyncio.Event()
    client = await room.client(room.cuff.address, lambda _: gone.set())
    await client.connect()
    await client.start_notify(BLOOD_PRESSURE, told)
    expected = [f"14 {sys:02x} 00 50 00 5d 00 3c 00 00 00" for sys in (120, 130, 140)]
    assert [await told.next() for _ in range(3)] == expected
    await soon(gone.wait())
    await soon(asyncio.gather(*fetched))
    assert (room.cuff.waiting, room.cuff.is_advertising) == (0, False)


async def test_measure_returns_when_the_reading_was_confirmed(room):
    told, gone = Values(), asyncio.Event()
    measuring = asyncio.create_task(room.cuff.measure(None, None, None, None))
    client = await room.client(room.cuff.address, lambda _: gone.set())
    await client.connect()
    assert not measuring.done()
    await client.start_notify(BLOOD_PRESSURE, told)
    await soon(measuring)
    assert await told.next() == "14 ff 07 ff 07 ff 07 ff 07 00 00"
    await soon(gone.wait())


async def test_reading_of_a_lost_link_is_kept_for_the_next(room):
    await room.cuff.store(Reading(120, 80, 93, 60))
    client = await room.client(room.cuff.address)
    await client.connect()
    await room.cuff.drop_link()
    assert room.cuff.waiting == 1
    told, gone = Values(), asyncio.Event()
    client = await room.client(room.cuff.address, lambda _: gone.set())
    await client.connect()
    await client.start_notify(BLOOD_PRESSURE, told)
    assert (await told.next()).startswith("14 78")
    await soon(gone.wait())


async def test_cuff_that_stays_connected_tells_pressure_and_readings(tmp_path, monkeypatch):
    async with radio_room(tmp_path, monkeypatch, stay_connected=True) as room:
        told, pumping = Values(), Values()
        async with await room.client(room.cuff.address) as client:
            await client.start_notify(BLOOD_PRESSURE, told)
            await client.start_notify(CUFF_PRESSURE, pumping)
            for sys in (120, 130):
                await room.cuff.cuff_pressure(sys + 30)
                await soon(room.cuff.measure(sys, 80, 93, 60))
                assert (await pumping.next()).startswith(f"00 {sys + 30:02x}")
                assert (await told.next()).startswith(f"14 {sys:02x}")
            assert room.cuff.is_connected


async def test_unpaired_client_gets_nothing_from_a_strap_that_needs_pairing(tmp_path, monkeypatch):
    async with radio_room(tmp_path, monkeypatch, needs_pairing=True) as room, await room.client() as client:
        for act in (client.read_gatt_char(LOCATION), client.start_notify(HEART_RATE, Values())):
            with pytest.raises(BleakDBusError, match="Not paired"):
                await act


async def test_paired_client_is_served_and_stays_paired_on_the_next_link(tmp_path, monkeypatch):
    async with radio_room(tmp_path, monkeypatch, needs_pairing=True) as room:
        client = await room.client()
        await soon(client.connect())
        await soon(client.pair())
        assert await client.read_gatt_char(LOCATION) == b"\x01"
        await client.disconnect()
        told = Values()
        async with client:
            await client.start_notify(HEART_RATE, told)
            await room.strap.notify(72)
            assert await told.next() == "06 48"


async def test_pairing_while_connecting_and_forgetting_again(tmp_path, monkeypatch):
    async with radio_room(tmp_path, monkeypatch, needs_pairing=True) as room:
        client = await room.client()
        client._pair_before_connect = True
        await soon(client.connect())
        assert await client.read_gatt_char(LOCATION) == b"\x01"
        await client.unpair()
        await soon(room.strap.until_alone())
        async with await room.client() as stranger:
            with pytest.raises(BleakDBusError, match="Not paired"):
                await stranger.read_gatt_char(LOCATION)


async def test_refused_pairing_is_told(tmp_path, monkeypatch):
    async with radio_room(tmp_path, monkeypatch, needs_pairing=True) as room:
        room.radio.faults.refuse_pairing = True
        async with await room.client() as client:
            with pytest.raises(BleakDBusError, match="AuthenticationFailed"):
                await soon(client.pair())
