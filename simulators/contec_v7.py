"""A Contec oximeter that speaks protocol V7.0: it sends real-time data when it is told to.

Its document says that somebody must say every 5 s that he listens, not what happens otherwise:
here the stream ends after 12 s without a word.
"""

from dataclasses import dataclass

from simulators.bci import BAR_TOP, BEAT_S, EDGE_S, FULL_STRENGTH
from simulators.faults import CommandError
from simulators.machine import SerialSim, Setting

FRAMES_PER_S = 60
PATIENCE_S = 12.0
COMMAND, COMMAND_LENGTH = 0x7D, 9
PROBE_ERROR, BEEP, LOW_SPO2, SEARCHING_LONG = 0x80, 0x40, 0x20, 0x10  # of byte 2
SEARCHING = 0x80  # of byte 3
NO_PERFUSION_BIT = 0x10  # of byte 4
NO_RATE, NO_SPO2, NO_PERFUSION = 0xFF, 0x7F, 0xFFFF
FINGER_OUT_PLETH = 0x40
HIGHEST_RATE, HIGHEST_PERFUSION = 254, 2200
IDENTIFIER = b"SpO2SIM"
USER = b"user  "
DONE, DELETE_FAILED, NOT_SUPPORTED = 0x00, 0x04, 0x05
ECHO, STOPPED, GOOD_BYE = 0x0B, 0x0C, 0x0D
START, STOP, STOP_STORED, PERFUSION_SUPPORT, DELETE, KEEP_ALIVE = 0xA1, 0xA2, 0xA7, 0xAC, 0xAE, 0xAF
ANSWERS = {
    0xA3: (0x0A, bytes([0, 0])),  # no stored segments
    0xAA: (0x04, IDENTIFIER),
    0xAB: (0x05, bytes([0]) + USER),
    0xAD: (0x10, bytes([1])),  # users
    0xB0: (0x11, bytes([1, 0, 0, 0, 0, 0, 0])),  # nothing stored
    0xB1: (ECHO, bytes([0xB1, DONE])),
    0xB2: (ECHO, bytes([0xB2, DONE])),
    DELETE: (ECHO, bytes([DELETE, DELETE_FAILED])),
}


@dataclass(slots=True)
class V7Faults:
    """What a person can make the sensor and the device do."""

    sensor_off: bool = False
    searching: bool = False
    searching_long: bool = False
    low_spo2: bool = False  # a bit of the device's own limit: numbers go on
    missing: bool = False  # the codes of no number, without a bit that says why
    no_perfusion: bool = False  # a model without perfusion index
    deaf: bool = False  # takes no command


def packet(kind: int, data: bytes) -> bytes:
    """Return a packet: the type, bit 7 of up to seven bytes in one, then those bytes with bit 7 set."""
    high = sum((byte >> 7) << index for index, byte in enumerate(data))
    return bytes([kind, 0x80 | high]) + bytes(byte | 0x80 for byte in data)


def real_time(status: int, pleth: int, bits: int, rate: int, spo2: int, perfusion: int) -> bytes:
    """Return a packet of real-time data; `perfusion` is in 0.01 %."""
    return packet(0x01, bytes([status, pleth, bits, rate, spo2]) + perfusion.to_bytes(2, "little"))


class ContecV7:
    """The oximeter on its line."""

    usage: tuple[str, ...] = ("disconnect REASON",)

    def __init__(self, setting: Setting) -> None:
        self.faults = V7Faults()
        self._subject = setting.subject
        self._heard = bytearray()
        self._next: int | None = None  # number of the next frame, None when it is stopped
        self._heard_s = 0.0
        self._parting: list[bytes] = []

    def step(self, now_s: float) -> list[bytes]:
        """Return the packets that are due: none unless it was started."""
        if self._next is not None and now_s - self._heard_s > PATIENCE_S:
            self._next = None
        if self._next is None:
            parting, self._parting = self._parting, []
            return parting
        due = int(now_s * FRAMES_PER_S + EDGE_S) + 1
        frames = [self._frame(number / FRAMES_PER_S) for number in range(self._next, due)]
        self._next = max(due, self._next)
        return frames

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Take commands, whole or in pieces."""
        answers: list[bytes] = []
        if self.faults.deaf:
            return answers
        self._heard += data
        while len(self._heard) >= COMMAND_LENGTH:
            if self._heard[0] != COMMAND:
                del self._heard[0]
                continue
            command = self._heard[2] & 0x7F | (self._heard[1] & 0x01) << 7
            del self._heard[:COMMAND_LENGTH]
            self._heard_s = now_s
            answers.extend(self._answer(command, now_s))
        return answers

    def obey(self, words: list[str], now_s: float) -> str:
        """Say good-bye with a reason of two hex digits, and stop."""
        del now_s
        match words:
            case ["disconnect", code] if len(code) == 2 and set(code.lower()) <= set("0123456789abcdef"):
                self._next = None
                self._parting.append(packet(GOOD_BYE, bytes.fromhex(code)))
            case _:
                raise CommandError(f"'{' '.join(words)}': not known")
        return " ".join(words)

    def _answer(self, command: int, now_s: float) -> list[bytes]:
        if command == START:
            self._next = int(now_s * FRAMES_PER_S + EDGE_S) + 1
            return []
        if command == KEEP_ALIVE:
            return []
        if command in (STOP, STOP_STORED):
            self._next = None
            return [packet(STOPPED, b"")]
        if command == PERFUSION_SUPPORT:
            return [packet(0x0E, bytes([self.faults.no_perfusion]))]
        return [packet(*ANSWERS.get(command, (ECHO, bytes([command, NOT_SUPPORTED]))))]

    def _frame(self, t_s: float) -> bytes:
        faults, subject = self.faults, self._subject
        if faults.sensor_off:
            return real_time(PROBE_ERROR, FINGER_OUT_PLETH, NO_PERFUSION_BIT, NO_RATE, NO_SPO2, NO_PERFUSION)
        wave = min(1.0, max(0.0, subject.pleth(t_s)))
        pleth = round(127 * wave)
        if faults.searching or faults.searching_long:
            status = SEARCHING_LONG if faults.searching_long else 0
            return real_time(status, pleth | SEARCHING, NO_PERFUSION_BIT, NO_RATE, NO_SPO2, NO_PERFUSION)
        bar = round(BAR_TOP * wave)
        if faults.missing:
            return real_time(FULL_STRENGTH, pleth, bar | NO_PERFUSION_BIT, NO_RATE, NO_SPO2, NO_PERFUSION)
        beep = BEEP if subject.since_pulse_s(t_s) < BEAT_S else 0
        status = FULL_STRENGTH | beep | (LOW_SPO2 if faults.low_spo2 else 0)
        return self._good(t_s, status, pleth, bar)

    def _good(self, t_s: float, status: int, pleth: int, bar: int) -> bytes:
        reading = self._subject.oximetry(t_s)
        rate, spo2, perfusion = reading.pulse_bpm, reading.spo2_pct, reading.perfusion_pct
        valid = perfusion is not None and not self.faults.no_perfusion
        return real_time(
            status,
            pleth,
            bar | (0 if valid else NO_PERFUSION_BIT),
            NO_RATE if rate is None else min(HIGHEST_RATE, round(rate)),
            NO_SPO2 if spo2 is None else round(spo2),
            min(HIGHEST_PERFUSION, round((perfusion or 0.0) * 100)) if valid else NO_PERFUSION,
        )


SIM = SerialSim(ContecV7)
