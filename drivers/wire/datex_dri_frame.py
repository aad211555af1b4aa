"""The frames of a Datex-Ohmeda Record Interface: 7E, the escaped record and its checksum, 7E.

Record: header of 40 bytes (its length, number, level, sender, time, kind, and a table of eight
subrecords), then at most 1450 bytes of data; all little endian. Checksum: the sum of the record's
bytes modulo 256. 7E and 7D are sent as 7D 5E and 7D 5D. (S/5 System Interface, Record Specification
8005313; S/5 Computer Interface Specification M1017617.)

Odds of a false frame: what stands between two flags must have the length that its header says (1 in
2^16) and the checksum (1 in 2^8). No single changed bit passes: in the record it changes the
checksum, in a flag or an escape the length. Two changed bits pass once in 2^8 or less.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

FLAG = 0x7E
HEADER = 40
LONGEST_RECORD = HEADER + 1450
LONGEST_BODY = 2 * (LONGEST_RECORD + 1)
"""Between two flags, were every byte escaped."""
PHYSIOLOGICAL, WAVEFORM = 0, 1
_FLAG, _ESCAPE = b"\x7e", b"\x7d"
_ESCAPED_FLAG, _ESCAPED_ESCAPE = b"\x7d\x5e", b"\x7d\x5d"
_LENGTH_AND_KIND = struct.Struct("<H12xH")
_ENTRY = struct.Struct("<hB")
_TABLE = 16
_ENTRIES = 8
_END_OF_TABLE = 0xFF


@dataclass(frozen=True, slots=True)
class Record:
    """One record whose checksum is good; `parts` are type and bytes of its subrecords."""

    kind: int
    parts: tuple[tuple[int, bytes], ...]


def encode(kind: int, part: bytes, part_type: int = 0) -> bytes:
    """Return the frame of a record with one subrecord, as a computer sends it."""
    head = _LENGTH_AND_KIND.pack(HEADER + len(part), kind)
    table = _ENTRY.pack(0, part_type) + _ENTRY.pack(0, _END_OF_TABLE)
    record = head + table + bytes(HEADER - _TABLE - len(table)) + part
    checked = record + bytes([sum(record) & 0xFF])
    return _FLAG + checked.replace(_ESCAPE, _ESCAPED_ESCAPE).replace(_FLAG, _ESCAPED_FLAG) + _FLAG


def decode(body: bytes) -> Record | str:
    """Return the record between two flags, or why it is none."""
    checked = body
    if _ESCAPE in body:
        if body.count(_ESCAPE) != body.count(_ESCAPED_FLAG) + body.count(_ESCAPED_ESCAPE):
            return "bad escape"
        checked = body.replace(_ESCAPED_FLAG, _FLAG).replace(_ESCAPED_ESCAPE, _ESCAPE)
    record = checked[:-1]
    if len(record) < HEADER:
        return "too short"
    length, kind = _LENGTH_AND_KIND.unpack_from(record)
    if length != len(record) or length > LONGEST_RECORD:
        return "bad length"
    if sum(record) & 0xFF != checked[-1]:
        return "bad checksum"
    return Record(kind, tuple(_parts(record)))


def _parts(record: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and bytes of each subrecord; one ends where the next one begins."""
    found: list[tuple[int, int]] = []
    for number in range(_ENTRIES):
        offset, kind = _ENTRY.unpack_from(record, _TABLE + number * _ENTRY.size)
        if kind == _END_OF_TABLE:
            break
        found.append((offset, kind))
    starts = sorted({offset for offset, _ in found})
    for offset, kind in found:
        if 0 <= offset <= len(record) - HEADER:
            later = [start for start in starts if start > offset]
            yield kind, record[HEADER + offset : HEADER + later[0] if later else len(record)]
