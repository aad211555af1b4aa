"""Viatom / Wellue ring and wrist oximeters ("O2" family): answers of the notify characteristic.

Answer: 55 STATUS ~STATUS BLOCK(2) LENGTH(2) DATA CRC, low bytes first; STATUS 0 is success, and it
stands where the request had its command. What an answer is about is therefore told by its shape:
JSON text answers 0x14; 13 bytes, or a few more, answer 0x17; data with a waveform as long as they
say answer 0x1B. The one shape that fits two (0x17, not worn, with a perfusion index as large as the
rest is long) says "not worn" in either reading.
"""

import re

from drivers.wire.changes import Changes
from drivers.wire.crc8 import Crc8Decoder
from drivers.wire.events import Event, GarbageEvent, NumericEvent, ReplyEvent, Span, WaveformEvent
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

LONGEST_DATA = 1024
"""Longer than the JSON text of a ring with a full memory."""
RATE_HZ = 125.0
"""Of the waveform asked for with 0x1B 00."""
_HEADER = 7
_SENSORS = range(13, 33)  # lengths of an answer to 0x17: "13 bytes or more", and a bound
_WAVE_AT = 12  # of an answer to 0x1B
_ON_FINGER = 1
_NO_SPO2 = (0, 0xFF)
_NO_PULSE = (0, 0xFFFF)
_NO_PULSE_BYTE = (0, 0xFF)
_HIGHEST_SPO2 = 100
_MARKER = 156
"""In the waveform: no sample, the maker's app fills it in."""
_FACT = re.compile(rb'"(\w{1,32})"\s{0,8}:\s{0,8}"([^"\\]{0,64})"')
_FIELDS = {
    b"Model": InfoField.MODEL,
    b"SN": InfoField.SERIAL,
    b"HardwareVer": InfoField.HARDWARE,
    b"SoftwareVer": InfoField.SOFTWARE,
}


class ViatomOxyDecoder(Crc8Decoder):
    """Numbers, waveform, battery and description; what is not worn has no value."""

    _lead = 0x55

    def __init__(self) -> None:
        super().__init__()
        self._changes = Changes()
        self._lost = 0  # samples missing before the next one

    def _length(self, header: bytes) -> int | None:
        if len(header) > 2 and header[1] ^ header[2] != 0xFF:
            return 0
        if any(header[3:5]):
            return 0  # only file blocks have a number, and none is ever asked for
        if len(header) < _HEADER:
            return None
        data = header[5] | header[6] << 8
        return _HEADER + data + 1 if data <= LONGEST_DATA else 0

    def _read(self, frame: bytes, span: Span, out: list[Event]) -> None:
        data = frame[_HEADER:-1]
        if frame[1]:
            out.append(ReplyEvent(span, "", ok=False, text=f"status {frame[1]}"))
        elif data[:1] == b"{":
            self._read_facts(data, span, out)
        elif _has_wave(data):
            self._read_live(data, span, out)
        elif len(data) in _SENSORS:
            self._read_sensors(data, span, out)
        else:
            out.append(GarbageEvent(span, "an answer to nothing that is asked"))

    def _read_facts(self, data: bytes, span: Span, out: list[Event]) -> None:
        for name, raw in _FACT.findall(data):
            text = "".join(c for c in raw.decode("utf-8", "replace") if c.isprintable()).strip()
            if name in _FIELDS:
                self._changes.fact(span, _FIELDS[name], text, out)
            elif name == b"CurBAT" and re.fullmatch("[0-9]{1,3}%", text):
                self._changes.battery_pct(span, int(text[:-1]), out)

    def _read_sensors(self, data: bytes, span: Span, out: list[Event]) -> None:
        pulse = None if data[1] in _NO_PULSE_BYTE else data[1]
        idle = not data[0] and not data[1]
        self._read_numbers(span, data[0], pulse, data[10], not data[11], idle, out)
        self._changes.battery_pct(span, data[7], out)

    def _read_live(self, data: bytes, span: Span, out: list[Event]) -> None:
        rate = data[1] | data[2] << 8
        pulse = None if rate in _NO_PULSE else rate
        idle = data[0] in _NO_SPO2 and pulse is None
        self._read_numbers(span, data[0], pulse, data[5], data[6] != _ON_FINGER, idle, out)
        self._changes.battery_pct(span, data[3], out)
        self._read_wave(data[_WAVE_AT : _wave_end(data)], span, out)

    def _read_numbers(
        self,
        span: Span,
        spo2: int,
        pulse: int | None,
        perfusion: int,
        off: bool,
        idle: bool,
        out: list[Event],
    ) -> None:
        """Add flags and numbers; worn and without any number, the ring calibrates."""
        searching = idle and not off
        self._changes.flag(span, StatusCode.SENSOR_OFF, off, out)
        self._changes.flag(span, StatusCode.PULSE_SEARCH, searching, out)
        reason = Reason.SENSOR_OFF if off else Reason.SEARCHING if searching else None
        known = None if spo2 in _NO_SPO2 or spo2 > _HIGHEST_SPO2 else spo2
        out.append(_number(span, "spo2", known, reason, Unit.PERCENT))
        out.append(_number(span, "pulse_rate", pulse, reason, Unit.PER_MIN))
        out.append(_number(span, "perfusion_index", perfusion / 10, reason, Unit.PERCENT))

    def _read_wave(self, wave: bytes, span: Span, out: list[Event]) -> None:
        """Add the samples between the markers; each marker is a sample that is not there."""
        for number, run in enumerate(wave.split(bytes([_MARKER]))):
            self._lost += bool(number)
            if run:
                out.append(WaveformEvent(span, "pleth", RATE_HZ, tuple(run), self._lost))
                self._lost = 0


def _wave_end(data: bytes) -> int:
    return _WAVE_AT + (data[10] | data[11] << 8)


def _has_wave(data: bytes) -> bool:
    if len(data) < _WAVE_AT or len(data) == _SENSORS[0]:
        return False
    return len(data) == _wave_end(data) or (len(data) > _SENSORS[-1] and len(data) > _wave_end(data))


def _number(span: Span, channel: str, value: float | None, reason: Reason | None, unit: Unit) -> NumericEvent:
    if reason is not None:
        return NumericEvent(span, channel, None, reason, unit)
    return NumericEvent(span, channel, value, Reason.MISSING if value is None else None, unit)
