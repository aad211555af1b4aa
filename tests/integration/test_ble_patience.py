"""How long the Bluetooth link waits for one device, and what it does not wait for."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from bumble.gatt import Characteristic, CharacteristicValue, Service

from drivers import registry
from drivers.devices.plain import PlainListener
from drivers.link import ble
from drivers.link.ble import BlePort
from drivers.model import Model, Source, Transport, Write
from drivers.wire.heart_rate import HeartRateDecoder
from monitor.core.errors import LinkError
from simulators.radio.bus import PrivateBus
from simulators.radio.faults import ABORTED_BY_HOST, UNANSWERED
from simulators.radio.peripherals.blood_pressure import BloodPressurePeripheral
from simulators.radio.peripherals.heart_rate import HeartRatePeripheral
from simulators.radio.radio import SimRadio

pytestmark = pytest.mark.integration
FIRST, SECOND = "C0:00:00:00:00:01", "C0:00:00:00:00:02"
RATE, BOX = (f"0000{short}-0000-1000-8000-00805f9b34fb" for short in ("2a37", "ffe1"))
PATIENCE_S = 20
MODEL = Model(
    "strap",
    "a strap",
    Transport.BLE,
    ("heart_rate",),
    (Source(HeartRateDecoder, RATE),),
    PlainListener,
)


class LetterBox(HeartRatePeripheral):
    """A strap that takes letters and confirms none."""

    def _characteristics(self) -> list[Characteristic]:
        async def never(*_: object) -> None:
            await asyncio.Event().wait()

        box = Characteristic(
            BOX,
            Characteristic.Properties.WRITE,
            Characteristic.WRITEABLE,
            CharacteristicValue(read=lambda _: b"", write=never),
        )
        return [*super()._characteristics(), box]


class HurriedCuff(BloodPressurePeripheral):
    """A cuff that takes its time to say who made it, and gives a host one second to ask for readings."""

    def _information(self) -> Service:
        async def told(_: object) -> bytes:
            await asyncio.sleep(0.5)
            return b"maker"

        slow = [
            Characteristic(
                f"{short:04X}",
                Characteristic.Properties.READ,
                Characteristic.READABLE,
                CharacteristicValue(read=told),
            )
            for short in (0x2A29, 0x2A24, 0x2A25, 0x2A26)
        ]
        return Service("180A", slow)


class ShyCuff(BloodPressurePeripheral):
    """A cuff that hangs up on whoever asks for its time."""

    def _tell_time(self) -> bytes:
        self._spawn(self.drop_link())
        return super()._tell_time()


@pytest.fixture
async def radio(tmp_path, monkeypatch) -> AsyncIterator[SimRadio]:
    bus = await PrivateBus.start(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    radio = SimRadio(bus.address)
    await radio.start()
    yield radio
    await radio.stop()
    await bus.stop()


def ignore(source: str, data: bytes) -> None:
    return


async def soon(work):
    async with asyncio.timeout(PATIENCE_S):
        return await work


async def test_device_that_does_not_answer_keeps_the_others_waiting_for_a_short_time_only(radio, monkeypatch):
    monkeypatch.setattr(ble, "CONNECT_WITHIN_S", 0.5)
    for address in (FIRST, SECOND):
        await radio.add(HeartRatePeripheral(name="Strap", address=address, advertising_interval_ms=20))
    radio.faults.fail_next_connect(UNANSWERED)
    gone, there = BlePort("gone", FIRST, MODEL), BlePort("there", SECOND, MODEL)
    with pytest.raises(LinkError, match="does not answer"):
        await soon(gone.open(ignore))
    await soon(there.open(ignore))
    for port in (gone, there):
        await port.close()


async def test_device_that_confirms_no_farewell_is_hung_up_all_the_same(radio, monkeypatch):
    monkeypatch.setattr(ble, "SETTLE_WITHIN_S", 0.5)
    strap = LetterBox(name="Strap", address=FIRST, advertising_interval_ms=20)
    await radio.add(strap)
    port = BlePort("strap", FIRST, MODEL)
    await soon(port.open(ignore))
    await soon(port.close([Write(b"bye", BOX, response=True)]))
    await soon(strap.until_alone())


async def test_cuff_is_asked_for_its_readings_before_it_is_asked_who_made_it(radio):
    cuff = HurriedCuff(name="Cuff", address=FIRST, advertising_interval_ms=20, patience_s=1.0)
    await radio.add(cuff)
    heard: list[str] = []
    port = BlePort("cuff", FIRST, registry.load("ble-blood-pressure"))
    fetched = asyncio.ensure_future(cuff.measure(120, 80, 93, 70))
    await soon(port.open(lambda source, data: heard.append(source[4:8])))
    await soon(port.closed())
    await port.close()
    fetched.cancel()
    assert "2a35" in heard and "2a19" in heard


async def test_device_that_hangs_up_while_it_is_asked_is_said_to_have_hung_up(radio):
    cuff = ShyCuff(name="Cuff", address=FIRST, advertising_interval_ms=20)
    await radio.add(cuff)
    fetched = asyncio.ensure_future(cuff.measure(120, 80, 93, 70))
    port = BlePort("cuff", FIRST, registry.load("ble-blood-pressure"))
    with pytest.raises(LinkError, match="hung up at once"):
        await soon(port.open(ignore))
    await port.close()
    fetched.cancel()


async def test_device_that_refuses_to_be_paired_wants_its_pairing_mode(radio):
    await radio.add(
        HeartRatePeripheral(name="Strap", address=FIRST, advertising_interval_ms=20, needs_pairing=True)
    )
    radio.faults.refuse_pairing = True
    port = BlePort("strap", FIRST, MODEL)
    with pytest.raises(LinkError, match="pairing mode"):
        await soon(port.open(ignore))
    await port.close()


async def test_device_that_has_lost_its_pairing_is_said_to_have_hung_up(radio):
    for wanted in (None, "its pairing is out of date"):
        strap = HeartRatePeripheral(
            name="Strap", address=FIRST, advertising_interval_ms=20, needs_pairing=True
        )
        await radio.add(strap)
        port = BlePort("strap", FIRST, MODEL)
        if wanted is None:
            await soon(port.open(ignore))
        else:
            with pytest.raises(LinkError, match=wanted):
                await soon(port.open(ignore))
        await port.close()
        await radio.remove(strap)


async def test_attempt_that_was_aborted_does_not_end_the_link_that_followed_it(radio):
    strap = HeartRatePeripheral(name="Strap", address=FIRST, advertising_interval_ms=20)
    await radio.add(strap)
    radio.faults.fail_next_connect(ABORTED_BY_HOST)
    port = BlePort("strap", FIRST, MODEL)
    await soon(port.open(ignore))
    ended = asyncio.ensure_future(port.closed())
    await asyncio.sleep(0)
    assert not ended.done()
    await strap.drop_link()
    with pytest.raises(LinkError, match="is gone"):
        await soon(ended)
    await port.close()
