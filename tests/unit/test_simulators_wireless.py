import asyncio
import itertools
from datetime import datetime

import pytest

from monitor.core.clock import Nanos, seconds
from simulators.cuff import Cuff, every
from simulators.faults import CommandError
from simulators.patient import Patient, Rest
from simulators.strap import Strap
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


class Air:
    """Takes down what a device sends, with the wire second; `fetched` set lets a result be handed over."""

    def __init__(self, wire):
        self.wire = wire
        self.sent = []
        self.calls = []
        self.fetched = asyncio.Event()
        self.fetched.set()

    async def notify(self, bpm, contact=True, rr_ms=()):
        self.sent.append((self.wire.now_s(), bpm, contact, list(rr_ms)))

    async def measure(self, sys, dia, map, pulse, status=0, when=None):
        await self.fetched.wait()
        self.sent.append((self.wire.now_s(), sys, dia, map, pulse, status, when))

    async def drop_link(self):
        self.calls.append("drop")

    async def set_advertising(self, on):
        self.calls.append(("advertise", on))


@pytest.fixture
def wire():
    time = VirtualTime()
    wire = Wire(time, time.sleep)
    wire.start()
    return wire


@pytest.fixture
def subject():
    return VirtualSubject(Patient(Rest(), 5), 1.0, 5)


def _strap(wire, subject, air):
    return Strap("strap", air, subject, wire, lambda text: None)


def _cuff(wire, subject, air, schedule, told=None):
    announce = (told if told is not None else []).append
    return Cuff("cuff", air, subject.pressure, schedule, wire, lambda: NOW, announce)


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
    air = Air(wire)
    await _run_until(_strap(wire, subject, air), lambda: len(air.sent) >= 60)
    assert [round(t, 3) for t, *_ in air.sent[:60]] == list(range(60))
    assert all(60 < bpm < 90 for _, bpm, _, _ in air.sent)
    intervals = [each for *_, rr in air.sent[:60] for each in rr]
    beats = subject.beats(-1.0, 59.0)
    assert intervals == [beat.length_s * 1000 for beat in beats]
    assert len(intervals) == pytest.approx(72, abs=8)


async def test_a_strap_without_contact_says_so_and_gives_no_rate(wire, subject):
    air = Air(wire)
    strap = _strap(wire, subject, air)
    await strap.obey(["contact", "off"])
    await _run_until(strap, lambda: len(air.sent) >= 2)
    assert [sent[1:] for sent in air.sent[:2]] == [(None, False, [])] * 2


async def test_a_silent_strap_sends_nothing(wire, subject):
    air = Air(wire)
    strap = _strap(wire, subject, air)
    await strap.obey(["silence", "on"])
    await _run_until(strap, lambda: wire.now_s() > 10)
    assert air.sent == []


async def test_a_cuff_measures_on_schedule_with_its_own_time(wire, subject):
    air, told = Air(wire), []
    await _run_until(_cuff(wire, subject, air, every(10, 25), told), lambda: len(air.sent) >= 3)
    assert [round(sent[0]) for sent in air.sent[:3]] == [10, 35, 60]
    _, sys, dia, mean, pulse, status, when = air.sent[0]
    expected = subject.pressure(10)
    assert (sys, dia, mean) == (round(expected.sys), round(expected.dia), round(expected.map))
    assert (round(expected.pulse_bpm), 0, NOW) == (pulse, status, when)
    assert told[0] == f"cuff: measured {sys}/{dia} mmHg"


async def test_a_result_that_nobody_fetched_gives_way_to_the_next(wire, subject):
    air = Air(wire)
    air.fetched.clear()
    cuff = _cuff(wire, subject, air, [])
    running = asyncio.ensure_future(cuff.run())
    for command in ("measure 120/80", "measure 182/104 moved"):
        await cuff.obey(command.split())
        for _ in range(5):
            await asyncio.sleep(0)
    air.fetched.set()
    for _ in range(5):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [sent[1:] for sent in air.sent] == [(182, 104, 130, None, 1, NOW)]


async def test_a_failed_measurement_has_no_values(wire, subject):
    air = Air(wire)
    cuff = _cuff(wire, subject, air, [])
    await cuff.obey(["fail"])
    await _run_until(cuff, lambda: bool(air.sent))
    assert air.sent[0][1:5] == (None, None, None, None)


async def test_a_schedule_can_be_stopped_while_measuring_by_hand_goes_on(wire, subject):
    air = Air(wire)
    cuff = _cuff(wire, subject, air, itertools.islice(every(10, 25), 4))
    await cuff.obey(["schedule", "off"])
    now = subject.pressure(0)
    assert await cuff.obey(["measure"]) == f"cuff: measured {now.sys:.0f}/{now.dia:.0f}"
    await _run_until(cuff, lambda: wire.now_s() >= 85 and bool(air.sent))
    assert len(air.sent) == 1


async def test_radio_commands_reach_the_peripheral(wire, subject):
    air = Air(wire)
    for device in (_strap(wire, subject, air), _cuff(wire, subject, air, [])):
        assert await device.obey(["drop"]) == f"{device.id}: drop"
        await device.obey(["advertise", "off"])
    assert air.calls == ["drop", ("advertise", False)] * 2


@pytest.mark.parametrize("words", ["measure 104/182", "measure 12", "dance", "schedule maybe", ""])
async def test_a_cuff_refuses_what_makes_no_sense(wire, subject, words):
    with pytest.raises(CommandError):
        await _cuff(wire, subject, Air(wire), []).obey(words.split())
