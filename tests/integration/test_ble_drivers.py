"""Bluetooth devices end to end: virtual peripherals, a real bus, bleak's own BlueZ backend."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from drivers.backoff import Backoff
from drivers.supervisor import DeviceConfig, supervise
from monitor.core.clock import SystemClock
from monitor.core.types import DeviceLink, DeviceStatus, LinkState, Nibp, Numeric, Reason, StatusCode
from simulators.radio.bus import PrivateBus
from simulators.radio.peripherals.blood_pressure import BloodPressurePeripheral
from simulators.radio.peripherals.heart_rate import HeartRatePeripheral
from simulators.radio.peripherals.pressure_frames import Reading
from simulators.radio.radio import SimRadio

pytestmark = pytest.mark.integration
QUICK = Backoff(first_s=0.05, cap_s=0.1)
STRAP = "C0:00:00:00:00:01"
CUFF = "C0:00:00:00:00:02"


class Bench:
    """Supervised devices and all they have said."""

    def __init__(self) -> None:
        self.readings: list[object] = []
        self._said = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def supervise(self, model: str, address: str, device_id: str = "dev") -> None:
        config = DeviceConfig(device_id, model, address=address, simulated=True)
        self._tasks.append(asyncio.create_task(supervise(config, self._sink, SystemClock(), backoff=QUICK)))

    def _sink(self, reading: object) -> None:
        self.readings.append(reading)
        self._said.set()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert all(task.cancelled() for task in self._tasks)

    async def until(self, found: Callable[[], object], within_s: float = 20) -> None:
        async with asyncio.timeout(within_s):
            while not found():
                self._said.clear()
                await self._said.wait()

    def links(self, device_id: str = "dev") -> list[DeviceLink]:
        return [r for r in self.readings if isinstance(r, DeviceLink) and r.device_id == device_id]

    async def state(self, state: LinkState, device_id: str = "dev") -> DeviceLink:
        await self.until(lambda: self.links(device_id) and self.links(device_id)[-1].state is state)
        return self.links(device_id)[-1]

    def of(self, kind: type) -> list:
        return [reading for reading in self.readings if isinstance(reading, kind)]

    def heart_rates(self) -> list[tuple[float | None, Reason | None]]:
        return [(r.value, r.reason) for r in self.of(Numeric) if r.channel == "heart_rate"]


@pytest.fixture
async def radio(tmp_path, monkeypatch):
    bus = await PrivateBus.start(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    radio = SimRadio(bus.address)
    await radio.start()
    yield radio
    await radio.stop()
    await bus.stop()


@pytest.fixture
async def bench(radio):
    bench = Bench()
    yield bench
    await bench.stop()


def strap(address: str = STRAP) -> HeartRatePeripheral:
    return HeartRatePeripheral(name="Strap", address=address, advertising_interval_ms=20)


def cuff(**rest: object) -> BloodPressurePeripheral:
    return BloodPressurePeripheral(name="Cuff", address=CUFF, advertising_interval_ms=20, **rest)


async def notify_until(peripheral: HeartRatePeripheral, done: Callable[[], object], bpm: int = 66) -> None:
    """Notify as a strap does, only faster, until `done`."""
    async with asyncio.timeout(20):
        while not done():
            await peripheral.notify(bpm, True, [900.0])
            await asyncio.sleep(0.05)


async def test_strap_is_found_and_its_rate_arrives(radio, bench):
    device = strap()
    await radio.add(device)
    bench.supervise("ble-heart-rate", STRAP)
    await notify_until(device, bench.heart_rates)
    assert bench.heart_rates()[0] == (66, None)
    assert next(r.value for r in bench.of(Numeric) if r.channel == "rr_interval") == pytest.approx(900, abs=1)
    assert [link.state for link in bench.links()] == [LinkState.CONNECTING, LinkState.CONNECTED]
    assert all(r.simulated for r in bench.readings)


async def test_strap_off_the_chest_gives_no_value_and_says_why(radio, bench):
    device = strap()
    await radio.add(device)
    bench.supervise("ble-heart-rate", STRAP)
    await notify_until(device, bench.heart_rates)
    await device.notify(66, False)
    await bench.until(lambda: bench.of(DeviceStatus))
    assert [(s.code, s.active) for s in bench.of(DeviceStatus)] == [(StatusCode.SENSOR_OFF, True)]
    assert bench.heart_rates()[-1] == (None, Reason.SENSOR_OFF)


async def test_dropped_link_is_lost_and_comes_back(radio, bench):
    device = strap()
    await radio.add(device)
    bench.supervise("ble-heart-rate", STRAP)
    await notify_until(device, bench.heart_rates)
    await device.set_advertising(False)
    await device.drop_link()
    assert "out of range or switched off" in (await bench.state(LinkState.LOST)).detail
    await device.set_advertising(True)
    await notify_until(device, lambda: bench.links()[-1].state is LinkState.CONNECTED)


async def test_connection_errors_are_tried_again(radio, bench):
    device = strap()
    await radio.add(device)
    radio.faults.fail_next_connect(times=3)
    bench.supervise("ble-heart-rate", STRAP)
    await notify_until(device, bench.heart_rates)


async def test_device_without_the_service_does_not_look_like_the_model(radio, bench):
    await radio.add(strap())
    bench.supervise("ble-blood-pressure", STRAP)
    link = await bench.state(LinkState.WRONG_MODEL)
    assert link.detail == "connected, but this does not look like ble-blood-pressure"


async def test_adapter_switched_off_is_told_and_its_return_is_used(radio, bench):
    await radio.set_powered(False)
    device = strap()
    await radio.add(device)
    bench.supervise("ble-heart-rate", STRAP)
    assert (await bench.state(LinkState.LOST)).detail == "Bluetooth is switched off on this computer"
    await radio.set_powered(True)
    await notify_until(device, bench.heart_rates)


async def test_cuff_is_awaited_read_and_awaited_again(radio, bench):
    device = cuff()
    await radio.add(device)
    bench.supervise("ble-blood-pressure", CUFF)
    await bench.state(LinkState.WAITING)
    for sys in (118, 126):
        await device.measure(sys, 76, 90, 72, when=datetime.now())
        await bench.until(lambda sys=sys: any(r.sys == sys for r in bench.of(Nibp)))
        await bench.state(LinkState.WAITING)
    assert [(r.sys, r.dia, r.map, r.pulse_rate, r.stored) for r in bench.of(Nibp)] == [
        (118, 76, 90, 72, False),
        (126, 76, 90, 72, False),
    ]
    assert LinkState.LOST not in {link.state for link in bench.links()}


async def test_memory_of_a_cuff_is_stored_and_its_fresh_reading_is_not(radio, bench):
    device = cuff()
    now = datetime.now()
    for sys, age in ((150, timedelta(days=1)), (140, timedelta(hours=1)), (120, timedelta(seconds=20))):
        await device.store(Reading(sys, 80, 95, 70, when=now - age))
    await radio.add(device)
    bench.supervise("ble-blood-pressure", CUFF)
    await bench.until(lambda: len(bench.of(Nibp)) == 3)
    assert [(r.sys, r.stored) for r in bench.of(Nibp)] == [(150, True), (140, True), (120, False)]


async def test_failed_measurement_has_no_pressure(radio, bench):
    device = cuff()
    await radio.add(device)
    bench.supervise("ble-blood-pressure", CUFF)
    await device.measure(None, None, None, None)
    await bench.until(lambda: bench.of(Nibp))
    [reading] = bench.of(Nibp)
    assert reading.failed and reading.status == (StatusCode.MEASUREMENT_FAILED,)


async def test_cuff_that_encrypts_is_paired(radio, bench):
    device = cuff(needs_pairing=True)
    await radio.add(device)
    bench.supervise("ble-blood-pressure", CUFF)
    await device.measure(121, 79, 93, 64)
    await bench.until(lambda: bench.of(Nibp))
    assert bench.of(Nibp)[0].sys == 121


async def test_waiting_for_a_cuff_hinders_no_other_device(radio, bench):
    first, second = strap(), strap("C0:00:00:00:00:03")
    await radio.add(first)
    await radio.add(second)
    bench.supervise("ble-blood-pressure", CUFF, "cuff")
    bench.supervise("ble-heart-rate", STRAP, "one")
    bench.supervise("ble-heart-rate", "C0:00:00:00:00:03", "two")

    def seen(device_id: str) -> bool:
        return any(r.device_id == device_id for r in bench.of(Numeric))

    await notify_until(first, lambda: seen("one"))
    await notify_until(second, lambda: seen("two"))
    device = cuff()
    await radio.add(device)
    await device.measure(119, 77, 91, 70)
    await bench.until(lambda: bench.of(Nibp))
    assert bench.links("one")[-1].state is LinkState.CONNECTED


async def test_bluetooth_service_that_dies_and_comes_back(tmp_path, monkeypatch):
    bench = Bench()
    for _ in range(2):
        bus = await PrivateBus.start(tmp_path)
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        radio = SimRadio(bus.address)
        await radio.start()
        device = strap()
        await radio.add(device)
        if not bench.readings:
            bench.supervise("ble-heart-rate", STRAP)
        await notify_until(device, lambda: bench.links() and bench.links()[-1].state is LinkState.CONNECTED)
        await device.set_advertising(False)
        await bus.stop()
        await bench.state(LinkState.LOST)
        await radio.stop()
    await bench.stop()
