"""Frames of the Datex-Ohmeda Record Interface, both ways, from the maker's two specifications."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FLAG = 0x7E
ESCAPE = 0x7D
BIT_5 = 0x20
LEVEL_2009 = 10
MAX_DATA = 1450
PHYSIOLOGICAL, WAVEFORM = 0, 1
_HEADER = struct.Struct("<HBBHIBBHH")
_ENTRY = struct.Struct("<HB")
_NO_MORE = 0xFF
_ENTRIES = 8


@dataclass(frozen=True, slots=True)
class Request:
    """What a host asks: the kind of record, and its first subrecord."""

    kind: int
    part_type: int
    part: bytes


def record(kind: int, parts: Sequence[tuple[int, bytes]], number: int, time_s: int) -> bytes:
    """Return a record of the subrecords `parts` (type and bytes)."""
    data = b"".join(part for _, part in parts)
    if len(data) > MAX_DATA or len(parts) > _ENTRIES:
        raise ValueError(f"{len(parts)} subrecords of {len(data)} bytes are too much for a record")
    table, offset = b"", 0
    for part_type, part in parts:
        table += _ENTRY.pack(offset, part_type)
        offset += len(part)
    table += _ENTRY.pack(0, _NO_MORE) * (len(parts) < _ENTRIES)
    length = _HEADER.size + _ENTRIES * _ENTRY.size + len(data)
    head = _HEADER.pack(length, number & 0xFF, LEVEL_2009, 0, time_s, 0, 0, 0, kind)
    return head + table.ljust(_ENTRIES * _ENTRY.size, b"\x00") + data


def frame(body: bytes) -> bytes:
    """Return a record with its checksum, escaped, between two flags."""
    escaped = bytearray()
    for byte in body + bytes([sum(body) & 0xFF]):
        if byte in (FLAG, ESCAPE):
            escaped += bytes([ESCAPE, byte & ~BIT_5])
        else:
            escaped.append(byte)
    return bytes([FLAG, *escaped, FLAG])


class Ear:
    """Cuts what a host sends into requests; damaged ones are not heard."""

    def __init__(self) -> None:
        self._body = bytearray()

    def hear(self, data: bytes) -> Iterator[Request]:
        """Yield the requests that `data` completes."""
        for byte in data:
            if byte != FLAG:
                if len(self._body) <= 2 * MAX_DATA:
                    self._body.append(byte)
                continue
            body, self._body = bytes(self._body), bytearray()
            if found := _request(body):
                yield found


def _request(escaped: bytes) -> Request | None:
    body = bytearray()
    bits = 0
    for byte in escaped:
        if byte == ESCAPE:
            bits = BIT_5
        else:
            body.append(byte | bits)
            bits = 0
    head = _HEADER.size + _ENTRIES * _ENTRY.size
    if len(body) <= head or sum(body[:-1]) & 0xFF != body[-1]:
        return None
    fields = _HEADER.unpack_from(body)
    offset, part_type = _ENTRY.unpack_from(body, _HEADER.size)
    if fields[0] != len(body) - 1 or part_type == _NO_MORE:
        return None
    return Request(fields[-1], part_type, bytes(body[head + offset : -1]))
