import asyncio
import random

import pytest

from monitor.core.clock import Nanos, seconds
from simulators.faults import CommandError, LineFaults, number, on_off
from simulators.wire import BURST, LATE_S, Wire


class VirtualTime:
    """A clock that only sleeping moves, with a little of its own for every look."""

    def __init__(self, look_ns=0):
        self.t = 1_000_000_000
        self._look_ns = look_ns
        self.yields = 0

    def now(self):
        self.t += self._look_ns
        return Nanos(self.t)

    async def sleep(self, span):
        self.t += seconds(span)
        self.yields += 1
        await asyncio.sleep(0)


async def _take(wire, rate, count, each=lambda number: None):
    taken = []
    async for tick in wire.ticks(rate):
        taken.append((tick, wire.now_s()))
        each(tick)
        if len(taken) == count:
            return taken
    raise AssertionError("ticks never end")


async def test_frames_go_out_at_wire_time_without_drift():
    time = VirtualTime(look_ns=1_000_000)  # a slow machine: every look at the clock costs a millisecond
    wire = Wire(time, time.sleep)
    wire.start()
    taken = await _take(wire, 75, 7500)
    assert [tick for tick, _ in taken] == list(range(7500))
    assert all(0 <= at - tick / 75 < 0.02 for tick, at in taken)


async def test_what_is_late_follows_in_small_bursts():
    time = VirtualTime()
    wire = Wire(time, time.sleep)
    wire.start()
    time.t += seconds(1)
    taken = await _take(wire, 75, 75)
    assert [tick for tick, _ in taken] == list(range(75))
    assert time.yields == 74 // BURST


async def test_what_is_overdue_since_the_machine_slept_is_lost_and_counted():
    time = VirtualTime()
    wire = Wire(time, time.sleep)
    wire.start()

    def sleep_once(tick):
        if tick == 10:
            time.t += seconds(LATE_S + 50)

    taken = await _take(wire, 75, 20, sleep_once)
    assert [tick for tick, _ in taken[:11]] == list(range(11))
    assert taken[11][0] / 75 == pytest.approx(taken[11][1], abs=0.05)
    assert wire.late == taken[11][0] - 11


async def test_nothing_goes_out_before_the_start():
    time = VirtualTime()
    wire = Wire(time, time.sleep)
    waiting = asyncio.ensure_future(_take(wire, 1, 1))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done() and wire.now_s() == 0.0
    wire.start()
    assert await waiting == [(0, 0.0)]


FRAMES = [bytes([1, 0x80, n % 256, 7, (0x88 + n) % 256]) for n in range(4000)]


def _arrived(faults):
    chance = random.Random(7)
    return [faults.spoil(each, chance) for each in FRAMES]


def test_a_good_line_changes_nothing():
    assert _arrived(LineFaults()) == FRAMES


@pytest.mark.parametrize(
    ("faults", "spoiled"),
    [
        pytest.param(LineFaults(checksum=0.05), 0.05, id="checksum errors"),
        pytest.param(LineFaults(drop_bytes=0.01), 0.049, id="lost bytes"),
        pytest.param(LineFaults(insert_bytes=0.01), 0.049, id="stray bytes"),
    ],
)
def test_a_bad_line_spoils_at_its_rate(faults, spoiled):
    arrived = _arrived(faults)
    share = sum(got != sent for got, sent in zip(arrived, FRAMES, strict=True)) / len(FRAMES)
    assert share == pytest.approx(spoiled, rel=0.25)


def test_checksum_errors_touch_the_checksum_only():
    arrived = _arrived(LineFaults(checksum=0.5))
    assert all(got[:4] == sent[:4] and len(got) == 5 for got, sent in zip(arrived, FRAMES, strict=True))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["on"], True, id="on"),
        pytest.param([], True, id="bare"),
        pytest.param(["off"], False, id="off"),
    ],
)
def test_switches_are_said_on_or_off(words, expected):
    assert on_off(words) is expected


def test_words_that_make_no_sense_are_refused():
    with pytest.raises(CommandError, match="say on or off"):
        on_off(["maybe"])
    with pytest.raises(CommandError, match="between 0 and 0.5"):
        number(["0.9"], 0, 0.5)
    with pytest.raises(CommandError, match="one number"):
        number(["many"], 0, 1)
    with pytest.raises(CommandError, match="between"):
        number(["nan"], 0, 1)
