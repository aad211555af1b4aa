"""From the wire to the driver's reading: a pseudo-terminal, and the virtual radio on a private bus.

Device and driver share one process: on the serial line a thread writes, on the radio they share a loop.
A round is SAMPLES messages, one at a time; the figure is the median of the rounds' p99.
"""

import asyncio
import os
import pty
import statistics
import threading
import time
import tty
from collections.abc import Callable

import numpy as np
import pytest

from drivers.supervisor import DeviceConfig, supervise
from monitor.core.clock import SystemClock
from monitor.core.types import Numeric, Reading, Waveform
from simulators.nonin import Layout, Numbers, Status, float_bytes, frame
from simulators.radio import PrivateBus, SimRadio
from simulators.radio.peripherals.heart_rate import HeartRatePeripheral

pytestmark = pytest.mark.timeout(300)

ROUNDS = 5
SAMPLES = 300
PAUSE_S = 1 / 60
ADDRESS = "C0:00:00:00:00:01"
LONGEST_SERIAL_MS = 10.0
LONGEST_RADIO_MS = 20.0
CLOCK = SystemClock()


class Arrivals:
    """When readings of one kind came."""

    def __init__(self, wanted: Callable[[Reading], bool]) -> None:
        self._wanted = wanted
        self.times: list[int] = []
        self.came = asyncio.Event()

    def sink(self, reading: Reading) -> None:
        if self._wanted(reading):
            self.times.append(CLOCK.now())
            self.came.set()

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.times) < count:
                self.came.clear()
                await self.came.wait()


def write_frames(descriptor: int, written: list[int]) -> None:
    values = float_bytes(Numbers(rate=72, spo2=97))
    for number in range(SAMPLES):
        index = number % len(values)
        data = frame(Layout.DF2, Status.SYNC if index == 0 else Status(0), 100, values[index])
        written.append(CLOCK.now())
        os.write(descriptor, data)
        time.sleep(PAUSE_S)


async def serial_round() -> list[float]:
    """Return the milliseconds from the write of a frame to its sample."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    arrivals = Arrivals(lambda reading: isinstance(reading, Waveform))
    config = DeviceConfig("ox", "nonin-df2", port=os.ttyname(slave), simulated=True)
    opened = asyncio.Event()
    task = asyncio.create_task(
        supervise(config, lambda reading: (opened.set(), arrivals.sink(reading)), CLOCK)
    )
    await opened.wait()
    await asyncio.sleep(0.2)  # the port is open by then
    written: list[int] = []
    writer = threading.Thread(target=write_frames, args=(master, written))
    writer.start()
    await arrivals.reach(SAMPLES)
    await asyncio.to_thread(writer.join)
    await stopped(task)
    os.close(master)
    os.close(slave)
    return [(came - went) / 1e6 for went, came in zip(written, arrivals.times, strict=True)]


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def radio_rounds(folder, rounds: int) -> list[list[float]]:
    """Return, a round, the milliseconds from a notification's start to its heart rate."""
    bus = await PrivateBus.start(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        radio = SimRadio(bus.address)
        await radio.start()
        strap = HeartRatePeripheral(name="Strap", address=ADDRESS, advertising_interval_ms=20)
        await radio.add(strap)
        arrivals = Arrivals(lambda r: isinstance(r, Numeric) and r.channel == "heart_rate")
        config = DeviceConfig("strap", "ble-heart-rate", address=ADDRESS, simulated=True)
        task = asyncio.create_task(supervise(config, arrivals.sink, CLOCK))
        while not arrivals.times:  # until it is subscribed to
            await strap.notify(60)
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        took = [await radio_round(strap, arrivals) for _ in range(rounds)]
        await stopped(task)
        await radio.stop()
    await bus.stop()
    return took


async def radio_round(strap: HeartRatePeripheral, arrivals: Arrivals) -> list[float]:
    took = []
    for _ in range(SAMPLES):
        before, went = len(arrivals.times), CLOCK.now()
        await strap.notify(72)
        await arrivals.reach(before + 1)
        took.append((arrivals.times[before] - went) / 1e6)
        await asyncio.sleep(PAUSE_S)
    return took


def report(benchmark, name: str, rounds: list[list[float]]) -> float:
    p99 = statistics.median(float(np.percentile(took, 99)) for took in rounds)
    middle = statistics.median(statistics.median(took) for took in rounds)
    benchmark.extra_info.update(p99_ms=round(p99, 3), median_ms=round(middle, 3))
    print(f"\n{name}: median of p99 {p99:.2f} ms, median {middle:.2f} ms")
    return p99


def test_a_sample_is_read_from_a_line_in_time(benchmark):
    rounds: list[list[float]] = []
    benchmark.pedantic(lambda: rounds.append(asyncio.run(serial_round())), rounds=ROUNDS, iterations=1)
    assert report(benchmark, "pseudo-terminal to sample", rounds) <= LONGEST_SERIAL_MS


def test_a_number_is_read_from_the_radio_in_time(benchmark, tmp_path):
    rounds: list[list[float]] = []
    benchmark.pedantic(
        lambda: rounds.extend(asyncio.run(radio_rounds(tmp_path, ROUNDS))), rounds=1, iterations=1
    )
    assert report(benchmark, "virtual radio to number", rounds) <= LONGEST_RADIO_MS
