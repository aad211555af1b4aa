"""Wireless devices that speak in frames with a CRC-8: one characteristic to write to, one that tells."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Unpack

from bumble.gatt import Characteristic

from simulators.radio.peripherals.live import LivePeripheral
from simulators.radio.peripherals.peripheral import Traits, telling, writable

SMALLEST_PIECE = 20
NOTIFICATION_HEAD = 3
COMMANDS_KEPT = 1000


def crc8(data: bytes) -> int:
    """Return CRC-8, polynomial 0x07, initial value 0, no reflection, bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07 if crc & 0x80 else crc << 1) & 0xFF
    return crc


@dataclass(slots=True)
class FrameFaults:
    """What can go wrong with any of them."""

    bad_crc: bool = False
    split: bool = False  # notifications of 20 bytes, whatever was agreed
    no_answer: bool = False  # connected, and says nothing
    refuse: bool = False  # answers every request with an error


class FramedPeripheral(LivePeripheral):
    """Answers what is written to it, and tells what is due; a kind says what."""

    write_uuid = ""
    notify_uuid = ""
    tick_hz = 10.0

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults = FrameFaults()
        self.commands: list[int] = []  # all that were written, in order
        self._now_s = 0.0

    @abstractmethod
    def command(self, request: bytes) -> bytes:
        """Return the command byte of what was written, nothing when it is no request."""

    @abstractmethod
    def answers(self, request: bytes, now_s: float) -> list[bytes]:
        """Return the frames that answer what was written."""

    def due(self, now_s: float) -> list[bytes]:
        """Return the frames that are told without being asked."""
        del now_s
        return []

    def notifications(self, frame: bytes, room: int) -> list[bytes]:
        """Return what leaves of a frame, in notifications of at most `room` bytes."""
        if self.faults.no_answer:
            return []
        if self.faults.bad_crc:
            frame = frame[:-1] + bytes([frame[-1] ^ 0x5A])
        size = SMALLEST_PIECE if self.faults.split else room
        return [frame[start : start + size] for start in range(0, len(frame), size)]

    async def tick(self, now_s: float) -> None:
        """Tell what is due."""
        self._now_s = now_s
        await self._tell(self.due(now_s))

    async def _tell(self, frames: list[bytes]) -> None:
        for frame in frames:
            if self._connection is None:
                return
            for part in self.notifications(frame, self._connection.att_mtu - NOTIFICATION_HEAD):
                await self._notify(self._told, part)

    def _characteristics(self) -> list[Characteristic]:
        self._told = telling(self.notify_uuid, Characteristic.Properties.NOTIFY)
        return [writable(self.write_uuid, self._take, response=False), self._told]

    def _take(self, request: bytes) -> None:
        self.commands.extend(self.command(request))
        del self.commands[:-COMMANDS_KEPT]
        self._spawn(self._tell(self.answers(request, self._now_s)))
