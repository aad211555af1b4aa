"""BerryMed PM6750-type modules: everything streams; only the cuff is told to start and to stop.

The module tells in every cuff packet what goes on: measuring, or how the last measurement went. So a
result is taken when measuring has turned into it, or when it says something else than the one before;
the same one repeated is not. Whether cuff packets come while nothing is measured is not documented.
When none has come for 5 s after opening, or after a result while the cuff was still up, the cuff is told
to stop, as nobody can know whether it is empty; from then on no packets mean that it is. When they end
while a measurement is under way, the cuff is told to stop until one comes.
"""

from collections.abc import Sequence

from drivers.devices.cuff_cycle import CuffCycle, Wish
from drivers.devices.readings import WaveformChunks, plain
from drivers.model import Device, DeviceConfig, Model, Source, Step, Transport, Write
from drivers.orders import PERSONS, Order
from drivers.wire.events import Event, NibpEvent, NumericEvent, StatusEvent, WaveformEvent
from drivers.wire.pm6750 import START, STOP, STOPPED_TEXT, Pm6750Decoder
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.types import CuffPhase, Reading, StatusCode

APART = seconds(0.1)
"""Between two commands."""
NO_PACKET = seconds(5)
"""A module without any packet for so long is lost; of its cuff alone, the cuff is out of sight."""
SPOKE_WITHIN = seconds(2)
WAVES = ("pleth", "resp")


class Module:
    """Hands on what streams, and tells the cuff cycle what the module says of its cuff."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._cycle = CuffCycle(config)
        self._waves = {
            channel: WaveformChunks(config.device_id, simulated=config.simulated) for channel in WAVES
        }
        self._forget(None)

    def _forget(self, now: Nanos | None) -> None:
        self._measuring = self._initialising = False  # as the module says
        self._unseen: tuple[object, ...] | None = None  # a new result that one packet has told
        self._was_measuring = False  # since the last start or outcome
        self._blind = False  # a measurement's packets ended: their absence means nothing any more
        self._wrote: Nanos | None = None
        self._heard_at: Nanos | None = None
        self._cuff_at: Nanos | None = now  # the last cuff packet, or since when one is waited for

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Forget what was heard; nothing is written before the cuff was seen, but a stop under way."""
        self._forget(now)
        self._cycle.opened(now)
        self._cycle.remember(None)
        return ()

    def order(self, order: Order, now: Nanos) -> str:
        """Take an order."""
        return self._cycle.order(order, now)

    def parting(self, now: Nanos) -> Sequence[Write]:
        """Let a cuff down that is up, or may be."""
        return (Write(STOP),) if self._cycle.squeezes else ()

    def closed(self, now: Nanos) -> Sequence[Reading]:
        """Tell that a measurement under way has failed."""
        self._cycle.closed(now)
        return self._cycle.drain(now)

    # --- what is heard --------------------------------------------------------------------------

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return numbers and flags in wire order, what the cuff does, then the waves of this read."""
        self._heard_at = t
        others: list[Event] = []
        waves: list[WaveformEvent] = []
        for event in events:
            if isinstance(event, WaveformEvent):
                waves.append(event)
            elif not self._take_cuff(event, t):
                others.append(event)
        found = plain(others, self._device_id, t, simulated=self._simulated)
        found.extend(self._cycle.drain(t))
        for channel, chunks in self._waves.items():
            found.extend(chunks.join((wave for wave in waves if wave.channel == channel), t))
        return found

    def _take_cuff(self, event: Event, t: Nanos) -> bool:
        """Take an event that is the cuff's; False for any other."""
        if isinstance(event, NibpEvent):
            self._result(event, t)
        elif isinstance(event, NumericEvent) and event.channel == "cuff_pressure":
            self._cuff_at, self._blind = t, False
            self._cycle.saw(event.value, t, measuring=self._measuring)
            if self._initialising:
                self._cycle.busy(t)
        elif isinstance(event, StatusEvent) and event.code is StatusCode.MEASURING:
            self._measuring = event.active
            self._was_measuring |= event.active
        else:
            if isinstance(event, StatusEvent) and event.code is StatusCode.CUFF_BUSY:
                self._initialising = event.active
            return False
        return True

    def _result(self, event: NibpEvent, t: Nanos) -> None:
        """Take a result that is new, know one that is not."""
        cycle = self._cycle
        if cycle.phase is CuffPhase.STOPPING:
            if self._was_measuring and event.error == STOPPED_TEXT:
                cycle.stop_acknowledged()
            cycle.remember(event)
        elif cycle.pending:
            if self._was_measuring or (cycle.knows_result and not cycle.is_known(event)):
                cycle.result(event, t)
                self._was_measuring = False
            else:
                cycle.remember(event)
        elif cycle.knows_result and not cycle.is_known(event):
            self._unseen_result(event, t)
        else:
            cycle.remember(event)

    def _unseen_result(self, event: NibpEvent, t: Nanos) -> None:
        """Take a result that nobody saw being measured when a second packet says the same.

        The sum of a packet lets some wrong ones pass; one alone would also make the old result new again.
        """
        said = (event.sys, event.dia, event.map, event.error)
        if said == self._unseen:
            self._cycle.result_unseen(event, t)
        self._unseen = said

    # --- what is written ------------------------------------------------------------------------

    def step(self, now: Nanos) -> Step:
        """Return the order to the cuff that is due."""
        self._cycle.tick(now)
        if self._heard_at is not None and now - self._heard_at <= SPOKE_WITHIN:
            self._look_without_packets(now)
        writes: tuple[Write, ...] = ()
        if self._wrote is None or now - self._wrote >= APART:
            wish = self._cycle.wish(now)
            if wish is not Wish.NOTHING:
                writes = (self._write(wish, now),)
        return Step(writes, self._cycle.drain(now))

    def _look_without_packets(self, now: Nanos) -> None:
        """Judge a module that speaks, but says nothing of its cuff."""
        if self._blind or self._cuff_at is None or now - self._cuff_at < NO_PACKET:
            return
        cycle = self._cycle
        if cycle.pending:
            self._blind = True
            cycle.lost_sight(now)
        elif cycle.phase is CuffPhase.STOPPING or (cycle.phase is CuffPhase.IDLE and cycle.looked):
            cycle.saw(None, now, measuring=False)
        else:
            cycle.stop("nothing is told of the cuff: making sure that it is empty", now)

    def _write(self, wish: Wish, now: Nanos) -> Write:
        self._wrote = now
        if wish is Wish.STOP:
            self._cycle.stop_written(now)
            return Write(STOP)
        self._was_measuring = self._measuring
        self._cuff_at = now
        self._cycle.start_written(now)
        return Write(START)


def _module(config: DeviceConfig, clock: Clock) -> Device:
    return Module(config)


MODEL = Model(
    "berrymed-pm6750",
    "BerryMed PM6750-type modules: blood pressure, SpO2, ECG and breathing rates, temperature",
    Transport.SERIAL,
    (
        "spo2",
        "pulse_rate",
        "heart_rate",
        "resp_rate",
        "temperature",
        "nibp_sys",
        "nibp_dia",
        "nibp_map",
        "cuff_pressure",
        *WAVES,
    ),
    (Source(Pm6750Decoder),),
    _module,
    baudrate=115200,
    silent_after_s=5.25,
    speak_every_s=0.05,
    orders=PERSONS,
)
