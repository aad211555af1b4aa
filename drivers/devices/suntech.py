"""SunTech Advantage and Advantage A+ modules: asked for everything, one request at a time.

The module speaks only when asked, but for the K that ends a measurement, and its result has neither
time nor number. So the newest result is read while the cuff is empty, before anything may start;
what the module gives later is taken once, and only when it is of this measurement: it says something
else, or K came and the cuff was up. When K is lost, a cuff that was up and is empty has finished.
"""

from collections.abc import Sequence
from enum import Enum, auto

from drivers.devices.cuff_cycle import CuffCycle, Wish
from drivers.model import Device, DeviceConfig, Model, Source, Step, Transport, Write
from drivers.orders import PERSONS, Order
from drivers.wire.events import Event, NibpEvent, NumericEvent, ReplyEvent
from drivers.wire.suntech import ABORT, GET_PRESSURE, GET_RESULT, START_ADULT, Ack, SuntechDecoder
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.types import CuffPhase, Reading

APART = seconds(0.1)
"""Between two commands; a shorter gap loses answers."""
ANSWER_WITHIN = seconds(0.45)
"""200 ms, the pace of asking, and 250 ms for adapters and scheduling."""
ASK_UP = seconds(0.2)
ASK_IDLE = seconds(0.5)
MISSED_POLLS = 5
EMPTY_AGAIN = seconds(2)
"""A cuff that was up and is empty for so long has finished, though no K came."""
NEVER_UP = seconds(8)
"""A cuff that is not up by then may have ended at once, its K lost."""
ASK_AGAIN = seconds(1)
ASK_RARELY = seconds(5)
RESULT_TRIES = 5
BASELINE_TRIES = 3
FILLS_WITHIN = seconds(60)


class _Request(Enum):
    START = auto()
    ABORT = auto()
    PRESSURE = auto()
    RESULT = auto()


_BYTES = {
    _Request.START: START_ADULT,
    _Request.ABORT: ABORT,
    _Request.PRESSURE: GET_PRESSURE,
    _Request.RESULT: GET_RESULT,
}


class Module:
    """Carries out what the cuff cycle wishes, and finds out how a measurement ended."""

    def __init__(self, config: DeviceConfig) -> None:
        self._cycle = CuffCycle(config)
        self._forget()

    def _forget(self) -> None:
        self._has_baseline = False  # the newest result was read since the last measurement
        self._asked: _Request | None = None
        self._wrote: Nanos | None = None
        self._polled: Nanos | None = None
        self._missed = 0
        self._begin_outcome()

    def _begin_outcome(self) -> None:
        """A measurement begins: what the module has in store is known to be old, if it was read."""
        self._knows_old = self._has_baseline
        self._has_baseline = False  # after this measurement it has another
        self._baseline_tries = 0
        self._end_outcome()

    def _end_outcome(self) -> None:
        self._ended = False  # the module said K
        self._fetch_at: Nanos | None = None
        self._tries = 0

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Forget what was asked; the first step asks for the pressure, or stops."""
        self._forget()
        self._cycle.opened(now)
        self._cycle.remember(None)
        return ()

    def order(self, order: Order, now: Nanos) -> str:
        """Take an order."""
        return self._cycle.order(order, now)

    def parting(self, now: Nanos) -> Sequence[Write]:
        """Let a cuff down that is up, or may be."""
        return (Write(ABORT),) if self._cycle.squeezes else ()

    def closed(self, now: Nanos) -> Sequence[Reading]:
        """Tell that a measurement under way has failed."""
        self._cycle.closed(now)
        return self._cycle.drain(now)

    # --- answers --------------------------------------------------------------------------------

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return what the answers mean."""
        for event in events:
            if isinstance(event, NumericEvent):
                self._pressure(event, t)
            elif isinstance(event, NibpEvent):
                self._result(event, t)
            elif isinstance(event, ReplyEvent):
                self._acknowledged(Ack(event.text), t)
        return self._cycle.drain(t)

    def _pressure(self, event: NumericEvent, t: Nanos) -> None:
        self._missed = 0
        if self._asked is _Request.PRESSURE:
            self._asked = None
        pending = self._cycle.pending
        self._cycle.saw(event.value, t)
        if self._cycle.pending and not pending:
            self._begin_outcome()

    def _acknowledged(self, ack: Ack, t: Nanos) -> None:
        """Take an acknowledgement: to which command follows from what was asked."""
        if ack is Ack.ABORTED:
            self._aborted(t)
        elif self._asked is _Request.START:
            self._asked = None
            if ack is Ack.RECEIVED or ack is Ack.DONE:
                self._cycle.acknowledged()
            elif ack is Ack.BUSY:
                self._cycle.busy(t)
            else:
                self._cycle.refused(f"the module says {ack}", t)
        elif ack is Ack.DONE:
            self._finished(t)
        elif ack is not Ack.RECEIVED:
            self._denied(t)

    def _denied(self, t: Nanos) -> None:
        """The module does not answer what it was asked."""
        asked, self._asked = self._asked, None
        if asked is _Request.RESULT:
            self._no_result(t)

    def _finished(self, t: Nanos) -> None:
        if self._cycle.pending:
            self._ended = True
            self._fetch_at = t

    def _aborted(self, t: Nanos) -> None:
        if self._asked is _Request.ABORT:
            self._asked = None
        self._cycle.stop_acknowledged()
        self._finished(t)  # aborted at the module itself: its result says so

    def _result(self, event: NibpEvent, t: Nanos) -> None:
        """Take a result that was asked for; one that comes late belongs to nothing."""
        if self._asked is not _Request.RESULT:
            return
        self._asked = None
        cycle = self._cycle
        if not cycle.pending:
            self._has_baseline = True
            cycle.remember(event)
        elif self._is_new(event):
            cycle.result(event, t)
            self._end_outcome()
        else:
            self._no_result(t)

    def _is_new(self, event: NibpEvent) -> bool:
        """Return whether a result is of the measurement under way."""
        failed = event.sys is None
        if self._ended and (failed or self._cycle.was_up):
            return True
        return self._knows_old and not self._cycle.is_known(event)

    def _no_result(self, t: Nanos) -> None:
        """The result was not given, or is the old one: ask again, a few times."""
        cycle = self._cycle
        if not cycle.pending:
            return
        self._tries += 1
        filling = not self._ended and not cycle.was_up
        self._fetch_at = Nanos(t + (ASK_RARELY if filling else ASK_AGAIN))
        if filling and cycle.measured_for(t) >= FILLS_WITHIN:
            cycle.stop("the cuff does not fill", t)
        elif not filling and self._tries >= RESULT_TRIES:
            cycle.failed("the module gave no new result", t)
            self._end_outcome()

    # --- requests -------------------------------------------------------------------------------

    def step(self, now: Nanos) -> Step:
        """Return the one request that is due."""
        self._cycle.tick(now)
        self._expire(now)
        self._look_for_the_end(now)
        request = self._due(now)
        writes = () if request is None else (self._write(request, now),)
        return Step(writes, self._cycle.drain(now))

    def _expire(self, now: Nanos) -> None:
        """Give up waiting for an answer."""
        if self._asked is None or self._wrote is None or now - self._wrote < ANSWER_WITHIN:
            return
        asked, self._asked = self._asked, None
        if asked is _Request.RESULT:
            self._no_result(now)
        elif asked is _Request.PRESSURE:
            self._missed += 1
            if self._missed >= MISSED_POLLS:
                self._cycle.lost_sight(now)
                self._has_baseline = False

    def _look_for_the_end(self, now: Nanos) -> None:
        """Find the end of a measurement whose K was lost."""
        cycle = self._cycle
        if not cycle.pending or cycle.phase is not CuffPhase.MEASURING or self._fetch_at is not None:
            return
        over = cycle.empty_for(now) >= EMPTY_AGAIN if cycle.was_up else cycle.measured_for(now) >= NEVER_UP
        if over:
            self._fetch_at = now

    def _due(self, now: Nanos) -> _Request | None:
        if self._wrote is not None and now - self._wrote < APART:
            return None
        wish = self._cycle.wish(now)
        if wish is Wish.STOP:
            return _Request.ABORT  # whatever is being waited for
        if self._asked is not None:
            return None
        if self._wants_result(now):
            return _Request.RESULT
        if wish is Wish.START:
            return _Request.START
        every = ASK_UP if self._cycle.phase is not CuffPhase.IDLE else ASK_IDLE
        return _Request.PRESSURE if self._polled is None or now - self._polled >= every else None

    def _wants_result(self, now: Nanos) -> bool:
        cycle = self._cycle
        if cycle.pending:
            return self._fetch_at is not None and now >= self._fetch_at
        if cycle.phase is not CuffPhase.IDLE or not cycle.empty_for(now) or self._has_baseline:
            return False
        return self._baseline_tries < BASELINE_TRIES

    def _write(self, request: _Request, now: Nanos) -> Write:
        self._asked, self._wrote = request, now
        if request is _Request.PRESSURE:
            self._polled = now
        elif request is _Request.ABORT:
            self._cycle.stop_written(now)
        elif request is _Request.START:
            if not self._cycle.pending:  # else it was busy, and is asked again
                self._begin_outcome()
            self._cycle.start_written(now)
        elif not self._cycle.pending:
            self._baseline_tries += 1
        return Write(_BYTES[request])


def _module(config: DeviceConfig, clock: Clock) -> Device:
    return Module(config)


MODEL = Model(
    "suntech-advantage",
    "SunTech Advantage and Advantage A+ blood pressure modules",
    Transport.SERIAL,
    ("nibp_sys", "nibp_dia", "nibp_map", "nibp_pulse_rate", "cuff_pressure"),
    (Source(SuntechDecoder),),
    _module,
    speak_every_s=0.05,
    orders=PERSONS,
)
