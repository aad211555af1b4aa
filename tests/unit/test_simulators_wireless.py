import asyncio
import math
from datetime import datetime

import pytest

from monitor.core.clock import Nanos, seconds
from simulators.contact import Contact, Movement
from simulators.faults import CommandError
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.blood_pressure import BloodPressurePeripheral
from simulators.radio.peripherals.heart_rate import HeartRatePeripheral
from simulators.radio_device import RadioDevice
from simulators.subject import VirtualSubject
from simulators.wire import Wire

NOW = datetime(2026, 11, 24, 15, 30)


class VirtualTime:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.t = 0

    def now(self):
        return Nanos(self.t)

    async def sleep(self, span):
        for _ in range(5):  # whoever is ready goes first
            await asyncio.sleep(0)
        self.t += seconds(span)


class HeardStrap(HeartRatePeripheral):
    """A strap whose notifications are taken down before they reach a radio."""

    def wear(self, setting):
        super().wear(setting)
        self.sent, self.calls = [], []

    async def tell(self, beat):
        self.sent.append((beat.bpm, beat.contact, list(beat.rr_ms)))

    async def drop_link(self):
        self.calls.append("drop")

    async def set_advertising(self, on):
        self.calls.append(("advertise", on))


class HeardCuff(BloodPressurePeripheral):
    """A cuff whose results are taken down; `fetched` set lets one be handed over."""

    def wear(self, setting):
        super().wear(setting)
        self.sent = []
        self.fetched = asyncio.Event()
        self.fetched.set()

    async def offer(self, reading):
        await self.fetched.wait()
        self.sent.append((reading.sys, reading.dia, reading.map, reading.pulse, reading.status, reading.when))


@pytest.fixture
def wire():
    time = VirtualTime()
    wire = Wire(time, time.sleep)
    wire.start()
    return wire


@pytest.fixture
def subject():
    return VirtualSubject(Patient(Rest(), 5), 1.0, 5)


def _device(kind, wire, subject, times_s=()):
    setting = Setting(subject, 5, lambda: NOW, address="C0:00:00:00:00:01", times_s=times_s)
    peripheral = kind.worn(setting)
    return peripheral, RadioDevice("dev", peripheral, subject, wire, lambda text: None, lambda on: None)


async def _run_until(device, done):
    running = asyncio.ensure_future(device.run())
    for _ in range(10_000):
        await asyncio.sleep(0)
        if done() or running.done():
            break
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert done()


async def test_a_strap_tells_the_rate_each_second_and_every_beat_once(wire, subject):
    strap, device = _device(HeardStrap, wire, subject)
    await _run_until(device, lambda: len(strap.sent) >= 60)
    assert wire.now_s() == pytest.approx(59, abs=1)
    assert all(60 < bpm < 90 for bpm, _, _ in strap.sent)
    intervals = [each for *_, rr in strap.sent[:60] for each in rr]
    assert intervals == [beat.length_s * 1000 for beat in subject.beats(-1.0, 59.0)]
    assert len(intervals) == pytest.approx(72, abs=8)


async def test_a_strap_without_contact_says_so_and_gives_no_rate(wire, subject):
    strap, device = _device(HeardStrap, wire, subject)
    await device.obey(["no_contact", "on"])
    await _run_until(device, lambda: len(strap.sent) >= 2)
    assert strap.sent[:2] == [(None, False, [])] * 2


async def test_a_silent_strap_sends_nothing(wire, subject):
    strap, device = _device(HeardStrap, wire, subject)
    await device.obey(["silence", "on"])
    await _run_until(device, lambda: wire.now_s() > 10)
    assert strap.sent == []


async def test_a_cuff_squeezes_the_arm_before_it_tells_and_says_when_the_arm_moved(wire):
    contact = Contact(5, [Movement(at_s=95.0, hold_s=10.0)], same_arm=True)
    arm = VirtualSubject(Patient(Rest(), 5), 1.0, 5, contact)
    cuff, device = _device(HeardCuff, wire, arm, [60.0, 100.0])
    cuff.fetched.set()
    await _run_until(device, lambda: len(cuff.sent) == 2)
    assert [status for *_, status, _ in cuff.sent] == [0, 1]
    squeezed = [t for t in range(100) if arm.since_pulse_s(t) == math.inf]
    assert squeezed == [*range(38, 62), *range(78, 100)]


async def test_a_cuff_measures_on_schedule_with_its_own_time(wire, subject):
    cuff, device = _device(HeardCuff, wire, subject, [10.0, 35.0])
    await _run_until(device, lambda: wire.now_s() > 20)
    expected = subject.pressure(10)
    assert cuff.sent == [
        (
            round(expected.sys),
            round(expected.dia),
            round(expected.map),
            round(expected.pulse_bpm),
            0,
            NOW,
        )
    ]


async def test_a_result_that_nobody_fetched_gives_way_to_the_next(wire, subject):
    cuff, device = _device(HeardCuff, wire, subject)
    cuff.fetched.clear()
    for command in ("measure 120/80", "measure 182/104 moved"):
        await device.obey(command.split())
        for _ in range(5):
            await asyncio.sleep(0)
    cuff.fetched.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert cuff.sent == [(182, 104, 130, None, 1, NOW)]


async def test_a_failed_measurement_has_no_values(wire, subject):
    cuff, device = _device(HeardCuff, wire, subject)
    await device.obey(["fail"])
    await asyncio.sleep(0)
    assert cuff.sent[0][:4] == (None, None, None, None)


async def test_a_schedule_can_be_stopped_while_measuring_by_hand_goes_on(wire, subject):
    cuff, device = _device(HeardCuff, wire, subject, [10.0, 35.0, 60.0])
    await device.obey(["schedule", "off"])
    now = subject.pressure(0)
    assert await device.obey(["measure"]) == f"dev: measured {now.sys:.0f}/{now.dia:.0f}"
    await _run_until(device, lambda: wire.now_s() >= 85 and bool(cuff.sent))
    assert len(cuff.sent) == 1


async def test_radio_commands_reach_the_peripheral(wire, subject):
    strap, device = _device(HeardStrap, wire, subject)
    assert await device.obey(["drop"]) == "dev: drop"
    await device.obey(["advertise", "off"])
    await device.obey(["rssi", "-88"])
    assert (strap.calls, strap.rssi_dbm) == (["drop", ("advertise", False)], -88)


@pytest.mark.parametrize("words", ["measure 104/182", "measure 12", "dance", "schedule maybe", "rssi 12", ""])
async def test_a_cuff_refuses_what_makes_no_sense(wire, subject, words):
    _, device = _device(HeardCuff, wire, subject)
    with pytest.raises(CommandError):
        await device.obey(words.split())
