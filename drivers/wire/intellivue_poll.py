"""Poll results: nested lists of contexts, objects and attributes, every length bounded."""

import struct
from datetime import datetime
from typing import NamedTuple

Attributes = dict[int, bytes]
"""Attribute id -> value, of one object."""
_HEAD = struct.Struct(">6xHHH")  # object, action, length, poll number
_SEQUENCE = 2
_EXTENDED_POLL = 0xF13B
_TIMES = struct.Struct(">I8sHHH")  # relative, absolute, partition, class, group
_LIST = struct.Struct(">HH")  # count, length in bytes
_ENTRY = struct.Struct(">HHH")  # id, then a list


class Poll(NamedTuple):
    """One poll result, or one part of a linked one."""

    object_class: int
    ticks: int  # 1/8 ms since the monitor's start; wraps
    clock: datetime | None  # the monitor's own, naive; None: it has none, or does not tell
    objects: list[Attributes]


def read_poll(data: bytes, at: int) -> Poll | None:
    """Return the result whose managed object begins at `at`; None when its lengths contradict each other."""
    try:
        action, length, _ = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size - 2 + length
        at += _HEAD.size + (_SEQUENCE if action == _EXTENDED_POLL else 0)
        if end > len(data):
            return None
        ticks, clock, _, object_class, _ = _TIMES.unpack_from(data, at)
        objects: list[Attributes] = []
        if not _read_contexts(data, at + _TIMES.size, end, objects):
            return None
    except struct.error:
        return None
    return Poll(object_class, ticks, absolute_time(clock), objects)


def _read_contexts(data: bytes, at: int, end: int, found: list[Attributes]) -> bool:
    count, length = _LIST.unpack_from(data, at)
    at += _LIST.size
    if at + length > end:
        return False
    end = at + length
    for _ in range(count):
        if at + _ENTRY.size > end:
            return False
        _, objects, length = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        if at + length > end or not _read_objects(data, at, at + length, objects, found):
            return False
        at += length
    return True


def _read_objects(data: bytes, at: int, end: int, count: int, found: list[Attributes]) -> bool:
    for _ in range(count):
        if at + _ENTRY.size > end:
            return False
        _, attributes, length = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        after = at + length
        if after > end:
            return False
        read: Attributes = {}
        for _ in range(attributes):
            if at + _LIST.size > after:
                return False
            name, length = _LIST.unpack_from(data, at)
            at += _LIST.size
            if at + length > after:
                return False
            read[name] = data[at : at + length]
            at += length
        found.append(read)
        at = after
    return True


def absolute_time(bcd: bytes) -> datetime | None:
    """Return the time in 8 bytes of BCD, naive; None when it is not supported (all FF) or impossible."""
    digits = bcd.hex()
    if len(digits) != 16 or not digits.isdecimal():
        return None
    month, day, hour, minute, second, hundredths = (int(digits[n : n + 2]) for n in range(4, 16, 2))
    try:
        return datetime(int(digits[:4]), month, day, hour, minute, second, hundredths * 10_000)
    except ValueError:
        return None
