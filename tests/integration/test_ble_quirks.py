"""What cuffs, oximeters and straps ask of whoever connects, end to end over the virtual radio."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest

from drivers.backoff import Backoff
from drivers.supervisor import DeviceConfig, supervise
from monitor.core.clock import SystemClock
from monitor.core.types import (
    DeviceInfo,
    DeviceLink,
    InfoField,
    LinkState,
    Nibp,
    Numeric,
    StatusCode,
    Waveform,
)
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.bus import PrivateBus
from simulators.radio.peripherals.blood_pressure import BloodPressurePeripheral
from simulators.radio.peripherals.heart_rate import HeartRatePeripheral
from simulators.radio.peripherals.live import LivePeripheral
from simulators.radio.peripherals.polar_h10 import PolarH10
from simulators.radio.peripherals.pulse_oximeter import PulseOximeterPeripheral
from simulators.radio.radio import SimRadio
from simulators.subject import VirtualSubject

pytestmark = pytest.mark.integration
ADDRESS = "C0:00:00:00:00:07"
QUICK = Backoff(first_s=0.05, cap_s=0.1)
PATIENCE_S = 20


class Room:
    """One device in the air, and what its supervisor says."""

    def __init__(self, radio: SimRadio) -> None:
        self.radio = radio
        self.readings: list[object] = []
        self._ticks = 1000
        self._said = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def add(
        self, kind: type[LivePeripheral], *, patience_s: float | None = None, **faults: object
    ) -> LivePeripheral:
        setting = Setting(
            VirtualSubject(Patient(Rest(), 2), 1.0, 2), 2, datetime.now, address=ADDRESS, first_s=1e9
        )
        traits = {} if patience_s is None else {"patience_s": patience_s}
        device = kind.worn(setting, advertising_interval_ms=20, **traits)
        for name, value in faults.items():
            setattr(device.faults, name, value)
        await self.radio.add(device)
        return device

    def supervise(self, model: str) -> None:
        config = DeviceConfig("dev", model, address=ADDRESS, simulated=True)
        self._tasks.append(asyncio.create_task(supervise(config, self._sink, SystemClock(), backoff=QUICK)))

    async def play(self, device: LivePeripheral, done: Callable[[], object]) -> None:
        """Let the device tell, ten times as fast as it does, until `done`."""
        async with asyncio.timeout(PATIENCE_S):
            while not done():
                await device.tick(self._ticks / device.tick_hz)
                self._ticks += 1
                await asyncio.sleep(0.1 / device.tick_hz)

    async def until(self, done: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not done():
                self._said.clear()
                await self._said.wait()

    def of(self, kind: type) -> list:
        return [reading for reading in self.readings if isinstance(reading, kind)]

    def infos(self, field: InfoField) -> list[str]:
        return [info.text for info in self.of(DeviceInfo) if info.field is field]

    def _sink(self, reading: object) -> None:
        self.readings.append(reading)
        self._said.set()

    async def hang_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()


@pytest.fixture
async def room(tmp_path, monkeypatch) -> AsyncIterator[Room]:
    bus = await PrivateBus.start(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    radio = SimRadio(bus.address)
    await radio.start()
    room = Room(radio)
    yield room
    await room.hang_up()
    await radio.stop()
    await bus.stop()


@pytest.mark.parametrize("wants_bond", [False, True], ids=["open", "bonded"])
@pytest.mark.parametrize("off_s", [-7200.0, 7200.0], ids=["slow", "fast"])
async def test_cuff_that_wants_the_time_gets_it_and_its_reading_is_fresh(room, off_s, wants_bond):
    cuff = await room.add(BloodPressurePeripheral, wants_time=True, wants_bond=wants_bond, clock_off_s=off_s)
    await cuff.obey(["memory", "3"], 100)
    room.supervise("ble-blood-pressure")
    await cuff.obey(["measure", "124/78"], 100)
    await room.until(lambda: len(room.of(Nibp)) == 4)
    assert [(r.sys, r.stored) for r in room.of(Nibp)][-1] == (124, False)
    assert all(r.stored for r in room.of(Nibp)[:3])
    assert abs(cuff.faults.clock_off_s) <= 2
    await cuff.until_alone()
    await cuff.obey(["measure", "126/80"], 100)
    await room.until(lambda: len(room.of(Nibp)) == 5)
    assert (room.of(Nibp)[-1].sys, room.of(Nibp)[-1].stored) == (126, False)
    await cuff.until_alone()


async def test_cuff_that_refuses_to_pair_is_said_to_until_it_pairs(room):
    cuff = await room.add(BloodPressurePeripheral, wants_bond=True, patience_s=0.2)
    room.radio.faults.refuse_pairing = True
    room.supervise("ble-blood-pressure")
    await cuff.obey(["measure", "124/78"], 100)
    await room.until(lambda: any("pairing mode" in link.detail for link in room.of(DeviceLink)))
    assert (room.of(DeviceLink)[-1].state, room.of(Nibp)) == (LinkState.WAITING, [])
    room.radio.faults.refuse_pairing = False
    await room.until(lambda: room.of(Nibp))
    await room.until(lambda: room.of(DeviceLink)[-1].detail == "")


async def test_cuff_without_a_clock_is_set_and_then_stamps_its_readings(room):
    cuff = await room.add(BloodPressurePeripheral, clock_unset=True, user=1.0, kpa=True)
    room.supervise("ble-blood-pressure")
    for count, values in ((1, "120/80"), (2, "130/82")):
        await cuff.obey(["measure", values, "loose", "slow"], 100)
        await room.until(lambda count=count: len(room.of(Nibp)) == count)
        await cuff.until_alone()
    first, second = room.of(Nibp)
    assert first.device_time is None and abs(second.device_time - datetime.now()) < timedelta(minutes=1)
    assert (round(first.sys), round(second.sys), first.stored, second.stored) == (120, 130, False, False)
    assert first.status == (StatusCode.CUFF_LOOSE, StatusCode.PULSE_BELOW_RANGE)


async def test_factory_record_is_dropped_and_what_follows_is_not(room):
    cuff = await room.add(BloodPressurePeripheral)
    await cuff.obey(["factory_record"], 100)
    await cuff.obey(["measure", "121/79"], 100)
    room.supervise("ble-blood-pressure")
    await room.until(lambda: room.of(Nibp))
    assert [(r.sys, r.failed) for r in room.of(Nibp)] == [(121, False)]


async def test_strap_tells_where_it_is_worn_and_its_battery(room):
    strap = await room.add(HeartRatePeripheral, wide=True, energy=True)
    room.supervise("ble-heart-rate")
    await room.play(strap, lambda: len(room.of(Numeric)) > 5)
    assert room.infos(InfoField.SENSOR_LOCATION) == ["chest"]
    assert room.infos(InfoField.BATTERY_PCT) == ["100"]


async def test_oximeter_tells_live_numbers_and_hands_over_its_memory_untouched(room):
    oximeter = await room.add(PulseOximeterPeripheral)
    await oximeter.obey(["memory", "5"], 100)
    room.supervise("ble-pulse-oximeter")

    def numbers(stored: bool) -> list[Numeric]:
        return [r for r in room.of(Numeric) if r.stored is stored and r.channel == "spo2"]

    await room.play(oximeter, lambda: len(numbers(True)) >= 5 and len(numbers(False)) >= 3)
    assert len(numbers(True)) == 5 and len(oximeter.records) == 5
    assert oximeter.requests == [b"\x04\x01", b"\x01\x01"]
    await oximeter.obey(["spot_check", "91/104"], 100)
    await room.until(lambda: any(r.value == 91 for r in numbers(False)))


async def test_device_with_another_service_is_no_oximeter(room):
    await room.add(HeartRatePeripheral)
    room.supervise("ble-pulse-oximeter")
    await room.until(lambda: any(getattr(r, "state", None) is LinkState.WRONG_MODEL for r in room.readings))


async def test_h10_streams_its_ecg_counts_what_is_lost_and_is_stopped(room):
    strap = await room.add(PolarH10)
    room.supervise("polar-h10")
    await room.play(strap, lambda: len(room.of(Waveform)) >= 4)
    strap.faults.lose_frames = 1.0
    count = len(room.of(Waveform))
    rates = len(room.of(Numeric))
    await room.play(strap, lambda: len(room.of(Numeric)) > rates + 4)
    assert len(room.of(Waveform)) <= count + 1
    strap.faults.lose_frames = 0.0
    count = len(room.of(Waveform))
    await room.play(strap, lambda: len(room.of(Waveform)) > count)
    waves = room.of(Waveform)
    assert {wave.rate_hz for wave in waves} == {130.0} and waves[0].scale == 0.001
    assert [wave.lost for wave in waves[:3]] == [0, 0, 0]
    assert waves[-1].lost > 0 and waves[-1].lost % 73 == 0
    await room.hang_up()
    assert strap.commands == [b"\1\0", bytes.fromhex("02000001820001010E00"), b"\3\0"]


async def test_h10_that_refuses_gives_its_heart_rate_and_says_why(room):
    strap = await room.add(PolarH10, in_charger=True)
    room.supervise("polar-h10")
    await room.play(strap, lambda: len(room.of(Numeric)) > 3 and len(room.infos(InfoField.FEATURES)) > 1)
    assert room.infos(InfoField.FEATURES)[-1] == "no ECG: ECG settings: not possible in the charger (13)"
    assert room.of(Waveform) == []


async def test_strap_without_pmd_is_a_strap(room):
    strap = await room.add(HeartRatePeripheral)
    room.supervise("polar-h10")
    await room.play(strap, lambda: len(room.of(Numeric)) > 3)
    assert room.of(Waveform) == []
