import asyncio
import contextlib
import os
import tempfile
import tomllib
from pathlib import Path

import pytest
from simulation import WITHIN_S, running

from drivers.wire.events import GarbageEvent, NumericEvent, StatusEvent, WaveformEvent
from drivers.wire.nonin import Df7Decoder
from simulators import scenario
from simulators.rendezvous import RunDirError
from simulators.run import simulate

pytestmark = pytest.mark.integration


@pytest.fixture
def run_dir():
    """Yield a directory with a short path: sockets go in it."""
    with tempfile.TemporaryDirectory(prefix="vigil-") as path:
        yield Path(path) / "run"


@contextlib.asynccontextmanager
async def listening(path, decoder):
    """Yield a queue of the decoder's events from the port at `path`."""
    events, loop = asyncio.Queue(), asyncio.get_running_loop()
    port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def read():
        try:
            data = os.read(port, 4096)
        except OSError:
            data = b""
        if not data:
            loop.remove_reader(port)
            events.put_nowait(None)
            return
        for event in decoder.feed(data):
            events.put_nowait(event)

    loop.add_reader(port, read)
    try:
        yield events
    finally:
        loop.remove_reader(port)
        os.close(port)


async def until(events, wanted):
    """Return the events up to the first that is wanted."""
    seen = []
    async with asyncio.timeout(WITHIN_S):
        while True:
            seen.append(await events.get())
            if seen[-1] is not None and wanted(seen[-1]):
                return seen


def numeric(channel, wanted):
    return lambda event: isinstance(event, NumericEvent) and event.channel == channel and wanted(event.value)


def status(code, active):
    return lambda event: isinstance(event, StatusEvent) and event.code == code and event.active is active


async def test_the_oximeter_is_offered_and_heard(run_dir):
    async with running(run_dir, "one-oximeter") as simulation:
        offer = tomllib.loads((run_dir / "simulated.toml").read_text())
        (bed,) = offer["bed"]
        (device,) = bed["device"]
        assert (bed["id"], bed["title"], device["model"]) == ("bed1", "Room 1", "nonin-df7")
        assert (device["simulated"], device["replay"], "bluetooth" in offer) == (True, False, False)
        assert Path(device["port"]) == run_dir / "ports" / "oximeter"
        assert run_dir.stat().st_mode & 0o777 == 0o700
        async with listening(device["port"], Df7Decoder()) as events:
            seen = await until(events, numeric("spo2", lambda value: value is not None))
            seen += await until(events, numeric("pulse_rate", lambda value: value is not None))
        assert 90 <= next(e.value for e in seen if numeric("spo2", bool)(e)) <= 100
        assert any(isinstance(event, WaveformEvent) for event in seen)
        assert simulation.told[0].startswith("ready in ")


async def test_faults_on_demand_are_seen_on_the_wire_and_gone_again(run_dir):
    async with (
        running(run_dir, "one-oximeter") as simulation,
        listening(run_dir / "ports" / "oximeter", Df7Decoder()) as events,
    ):
        await until(events, numeric("spo2", lambda value: value is not None))
        assert await simulation.ask("oximeter sensor_off on") == ["oximeter: sensor_off on"]
        await until(events, status("sensor_off", True))
        await until(events, numeric("spo2", lambda value: value is None))
        await simulation.ask("oximeter sensor_off off", "oximeter battery_low on")
        await until(events, status("battery_low", True))
        await simulation.ask("spo2 84")
        await until(events, numeric("spo2", lambda value: value == 84))
        await simulation.ask("spo2 auto", "oximeter checksum 0.3")
        await until(events, lambda event: isinstance(event, GarbageEvent))
        await simulation.ask("oximeter checksum 0")
        await until(events, numeric("spo2", lambda value: value and value > 90))


async def test_what_a_person_makes_happen_is_on_the_wire_and_passes(run_dir):
    async with (
        running(run_dir, "one-oximeter") as simulation,
        listening(run_dir / "ports" / "oximeter", Df7Decoder()) as events,
    ):
        await until(events, numeric("spo2", lambda value: value and value > 90))
        answers = await simulation.ask("movement 2", "bed1 anxiety 1", "vasovagal soon", "help")
        assert answers[:2] == ["bed1: movement 2", "bed1: anxiety 1"]
        assert answers[2].startswith("error: ") and "vasovagal" in answers[3]
        await until(events, status("artifact", True))
        await until(events, status("artifact", False))


async def test_an_unplugged_port_is_gone_and_comes_back(run_dir):
    port = run_dir / "ports" / "oximeter"
    async with running(run_dir, "one-oximeter") as simulation:
        async with listening(port, Df7Decoder()) as events:
            await until(events, numeric("spo2", lambda value: value is not None))
            assert await simulation.ask("oximeter unplug") == ["oximeter: unplug"]
            assert not port.is_symlink()
            async with asyncio.timeout(WITHIN_S):
                while await events.get() is not None:
                    pass
        await simulation.ask("oximeter replug")
        async with listening(port, Df7Decoder()) as events:
            await until(events, numeric("spo2", lambda value: value is not None))


async def test_commands_that_make_no_sense_are_answered_in_one_line(run_dir):
    async with running(run_dir, "one-oximeter") as simulation:
        answers = await simulation.ask(
            "help", "oxymeter unplug", "oximeter dance", "spo2 300", "oximeter checksum 2", 'x "', ""
        )
        assert "oximeter unplug|replug" in answers[0] and "quit" in answers[0]
        assert all(answer.startswith("error: ") for answer in answers[1:6])
        assert answers[6] == ""


async def test_quit_ends_the_simulation(run_dir):
    async with running(run_dir, "one-oximeter") as simulation:
        assert await simulation.ask("quit") == ["bye"]
        async with asyncio.timeout(WITHIN_S):
            await simulation.task


async def test_a_second_simulation_in_the_same_place_is_refused(run_dir):
    async with running(run_dir, "one-oximeter"):
        with pytest.raises(RunDirError, match=f"process {os.getpid()}"):
            await simulate("one-oximeter", run_dir, announce=lambda text: None)
        assert (run_dir / "simulated.toml").exists()


async def test_a_scenario_gives_its_commands_and_can_end_with_its_story(run_dir):
    told = scenario.parse(
        b"""
        title = "short"
        minutes = 0.02
        [[bed]]
        id = "bed1"
        title = "Room 1"
        [[bed.device]]
        id = "oximeter"
        model = "nonin-df2"
        [[event]]
        at_s = 0.5
        command = "oximeter sensor_off on"
        """,
        "short.toml",
    )
    async with running(run_dir, told, end_with_story=True) as simulation:
        async with asyncio.timeout(WITHIN_S):
            await simulation.task
        assert simulation.told[1:] == ["oximeter: sensor_off on", "the scenario of 0.02 min has ended"]


async def test_a_recording_starts_when_its_port_is_opened_and_says_when_it_ends(run_dir, tmp_path):
    (tmp_path / "numerics.csv").write_text("t_s,PULSE,SpO2\n0,70,91\n1,71,92\n2,72,93\n")
    async with running(run_dir, "demo", replay=tmp_path) as simulation:
        (device,) = tomllib.loads((run_dir / "simulated.toml").read_text())["bed"][0]["device"]
        assert (device["model"], device["simulated"], device["replay"]) == ("nonin-df7", True, True)
        assert "recording started" not in simulation.told
        async with listening(device["port"], Df7Decoder()) as events:
            seen = await until(events, numeric("spo2", lambda value: value == 93))
            await simulation.hears("oximeter: recording ended")
            while not events.empty():
                seen.append(events.get_nowait())
        spo2 = [event.value for event in seen if numeric("spo2", lambda value: True)(event)]
        assert spo2 == [91] * 3 + [92] * 3 + [93] * 3
        assert (await simulation.ask("spo2 84"))[0].startswith("error: a recording is played")
