"""A cuff module's behaviour and its simulator joined by bytes, in steps of 10 ms of virtual time."""

from dataclasses import dataclass, field

from drivers.model import DeviceConfig, Model
from drivers.orders import Order, OrderKind
from monitor.core.clock import Nanos, SystemClock, seconds
from monitor.core.types import CuffPhase, CuffState, DeviceStatus, Nibp, Numeric, Reading, StatusCode
from simulators.machine import Setting
from simulators.subject import Oximetry, Pressure

STEP_S = 0.01
START = Nanos(1_000_000_000_000)


@dataclass
class Arm:
    """A calm person whose pressure the test sets; notes when a cuff squeezes."""

    sys: float = 118.0
    dia: float = 76.0
    squeezed: list[tuple[float, bool]] = field(default_factory=list)

    def ended(self, t_s):
        return False

    def oximetry(self, t_s):
        return Oximetry(95.0 + t_s % 3, 66.0 + t_s % 7)

    def pleth(self, t_s):
        return t_s * 1.1 % 1.0

    def since_pulse_s(self, t_s):
        return t_s * 1.1 % 1.0

    def heart_rate(self, t_s):
        return 66.0 + t_s % 7

    def beats(self, after_s, until_s):
        return ()

    def ecg_mv(self, t_s):
        return 1.0 if t_s * 1.1 % 1.0 < 0.05 else 0.0

    def resp_rate(self, t_s):
        return 12.0 + t_s % 3

    def resp(self, t_s):
        return t_s * 0.2 % 1.0

    def pressure(self, t_s):
        return Pressure(self.sys, self.dia, self.dia + (self.sys - self.dia) / 3.0, 72.0)

    def temperature_c(self, t_s):
        return 36.6

    def cuff(self, t_s, inflated):
        self.squeezed.append((t_s, inflated))


def setting(arm: Arm) -> Setting:
    return Setting(arm, 1, lambda: SystemClock().utc().replace(tzinfo=None))


class Room:
    """Runs both ends; everything written and told is kept with its second."""

    def __init__(self, model: Model, make_machine, **options) -> None:
        self.arm = Arm()
        self.machine = make_machine(setting(self.arm))
        self.model = model
        self.device = model.make_device(
            DeviceConfig("cuff", model.name, simulated=True, options=options), SystemClock()
        )
        self.decoder = model.sources[0].make_decoder()
        self.now_s = 0.0
        self.connected = False
        self.to_module = self.from_module = True
        self.written: list[tuple[float, bytes]] = []
        self.spoken: int | None = None  # so many were written before hanging up
        self.told: list[tuple[float, Reading]] = []
        self.lose: set[bytes] = set()  # frames that the line loses
        self._spoken_s = -1.0
        self.open()

    @property
    def now(self) -> Nanos:
        return Nanos(START + seconds(self.now_s))

    def open(self) -> None:
        self.decoder = self.model.sources[0].make_decoder()
        self.connected = True
        self._send(self.device.opened(self.now))
        self._step()

    def close(self, *, parting: bool = False) -> None:
        if parting:
            self.spoken = len(self.written)
            self._send(self.device.parting(self.now))
        self._tell(self.device.closed(self.now))
        self.connected = False

    def run(self, length_s: float) -> None:
        for _ in range(round(length_s / STEP_S)):
            self.now_s = round(self.now_s + STEP_S, 3)
            frames = self.machine.step(self.now_s)
            self._receive([each for each in frames if each not in self.lose])
            if self.connected and self.now_s - self._spoken_s >= self.model.speak_every_s - 1e-9:
                self._spoken_s = self.now_s
                self._step()

    def run_until(self, condition, within_s: float = 200.0) -> float:
        """Run until `condition()`; return the seconds that it took."""
        began = self.now_s
        while not condition():
            assert self.now_s - began < within_s, self.states()
            self.run(STEP_S)
        return self.now_s - began

    def order(self, kind: OrderKind, minutes: float = 0.0) -> str:
        answer = self.device.order(Order(kind, minutes), self.now)
        self._step()
        return answer

    def command(self, *words: str) -> str:
        return self.machine.obey(list(words), self.now_s)

    def _step(self) -> None:
        step = self.device.step(self.now)
        self._tell(step.readings)
        self._send(step.writes)

    def _send(self, writes) -> None:
        for write in writes:
            self.written.append((self.now_s, write.data))
            if self.to_module and write.data not in self.lose:
                answers = self.machine.heard(write.data, self.now_s)
                self._receive([each for each in answers if each not in self.lose])

    def _receive(self, frames) -> None:
        if frames and self.connected and self.from_module:
            self._tell(self.device.readings(self.decoder.feed(b"".join(frames)), self.now))

    def _tell(self, readings) -> None:
        self.told.extend((self.now_s, reading) for reading in readings)

    # --- what was told --------------------------------------------------------------------------

    def nibps(self) -> list[Nibp]:
        return [reading for _, reading in self.told if isinstance(reading, Nibp)]

    def states(self) -> list[CuffState]:
        return [reading for _, reading in self.told if isinstance(reading, CuffState)]

    def phases(self) -> list[CuffPhase]:
        found: list[CuffPhase] = []
        for state in self.states():
            if not found or state.phase is not found[-1]:
                found.append(state.phase)
        return found

    @property
    def phase(self) -> CuffPhase:
        return self.states()[-1].phase

    def cuff_pressures(self) -> list[float | None]:
        return [r.value for _, r in self.told if isinstance(r, Numeric) and r.channel == "cuff_pressure"]

    def squeezing(self) -> list[bool]:
        """Return what was told of the cuff being up, without the first look's "it is not"."""
        told = [
            r.active for _, r in self.told if isinstance(r, DeviceStatus) and r.code is StatusCode.MEASURING
        ]
        return told[1:] if told[:1] == [False] else told

    def times_of(self, data: bytes) -> list[float]:
        return [when for when, each in self.written if each == data]
