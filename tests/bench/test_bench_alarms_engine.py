"""What it costs to judge a bed live, beside a bare limit rule in pure Python, measured in the same run.

The bed has eight numerics a second of four devices and a cuff, every condition of adult-standard armed
and each second its tick, as the service steps it. Processor time, medians of interleaved rounds.
"""

import itertools
import statistics
import time

import pytest

from alarms import preset as presets
from alarms.engine import Engine
from alarms.types import DeviceDecl
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import Nanos, seconds
from monitor.core.types import Nibp, Numeric

pytestmark = pytest.mark.timeout(300)

CHANNELS = (
    ("oximeter", "spo2", 97.0),
    ("oximeter", "pulse_rate", 72.0),
    ("ring", "spo2", 97.0),
    ("ring", "pulse_rate", 71.0),
    ("strap", "heart_rate", 72.0),
    ("monitor", "spo2", 96.0),
    ("monitor", "pulse_rate", 72.0),
    ("monitor", "heart_rate", 72.0),
)
ROUNDS, SPAN_S = 7, 300
GOAL = 5000
MOST, MOST_ALARMING = 2_500, 12_000
"""A bed's second in steps of a bare rule; generous: the figures are for people, these find a blunder."""


class Rule:
    """A limit with an on-delay and nothing else: no unknown, no hysteresis, no acknowledgement."""

    __slots__ = ("active", "delay", "limit", "since")

    def __init__(self, limit: float, delay: int) -> None:
        self.limit, self.delay, self.since, self.active = limit, delay, -1, False

    def step(self, value: float, now: int) -> bool:
        if value >= self.limit:
            self.since, self.active = -1, False
        elif self.since < 0:
            self.since = now
        elif now - self.since >= self.delay:
            self.active = True
        return self.active


class OneBed:
    """A bed that goes on from where the last round left it; `low` is what is outside."""

    def __init__(self, *, low: bool = False) -> None:
        ids = (f"id{n}" for n in itertools.count())
        channels: dict[str, tuple[str, ...]] = {}
        for device, channel, _ in CHANNELS:
            channels[device] = (*channels.get(device, ()), channel)
        declared = [DeviceDecl(device, names) for device, names in channels.items()]
        declared.append(DeviceDecl("cuff", ("nibp_sys", "nibp_dia", "nibp_map"), episodic=True))
        self.engine = Engine(presets.load("adult-standard"), declared, Nanos(0), ids=lambda: next(ids))
        self._low, self._t = low, 0

    def readings(self, span_s: int) -> list[list[Numeric | Nibp]]:
        """Return what comes in each of the next seconds, made before it is timed."""
        told: list[list[Numeric | Nibp]] = []
        for second in range(self._t + 1, self._t + 1 + span_s):
            t = seconds(second)
            fall = 10.0 if self._low else second % 2
            one: list[Numeric | Nibp] = [
                Numeric(device, channel, t, value - fall * (channel == "spo2"), CATALOGUE[channel].unit)
                for device, channel, value in CHANNELS
            ]
            if second % 300 == 1:
                one.append(Nibp("cuff", t, 120.0, 80.0, 93.0, 70.0))
            told.append(one)
        self._t += span_s
        return told


def judged(bed: OneBed) -> float:
    """Return the nanoseconds of processor time that one second of the bed takes."""
    told, accept, tick = bed.readings(SPAN_S), bed.engine.accept, bed.engine.tick
    begin = time.process_time_ns()
    for one in told:
        for reading in one:
            accept(reading, reading.t)
        tick(reading.t)
    return (time.process_time_ns() - begin) / SPAN_S


def ticked(bed: OneBed) -> float:
    """Return the nanoseconds of one tick alone, right after its values."""
    spent = 0
    for one in bed.readings(SPAN_S):
        for reading in one:
            bed.engine.accept(reading, reading.t)
        begin = time.process_time_ns()
        bed.engine.tick(reading.t)
        spent += time.process_time_ns() - begin
    return spent / SPAN_S


def ruled() -> float:
    """Return the nanoseconds of one step of a bare rule."""
    step, values = Rule(90.0, 10).step, [96.0 + n % 2 for n in range(1000)]
    begin = time.process_time_ns()
    for _ in range(20):
        for now, value in enumerate(values):
            step(value, now)
    return (time.process_time_ns() - begin) / 20_000


def test_a_bed_is_judged_every_second(benchmark):
    calm, low = OneBed(), OneBed(low=True)
    judged(calm), judged(low)
    rounds = [(judged(calm), ticked(calm), judged(low), ruled()) for _ in range(ROUNDS)]
    whole, tick, alarming, rule = (statistics.median(side) for side in zip(*rounds, strict=True))
    benchmark.pedantic(lambda: judged(calm), rounds=1)
    figures = {
        "a bed's second, 8 numerics and the tick (us)": round(whole / 1e3, 1),
        "of it a reading (us)": round((whole - tick) / 8e3, 2),
        "of it the tick (us)": round(tick / 1e3, 1),
        "the same with every saturation alarming (us)": round(alarming / 1e3, 1),
        "a bare rule's step (ns)": round(rule),
        "a bed's second in bare rules": round(whole / rule),
        "beds that one core judges, calm": round(1e9 / whole),
        "beds that one core judges, all alarming": round(1e9 / alarming),
        "goal": GOAL,
    }
    benchmark.extra_info.update(figures)
    print("\n" + "\n".join(f"{name}: {value}" for name, value in figures.items()))
    assert whole / rule < MOST
    assert alarming / rule < MOST_ALARMING
