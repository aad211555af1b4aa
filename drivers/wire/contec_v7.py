"""Contec protocol V7.0: what the oximeter sends, and the few commands that Vigil writes.

A packet is a type byte with bit 7 clear, then bytes with bit 7 set; the type gives the length.
Byte 1 collects bit 7 of the bytes after it, bit 0 for byte 2. The protocol has no error
detection. (Communication protocol of pulse oximeter V7.0, 2010-07-08.)

Odds of a false lock in random bytes, per byte: a real-time packet is 1 in 2^16, its fixed bits
and ranges leave 1 in 2^20, and a search ends with a second one whose numbers agree, 1 in 2^26
more. Answers to commands are shorter and prove nothing; they carry no number.
"""

import re

from drivers.wire.events import Event, NumericEvent, Span, WaveformEvent
from drivers.wire.flags import Flags
from drivers.wire.sync_bit import AGAIN, SyncBitDecoder
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

RATE_HZ = 60.0
REAL_TIME = 0x01
START = bytes.fromhex("7D 81 A1 80 80 80 80 80 80")
STOP = bytes.fromhex("7D 81 A2 80 80 80 80 80 80")
STOP_STORED = bytes.fromhex("7D 81 A7 80 80 80 80 80 80")
KEEP_ALIVE = bytes.fromhex("7D 81 AF 80 80 80 80 80 80")
NO_RATE = 0xFF
NO_SPO2 = 0x7F
HIGHEST_SPO2 = 100
AGREE_WITHIN = 3
PERFUSION_AGREES_WITHIN = 100  # in 0.01 %
NO_PERFUSION = 0xFFFF
HIGHEST_PERFUSION = 2200  # in 0.01 %
_LENGTHS = {
    9: b"\x01\x04\x05\x11\x15",
    8: b"\x07\x08\x0f\x12",
    6: b"\x09",
    4: b"\x0a\x0b",
    3: b"\x0d\x0e\x10",
    2: b"\x0c",
}
"""Length -> types of the packets that the device sends."""
_PROBE_ERROR = 0x80  # of byte 2: shown as finger out
_SEARCHING_LONG = 0x10  # of byte 2
_SEARCHING = 0x80  # of byte 3
_NO_PERFUSION_BIT = 0x10  # of byte 4
_ALWAYS_CLEAR = 0xE0  # of byte 4
_OFF, _SEARCH = 1, 2
_CODES = ((_OFF, StatusCode.SENSOR_OFF), (_SEARCH, StatusCode.PULSE_SEARCH))


def _pattern(body: bytes, rest: bytes) -> re.Pattern[bytes]:
    """Return what finds any packet; `body` is the template of how many bytes follow its type."""
    each = (b"[%s]%s" % (re.escape(types), body % (length - 1,)) for length, types in _LENGTHS.items())
    return re.compile(b"(?:%s)%s" % (b"|".join(each), rest), re.DOTALL)


class ContecV7Decoder(SyncBitDecoder):
    """Real-time data; whatever else the device sends is told as a command reply."""

    _whole = _pattern(rb"[\x80-\xff]{%d}", b"")
    _begun = _pattern(rb"[\x80-\xff]{0,%d}", rb"\Z")
    _length = 9
    _answers = frozenset(b"".join(_LENGTHS.values())) - {REAL_TIME}

    def __init__(self) -> None:
        super().__init__(AGAIN)
        self._flags = Flags(_CODES)

    def _proves(self, frame: bytes) -> bool:
        _, _, bits, _, spo2, _ = _values(frame)
        return not bits & _ALWAYS_CLEAR and (spo2 <= HIGHEST_SPO2 or spo2 == NO_SPO2)

    def _agrees(self, frame: bytes, before: bytes) -> bool:
        if frame[5:] == before[5:] and frame[1] == before[1]:
            return True
        return (
            abs(_rate(frame) - _rate(before)) <= AGREE_WITHIN
            and abs(_spo2(frame) - _spo2(before)) <= AGREE_WITHIN
            and abs(_perfusion(frame) - _perfusion(before)) <= PERFUSION_AGREES_WITHIN
        )

    def _read(self, span: Span, frame: bytes, out: list[Event]) -> None:
        status, pleth, bits, rate, spo2, perfusion = _values(frame)
        flags = _OFF if status & _PROBE_ERROR else 0
        if status & _SEARCHING_LONG or pleth & _SEARCHING:
            flags |= _SEARCH
        self._flags.tell(span, flags, out)
        out.append(WaveformEvent(span, "pleth", RATE_HZ, (pleth & 0x7F,), self._lost))
        self._lost = 0
        reason = _reason(flags)
        invalid = perfusion == NO_PERFUSION or bits & _NO_PERFUSION_BIT
        out.append(_number(span, "pulse_rate", rate, reason or _rate_reason(rate), Unit.PER_MIN))
        out.append(_number(span, "spo2", spo2, reason or _spo2_reason(spo2), Unit.PERCENT))
        out.append(
            _number(
                span,
                "perfusion_index",
                perfusion / 100,
                reason or (Reason.MISSING if invalid else _perfusion_reason(perfusion)),
                Unit.PERCENT,
            )
        )


def _rate(frame: bytes) -> int:
    return frame[5] & 0x7F | (frame[1] & 0x08) << 4


def _spo2(frame: bytes) -> int:
    return frame[6] & 0x7F | (frame[1] & 0x10) << 3


def _perfusion(frame: bytes) -> int:
    high = frame[1]
    return frame[7] & 0x7F | (high & 0x20) << 2 | (frame[8] & 0x7F) << 8 | (high & 0x40) << 9


def _values(frame: bytes) -> tuple[int, int, int, int, int, int]:
    """Return bytes 2 to 6 and the perfusion index in 0.01 % of a real-time packet, high bits joined."""
    high = frame[1]
    return (
        frame[2] & 0x7F | (high & 0x01) << 7,
        frame[3] & 0x7F | (high & 0x02) << 6,
        frame[4] & 0x7F | (high & 0x04) << 5,
        _rate(frame),
        _spo2(frame),
        _perfusion(frame),
    )


def _reason(flags: int) -> Reason | None:
    if flags & _OFF:
        return Reason.SENSOR_OFF
    return Reason.SEARCHING if flags & _SEARCH else None


def _rate_reason(rate: int) -> Reason | None:
    return Reason.MISSING if rate in (0, NO_RATE) else None


def _spo2_reason(spo2: int) -> Reason | None:
    if spo2 in (0, NO_SPO2):
        return Reason.MISSING
    return None if spo2 <= HIGHEST_SPO2 else Reason.OUT_OF_RANGE


def _perfusion_reason(perfusion: int) -> Reason | None:
    return None if 1 <= perfusion <= HIGHEST_PERFUSION else Reason.OUT_OF_RANGE


def _number(span: Span, channel: str, value: float, reason: Reason | None, unit: Unit) -> NumericEvent:
    return NumericEvent(span, channel, value if reason is None else None, reason, unit)
