"""Lepu BP2 family of cuffs (BP2, BP2A, BP2W, LP-BP2W): frames of the notify characteristic.

Frame: A5 CMD ~CMD DIRECTION SEQUENCE LENGTH(2) DATA CRC, low bytes first; direction 1 comes from
the cuff. It answers 0x00 (state), 0x30 (battery) and 0xE1 (what it is), and while it measures it
tells 0x08 unasked: the pressure in the cuff, then the result, again and again.
"""

from drivers.wire.changes import Changes
from drivers.wire.crc8 import Crc8Decoder
from drivers.wire.events import Event, GarbageEvent, NibpEvent, NumericEvent, ReplyEvent, Span
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

LONGEST_DATA = 1024
_HEADER = 7
_FROM_CUFF = 1
_STATE = 0x00
_REAL_TIME = 0x08
_BATTERY = 0x30
_ABOUT = 0xE1
_STATE_AT = 39
PAUSE = 16
"""Between the measurements of the triple mode: the cuff is empty, another measurement follows."""
_MEASURING = (4, 15)
_STATES = {
    3: "idle",
    4: "measuring",
    5: "result",
    15: "measuring, triple",
    PAUSE: "pause",
    17: "result, triple",
}
_RUNNING, _FINISHED = 0, 1
_MODEL_AT = slice(9, 17)
_SERIAL_LENGTH_AT = 37


class LepuBp2Decoder(Crc8Decoder):
    """State, cuff pressure and result; a cuff that does not measure has no cuff pressure.

    The state is also told as the reply to 0x00, with its number.
    """

    _lead = 0xA5

    def __init__(self) -> None:
        super().__init__()
        self._changes = Changes()

    def _length(self, header: bytes) -> int | None:
        if len(header) > 2 and header[1] ^ header[2] != 0xFF:
            return 0
        if len(header) > 3 and header[3] != _FROM_CUFF:
            return 0
        if len(header) < _HEADER:
            return None
        data = header[5] | header[6] << 8
        return _HEADER + data + 1 if data <= LONGEST_DATA else 0

    def _read(self, frame: bytes, span: Span, out: list[Event]) -> None:
        command, data = frame[1], frame[_HEADER:-1]
        read, least = {
            _STATE: (self._read_state, _STATE_AT + 1),
            _REAL_TIME: (self._read_real_time, 3),
            _BATTERY: (self._read_battery, 4),
            _ABOUT: (self._read_about, _SERIAL_LENGTH_AT + 1),
        }.get(command, (None, 0))
        if read is None:
            out.append(GarbageEvent(span, f"answer to 0x{command:02X}, which is not asked"))
        elif len(data) < least:
            out.append(GarbageEvent(span, "truncated"))
        else:
            read(data, span, out)

    def _read_state(self, data: bytes, span: Span, out: list[Event]) -> None:
        state = data[_STATE_AT]
        measuring = state in _MEASURING
        text = _STATES.get(state, "not documented")
        out.append(ReplyEvent(span, "0x00", ok=True, text=text, number=state))
        self._changes.flag(span, StatusCode.MEASURING, measuring, out)
        if not measuring:
            out.append(NumericEvent(span, "cuff_pressure", None, Reason.MISSING, Unit.MMHG))

    def _read_real_time(self, data: bytes, span: Span, out: list[Event]) -> None:
        kind = data[0]
        if kind == _RUNNING and len(data) >= 5:
            self._changes.flag(span, StatusCode.MEASURING, True, out)
            out.append(NumericEvent(span, "cuff_pressure", _u16(data, 3), None, Unit.MMHG))
        elif kind == _FINISHED and len(data) >= 11:
            out.append(_result(data, span))
            self._changes.flag(span, StatusCode.MEASURING, False, out)
        else:
            out.append(GarbageEvent(span, "truncated" if kind in (_RUNNING, _FINISHED) else "ECG"))
        self._changes.battery_pct(span, data[2], out)

    def _read_battery(self, data: bytes, span: Span, out: list[Event]) -> None:
        self._changes.fact(span, InfoField.BATTERY_V, f"{_u16(data, 2) / 1000:.2f}", out)

    def _read_about(self, data: bytes, span: Span, out: list[Event]) -> None:
        length = data[_SERIAL_LENGTH_AT]
        serial = data[_SERIAL_LENGTH_AT + 1 :][:length]
        self._changes.fact(span, InfoField.MODEL, _text(data[_MODEL_AT]), out)
        self._changes.fact(span, InfoField.SERIAL, _text(serial), out)


def _result(data: bytes, span: Span) -> NibpEvent:
    """Return the measurement; a value of 0 is none, and without a systolic pressure it failed."""
    systolic, diastolic, mean, rate = (_u16(data, at) or None for at in (3, 5, 7, 9))
    if systolic is None:
        failed = (StatusCode.MEASUREMENT_FAILED,)
        return NibpEvent(span, None, None, None, None, Unit.MMHG, failed, error="no result")
    return NibpEvent(span, systolic, diastolic, mean, rate, Unit.MMHG)


def _u16(data: bytes, at: int) -> int:
    return data[at] | data[at + 1] << 8


def _text(raw: bytes) -> str:
    text = raw.partition(b"\0")[0].decode("ascii", "replace")
    return "".join(c for c in text if c.isprintable()).strip()
