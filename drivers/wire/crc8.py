"""CRC-8 (polynomial 0x07, start 0, not reflected), and streams whose frames end in one.

Notifications may split and merge such frames anywhere. A frame counts only when its header fits,
its declared length is within the protocol's bounds, and its checksum is right; otherwise one byte
is thrown away and the search goes on with the next, so that a frame inside a false one is found.
"""

from abc import ABC, abstractmethod

from drivers.wire.events import Event, GarbageEvent, IncompleteEvent, Span
from drivers.wire.garbage import GarbageRun

HEADER_MAX = 8
"""More than any header of such a stream."""
NOTHING_NEW = "nothing new"
"""Why of a good frame that changes nothing."""
_POLYNOMIAL = 0x07


def _remainder(byte: int) -> int:
    for _ in range(8):
        byte = byte << 1 ^ (_POLYNOMIAL if byte & 0x80 else 0)
    return byte & 0xFF


_TABLE = bytes(_remainder(byte) for byte in range(256))


def crc8(data: bytes) -> int:
    """Return the checksum of `data`."""
    crc = 0
    for byte in data:
        crc = _TABLE[crc ^ byte]
    return crc


class Crc8Decoder(ABC):
    """Searches frames; a protocol says how long one is and what it means."""

    _lead: int
    """The byte that a frame begins with."""
    _unchecked = 0
    """How many bytes at the beginning the checksum leaves out."""

    def __init__(self) -> None:
        self._buf = bytearray()
        self._base = 0  # absolute offset of _buf[0]
        self._garbage = GarbageRun()

    @abstractmethod
    def _length(self, header: bytes) -> int | None:
        """Return how long the frame is that begins so, 0: no frame begins so, None: not told yet."""

    @abstractmethod
    def _read(self, frame: bytes, span: Span, out: list[Event]) -> None:
        """Add what a good frame says."""

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order; never raise."""
        self._buf += data
        out: list[Event] = []
        at = self._search(out)
        del self._buf[:at]
        self._base += at
        return out

    def finish(self) -> list[Event]:
        """Return pending garbage and the unfinished tail."""
        out: list[Event] = []
        self._garbage.close(out)
        if self._buf:
            out.append(IncompleteEvent((self._base, self._base + len(self._buf))))
        self._base += len(self._buf)
        self._buf.clear()
        return out

    def _search(self, out: list[Event]) -> int:
        """Read every whole frame; return where the bytes begin that must wait."""
        buf, at = self._buf, 0
        while at < len(buf):
            found = buf.find(self._lead, at)
            if found != at:
                found = len(buf) if found < 0 else found
                self._garbage.throw(self._base + at, self._base + found, "no frame", out)
                at = found
                continue
            length = self._length(bytes(buf[at : at + HEADER_MAX]))
            if length is None or (length and len(buf) - at < length):
                break
            at += self._take(at, length, out)
        return at

    def _take(self, at: int, length: int, out: list[Event]) -> int:
        """Read the frame at `at`, or throw its first byte away; return how many bytes that was."""
        frame = bytes(self._buf[at : at + length])
        if not length or crc8(frame[self._unchecked : -1]) != frame[-1]:
            why = "bad checksum" if length else "no frame"
            self._garbage.throw(self._base + at, self._base + at + 1, why, out)
            return 1
        self._garbage.close(out)
        span = (self._base + at, self._base + at + length)
        told = len(out)
        self._read(frame, span, out)
        if len(out) == told:
            out.append(GarbageEvent(span, NOTHING_NEW))
        return length
