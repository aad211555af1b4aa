"""Datex-Ohmeda Record Interface: displayed values and pleth of S/5, B and CARESCAPE monitors."""

import struct
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from itertools import groupby

import msgspec

from drivers.wire import datex_dri_frame as frame
from drivers.wire.datex_dri_values import BASIC, PART, Displayed, class_of
from drivers.wire.events import Event, GarbageEvent, IncompleteEvent, NibpEvent, Span, WaveformEvent
from drivers.wire.garbage import GarbageRun

STOP = 0
PLETH_HZ = 100.0
_DISPLAYED, _AUXILIARY = 1, 4
_REQUEST = struct.Struct("<BhIH")
_WAVES_REQUEST = struct.Struct("<HH8s16sHH")
_START_WAVES, _STOP_WAVES = 0, 1
_PLETH = 8
_LIST_END = 0xFF
_WAVES = struct.Struct("<HHH")
_GAP = 0x01
_HIGHEST_CONTROL = -32000
_EPOCH = datetime(1970, 1, 1)
_CUFF_TIME = struct.Struct("<I")
_FLAG = bytes([frame.FLAG])
_LONGEST_WAIT = frame.LONGEST_BODY + 1


def displayed_request(interval_s: int) -> bytes:
    """Return the request for the displayed values, class Basic, every `interval_s` (>= 5); STOP ends it."""
    return frame.encode(frame.PHYSIOLOGICAL, _REQUEST.pack(_DISPLAYED, interval_s, 0, 0))


def pleth_request(*, start: bool) -> bytes:
    """Return the request that starts or stops the pleth wave."""
    kinds = bytes([_PLETH, _LIST_END])
    return frame.encode(
        frame.WAVEFORM, _WAVES_REQUEST.pack(_START_WAVES if start else _STOP_WAVES, 0, kinds, b"", 0, 0)
    )


class _Place(Enum):
    """What the first waiting byte is."""

    ANYWHERE = 0
    FLAG = 1  # which may begin a frame
    AFTER_FRAME = 2  # behind the flag that ended one, and that may begin the next


class DriDecoder:
    """Everything between two flags is tried as a record; a lost flag costs no second one."""

    def __init__(self) -> None:
        self._buf = b""
        self._base = 0  # absolute offset of _buf[0]
        self._place = _Place.ANYWHERE
        self._garbage = GarbageRun()
        self._records = _Records()

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes, in wire order; never raise."""
        self._buf += data
        out: list[Event] = []
        at = 0
        while (flag := self._buf.find(_FLAG, at + (self._place is _Place.FLAG))) >= 0:
            at = self._take(at, flag, out)
        if self._place is _Place.ANYWHERE or len(self._buf) - at > _LONGEST_WAIT:
            at = self._throw(at, len(self._buf), "no frame", out)
            self._place = _Place.ANYWHERE
        self._buf = self._buf[at:]
        self._base += at
        return out

    def finish(self) -> list[Event]:
        """Return pending garbage and the unfinished frame; the next bytes are searched anew."""
        out: list[Event] = []
        self._garbage.close(out)
        end = self._base + len(self._buf)
        if self._buf:
            out.append(IncompleteEvent((self._base, end)))
        self._buf, self._base, self._place = b"", end, _Place.ANYWHERE
        return out

    def _take(self, at: int, flag: int, out: list[Event]) -> int:
        """Read or throw away what lies before the flag; return where the rest begins."""
        body = self._buf[at + (self._place is _Place.FLAG) : flag]
        whole = self._place is not _Place.ANYWHERE and flag - at <= _LONGEST_WAIT
        self._place = _Place.FLAG
        if at == flag:
            return at
        record = (frame.decode(body) if body else "empty frame") if whole else "no frame"
        if isinstance(record, str):
            return self._throw(at, flag, record, out)
        self._garbage.close(out)
        self._records.tell((self._base + at, self._base + flag + 1), record, out)
        self._place = _Place.AFTER_FRAME
        return flag + 1

    def _throw(self, at: int, end: int, why: str, out: list[Event]) -> int:
        if end > at:
            self._garbage.throw(self._base + at, self._base + end, why, out)
        return end


class _Records:
    """What whole records say; knows nothing of bytes on a line."""

    def __init__(self) -> None:
        self._displayed = Displayed()
        self._lost = 0  # samples missing before the next one

    def tell(self, span: Span, record: frame.Record, out: list[Event]) -> None:
        """Add what the record says, or why it says nothing to us."""
        before = len(out)
        if record.kind == frame.PHYSIOLOGICAL:
            self._physiological(span, record.parts, out)
        elif record.kind == frame.WAVEFORM:
            for part in (part for kind, part in record.parts if kind == _PLETH):
                self._pleth(span, part, out)
        if len(out) == before:
            out.append(GarbageEvent(span, "record without anything of ours"))

    def _physiological(self, span: Span, parts: Sequence[tuple[int, bytes]], out: list[Event]) -> None:
        times = [part for kind, part in parts if kind == _AUXILIARY and len(part) >= _CUFF_TIME.size]
        # only of the same record: an earlier one's may be the time of the measurement before
        measured = _time(_CUFF_TIME.unpack_from(times[-1])[0]) if times else None
        for kind, part in parts:
            if kind == _DISPLAYED and len(part) >= PART and class_of(part) == BASIC:
                out.extend(_dated(event, measured) for event in self._displayed.tell(span, part))

    def _pleth(self, span: Span, part: bytes, out: list[Event]) -> None:
        """Add the samples; control codes among them are samples that are missing."""
        if len(part) < _WAVES.size:
            return
        count, status, _ = _WAVES.unpack_from(part)
        if not 0 < count <= (len(part) - _WAVES.size) // 2:
            return
        if status & _GAP:
            self._lost += 1  # at least
        samples = struct.unpack_from(f"<{count}h", part, _WAVES.size)
        for missing, run in groupby(samples, key=_is_control):
            values = tuple(run)
            if missing:
                self._lost += len(values)
            else:
                out.append(WaveformEvent(span, "pleth", PLETH_HZ, values, self._lost))
                self._lost = 0


def _dated(event: Event, measured: datetime | None) -> Event:
    if isinstance(event, NibpEvent) and measured is not None:
        return msgspec.structs.replace(event, device_time=measured)
    return event


def _is_control(sample: int) -> bool:
    return sample <= _HIGHEST_CONTROL


def _time(unix_s: int) -> datetime | None:
    """Return a time of the monitor's clock; 0 is unknown."""
    return _EPOCH + timedelta(seconds=unix_s) if unix_s else None
