"""A Nonin Onyx II 9560 set to data format 13: one packet for each spot check, and its memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.faults import CommandError, number
from simulators.machine import SerialSim, Setting
from simulators.nonin import EDGE_S, NO_RATE, NO_SPO2

SMARTPOINT, NO_MEASUREMENT = 0x02, 0x01  # of the upper status byte
FROM_MEMORY, LOW_BATTERY = 0x10, 0x01  # of the lower status byte
HEADER = bytes([0x00, 0x02, 0x00, 0x0D])
END = 0x03
MEMORY_HOLDS = 20
BETWEEN_STORED = timedelta(hours=1)


@dataclass(slots=True)
class SpotCheckFaults:
    """What a person can make the sensor and the device do."""

    sensor_off: bool = False  # no measurement
    unsure: bool = False  # a result without SmartPoint
    missing: bool = False  # the codes of no number in a measurement that was made
    battery_low: bool = False
    clock_s: float = 0.0  # how much the device's own clock is fast


def packet(when: datetime, rate: int | None, spo2: int | None, upper: int, lower: int) -> bytes:
    """Return a packet with 14 bytes of data; None is the missing code."""
    code = NO_RATE if rate is None else rate
    date = bytes.fromhex(f"{when:%Y%m%d%H%M%S}00")
    numbers = bytes([code >> 8, code & 0xFF, 0, NO_SPO2 if spo2 is None else spo2])
    data = date + bytes([upper, lower]) + numbers
    return HEADER + len(data).to_bytes(2, "big") + data + bytes([sum(data) & 0xFF, END])


class SpotCheck:
    """Measures at the times of its setting and when told to; it answers nothing."""

    usage: tuple[str, ...] = ("measure [none]", "memory COUNT", "repeat")

    def __init__(self, setting: Setting) -> None:
        self.faults = SpotCheckFaults()
        self._setting = setting
        self._schedule: Iterator[float] = setting.measurements()
        self._due_s = next(self._schedule, None)
        self._waiting: list[bytes] = []
        self._last = b""

    def step(self, now_s: float) -> list[bytes]:
        """Return the packets that are due."""
        while self._due_s is not None and self._due_s <= now_s + EDGE_S:
            self._waiting.append(self._measure(self._due_s, now_s))
            self._due_s = next(self._schedule, None)
        sent, self._waiting = self._waiting, []
        return sent

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Answer nothing: format and clock are set elsewhere."""
        del data, now_s
        return []

    def obey(self, words: list[str], now_s: float) -> str:
        """Measure now, send the last result once more, or send results from memory, oldest first."""
        match words:
            case ["measure"]:
                self._waiting.append(self._measure(now_s, now_s))
            case ["measure", "none"]:
                self._waiting.append(self._measure(now_s, now_s, none=True))
            case ["repeat"] if self._last:
                self._waiting.append(self._last)
            case ["memory", *count]:
                ages = range(round(number(list(count), 1, MEMORY_HOLDS)), 0, -1)
                self._waiting.extend(self._stored(now_s, age) for age in ages)
            case _:
                raise CommandError(f"'{' '.join(words)}': not known, or not yet")
        return " ".join(words)

    def _measure(self, t_s: float, now_s: float, *, none: bool = False) -> bytes:
        faults = self.faults
        reading = self._setting.subject.oximetry(t_s)
        rate, spo2 = reading.pulse_bpm, reading.spo2_pct
        none = none or faults.sensor_off or rate is None or spo2 is None
        upper = NO_MEASUREMENT if none else (0 if faults.unsure else SMARTPOINT)
        hidden = none or faults.missing
        self._last = packet(
            self._now() + timedelta(seconds=t_s - now_s),
            None if hidden else round(rate or 0),
            None if hidden else round(spo2 or 0),
            upper,
            LOW_BATTERY if faults.battery_low else 0,
        )
        return self._last

    def _stored(self, now_s: float, age: int) -> bytes:
        reading = self._setting.subject.oximetry(now_s)
        spo2 = None if reading.spo2_pct is None else round(reading.spo2_pct)
        rate = None if reading.pulse_bpm is None else round(reading.pulse_bpm)
        return packet(self._now() - age * BETWEEN_STORED, rate, spo2, SMARTPOINT, FROM_MEMORY)

    def _now(self) -> datetime:
        return self._setting.local_time() + timedelta(seconds=self.faults.clock_s)


SIM = SerialSim(SpotCheck)
