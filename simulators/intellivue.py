"""A Philips IntelliVue monitor that exports its data, on a serial port or by datagrams.

It consents to one association at a time, tells of itself, and answers polls only to a host that
took notice; it forgets a host that says nothing. A set of numerics is taken every 1.024 s.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulators import intellivue_messages as says
from simulators.faults import CommandError, number
from simulators.intellivue_frame import FrameReader, frame
from simulators.intellivue_messages import Moment, Request, Value
from simulators.machine import Machine, Setting
from simulators.subject import Pressure, Subject, read_pressure
from simulators.udp_device import DatagramSim

SET_S = 1.024
LONGEST_MESSAGE = 996
LINKED_MESSAGE = 320
"""When answers are to be linked: a message of a few objects."""
MEASURE_S = 25.0
MMHG_PER_KPA = 7.50062
INVALID, QUESTIONABLE, UNAVAILABLE = 0x8000, 0x4000, 0x2000
CALIBRATING, TEST, DEMO, EARLY, MEASURING, INHIBITED = 0x1000, 0x0800, 0x0400, 0x0040, 0x0020, 0x0001
LARGEST_STEP_S = 1e6


@dataclass(slots=True)
class IntellivueFaults:
    """What a person can make sensors and monitor do."""

    sensor_off: bool = False  # of the oximeter
    leads_off: bool = False
    questionable: bool = False
    unavailable: bool = False
    calibrating: bool = False
    test_data: bool = False
    demo: bool = False
    early: bool = False
    nan: bool = False  # no value, though no state bit says so
    kpa: bool = False
    artery: bool = True  # an arterial line lies
    refuse: bool = False  # every association
    linked: bool = False  # every answer in several parts
    no_extended: bool = False  # an older monitor: answers such a poll with an error
    no_clock: bool = False  # absolute time not supported

    @property
    def states(self) -> int:
        """Return the state bits that every number carries."""
        told = (
            (self.questionable, QUESTIONABLE),
            (self.unavailable, UNAVAILABLE),
            (self.calibrating, CALIBRATING),
            (self.test_data, TEST),
            (self.demo, DEMO),
            (self.early, EARLY),
        )
        return sum(bit for active, bit in told if active)


@dataclass(slots=True)
class Running:
    """An extended poll that goes on."""

    request: Request
    until_s: float
    sequence: int = 0


@dataclass(slots=True)
class Association:
    """The one host that the monitor talks to."""

    timeout_s: float
    heard_s: float
    create_id: int
    handles: int  # of its objects: others in the next association
    noticed: bool = False  # it answered the create event
    running: list[Running] = field(default_factory=list)


class Cuff:
    """The monitor's cuff: measures by its schedule, and keeps the last result with its time."""

    def __init__(self, subject: Subject, schedule: Iterator[float]) -> None:
        self.pressure: Pressure | None = None
        self.measured: datetime | None = None
        self.done_s: float | None = None  # while it measures
        self._subject = subject
        self._schedule = schedule
        self._next_s = next(schedule, None)
        self._told: Pressure | None = None

    def start(self, now_s: float, told: Pressure | None = None) -> None:
        """Begin to measure; `told` is what it will find."""
        self.done_s = now_s + MEASURE_S
        self._told = told
        self._subject.cuff(now_s, True)

    def step(self, now_s: float, clock: Callable[[], datetime]) -> None:
        """Begin what is due, end what is done."""
        if self._next_s is not None and now_s >= self._next_s:
            if self.done_s is None:
                self.start(now_s)
            self._next_s = next(self._schedule, None)
        if self.done_s is not None and now_s >= self.done_s:
            self.done_s = None
            self._subject.cuff(now_s, False)
            self.pressure = self._told or self._subject.pressure(now_s)
            self.measured = clock()


class Intellivue:
    """Messages in, messages out; `wrap` and `unwrap` are the way that they go."""

    usage: tuple[str, ...] = ("measure [SYS/DIA]", "abort", "clock SECONDS")

    def __init__(
        self, setting: Setting, wrap: Callable[[bytes], bytes], unwrap: Callable[[bytes], list[bytes]]
    ) -> None:
        self.faults = IntellivueFaults()
        self._subject = setting.subject
        self._local_time = setting.local_time
        self._wrap, self._unwrap = wrap, unwrap
        self._chance = random.Random(f"{setting.seed}/intellivue")
        self._started = self._chance.randrange(1 << 32)  # 1/8 ms that it ran before wire second 0
        self._cuff = Cuff(setting.subject, setting.measurements())
        self._clock_off = timedelta()
        self._sets = 0
        self._ids = itertools.count(1)
        self._host: Association | None = None
        self._outbox: list[bytes] = []

    @property
    def associated(self) -> bool:
        """True while a host is associated."""
        return self._host is not None

    def step(self, now_s: float) -> list[bytes]:
        """Return the sets that are due to the host's extended polls."""
        self._cuff.step(now_s, self._clock)
        host = self._host
        if host is not None and now_s - host.heard_s > host.timeout_s:
            host = self._host = None
        found, self._outbox = self._outbox, []
        while self._sets * SET_S <= now_s:
            if host is not None:
                for running in host.running:
                    found += self._answer(running.request, self._sets * SET_S, running.sequence)
                    running.sequence += 1
                host.running = [each for each in host.running if each.until_s > now_s]
            self._sets += 1
        return [self._wrap(message) for message in found]

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Take what a host sent; return what is answered at once."""
        answers = [answer for message in self._unwrap(data) for answer in self._hear(message, now_s)]
        return [self._wrap(answer) for answer in answers]

    def obey(self, words: list[str], now_s: float) -> str:
        """Carry out a further command and return the answer."""
        if words[:1] == ["measure"]:
            self._cuff.start(now_s, read_pressure(words[1:]) if words[1:] else None)
        elif words == ["abort"]:
            if self._host is not None:
                self._outbox.append(says.short(says.ABORT))
            self._host = None
        elif words[:1] == ["clock"]:
            self._clock_off += timedelta(seconds=number(words[1:], -LARGEST_STEP_S, LARGEST_STEP_S))
        else:
            raise CommandError(f"'{' '.join(words)}' is not understood")
        return " ".join(words)

    def numerics(self, now_s: float) -> list[bytes]:
        """Return the objects of a set taken at `now_s`."""
        handle = itertools.count(self._host.handles if self._host else 1)
        sets = [*self._heart(now_s), *self._lungs(now_s), *self._pressures(now_s)]
        return [
            says.numeric(next(handle), text, [self._spoilt(value) for value in values], group, stamp)
            for text, values, group, stamp in sets
        ]

    def _hear(self, message: bytes, now_s: float) -> list[bytes]:
        if message[:1] == bytes([says.ASSOCIATE]):
            return self._associate(message, now_s)
        host = self._host
        if host is None:
            return []
        host.heard_s = now_s
        if message[:1] == bytes([says.RELEASE]):
            self._host = None
            return [says.short(says.RELEASED)]
        if message[:1] == bytes([says.ABORT]):
            self._host = None
        elif says.is_create_result(message, host.create_id):
            host.noticed = True
        elif host.noticed and (request := says.poll_request(message)):
            return self._polled(host, request, now_s)
        return []

    def _associate(self, message: bytes, now_s: float) -> list[bytes]:
        period_s = says.asked_period_s(message)
        if self._host is not None or self.faults.refuse or period_s is None:
            return [says.short(says.REFUSE)]
        timeout_s = 10.0 if period_s <= 3.3 else 3 * period_s if period_s <= 43 else 130.0
        self._host = Association(timeout_s, now_s, next(self._ids), self._chance.randrange(1, 60000))
        create = says.create_event(self._host.create_id, self._ticks(now_s))
        return [says.accept(message, LONGEST_MESSAGE), create]

    def _polled(self, host: Association, request: Request, now_s: float) -> list[bytes]:
        if request.action == says.SINGLE_POLL:
            return self._answer(request, now_s)
        if request.action != says.EXTENDED_POLL or self.faults.no_extended:
            return [says.error(request.invoke_id)]
        host.running = [Running(request, now_s + request.run_s)]  # a newer one takes its place
        return []

    def _answer(self, request: Request, now_s: float, sequence: int = 0) -> list[bytes]:
        """Return the numerics at `now_s`; other classes have nothing here."""
        moment = Moment(self._ticks(now_s), None if self.faults.no_clock else self._clock())
        objects = self.numerics(now_s) if request.object_class == 6 else []
        longest = LINKED_MESSAGE if self.faults.linked else LONGEST_MESSAGE
        return says.results(request, sequence, moment, objects, longest)

    def _ticks(self, now_s: float) -> int:
        return self._started + round(now_s * says.TICKS_PER_S)

    def _clock(self) -> datetime:
        return self._local_time() + self._clock_off

    def _spoilt(self, value: Value) -> Value:
        faults = self.faults
        found = None if faults.nan else value.value
        return Value(value.physio, value.unit, found, value.decimals, value.state | faults.states)

    def _heart(self, now_s: float) -> "Iterator[_Object]":
        rate = None if self.faults.leads_off else self._subject.heart_rate(now_s)
        yield _single("HR", 0x4182, says.BPM, rate)
        oximetry = self._subject.oximetry(now_s)
        off = self.faults.sensor_off
        yield _single("SpO2", 0x4BB8, says.PERCENT, None if off else oximetry.spo2_pct, 1)
        pulse = None if off else oximetry.pulse_bpm
        yield _single("Pulse", 0x4822, says.BPM, pulse, state=INHIBITED if pulse is None else 0)
        yield _single("Perf", 0x4BB0, says.PERCENT, None if off else oximetry.perfusion_pct, 1)

    def _lungs(self, now_s: float) -> "Iterator[_Object]":
        yield _single("RR", 0x500A, says.RPM, self._subject.resp_rate(now_s))
        yield _single("etCO2", 0x50B0, *self._pressure(38.0))
        yield _single("Temp", 0x4B48, says.CELSIUS, self._subject.temperature_c(now_s), 1)

    def _pressures(self, now_s: float) -> "Iterator[_Object]":
        if self.faults.artery and (pressure := self._subject.pressure(now_s)):
            yield "ART", self._three(0x4A11, pressure, 0), 0x4A10, b""
        cuff = self._cuff
        state = 0 if cuff.pressure else UNAVAILABLE
        state |= 0 if cuff.done_s is None else MEASURING
        stamp = says.bcd(cuff.measured) if cuff.measured else b""
        yield "NBP", self._three(0x4A05, cuff.pressure, state), 0x4A04, stamp
        if cuff.pressure is not None and cuff.pressure.pulse_bpm is not None:
            yield "Pulse", [Value(0xF0E5, says.BPM, cuff.pressure.pulse_bpm)], 0, stamp

    def _three(self, first: int, pressure: Pressure | None, state: int) -> list[Value]:
        three = (None,) * 3 if pressure is None else (pressure.sys, pressure.dia, pressure.map)
        return [Value(first + n, *self._pressure(each), state) for n, each in enumerate(three)]

    def _pressure(self, mmhg: float | None) -> tuple[int, float | None, int]:
        """Return unit, value and decimals of a pressure as the monitor is set."""
        if not self.faults.kpa:
            return says.MMHG, mmhg, 0
        return says.KPA, None if mmhg is None else mmhg / MMHG_PER_KPA, 1


_Object = tuple[str, list[Value], int, bytes]
"""Label text, values, group (0: a single value), time stamp."""


def _single(
    text: str, physio: int, unit: int, value: float | None, decimals: int = 0, state: int = 0
) -> _Object:
    """Return an object with one value; without one it is invalid, as a sensor that is off."""
    if value is None:
        state |= INVALID
    return text, [Value(physio, unit, value, decimals, state)], 0, b""


def serial(setting: Setting) -> Machine:
    """Return a monitor on a serial port: messages in checked frames."""
    return Intellivue(setting, frame, FrameReader().feed)


def datagrams(setting: Setting) -> Machine:
    """Return a monitor on a network: one message a datagram."""
    return Intellivue(setting, bytes, lambda data: [data])


SIM = DatagramSim(serial, datagrams)
