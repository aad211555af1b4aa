"""Viatom / Wellue rings and wrist oximeters: asked once a second, one request at a time.

Newer firmware answers 0x1B (numbers and waveform), older firmware only 0x17 (numbers), and no
document says which does what: 0x1B is tried first, and after a time-out or a refusal the other one,
in turn, until one is answered.
"""

from collections.abc import Sequence
from types import MappingProxyType

from drivers.devices.about import ABOUT
from drivers.devices.readings import WaveformChunks, plain
from drivers.model import Device, DeviceConfig, Guess, Listener, Model, Source, Step, Transport, Write
from drivers.wire.crc8 import crc8
from drivers.wire.events import Event, InfoEvent, NumericEvent, ReplyEvent, WaveformEvent
from drivers.wire.viatom_oxy import ViatomOxyDecoder
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.types import Reading

SERVICE = "14839ac4-7d7e-415c-9a42-167340cf2339"
WRITE = "8b00ace7-eb0b-49b0-bbe9-9aee0a26e1a3"
NOTIFY = "0734594a-a8e7-4b1a-a6b1-cd5243059a57"

INFO, SENSORS, LIVE = 0x14, 0x17, 0x1B
ALLOWED = (INFO, SENSORS, LIVE)
"""All that is ever sent. Neighbours erase the memory (0x18) or change the ring's alarms (0x16)."""
_DATA = MappingProxyType({INFO: b"", SENSORS: b"", LIVE: b"\0"})  # 0: the waveform of 125 samples/s
_OTHER = MappingProxyType({LIVE: SENSORS, SENSORS: LIVE})

EVERY = seconds(1)
ANSWER_WITHIN = seconds(2)


def request(command: int) -> bytes:
    """Return the frame of one of the ALLOWED commands."""
    data = _DATA[command]
    frame = bytes([0xAA, command, command ^ 0xFF, 0, 0]) + len(data).to_bytes(2, "little") + data
    return frame + bytes([crc8(frame)])


class Ring(Listener):
    """Asks, and tells what is answered."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._unverified = config.unverified
        self._pleth = WaveformChunks(config.device_id, simulated=config.simulated)
        self.opened(Nanos(0))

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Begin anew with the newest request."""
        self._live = LIVE
        self._proven = False  # this ring has answered `_live`
        self._described = False
        self._pending: int | None = None
        self._asked = now
        self._due = now
        return ()

    def step(self, now: Nanos) -> Step:
        """Return the request that is due; none while an answer is waited for."""
        if self._pending is not None:
            if now - self._asked < ANSWER_WITHIN:
                return Step()
            self._give_up()
        if self._proven and not self._described:
            self._described = True
            return self._ask(INFO, now)
        if now < self._due:
            return Step()
        self._due = Nanos(max(self._due, now - EVERY) + EVERY)
        return self._ask(self._live, now)

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return what was answered."""
        self._hear(events)
        told = [e for e in events if self._unverified or not _is_unverified(e)]
        found = plain(told, self._device_id, t, simulated=self._simulated)
        found.extend(self._pleth.join((e for e in events if isinstance(e, WaveformEvent)), t))
        return found

    def _ask(self, command: int, now: Nanos) -> Step:
        self._pending, self._asked = command, now
        return Step((Write(request(command), WRITE),))

    def _hear(self, events: Sequence[Event]) -> None:
        """Take note of an answer to what was asked."""
        if any(isinstance(e, ReplyEvent) and not e.ok for e in events):
            self._give_up()
        wanted = InfoEvent if self._pending == INFO else NumericEvent
        if any(isinstance(e, wanted) for e in events):
            self._proven = self._proven or self._pending == self._live
            self._pending = None

    def _give_up(self) -> None:
        """End what is pending; a live request that this ring never answered makes way for the other.

        The older one follows at once, so that numbers are there before anybody calls it silent; the
        way back keeps to one request a second, whatever the ring refuses.
        """
        if self._pending == self._live and not self._proven:
            self._live = _OTHER[self._live]
            if self._live == SENSORS:
                self._due = self._asked
        self._pending = None


def _is_unverified(event: Event) -> bool:
    """Return whether the event's unit is a guess: no source says what the perfusion index counts."""
    return isinstance(event, NumericEvent) and event.channel == "perfusion_index"


def _ring(config: DeviceConfig, clock: Clock) -> Device:
    return Ring(config)


MODEL = Model(
    "viatom-oxy",
    "Viatom / Wellue O2Ring, Checkme O2, SleepU, SleepO2, KidsO2, OxyLink, O2 Max",
    Transport.BLE,
    ("spo2", "pulse_rate", "perfusion_index", "pleth"),
    (Source(ViatomOxyDecoder, NOTIFY), *ABOUT),
    _ring,
    silent_after_s=4.0,  # asked once a second: one answer lost, its time-out, and the next
    reopen_after_s=20.0,
    speak_every_s=0.1,
    guess=Guess(
        names=(
            "O2Ring",
            "Checkme O2",
            "CheckmeO2",
            "SleepU",
            "SleepO2",
            "KidsO2",
            "OxyLink",
            "O2 Max",
            "O2M",
        ),
        services=(SERVICE,),
    ),
)
