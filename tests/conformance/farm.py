"""All models of one kind of link at once, in one loop: simulated devices, real links, real supervisors.

Each model plays its story by itself; what it came to is kept for the tests, step by step. Nothing
here waits for a time: every wait ends with an event, or is a finding.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from known import Known

from drivers.backoff import Backoff
from drivers.orders import Order, OrderKind, OrderRefused, Orders
from drivers.supervisor import DeviceConfig, supervise
from monitor.core.clock import Clock, Nanos, SystemClock
from monitor.core.types import DeviceLink, LinkState, Nibp, Numeric, Reading, Waveform
from simulators.patient import Patient, Rest
from simulators.rhythm import Rhythm
from simulators.subject import Oximetry, VirtualSubject
from simulators.vitals import Vitals
from simulators.wire import Wire

QUICK = Backoff(first_s=0.05, cap_s=0.2)
PATIENCE_S = 45.0
HURRY = 2
STEADY = Vitals(spo2_pct=97.0, pulse_bpm=72.0, breaths_per_min=14.0, sys=122.0, dia=77.0)
TRUTH = {
    "spo2": (97.0, 0.5),
    "pulse_rate": (72.0, 0.5),
    "heart_rate": (72.0, 0.5),
    "rr_interval": (60_000 / 72, 1.0),
    "perfusion_index": (3.5, 0.1),
    "resp_rate": (14.0, 0.5),
    "temperature": (36.6, 0.05),
    "nibp_sys": (122.0, 1.0),
    "nibp_dia": (77.0, 1.0),
    "nibp_map": (92.0, 1.0),
    "nibp_pulse_rate": (72.0, 1.0),
    "art_sys": (122.0, 1.0),
    "art_dia": (77.0, 1.0),
    "art_map": (92.0, 1.0),
    "cuff_pressure": (150.0, 150.0),  # any: it goes up and down while the cuff measures
}
"""Channel -> what the patient has, and how far from it a device may be."""
WAVES = frozenset({"pleth", "ecg", "resp"})


class HurriedClock(SystemClock):
    """The machine's clock, HURRY times as fast, for devices and drivers alike."""

    def __init__(self) -> None:
        self._origin = super().now()

    def now(self) -> Nanos:
        """Return nanoseconds that go by faster than they do."""
        return Nanos(self._origin + HURRY * (super().now() - self._origin))


async def hurried_sleep(seconds: float) -> None:
    """Sleep `seconds` of the hurried clock."""
    await asyncio.sleep(seconds / HURRY)


class Steady(VirtualSubject):
    """A patient whose numbers stand still, so that what arrives is right or wrong."""

    def __init__(self) -> None:
        super().__init__(Patient(Rest(), 1), 1.0, 1)
        self._heart = Rhythm("steady", lambda t: 60.0 / STEADY.pulse_bpm, jitter=0.0)

    def vitals(self, t_s: float) -> Vitals:
        """Return the same numbers always."""
        return STEADY

    def oximetry(self, t_s: float) -> Oximetry:
        """Return the same numbers always."""
        return Oximetry(STEADY.spo2_pct, STEADY.pulse_bpm, STEADY.perfusion_pct)


@dataclass
class Desk:
    """Where one supervised device's readings come together."""

    readings: list[Reading] = field(default_factory=list)
    orders: Orders = field(default_factory=Orders)
    said: asyncio.Event = field(default_factory=asyncio.Event)

    def sink(self, reading: Reading) -> None:
        self.readings.append(reading)
        self.said.set()

    def state(self) -> LinkState | None:
        return next((each.state for each in reversed(self.readings) if isinstance(each, DeviceLink)), None)

    async def until(self, found: Callable[[], object], what: Callable[[], str], within_s: float) -> None:
        """Wait until `found`; AssertionError says what there was instead."""
        try:
            async with asyncio.timeout(within_s):
                while not found():
                    self.said.clear()
                    await self.said.wait()
        except TimeoutError:
            raise AssertionError(f"{what()}, after {within_s:.0f} s; link {self.state()}") from None

    async def reach(self, state: LinkState, within_s: float = PATIENCE_S) -> None:
        await self.until(lambda: self.state() is state, lambda: f"never {state}", within_s)

    def values(self, channel: str, since: int = 0) -> list[float]:
        """Return the values of a channel that are not from a device's memory."""
        found = [_value(reading, channel) for reading in self.readings[since:]]
        return [value for value in found if value is not None]

    def waves(self, since: int = 0) -> set[str]:
        """Return the channels of which samples came."""
        return {each.channel for each in self.readings[since:] if isinstance(each, Waveform)}

    async def right(self, channels: tuple[str, ...], since: int = 0) -> None:
        """Wait until each of `channels` has come: numbers as the patient has them, waves at all."""
        wanted = [channel for channel in channels if channel in TRUTH]
        assert {*channels} - {*wanted} <= WAVES
        waves = WAVES.intersection(channels)
        await self.until(lambda: waves <= self.waves(since), lambda: f"no {waves}", PATIENCE_S)
        await self.until(
            lambda: all(self._is_right(channel, since) for channel in wanted),
            lambda: str({c: self.values(c, since)[-3:] for c in wanted if not self._is_right(c, since)}),
            PATIENCE_S,
        )

    def _is_right(self, channel: str, since: int) -> bool:
        true, tolerance = TRUTH[channel]
        return any(abs(value - true) <= tolerance for value in self.values(channel, since)[-3:])


def _value(reading: Reading, channel: str) -> float | None:
    if isinstance(reading, Numeric) and reading.channel == channel and not reading.stored:
        return reading.value
    if isinstance(reading, Nibp) and channel.startswith("nibp_") and not reading.stored:
        return getattr(reading, channel.removeprefix("nibp_"))
    return None


@contextlib.asynccontextmanager
async def supervised(model: str, clock: Clock, **way: str) -> AsyncIterator[Desk]:
    """Run the real supervisor of a model at a port or an address."""
    desk = Desk()
    config = DeviceConfig(model, model, simulated=True, options={"unverified": True}, **way)
    work = supervise(config, desk.sink, clock, backoff=QUICK, sleep=hurried_sleep, orders=desk.orders)
    task = asyncio.create_task(work, name=model)
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def start_cuff(desk: Desk, known: Known) -> None:
    """Order a measurement as soon as a cuff that takes orders does not refuse it."""
    if OrderKind.START not in known.model.orders:
        return

    def started() -> bool:
        try:
            desk.orders.give(Order(OrderKind.START))
        except OrderRefused:
            return False
        return True

    await desk.until(started, lambda: "no order is taken", PATIENCE_S)


@dataclass
class Outcome:
    """What a model's story came to: step -> what went wrong, "" when nothing did."""

    steps: dict[str, str] = field(default_factory=dict)

    @contextlib.contextmanager
    def step(self, name: str):
        """Note how a step ends; the story goes on after a step that failed."""
        try:
            yield
        except AssertionError as error:
            self.steps[name] = str(error) or "failed"
        else:
            self.steps[name] = ""


@dataclass
class Farm:
    """One clock for all, and the outcomes."""

    clock: Clock = field(default_factory=HurriedClock)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wire = Wire(self.clock, hurried_sleep)

    def outcome(self, model: str) -> Outcome:
        return self.outcomes.setdefault(model, Outcome())


@contextlib.asynccontextmanager
async def running(run: Callable[[], object]) -> AsyncIterator[None]:
    """Run a simulated device."""
    task = asyncio.ensure_future(run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
