"""A cuff that an alarm asks to measure once more: when it obeys, and when a person must."""

import pytest
from test_devices_cuff_cycle import GOOD, OVERPRESSURE, Bench

from drivers.devices.cuff_cycle import CuffCycle
from drivers.model import DeviceConfig
from drivers.orders import Order, OrderKind, OrderRefused
from drivers.wire.events import NibpEvent
from monitor.core.clock import seconds
from monitor.core.types import CuffPhase, CuffState, StatusCode
from monitor.core.units import Unit

WHY = "to confirm the pressure"


def measured(**options):
    """A cuff that has measured once by a person's order, or by its configured cycle."""
    bench = Bench(**options)
    if not options.get("interval_min"):
        bench.order(OrderKind.START)
    bench.run(0.5)
    bench.measure()
    return bench


def ask(bench, after_s=60.0):
    return bench.cycle.order(Order(OrderKind.AGAIN, after_s=after_s, why=WHY), bench.now)


def test_it_measures_at_the_time_that_was_asked_and_says_why():
    bench = measured()
    began = bench.now_s
    assert ask(bench) == "measures in 60 s: to confirm the pressure"
    bench.run(5)
    waits = [one for one in bench.told if isinstance(one, CuffState)][-1]
    assert (waits.phase, waits.detail) == (CuffPhase.IDLE, WHY), "it is said before the cuff is filled"
    bench.run(65)
    assert bench.starts[1] == pytest.approx(began + 60, abs=0.3)
    assert WHY in [one.detail for one in bench.told if isinstance(one, CuffState)]


def test_the_arm_rests_first():
    bench = measured()
    began = bench.now_s
    ask(bench, after_s=0)
    bench.run(40)
    assert bench.starts[1] >= began + 28


def test_a_cycle_that_comes_sooner_serves_and_goes_on():
    bench = measured(interval_min=2)
    first = bench.starts[0]
    ask(bench, after_s=100)
    bench.run(90)
    assert bench.starts[1] == pytest.approx(first + 120, abs=0.5)
    bench.measure(up_s=20)
    bench.run(95)
    assert bench.starts[2:] == []
    bench.run(10)
    assert bench.starts[2] == pytest.approx(first + 240, abs=0.5)


def test_nobody_has_measured_yet():
    with pytest.raises(OrderRefused, match="measure by hand"):
        ask(Bench())


@pytest.mark.parametrize("how", ["stopped", "overpressure", "the cycle ended", "no cycle ended"])
def test_after_a_stop_or_a_fault_it_is_a_person_that_measures(how):
    bench = measured()
    if how == "stopped":
        bench.order(OrderKind.STOP)
        bench.run(5)
    elif how == "the cycle ended":
        bench.order(OrderKind.CYCLE, 5.0)
        bench.run(5).order(OrderKind.CYCLE, 0.0)
    elif how == "no cycle ended":
        bench.order(OrderKind.CYCLE, 0.0)
    else:
        bench.run(31).order(OrderKind.START)
        bench.run(0.5)
        bench.measure(OVERPRESSURE)
    with pytest.raises(OrderRefused, match="measure by hand"):
        ask(bench)
    bench.run(60).order(OrderKind.START)
    bench.run(0.5)
    bench.measure(GOOD)
    assert ask(bench)


def test_a_stop_pressed_on_the_module_ends_the_cycle_and_no_alarm_fills_the_cuff():
    bench = measured(interval_min=5)
    bench.run(31).order(OrderKind.START)
    bench.run(0.5)
    pressed = (StatusCode.MEASUREMENT_FAILED, StatusCode.MEASUREMENT_STOPPED)
    stopped = NibpEvent((0, 1), None, None, None, None, Unit.MMHG, pressed, error="stopped by the user (86)")
    bench.measure(stopped)
    with pytest.raises(OrderRefused, match="measure by hand"):
        ask(bench)
    bench.run(400)
    assert len(bench.starts) == 2


def test_a_stop_takes_the_wish_away():
    bench = measured()
    ask(bench)
    bench.run(10).order(OrderKind.STOP)
    bench.run(200)
    assert len(bench.starts) == 1


def test_a_stop_before_the_cuff_was_ever_connected_ends_the_configured_cycle():
    cycle = CuffCycle(DeviceConfig("cuff", "model", options={"interval_min": 1}))
    assert cycle.order(Order(OrderKind.STOP), seconds(1)).endswith("the automatic cycle has ended")
    bench = Bench(rested=False)
    bench.cycle = cycle
    cycle.opened(bench.now)
    bench.run(120)
    assert bench.starts == []


def test_a_wish_ends_a_minute_after_its_time_when_the_cuff_is_not_seen():
    bench = measured()
    ask(bench)
    bench.run(119, mmhg=None)
    assert [one.error for one in bench.nibps] == [""]
    bench.run(2, mmhg=None)
    assert "not started" in bench.nibps[-1].error
    bench.run(60)
    assert len(bench.starts) == 1


def test_a_measurement_under_way_serves():
    bench = measured().run(40)
    bench.order(OrderKind.START)
    assert ask(bench) == "it is measuring already"
