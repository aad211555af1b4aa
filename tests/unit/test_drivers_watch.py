"""What tells against a device that is silent by nature, and what does not."""

import pytest

from drivers import registry
from drivers.watch import Watch
from drivers.wire.events import GarbageEvent, InfoEvent, NibpEvent
from monitor.core.clock import Nanos, seconds
from monitor.core.types import InfoField, LinkState
from monitor.core.units import Unit

NOISE = GarbageEvent((0, 1), "noise")
BATTERY = InfoEvent((0, 1), InfoField.BATTERY_PCT, "80")
READING = NibpEvent((0, 1), 120, 80, 93, 70, Unit.MMHG)


@pytest.mark.parametrize(
    ("heard", "state"),
    [
        pytest.param([], None, id="nothing at all"),
        pytest.param([(t, BATTERY) for t in range(0, 60, 5)], None, id="its battery, again and again"),
        pytest.param([(0, NOISE)], None, id="one stray byte as it was plugged in"),
        pytest.param([(0, NOISE), (600, NOISE)], None, id="a stray byte now and then"),
        pytest.param([(t, NOISE) for t in range(9)], LinkState.WRONG_MODEL, id="noise and nothing else"),
        pytest.param([*((t, NOISE) for t in range(9)), (10, READING)], None, id="a reading after noise"),
    ],
)
def test_a_spot_check_device_is_doubted_only_for_what_it_says(heard, state):
    watch = Watch(registry.load("ble-blood-pressure"), Nanos(0))
    for t, event in heard:
        watch.heard([event], seconds(t))
    verdict = watch.verdict(seconds(3600))
    assert (verdict and verdict[0]) == state


def test_a_wave_that_comes_back_before_the_numbers_is_no_other_model():
    model = registry.load("nonin-df2")
    watch = Watch(model, Nanos(0))
    watch.heard([READING], Nanos(0))
    watch.heard([NOISE], seconds(1))
    watch.heard([NOISE], seconds(60))  # a long silence between
    assert watch.verdict(seconds(60.5)) == (LinkState.SILENT, "connected, nothing readable for 3 s")
