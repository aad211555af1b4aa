"""Every serial model over a pseudo-terminal: values, silence, a pulled plug, and a wrong model."""

import asyncio
import datetime
from pathlib import Path

import pytest
from farm import Farm, Steady, running, start_cuff, supervised
from known import KNOWN, Known
from lookalikes import LOOKALIKES

from drivers.model import Transport
from monitor.core.types import LinkState
from simulators import models
from simulators.machine import Setting
from simulators.serial_device import SerialDevice

pytestmark = [pytest.mark.integration, pytest.mark.timeout(150)]

SERIAL = [name for name, known in KNOWN.items() if known.model.transport is Transport.SERIAL]
SPEAKERS = ("nonin-df2", "masimo-ascii1")
"""Models that talk unasked: what is at the end of the line when another model is expected."""


def plugged(farm: Farm, model: str, link: Path) -> SerialDevice:
    subject = Steady()
    setting = Setting(subject, 1, datetime.datetime.now, first_s=2.0, every_s=15.0)
    device = SerialDevice(
        model, models.load(model).make(setting), subject, link, farm.wire, 1, lambda text: None
    )
    device.port.plug()
    return device


async def own_story(farm: Farm, known: Known, folder: Path) -> None:
    model, outcome = known.model, farm.outcome(known.model.name)
    device = plugged(farm, model.name, folder / model.name)
    async with running(device.run), supervised(model.name, farm.clock, port=str(device.port.link)) as desk:
        with outcome.step("values"):
            await start_cuff(desk, known)
            await desk.right(model.channels)
        with outcome.step("silence"):
            await device.obey(["silence", "on"])
            if not model.episodic:
                await desk.reach(LinkState.SILENT, model.silent_after_s + 5)
            await device.obey(["silence", "off"])
            await desk.reach(LinkState.CONNECTED)
        with outcome.step("unplugged"):
            await device.obey(["unplug"])
            await desk.reach(LinkState.WAITING if model.episodic else LinkState.LOST)
            since = len(desk.readings)
            await device.obey(["replug"])
            await desk.until(lambda: desk.state() is LinkState.CONNECTED, lambda: "not back", 45)
            assert since < len(desk.readings)
    await device.close()


async def wrong_story(farm: Farm, known: Known, folder: Path) -> None:
    name = known.model.name
    if known.model.episodic:  # it is waited for, whatever else is heard
        farm.outcome(name).steps["wrong model"] = ""
        return
    speaker = next(each for each in SPEAKERS if each != name and (each, name) not in LOOKALIKES)
    device = plugged(farm, speaker, folder / f"not-{name}")
    async with running(device.run), supervised(name, farm.clock, port=str(device.port.link)) as desk:
        with farm.outcome(name).step("wrong model"):
            await desk.reach(LinkState.WRONG_MODEL, known.model.doubted_after_s + 8)
    await device.close()


async def play(folder: Path) -> Farm:
    farm = Farm()
    farm.wire.start()
    stories = [story(farm, KNOWN[name], folder) for name in SERIAL for story in (own_story, wrong_story)]
    await asyncio.gather(*stories)
    return farm


@pytest.fixture(scope="module")
def farm(tmp_path_factory) -> Farm:
    return asyncio.run(play(tmp_path_factory.mktemp("lines")))


@pytest.mark.parametrize("name", SERIAL)
@pytest.mark.parametrize("step", ["values", "silence", "unplugged", "wrong model"])
def test_a_serial_model_over_its_line(farm, name, step):
    assert farm.outcomes[name].steps.get(step, "not reached") == ""
