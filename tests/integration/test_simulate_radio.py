import asyncio
import tempfile
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from simulation import WITHIN_S, running

from drivers.backoff import Backoff
from drivers.supervisor import DeviceConfig, supervise
from monitor.core.clock import SystemClock
from monitor.core.types import DeviceLink, LinkState, Nibp, Numeric
from simulators import scenario

pytestmark = pytest.mark.integration


@pytest.fixture
def run_dir():
    """Yield a directory with a short path: sockets go in it."""
    with tempfile.TemporaryDirectory(prefix="vigil-") as path:
        yield Path(path) / "run"


class Station:
    """The real drivers on what a simulation offers, and all that they have said."""

    def __init__(self):
        self.readings = []
        self._said = asyncio.Event()
        self._tasks = []

    def take(self, run_dir, monkeypatch):
        offer = tomllib.loads((run_dir / "simulated.toml").read_text())
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", offer["bluetooth"]["bus"])
        for entry in (device for bed in offer["bed"] for device in bed["device"]):
            config = DeviceConfig(
                entry["id"],
                entry["model"],
                port=entry.get("port"),
                address=entry.get("address"),
                simulated=entry["simulated"],
            )
            quick = Backoff(first_s=0.05, cap_s=0.1)
            self._tasks.append(
                asyncio.create_task(supervise(config, self._sink, SystemClock(), backoff=quick))
            )

    def _sink(self, reading):
        self.readings.append(reading)
        self._said.set()

    async def until(self, wanted):
        """Return the first reading from now on that is wanted."""
        seen = len(self.readings)
        async with asyncio.timeout(WITHIN_S):
            while True:
                for reading in self.readings[seen:]:
                    if wanted(reading):
                        return reading
                seen = len(self.readings)
                self._said.clear()
                await self._said.wait()

    async def close(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def station():
    station = Station()
    yield station
    await station.close()


def value_of(channel, there=True):
    return lambda reading: (
        isinstance(reading, Numeric) and reading.channel == channel and (reading.value is not None) is there
    )


def is_nibp(reading):
    return isinstance(reading, Nibp)


def link(device_id, state):
    return lambda reading: (
        isinstance(reading, DeviceLink) and (reading.device_id, reading.state) == (device_id, state)
    )


async def test_the_demo_devices_are_heard_over_serial_and_radio(run_dir, station, monkeypatch):
    async with running(run_dir, scenario.load("demo")):
        station.take(run_dir, monkeypatch)
        waiting = [asyncio.ensure_future(station.until(value_of(c))) for c in ("spo2", "heart_rate")]
        waiting.append(asyncio.ensure_future(station.until(is_nibp)))
        spo2, heart_rate, nibp = await asyncio.gather(*waiting)
        assert (spo2.device_id, heart_rate.device_id, nibp.device_id) == ("oximeter", "strap", "cuff")
        assert 90 <= spo2.value <= 100 and 55 < heart_rate.value < 100
        assert 110 < nibp.sys < 140 and not nibp.stored and nibp.simulated
        assert abs(nibp.device_time - datetime.now()) < timedelta(minutes=1)


async def test_radio_faults_on_demand_are_seen_by_the_drivers(run_dir, station, monkeypatch):
    async with running(run_dir, scenario.load("quiet")) as simulation:
        station.take(run_dir, monkeypatch)
        await station.until(value_of("heart_rate"))
        lost = asyncio.ensure_future(station.until(link("strap", LinkState.LOST)))
        assert await simulation.ask("strap drop") == ["strap: drop"]
        await lost
        await station.until(value_of("heart_rate"))
        await simulation.ask("strap no_contact on")
        await station.until(value_of("heart_rate", there=False))
        measured = asyncio.ensure_future(station.until(is_nibp))
        assert await simulation.ask("cuff measure 182/104") == ["cuff: measured 182/104"]
        assert ((await measured).sys, (await measured).dia) == (182, 104)
        failed = asyncio.ensure_future(station.until(is_nibp))
        await simulation.ask("cuff fail")
        assert (await failed).failed


async def test_a_recording_plays_into_strap_and_cuff_too(run_dir, station, monkeypatch, tmp_path):
    rows = "".join(f"{t},{80 + t},{80 + t},97,{'141,83,102' if t == 1 else ',,'}\n" for t in range(60))
    (tmp_path / "numerics.csv").write_text(f"t_s,HR,PULSE,SpO2,NBPSys,NBPDias,NBPMean\n{rows}")
    async with running(run_dir, "demo", replay=tmp_path, radio=True):
        station.take(run_dir, monkeypatch)
        waiting = [asyncio.ensure_future(station.until(want)) for want in (value_of("heart_rate"), is_nibp)]
        heart_rate, nibp = await asyncio.gather(*waiting)
        assert 80 <= heart_rate.value < 140
        assert (nibp.sys, nibp.dia, nibp.map, nibp.pulse_rate) == (141, 83, 102, 81)
