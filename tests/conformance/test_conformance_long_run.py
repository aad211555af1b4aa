"""A device and its behaviour, joined by their bytes alone, for ten minutes in no time."""

from datetime import datetime, timedelta

from farm import TRUTH, Steady
from known import Known, SteppedClock

from drivers.model import DeviceConfig
from drivers.orders import Order, OrderKind, OrderRefused
from drivers.watch import Watch
from drivers.wire.events import Event, GarbageEvent, NibpEvent, NumericEvent, WaveformEvent
from monitor.core.clock import seconds
from monitor.core.types import Nibp, Numeric, Reading
from simulators import models
from simulators.machine import Setting

NOON = datetime(2026, 11, 24, 12)
LENGTH_S = 600
STEP_S = 0.05
CUFF_EVERY_S = 120.0
NEEDED_FOR_NOTHING = {"command reply", "heading", "column titles", "unused wave"}
"""What intact frames may be told as garbage for."""


class Loop:
    """One serial device, and the driver's decoder and behaviour that it talks with."""

    def __init__(self, known: Known) -> None:
        self.clock = SteppedClock()
        self.now_s = 0.0
        model = known.model
        setting = Setting(
            Steady(), 1, lambda: NOON + timedelta(seconds=self.now_s), first_s=2.0, every_s=60.0
        )
        self._machine = models.load(model.name).make(setting)
        self._device = model.make_device(
            DeviceConfig("device", model.name, simulated=True, options={"unverified": True}), self.clock
        )
        self._decoder = model.sources[0].make_decoder()
        self._watch = Watch(model, self.clock.now())
        self._speaks = model.speak_every_s is not None
        self.events: list[Event] = []
        self.readings: list[Reading] = []
        self.complaints: set[object] = set()
        self._unheard = b"".join(write.data for write in self._device.opened(self.clock.now()))

    def step(self) -> None:
        """Let a twentieth of a second go by for both."""
        self.now_s += STEP_S
        self.clock.advance(seconds(STEP_S))
        due = self._machine.step(self.now_s)
        if self._unheard:
            due += self._machine.heard(self._unheard, self.now_s)
            self._unheard = b""
        now = self.clock.now()
        if wire := b"".join(due):
            events = self._decoder.feed(wire)
            self._watch.heard(events, now)
            self.events += events
            self.readings += self._device.readings(events, now)
        if self._speaks:
            step = self._device.step(now)
            self.readings += step.readings
            self._unheard += b"".join(write.data for write in step.writes)
        if verdict := self._watch.verdict(now):
            self.complaints.add(verdict)

    def start_cuff(self) -> None:
        self._device.order(Order(OrderKind.START), self.clock.now())


def run(known: Known) -> Loop:
    loop, cuff_due_s = Loop(known), 5.0
    takes_orders = OrderKind.START in known.model.orders
    while loop.now_s < LENGTH_S:
        loop.step()
        if takes_orders and loop.now_s >= cuff_due_s:
            try:
                loop.start_cuff()
            except OrderRefused:
                cuff_due_s += 1.0
            else:
                cuff_due_s += CUFF_EVERY_S
    return loop


def test_ten_minutes_are_read_without_loss_silence_or_a_wrong_number(serial: Known):
    loop = run(serial)
    assert {event.why for event in loop.events if isinstance(event, GarbageEvent)} <= NEEDED_FOR_NOTHING
    assert sum(event.lost for event in loop.events if isinstance(event, WaveformEvent)) == 0
    assert loop.complaints == set()
    assert any(isinstance(event, NumericEvent | NibpEvent) for event in loop.events)
    assert wrong(loop.readings[len(loop.readings) // 10 :]) == set()  # averages settle first


def wrong(readings: list[Reading]) -> set[tuple[str, float | None]]:
    """Return the numbers that the patient never had."""
    found: set[tuple[str, float | None]] = set()
    for reading in readings:
        if isinstance(reading, Numeric):
            pairs = [(reading.channel, reading.value)]
        elif isinstance(reading, Nibp):
            pairs = [("nibp_sys", reading.sys), ("nibp_dia", reading.dia), ("nibp_map", reading.map)]
        else:
            continue
        found.update(pair for pair in pairs if not _true(*pair))
    return found


def _true(channel: str, value: float | None) -> bool:
    true, tolerance = TRUTH[channel]
    return channel == "cuff_pressure" or (value is not None and abs(value - true) <= tolerance)
