"""The host's side of a cuff: rest, longest time, stop, orders. A second is a step of the test."""

import pytest

from drivers.devices.cuff_cycle import NOT_ANSWERING, WAY_ENDED, CuffCycle, Wish
from drivers.model import DeviceConfig
from drivers.orders import Order, OrderKind, OrderRefused
from drivers.wire.events import NibpEvent
from monitor.core.clock import Nanos, seconds
from monitor.core.errors import ConfigError
from monitor.core.types import CuffPhase, CuffState, DeviceStatus, Nibp, NibpSource, Numeric, StatusCode
from monitor.core.units import Unit

GOOD = NibpEvent((0, 1), 118, 76, 90, 72, Unit.MMHG)
OVERPRESSURE = NibpEvent(
    (0, 1),
    None,
    None,
    None,
    None,
    Unit.MMHG,
    (StatusCode.MEASUREMENT_FAILED, StatusCode.CUFF_OVERPRESSURE),
    error="cuff overpressure (89)",
)


class Bench:
    """A cycle, its clock, and what it told and wished."""

    def __init__(self, *, rested: bool = True, **options) -> None:
        self.cycle = CuffCycle(DeviceConfig("cuff", "model", simulated=True, options=options))
        self.now_s = 1000.0
        self.told = []
        self.starts: list[float] = []
        self.stops: list[float] = []
        self.cycle.opened(self.now)
        if rested:
            self.run(30.5, mmhg=0)

    @property
    def now(self) -> Nanos:
        return seconds(self.now_s)

    def run(self, length_s: float, mmhg: float | None = 0.0, **said) -> "Bench":
        """Let time pass by quarter seconds; the cuff is seen at this pressure (None: not seen)."""
        for _ in range(round(length_s * 4)):
            self.now_s += 0.25
            if mmhg is not None:
                self.cycle.saw(mmhg, self.now, **said)
            self.cycle.tick(self.now)
            self.write()
            self.told += self.cycle.drain(self.now)
        return self

    def write(self) -> None:
        wish = self.cycle.wish(self.now)
        if wish is Wish.START:
            self.starts.append(self.now_s)
            self.cycle.start_written(self.now)
        elif wish is Wish.STOP:
            self.stops.append(self.now_s)
            self.cycle.stop_written(self.now)

    def order(self, kind: OrderKind, minutes: float = 0.0) -> str:
        answer = self.cycle.order(Order(kind, minutes), self.now)
        self.write()
        return answer

    def measure(self, result: NibpEvent = GOOD, up_s: float = 30.0) -> None:
        """A measurement that was started goes well."""
        self.cycle.acknowledged()
        self.run(up_s, mmhg=120)
        self.cycle.result(result, self.now)
        self.run(1)

    @property
    def nibps(self) -> list[Nibp]:
        return [each for each in self.told if isinstance(each, Nibp)]

    @property
    def state(self) -> CuffState:
        return [each for each in self.told if isinstance(each, CuffState)][-1]


def test_an_order_starts_at_once_when_the_arm_has_rested():
    bench = Bench()
    assert bench.order(OrderKind.START) == "measures now"
    assert bench.starts == [bench.now_s]
    assert bench.cycle.phase is CuffPhase.STARTING
    bench.measure()
    assert [(n.sys, n.source) for n in bench.nibps] == [(118, NibpSource.AUTO)]
    assert bench.cycle.phase is CuffPhase.IDLE


def test_an_order_within_the_rest_is_kept_and_says_how_long():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.measure()
    ended = bench.now_s - 0.75  # first seen empty
    bench.run(9)
    answer = bench.order(OrderKind.START)
    assert answer == "measures in 21 s: the arm rests 30 s between measurements"
    assert bench.order(OrderKind.START) == answer
    bench.run(30)
    assert len(bench.starts) == 2
    assert bench.starts[1] - ended == pytest.approx(30, abs=0.3)


def test_after_opening_nothing_starts_before_the_cuff_was_seen_empty_for_the_rest():
    bench = Bench(rested=False)
    assert bench.order(OrderKind.START) == "measures when the cuff has been seen empty for 30 s"
    bench.run(5, mmhg=None)
    bench.run(29.75)
    assert bench.starts == []
    bench.run(1)
    assert len(bench.starts) == 1


def test_an_ordered_measurement_that_cannot_begin_fails_in_words():
    bench = Bench(rested=False)
    bench.order(OrderKind.START)
    bench.run(61, mmhg=None)
    bench.run(60)
    assert bench.starts == []
    [nibp] = bench.nibps
    assert nibp.failed and "not started" in nibp.error


def test_a_start_needs_a_cuff_seen_lately():
    bench = Bench()
    bench.run(4, mmhg=None)
    bench.order(OrderKind.START)
    assert bench.starts == []
    bench.run(29)  # what the arm did while nobody looked is not known: it rests anew
    assert bench.starts == []
    bench.run(2)
    assert len(bench.starts) == 1


def test_the_cycle_runs_from_start_to_start():
    bench = Bench()
    assert bench.order(OrderKind.CYCLE, 5) == "measures every 5 min, first now"
    for _ in range(3):
        bench.measure()
        bench.run(300 - 31)
    assert [round(b - a) for a, b in zip(bench.starts, bench.starts[1:], strict=False)] == [300, 300, 300]
    assert bench.state.interval_s == 300
    assert bench.order(OrderKind.CYCLE, 0) == "the automatic cycle has ended"


def test_a_short_cycle_still_rests():
    bench = Bench()
    bench.order(OrderKind.CYCLE, 1)
    bench.measure(up_s=50)
    bench.run(40)
    assert bench.starts[1] - bench.starts[0] == pytest.approx(80.25, abs=0.3)


@pytest.mark.parametrize("minutes", [0.5, 61, -1, float("nan")])
def test_an_interval_out_of_bounds_is_refused(minutes):
    with pytest.raises(OrderRefused, match="1 to 60 minutes"):
        Bench().order(OrderKind.CYCLE, minutes)


@pytest.mark.parametrize("minutes", [0.5, 61, "5", True])
def test_a_configured_interval_out_of_bounds_is_refused(minutes):
    with pytest.raises(ConfigError, match="interval_min"):
        Bench(interval_min=minutes)


def test_a_configured_interval_begins_once_after_one_rest():
    bench = Bench(rested=False, interval_min=5)
    assert bench.run(29).starts == []
    bench.run(2)
    assert len(bench.starts) == 1
    bench.measure()
    bench.order(OrderKind.STOP)
    bench.run(5)
    bench.cycle.closed(bench.now)
    bench.cycle.opened(bench.now)
    bench.run(700)
    assert len(bench.starts) == 1  # a cycle that was ended does not come back by itself


@pytest.mark.parametrize("options", [{}, {"interval_min": None}, {"interval_min": 0}])
def test_without_configuration_nothing_measures_by_itself(options):
    bench = Bench(**options)
    assert bench.run(1000).starts == []


def test_a_cuff_is_never_up_for_longer_than_180_s():
    bench = Bench()
    bench.order(OrderKind.CYCLE, 5)
    started = bench.now_s
    bench.cycle.acknowledged()
    bench.run(179, mmhg=120)
    assert bench.stops == []
    bench.run(3, mmhg=120)
    assert bench.stops[0] - started == pytest.approx(180, abs=0.3)
    assert "up for 180 s" in bench.nibps[0].error
    bench.run(9, mmhg=120)
    assert len(bench.stops) >= 10  # again and again
    bench.run(3, mmhg=120)
    assert "take it off the arm" in bench.state.detail
    bench.run(10)
    assert bench.cycle.phase is CuffPhase.IDLE
    assert bench.state.interval_s is None  # somebody must look first


def test_a_cuff_that_does_not_empty_after_its_result_is_stopped():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.cycle.acknowledged()
    bench.run(30, mmhg=120)
    bench.cycle.result(GOOD, bench.now)
    bench.run(31, mmhg=60)
    assert bench.stops
    assert [n.failed for n in bench.nibps] == [False]  # the reading stands


def test_stop_lets_the_air_out_and_ends_the_cycle():
    bench = Bench()
    bench.order(OrderKind.CYCLE, 5)
    bench.cycle.acknowledged()
    bench.run(10, mmhg=120)
    assert bench.order(OrderKind.STOP) == "letting the air out; the automatic cycle has ended"
    assert bench.stops == [bench.now_s]
    bench.run(2.5, mmhg=90)
    assert len(bench.stops) == 3
    bench.cycle.stop_acknowledged()
    bench.run(0.5)
    assert bench.cycle.phase is CuffPhase.IDLE
    assert [(n.failed, n.error) for n in bench.nibps] == [(True, "stopped by order")]
    assert len(bench.run(1000).starts) == 1


def test_stop_while_a_start_is_unanswered():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.order(OrderKind.STOP)
    assert bench.starts == bench.stops
    bench.run(1, mmhg=3)
    assert bench.cycle.phase is CuffPhase.STOPPING  # still low as the pump has just begun: no proof
    bench.run(5, mmhg=100)
    assert len(bench.stops) >= 5
    bench.run(4)
    assert bench.cycle.phase is CuffPhase.IDLE


def test_stop_of_a_kept_order():
    bench = Bench(rested=False)
    bench.order(OrderKind.START)
    bench.order(OrderKind.STOP)
    assert bench.run(100).starts == []
    assert bench.stops


def test_stop_without_an_acknowledgement_is_proved_by_three_seconds_empty():
    bench = Bench()
    bench.order(OrderKind.STOP)
    bench.run(2.5)
    assert bench.cycle.phase is CuffPhase.STOPPING
    bench.run(1)
    assert bench.cycle.phase is CuffPhase.IDLE
    assert len(bench.stops) == 4 or len(bench.stops) == 3


def test_while_stopping_other_orders_are_refused():
    bench = Bench()
    bench.order(OrderKind.STOP)
    for kind, minutes in ((OrderKind.START, 0), (OrderKind.CYCLE, 5)):
        with pytest.raises(OrderRefused, match="let out"):
            bench.order(kind, minutes)


def test_a_cuff_that_fills_after_a_stop_is_stopped_again():
    bench = Bench()
    bench.order(OrderKind.STOP)
    bench.run(4)
    before = len(bench.stops)
    bench.run(1, mmhg=40)
    assert bench.cycle.phase is CuffPhase.STOPPING
    assert len(bench.stops) > before


def test_a_stop_outlives_the_connection():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.cycle.acknowledged()
    bench.run(5, mmhg=120)
    bench.order(OrderKind.STOP)
    bench.cycle.closed(bench.now)
    before = len(bench.stops)
    bench.now_s += 20
    bench.cycle.opened(bench.now)
    bench.write()
    assert len(bench.stops) == before + 1
    bench.run(4)
    assert bench.cycle.phase is CuffPhase.IDLE


def test_a_lost_connection_fails_the_measurement_and_keeps_the_cycle():
    bench = Bench()
    bench.order(OrderKind.CYCLE, 5)
    bench.cycle.acknowledged()
    bench.run(10, mmhg=120)
    bench.cycle.closed(bench.now)
    bench.told += bench.cycle.drain(bench.now)
    assert [n.error for n in bench.nibps] == [WAY_ENDED]
    assert bench.state.phase is CuffPhase.IDLE and "not known" in bench.state.detail
    bench.now_s += 600
    bench.cycle.opened(bench.now)
    bench.run(29.75)
    assert len(bench.starts) == 1  # looked first, and rested
    bench.run(1)
    assert len(bench.starts) == 2


def test_a_kept_order_does_not_outlive_the_connection():
    bench = Bench(rested=False)
    bench.order(OrderKind.START)
    bench.cycle.closed(bench.now)
    bench.cycle.opened(bench.now)
    assert bench.run(100).starts == []


def test_a_cuff_found_up_is_watched_from_when_it_was_first_up():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.cycle.acknowledged()
    bench.run(100, mmhg=120)
    bench.cycle.closed(bench.now)
    bench.now_s += 70
    bench.cycle.opened(bench.now)
    bench.run(5, mmhg=120)
    assert bench.stops == []
    bench.run(6, mmhg=120)
    assert bench.stops


def test_a_cuff_that_is_up_when_a_station_starts_is_stopped_at_once():
    """A station before this one may have filled it: since when it is up nobody knows."""
    bench = Bench(rested=False)
    bench.run(1, mmhg=120)
    assert bench.stops and "found inflated" in bench.state.detail
    bench.cycle.closed(bench.now)
    bench.cycle.opened(bench.now)
    bench.run(5)
    assert [e.active for e in bench.told if isinstance(e, DeviceStatus)] == [True, False]


def test_a_cuff_started_without_vigil_is_stopped_after_180_s():
    bench = Bench()
    bench.run(179, mmhg=120)
    assert bench.cycle.phase is CuffPhase.MEASURING and bench.stops == []
    bench.run(2, mmhg=120)
    assert bench.stops


def test_a_cuff_that_was_up_when_the_way_broke_is_told_as_up_until_it_is_seen_empty():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.cycle.acknowledged()
    bench.run(20, mmhg=120)
    bench.cycle.closed(bench.now)
    bench.cycle.opened(bench.now)
    bench.run(1, mmhg=120)
    flags = [e.active for e in bench.told if isinstance(e, DeviceStatus)]
    assert flags[-1] is True and flags.count(False) <= 1


def test_a_measurement_started_at_the_cuff_counts_once():
    bench = Bench()
    bench.run(30, mmhg=120)
    assert bench.cycle.pending
    bench.cycle.result(GOOD, bench.now)
    bench.cycle.result(GOOD, bench.now)
    bench.run(5)
    assert [(n.sys, n.source) for n in bench.nibps] == [(118, NibpSource.DEVICE_INITIATED)]


def test_a_start_while_it_measures_is_refused():
    bench = Bench()
    bench.run(3, mmhg=120)
    with pytest.raises(OrderRefused, match="already"):
        bench.order(OrderKind.START)


def test_a_start_while_it_empties_is_kept():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.cycle.acknowledged()
    bench.run(30, mmhg=120)
    bench.cycle.result(GOOD, bench.now)
    assert bench.order(OrderKind.START) == "measures when the cuff has been seen empty for 30 s"
    bench.run(2, mmhg=40)
    bench.run(31)
    assert len(bench.starts) == 2


def test_a_swing_at_the_end_of_an_inflation_is_no_new_measurement():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.measure()
    bench.run(0.5, mmhg=16)
    bench.run(5)
    assert len(bench.nibps) == 1 and not bench.cycle.pending
    assert bench.cycle.phase is CuffPhase.IDLE


def test_a_busy_module_is_asked_again_a_few_times():
    bench = Bench()
    bench.order(OrderKind.START)
    for _ in range(12):
        bench.cycle.busy(bench.now)
        bench.run(0.5)
    assert len(bench.starts) == 5
    [nibp] = bench.nibps
    assert "busy" in nibp.error and StatusCode.CUFF_BUSY in nibp.status


def test_a_start_without_any_sign_fails_and_is_stopped():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.run(11)
    assert "no sign" in bench.nibps[0].error
    assert bench.stops


def test_a_refused_start_fails_in_words():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.cycle.refused("the module says error (E)", bench.now)
    bench.run(5)
    assert bench.nibps[0].error == "not started: the module says error (E)"
    assert bench.cycle.phase is CuffPhase.IDLE


def test_a_module_out_of_sight_is_stopped_until_it_is_seen():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.cycle.acknowledged()
    bench.run(5, mmhg=120)
    bench.cycle.lost_sight(bench.now)
    bench.run(5, mmhg=None)
    assert bench.nibps[0].error == NOT_ANSWERING
    assert len(bench.stops) >= 5
    bench.run(4)
    assert bench.cycle.phase is CuffPhase.IDLE


def test_overpressure_ends_the_cycle():
    bench = Bench()
    bench.order(OrderKind.CYCLE, 5)
    bench.measure(OVERPRESSURE)
    assert bench.state.interval_s is None and "cycle has ended" in bench.state.detail
    assert len(bench.run(1000).starts) == 1


def test_measuring_is_told_while_the_cuff_is_up_and_its_pressure_until_it_is_empty():
    bench = Bench()
    bench.order(OrderKind.START)
    bench.measure(up_s=2)
    bench.run(5)
    flags = [e.active for e in bench.told if isinstance(e, DeviceStatus)][1:]  # after the first look
    pressures = [e.value for e in bench.told if isinstance(e, Numeric)]
    assert flags == [True, False]
    assert pressures == [120.0] * 8 + [0.0]


def test_states_are_told_on_change_with_interval_and_due():
    bench = Bench()
    bench.order(OrderKind.CYCLE, 5)
    start = bench.now
    bench.measure()
    states = [e for e in bench.told if isinstance(e, CuffState)]
    assert [s.phase for s in states][-2:] == [CuffPhase.MEASURING, CuffPhase.IDLE]
    assert states[-1].due == start + seconds(300)
    count = len(states)
    bench.run(60)
    assert len([e for e in bench.told if isinstance(e, CuffState)]) == count


def test_a_pressure_that_is_not_told_is_missing_and_no_sight():
    bench = Bench(rested=False)
    bench.order(OrderKind.START)
    for _ in range(100):
        bench.cycle.saw(None, bench.now)
        bench.run(0.25, mmhg=None)
    assert bench.starts == []


def test_a_measurement_that_begins_just_after_opening_is_one():
    bench = Bench(rested=False)
    bench.run(1)
    bench.run(2, mmhg=60)
    assert bench.cycle.pending
