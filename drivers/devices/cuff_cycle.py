"""The host's side of a cuff that takes orders: when it may fill, and that it empties.

No module's own automatic cycle is documented, so Vigil keeps the interval, the rest of the arm and
the longest time that the cuff may be up (IEC 80601-2-30), whatever the module does:

- Between the end of one inflation and the start of the next the arm rests 30 s. An order inside
  that time is kept and carried out at its end; the answer says in how many seconds. When the way
  to the module was just opened nobody knows when the last inflation ended: it counts from the
  moment the cuff was first seen empty. `interval_min` of the configuration begins in the same way.
- A cuff that is up for 180 s, or does not empty within 30 s of a result, is stopped.
- A stop outranks everything. It is repeated every second until the module says that it has stopped
  and the cuff is empty, or the cuff has been seen empty for 3 s. It ends the automatic cycle, and it
  outlives a broken connection. A cuff that fills within 10 s of a stop is stopped again.
- One measurement gives one `Nibp`: its values, or in words why there are none.
- What Vigil started, by order or by interval, has the source AUTO; what began without it is
  DEVICE_INITIATED. (MANUAL_ENTRY is what a person typed.)
- An alarm may ask for one more measurement, in 60 s or now; after a stop, or whatever ended the
  automatic cycle, it is refused until a person has measured again. Like a person's order it
  is dropped, and told as failed, when the cuff could not begin within 60 s of its time.
- Overpressure, a fault of the module, a stop pressed on it and a cuff that did not empty by itself end
  the automatic cycle: somebody must look before it fills again.

Pure: the device's behaviour tells what it saw and wrote, and asks what is wished; time is an argument.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto

import msgspec

from drivers.devices.cuff_schedule import ORDER_KEPT, Schedule
from drivers.devices.cuff_telling import CuffTelling
from drivers.model import DeviceConfig
from drivers.orders import Order, OrderKind, OrderRefused
from drivers.wire.events import NibpEvent
from monitor.core.clock import SECOND, Nanos, seconds
from monitor.core.types import CuffPhase, NibpSource, Reading, StatusCode

UP_MMHG = 15.0
"""A cuff below this squeezes nothing (IEC 80601-2-30)."""
REST = seconds(30)
LONGEST_UP = seconds(180)
EMPTY_WITHIN = seconds(30)
START_WITHIN = seconds(10)
"""A module that shows no sign of a measurement for so long did not hear the order, or will not obey."""
STOP_EVERY = seconds(1)
STOP_AGAIN = seconds(0.25)
"""However often a person presses, the module is also asked for its pressure in between."""
STOP_PROVED = seconds(3)
DISOBEYED_WITHIN = seconds(10)
SETTLED_AFTER = seconds(5)
"""A pressure that swings around 15 mmHg at the end of an inflation is no new one."""
STUCK_AFTER = seconds(10)
BUSY_AGAIN_AFTER = seconds(1)
BUSY_STARTS = 5
SEEN_WITHIN = seconds(3)
"""A cuff is filled only when it was seen empty so lately."""
FAULTS = frozenset({StatusCode.CUFF_OVERPRESSURE, StatusCode.DEVICE_FAULT})
ENDED_BY = FAULTS | {StatusCode.MEASUREMENT_STOPPED}
"""What ends the automatic cycle: a fault, and somebody at the module who stops the cuff."""
WAY_ENDED = "connection ended while the cuff measured: outcome unknown"
NOT_ANSWERING = "the module does not answer: outcome unknown"
NOT_LET_GO = "the cuff does not let go: take it off the arm"
NEVER_LOOKED = f"not started: the cuff was not seen empty and rested within {ORDER_KEPT // SECOND} s"


class Wish(Enum):
    """What is to be written to the module now."""

    NOTHING = auto()
    START = auto()
    STOP = auto()


@dataclass(slots=True)
class _Measurement:
    """A measurement under way whose outcome was not told yet."""

    source: NibpSource
    began: Nanos
    starts: int = 0  # how often the module was asked: it may be busy
    seen_up: bool = False


class CuffCycle:
    """Decides for one cuff; told what was seen and written, it says what is wished and what to tell."""

    def __init__(self, config: DeviceConfig) -> None:
        """Raise ConfigError when `interval_min` is no interval."""
        self.phase = CuffPhase.IDLE
        self._schedule = Schedule(config)
        self._telling = CuffTelling(config)
        self._measurement: _Measurement | None = None
        self._told_at: Nanos | None = None  # the outcome of the inflation that goes on
        self._known: tuple[object, ...] | None = None  # the newest result that was told or is old
        self._up_since: Nanos | None = None  # the cuff may squeeze since then
        self._was_up_since: Nanos | None = None  # when the way ended, the cuff up
        self._down_since: Nanos | None = None  # seen empty since then, without a break
        self._seen_at: Nanos | None = None
        self._rest_from: Nanos | None = None  # end of the last inflation; None: not known
        self._emptied_at: Nanos | None = None  # end of an inflation that was watched
        self._stop_due: Nanos | None = None
        self._stop_written: Nanos | None = None
        self._stopped_first: Nanos | None = None  # the first stop written
        self._stop_said = False  # the module says that it stopped
        self._distrusted_until: Nanos | None = None
        self._busy_until: Nanos | None = None
        self._detail = ""
        self._may_again = False  # an alarm may ask: a person has begun to measure, and nobody stopped it
        self._first_look = True  # since when it is up nobody knows: a station before may have started it

    # --- what is asked --------------------------------------------------------------------------

    @property
    def squeezes(self) -> bool:
        """Return whether the cuff is up, or may be."""
        return self._up_since is not None

    @property
    def pending(self) -> bool:
        """Return whether a measurement is under way whose outcome is to be told."""
        return self._measurement is not None

    @property
    def looked(self) -> bool:
        """Return whether the cuff was seen since the way was opened, or since sight of it was lost."""
        return self._seen_at is not None

    @property
    def was_up(self) -> bool:
        """Return whether the cuff was seen up in the measurement under way."""
        return self._measurement is not None and self._measurement.seen_up

    def empty_for(self, now: Nanos) -> int:
        """Return for how long the cuff is seen empty, 0 when it is not."""
        return 0 if self._down_since is None else now - self._down_since

    def measured_for(self, now: Nanos) -> int:
        """Return how long the measurement under way has taken, 0 when there is none."""
        return 0 if self._measurement is None else now - self._measurement.began

    def wish(self, now: Nanos) -> Wish:
        """Return what is to be written now; tell by `start_written` or `stop_written` that it was."""
        if self.phase is CuffPhase.STOPPING:
            due = self._stop_due is None or now >= self._stop_due
            return Wish.STOP if due else Wish.NOTHING
        if self.phase is CuffPhase.STARTING:
            again = self._busy_until is not None and now >= self._busy_until
            return Wish.START if again else Wish.NOTHING
        wanted = self._schedule.wanted
        if self.phase is CuffPhase.IDLE and wanted is not None and wanted <= now and self._may_start(now):
            return Wish.START
        return Wish.NOTHING

    def _may_start(self, now: Nanos) -> bool:
        if self._rest_from is None or self._down_since is None or self._seen_at is None:
            return False
        return now - self._rest_from >= REST and now - self._seen_at <= SEEN_WITHIN

    # --- orders ----------------------------------------------------------------------

    def order(self, order: Order, now: Nanos) -> str:
        """Take an order and answer in words; OrderRefused says why it is not carried out."""
        if order.kind is OrderKind.STOP:
            had_cycle, self._may_again = self._schedule.end(), False
            self.stop("stopped by order", now)
            return "letting the air out" + ("; the automatic cycle has ended" if had_cycle else "")
        if order.kind is OrderKind.CYCLE and order.minutes == 0:
            self._may_again = False
            return "the automatic cycle has ended" if self._schedule.end() else "there was no automatic cycle"
        if self.phase is CuffPhase.STOPPING:
            raise OrderRefused("the air is being let out: order again when the cuff is empty")
        if order.kind is OrderKind.AGAIN:
            return self._again(order, now)
        self._may_again = True
        if order.kind is OrderKind.CYCLE:
            return self._cycle(order.minutes, now)
        if self.phase is CuffPhase.STARTING or self.pending:
            raise OrderRefused("the cuff is measuring already")
        self._schedule.ask(now)
        return f"measures {self._when(now)}"

    def _again(self, order: Order, now: Nanos) -> str:
        """Take an alarm's order: a measurement that is under way, or wanted sooner, serves."""
        if not self._may_again:
            raise OrderRefused("stopped, or nobody has measured since the start: measure by hand")
        if self.phase is CuffPhase.STARTING or self.pending:
            return "it is measuring already"
        self._schedule.ask(Nanos(now + seconds(order.after_s)), order.why)
        return f"measures in {order.after_s:.0f} s: {order.why}"

    def _cycle(self, minutes: float, now: Nanos) -> str:
        every = f"measures every {minutes:g} min"
        if self.phase is CuffPhase.STARTING or self.pending:
            self._schedule.cycle(minutes, Nanos(now + seconds(60 * minutes)))
            return f"{every}, counted from now: it is measuring already"
        self._schedule.cycle(minutes, now)
        return f"{every}, first {self._when(now)}"

    def _when(self, now: Nanos) -> str:
        if self._rest_from is None or self.squeezes:
            return f"when the cuff has been seen empty for {REST // SECOND} s"
        wait = self._rest_from + REST - now
        if wait <= 0:
            return "now"
        return f"in {math.ceil(wait / SECOND)} s: the arm rests {REST // SECOND} s between measurements"

    # --- the way --------------------------------------------------------------------------------

    def opened(self, now: Nanos) -> None:
        """The way is open: nothing is known of the cuff; what was ordered stands."""
        self._seen_at = self._down_since = self._rest_from = None
        self._stopped_first, self._stop_said, self._stop_due = None, False, now
        self._detail = ""
        self._telling.again()
        self._may_again = self._schedule.begin(now) or self._may_again

    def closed(self, now: Nanos) -> None:
        """The way is closed: a measurement under way has failed; a stop goes on when it opens again."""
        self._was_up_since, up = self._up_since or self._was_up_since, self.squeezes
        self.failed(WAY_ENDED, now)
        if self.phase is not CuffPhase.STOPPING:
            self.phase = CuffPhase.IDLE
        self._up_since = self._busy_until = self._told_at = None
        self._schedule.drop()
        self._detail = "not connected" + (": whether the cuff is up is not known" if up else "")

    def lost_sight(self, now: Nanos) -> None:
        """The module no longer tells of its cuff: what it measured is stopped, and looked for."""
        if self.squeezes and self.phase is not CuffPhase.STOPPING:
            self.stop(NOT_ANSWERING, now)
        self._seen_at = self._down_since = self._rest_from = None

    # --- what was written -----------------------------------------------------------------------

    def start_written(self, now: Nanos) -> None:
        """Take note that the module was asked to measure."""
        if self._measurement is None:
            self._measurement = _Measurement(NibpSource.AUTO, now)
            self._detail = self._schedule.began(now)
        self._measurement.starts += 1
        self._measurement.began = self._up_since = now
        self._down_since = self._busy_until = self._distrusted_until = self._told_at = None
        self.phase = CuffPhase.STARTING

    def stop_written(self, now: Nanos) -> None:
        """Take note that the module was asked to let the air out."""
        if self._stopped_first is None:
            self._stopped_first = now
        elif now - self._stopped_first >= STUCK_AFTER:
            self._detail = NOT_LET_GO
        self._stop_written = now
        self._stop_due = Nanos(now + STOP_EVERY)

    # --- what the module says -------------------------------------------------------------------

    def acknowledged(self) -> None:
        """The module says that it begins."""
        if self.phase is CuffPhase.STARTING:
            self.phase = CuffPhase.MEASURING

    def busy(self, now: Nanos) -> None:
        """The module cannot begin yet: it is asked again, a few times."""
        if self.phase is not CuffPhase.STARTING or self._measurement is None:
            return
        if self._measurement.starts >= BUSY_STARTS:
            self.refused("the module is busy", now, StatusCode.CUFF_BUSY)
        elif self._busy_until is None:
            self._busy_until = Nanos(now + BUSY_AGAIN_AFTER)

    def refused(self, why: str, now: Nanos, *flags: StatusCode) -> None:
        """The module will not begin; to be sure that it did not, it is told to stop."""
        if self.phase is CuffPhase.STARTING:
            self.stop(f"not started: {why}", now, *flags)

    def stop_acknowledged(self) -> None:
        """The module says that it has stopped, after it was told to."""
        if self.phase is CuffPhase.STOPPING and self._stopped_first is not None:
            self._stop_said = True

    def saw(self, mmhg: float | None, now: Nanos, *, measuring: bool | None = None) -> None:
        """Take the pressure in the cuff and whether the module says that it measures; None: not told."""
        was_up = self.squeezes
        if mmhg is not None or measuring is not None:
            if self._seen_at is not None and now - self._seen_at > SEEN_WITHIN:
                self._down_since = self._rest_from = None  # what the arm did meanwhile is not known
            self._seen_at = now
            if measuring or (mmhg is not None and mmhg >= UP_MMHG):
                self._saw_up(now)
            else:
                self._saw_down(now)
            self._first_look = False
        if was_up or self.squeezes:
            self._telling.pressure(mmhg, now)

    def _saw_up(self, now: Nanos) -> None:
        self._down_since = None
        if self._up_since is None:
            self._up_since = self._was_up_since or now
        self._was_up_since = None
        if self.phase is CuffPhase.IDLE:
            self._fills_unasked(now)
        self.acknowledged()
        if self._measurement is not None:
            self._measurement.seen_up = True

    def _fills_unasked(self, now: Nanos) -> None:
        """The cuff is up without Vigil: a stop was not obeyed, it empties, or a measurement began."""
        if self._distrusted_until is not None and now < self._distrusted_until:
            self.stop("the cuff fills though it was stopped", now)
            return
        if self._first_look:
            self._measurement = _Measurement(NibpSource.DEVICE_INITIATED, now)  # told as failed
            self.stop("found inflated at the start: stopped", now)
            return
        self.phase = CuffPhase.MEASURING
        if self._emptied_at is not None and now - self._emptied_at < SETTLED_AFTER:
            self._told_at = now
            return
        self._measurement = _Measurement(NibpSource.DEVICE_INITIATED, now)
        self._told_at = None
        self._schedule.drop()
        self._detail = "started without Vigil"

    def _saw_down(self, now: Nanos) -> None:
        if self._down_since is None:
            self._down_since = now
        self._was_up_since = None
        if self.phase is CuffPhase.STOPPING:
            if self._is_stopped(self._down_since, now):
                self._distrusted_until = Nanos(now + DISOBEYED_WITHIN)
                self._empty(now if self.squeezes else self._down_since)
        elif self.phase is CuffPhase.MEASURING and not self.pending:
            self._empty(self._down_since)
        elif self.phase is CuffPhase.IDLE and self._rest_from is None:
            self._rest_from = self._down_since

    def _is_stopped(self, down_since: Nanos, now: Nanos) -> bool:
        first = self._stopped_first
        return first is not None and (self._stop_said or now - max(first, down_since) >= STOP_PROVED)

    def _empty(self, since: Nanos) -> None:
        """The inflation is over: the arm rests since then."""
        self.phase = CuffPhase.IDLE
        self._rest_from = self._emptied_at = since
        self._up_since = self._stopped_first = self._told_at = None
        self._stop_said = False
        if self._detail == NOT_LET_GO:
            self._detail = "let go"

    # --- outcomes -------------------------------------------------------------------------------

    @property
    def knows_result(self) -> bool:
        """Return whether any result is known."""
        return self._known is not None

    def is_known(self, event: NibpEvent) -> bool:
        """Return whether a result says what the newest one said."""
        return _content(event) == self._known

    def remember(self, event: NibpEvent | None) -> None:
        """Know this result: it is of an earlier measurement; None: none is known."""
        self._known = None if event is None else _content(event)

    def result(self, event: NibpEvent, now: Nanos) -> None:
        """Take the outcome of the measurement under way; without one it is only remembered."""
        self.remember(event)
        if self._measurement is not None:
            self._measured_by(self._measurement.source)
            self._telling.result(event, self._measurement.source, now)
            self._outcome_told(event.error, event.status, now)

    def result_unseen(self, event: NibpEvent, now: Nanos) -> None:
        """Take a new result of a measurement that was not seen under way."""
        self.remember(event)
        if ENDED_BY.isdisjoint(event.status):
            self._measured_by(NibpSource.DEVICE_INITIATED)
        self._telling.result(event, NibpSource.DEVICE_INITIATED, now)

    def _measured_by(self, source: NibpSource) -> None:
        """Somebody at the module has measured: an alarm may ask for one more."""
        self._may_again = self._may_again or source is NibpSource.DEVICE_INITIATED

    def failed(self, why: str, now: Nanos, *flags: StatusCode) -> None:
        """The measurement under way has ended without a result."""
        if self._measurement is not None:
            status = (StatusCode.MEASUREMENT_FAILED, *flags)
            self._telling.failure(why, status, self._measurement.source, now)
            self._outcome_told(why, status, now)

    def stop(self, why: str, now: Nanos, *flags: StatusCode) -> None:
        """Let the air out until that is seen; a measurement under way has failed, and why."""
        if self.phase is not CuffPhase.STOPPING:
            self.phase = CuffPhase.STOPPING
            self._stopped_first, self._stop_said = None, False
        if self._stop_written is None or now - self._stop_written >= STOP_AGAIN:
            self._stop_due = now
        self._detail = why
        self._busy_until = None
        self._schedule.drop()
        self.failed(why, now, *flags)

    def tick(self, now: Nanos) -> None:
        """Judge what time alone decides."""
        if self._schedule.expired(now):
            self._schedule.drop()
            self._detail = NEVER_LOOKED
            self._telling.failure(NEVER_LOOKED, (StatusCode.MEASUREMENT_FAILED,), NibpSource.AUTO, now)
        if self.phase is CuffPhase.STOPPING:
            return
        if self._up_since is not None and now - self._up_since >= LONGEST_UP:
            self._give_up(f"the cuff was up for {LONGEST_UP // SECOND} s: stopped", now)
        elif self.phase is CuffPhase.STARTING and self.measured_for(now) >= START_WITHIN:
            self.stop(f"not started: no sign of it within {START_WITHIN // SECOND} s", now)
        elif self._told_at is not None and now - self._told_at >= EMPTY_WITHIN:
            self._give_up(f"the cuff did not empty within {EMPTY_WITHIN // SECOND} s: stopped", now)

    def _give_up(self, why: str, now: Nanos) -> None:
        self._schedule.end()
        self._may_again = False
        self.stop(why, now)

    def _outcome_told(self, error: str, status: tuple[StatusCode, ...], now: Nanos) -> None:
        """End the measurement; the cuff may still be up."""
        self._measurement = None
        self._detail = error
        if not ENDED_BY.isdisjoint(status):
            self._may_again = False
            if self._schedule.end():
                self._detail = f"{error}; the automatic cycle has ended"
        if self.phase in (CuffPhase.STARTING, CuffPhase.MEASURING):
            self.phase = CuffPhase.MEASURING  # until it is seen empty
            self._told_at = now
            if self._down_since is not None:
                self._empty(self._down_since)

    # --- what is told ---------------------------------------------------------------------------

    def drain(self, now: Nanos) -> list[Reading]:
        """Return what there is to tell since the last call, changes of state first."""
        coming = self._schedule.why if self.phase is CuffPhase.IDLE else ""
        state = (self.phase, self._schedule.in_force, self._due(), coming or self._detail)
        return self._telling.take(state, self._may_squeeze, now)

    @property
    def _may_squeeze(self) -> bool | None:
        """Return whether the cuff may be up; None: it was not seen since the way was opened.

        A cuff that was up when the way broke counts as up until it is seen empty: CUFF_STUCK goes on.
        """
        if self.squeezes or self._was_up_since is not None:
            return True
        return False if self.looked else None

    def _due(self) -> Nanos | None:
        """Return when the cuff measures next: not before the arm has rested."""
        wanted = self._schedule.wanted
        if wanted is None or self._rest_from is None or self.squeezes:
            return wanted
        return max(wanted, Nanos(self._rest_from + REST))


def _content(event: NibpEvent) -> tuple[object, ...]:
    """Return all that a result says, but not where it lay in the stream."""
    return msgspec.structs.astuple(event)[1:]
