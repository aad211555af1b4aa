"""The private bus: one daemon a run directory, and one radio a bus."""

import pytest

from simulators.radio import PrivateBus, RadioError, SimRadio

pytestmark = pytest.mark.integration


async def test_bus_leaves_nothing_behind(tmp_path):
    bus = await PrivateBus.start(tmp_path / "run")
    assert bus.address == f"unix:path={tmp_path}/run/bus"
    await bus.stop()
    assert list((tmp_path / "run").iterdir()) == []


async def test_socket_of_a_dead_daemon_is_no_obstacle(tmp_path):
    bus = await PrivateBus.start(tmp_path)
    bus._daemon.kill()
    await bus._daemon.wait()
    again = await PrivateBus.start(tmp_path)
    await again.stop()
    await bus.stop()


async def test_second_bus_in_a_run_directory_is_refused(tmp_path):
    bus = await PrivateBus.start(tmp_path)
    try:
        with pytest.raises(RadioError, match="another bus"):
            await PrivateBus.start(tmp_path)
    finally:
        await bus.stop()


async def test_run_directory_with_a_long_path_is_refused(tmp_path):
    with pytest.raises(RadioError, match="shorter"):
        await PrivateBus.start(tmp_path / ("x" * 120))


async def test_daemon_that_is_not_installed_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RadioError, match="apt-get install dbus-daemon"):
        await PrivateBus.start(tmp_path)


async def test_second_radio_on_a_bus_is_refused(tmp_path):
    bus = await PrivateBus.start(tmp_path)
    try:
        first, second = SimRadio(bus.address), SimRadio(bus.address)
        await first.start()
        with pytest.raises(RadioError, match=r"org\.bluez is already there"):
            await second.start()
        await second.stop()
        await first.stop()
    finally:
        await bus.stop()


async def test_radio_outlives_the_death_of_its_bus(tmp_path):
    bus = await PrivateBus.start(tmp_path)
    radio = SimRadio(bus.address)
    await radio.start()
    await bus.stop()
    await radio.stop()
