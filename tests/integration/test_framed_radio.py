"""Rings, cuffs and oximeters that must be spoken to: what reaches the device over a real link."""

import asyncio
from datetime import datetime

import pytest

from drivers.backoff import Backoff
from drivers.supervisor import DeviceConfig, supervise
from monitor.core.clock import SystemClock
from monitor.core.types import Nibp, Numeric, Waveform
from simulators import models
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio import PrivateBus, SimRadio
from simulators.radio.peripherals.framed import FramedPeripheral
from simulators.radio_device import RadioDevice
from simulators.subject import VirtualSubject
from simulators.wire import Wire

pytestmark = pytest.mark.integration
ADDRESS = "C0:00:00:00:00:07"
QUICK = Backoff(first_s=0.05, cap_s=0.1)
PATIENCE_S = 20.0


class Room:
    """One simulated device in the air, one supervisor that looks after it."""

    def __init__(self, radio: SimRadio) -> None:
        self._radio = radio
        self._tasks: list[asyncio.Task[None]] = []
        self._said = asyncio.Event()
        self.readings: list[object] = []

    async def begin(self, model: str, **traits) -> FramedPeripheral:
        subject = VirtualSubject(Patient(Rest(), 1), 1.0, 1)
        setting = Setting(subject, 1, datetime.now, address=ADDRESS, first_s=1.0)
        sim = models.load(model)
        peripheral = type(sim.make(setting)).worn(setting, advertising_interval_ms=20.0, **traits)
        assert isinstance(peripheral, FramedPeripheral)
        await self._radio.add(peripheral)
        wire = Wire(SystemClock())
        device = RadioDevice(model, peripheral, subject, wire, print, lambda on: None)
        config = DeviceConfig("dev", model, address=ADDRESS, simulated=True)
        wire.start()
        self._tasks = [
            asyncio.create_task(device.run()),
            asyncio.create_task(supervise(config, self._sink, SystemClock(), backoff=QUICK)),
        ]
        return peripheral

    def _sink(self, reading: object) -> None:
        self.readings.append(reading)
        self._said.set()

    def of(self, kind: type) -> list:
        return [reading for reading in self.readings if isinstance(reading, kind)]

    async def until(self, found) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not found():
                self._said.clear()
                await self._said.wait()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def room(tmp_path, monkeypatch):
    bus = await PrivateBus.start(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    radio = SimRadio(bus.address)
    await radio.start()
    room = Room(radio)
    yield room
    await room.end()
    await radio.stop()
    await bus.stop()


async def test_a_ring_is_asked_and_its_answers_arrive_in_whatever_pieces(room):
    ring = await room.begin("viatom-oxy", mtu=23)
    await room.until(lambda: len(room.of(Waveform)) >= 2 and len(room.of(Numeric)) >= 4)
    assert set(ring.commands) == {0x1B, 0x14}


async def test_a_ring_with_older_firmware_is_asked_the_older_way(room):
    ring = await room.begin("viatom-oxy")
    ring.faults.old_firmware = True
    await room.until(lambda: len(room.of(Numeric)) >= 4)
    assert set(ring.commands) <= {0x1B, 0x17, 0x14}


async def test_a_cuff_hears_only_questions(room):
    cuff = await room.begin("lepu-bp2")
    await room.until(lambda: any(r.channel == "cuff_pressure" and r.value for r in room.of(Numeric)))
    await cuff.obey(["abort"], 0.0)
    await cuff.obey(["stored"], 1e6)
    await room.until(lambda: room.of(Nibp))
    assert set(cuff.commands) <= {0x00, 0x30, 0xE1}


async def test_a_mightysat_is_started(room):
    oximeter = await room.begin("masimo-mightysat")
    await room.until(lambda: room.of(Waveform) and len(room.of(Numeric)) >= 4)
    assert oximeter.commands == [0x01, 0x03]
