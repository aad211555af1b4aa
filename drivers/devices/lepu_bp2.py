"""Lepu BP2 family of cuffs: watched, never started.

The cuff is asked for its state every 5 s, tells the pressure while it measures, and then its
result, several times and without a time. A result is fresh when this connection saw the cuff
measure before it; one that comes without is from a measurement nobody saw, and is stored.
"""

from collections.abc import Sequence
from dataclasses import replace

from drivers.devices.about import ABOUT
from drivers.devices.readings import plain
from drivers.model import Device, DeviceConfig, Guess, Listener, Model, Source, Step, Transport, Write
from drivers.wire.crc8 import crc8
from drivers.wire.events import Event, InfoEvent, NibpEvent, NumericEvent, ReplyEvent, StatusEvent
from drivers.wire.lepu_bp2 import PAUSE, LepuBp2Decoder
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.types import DeviceStatus, InfoField, Nibp, Reading, StatusCode

SERVICE = "14839ac4-7d7e-415c-9a42-167340cf2339"
WRITE = "8b00ace7-eb0b-49b0-bbe9-9aee0a26e1a3"
NOTIFY = "0734594a-a8e7-4b1a-a6b1-cd5243059a57"

STATE, BATTERY, ABOUT_CUFF = 0x00, 0x30, 0xE1
ALLOWED = (STATE, BATTERY, ABOUT_CUFF)
"""All that is ever sent. Neighbours inflate the cuff, reset it, or erase what it holds."""

STATE_EVERY = seconds(5)
ANSWER_WITHIN = seconds(2)
BATTERY_EVERY = seconds(60)
APART = seconds(0.5)
"""Between two requests, so that one is answered before the next."""
SHORTEST_MEASUREMENT = seconds(10)
"""The last result, told again within this of a beginning, is not the one of what has begun."""
RESULT_WITHIN = seconds(10)
"""After a measurement ended; the result comes at once, or not at all."""


def request(command: int) -> bytes:
    """Return the frame of one of the ALLOWED commands."""
    if command not in ALLOWED:
        raise ValueError(f"0x{command:02X} is never sent")
    frame = bytes([0xA5, command, command ^ 0xFF, 0, 1, 0, 0])
    return frame + bytes([crc8(frame)])


class Cuff(Listener):
    """A cuff that a person starts at its button."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._last: Nibp | None = None  # survives a lost connection: it may come again after it
        self.opened(Nanos(0))

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Ask everything anew; what is measured from now on is seen."""
        self._asked = {command: Nanos(now - BATTERY_EVERY) for command in ALLOWED}
        self._written = Nanos(now - APART)
        self._heard = Nanos(now - ANSWER_WITHIN)
        self._described = False
        self._measuring = False
        self._begun = now  # the measurement under way
        self._result_due: Nanos | None = None  # set: a measurement was seen, and has no result yet
        return ()

    def step(self, now: Nanos) -> Step:
        """Return the next request, and the end of a measurement whose result did not come."""
        overdue = not self._measuring and self._result_due is not None and now >= self._result_due
        readings = [self._failed(now, "the cuff told no result")] if overdue else []
        if now - self._written < APART:
            return Step((), readings)
        due = [command for command in ALLOWED if now >= self._next(command)]
        if not due:
            return Step((), readings)
        self._written = self._asked[due[0]] = now
        return Step((Write(request(due[0]), WRITE),), readings)

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return pressure and flags, and each result once."""
        found: list[Reading] = []
        for event in events:
            self._note(event, t)
            if isinstance(event, NibpEvent):
                found.extend(self._result(event, t))
            else:
                found.extend(plain((event,), self._device_id, t, simulated=self._simulated))
        return found

    def closed(self, now: Nanos) -> Sequence[Reading]:
        """End a measurement whose result can no longer be heard."""
        if self._result_due is None:
            return ()
        ended = DeviceStatus(self._device_id, now, StatusCode.MEASURING, False, self._simulated)
        failed = self._failed(now, "the connection was lost before the cuff told its result")
        was_measuring, self._measuring = self._measuring, False
        return (ended, failed) if was_measuring else (failed,)

    def _next(self, command: int) -> Nanos:
        """Return when a command is due."""
        asked = self._asked[command]
        if command == STATE:
            unanswered = self._heard < asked
            return Nanos(asked + (ANSWER_WITHIN if unanswered else STATE_EVERY))
        if command == ABOUT_CUFF and self._described:
            return Nanos(asked + seconds(86_400))
        return Nanos(asked + BATTERY_EVERY)

    def _note(self, event: Event, t: Nanos) -> None:
        if isinstance(event, NumericEvent | NibpEvent | ReplyEvent):
            self._heard = t
        elif isinstance(event, InfoEvent) and event.field is InfoField.SERIAL:
            self._described = True
        elif isinstance(event, StatusEvent) and event.code is StatusCode.MEASURING:
            self._measuring = event.active
            if event.active:
                self._begun = t
                self._result_due = t  # of no account before it has ended
            self._wait_for_result(t)
        if isinstance(event, ReplyEvent) and event.number == PAUSE:
            self._wait_for_result(t)

    def _wait_for_result(self, t: Nanos) -> None:
        if self._result_due is not None:
            self._result_due = Nanos(t + RESULT_WITHIN)

    def _result(self, event: NibpEvent, t: Nanos) -> list[Reading]:
        """Return the measurement unless it was told before."""
        seen = self._result_due is not None
        result = Nibp(
            self._device_id,
            t,
            event.sys,
            event.dia,
            event.map,
            event.pulse_rate,
            status=event.status,
            stored=not seen,
            simulated=self._simulated,
            error=event.error,
        )
        early = t - self._begun < SHORTEST_MEASUREMENT
        if self._is_last(result) and (early or not seen):
            return []
        self._result_due = None
        if not seen and result.failed:
            return []
        self._last = result
        return [result]

    def _is_last(self, result: Nibp) -> bool:
        return self._last is not None and replace(self._last, t=result.t, stored=result.stored) == result

    def _failed(self, now: Nanos, why: str) -> Nibp:
        self._result_due = None
        failed = (StatusCode.MEASUREMENT_FAILED,)
        return Nibp(
            self._device_id, now, None, None, None, None, status=failed, simulated=self._simulated, error=why
        )


def _cuff(config: DeviceConfig, clock: Clock) -> Device:
    return Cuff(config)


MODEL = Model(
    "lepu-bp2",
    "Lepu / Viatom / Wellue cuffs BP2, BP2A, BP2W, LP-BP2W",
    Transport.BLE,
    ("nibp_sys", "nibp_dia", "nibp_map", "nibp_pulse_rate", "cuff_pressure"),
    (Source(LepuBp2Decoder, NOTIFY), *ABOUT),
    _cuff,
    silent_after_s=8.0,  # asked every 5 s, and again 2 s after no answer
    doubted_after_s=9.0,
    reopen_after_s=30.0,
    speak_every_s=0.25,
    guess=Guess(names=("BP2", "LP-BP2", "Checkme BP2"), services=(SERVICE,), companies=(0xF34E,)),
)
