"""Text lines that end with CR, LF or both, blank ones skipped; longer than any real one is noise.

A CR waits for the byte after it, which may be its LF, unless the two lines before, both of the
protocol, ended with CR alone.
Blank lines belong to the span of the line after them. What is no line of the protocol is garbage.
"""

import re
from collections.abc import Callable

from drivers.wire.events import Event, GarbageEvent, IncompleteEvent, Span
from drivers.wire.garbage import GarbageRun

LONGEST_LINE = 512
"""Line ends included; the longest documented line has 200 characters."""
CR_ALONE = 2
"""Lines in a row that ended so and prove that all do; one may have lost its LF."""
Read = Callable[[Span, bytes], list[Event]]
_LINE = re.compile(rb"[\r\n]*([^\r\n]+)(\r\n|\n|\r(?=[^\n]))")
_LINE_TO_CR = re.compile(rb"[\r\n]*([^\r\n]+)([\r\n])")
_END = re.compile(rb"[\r\n]")
_TEXT = re.compile(rb"[\r\n]*[\t -~]+")
_BLANK = re.compile(rb"[\r\n]*")


class TextLines:
    """Cuts a stream into lines; `read` says what one means, nothing when it is none of the protocol."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._buf = b""
        self._base = 0  # absolute offset of _buf[0]
        self._cr_alone = 0  # lines in a row that ended so
        self._overlong = False  # throwing away up to the next line end
        self._garbage = GarbageRun()

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order; never raise."""
        self._buf += data
        out: list[Event] = []
        at = 0
        while (after := self._next(at, out)) > at:
            at = after
        self._buf = self._buf[at:]
        self._base += at
        return out

    def finish(self) -> list[Event]:
        """Return pending garbage and the unfinished line; the next bytes begin a new one."""
        out: list[Event] = []
        if (line := _LINE_TO_CR.fullmatch(self._buf)) and not self._overlong:
            self._take(0, line, out)
            self._base, self._buf = self._base + len(self._buf), b""
        first, end = self._base, self._base + len(self._buf)
        if self._buf and _TEXT.fullmatch(self._buf):
            self._garbage.close(out)
            out.append(IncompleteEvent((first, end)))
        elif self._buf and _BLANK.fullmatch(self._buf):
            self._garbage.close(out)
            out.append(GarbageEvent((first, end), "line end"))
        elif self._buf:
            self._garbage.throw(first, end, "no line", out)
        self._garbage.close(out)
        self._buf, self._base = b"", end
        self._overlong, self._cr_alone = False, 0
        return out

    def _next(self, at: int, out: list[Event]) -> int:
        """Read or throw away what comes at `at`; return where the rest begins, `at` to wait for more."""
        if self._overlong:
            found = _END.search(self._buf, at)
            end = found.end() if found else len(self._buf)
            self._overlong = not found
            return self._throw(at, end, out)
        to_cr = self._cr_alone >= CR_ALONE and self._buf[at : at + 1] != b"\n"
        line = (_LINE_TO_CR if to_cr else _LINE).match(self._buf, at)
        if line is None or line.end() - at > LONGEST_LINE:
            if len(self._buf) - at <= LONGEST_LINE:
                return at
            self._overlong = True
            return self._throw(at, at + LONGEST_LINE, out)
        return self._take(at, line, out)

    def _take(self, at: int, line: re.Match[bytes], out: list[Event]) -> int:
        events = self._read((self._base + at, self._base + line.end()), line[1])
        if not events:
            return self._throw(at, line.end(), out)
        self._cr_alone = self._cr_alone + 1 if line[2] == b"\r" else 0
        self._garbage.close(out)
        out.extend(events)
        return line.end()

    def _throw(self, at: int, end: int, out: list[Event]) -> int:
        if end > at:
            self._garbage.throw(self._base + at, self._base + end, "no line", out)
        return end
