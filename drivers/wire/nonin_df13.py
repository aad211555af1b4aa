"""Nonin data format 13: one packet for a spot check, with its date.

00 02, type 00 0D, length of the data (14 or more), data, the low byte of their sum, 03. (Onyx II
9560 OEM specification, 6470-000-01.) The device sends its memory through the same packet, oldest
first, marked by a bit.

Odds of a false lock in random bytes: header, length, checksum and end are 1 in 2^61.
"""

from datetime import datetime

from drivers.wire.events import Event, IncompleteEvent, NumericEvent
from drivers.wire.flags import Flags
from drivers.wire.garbage import GarbageRun
from drivers.wire.nonin_df8 import rate_reason, spo2_reason
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

LEAST_DATA = 14
MOST_DATA = 32
"""Ours: a longer one is documented nowhere, and bytes that wait for the rest of it hide a result."""
_HEADER = b"\x00\x02\x00\x0d"
_DATA = 6  # where the data begin
_END = 0x03
_GOOD = 0x02  # SPA, of the upper status byte: the device found the pulse good enough
_NO_MEASUREMENT = 0x01  # NOMS, of the upper status byte
_FROM_MEMORY = 0x10  # MEM, of the lower status byte
_BATTERY_LOW = 0x01  # of the lower status byte


class Df13Decoder:
    """Pulse rate and SpO2 of each spot check; without SmartPoint (SPA) they are doubtful."""

    def __init__(self) -> None:
        self._buf = bytearray()
        self._base = 0  # absolute offset of _buf[0]
        self._garbage = GarbageRun()
        self._flags = Flags(((_BATTERY_LOW, StatusCode.BATTERY_LOW),))

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order; never raise."""
        self._buf += data
        out: list[Event] = []
        at = 0
        while (at := self._next_header(at, out)) < len(self._buf):
            length = self._length_at(at)
            if length is None:
                break
            if length == 0:
                self._throw(at, at + 1, out)
                at += 1
                continue
            self._garbage.close(out)
            self._read(at, length, out)
            at += length
        del self._buf[:at]
        self._base += at
        return out

    def finish(self) -> list[Event]:
        """Return pending garbage and the unfinished tail; packets that waited behind it are read."""
        out: list[Event] = []
        while at := self._packet_behind():
            self._throw(0, at, out)
            del self._buf[:at]
            self._base += at
            out += self.feed(b"")
        self._garbage.close(out)
        end = self._base + len(self._buf)
        if self._buf:
            out.append(IncompleteEvent((self._base, end)))
        self._buf.clear()
        self._base = end
        return out

    def _next_header(self, at: int, out: list[Event]) -> int:
        """Return where the next header is, or may begin; what is before it is thrown away."""
        found = self._buf.find(_HEADER, at)
        if found < 0:
            tail = max(at, len(self._buf) - len(_HEADER) + 1)
            end = range(tail, len(self._buf))
            found = next((n for n in end if _HEADER.startswith(self._buf[n:])), len(self._buf))
        if found > at:
            self._throw(at, found, out)
        return found

    def _length_at(self, at: int) -> int | None:
        """Return the length of the packet at `at`, 0 when it is none, None when it is not whole yet."""
        buf = self._buf
        if len(buf) - at < _DATA:
            return None
        declared = buf[at + 4] << 8 | buf[at + 5]
        if not LEAST_DATA <= declared <= MOST_DATA:
            return 0
        check = at + _DATA + declared
        if len(buf) < check + 2:
            return None
        good = sum(buf[at + _DATA : check]) & 0xFF == buf[check] and buf[check + 1] == _END
        return _DATA + declared + 2 if good else 0

    def _packet_behind(self) -> int:
        """Return where a whole packet begins behind the unfinished one, 0 for none."""
        at = 0
        while (at := self._buf.find(_HEADER, at + 1)) > 0:
            if self._length_at(at):
                return at
        return 0

    def _read(self, at: int, length: int, out: list[Event]) -> None:
        span = (self._base + at, self._base + at + length)
        data = self._buf[at + _DATA : at + length - 2]
        upper, lower = data[8], data[9]
        if not lower & _FROM_MEMORY:  # else of the battery as it was then
            self._flags.tell(span, lower & _BATTERY_LOW, out)
        none = Reason.MISSING if upper & _NO_MEASUREMENT else None
        rate = (data[10] << 8 | data[11]) & 0x1FF
        spo2 = data[13] & 0x7F
        for channel, value, reason, unit in (
            ("pulse_rate", rate, none or rate_reason(rate), Unit.PER_MIN),
            ("spo2", spo2, none or spo2_reason(spo2), Unit.PERCENT),
        ):
            out.append(
                NumericEvent(
                    span,
                    channel,
                    None if reason else value,
                    reason,
                    unit,
                    doubtful=not reason and not upper & _GOOD,
                    device_time=_date(data),
                    stored=bool(lower & _FROM_MEMORY),
                )
            )

    def _throw(self, first: int, end: int, out: list[Event]) -> None:
        self._garbage.throw(self._base + first, self._base + end, "no packet", out)


def _date(data: bytes | bytearray) -> datetime | None:
    """Return the device's time, None when the digits make none."""
    digits = data[:8].hex()
    if not digits.isdecimal():
        return None
    month, day, hour, minute, second, hundredths = (int(digits[at : at + 2]) for at in range(4, 16, 2))
    try:
        return datetime(int(digits[:4]), month, day, hour, minute, second, hundredths * 10_000)
    except ValueError:
        return None
