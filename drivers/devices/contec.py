"""Contec CMS50 oximeters: old firmware speaks by itself, protocol V7.0 when it is told to."""

from collections.abc import Sequence
from enum import Enum, auto
from functools import partial

from drivers.devices.frame_oximeter import FrameOximeter
from drivers.model import DeviceConfig, Model, Source, Step, Transport, Write
from drivers.wire.bci import CMS50, BciDecoder
from drivers.wire.contec_v7 import KEEP_ALIVE, START, STOP, STOP_STORED, ContecV7Decoder
from drivers.wire.events import Event, GarbageEvent, WaveformEvent
from drivers.wire.sync_bit import REPLY
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.types import Reading

ANSWER_WITHIN = seconds(1)
"""The maker's time for a reply; without one it is asked again."""
KEEP_ALIVE_EVERY = seconds(5)


class _Phase(Enum):
    STOPPING = auto()  # asked to end whatever it sends
    STARTING = auto()  # asked for real-time data
    RUNNING = auto()


class V7Oximeter(FrameOximeter):
    """Told to stop whatever it sends, then to start, and every 5 s that somebody listens.

    When real-time data do not come, or cease, within 1 s, all is asked anew.
    """

    def __init__(self, config: DeviceConfig, clock: Clock) -> None:
        super().__init__(config, clock)
        self._phase = _Phase.STOPPING
        self._since: Nanos = clock.now()  # when it was asked, or heard, last
        self._kept_alive = self._since
        self._answered = False

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Forget what was told, and ask it to stop."""
        super().opened(now)
        self._kept_alive = now
        return self._stop(now)

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return numbers, flags and pleth; take note of answers."""
        if any(isinstance(event, GarbageEvent) and event.why == REPLY for event in events):
            self._answered = True
        # what comes before the start was asked for is the rest of an older stream
        if self._phase is not _Phase.STOPPING and any(isinstance(event, WaveformEvent) for event in events):
            self._phase, self._since = _Phase.RUNNING, t
        return super().readings(events, t)

    def step(self, now: Nanos) -> Step:
        """Return the start when it has stopped, all anew when nothing comes, and the keep-alive."""
        writes: list[Write] = []
        late = now - self._since >= ANSWER_WITHIN
        if self._phase is _Phase.STOPPING and (self._answered or late):
            self._phase, self._since = _Phase.STARTING, now
            writes.append(Write(START))
        elif self._phase is not _Phase.STOPPING and late:
            writes.extend(self._stop(now))
        if now - self._kept_alive >= KEEP_ALIVE_EVERY:
            self._kept_alive = now
            writes.append(Write(KEEP_ALIVE))
        return Step(writes)

    def parting(self, now: Nanos) -> Sequence[Write]:
        """End the stream."""
        return (Write(STOP),)

    def _stop(self, now: Nanos) -> Sequence[Write]:
        self._phase, self._since, self._answered = _Phase.STOPPING, now, False
        return Write(STOP_STORED), Write(STOP)


FIVE_BYTE = Model(
    "contec-5byte",
    "Contec CMS50D+, CMS50E with firmware before V7",
    Transport.SERIAL,
    ("spo2", "pulse_rate", "pleth"),
    (Source(partial(BciDecoder, CMS50)),),
    FrameOximeter,
    baudrate=19200,
    parity="O",
    # never xonxoff, though a public driver sets it: it swallows 11h and 13h, a pulse of 145 and 147
)
V7 = Model(
    "contec-v7",
    "Contec CMS50D+ (new), CMS50E, F, EW, Pulox, protocol V7.0",
    Transport.SERIAL,
    ("spo2", "pulse_rate", "perfusion_index", "pleth"),
    (Source(ContecV7Decoder),),
    V7Oximeter,
    baudrate=115200,
    silent_after_s=2.25,
    speak_every_s=0.25,
)
