"""Alarms and the cuff that they ask, together: who measures, and what the row says (alarm decisions, 4)."""

import pytest
from alarm_bed import CUFF, AlarmBed
from test_alarms_remeasure import COMMANDED, KETAMINE
from test_devices_cuff_cycle import Bench

from alarms.texts import REPEAT_NOW, REPEATS
from drivers.orders import Order, OrderKind, OrderRefused
from drivers.wire.events import NibpEvent
from monitor.core.clock import seconds
from monitor.core.types import NibpSource, StatusCode
from monitor.core.units import Unit

CRISIS = NibpEvent((0, 1), 182, 90, 120, 72, Unit.MMHG)


class Together:
    """A bed and the real cycle of its cuff; what the one tells, the other hears."""

    def __init__(self):
        self.bench = Bench()
        self.bed = AlarmBed(COMMANDED, preset=KETAMINE, start=self.bench.now_s)
        self.told = 0
        self.bench.order(OrderKind.START)
        self.bench.run(0.5)
        self.bench.measure(CRISIS)
        self.run(1)
        self.read_s = self.bed.last("SYS_HIGH").t / 1e9

    def run(self, length_s, mmhg=0.0):
        """Let time pass, the cuff seen at this pressure (None: not seen), with a tick a second."""
        for _ in range(length_s):
            self.bench.run(1, mmhg=mmhg)
            for reading in self.bench.told[self.told :]:
                self.bed._keep(self.bed.engine.accept(reading, self.bench.now))
            self.told = len(self.bench.told)
            done = len(self.bed.acts)
            self.bed.tick(self.bench.now_s)
            for act in self.bed.acts[done:]:
                if act.act == "measure":
                    self.ask(act)
        return self

    def ask(self, act):
        order = Order(OrderKind.AGAIN, after_s=act.seconds, why=act.reason)
        try:
            self.bench.cycle.order(order, self.bench.now)
        except OrderRefused:
            self.bed.engine.measure_refused("cuff", self.bench.now)

    @property
    def action(self):
        return self.bed.engine.rows(seconds(self.bench.now_s))[0].action


def test_the_cuff_repeats_by_itself():
    both = Together()
    assert both.action == REPEATS
    both.run(70)
    assert len(both.bench.starts) == 2


@pytest.mark.parametrize(
    ("order", "under_way"),
    [
        pytest.param(OrderKind.STOP, False, id="stopped before the repeat"),
        pytest.param(OrderKind.STOP, True, id="stopped in the repeat"),
        pytest.param(OrderKind.CYCLE, False, id="the cycle ended before the repeat"),
    ],
)
def test_stopped_by_a_person_it_stays_empty_says_so_at_once_and_is_high_at_its_deadline(order, under_way):
    both = Together()
    both.run(5)
    if under_way:
        while len(both.bench.starts) < 2:
            both.run(1)
        both.run(2, mmhg=120)
    both.bench.order(order)
    both.run(3)
    assert both.action == REPEAT_NOW
    begun = len(both.bench.starts)
    both.run(round(both.read_s + 151 - both.bench.now_s))
    assert both.bed.told("SYS_HIGH")[-1][1:] == ("escalate", "high", "no_repeat")
    both.run(600)
    assert len(both.bench.starts) == begun


def test_an_order_that_is_lost_with_the_connection_is_told_at_once_and_given_again():
    both = Together()
    both.run(5)
    both.bench.cycle.closed(both.bench.now)
    both.run(2, mmhg=None)
    assert both.action == REPEAT_NOW
    both.bench.cycle.opened(both.bench.now)
    both.run(100)
    assert len(both.bench.starts) == 2


def test_a_cuff_that_is_not_seen_does_not_measure_late():
    """A pending order of an alarm ends 60 s after its time, as a failed measurement."""
    both = Together()
    both.run(130, mmhg=None)
    (failed,) = [one for one in both.bench.nibps if one.failed]
    assert StatusCode.MEASUREMENT_FAILED in failed.status
    assert failed.source is NibpSource.AUTO
    both.run(30, mmhg=None)
    assert both.bed.told("SYS_HIGH")[-1][1:] == ("escalate", "high", "no_repeat")


def test_a_cuff_that_takes_no_orders_is_never_promised():
    bed = AlarmBed(CUFF, preset=KETAMINE)
    bed.cuff(182, dia=90, mean=120, t=10)
    bed.ticks(11, 20)
    assert bed.engine.rows(seconds(20))[0].action == REPEAT_NOW
