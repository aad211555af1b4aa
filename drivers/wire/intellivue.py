"""Philips IntelliVue data export: decoders of the serial line and of datagrams.

A frame on the serial line has a header of 16 bits, a length and a check sequence of 16 bits each: of
the stretches from C0 to C1 in random bytes one in 2^48 passes for one. C0 never stands inside a
frame, so a damaged one costs itself alone. A datagram is one message and is checked by UDP.
"""

import struct

from drivers.wire.events import Event, GarbageEvent, IncompleteEvent, ReplyEvent, Span
from drivers.wire.garbage import GarbageRun
from drivers.wire.intellivue_frame import END, LONGEST_FRAME, START, unframed
from drivers.wire.intellivue_numerics import Numerics
from drivers.wire.intellivue_poll import read_poll
from drivers.wire.intellivue_session import NUMERICS, POLL, association_reply, create_reply

_EXPORT = b"\xe1\x00\x00\x02"
_REMOTE = struct.Struct(">4xHH")  # remote operation, its length
_INVOKE, _RESULT, _ERROR, _LINKED_RESULT = 1, 2, 3, 5
_CALL = struct.Struct(">HHH")  # invoke id, command, length
_EVENT_REPORTS = (0, 1)
_CONFIRMED_ACTION = 7
_MDS_CREATE = b"\x0d\x06"
_EVENT_TYPE = slice(24, 26)


class _Messages:
    """What one message after the other means, however it was carried."""

    def __init__(self) -> None:
        self._numerics = Numerics()

    def read(self, message: bytes, span: Span, out: list[Event]) -> None:
        """Append at least one event with this span."""
        if message[:4] == _EXPORT:
            self._read_export(message, span, out)
        else:
            out.append(association_reply(span, message) or GarbageEvent(span, "no message of a monitor"))

    def _read_export(self, message: bytes, span: Span, out: list[Event]) -> None:
        at = _REMOTE.size
        remote, length = _REMOTE.unpack_from(message) if len(message) >= at else (0, 0)
        if at + length > len(message) or length < _CALL.size:
            out.append(GarbageEvent(span, "truncated"))
        elif remote == _ERROR:
            invoke_id, value, _ = _CALL.unpack_from(message, at)
            out.append(ReplyEvent(span, POLL, False, f"error {value}", invoke_id))
        elif remote == _INVOKE:
            _read_invoke(message, at, span, out)
        elif remote == _RESULT:
            self._read_result(message, at, span, out)
        elif remote == _LINKED_RESULT:
            self._read_result(message, at + 2, span, out)  # which part, and its count
        else:
            out.append(GarbageEvent(span, "unknown operation"))

    def _read_result(self, message: bytes, at: int, span: Span, out: list[Event]) -> None:
        if at + _CALL.size > len(message):
            out.append(GarbageEvent(span, "truncated"))
            return
        _, command, _ = _CALL.unpack_from(message, at)
        if command != _CONFIRMED_ACTION:
            out.append(GarbageEvent(span, "result of no poll"))
            return
        poll = read_poll(message, at + _CALL.size)
        if poll is None:
            out.append(GarbageEvent(span, "bad poll result"))
            return
        before = len(out)
        if poll.object_class == NUMERICS:
            self._numerics.read(poll, span, out)
        if len(out) == before:
            out.append(ReplyEvent(span, POLL, True, "no known number"))


def _read_invoke(message: bytes, at: int, span: Span, out: list[Event]) -> None:
    _, command, _ = _CALL.unpack_from(message, at)
    if command in _EVENT_REPORTS and message[_EVENT_TYPE] == _MDS_CREATE:
        out.append(create_reply(span, message))
    else:
        out.append(GarbageEvent(span, "unknown event report"))


class SerialDecoder:
    """Messages in checked frames on a serial line."""

    def __init__(self) -> None:
        self._buf = bytearray()
        self._base = 0  # absolute offset of _buf[0]
        self._garbage = GarbageRun()
        self._messages = _Messages()

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order; never raise."""
        self._buf += data
        out: list[Event] = []
        at = self._run(out)
        del self._buf[:at]
        self._base += at
        return out

    def finish(self) -> list[Event]:
        """Return pending garbage and the unfinished frame."""
        out: list[Event] = []
        self._garbage.close(out)
        if self._buf:
            out.append(IncompleteEvent((self._base, self._base + len(self._buf))))
            self._base += len(self._buf)
            self._buf.clear()
        return out

    def _run(self, out: list[Event]) -> int:
        """Read the frames that are whole; return where the bytes begin that must wait."""
        buf, at = self._buf, 0
        while True:
            start = buf.find(START, at)
            if start < 0:
                self._throw(at, len(buf), "no frame", out)
                return len(buf)
            self._throw(at, start, "no frame", out)
            longest = start + LONGEST_FRAME
            end = buf.find(END, start + 1, longest)
            again = buf.find(START, start + 1, longest if end < 0 else end)
            if again >= 0:
                at = again
                self._throw(start, at, "cut short", out)
            elif end >= 0:
                at = end + 1
                self._read_frame(start, end, out)
            elif len(buf) >= longest:
                at = longest
                self._throw(start, at, "too long", out)
            else:
                return start

    def _read_frame(self, start: int, end: int, out: list[Event]) -> None:
        message, why = unframed(bytes(self._buf[start + 1 : end]))
        if why:
            self._throw(start, end + 1, why, out)
            return
        self._garbage.close(out)
        self._messages.read(message, (self._base + start, self._base + end + 1), out)

    def _throw(self, first: int, end: int, why: str, out: list[Event]) -> None:
        if end > first:
            self._garbage.throw(self._base + first, self._base + end, why, out)


class DatagramDecoder:
    """One message a datagram, without a frame; spans begin with each."""

    def __init__(self) -> None:
        self._messages = _Messages()

    def feed(self, data: bytes) -> list[Event]:
        """Return what one datagram says; never raise."""
        out: list[Event] = []
        self._messages.read(data, (0, len(data)), out)
        return out

    def finish(self) -> list[Event]:
        """Return nothing: every datagram stands alone."""
        return []
