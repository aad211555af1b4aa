"""Any serial machine on a pseudo-terminal, with everything that can go wrong with a line."""

import random
from pathlib import Path

from simulators.device import Announce
from simulators.faults import CommandError, LineFaults, number, on_off, set_fault, usage_of
from simulators.machine import Machine
from simulators.serial_port import SerialPort
from simulators.subject import Subject
from simulators.wire import LATE_S, Wire

STEPS_PER_S = 100
"""How often a machine is asked for what is due: a frame is at most 10 ms late."""
MOST_SPOILED = 0.5
RATES = ("checksum", "drop_bytes", "insert_bytes")
MERGED_BYTES = 4096
MERGED_STEPS = STEPS_PER_S
"""Merged writes go out when so many bytes are there, or after a second."""


class SerialDevice:
    """Plugged in from the start; its bytes go out at wire time whether anybody listens or not."""

    def __init__(
        self,
        id: str,
        machine: Machine,
        subject: Subject,
        link: Path,
        wire: Wire,
        seed: int,
        announce: Announce,
    ) -> None:
        self.id = id
        own = (*usage_of(machine.faults), *machine.usage)
        line = (
            "silence|split|merge|wrong_baud on|off",
            f"{'|'.join(RATES)} RATE",
            "unplug|replug",
        )
        self.usage: tuple[str, ...] = tuple(f"{id} {words}" for words in (*own, *line))
        self.port = SerialPort(link)
        self.line = LineFaults()
        self.machine = machine
        self._subject = subject
        self._wire = wire
        self._chance = random.Random(f"{seed}/{id}/line")
        self._announce = announce
        self._silent = self._split = self._merge = False
        self._merged = bytearray()
        self._merged_steps = 0

    async def run(self) -> None:
        """Send what is due until the subject's story ends."""
        before_s = 0.0
        async for tick in self._wire.ticks(STEPS_PER_S):
            now_s = tick / STEPS_PER_S
            due = self.machine.step(now_s)
            if heard := self.port.read():
                due += self.machine.heard(heard, now_s)
            if now_s - before_s < LATE_S:  # else it was overdue, and is lost as on a wire
                self._send(due)
            before_s = now_s
            if self._subject.ended(now_s):
                self._announce(f"{self.id}: recording ended, nothing more is sent")
                return

    def _send(self, frames: list[bytes]) -> None:
        if self._silent:
            return
        for frame in frames:
            arrived = self.line.spoil(frame, self._chance)
            if self._merge:
                self._merged += arrived
            else:
                self._write(arrived)
        if self._merge:
            self._merged_steps += 1
        if self._merged and not (
            self._merge and self._merged_steps < MERGED_STEPS and len(self._merged) < MERGED_BYTES
        ):
            self._write(bytes(self._merged))
            self._merged.clear()
            self._merged_steps = 0

    def _write(self, data: bytes) -> None:
        step = 1 if self._split else max(1, len(data))
        for start in range(0, len(data), step):
            self.port.write(data[start : start + step])

    async def obey(self, words: list[str]) -> str:
        """Carry out one command and return the answer."""
        if not self._obeyed(words) and not set_fault(self.machine.faults, words):
            try:
                return f"{self.id}: {self.machine.obey(words, self._wire.now_s())}"
            except CommandError as error:
                raise CommandError(f"{error}; {self.id} knows {'; '.join(self.usage)}") from None
        return f"{self.id}: {' '.join(words)}"

    def _obeyed(self, words: list[str]) -> bool:
        """Carry out what every line knows; False when it is for the machine."""
        verb, rest = (words[0], words[1:]) if words else ("", [])
        if verb in RATES:
            setattr(self.line, verb, number(rest, 0.0, MOST_SPOILED))
        elif verb == "wrong_baud":
            self.line.wrong_baud = on_off(rest)
        elif verb in ("silence", "split", "merge"):
            setattr(self, f"_{'silent' if verb == 'silence' else verb}", on_off(rest))
        elif verb == "unplug" and not rest:
            self.port.unplug()
        elif verb == "replug" and not rest:
            self.port.plug()
        else:
            return False
        return True

    async def close(self) -> None:
        """Take the port and its link away."""
        self.port.unplug()
