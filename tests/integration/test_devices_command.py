"""Finding devices against running simulators: ports listened to, the air scanned, one device tried."""

import json
import tempfile
from pathlib import Path

import pytest
from simulation import running

from drivers.find.trial import try_out
from drivers.model import DeviceConfig
from monitor.app import device_list
from monitor.core.clock import SystemClock
from monitor.core.types import LinkState
from simulators import scenario

pytestmark = pytest.mark.integration


@pytest.fixture
def run_dir():
    """Yield a directory with a short path: sockets go in it."""
    with tempfile.TemporaryDirectory(prefix="vigil-") as path:
        yield Path(path) / "run"


@pytest.fixture
def on_air(monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")  # set, so that it is put back


async def test_simulators_are_found_and_named(run_dir, on_air):
    async with running(run_dir, scenario.load("quiet")):
        found = await device_list.find(run_dir, 2.0, ask=False, bluetooth=True)
        told = json.loads(device_list.as_json(found))
    ports = {port["path"].rpartition("/")[2]: port["models"] for port in told["ports"] if port["simulated"]}
    assert ports["oximeter"][0].startswith("nonin-df")
    assert "ble-heart-rate" in {one["models"][0] for one in told["bluetooth"]}


async def test_a_trial_tells_what_a_device_gives_and_lets_go_of_it(run_dir):
    async with running(run_dir, scenario.load("one-oximeter")) as simulation:
        config = DeviceConfig("ox", "nonin-df7", port=str(run_dir / "ports" / "oximeter"))
        trial = await try_out(config, SystemClock(), 20, until_connected=True)
        assert trial.passed
        again = await try_out(config, SystemClock(), 20, until_connected=True)
        assert {"spo2", "pulse_rate"} & set(again.readings)
        await simulation.ask("oximeter unplug")
        gone = await try_out(config, SystemClock(), 0.5)
        assert not gone.passed
        assert gone.state is LinkState.LOST
        assert "is the cable plugged in" in gone.detail
