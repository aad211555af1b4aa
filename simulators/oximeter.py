"""A Nonin oximeter on a pseudo-terminal, with everything that can go wrong with it."""

import random
from dataclasses import fields
from pathlib import Path

from simulators.device import Announce
from simulators.faults import CommandError, LineFaults, number, on_off
from simulators.nonin import FRAMES_PER_S, Layout, Nonin, NoninFaults
from simulators.serial_port import SerialPort
from simulators.subject import Subject
from simulators.wire import Wire

SWITCHES = tuple(fault.name for fault in fields(NoninFaults))
RATES = tuple(fault.name for fault in fields(LineFaults))
MOST_SPOILED = 0.5


class Oximeter:
    """Plugged in from the start; its frames go out at wire time whether anybody listens or not."""

    def __init__(
        self,
        id: str,
        layout: Layout,
        subject: Subject,
        link: Path,
        wire: Wire,
        seed: int,
        announce: Announce,
    ) -> None:
        self.id = id
        self.usage: tuple[str, ...] = (
            f"{id} {'|'.join(SWITCHES)}|silence on|off",
            f"{id} {'|'.join(RATES)} RATE",
            f"{id} unplug|replug",
        )
        self.port = SerialPort(link)
        self.line = LineFaults()
        self.nonin = Nonin(layout, subject)
        self._wire = wire
        self._chance = random.Random(f"{seed}/{id}/line")
        self._announce = announce
        self._silent = False

    async def run(self) -> None:
        """Send frame after frame until the subject's story ends."""
        async for tick in self._wire.ticks(FRAMES_PER_S):
            frame = self.nonin.frame(tick)
            self.port.read()  # nothing is answered: a host may write, it must not block
            if not frame:
                self._announce(f"{self.id}: recording ended, nothing more is sent")
                return
            if not self._silent:
                self.port.write(self.line.spoil(frame, self._chance))

    async def obey(self, words: list[str]) -> str:
        """Carry out one command and return the answer."""
        verb, rest = (words[0], words[1:]) if words else ("", [])
        if verb in SWITCHES:
            setattr(self.nonin.faults, verb, on_off(rest))
        elif verb in RATES:
            setattr(self.line, verb, number(rest, 0.0, MOST_SPOILED))
        elif verb == "silence":
            self._silent = on_off(rest)
        elif verb == "unplug" and not rest:
            self.port.unplug()
        elif verb == "replug" and not rest:
            self.port.plug()
        else:
            raise CommandError(f"'{' '.join(words)}': {self.id} knows {'; '.join(self.usage)}")
        return f"{self.id}: {' '.join(words)}"

    async def close(self) -> None:
        """Take the port and its link away."""
        self.port.unplug()
