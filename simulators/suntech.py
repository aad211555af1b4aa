"""A SunTech Advantage blood pressure module: it answers what it is asked, and says K at the end.

Written from the document alone. Host to module: 3A CMD DATA.. CS; module to host: 3E LEN DATA.. CS;
all bytes of a frame sum to 0 mod 256. What the document leaves open is chosen: a measurement lasts
about 30 s (`speed` shortens it), a start during one is answered B, an abort without one A.
"""

import struct
from dataclasses import dataclass

from simulators.faults import CommandError
from simulators.machine import SerialSim, Setting
from simulators.pump import Ended, Pump, PumpFaults

HOST, MODULE = 0x3A, 0x3E
NO_PRESSURE = 0xFFFF
VERSION = b"SB1.00  Advantage A+"
VERSION_DATA = 64
LETTERS = "OKABENDST"
ERRORS = (1, 2, 3, 4, 85, 86, 87, 88, 89, 90, 91, 97, 99)
MOVEMENT, BLOCKED, STOPPED, NOT_FILLED, TOO_LONG = 2, 85, 86, 87, 88
_STARTS = (0x20, 0x87, 0x28)
_LENGTHS = {0x20: 3, 0x87: 3, 0x28: 3, 0x00: 3, 0x8A: 3, 0x17: 5, 0x79: 5}
"""Whole length of the commands that are simulated; the service commands are not."""
_LONGEST = 8


def frame(data: bytes) -> bytes:
    """Return an answer of the module that carries `data`."""
    body = bytes([MODULE, len(data) + 3]) + data
    return body + bytes([-sum(body) & 0xFF])


def ack(letter: str) -> bytes:
    """Return an acknowledgement."""
    return frame(letter.encode("ascii"))


def pressure(mmhg: int) -> bytes:
    """Return the answer that tells the cuff's pressure."""
    return frame(struct.pack("<H", mmhg))


def result(sys: int, dia: int, mean: int, rate: int, beats: int, error: int = 0) -> bytes:
    """Return the answer that tells a measurement's result."""
    status = 0 if error else 1
    return frame(struct.pack("<HHBB8xBxHB2x", sys, dia, beats, status, rate, mean, error))


@dataclass(slots=True)
class SuntechFaults(PumpFaults):
    """What a person can make the module, the hose and the patient do."""

    movement: bool = False  # measurements end with error 2
    blocked: bool = False  # with error 85
    no_pressure: bool = False  # the cuff's pressure is told as none
    busy: bool = False  # a start is answered B
    deaf: bool = False  # nothing is heard
    lost_k: bool = False  # the end of a measurement is not told
    stale: bool = False  # a measurement's result does not replace the one before
    deaf_stops: float = 0.0  # so many aborts are not heard


class SuntechMachine:
    """The module on its line."""

    usage: tuple[str, ...] = ("measure", "stop", "fail CODE", "answer LETTER")

    def __init__(self, setting: Setting) -> None:
        self.faults = SuntechFaults()
        self._subject = setting.subject
        self._pump = Pump(setting.subject, self.faults)
        self._heard = bytearray()
        self._result = result(0, 0, 0, 0, 0)
        self._fails_with = 0
        self._next_answer = ""
        self._aborting = False
        self._beats_from_s = 0.0

    def step(self, now_s: float) -> list[bytes]:
        """Return K when a measurement has ended now."""
        ended = self._pump.step(now_s)
        if ended is not None:
            self._store(self._error(ended), now_s)
        done = ended is not None or (self._aborting and self._pump.empty)
        if done:
            self._aborting = False
        return [ack("K")] if done and not self.faults.lost_k else []

    def _error(self, ended: Ended) -> int:
        if self._fails_with:
            error, self._fails_with = self._fails_with, 0
            return error
        if ended is Ended.NOT_FILLED:
            return NOT_FILLED
        if ended is Ended.TOO_LONG:
            return TOO_LONG
        if self.faults.blocked:
            return BLOCKED
        found = self._pump.found
        return MOVEMENT if self.faults.movement or (found is not None and found.moved) else 0

    def _store(self, error: int, now_s: float) -> None:
        """Replace the result that a host may ask for."""
        found = self._pump.found
        if self.faults.stale:
            return
        if error or found is None:
            self._result = result(0, 0, 0, 0, 0, error or 1)
            return
        rate = round(found.pulse_bpm or 0.0)
        beats = min(255, round(rate * (now_s - self._beats_from_s) / 60.0))
        self._result = result(round(found.sys), round(found.dia), round(found.map), rate, beats)

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Answer the commands that are whole now."""
        if self.faults.deaf:
            return []
        self._heard += data
        answers: list[bytes] = []
        while (command := self._next_command()) is not None:
            answers += self._answer(command, now_s)
        return answers

    def _next_command(self) -> bytes | None:
        """Take the next whole command, or the bytes that are none."""
        start = self._heard.find(HOST)
        if start:
            del self._heard[: start if start > 0 else len(self._heard)]
        if len(self._heard) < 3:
            return None
        length = _LENGTHS.get(self._heard[1], min(len(self._heard), _LONGEST))
        if len(self._heard) < length:
            return None
        command = bytes(self._heard[:length])
        del self._heard[:length]
        return command

    def _answer(self, command: bytes, now_s: float) -> list[bytes]:
        if sum(command) & 0xFF:
            return [ack("D")]
        code = command[1]
        if code in _STARTS:
            return [self._start(now_s)]
        if code == 0x79:
            return self._tell(command[2:4])
        if code == 0x17:
            return [ack("O")]
        return [ack("K")] if code == 0x00 else [ack("N")]

    def _start(self, now_s: float) -> bytes:
        if self._next_answer:
            letter, self._next_answer = self._next_answer, ""
            return ack(letter)
        if self.faults.busy or self._pump.measuring or not self._pump.empty:
            return ack("B")
        self._beats_from_s = now_s
        self._pump.start(now_s)
        return ack("O")

    def _tell(self, what: bytes) -> list[bytes]:
        if what == b"\x01\x00":
            return self._abort()
        if what == b"\x05\x00":
            mmhg = NO_PRESSURE if self.faults.no_pressure else round(self._pump.mmhg)
            return [pressure(mmhg)]
        if what == b"\x03\x00":
            return [self._result]
        if what == b"\x02\x40":
            return [frame(VERSION.ljust(VERSION_DATA))]
        if what in (b"\x10\x03", b"\x11\x00"):
            return [frame(bytes(2))]  # healthy
        return [frame(bytes(3))] if what == b"\x02\x03" else [ack("N")]

    def _abort(self) -> list[bytes]:
        if self.faults.deaf_stops >= 1:
            self.faults.deaf_stops -= 1
            return []
        if self._pump.measuring:
            self._aborting = True
            self._result = result(0, 0, 0, 0, 0, STOPPED)
        self._pump.let_out()
        return [ack("A")]

    def obey(self, words: list[str], now_s: float) -> str:
        """Carry out what happens at the module itself, or what it is to do next."""
        match words:
            case ["measure"] if not self._pump.measuring:
                self._start(now_s)
                return "measures"
            case ["stop"]:
                self._abort()
                return "lets the air out"
            case ["fail", code] if code.isdigit() and int(code) in ERRORS:
                self._fails_with = int(code)
                return f"the next measurement ends with error {code}"
            case ["answer", letter] if letter in tuple(LETTERS):
                self._next_answer = letter
                return f"the next start is answered {letter}"
        raise CommandError(f"'{' '.join(words)}': not known, or not now (CODE: {ERRORS}, LETTER: {LETTERS})")


SIM = SerialSim(SuntechMachine)
