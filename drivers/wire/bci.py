"""The five-byte oximeter layout: Contec CMS50 with old firmware, and BerryMed's "BCI protocol v1.2".

Byte 1 alone has bit 7 set; there is no checksum. The makers' descriptions differ in a few bits,
which `Dialect` holds. They disagree on the names of bit 4 in bytes 1 and 3 (finger out, no signal,
no finger, probe error): either means that there is no finger to measure.

Odds of a false lock in random bytes, per byte: a frame's shape is 1 in 2^5, and numbers that
could be are every second; numbers that agree with those of the frame before, as they do 60 times a
second, 1 in 2^9 more. A serial line asks for six frames in a row: less than 1 in 2^60. After a
glitch two suffice, 1 in 2^20. Bluetooth checks its bytes itself and begins with a whole frame, so
one is enough there, until bytes are missing.
"""

import re
from dataclasses import dataclass

from drivers.wire.events import Event, NumericEvent, Span, WaveformEvent
from drivers.wire.flags import Flags
from drivers.wire.sync_bit import SyncBitDecoder
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

NO_RATE = 255
NO_SPO2 = 127
HIGHEST_SPO2 = 100
LEAST_SPO2 = 30
"""A search ends at no lower one: below it nothing is judged, and other protocols look like it."""
AGREE_WITHIN = 3
_FINGER_OUT = 0x10  # of byte 1 and of byte 3
_SEARCHING = 0x20  # of byte 3
_PROBE = 0x20  # of byte 1
_OFF, _SEARCH, _FAULT = 1, 2, 4
_CODES = (
    (_OFF, StatusCode.SENSOR_OFF),
    (_FAULT, StatusCode.SENSOR_FAULT),
    (_SEARCH, StatusCode.PULSE_SEARCH),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the makers."""

    rate_hz: float
    probe_bit: bool  # byte 1 bit 5 says that the probe is unplugged; else that SpO2 falls, which is ignored
    no_pleth: int | None  # this pleth is none
    proof: int  # frames in a row that end the search at the start


CMS50 = Dialect(rate_hz=60.0, probe_bit=False, no_pleth=None, proof=6)
BERRY = Dialect(rate_hz=100.0, probe_bit=True, no_pleth=0, proof=1)


class BciDecoder(SyncBitDecoder):
    """Pulse rate, SpO2, pleth and flags of every frame."""

    _whole = re.compile(rb"[\x80-\xff][\x00-\x7f]{4}")
    _begun = re.compile(rb"[\x80-\xff][\x00-\x7f]{0,3}\Z")
    _length = 5

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect.proof)
        self._dialect = dialect
        self._flags = Flags(_CODES)

    def _proves(self, frame: bytes) -> bool:
        spo2 = frame[4]
        return LEAST_SPO2 <= spo2 <= HIGHEST_SPO2 or spo2 in (0, NO_SPO2)

    def _agrees(self, frame: bytes, before: bytes) -> bool:
        return abs(frame[4] - before[4]) <= AGREE_WITHIN and abs(_rate(frame) - _rate(before)) <= AGREE_WITHIN

    def _read(self, span: Span, frame: bytes, out: list[Event]) -> None:
        head, pleth, bits, _, spo2 = frame
        dialect = self._dialect
        flags = _OFF if (head | bits) & _FINGER_OUT else 0
        if bits & _SEARCHING:
            flags |= _SEARCH
        if head & _PROBE and dialect.probe_bit:
            flags |= _FAULT
        self._flags.tell(span, flags, out)
        if pleth == dialect.no_pleth:
            self._lost += 1
        else:
            out.append(WaveformEvent(span, "pleth", dialect.rate_hz, (pleth,), self._lost))
            self._lost = 0
        rate = _rate(frame)
        reason = _reason(flags)
        out.append(_number(span, "pulse_rate", rate, reason or _rate_reason(rate), Unit.PER_MIN))
        out.append(_number(span, "spo2", spo2, reason or _spo2_reason(spo2), Unit.PERCENT))


def _rate(frame: bytes) -> int:
    return (frame[2] & 0x40) << 1 | frame[3]


def _reason(flags: int) -> Reason | None:
    if flags & (_OFF | _FAULT):
        return Reason.SENSOR_OFF
    return Reason.SEARCHING if flags & _SEARCH else None


def _rate_reason(rate: int) -> Reason | None:
    return Reason.MISSING if rate in (0, NO_RATE) else None


def _spo2_reason(spo2: int) -> Reason | None:
    if spo2 in (0, NO_SPO2):
        return Reason.MISSING
    return None if spo2 <= HIGHEST_SPO2 else Reason.OUT_OF_RANGE


def _number(span: Span, channel: str, value: int, reason: Reason | None, unit: Unit) -> NumericEvent:
    return NumericEvent(span, channel, value if reason is None else None, reason, unit)
