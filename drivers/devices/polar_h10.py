"""Polar H10: heart rate and RR intervals as any strap, and its ECG stream (PMD) where it gives one."""

import logging
from collections.abc import Sequence

from drivers.devices.heart_rate import REOPEN_AFTER_S, SILENT_AFTER_S, SOURCES, Strap
from drivers.devices.readings import WaveformChunks
from drivers.model import Device, DeviceConfig, Guess, Model, Source, Step, Transport, Write
from drivers.wire import polar_pmd
from drivers.wire.events import Event, ReplyEvent, WaveformEvent
from drivers.wire.polar_pmd import PmdControlDecoder, PmdEcgDecoder
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.types import DeviceInfo, InfoField, Reading

CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
MV_PER_STEP = 0.001
ASK_AGAIN_AFTER = seconds(10)
"""Without an answer, or without samples of a stream that was started."""
ATTEMPTS = 3
"""Without a sample since: then the strap is left alone until the next connection."""

log = logging.getLogger(__name__)


class H10(Strap):
    """Asks for the ECG's settings, starts it if they are the known ones, and ends it on parting.

    A strap that refuses still is a strap: heart rate goes on, and people are told why there is no ECG.
    """

    def __init__(self, config: DeviceConfig) -> None:
        super().__init__(config)
        self._ecg = WaveformChunks(config.device_id, scale=MV_PER_STEP, simulated=config.simulated)
        self._attempts = 0
        self._waiting_since: Nanos | None = None  # for an answer or for samples; None: nothing to wait for
        self._due: list[Write] = []

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Return the question for the ECG's settings."""
        self._due, self._attempts = [], 0
        return [self._ask(now)]

    def step(self, now: Nanos) -> Step:
        """Return the start of the stream once the settings are known; ask again where nothing came."""
        due, self._due = self._due, []
        if self._waiting_since is not None and now - self._waiting_since >= ASK_AGAIN_AFTER:
            if self._attempts < ATTEMPTS:
                due.append(self._ask(now))
            else:
                self._waiting_since = None
        return Step(due)

    def parting(self, now: Nanos) -> Sequence[Write]:
        """Return the end of the stream: a strap that goes on streaming empties its battery."""
        return [_command(polar_pmd.STOP_ECG)]

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return numbers, flags and facts in wire order, then the ECG of this value as one chunk."""
        found = super().readings(events, t)
        for event in events:
            if isinstance(event, ReplyEvent):
                found.extend(self._answered(event, t))
        waves = [event for event in events if isinstance(event, WaveformEvent)]
        if waves:
            self._waiting_since, self._attempts = t, 0
        found.extend(self._ecg.join(waves, t))
        return found

    def _answered(self, reply: ReplyEvent, t: Nanos) -> list[Reading]:
        if reply.command == polar_pmd.STOP:
            return []
        if not reply.ok:
            self._waiting_since = None
            text = f"no ECG: {reply.command}: {reply.text}"
            log.info("%s: %s", self._device_id, text)
            return [DeviceInfo(self._device_id, t, InfoField.FEATURES, text, self._simulated)]
        if reply.command == polar_pmd.SETTINGS:
            self._waiting_since = t
            self._due.append(_command(polar_pmd.START_ECG))
        return []

    def _ask(self, now: Nanos) -> Write:
        self._attempts += 1
        self._waiting_since = now
        return _command(polar_pmd.GET_ECG_SETTINGS)


def _command(data: bytes) -> Write:
    return Write(data, CONTROL, response=True)


def _h10(config: DeviceConfig, clock: Clock) -> Device:
    return H10(config)


MODEL = Model(
    "polar-h10",
    "Polar H10 with ECG (another strap gives its heart rate)",
    Transport.BLE,
    ("heart_rate", "rr_interval", "ecg"),
    (
        *SOURCES,
        Source(PmdControlDecoder, CONTROL, optional=True, read=True),
        Source(PmdEcgDecoder, DATA, optional=True),
    ),
    _h10,
    guess=Guess(names=("Polar H10",)),
    silent_after_s=SILENT_AFTER_S,
    reopen_after_s=REOPEN_AFTER_S,
    speak_every_s=1.0,
)
