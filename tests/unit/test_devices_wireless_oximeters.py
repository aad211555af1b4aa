"""Oximeters that are only listened to: nothing is written, every value reaches the readings."""

import pytest
from framed_play import worn

from drivers import registry
from drivers.model import DeviceConfig, Step
from drivers.orders import Order, OrderKind, OrderRefused
from monitor.core.clock import seconds
from monitor.core.types import Numeric


class StillClock:
    def now(self):
        return seconds(0)


@pytest.fixture(params=["jumper-jpd500f", "nonin-3230"])
def name(request):
    return request.param


def listen(name):
    model = registry.load(name)
    return model, model.make_device(DeviceConfig("dev", name, simulated=True), StillClock())


def test_nothing_is_ever_written(name):
    model, device = listen(name)
    assert device.opened(seconds(0)) == () and device.parting(seconds(9)) == ()
    assert device.step(seconds(5)) == Step() and model.speak_every_s is None
    with pytest.raises(OrderRefused):
        device.order(Order(OrderKind.START), seconds(0))


def test_numbers_of_a_calm_patient_arrive(name):
    model, device = listen(name)
    decoder = model.sources[0].make_decoder()
    peripheral = worn(name)
    for second in range(10, 40):
        frames = peripheral.values(second) if name.startswith("jumper") else [peripheral.value(second)]
        found = [r for frame in frames for r in device.readings(decoder.feed(frame), seconds(second))]
        numbers = {r.channel: r.value for r in found if isinstance(r, Numeric)}
        assert set(numbers) == set(model.channels) and None not in numbers.values()
        assert all(r.simulated and r.t == seconds(second) for r in found)
