"""A machine on the network, whose frames are datagrams: on this computer's loopback only."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from simulators.device import Announce
from simulators.faults import CommandError, number, on_off, set_fault, usage_of
from simulators.machine import Machine, SerialSim, Setting
from simulators.subject import Subject
from simulators.wire import LATE_S, Wire

STEPS_PER_S = 100
LOOPBACK = "127.0.0.1"
MOST_LOST = 0.5
Peer = tuple[str, int]


@dataclass(frozen=True, slots=True)
class DatagramSim(SerialSim):
    """How a model is simulated that speaks on a serial line, and on a network by datagrams."""

    make_datagrams: Callable[[Setting], Machine]


class UdpDevice(asyncio.DatagramProtocol):
    """Answers whoever spoke to it last; before anybody does, it has nobody to send to."""

    def __init__(
        self, id: str, machine: Machine, subject: Subject, wire: Wire, seed: int, announce: Announce
    ) -> None:
        self.id = id
        own = (*usage_of(machine.faults), *machine.usage, "silence on|off", "lose RATE", "unplug|replug")
        self.usage: tuple[str, ...] = tuple(f"{id} {words}" for words in own)
        self.machine = machine
        self.number = 0  # of the port, from the first plugging on
        self._subject = subject
        self._wire = wire
        self._chance = random.Random(f"{seed}/{id}/network")
        self._announce = announce
        self._transport: asyncio.DatagramTransport | None = None
        self._peer: Peer | None = None
        self._silent = False
        self._lost = 0.0

    @property
    def url(self) -> str:
        """Return where a driver finds it."""
        return f"udp://{LOOPBACK}:{self.number}"

    async def plug(self) -> None:
        """Listen, on the same port as before; nothing when it listens already."""
        if self._transport is None:
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(lambda: self, (LOOPBACK, self.number))
            self._transport = transport
            self.number = transport.get_extra_info("sockname")[1]

    async def run(self) -> None:
        """Send what is due until the subject's story ends."""
        before_s = 0.0
        async for tick in self._wire.ticks(STEPS_PER_S):
            now_s = tick / STEPS_PER_S
            due = self.machine.step(now_s)
            if now_s - before_s < LATE_S:  # else it was overdue, and is lost
                self._send(due)
            before_s = now_s
            if self._subject.ended(now_s):
                self._announce(f"{self.id}: recording ended, nothing more is sent")
                return

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Take what a host sent, and answer it (asyncio's callback)."""
        self._peer = cast(Peer, addr)
        self._send(self.machine.heard(data, self._wire.now_s()))

    def error_received(self, exc: Exception) -> None:
        """Forget a host that has gone (asyncio's callback)."""
        self._peer = None

    async def obey(self, words: list[str]) -> str:
        """Carry out one command and return the answer."""
        verb, rest = (words[0], words[1:]) if words else ("", [])
        if verb == "silence":
            self._silent = on_off(rest)
        elif verb == "lose":
            self._lost = number(rest, 0.0, MOST_LOST)
        elif verb == "unplug" and not rest:
            await self.close()
        elif verb == "replug" and not rest:
            await self.plug()
        elif not set_fault(self.machine.faults, words):
            try:
                return f"{self.id}: {self.machine.obey(words, self._wire.now_s())}"
            except CommandError as error:
                raise CommandError(f"{error}; {self.id} knows {'; '.join(self.usage)}") from None
        return f"{self.id}: {' '.join(words)}"

    async def close(self) -> None:
        """Take it off the network."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
            await asyncio.sleep(0)  # the transport closes its socket in the loop's next turn

    def _send(self, frames: list[bytes]) -> None:
        if self._transport is None or self._peer is None or self._silent:
            return
        for frame in frames:
            if self._chance.random() >= self._lost:
                self._transport.sendto(frame, self._peer)
