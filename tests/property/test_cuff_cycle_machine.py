"""Whatever a module, a person and the line do: the arm rests, the cuff comes down, stop wins."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from drivers.devices.cuff_cycle import CuffCycle, Wish
from drivers.model import DeviceConfig
from drivers.orders import Order, OrderKind, OrderRefused
from drivers.wire.events import NibpEvent
from monitor.core.clock import Nanos, seconds
from monitor.core.types import CuffPhase, Nibp, StatusCode
from monitor.core.units import Unit

TICK_S = 0.25
REST_S = 30.0
LONGEST_UP_S = 180.0


class Cuff(RuleBasedStateMachine):
    """The cuff's true state belongs to the test; the cycle sees it every quarter second while it can."""

    @initialize(minutes=st.sampled_from([0, 1, 5]))
    def connect(self, minutes):
        options = {"interval_min": minutes}
        self.cycle = CuffCycle(DeviceConfig("cuff", "model", options=options))
        self.now_s = 0.0
        self.open = False
        self.up = False  # the truth
        self.obeys = True
        self.seen = True  # the module tells its pressure
        self.seen_up_s = -1e9  # when the cuff was last seen up
        self.first_up_s: float | None = None  # since when it is seen up without a break
        self.connected_s = 0.0
        self.ordered = False  # anything since the last stop that may start the cuff
        self.measurements = self.outcomes = 0
        self.stop_wished_s = -1e9
        self.results = 0
        self.reconnect()
        self.ordered = minutes > 0

    @property
    def now(self) -> Nanos:
        return seconds(self.now_s)

    def take(self):
        for reading in self.cycle.drain(self.now):
            if isinstance(reading, Nibp):
                self.outcomes += 1
                assert reading.failed == bool(reading.error)

    def write(self):
        wish = self.cycle.wish(self.now)
        if wish is Wish.STOP:
            self.stop_wished_s = self.now_s
            self.cycle.stop_written(self.now)
            self.up = self.up and not self.obeys
        elif wish is Wish.START:
            assert self.ordered
            assert self.now_s - self.seen_up_s >= REST_S
            assert self.now_s - self.connected_s >= REST_S
            assert self.first_up_s is None
            self.cycle.start_written(self.now)
            self.up = self.up or self.obeys

    def tick(self):
        self.now_s += TICK_S
        if self.open:
            if self.seen:
                self.look()
            self.cycle.tick(self.now)
            self.write()
        self.take()

    def look(self):
        if self.up:
            self.seen_up_s = self.now_s
            if self.first_up_s is None:
                self.first_up_s = self.now_s
        else:
            self.first_up_s = None
        self.cycle.saw(120.0 if self.up else 0.0, self.now)

    @rule(quarters=st.sampled_from([1, 2, 4, 20, 100, 130, 750]))
    def wait(self, quarters):
        for _ in range(quarters):
            self.tick()
            self.safe()

    @precondition(lambda self: not self.open)
    @rule()
    def reconnect(self):
        self.open = True
        self.connected_s = self.now_s
        self.first_up_s = None
        self.cycle.opened(self.now)
        self.write()

    @precondition(lambda self: self.open)
    @rule()
    def disconnect(self):
        self.cycle.closed(self.now)
        self.open = False
        assert not self.cycle.pending
        self.take()

    @precondition(lambda self: self.open)
    @rule()
    def order_start(self):
        self.give(Order(OrderKind.START))

    @precondition(lambda self: self.open)
    @rule(minutes=st.sampled_from([1, 2, 5]))
    def order_cycle(self, minutes):
        self.give(Order(OrderKind.CYCLE, minutes))

    @precondition(lambda self: self.open)
    @rule(after_s=st.sampled_from([0, 30, 60]))
    def alarm_asks_again(self, after_s):
        """An alarm's wish never starts a cuff that a person has stopped."""
        try:
            self.cycle.order(Order(OrderKind.AGAIN, after_s=after_s, why="to confirm"), self.now)
        except OrderRefused as error:
            assert str(error)
        self.write()

    def give(self, order):
        try:
            assert self.cycle.order(order, self.now)
            self.ordered = True
        except OrderRefused as error:
            assert str(error)
        self.write()

    @precondition(lambda self: self.open)
    @rule()
    def order_stop(self):
        self.cycle.order(Order(OrderKind.STOP), self.now)
        self.ordered = False
        assert self.cycle.wish(self.now) is Wish.STOP or self.now_s - self.stop_wished_s < TICK_S
        assert not self.cycle.pending
        self.write()

    @rule(obeys=st.booleans())
    def module_obeys(self, obeys):
        self.obeys = obeys

    @rule(seen=st.booleans())
    def module_tells(self, seen):
        self.seen = seen
        if not seen and self.open:
            self.cycle.lost_sight(self.now)
            self.write()

    @rule(up=st.booleans())
    def cuff_moves_by_itself(self, up):
        self.up = up

    @precondition(lambda self: self.open)
    @rule(word=st.sampled_from(["acknowledged", "busy", "refused", "stopped", "failed"]))
    def module_says(self, word):
        if word == "acknowledged":
            self.cycle.acknowledged()
        elif word == "busy":
            self.cycle.busy(self.now)
        elif word == "refused":
            self.cycle.refused("error (E)", self.now)
        elif word == "failed":
            self.cycle.failed("no new result", self.now)
        elif not self.up:
            self.cycle.stop_acknowledged()
        self.write()  # as after every read

    @precondition(lambda self: self.open)
    @rule(failed=st.booleans())
    def module_gives_a_result(self, failed):
        self.results += 1
        values = (None, None, None) if failed else (100 + self.results % 50, 60, 80)
        status = (StatusCode.MEASUREMENT_FAILED,) if failed else ()
        event = NibpEvent(
            (0, 1), *values, 70, Unit.MMHG, status, error=f"error {self.results}" if failed else ""
        )
        self.take()
        before, pending = self.outcomes, self.cycle.pending
        self.cycle.result(event, self.now)
        self.cycle.result(event, self.now)
        self.take()
        assert self.outcomes - before == pending
        assert not self.cycle.pending
        self.write()

    @invariant()
    def safe(self):
        if not self.open:
            return
        if self.first_up_s is not None:  # seen up at the last look
            assert self.cycle.squeezes
            assert self.cycle.phase is not CuffPhase.IDLE
            if self.now_s - self.first_up_s > LONGEST_UP_S + TICK_S:
                assert self.cycle.phase is CuffPhase.STOPPING
        if self.cycle.phase is CuffPhase.STOPPING:
            assert self.now_s - self.stop_wished_s <= 1.0 + TICK_S


TestCuff = Cuff.TestCase
TestCuff.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
