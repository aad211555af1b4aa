"""Frames without a checksum: their first byte alone has (or lacks) bit 7, the others do not (or do).

Such a frame proves little, so after anything that is no frame a search begins: it ends when
enough frames that agree follow each other directly. Until then they are held back, not lost.
A break of two frames or less, met while locked, is a glitch: two frames in a row end it. A frame
that does not agree with the one before it is a glitch too, until the next one bears it out: a
stray byte, or a changed bit, gives a whole frame of wrong numbers.
"""

import re

from drivers.wire.events import Event, GarbageEvent, IncompleteEvent, Span
from drivers.wire.garbage import GarbageRun

REPLY = "command reply"
"""Why an answer is told as garbage: it is needed for nothing but to know that it came."""
AGAIN = 2
"""Frames in a row that end a glitch, and at least that end any search but the one at the start."""


class SyncBitDecoder:
    """Cuts the stream into frames; a subclass says which make sense and reads them."""

    _whole: re.Pattern[bytes]
    _begun: re.Pattern[bytes]  # a frame that the end of the bytes cuts short
    _length: int  # of the frames that stream
    _answers: frozenset[int] = frozenset()  # first bytes of frames that only answer commands

    def __init__(self, proof: int) -> None:
        self._proof = proof  # frames in a row that end the search at the start
        self._need = proof
        self._buf = b""
        self._base = 0  # absolute offset of _buf[0]
        self._locked = False
        self._last = b""  # the frame that was read last
        self._held: list[tuple[Span, bytes]] = []
        self._garbage = GarbageRun()
        self._thrown = 0  # bytes, in this search
        self._was_locked = False
        self._lost = 0  # frames known to be missing before the next one

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order; never raise."""
        buf, base, at = self._buf + data, self._base, 0
        out: list[Event] = []
        for match in self._whole.finditer(buf):
            first, end = match.span()
            if first > at:
                self._break(base + at, base + first, out)
            frame = match.group()
            if frame[0] in self._answers:
                self._pass_by((base + first, base + end), out)
            elif self._locked and self._agrees(frame, self._last):
                self._last = frame
                self._read((base + first, base + end), frame, out)
            else:
                self._try((base + first, base + end), frame, out)
            at = end
        begun = self._begun.search(buf, at)
        keep = begun.start() if begun else len(buf)
        if keep > at:
            self._break(base + at, base + keep, out)
        self._buf = buf[keep:]
        self._base = base + keep
        return out

    def finish(self) -> list[Event]:
        """Return held frames, pending garbage and the unfinished tail; the next bytes are searched anew.

        Held frames count when nothing was thrown away before them, or when two follow each other.
        """
        out: list[Event] = []
        if self._held and (not self._thrown or len(self._held) >= AGAIN):
            self._lock(out)
        self._throw_held(out)
        self._garbage.close(out)
        end = self._base + len(self._buf)
        if self._buf:
            out.append(IncompleteEvent((self._base, end)))
        self._base, self._buf = end, b""
        self._locked = False
        self._thrown, self._need = 0, self._proof
        return out

    def _proves(self, frame: bytes) -> bool:
        """Return whether `frame` makes sense: a search begins to count with none that does not."""
        raise NotImplementedError

    def _agrees(self, frame: bytes, before: bytes) -> bool:
        """Return whether `frame` may well have followed the frame `before`."""
        raise NotImplementedError

    def _read(self, span: Span, frame: bytes, out: list[Event]) -> None:
        """Say what `frame` says."""
        raise NotImplementedError

    def _try(self, span: Span, frame: bytes, out: list[Event]) -> None:
        """Take a frame while searching, or one that begins a search."""
        if self._locked:
            self._locked = False
            self._need = AGAIN
        elif self._held and not self._agrees(frame, self._held[-1][1]):
            self._throw_held(out)
            if not self._proves(frame):
                self._throw(*span, out)
                return
        elif not self._held and not self._proves(frame):
            self._throw(*span, out)
            return
        self._held.append((span, frame))
        if len(self._held) >= self._need:
            self._lock(out)

    def _pass_by(self, span: Span, out: list[Event]) -> None:
        self._throw_held(out)
        self._garbage.close(out)
        out.append(GarbageEvent(span, REPLY))

    def _lock(self, out: list[Event]) -> None:
        self._garbage.close(out)
        self._lost += round(self._thrown / self._length) if self._was_locked else 0
        self._locked = self._was_locked = True
        self._thrown = 0
        held, self._held = self._held, []
        self._last = held[-1][1]
        for span, frame in held:
            self._read(span, frame, out)

    def _break(self, first: int, end: int, out: list[Event]) -> None:
        if self._locked:
            self._locked = False
            self._need = AGAIN
        self._throw_held(out)
        self._throw(first, end, out)

    def _throw_held(self, out: list[Event]) -> None:
        if self._held:
            self._throw(self._held[0][0][0], self._held[-1][0][1], out)
            self._held.clear()

    def _throw(self, first: int, end: int, out: list[Event]) -> None:
        self._thrown += end - first
        if self._thrown > AGAIN * self._length:
            self._need = max(AGAIN, self._proof)
        self._garbage.throw(first, end, "no frame", out)
