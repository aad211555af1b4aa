"""Masimo MightySat: told once what to send, then listened to.

The maker's order: ask what the device is, then start parameters and waveforms. Neither waits for
ever: after two questions without an answer the start is sent all the same, and it is sent again
whenever the numbers stay away.
"""

import logging
from collections.abc import Sequence

from drivers.devices.about import ABOUT
from drivers.devices.readings import WaveformChunks, plain
from drivers.model import Device, DeviceConfig, Guess, Listener, Model, Source, Step, Transport, Write
from drivers.wire.events import Event, InfoEvent, NumericEvent, ReplyEvent, WaveformEvent
from drivers.wire.mightysat import MightySatDecoder
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.types import InfoField, Reading

SERVICE = "54c21000-a720-4b4f-11e4-9fe20002a5d5"
WRITE = "54c21001-a720-4b4f-11e4-9fe20002a5d5"
NOTIFY = "54c21002-a720-4b4f-11e4-9fe20002a5d5"
COMPANY = 0x0243

WHAT_ARE_YOU, START_SENDING = 0x01, 0x03
ALLOWED = (WHAT_ARE_YOU, START_SENDING)
"""All that is ever sent. Neighbours set the clock (0x02) and erase the trends (0x07)."""
ABOUT_FRAME = bytes.fromhex("77 02 01 07")
START_FRAME = bytes.fromhex("77 05 03 1F 00 03 D6")
"""Parameters 001F, waveforms 3."""

ANSWER_WITHIN = seconds(2)
QUESTIONS = 2
AGAIN_AFTER = seconds(6)
"""Without numbers for this long the start is sent again: they come once a second."""

log = logging.getLogger(__name__)


class MightySat(Listener):
    """Sends the two frames of the start, and tells what comes."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._pleth = WaveformChunks(config.device_id, simulated=config.simulated)
        self._refusal = ""
        self.opened(Nanos(0))

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Begin the start anew."""
        self._questions = 0
        self._known = False  # it has said what it is
        self._due = now
        return ()

    def step(self, now: Nanos) -> Step:
        """Return the next frame of the start, or the start again when numbers stay away."""
        if now < self._due:
            return Step()
        if not self._known and self._questions < QUESTIONS:
            self._questions += 1
            self._due = Nanos(now + ANSWER_WITHIN)
            return Step((Write(ABOUT_FRAME, WRITE),))
        self._due = Nanos(now + AGAIN_AFTER)
        return Step((Write(START_FRAME, WRITE),))

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return the numbers, the pleth and the flags."""
        for event in events:
            self._hear(event, t)
        found = plain(events, self._device_id, t, simulated=self._simulated)
        found.extend(self._pleth.join((e for e in events if isinstance(e, WaveformEvent)), t))
        return found

    def _hear(self, event: Event, t: Nanos) -> None:
        if isinstance(event, NumericEvent):
            self._known = True
            self._due = Nanos(t + AGAIN_AFTER)
        elif isinstance(event, InfoEvent) and event.field is InfoField.SOFTWARE and not self._known:
            self._known = True
            self._due = t
        elif isinstance(event, ReplyEvent) and not event.ok and event.text != self._refusal:
            self._refusal = event.text
            log.warning("%s: command %s is refused: %s", self._device_id, event.command, event.text)


def _mightysat(config: DeviceConfig, clock: Clock) -> Device:
    return MightySat(config)


MODEL = Model(
    "masimo-mightysat",
    "Masimo MightySat and MightySat Rx",
    Transport.BLE,
    ("spo2", "pulse_rate", "perfusion_index", "resp_rate", "pleth"),
    (Source(MightySatDecoder, NOTIFY), *ABOUT),
    _mightysat,
    silent_after_s=4.0,  # numbers once a second: three missed, and the radio's own delay
    reopen_after_s=20.0,
    speak_every_s=0.25,
    guess=Guess(names=("MightySat", "Masimo", "MSat"), services=(SERVICE,), companies=(COMPANY,)),
)
