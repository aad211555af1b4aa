"""A Nonin oximeter set to data format 8: four bytes a second with the numbers of its display."""

from dataclasses import dataclass

from simulators.faults import CommandError
from simulators.machine import SerialSim, Setting
from simulators.nonin import DISPLAY_EVERY_S, DISPLAY_HOLD_S, EDGE_S, NO_RATE, NO_SPO2

OUT_OF_TRACK, LOW_PERFUSION, MARGINAL_PERFUSION, ARTIFACT = 0x20, 0x10, 0x08, 0x04  # of byte 1
SMARTPOINT, SENSOR_ALARM, LOW_BATTERY = 0x20, 0x08, 0x01  # of byte 4


@dataclass(slots=True)
class Df8Faults:
    """What a person can make the sensor and the device do."""

    sensor_off: bool = False
    searching: bool = False
    artifact: bool = False
    low_perfusion: bool = False
    marginal_perfusion: bool = False
    battery_low: bool = False


def packet(rate: int | None, spo2: int | None, first: int = 0, last: int = 0) -> bytes:
    """Return four bytes; None is the missing code, `first` and `last` are the bits of bytes 1 and 4."""
    code = NO_RATE if rate is None else rate
    return bytes([0x80 | first | code >> 7, code & 0x7F, NO_SPO2 if spo2 is None else spo2, last])


class Df8:
    """The oximeter on its line, a packet every second from wire second 0; it answers nothing."""

    usage: tuple[str, ...] = ()

    def __init__(self, setting: Setting) -> None:
        self.faults = Df8Faults()
        self._subject = setting.subject
        self._next = 0
        self._shown: tuple[int | None, int | None] = (None, None)  # rate, SpO2
        self._shown_s = -DISPLAY_EVERY_S
        self._seen_s = -DISPLAY_HOLD_S

    def step(self, now_s: float) -> list[bytes]:
        """Return the packets that are due."""
        due = int(now_s + EDGE_S) + 1
        packets = [self._packet(float(second)) for second in range(self._next, due)]
        self._next = max(due, self._next)
        return packets

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Answer nothing: the format is chosen on the device."""
        del data, now_s
        return []

    def obey(self, words: list[str], now_s: float) -> str:
        """Refuse: all that can happen to it is among its faults."""
        del now_s
        raise CommandError(f"'{' '.join(words)}': not known")

    def _packet(self, t_s: float) -> bytes:
        faults = self.faults
        reading = self._subject.oximetry(t_s)
        gone = faults.sensor_off or reading.pulse_bpm is None or reading.spo2_pct is None
        if not gone and not faults.searching:
            self._seen_s = t_s
            if t_s - self._shown_s >= DISPLAY_EVERY_S - EDGE_S:
                self._shown_s = t_s
                self._shown = round(reading.pulse_bpm or 0), round(reading.spo2_pct or 0)
        elif t_s - self._seen_s > DISPLAY_HOLD_S + EDGE_S:
            self._shown = (None, None)
        bits = (
            (faults.searching, OUT_OF_TRACK),
            (faults.low_perfusion, LOW_PERFUSION),
            (faults.marginal_perfusion, MARGINAL_PERFUSION),
            (faults.artifact, ARTIFACT),
        )
        good = not gone and not any(active for active, _ in bits)
        last = (
            (SENSOR_ALARM if gone else 0)
            | (SMARTPOINT if good else 0)
            | (LOW_BATTERY if faults.battery_low else 0)
        )
        return packet(*self._shown, sum(bit for active, bit in bits if active), last)


SIM = SerialSim(Df8)
