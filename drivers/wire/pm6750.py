"""BerryMed PM6750-type modules: blood pressure, SpO2, ECG and breathing rates, temperature.

Frame both ways: 55 AA LEN TYPE DATA.. CS. LEN counts from itself to CS; CS is NOT(LEN + TYPE + DATA),
so all from LEN on sums to FF mod 256. Each type has one length; anything else is noise.

Odds of a false lock in random bytes, per byte: four fixed bytes (seven types) and the sum, 1 in 2^37.
A frame that was cut short and swallows the next passes its sum once in 256.

Only the ECG wave has a documented rate, 250 a second. The rates of the other two waves are counted
against it over 4 s and kept; until then their samples are not used. The scale of the
ECG wave is not documented: it is counted, checked, and not used.
"""

import re

from drivers.wire.events import (
    Event,
    IncompleteEvent,
    NibpEvent,
    NumericEvent,
    Span,
    WaveformEvent,
)
from drivers.wire.flags import Flags
from drivers.wire.garbage import GarbageRun
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

START = bytes.fromhex("55 AA 04 02 01 F8")
STOP = bytes.fromhex("55 AA 04 02 00 F9")

ECG_WAVE_HZ = 250
UNUSED = "unused wave"
COUNTED = 4 * ECG_WAVE_HZ
"""ECG wave packets over which the other waves are counted: good to a quarter of a sample a second."""
FINISHED, MEASURING, STOPPED, INITIALISING, INITIALISED = 0, 1, 2, 9, 10
_NONE: tuple[StatusCode, ...] = ()
STOPPED_TEXT = "stopped (2)"
RESULTS: dict[int, tuple[str, tuple[StatusCode, ...]]] = {
    STOPPED: (STOPPED_TEXT, (StatusCode.MEASUREMENT_STOPPED,)),
    3: ("overpressure protection (3)", (StatusCode.CUFF_OVERPRESSURE,)),
    4: ("cuff loose or missing (4)", (StatusCode.CUFF_LEAK,)),
    5: ("timeout (5)", _NONE),
    6: ("error (6)", _NONE),
    7: ("disturbed by movement (7)", (StatusCode.BODY_MOVEMENT,)),
    8: ("out of range (8)", _NONE),
}
"""Result of a measurement -> words with its code, and the flags that fit."""
_SILENT_RESULTS = frozenset({MEASURING, INITIALISING, INITIALISED})

_HEAD = b"\x55\xaa"
_WAVE, _PLETH, _RESP = range(3)  # read in the loop itself
_ECG, _NIBP, _SPO2, _TEMPERATURE = range(3, 7)
_FRAMES = {
    _HEAD + b"\x0a\x01": (12, _WAVE),
    _HEAD + b"\x04\xfe": (6, _PLETH),
    _HEAD + b"\x04\xff": (6, _RESP),
    _HEAD + b"\x08\x02": (10, _ECG),
    _HEAD + b"\x08\x03": (10, _NIBP),
    _HEAD + b"\x06\x04": (8, _SPO2),
    _HEAD + b"\x06\x05": (8, _TEMPERATURE),
}
"""The first four bytes -> the whole length, and what it is."""
_ANY_HEAD = re.compile(b"|".join(re.escape(head) for head in _FRAMES))
_BEGINNINGS = tuple(sorted({head[:length] for head in _FRAMES for length in (1, 2, 3)}, key=len))[::-1]
_HIGHEST = {_PLETH: 100, _RESP: 250}
_CHANNELS = {_PLETH: "pleth", _RESP: "resp"}
_ONE_SAMPLE = tuple((sample,) for sample in range(256))
_NO_SPO2, _NO_PULSE = 0x7F, 0xFF
_WHY_NO_PULSE = {
    1: Reason.SENSOR_OFF,
    2: Reason.SENSOR_OFF,
    3: Reason.SEARCHING,
    4: Reason.SEARCHING,
}
"""SpO2 status: sensor off, no finger, searching, search timeout."""
_CODES = tuple(
    (1 << place, code)
    for place, code in enumerate(
        (
            StatusCode.MEASURING,
            StatusCode.CUFF_BUSY,
            StatusCode.SENSOR_FAULT,
            StatusCode.SENSOR_OFF,
            StatusCode.PULSE_SEARCH,
            StatusCode.WEAK_SIGNAL,
        )
    )
)
_BIT = {code: bit for bit, code in _CODES}
_OF_CUFF = {MEASURING: _BIT[StatusCode.MEASURING], INITIALISING: _BIT[StatusCode.CUFF_BUSY]}
_OF_SPO2 = {
    1: _BIT[StatusCode.SENSOR_FAULT],
    2: _BIT[StatusCode.SENSOR_OFF],
    3: _BIT[StatusCode.PULSE_SEARCH],
    4: _BIT[StatusCode.PULSE_SEARCH],
}
_CUFF_BITS = sum(_OF_CUFF.values())
_SPO2_BITS = sum(set(_OF_SPO2.values()))


class _WaveRates:
    """How often the pleth and the breathing wave come, told from how often the ECG wave does."""

    def __init__(self) -> None:
        self.ecg = 0  # packets so far
        self._first: dict[int, int] = {}  # `ecg` when a wave began
        self._count = {_PLETH: 0, _RESP: 0}
        self.known: dict[int, float] = {}

    def count(self, kind: int) -> None:
        """Count a sample; after enough of them the rate is known, in whole samples a second."""
        counted = self.ecg - self._first.setdefault(kind, self.ecg)
        if counted >= COUNTED:
            self.known[kind] = max(1.0, float(round(self._count[kind] * ECG_WAVE_HZ / counted)))
        self._count[kind] += 1


class Pm6750Decoder:
    """Feed bytes of any size; get numbers, cuff pressures, results, flags and two waves."""

    def __init__(self) -> None:
        self._buf = b""
        self._base = 0  # offset of the buffer in the stream
        self._noise = GarbageRun()
        self._unused = GarbageRun()  # the ECG wave, and the others while their rate is counted
        self._rates = _WaveRates()
        self._flags = Flags(_CODES)
        self._bits = 0

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
        self._close(out)
        if self._buf:
            out.append(IncompleteEvent((self._base, self._base + len(self._buf))))
            self._base += len(self._buf)
            self._buf = b""
        return out

    def _read(self, out: list[Event], *, at_end: bool) -> None:
        buf, base, size = self._buf, self._base, len(self._buf)
        at = 0
        while True:
            frame = _FRAMES.get(buf[at : at + 4])
            if frame is None:
                found, at = self._search(at, out)
                if not found:
                    break
                continue
            length, kind = frame
            end = at + length
            if end > size:
                if at_end and _whole_frame_in(buf, at + 1):
                    at = self._drop(at, at + 1, out)
                    continue
                break
            if sum(buf[at + 2 : end]) & 0xFF != 0xFF:
                at = self._drop(at, at + 1, out)
            elif kind == _WAVE:
                self._noise.close(out)
                self._unused.throw(base + at, base + end, UNUSED, out)
                self._rates.ecg += 1
                at = end
            else:
                at = self._sample(kind, at, out) if kind <= _RESP else self._values(kind, at, end, out)
        self._buf = buf[at:]
        self._base = base + at

    def _search(self, at: int, out: list[Event]) -> tuple[bool, int]:
        """Throw away up to the next possible frame; return whether its first four bytes are there."""
        buf = self._buf
        if found := _ANY_HEAD.search(buf, at):
            return True, self._drop(at, found.start(), out)
        tail = next((b for b in _BEGINNINGS if buf.endswith(b, at)), b"")
        return False, self._drop(at, len(buf) - len(tail), out)

    def _drop(self, at: int, end: int, out: list[Event]) -> int:
        if end > at:
            self._unused.close(out)
            self._noise.throw(self._base + at, self._base + end, "noise", out)
        return end

    def _close(self, out: list[Event]) -> None:
        self._noise.close(out)
        self._unused.close(out)

    def _sample(self, kind: int, at: int, out: list[Event]) -> int:
        """Take one sample of the pleth or the breathing wave; return where the next frame begins."""
        sample = self._buf[at + 4]
        if sample > _HIGHEST[kind]:
            return self._drop(at, at + 1, out)
        first, end = self._base + at, self._base + at + 6
        if rate := self._rates.known.get(kind):
            self._close(out)
            out.append(WaveformEvent((first, end), _CHANNELS[kind], rate, _ONE_SAMPLE[sample]))
        else:
            self._rates.count(kind)
            self._noise.close(out)
            self._unused.throw(first, end, UNUSED, out)
        return at + 6

    def _values(self, kind: int, at: int, end: int, out: list[Event]) -> int:
        """Take one frame of numbers; return where the next one begins."""
        span = (self._base + at, self._base + end)
        found = _READ[kind](self, span, self._buf[at + 4 : end - 1])
        if not found:
            return self._drop(at, at + 1, out)
        self._close(out)
        out.extend(found)
        return end

    def _flag(self, mask: int, bits: int, span: Span) -> list[Event]:
        """Return the flags of one kind of frame that changed."""
        found: list[Event] = []
        self._bits = self._bits & ~mask | bits
        self._flags.tell(span, self._bits, found)
        return found

    def _ecg(self, span: Span, data: bytes) -> list[Event]:
        status, heart, breaths = data[:3]
        weak, off = bool(status & 1), bool(status & 2)
        found = self._flag(_BIT[StatusCode.WEAK_SIGNAL], _BIT[StatusCode.WEAK_SIGNAL] * weak, span)
        for channel, value in ("heart_rate", heart), ("resp_rate", breaths):
            if off:
                found.append(NumericEvent(span, channel, None, Reason.SENSOR_OFF, Unit.PER_MIN))
            else:
                found.append(NumericEvent(span, channel, value, None, Unit.PER_MIN, weak))
        return found

    def _nibp(self, span: Span, data: bytes) -> list[Event]:
        status, half, sys, mean, dia = data
        result = status >> 2 & 0x0F
        found = self._flag(_CUFF_BITS, _OF_CUFF.get(result, 0), span)
        found.append(NumericEvent(span, "cuff_pressure", 2 * half, None, Unit.MMHG))
        if result == FINISHED and sys and dia:
            found.append(NibpEvent(span, sys, dia, mean or None, None, Unit.MMHG))
        elif result not in _SILENT_RESULTS:
            unknown = "no values (0)" if result == FINISHED else f"the document has no result {result}"
            text, flags = RESULTS.get(result, (unknown, _NONE))
            failed = (StatusCode.MEASUREMENT_FAILED, *flags)
            found.append(NibpEvent(span, None, None, None, None, Unit.MMHG, failed, error=text))
        return found

    def _spo2(self, span: Span, data: bytes) -> list[Event]:
        status, spo2, pulse = data
        if status > 4 or (spo2 > 100 and spo2 != _NO_SPO2):
            return []
        found = self._flag(_SPO2_BITS, _OF_SPO2.get(status, 0), span)
        values = ("spo2", spo2, _NO_SPO2, Unit.PERCENT), ("pulse_rate", pulse, _NO_PULSE, Unit.PER_MIN)
        for channel, value, missing, unit in values:
            reason = _WHY_NO_PULSE.get(status) or (Reason.MISSING if value == missing else None)
            found.append(NumericEvent(span, channel, None if reason else value, reason, unit))
        return found

    def _temperature(self, span: Span, data: bytes) -> list[Event]:
        status, whole, tenths = data
        if status > 1 or whole > 45 or tenths > 9:
            return []
        if status:
            return [NumericEvent(span, "temperature", None, Reason.SENSOR_OFF, Unit.CELSIUS)]
        return [NumericEvent(span, "temperature", whole + tenths / 10, None, Unit.CELSIUS)]


_READ = {
    _ECG: Pm6750Decoder._ecg,
    _NIBP: Pm6750Decoder._nibp,
    _SPO2: Pm6750Decoder._spo2,
    _TEMPERATURE: Pm6750Decoder._temperature,
}


def _whole_frame_in(buf: bytes, at: int) -> bool:
    """Return whether any whole frame begins at `at` or behind it."""
    for found in _ANY_HEAD.finditer(buf, at):
        end = found.start() + _FRAMES[found.group()][0]
        if end <= len(buf) and sum(buf[found.start() + 2 : end]) & 0xFF == 0xFF:
            return True
    return False
