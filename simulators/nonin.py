"""A Nonin oximeter, formats DF2 and DF7: 25 frames of 5 bytes, three packets a second.

Written from the maker's description alone. The pulse wave, 0 to 1, is sent as
512 + 64512 x wave in DF7 and as the upper byte of that in DF2.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, IntFlag
from functools import partial

from simulators.faults import CommandError
from simulators.machine import SerialSim, Setting
from simulators.subject import Subject

FRAMES_PER_S = 75
FRAMES_PER_PACKET = 25
PACKETS_PER_S = 3
PULSE_FRAMES = 12
"""The perfusion bits are set for this many frames (160 ms) of each pulse."""
DISPLAY_EVERY_S = 1.5
DISPLAY_HOLD_S = 10.0
EDGE_S = 1e-6
NO_RATE = 511
NO_SPO2 = 127
REVISION = 0x94
SMARTPOINT = 0x20
BATTERY = 0x01


class Layout(Enum):
    """The two streaming formats."""

    DF2 = "nonin-df2"
    DF7 = "nonin-df7"


class Status(IntFlag):
    """The status byte."""

    ALWAYS = 0x80
    SENSOR_FAULT = 0x40  # SNSD
    ARTIFACT = 0x20  # ARTF
    OUT_OF_TRACK = 0x10  # OOT
    SENSOR_OFF = 0x08  # SNSA
    RED = 0x04  # perfusion low or none
    GREEN = 0x02  # perfusion good
    YELLOW = 0x06  # perfusion marginal
    SYNC = 0x01


@dataclass(frozen=True, slots=True)
class Numbers:
    """One packet's numbers; None is sent as the missing code."""

    rate: int | None = None
    spo2: int | None = None
    rate_slow: int | None = None  # E-: averaged over eight beats
    spo2_slow: int | None = None
    spo2_fast: int | None = None
    spo2_beat: int | None = None
    rate_display: int | None = None  # -D: for display, held after the finger left
    rate_slow_display: int | None = None
    spo2_display: int | None = None
    spo2_slow_display: int | None = None
    timer: int = 0  # thirds of a second, 14 bits
    status2: int = 0
    revision: int = REVISION


def float_bytes(numbers: Numbers) -> bytes:
    """Return the 25 FLOAT bytes, frame 1 first."""
    rate, slow = _rate(numbers.rate), _rate(numbers.rate_slow)
    display, slow_display = _rate(numbers.rate_display), _rate(numbers.rate_slow_display)
    spo2, timer = _spo2(numbers.spo2), numbers.timer & 0x3FFF
    row = [*rate, spo2, numbers.revision, 0, timer >> 7, timer & 0x7F, numbers.status2]
    row += [_spo2(numbers.spo2_display), _spo2(numbers.spo2_fast), _spo2(numbers.spo2_beat), 0, 0]
    row += [*slow, _spo2(numbers.spo2_slow), _spo2(numbers.spo2_slow_display), 0, 0]
    row += [*display, *slow_display, 0, 0]
    return bytes(row)


def frame(layout: Layout, status: Status, pleth: int, value: int) -> bytes:
    """Return one frame of 5 bytes; `pleth` has 16 bits in DF7, 8 in DF2."""
    if layout is Layout.DF2:
        body = bytes([1, status | Status.ALWAYS, pleth, value])
    else:
        body = bytes([status | Status.ALWAYS, pleth >> 8, pleth & 0xFF, value])
    return body + bytes([sum(body) & 0xFF])


def _rate(value: int | None) -> tuple[int, int]:
    code = NO_RATE if value is None or not 0 <= value < NO_RATE else value
    return code >> 7, code & 0x7F


def _spo2(value: int | None) -> int:
    return NO_SPO2 if value is None or not 0 <= value < NO_SPO2 else value


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value + 0.5)


@dataclass(slots=True)
class NoninFaults:
    """What a person can make the sensor and the device do."""

    sensor_off: bool = False
    sensor_fault: bool = False
    searching: bool = False
    artifact: bool = False
    low_perfusion: bool = False
    marginal_perfusion: bool = False
    battery_low: bool = False

    @property
    def blind(self) -> bool:
        """True when no number can be measured."""
        return self.sensor_off or self.sensor_fault or self.searching


class Average:
    """The mean over the last eight beats, a third of a second at a time."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=FRAMES_PER_S)

    def add(self, value: float | None, rate: float | None) -> int | None:
        """Take one value in and return the mean; None empties it."""
        if value is None:
            self._values.clear()
            return None
        self._values.append(value)
        packets = max(1, round(8 * 60 * PACKETS_PER_S / max(rate or 72.0, 20.0)))
        recent = list(self._values)[-packets:]
        return _whole(sum(recent) / len(recent))


class Nonin:
    """Frames of one oximeter on one finger; ask for them in order, gaps allowed."""

    def __init__(self, layout: Layout, subject: Subject) -> None:
        self.faults = NoninFaults()
        self._layout = layout
        self._subject = subject
        self._packet = -1
        self._values = b""
        self._level = Status.ALWAYS
        self._doubtful = False  # the finger moves, or is squeezed
        self._ended = False
        self._slow_rate, self._slow_spo2 = Average(), Average()
        self._display = Numbers()
        self._displayed_s = -DISPLAY_EVERY_S
        self._seen_s = -DISPLAY_HOLD_S

    def frame(self, number: int) -> bytes:
        """Return frame `number` of the stream (75 a second from wire second 0); empty after the end."""
        packet, index = divmod(number, FRAMES_PER_PACKET)
        if packet != self._packet:
            self._packet = packet
            self._begin(packet)
        if self._ended:
            return b""
        t_s = number / FRAMES_PER_S
        status = self._level | self._pulse(t_s) | (Status.SYNC if index == 0 else Status(0))
        return frame(self._layout, status, self._pleth(t_s), self._values[index])

    def _begin(self, packet: int) -> None:
        """Measure for the packet that begins now."""
        t_s = packet / PACKETS_PER_S
        self._ended = self._subject.ended(t_s)
        if self._ended:
            return
        reading = self._subject.oximetry(t_s)
        self._doubtful = reading.doubtful
        blind = self.faults.blind
        rate = None if blind else reading.pulse_bpm
        spo2 = None if blind else reading.spo2_pct
        self._level = self._status(gone=rate is None and spo2 is None)
        self._values = float_bytes(self._numbers(t_s, packet, rate, spo2))

    def _numbers(self, t_s: float, packet: int, rate: float | None, spo2: float | None) -> Numbers:
        slow_rate, slow_spo2 = self._slow_rate.add(rate, rate), self._slow_spo2.add(spo2, rate)
        whole_rate, whole_spo2 = _whole(rate), _whole(spo2)
        if rate is not None or spo2 is not None:
            self._seen_s = t_s
            if t_s - self._displayed_s >= DISPLAY_EVERY_S - EDGE_S:
                self._displayed_s = t_s
                self._display = Numbers(
                    rate=whole_rate, spo2=whole_spo2, rate_slow=slow_rate, spo2_slow=slow_spo2
                )
        elif t_s - self._seen_s > DISPLAY_HOLD_S + EDGE_S:
            self._display = Numbers()
        good = rate is not None and spo2 is not None and not self.faults.low_perfusion
        return Numbers(
            rate=whole_rate,
            spo2=whole_spo2,
            rate_slow=slow_rate,
            spo2_slow=slow_spo2,
            spo2_fast=whole_spo2,
            spo2_beat=whole_spo2,
            rate_display=self._display.rate,
            rate_slow_display=self._display.rate_slow,
            spo2_display=self._display.spo2,
            spo2_slow_display=self._display.spo2_slow,
            timer=packet,
            status2=(SMARTPOINT if good else 0) | (BATTERY if self.faults.battery_low else 0),
        )

    def _status(self, gone: bool) -> Status:
        """Return the bits that stand for a whole packet."""
        status = Status.ALWAYS
        if self.faults.sensor_fault:
            status |= Status.SENSOR_FAULT
        squeezed = gone and self._doubtful and not self.faults.blind  # the finger is there, no pulse is
        searching = self.faults.searching or squeezed
        if searching:
            status |= Status.OUT_OF_TRACK
        if gone and not (searching and not self.faults.sensor_off):
            status |= Status.SENSOR_OFF
        return status

    def _pulse(self, t_s: float) -> Status:
        """Return the bits of the pulse that goes on at `t_s`, if one does."""
        if self._level & Status.SENSOR_OFF or self.faults.searching:
            return Status(0)
        if self._subject.since_pulse_s(t_s) >= PULSE_FRAMES / FRAMES_PER_S:
            return Status(0)
        artifact = Status.ARTIFACT if self.faults.artifact or self._doubtful else Status(0)
        if self.faults.low_perfusion:
            return artifact | Status.RED
        return artifact | (Status.YELLOW if self.faults.marginal_perfusion else Status.GREEN)

    def _pleth(self, t_s: float) -> int:
        if self.faults.blind:
            wave = 0.5
        else:
            wave = self._subject.pleth(t_s)
            if self.faults.low_perfusion:
                wave = 0.5 + (wave - 0.5) * 0.08
        counts = min(65535, max(0, 512 + round(64512 * wave)))
        return counts >> 8 if self._layout is Layout.DF2 else counts


class NoninMachine:
    """The oximeter on its line: 75 frames a second, to whoever listens; it answers nothing."""

    usage: tuple[str, ...] = ()

    def __init__(self, layout: Layout, setting: Setting) -> None:
        self._nonin = Nonin(layout, setting.subject)
        self.faults = self._nonin.faults
        self._next = 0

    def step(self, now_s: float) -> list[bytes]:
        """Return the frames that are due."""
        due = int(now_s * FRAMES_PER_S + EDGE_S) + 1
        frames = [self._nonin.frame(number) for number in range(self._next, due)]
        self._next = max(due, self._next)
        return [each for each in frames if each]

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Answer nothing: the format is chosen on the device."""
        del data, now_s
        return []

    def obey(self, words: list[str], now_s: float) -> str:
        """Refuse: all that can happen to it is among its faults."""
        del now_s
        raise CommandError(f"'{' '.join(words)}': not known")


DF2 = SerialSim(partial(NoninMachine, Layout.DF2))
DF7 = SerialSim(partial(NoninMachine, Layout.DF7))
