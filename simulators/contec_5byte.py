"""A Contec CMS50 with old firmware: 60 frames of five bytes a second, to whoever listens."""

from dataclasses import dataclass

from simulators.bci import FiveByteOximeter, State
from simulators.faults import CommandError
from simulators.machine import SerialSim, Setting

FALLING, FINGER_OUT = 0x20, 0x10  # of byte 1
SEARCHING, PROBE_ERROR = 0x20, 0x10  # of byte 3


@dataclass(slots=True)
class Cms50Faults:
    """What a person can make the sensor and the device do."""

    sensor_off: bool = False
    sensor_fault: bool = False  # probe error
    searching: bool = False
    falling: bool = False  # "SpO2 is dropping": numbers go on
    missing: bool = False  # the codes of no number, without a bit that says why


class Cms50(FiveByteOximeter):
    """The oximeter on its line; it answers nothing."""

    usage: tuple[str, ...] = ()
    rate_hz = 60.0
    pleth_range = (0, 127)
    no_pleth = 0

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting.subject)
        self.faults = Cms50Faults()

    def state(self) -> State:
        """Return the bits; zeros stand for the numbers when the finger is out, as some firmware does."""
        faults = self.faults
        if faults.sensor_off:
            return State(head=FINGER_OUT, codes=(0, 0))
        if faults.sensor_fault:
            return State(bits=PROBE_ERROR, codes=(0, 0))
        if faults.searching:
            return State(bits=SEARCHING, codes=(255, 127))
        if faults.missing:
            return State(codes=(255, 127))
        return State(head=FALLING if faults.falling else 0)

    def step(self, now_s: float) -> list[bytes]:
        """Return the frames that are due."""
        return self.due(now_s)

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Answer nothing: what is stored is not simulated."""
        del data, now_s
        return []

    def obey(self, words: list[str], now_s: float) -> str:
        """Refuse: all that can happen to it is among its faults."""
        del now_s
        raise CommandError(f"'{' '.join(words)}': not known")


SIM = SerialSim(Cms50)
