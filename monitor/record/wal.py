"""The write-ahead file beside a session file: SQLite drops what is damaged in it without a word."""

import struct
from collections.abc import Iterator
from pathlib import Path

_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}
_HEADER = 32
_FRAME = 24
_MASK = 0xFFFFFFFF


def wal_problems(path: Path) -> list[tuple[str, bool]]:
    """Return (what is wrong, whether it is damage for sure) of a write-ahead file nobody is writing."""
    try:
        before = path.stat()
        data = path.read_bytes()
        after = path.stat()
    except OSError:
        return []  # none there, or just folded in
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        return []  # a service is writing it: it knows its own end
    if len(data) < _HEADER or not any(data[:_HEADER]):
        return []
    order = _MAGIC.get(int.from_bytes(data[:4], "big"))
    page_size = int.from_bytes(data[8:12], "big")
    if order is None or not 512 <= page_size <= 65536:
        return [("its header is damaged: what it holds is lost", True)]
    sums = _checksum(data[:24], (0, 0), order)
    if sums != struct.unpack(">II", data[24:32]):
        return [("its header is damaged: what it holds is lost", True)]
    return _frame_problems(data, page_size, order, sums)


def _frame_problems(data: bytes, page_size: int, order: str, sums: tuple[int, int]) -> list[tuple[str, bool]]:
    salts = data[16:24]
    frames = list(_frames(data, page_size))
    for number, start in enumerate(frames):
        head = data[start : start + _FRAME]
        page = data[start + _FRAME : start + _FRAME + page_size]
        sums = _checksum(page, _checksum(head[:8], sums, order), order)
        if head[8:16] == salts and sums == struct.unpack(">II", head[16:24]):
            continue
        if head[8:12] != salts[:4] and head[12:16] != salts[4:]:
            later = [s for s in frames[number + 1 :] if data[s + 8 : s + 16] == salts]
            return [(f"frame {number + 1} is damaged", True)] if later else []  # else: of an earlier round
        commits = [s for s in frames[number:] if data[s + 8 : s + 16] == salts and any(data[s + 4 : s + 8])]
        if len(commits) > 1:
            return [(f"frame {number + 1} is damaged: what was written after it is lost", True)]
        return [("its last transaction is incomplete: the power failed while it was written", False)]
    return []


def _frames(data: bytes, page_size: int) -> Iterator[int]:
    size = _FRAME + page_size
    return iter(range(_HEADER, len(data) - size + 1, size))


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    one, two = sums
    for first, second in struct.iter_unpack(f"{order}II", data):
        one = (one + first + two) & _MASK
        two = (two + second + one) & _MASK
    return one, two
