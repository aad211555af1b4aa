"""Faults on demand: what goes wrong on a line, and the words that switch things on."""

import random
from dataclasses import dataclass, fields
from typing import Any

from monitor.core.errors import MonitorError


class CommandError(MonitorError):
    """A control command is not understood; the text says what would be."""


def on_off(words: list[str]) -> bool:
    """Return True for `on` (or nothing), False for `off`; CommandError otherwise."""
    if words in ([], ["on"]):
        return True
    if words == ["off"]:
        return False
    raise CommandError(f"'{' '.join(words)}': say on or off")


def number(words: list[str], low: float, high: float) -> float:
    """Return the one number in `words`, between `low` and `high`; CommandError otherwise."""
    try:
        (word,) = words
        value = float(word)
    except ValueError:
        raise CommandError(f"'{' '.join(words)}': say one number") from None
    if not low <= value <= high:
        raise CommandError(f"{word}: must be between {low:g} and {high:g}")
    return value


LARGEST = 1e6


def set_fault(faults: Any, words: list[str]) -> bool:
    """Set the field of the dataclass `faults` that the words name; False when it has none such."""
    known = {fault.name for fault in fields(faults)}
    if not words or words[0] not in known:
        return False
    name, rest = words[0], words[1:]
    is_switch = isinstance(getattr(faults, name), bool)
    setattr(faults, name, on_off(rest) if is_switch else number(rest, -LARGEST, LARGEST))
    return True


def usage_of(faults: Any) -> tuple[str, ...]:
    """Return the control words of the dataclass `faults`, for help."""
    switches = [each.name for each in fields(faults) if isinstance(getattr(faults, each.name), bool)]
    numbers = [each.name for each in fields(faults) if each.name not in switches]
    lines = []
    if switches:
        lines.append(f"{'|'.join(switches)} on|off")
    if numbers:
        lines.append(f"{'|'.join(numbers)} NUMBER")
    return tuple(lines)


@dataclass(slots=True)
class LineFaults:
    """What a serial line does to what passes: rates, 0 to 1, and ways of cutting it up."""

    checksum: float = 0.0  # of frames: the last byte wrong
    drop_bytes: float = 0.0  # of bytes: lost
    insert_bytes: float = 0.0  # of bytes: a stray one before it
    wrong_baud: bool = False  # random bytes in place of what was sent

    def spoil(self, frame: bytes, chance: random.Random) -> bytes:
        """Return what arrives of `frame`."""
        if self.wrong_baud:
            return chance.randbytes(len(frame))
        if chance.random() < self.checksum:
            frame = frame[:-1] + bytes([frame[-1] ^ chance.randrange(1, 256)])
        if not self.drop_bytes and not self.insert_bytes:
            return frame
        arrived = bytearray()
        for byte in frame:
            if chance.random() < self.insert_bytes:
                arrived.append(chance.randrange(256))
            if chance.random() >= self.drop_bytes:
                arrived.append(byte)
        return bytes(arrived)
