"""Every Bluetooth model on the virtual radio: values, silence, a broken link, and a wrong model."""

import asyncio
import datetime
from functools import partial
from pathlib import Path

import pytest
from farm import Farm, Steady, running, start_cuff, supervised
from known import KNOWN, Known

from drivers.model import Transport
from monitor.core.types import LinkState
from simulators import models
from simulators.machine import Setting
from simulators.radio import PrivateBus, SimRadio
from simulators.radio_device import RadioDevice

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

RADIO = [name for name, known in KNOWN.items() if known.model.transport is Transport.BLE]
STRANGERS = ("ble-heart-rate", "viatom-oxy")
"""What answers at the address when another model is expected."""


async def on_air(farm: Farm, radio: SimRadio, model: str, address: str) -> RadioDevice:
    subject = Steady()
    setting = Setting(subject, 1, datetime.datetime.now, address=address, first_s=2.0, every_s=15.0)
    peripheral = models.load(model).make(setting)
    await radio.add(peripheral)
    refuse = partial(setattr, radio.faults, "refuse_pairing")
    return RadioDevice(model, peripheral, subject, farm.wire, lambda text: None, refuse)


async def own_story(farm: Farm, radio: SimRadio, known: Known, address: str) -> None:
    model, outcome = known.model, farm.outcome(known.model.name)
    device = await on_air(farm, radio, model.name, address)
    async with running(device.run), supervised(model.name, farm.clock, address=address) as desk:
        with outcome.step("values"):
            await start_cuff(desk, known)
            await desk.right(model.channels)
        with outcome.step("silence"):
            await device.obey(["silence", "on"])
            if not model.episodic:
                await desk.reach(LinkState.SILENT, model.silent_after_s + 8)
            await device.obey(["silence", "off"])
            if not model.episodic:
                await desk.reach(LinkState.CONNECTED)
        with outcome.step("broken link"):
            await device.obey(["advertise", "off"])
            await device.obey(["drop"])
            await desk.reach(LinkState.WAITING if model.episodic else LinkState.LOST)
            since = len(desk.readings)
            await device.obey(["advertise", "on"])
            await desk.until(lambda: desk.state() is LinkState.CONNECTED, lambda: "not back", 60)
            await desk.until(lambda: len(desk.readings) > since, lambda: "nothing said", 5)


async def wrong_story(farm: Farm, radio: SimRadio, known: Known, address: str) -> None:
    name = known.model.name
    mine = known.model.sources[0].uuid
    stranger = next(each for each in STRANGERS if KNOWN[each].model.sources[0].uuid != mine)
    device = await on_air(farm, radio, stranger, address)
    async with running(device.run), supervised(name, farm.clock, address=address) as desk:
        with farm.outcome(name).step("wrong model"):
            await desk.reach(LinkState.WRONG_MODEL)


async def play(folder: Path) -> Farm:
    farm = Farm()
    bus = await PrivateBus.start(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        radio = SimRadio(bus.address)
        await radio.start()
        farm.wire.start()
        stories = []
        for number, name in enumerate(RADIO):
            stories.append(own_story(farm, radio, KNOWN[name], f"C0:00:00:00:01:{number:02X}"))
            stories.append(wrong_story(farm, radio, KNOWN[name], f"C0:00:00:00:02:{number:02X}"))
        await asyncio.gather(*stories)
        await radio.stop()
    await bus.stop()
    return farm


@pytest.fixture(scope="module")
def farm(tmp_path_factory) -> Farm:
    return asyncio.run(play(tmp_path_factory.mktemp("air")))


@pytest.mark.parametrize("name", RADIO)
@pytest.mark.parametrize("step", ["values", "silence", "broken link", "wrong model"])
def test_a_bluetooth_model_over_the_radio(farm, name, step):
    assert farm.outcomes[name].steps.get(step, "not reached") == ""
