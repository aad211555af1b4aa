"""Masimo MightySat: frames of the notify characteristic.

Frame: 77 LENGTH PAYLOAD CRC; LENGTH counts payload and CRC, the CRC covers the payload only. The
payload begins with an opcode: 01 what the device is, 04 waveform, 05 parameters, FE a command is
carried out, FF it is refused. Parameters (asked for with the mask 001F): system exceptions, then an
exception and a value each for SpO2, pulse rate, PVI, perfusion index and respiration from the pleth.

Two readings of the bytes after the PVI exist: an exception of the perfusion index, or the high byte
of a PVI of 16 bits. Here it is the exception. Where the other reading is right it is always 0, as a
PVI is at most 100, and nothing differs.
"""

from enum import IntFlag

from drivers.wire.changes import Changes
from drivers.wire.crc8 import Crc8Decoder
from drivers.wire.events import Event, GarbageEvent, NumericEvent, ReplyEvent, Span, WaveformEvent
from monitor.core.types import InfoField, Reason, StatusCode
from monitor.core.units import Unit

RATE_HZ = 31.25
"""Samples 32 ms apart."""
_ABOUT, _WAVE, _PARAMETERS, _DONE, _REFUSED = 0x01, 0x04, 0x05, 0xFE, 0xFF
_LENGTHS = range(2, 41)
"""Of the shortest acknowledgement, and twice the longest frame seen: payload and CRC."""
_LEAST = {_ABOUT: 3, _WAVE: 4, _PARAMETERS: 16, _DONE: 2, _REFUSED: 3}
_ERRORS = {1: "not found", 2: "failed", 3: "not supported", 4: "corrupt", 5: "bad checksum"}
_SAMPLE_INVALID = 0x80  # of the signal identification and quality


class _System(IntFlag):
    SENSOR_OFF = 1 << 21
    PULSE_SEARCH = 1 << 22
    INTERFERENCE = 1 << 23
    LOW_PERFUSION = 1 << 24


class _Exception(IntFlag):
    LOW_CONFIDENCE = 0x01
    INVALID = 0x04
    START_UP = 0x10


_KNOWN_SYSTEM = int(_System.SENSOR_OFF | _System.PULSE_SEARCH | _System.INTERFERENCE | _System.LOW_PERFUSION)
_KNOWN_EXCEPTION = int(_Exception.LOW_CONFIDENCE | _Exception.INVALID | _Exception.START_UP)
_DOUBTFUL = int(_System.INTERFERENCE | _System.LOW_PERFUSION)


class MightySatDecoder(Crc8Decoder):
    """Numbers, pleth and flags; an exception that is not known gives no number."""

    _lead = 0x77
    _unchecked = 2

    def __init__(self) -> None:
        super().__init__()
        self._changes = Changes()
        self._lost = 0  # samples missing before the next one

    def _length(self, header: bytes) -> int | None:
        if len(header) < 3:
            return 0 if len(header) == 2 and header[1] not in _LENGTHS else None
        least = _LEAST.get(header[2])
        if least is None or header[1] not in _LENGTHS or header[1] <= least:
            return 0
        return 2 + header[1]

    def _read(self, frame: bytes, span: Span, out: list[Event]) -> None:
        payload = frame[2:-1]
        opcode = payload[0]
        if opcode == _ABOUT:
            version = f"0x{payload[2] << 8 | payload[1]:04X}"
            self._changes.fact(span, InfoField.SOFTWARE, version, out)
        elif opcode == _WAVE:
            self._read_wave(payload, span, out)
        elif opcode == _PARAMETERS:
            self._read_parameters(payload, span, out)
        else:
            error = "" if opcode == _DONE else _ERRORS.get(payload[2], f"error {payload[2]}")
            out.append(ReplyEvent(span, f"0x{payload[1]:02X}", opcode == _DONE, error))

    def _read_wave(self, payload: bytes, span: Span, out: list[Event]) -> None:
        """Add the valid samples; an invalid one counts as lost."""
        run: list[int] = []
        for raw, quality in zip(payload[2::2], payload[3::2], strict=False):
            if quality & _SAMPLE_INVALID:
                self._add_wave(run, span, out)
                run = []
                self._lost += 1
            else:
                run.append(raw - 256 if raw > 127 else raw)
        self._add_wave(run, span, out)

    def _add_wave(self, run: list[int], span: Span, out: list[Event]) -> None:
        if run:
            out.append(WaveformEvent(span, "pleth", RATE_HZ, tuple(run), self._lost))
            self._lost = 0

    def _read_parameters(self, payload: bytes, span: Span, out: list[Event]) -> None:
        system = int.from_bytes(payload[1:5], "little")
        for flag in _System:
            self._changes.flag(span, StatusCode[str(flag.name)], bool(system & flag), out)
        if system & ~_KNOWN_SYSTEM:
            out.append(GarbageEvent(span, f"unknown exception 0x{system:08X}"))
        perfusion = payload[13] << 8 | payload[12]
        numbers = (
            ("spo2", payload[5], _byte(payload[6]), Unit.PERCENT),
            ("pulse_rate", payload[7], _byte(payload[8]), Unit.PER_MIN),
            ("perfusion_index", payload[11], None if perfusion == 0xFFFF else perfusion / 100, Unit.PERCENT),
            ("resp_rate", payload[14], _byte(payload[15]), Unit.PER_MIN),
        )
        for channel, exception, value, unit in numbers:
            reason = _reason(system, exception, value)
            doubtful = bool(system & _DOUBTFUL or exception & _Exception.LOW_CONFIDENCE)
            out.append(
                NumericEvent(span, channel, value, None, unit, doubtful)
                if reason is None
                else NumericEvent(span, channel, None, reason, unit)
            )


def _byte(raw: int) -> int | None:
    return None if raw == 0xFF else raw


def _reason(system: int, exception: int, value: float | None) -> Reason | None:
    """Return why there is no value, None when there is one."""
    if system & _System.SENSOR_OFF:
        return Reason.SENSOR_OFF
    if system & _System.PULSE_SEARCH:
        return Reason.SEARCHING
    unsure = system & ~_KNOWN_SYSTEM or exception & ~_KNOWN_EXCEPTION
    # starting up is not searching: that would be told as a pulse that is lost
    if value is None or unsure or exception & (_Exception.INVALID | _Exception.START_UP):
        return Reason.MISSING
    return None
