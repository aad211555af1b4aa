"""The supervisor in virtual time: no second of these tests is a real one."""

import asyncio
import dataclasses
import heapq
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from drivers import registry
from drivers.backoff import Backoff
from drivers.link.port import WrongModelError
from drivers.model import DeviceConfig, Listener, Step, Write
from drivers.orders import Order, OrderKind, OrderRefused, Orders
from drivers.supervisor import supervise
from monitor.core.clock import SECOND, Nanos
from monitor.core.errors import ConfigError, LinkError, RegistryError
from monitor.core.types import (
    DeviceInfo,
    DeviceLink,
    DeviceStatus,
    InfoField,
    LinkState,
    Nibp,
    Numeric,
    StatusCode,
)

# frames 1 to 3 of the captured packet: HR 74, SpO2 96
GOOD = bytes.fromhex("01 81 43 00 C5 01 80 43 4A 0E 01 80 43 60 24")
RATE = "00002a37-0000-1000-8000-00805f9b34fb"
CUFF = "00002a35-0000-1000-8000-00805f9b34fb"
BATTERY = "00002a19-0000-1000-8000-00805f9b34fb"
READING = bytes.fromhex("14 67 00 3F 00 4D 00 40 00 00 00")


class VirtualTime:
    """A clock and a sleep that move only when the test says so."""

    def __init__(self) -> None:
        self.t = 0.0
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> Nanos:
        return Nanos(round(self.t * SECOND))

    def utc(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=self.t)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.t + seconds, len(self.slept), future))
        await future

    async def pass_by(self, seconds: float) -> None:
        end = self.t + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self.t, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)
            await settle()
        self.t = end


async def settle() -> None:
    for _ in range(12):
        await asyncio.sleep(0)


class ScriptedPort:
    """A way that does what the test says."""

    def __init__(self, refuse: Exception | None, break_off: Exception | None = None) -> None:
        self.refuse = refuse
        self.break_off = break_off  # after the greeting
        self.receive: Callable[[str, bytes], None] | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closes = 0
        self.written: list[bytes] = []
        self.answers = asyncio.Event()
        self.answers.set()

    async def open(self, receive: Callable[[str, bytes], None], greet=tuple) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.receive = receive
        await self.answers.wait()
        for write in greet():
            self.write(write)
        if self.break_off is not None:
            raise self.break_off

    def write(self, write) -> None:
        self.written.append(write.data)

    async def closed(self) -> None:
        await asyncio.shield(self.ended)

    async def close(self, parting=()) -> None:
        for write in parting:
            self.write(write)
        self.closes += 1
        self.ended.cancel()

    def send(self, data: bytes, source: str = "") -> None:
        assert self.receive is not None
        self.receive(source, data)

    def break_with(self, error: Exception | None) -> None:
        if error is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error)


class Bench:
    """One supervised device, all it has said, and every port it was given."""

    def __init__(self, model: str, orders: Orders | None = None) -> None:
        self.orders = orders
        self.time = VirtualTime()
        self.readings: list[object] = []
        self.ports: list[ScriptedPort] = []
        self.refusals: list[Exception] = []
        self.break_offs: list[Exception] = []
        self.config = DeviceConfig("dev", model, port="p", address="a", simulated=True)
        self.task: asyncio.Task[None] | None = None
        self.sink_error: Exception | None = None
        self.slow = False  # ports stay closed until they are told otherwise

    def sink(self, reading: object) -> None:
        if self.sink_error is not None and isinstance(reading, Numeric):
            raise self.sink_error
        self.readings.append(reading)

    def make_port(self, config, model) -> ScriptedPort:
        # the first one is only asked for to see whether the configuration names a way
        refuse = self.refusals.pop(0) if self.ports and self.refusals else None
        break_off = self.break_offs.pop(0) if self.ports and self.break_offs else None
        self.ports.append(ScriptedPort(refuse, break_off))
        if self.slow:
            self.port.answers.clear()
        return self.ports[-1]

    async def __aenter__(self) -> "Bench":
        self.task = asyncio.create_task(
            supervise(
                self.config,
                self.sink,
                self.time,
                backoff=Backoff(jitter=0),
                rng=random.Random(1),
                sleep=self.time.sleep,
                make_port=self.make_port,
                orders=self.orders,
            )
        )
        await settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.task is not None
        assert not self.task.done(), "the supervisor died"
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    @property
    def port(self) -> ScriptedPort:
        return self.ports[-1]

    @property
    def states(self) -> list[LinkState]:
        return [reading.state for reading in self.readings if isinstance(reading, DeviceLink)]

    @property
    def detail(self) -> str:
        return [reading for reading in self.readings if isinstance(reading, DeviceLink)][-1].detail


@pytest.fixture
async def oximeter():
    async with Bench("nonin-df2") as bench:
        yield bench


@pytest.fixture
async def strap():
    async with Bench("ble-heart-rate") as bench:
        yield bench


@pytest.fixture
async def cuff():
    async with Bench("ble-blood-pressure") as bench:
        yield bench


async def test_connected_is_said_at_the_first_number_before_it(oximeter):
    oximeter.port.send(GOOD[:5])
    assert oximeter.states == [LinkState.CONNECTING]
    oximeter.port.send(GOOD[5:])
    kinds = [r.state if isinstance(r, DeviceLink) else r.channel for r in oximeter.readings]
    assert kinds == [LinkState.CONNECTING, "pleth", LinkState.CONNECTED, "pulse_rate", "spo2", "pleth"]
    assert all(r.simulated for r in oximeter.readings)


async def test_reading_carries_the_time_its_bytes_arrived(oximeter):
    await oximeter.time.pass_by(1.5)
    oximeter.port.send(GOOD)
    assert {r.t for r in oximeter.readings if isinstance(r, Numeric)} == {1_500_000_000}


async def test_open_port_that_says_nothing_is_silent_within_four_seconds(oximeter):
    await oximeter.time.pass_by(3)
    assert oximeter.states == [LinkState.CONNECTING]
    await oximeter.time.pass_by(1)
    assert oximeter.states == [LinkState.CONNECTING, LinkState.SILENT]
    assert oximeter.detail == "connected, nothing received for 3 s"


async def test_device_that_stops_is_silent_and_is_connected_again_when_it_speaks(oximeter):
    oximeter.port.send(GOOD)
    await oximeter.time.pass_by(3.8)
    oximeter.port.send(GOOD)
    assert oximeter.states[1:] == [LinkState.CONNECTED, LinkState.SILENT, LinkState.CONNECTED]
    assert len(oximeter.ports) == 2, "the port stayed open"


async def test_flag_that_is_on_is_told_again_after_a_silence_and_not_after_it_has_ended(strap):
    level = "00002a19-0000-1000-8000-00805f9b34fb"

    async def fall_silent() -> list[tuple[StatusCode, bool]]:
        told = len(strap.readings)
        await strap.time.pass_by(5)
        assert strap.states[-1] is LinkState.SILENT
        strap.port.send(bytes.fromhex("00 48"), RATE)
        return [(r.code, r.active) for r in strap.readings[told:] if isinstance(r, DeviceStatus)]

    strap.port.send(bytes((9,)), level)
    strap.port.send(bytes.fromhex("00 48"), RATE)
    assert await fall_silent() == await fall_silent() == [(StatusCode.BATTERY_LOW, True)]
    strap.port.send(bytes((90,)), level)
    assert await fall_silent() == []
    assert len(strap.ports) == 2, "the way stayed open"


async def test_bytes_that_make_no_sense_are_another_model_within_ten_seconds(oximeter):
    for _ in range(99):
        oximeter.port.send(b"\x42" * 10)
        await oximeter.time.pass_by(0.1)
    assert oximeter.states == [LinkState.CONNECTING, LinkState.WRONG_MODEL]
    assert oximeter.detail == "connected, but this does not look like nonin-df2"
    oximeter.port.send(GOOD)
    assert oximeter.states[-1] is LinkState.CONNECTED


async def test_noise_on_a_line_that_worked_is_silent_first(oximeter):
    oximeter.port.send(GOOD)
    for _ in range(40):
        oximeter.port.send(b"\x42")
        await oximeter.time.pass_by(0.1)
    assert oximeter.states[-1] is LinkState.SILENT
    assert oximeter.detail == "connected, nothing readable for 3 s"


async def test_unplugged_cable_is_lost_in_words_and_found_again(oximeter):
    oximeter.port.send(GOOD)
    oximeter.refusals = [LinkError("dev", "no such port p")] * 2
    oximeter.port.break_with(LinkError("dev", "unplugged"))
    await oximeter.time.pass_by(3)
    assert [r.detail for r in oximeter.readings if isinstance(r, DeviceLink)][2:] == [
        "unplugged",
        "no such port p",
    ]
    assert oximeter.states[2:] == [LinkState.LOST, LinkState.LOST]
    oximeter.port.send(GOOD)
    assert oximeter.states[-1] is LinkState.CONNECTED
    assert [port.closes for port in oximeter.ports] == [0, 1, 1, 1, 0]


async def test_half_a_frame_before_the_loss_is_not_joined_to_what_comes_after(oximeter):
    oximeter.port.send(GOOD[:7])
    oximeter.port.break_with(LinkError("dev", "unplugged"))
    await oximeter.time.pass_by(1)
    oximeter.port.send(GOOD[7:])
    assert not any(isinstance(r, Numeric) for r in oximeter.readings)


async def test_backoff_doubles_to_its_cap_and_starts_anew_after_a_good_frame(oximeter, caplog):
    oximeter.refusals = [LinkError("dev", "busy")] * 9
    oximeter.port.break_with(LinkError("dev", "busy"))
    await oximeter.time.pass_by(60)
    looks = 0.25  # the watch's own, and the first wait
    assert [s for s in oximeter.time.slept if s != looks] == [0.5, 1, 2, 4, 5, 5, 5, 5, 5]
    assert [r.levelname for r in caplog.records if "busy" in r.getMessage()] == ["WARNING"], "warned once"
    oximeter.port.send(GOOD)
    oximeter.refusals = [LinkError("dev", "busy")]
    oximeter.time.slept.clear()
    oximeter.port.break_with(LinkError("dev", "gone"))
    await oximeter.time.pass_by(0.8)
    assert [s for s in oximeter.time.slept if s != looks] == [0.5]


async def test_unexpected_error_is_logged_and_tried_again(oximeter, caplog):
    oximeter.sink_error = ZeroDivisionError("in the bed")
    oximeter.port.send(GOOD)
    await oximeter.time.pass_by(1)
    assert oximeter.states[-1] is LinkState.LOST
    assert "unexpected ZeroDivisionError: in the bed" in oximeter.detail
    assert len(oximeter.ports) == 3 and oximeter.ports[1].closes == 1
    assert caplog.records[0].exc_info


async def test_missing_characteristic_is_the_wrong_model(strap):
    strap.refusals = [WrongModelError("dev", "no 2a37")]
    strap.port.break_with(LinkError("dev", "gone"))
    await strap.time.pass_by(0.3)
    assert strap.states[-1] is LinkState.WRONG_MODEL
    assert strap.detail == "connected, but this does not look like ble-heart-rate"


async def test_strap_that_stays_silent_is_connected_anew(strap):
    await strap.time.pass_by(21)
    assert strap.states == [LinkState.CONNECTING, LinkState.SILENT]
    assert len(strap.ports) == 3 and strap.ports[1].closes == 1


async def test_cuff_waits_measures_hangs_up_and_waits_and_is_never_lost(cuff):
    await cuff.time.pass_by(600)
    assert cuff.states == [LinkState.WAITING]
    cuff.port.send(READING, CUFF)
    cuff.port.break_with(None)
    await cuff.time.pass_by(600)
    assert cuff.states == [LinkState.WAITING, LinkState.CONNECTED, LinkState.WAITING]
    [reading] = [r for r in cuff.readings if isinstance(r, Nibp)]
    assert (reading.sys, reading.dia, reading.map, reading.pulse_rate) == (103, 63, 77, 64)


async def test_cuff_whose_radio_is_off_waits_and_says_why(cuff):
    cuff.refusals = [LinkError("dev", "Bluetooth is switched off on this computer")] * 3
    cuff.port.break_with(None)
    await cuff.time.pass_by(5)
    assert set(cuff.states) == {LinkState.WAITING}
    assert "switched off" in [r.detail for r in cuff.readings if isinstance(r, DeviceLink)][1]


async def test_cuff_keeps_what_it_has_seen_across_connections(cuff):
    for _ in range(2):
        cuff.port.send(READING, CUFF)
        cuff.port.break_with(None)
        await cuff.time.pass_by(1)
    assert len([r for r in cuff.readings if isinstance(r, Nibp)]) == 1


@pytest.mark.parametrize(
    ("config", "error"),
    [
        pytest.param(DeviceConfig("dev", "nonin-df9"), RegistryError, id="unknown model"),
        pytest.param(DeviceConfig("dev", "nonin-df2"), ConfigError, id="no port"),
        pytest.param(DeviceConfig("dev", "ble-heart-rate"), ConfigError, id="no address"),
    ],
)
async def test_configuration_that_names_no_way_is_refused_at_once(config, error):
    with pytest.raises(error):
        await supervise(config, print, VirtualTime())


@pytest.mark.parametrize("failures", [1, 5, 1000])
def test_jitter_stays_within_its_part(failures):
    plain = Backoff(jitter=0).delay_s(failures, random.Random(0))
    waits = {Backoff().delay_s(failures, random.Random(seed)) for seed in range(20)}
    assert len(waits) > 1 and all(0.8 * plain <= wait <= 1.2 * plain for wait in waits)


async def test_bytes_that_waited_while_the_process_stood_still_are_thrown_away(oximeter, caplog):
    oximeter.port.send(GOOD)
    before = len(oximeter.readings)
    oximeter.time.t += 7.0  # SIGSTOP, a laptop's lid: no look happened meanwhile
    oximeter.port.send(GOOD)
    oximeter.port.send(GOOD)
    assert len(oximeter.readings) == before, "their time is unknown"
    assert "of unknown age thrown away" in caplog.text
    await oximeter.time.pass_by(0.5)
    oximeter.port.send(GOOD)
    fresh = [r for r in oximeter.readings[before:] if isinstance(r, Numeric)]
    assert [r.t for r in fresh] == [oximeter.time.now()] * len(fresh)
    assert {r.channel for r in fresh} == {"pulse_rate", "spo2"}


async def test_what_comes_while_a_slow_way_is_opened_is_of_this_moment(strap, caplog):
    strap.slow = True
    strap.port.break_with(LinkError("dev", "gone"))
    await strap.time.pass_by(8.0)  # found late: a radio takes seconds
    strap.port.send(b"\x64", BATTERY)
    told = [reading for reading in strap.readings if isinstance(reading, DeviceInfo)]
    assert [(info.field, info.text, info.t) for info in told] == [
        (InfoField.BATTERY_PCT, "100", strap.time.now())
    ]
    assert "unknown age" not in caplog.text
    assert LinkState.SILENT not in strap.states, "it is not open yet"
    strap.port.answers.set()
    await strap.time.pass_by(3.9)
    assert LinkState.SILENT not in strap.states
    await strap.time.pass_by(0.5)
    assert strap.states[-1] is LinkState.SILENT


class SpokenTo(Listener):
    """A device that is spoken to, for the supervisor's part in it."""

    def __init__(self) -> None:
        self.pending: list[Write] = []

    def readings(self, events, t):
        return []

    def opened(self, now):
        return [Write(b"hello")]

    def step(self, now):
        due, self.pending = self.pending, []
        return Step(due)

    def order(self, order, now):
        if order.kind is OrderKind.CYCLE:
            raise OrderRefused("no cycle here")
        self.pending.append(Write(order.kind.value.encode()))
        return "as you say"

    def parting(self, now):
        return [Write(b"down")]

    def closed(self, now):
        return [DeviceStatus("dev", now, StatusCode.MEASURING, False)]


@pytest.fixture
def spoken_to(monkeypatch):
    """Make the registry know a model that is spoken to every half second."""
    model = dataclasses.replace(
        registry.load("nonin-df2"),
        name="cuff",
        speak_every_s=0.5,
        make_device=lambda config, clock: SpokenTo(),
    )
    monkeypatch.setattr(registry, "load", lambda name: model)
    return Orders()


async def test_a_device_is_greeted_told_what_is_due_and_let_down(spoken_to):
    async with Bench("cuff", orders=spoken_to) as bench:
        port = bench.ports[-1]
        assert port.written == [b"hello"]
        assert spoken_to.give(Order(OrderKind.START)) == "as you say"
        assert port.written == [b"hello", b"start"]
    assert port.written == [b"hello", b"start", b"down"]
    assert any(isinstance(reading, DeviceStatus) for reading in bench.readings)


async def test_a_device_that_was_greeted_is_told_when_the_way_breaks_before_it_is_open(spoken_to):
    bench = Bench("cuff", orders=spoken_to)
    bench.break_offs = [LinkError("dev", "it hung up while it was subscribed to")]
    async with bench:
        assert bench.ports[-1].written == [b"hello"]
        assert [reading.code for reading in bench.readings if isinstance(reading, DeviceStatus)] == [
            StatusCode.MEASURING
        ]


async def test_an_order_without_a_way_is_refused_in_words(spoken_to):
    with pytest.raises(OrderRefused, match="is the service starting"):
        Orders().give(Order(OrderKind.START))
    async with Bench("cuff", orders=spoken_to) as bench:
        with pytest.raises(OrderRefused, match="no cycle here"):
            spoken_to.give(Order(OrderKind.CYCLE, 5))
        bench.ports[-1].break_with(LinkError("dev", "unplugged"))
        await settle()
        with pytest.raises(OrderRefused, match="dev is not connected$"):
            spoken_to.give(Order(OrderKind.START))


async def test_a_stop_without_a_way_is_kept_and_said_when_there_is_one(spoken_to):
    async with Bench("cuff", orders=spoken_to) as bench:
        bench.ports[-1].break_with(LinkError("dev", "unplugged"))
        await settle()
        with pytest.raises(OrderRefused, match="stopped when it answers; if the cuff is tight, take it off"):
            spoken_to.give(Order(OrderKind.STOP))
        await bench.time.pass_by(1)
        assert bench.ports[-1].written == [b"hello", b"stop"]
