"""Nonin data formats 2 and 7: packets of 25 frames of 5 bytes, three packets a second.

DF2 frame: 01 STATUS PLETH FLOAT CHK. DF7 frame: STATUS PLETH_MSB PLETH_LSB FLOAT CHK. CHK is the
sum of the four bytes before it. STATUS has bit 7 set, and bit 0 (SYNC) in the first frame of a
packet only. (Onyx II 9560 OEM specification, 6470-000-01.)

Odds of a false lock in random bytes, per byte: DF2 asks for 01, two bits of the next byte and a
checksum: 1 in 2^18 (one in 5 min at 9600 baud). DF7 asks for two frames that follow each other,
two bits and a checksum each: 1 in 2^20 (one in 18 min). Either then meets a bad header or checksum
in the next frame but for 1 in 2^17 (DF2) or 2^9 (DF7). A false lock gives samples; of numbers DF2
gives none (the first is in frame 2), DF7 one false pulse rate, and SpO2 takes another frame.
"""

import re
from enum import IntFlag

from drivers.wire.events import (
    Event,
    GarbageEvent,
    IncompleteEvent,
    NumericEvent,
    Span,
    StatusEvent,
    WaveformEvent,
)
from drivers.wire.garbage import GarbageRun
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

FRAME = 5
PACKET_FRAMES = 25
RATE_HZ = 75.0
NO_RATE = 511
NO_SPO2 = 127
LONGEST_REPLY_DATA = 32
"""No documented command reply carries more than 12 bytes."""
_ONE_SAMPLE = tuple((sample,) for sample in range(256))  # made once: the decoder makes 75 a second
_RUN = 200 * FRAME
"""Bytes read in one go: what is sliced anew after every bad frame is bounded."""
_SYNC = 0x01
_ANSWERS = (0x06, 0x15)
_REPLY = 0x02
_REPLY_END = 0x03
_TELLING_FRAMES = frozenset({1, 2, 3, 8, PACKET_FRAMES})
"""Rate high and low, SpO2, STAT2, and the last one."""
_BATTERY_BIT = 0x01  # of STAT2
_FIRST_BYTE = {
    False: re.compile(rb"\x01"),
    True: re.compile(b"[" + b"".join(b"\\x%02x" % byte for byte in range(0x81, 0x100, 2)) + b"]"),
}


class _Flag(IntFlag):
    SENSOR_FAULT = 1  # SNSD
    ARTIFACT = 2  # ARTF
    PULSE_SEARCH = 4  # OOT
    SENSOR_OFF = 8  # SNSA
    LOW_PERFUSION = 16
    MARGINAL_PERFUSION = 32
    BATTERY_LOW = 64
    GOOD_PERFUSION = 128  # no code: good is not worth a word, but it ends the other two


_CODES = tuple((int(flag), StatusCode[str(flag.name)]) for flag in _Flag if flag is not _Flag.GOOD_PERFUSION)
_TOLD = sum(bit for bit, _ in _CODES)
_OFF = int(_Flag.SENSOR_OFF | _Flag.SENSOR_FAULT)
_POOR = int(_Flag.LOW_PERFUSION | _Flag.MARGINAL_PERFUSION)
_PULSE = _POOR | int(_Flag.GOOD_PERFUSION)
_DOUBTFUL = int(_Flag.PULSE_SEARCH)
_BATTERY = int(_Flag.BATTERY_LOW)


def _flags(status: int) -> int:
    perfusion = {
        0b00: 0,
        0b01: _Flag.GOOD_PERFUSION,
        0b11: _Flag.MARGINAL_PERFUSION,
        0b10: _Flag.LOW_PERFUSION,
    }
    found = int(perfusion[status >> 1 & 0b11])
    bits = {
        0x40: _Flag.SENSOR_FAULT,
        0x20: _Flag.ARTIFACT,
        0x10: _Flag.PULSE_SEARCH,
        0x08: _Flag.SENSOR_OFF,
    }
    return found | sum(int(flag) for bit, flag in bits.items() if status & bit)


_FLAGS_OF = tuple(_flags(status) for status in range(256))


class _Packets:
    """What the frames of a packet say together; knows nothing of bytes on a line."""

    def __init__(self) -> None:
        self.frames = 0  # of the packet being read
        self.noted = 0  # the status of the frame added last: the same again tells nothing
        self._flags = 0  # OR over its frames
        self._active = 0  # told as active
        self._msb = 0

    def add(self, span: Span, status: int, value: int, out: list[Event]) -> None:
        """Take the next frame's status and FLOAT byte."""
        if status & _SYNC:
            self.frames = self._flags = 0
        self.frames = number = self.frames + 1
        self.noted = status
        flags = _FLAGS_OF[status]
        if flags & ~self._flags:
            self._add_flags(span, flags, out)
        if number in _TELLING_FRAMES:
            self._read_value(span, number, value, out)

    def _read_value(self, span: Span, number: int, value: int, out: list[Event]) -> None:
        if number == 1:
            self._msb = value
        elif number == 2:
            rate = (self._msb & 0x03) << 7 | value & 0x7F
            out.append(self._number(span, "pulse_rate", rate, NO_RATE, Unit.PER_MIN))
        elif number == 3:
            out.append(self._number(span, "spo2", value & 0x7F, NO_SPO2, Unit.PERCENT))
        elif number == PACKET_FRAMES:
            self._clear(span, out)
        elif value & _BATTERY_BIT:
            self._add_flags(span, _BATTERY, out)

    def _add_flags(self, span: Span, flags: int, out: list[Event]) -> None:
        self._flags |= flags
        if new := flags & _TOLD & ~self._active:
            self._tell(span, new, True, out)

    def _number(self, span: Span, channel: str, value: int, missing: int, unit: Unit) -> NumericEvent:
        """Return no value when the sensor is off: the maker calls the data not usable then."""
        if self._flags & _OFF:
            return NumericEvent(span, channel, None, Reason.SENSOR_OFF, unit)
        if value == missing:
            return NumericEvent(span, channel, None, Reason.MISSING, unit)
        return NumericEvent(span, channel, value, None, unit, bool(self._flags & _DOUBTFUL))

    def _clear(self, span: Span, out: list[Event]) -> None:
        """End the flags that a whole packet passed without.

        Perfusion is told in the 12 frames of a pulse only: a packet between two pulses says
        nothing about it, unless the sensor is off.
        """
        gone = self._active & ~self._flags
        if not self._flags & (_PULSE | _OFF):
            gone &= ~_POOR
        if gone:
            self._tell(span, gone, False, out)

    def _tell(self, span: Span, flags: int, active: bool, out: list[Event]) -> None:
        self._active = self._active | flags & _TOLD if active else self._active & ~flags
        out.extend(StatusEvent(span, code, active) for bit, code in _CODES if flags & bit)


class _Decoder:
    """Searches a packet's first frame, then reads frame after frame until one is bad."""

    _wide: bool  # DF7: 16-bit pleth, no leading 01
    _proof: int  # bytes that must agree before the search ends

    def __init__(self) -> None:
        self._buf = bytearray()
        self._base = 0  # absolute offset of _buf[0]
        self._locked = False
        self._packets = _Packets()
        self._garbage = GarbageRun()
        self._lost_at = 0
        self._lost = 0  # samples missing before the next frame

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order; never raise."""
        self._buf += data
        out: list[Event] = []
        at = self._run(0, out)
        del self._buf[:at]
        self._base += at
        return out

    def finish(self) -> list[Event]:
        """Return pending garbage and the unfinished tail; the next bytes are searched anew."""
        out: list[Event] = []
        at, end = 0, len(self._buf)
        while at < end:
            if self._may_go_on(at):
                self._garbage.close(out)
                out.append(IncompleteEvent((self._base + at, self._base + end)))
                at = end
            elif self._locked and (length := self._reply(at) or 0):
                at = self._skip_reply(at, length, out)
            else:
                at = self._lose(at, "no frame", out)
        self._garbage.close(out)
        self._locked = False
        self._packets.frames = 0
        self._base += end
        self._buf.clear()
        return out

    def _run(self, at: int, out: list[Event]) -> int:
        """Read what can be read from `at`; return where the bytes begin that must wait."""
        while True:
            if not self._locked:
                at = self._search(at, out)
                if not self._locked:
                    return at
            at = self._read_frames(at, out)
            if self._locked:
                return at

    def _search(self, at: int, out: list[Event]) -> int:
        first_byte, end = _FIRST_BYTE[self._wide], len(self._buf)
        while True:
            match = first_byte.search(self._buf, at)
            found = match.start() if match else end
            if found > at:
                self._garbage.throw(self._base + at, self._base + found, "no frame", out)
            if end - found < self._proof:
                return found
            if self._begins_packet(found):
                self._lock(found, out)
                return found
            self._garbage.throw(self._base + found, self._base + found + 1, "no frame", out)
            at = found + 1

    def _begins_packet(self, at: int) -> bool:
        buf = self._buf
        if buf[at + (not self._wide)] & 0x81 != 0x81 or not self._sum_good(at):
            return False
        # DF7's pleth may look like a status byte: the frame after it must fit too
        return not self._wide or (buf[at + FRAME] & 0x81 == 0x80 and self._sum_good(at + FRAME))

    def _sum_good(self, at: int) -> bool:
        return sum(self._buf[at : at + FRAME - 1]) & 0xFF == self._buf[at + FRAME - 1]

    def _lock(self, at: int, out: list[Event]) -> None:
        """Begin to read frames; say how many were lost since the last good one.

        The packet's own count gives that number modulo 25, the bytes thrown away its size.
        """
        self._garbage.close(out)
        self._locked = True
        if self._packets.frames:
            rest = -self._packets.frames % PACKET_FRAMES
            thrown = (self._base + at - self._lost_at) / FRAME
            self._lost = rest + PACKET_FRAMES * max(0, round((thrown - rest) / PACKET_FRAMES))
            self._packets.frames = 0

    def _read_frames(self, at: int, out: list[Event]) -> int:
        """Read frame after frame; return where the bytes begin that must wait, or a lost lock left off."""
        last = len(self._buf) - FRAME
        while at <= last:
            after = self._read_run(at, out)
            if after == at:
                after = self._skip_or_lose(at, out)
                if after == at or not self._locked:
                    return after
            at = after
        return at

    def _read_run(self, at: int, out: list[Event]) -> int:
        """Read good frames, up to a bound, and return where they end."""
        rows = self._buf[at : at + _RUN]
        packets, wide = self._packets, self._wide
        frames, lost, first = packets.frames, self._lost, self._base + at
        for b0, b1, b2, value, check in zip(*(rows[n::FRAME] for n in range(FRAME)), strict=False):
            if wide:
                status, samples = b0, (b1 << 8 | b2,)
            else:
                status, samples = (b1 if b0 == 0x01 else 0), _ONE_SAMPLE[b2]
            if status < 0x80 or (b0 + b1 + b2 + value) & 0xFF != check:
                break
            if status & _SYNC:
                lost += -frames % PACKET_FRAMES
                frames = 0
            elif frames == PACKET_FRAMES:
                break
            span = (first, first + FRAME)
            out.append(WaveformEvent(span, "pleth", RATE_HZ, samples, lost))
            self._lost = lost = 0
            frames += 1
            if status == packets.noted and frames not in _TELLING_FRAMES:
                packets.frames = frames
            else:
                packets.add(span, status, value, out)
            first += FRAME
        return first - self._base

    def _skip_or_lose(self, at: int, out: list[Event]) -> int:
        """Step over a command reply between frames (unmoved: not whole yet), or lose the lock."""
        buf = self._buf
        if (self._wide or buf[at] == 0x01) and buf[at + (not self._wide)] >= 0x80:
            return self._lose(at, "no sync" if self._sum_good(at) else "bad checksum", out)
        length = self._reply(at)
        if length is None:
            return at
        return self._skip_reply(at, length, out) if length else self._lose(at, "bad header", out)

    def _reply(self, at: int) -> int | None:
        """Return the length of the command reply at `at`, 0 for none, None when not whole yet."""
        rest = self._buf[at : at + 3 + LONGEST_REPLY_DATA + 1]
        if rest[0] in _ANSWERS:
            return 1
        if rest[0] != _REPLY or (len(rest) > 1 and rest[1] < 0xF0):
            return 0
        if len(rest) < 3:
            return None
        length = 3 + rest[2] + 1
        if rest[2] > LONGEST_REPLY_DATA:
            return 0
        if len(rest) < length:
            return None
        return length if rest[length - 1] == _REPLY_END else 0

    def _skip_reply(self, at: int, length: int, out: list[Event]) -> int:
        self._garbage.close(out)
        out.append(GarbageEvent((self._base + at, self._base + at + length), "command reply"))
        return at + length

    def _lose(self, at: int, why: str, out: list[Event]) -> int:
        """Throw one byte away and search from the next: a frame may begin inside a bad one."""
        if self._locked:
            self._locked = False
            self._lost_at = self._base + at
        self._garbage.throw(self._base + at, self._base + at + 1, why, out)
        return at + 1

    def _may_go_on(self, at: int) -> bool:
        """Return whether the bytes from `at` on could be the first of a frame or a reply."""
        rest = self._buf[at:]
        if self._locked and self._reply(at) is None:
            return True
        status = rest[0] if self._wide else (rest[1] if len(rest) > 1 else 0x81)
        begins = self._wide or rest[0] == 0x01
        if self._locked:
            return begins and status >= 0x80
        second = rest[FRAME] & 0x81 == 0x80 if len(rest) > FRAME else True
        return begins and status & 0x81 == 0x81 and second and (len(rest) < FRAME or self._sum_good(at))


class Df2Decoder(_Decoder):
    """Data format 2: 8-bit pleth."""

    _wide = False
    _proof = FRAME


class Df7Decoder(_Decoder):
    """Data format 7: 16-bit pleth."""

    _wide = True
    _proof = 2 * FRAME
