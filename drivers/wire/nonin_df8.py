"""Nonin data format 8: four bytes once a second, the numbers of the device's display.

Byte 1 has bit 7 set, the others do not; there is no checksum. (Onyx II 9560 OEM specification,
6470-000-01.) The display keeps its last numbers for 10 s after the finger has left: during these
the sensor alarm (SNSA) is set, and nothing is taken for a value.

Odds of a false lock in random bytes, per byte: a frame's shape 1 in 2^4, its numbers in the
documented ranges 1 in 2, numbers that agree with those of the frame before 1 in 2^7. Three frames
in a row are asked for, 1 in 2^27; after a glitch two, 1 in 2^16.
"""

import re

from drivers.wire.events import Event, NumericEvent, Span
from drivers.wire.flags import Flags
from drivers.wire.sync_bit import SyncBitDecoder
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

PROOF = 3
RATE_STEP, SPO2_STEP = 20, 4
"""What the averaged numbers may change by in a second without being borne out by the next packet."""
NO_RATE = 511
NO_SPO2 = 127
LOWEST_RATE, HIGHEST_RATE = 18, 321
HIGHEST_SPO2 = 100
LEAST_SPO2 = 30
"""A search ends at no lower one: below it nothing is judged, and zeros on a line look like it."""
_SENSOR_OFF = 0x08  # SNSA, of byte 4
_BATTERY_LOW = 0x01  # of byte 4
_DOUBTFUL = 0x20  # OOT, of byte 1
# one word of both status bytes: byte 1 above byte 4
_CODES = (
    (_SENSOR_OFF, StatusCode.SENSOR_OFF),
    (_DOUBTFUL << 8, StatusCode.PULSE_SEARCH),
    (0x10 << 8, StatusCode.LOW_PERFUSION),
    (0x08 << 8, StatusCode.MARGINAL_PERFUSION),
    (0x04 << 8, StatusCode.ARTIFACT),
    (_BATTERY_LOW, StatusCode.BATTERY_LOW),
)
_TOLD = sum(bit for bit, _ in _CODES)


def rate_reason(rate: int) -> Reason | None:
    """Return why a pulse rate of nine bits is no value, None when it is one."""
    if rate == NO_RATE:
        return Reason.MISSING
    return None if LOWEST_RATE <= rate <= HIGHEST_RATE else Reason.OUT_OF_RANGE


def spo2_reason(spo2: int) -> Reason | None:
    """Return why an SpO2 of seven bits is no value, None when it is one."""
    if spo2 == NO_SPO2:
        return Reason.MISSING
    return None if spo2 <= HIGHEST_SPO2 else Reason.OUT_OF_RANGE


class Df8Decoder(SyncBitDecoder):
    """Data format 8: flags, pulse rate and SpO2 of each second."""

    _whole = re.compile(rb"[\x80-\xff][\x00-\x7f]{3}")
    _begun = re.compile(rb"[\x80-\xff][\x00-\x7f]{0,2}\Z")
    _length = 4

    def __init__(self) -> None:
        super().__init__(PROOF)
        self._flags = Flags(_CODES)

    def _proves(self, frame: bytes) -> bool:
        spo2 = frame[2]
        likely = LEAST_SPO2 <= spo2 <= HIGHEST_SPO2 or spo2 == NO_SPO2
        return likely and rate_reason(_rate(frame)) is not Reason.OUT_OF_RANGE

    def _agrees(self, frame: bytes, before: bytes) -> bool:
        rates = _rate(frame), _rate(before)
        return abs(rates[0] - rates[1]) <= RATE_STEP and abs(frame[2] - before[2]) <= SPO2_STEP

    def _read(self, span: Span, frame: bytes, out: list[Event]) -> None:
        self._flags.tell(span, (frame[0] << 8 | frame[3]) & _TOLD, out)
        off = Reason.SENSOR_OFF if frame[3] & _SENSOR_OFF else None
        doubtful = bool(frame[0] & _DOUBTFUL)
        rate, spo2 = _rate(frame), frame[2]
        out.append(_number(span, "pulse_rate", rate, off or rate_reason(rate), Unit.PER_MIN, doubtful))
        out.append(_number(span, "spo2", spo2, off or spo2_reason(spo2), Unit.PERCENT, doubtful))


def _rate(frame: bytes) -> int:
    return (frame[0] & 0x03) << 7 | frame[1]


def _number(
    span: Span, channel: str, value: int, reason: Reason | None, unit: Unit, doubtful: bool
) -> NumericEvent:
    if reason is not None:
        return NumericEvent(span, channel, None, reason, unit)
    return NumericEvent(span, channel, value, None, unit, doubtful)
