"""A framed wireless device and its behaviour, without a radio and in virtual time."""

from datetime import datetime

from drivers import registry
from drivers.model import DeviceConfig
from drivers.wire.events import Event
from monitor.core.clock import Nanos, seconds
from monitor.core.types import DeviceInfo, DeviceStatus, Nibp, Numeric, Reading, Waveform
from simulators import models
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.framed import FramedPeripheral
from simulators.radio.peripherals.live import LivePeripheral, RadioSim
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)
STEP_S = 0.1
ROOM = 180
BEGIN_S = 20.0


class StillClock:
    def now(self) -> Nanos:
        return seconds(BEGIN_S)


def worn(model: str, seed: int = 1, *, first_s: float = 1e6) -> LivePeripheral:
    """Return the simulated device on a calm patient."""
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    setting = Setting(subject, seed, lambda: NOON, address="C0:00:00:00:00:01", first_s=first_s)
    sim = models.load(model)
    assert isinstance(sim, RadioSim)
    return sim.make(setting)


class Play:
    """Carries writes and notifications between the two; takes down both."""

    def __init__(self, model: str, *, first_s: float = 1e6, **options: object) -> None:
        peripheral = worn(model, first_s=first_s)
        assert isinstance(peripheral, FramedPeripheral)
        self.sim = peripheral
        self.model = registry.load(model)
        config = DeviceConfig("dev", model, simulated=True, options=options)
        self.device = self.model.make_device(config, StillClock())
        self.written: list[tuple[float, bytes]] = []
        self.readings: list[Reading] = []
        self.events: list[Event] = []
        self._at = round(BEGIN_S / STEP_S)
        self.connect()

    @property
    def now_s(self) -> float:
        return self._at * STEP_S

    @property
    def now(self) -> Nanos:
        return seconds(self.now_s)

    @property
    def commands(self) -> list[int]:
        return [byte for _, data in self.written for byte in self.sim.command(data)]

    def connect(self) -> None:
        self.decoder = self.model.sources[0].make_decoder()
        self.written += [(self.now_s, write.data) for write in self.device.opened(self.now)]

    def disconnect(self) -> list[Reading]:
        self.readings += (last := list(self.device.closed(self.now)))
        return last

    def run(self, span_s: float) -> list[Reading]:
        """Let time pass, and return what was read meanwhile."""
        first = len(self.readings)
        end = self._at + round(span_s / STEP_S)
        while self._at < end:
            self._at += 1
            self._arrive(self.sim.due(self.now_s))
            self._step()
        return self.readings[first:]

    def _step(self) -> None:
        step = self.device.step(self.now)
        self.readings += step.readings
        for write in step.writes:
            assert self.sim.command(write.data), "no request of the document"
            assert len(write.data) <= 20 and write.uuid == self.sim.write_uuid
            self.written.append((self.now_s, write.data))
            self._arrive(self.sim.answers(write.data, self.now_s))

    def _arrive(self, frames: list[bytes]) -> None:
        for frame in frames:
            for part in self.sim.notifications(frame, ROOM):
                events = self.decoder.feed(part)
                self.events += events
                self.readings += self.device.readings(events, self.now)


def values(readings: list[Reading], channel: str) -> list[tuple[float | None, str | None]]:
    return [(r.value, r.reason) for r in readings if isinstance(r, Numeric) and r.channel == channel]


def flags(readings: list[Reading]) -> list[tuple[str, bool]]:
    return [(r.code.value, r.active) for r in readings if isinstance(r, DeviceStatus)]


def facts(readings: list[Reading]) -> dict[str, str]:
    return {r.field.value: r.text for r in readings if isinstance(r, DeviceInfo)}


def measurements(readings: list[Reading]) -> list[Nibp]:
    return [r for r in readings if isinstance(r, Nibp)]


def samples(readings: list[Reading]) -> tuple[int, int]:
    """Return how many samples came, and how many are known to be lost."""
    chunks = [r for r in readings if isinstance(r, Waveform)]
    return sum(len(chunk.samples) for chunk in chunks), sum(chunk.lost for chunk in chunks)
