"""SunTech Advantage and Advantage A+ blood pressure modules: what they answer, and what they are told.

Module to host: 3E LEN DATA.. CS, LEN the whole length; host to module: 3A CMD DATA.. CS. All bytes
of a frame sum to 0 mod 256; numbers are 16 bits, little-endian. An answer does not repeat the
command: its length tells what it is. Lengths that no documented answer has are noise.

Odds of a false lock in random bytes, per byte: 3E, one of five lengths and the sum, 1 in 2^21 or so;
an acknowledgement needs one of nine letters besides, a pressure one below 600 mmHg.
"""

import struct
from enum import StrEnum

from drivers.wire.events import (
    Event,
    GarbageEvent,
    IncompleteEvent,
    NibpEvent,
    NumericEvent,
    ReplyEvent,
    Span,
)
from drivers.wire.garbage import GarbageRun
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

START_ADULT = bytes.fromhex("3A 20 A6")
ABORT = bytes.fromhex("3A 79 01 00 4C")
GET_PRESSURE = bytes.fromhex("3A 79 05 00 48")
GET_RESULT = bytes.fromhex("3A 79 03 00 4A")

NO_PRESSURE = 0xFFFF
MOST_MMHG = 600
"""A cuff is vented at 330 mmHg even with a fault: twice that was never a pressure."""
_ACK, _PRESSURE, _RESULT = 4, 5, 24
_UNUSED = (6, 67)  # return code of a calibration, version string: never asked for
_LENGTHS = frozenset({_ACK, _PRESSURE, _RESULT, *_UNUSED})
_FIRST = b"\x3e"
_NUMBER = struct.Struct("<H")
_VALUES = struct.Struct("<2xHH8x2xBxHB3x")  # sys, dia; rate; mean, error


class Ack(StrEnum):
    """What an acknowledgement says; it does not say to which command."""

    RECEIVED = "command received (O)"
    DONE = "command executed, or measurement finished (K)"
    ABORTED = "aborted (A)"
    BUSY = "busy (B)"
    ERROR = "error (E)"
    UNDEFINED = "undefined command (N)"
    UNREADABLE = "unrecognisable data (D)"
    SLEEPING = "sleeping (S)"
    TIMEOUT = "timeout (T)"


_ACKS = {ord(ack.value[-2]): ack for ack in Ack}
_GOOD = frozenset({Ack.RECEIVED, Ack.DONE, Ack.ABORTED})
_NONE: tuple[StatusCode, ...] = ()
ERRORS = {
    1: ("weak or no signal", (StatusCode.WEAK_SIGNAL,)),
    2: ("erratic signal or movement", (StatusCode.BODY_MOVEMENT,)),
    3: ("blood pressure out of range", _NONE),
    4: ("measurement time exceeded", _NONE),
    85: ("pneumatic blockage", (StatusCode.CUFF_BLOCKED,)),
    86: ("stopped by the user", (StatusCode.MEASUREMENT_STOPPED,)),
    87: ("cuff not filled in time: leak or loose cuff", (StatusCode.CUFF_LEAK,)),
    88: ("safety timeout", _NONE),
    89: ("cuff overpressure", (StatusCode.CUFF_OVERPRESSURE,)),
    90: ("supply out of range or other hardware fault", (StatusCode.DEVICE_FAULT,)),
    91: ("safety override fitted, or auto-zero out of range", (StatusCode.DEVICE_FAULT,)),
    97: ("transducer out of range", (StatusCode.DEVICE_FAULT,)),
    99: ("calibration data failure", (StatusCode.DEVICE_FAULT,)),
}
"""Error code of a result -> words, and the flags that fit."""


class SuntechDecoder:
    """Feed bytes of any size; get acknowledgements, cuff pressures and results."""

    def __init__(self) -> None:
        self._buf = b""
        self._base = 0  # offset of the buffer in the stream
        self._garbage = GarbageRun()

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order; never raise."""
        out: list[Event] = []
        self._buf += data
        self._read(out, at_end=False)
        return out

    def finish(self) -> list[Event]:
        """Return what is left: whole frames behind a false beginning, and one unfinished tail."""
        out: list[Event] = []
        self._read(out, at_end=True)
        self._garbage.close(out)
        if self._buf:
            out.append(IncompleteEvent((self._base, self._base + len(self._buf))))
            self._base += len(self._buf)
            self._buf = b""
        return out

    def _read(self, out: list[Event], *, at_end: bool) -> None:
        buf, base, size = self._buf, self._base, len(self._buf)
        at = 0
        while (start := buf.find(_FIRST, at)) >= 0:
            if start > at:
                self._garbage.throw(base + at, base + start, "noise", out)
                at = start
            length = buf[at + 1] if at + 1 < size else _ACK
            if at + length > size and length in _LENGTHS:
                if not at_end or not _whole_frame_in(buf, at + 1):
                    break
                event = None
            else:
                event = _event(buf[at : at + length], (base + at, base + at + length))
            if event is None:
                self._garbage.throw(base + at, base + at + 1, "no frame", out)
                at += 1
                continue
            self._garbage.close(out)
            out.append(event)
            at += length
        else:
            if size > at:
                self._garbage.throw(base + at, base + size, "noise", out)
            at = size
        self._buf = buf[at:]
        self._base = base + at


def _whole_frame_in(buf: bytes, at: int) -> bool:
    """Return whether any whole frame begins at `at` or behind it."""
    while (at := buf.find(_FIRST, at)) >= 0:
        length = buf[at + 1] if at + 1 < len(buf) else 0
        if at + length <= len(buf) and _event(buf[at : at + length], (0, 0)) is not None:
            return True
        at += 1
    return False


def _event(frame: bytes, span: Span) -> Event | None:
    """Return what a frame says, None when it is none."""
    length = len(frame)
    if length not in _LENGTHS or frame[1] != length or sum(frame) & 0xFF:
        return None
    if length == _PRESSURE:
        return _pressure(_NUMBER.unpack_from(frame, 2)[0], span)
    if length == _RESULT:
        return _result(frame, span)
    if length == _ACK:
        ack = _ACKS.get(frame[2])
        return None if ack is None else ReplyEvent(span, "any", ack in _GOOD, ack)
    return GarbageEvent(span, "command reply")


def _pressure(mmhg: int, span: Span) -> Event | None:
    if mmhg == NO_PRESSURE:
        return NumericEvent(span, "cuff_pressure", None, Reason.MISSING, Unit.MMHG)
    if mmhg > MOST_MMHG:
        return None
    return NumericEvent(span, "cuff_pressure", mmhg, None, Unit.MMHG)


def _result(frame: bytes, span: Span) -> NibpEvent:
    sys, dia, rate, mean, error = _VALUES.unpack(frame)
    if error:
        text, flags = ERRORS.get(error, ("error that the document does not have", _NONE))
        return _failed(span, f"{text} ({error})", flags)
    if not sys or not dia:
        return _failed(span, "the module has no result (0)", _NONE)
    return NibpEvent(span, sys, dia, mean or None, rate or None, Unit.MMHG)


def _failed(span: Span, text: str, flags: tuple[StatusCode, ...]) -> NibpEvent:
    status = (StatusCode.MEASUREMENT_FAILED, *flags)
    return NibpEvent(span, None, None, None, None, Unit.MMHG, status, error=text)
