"""Faults on demand: what goes wrong on a line, and the words that switch things on."""

import random
from dataclasses import dataclass

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


@dataclass(slots=True)
class LineFaults:
    """Rates, 0 to 1, at which a serial line spoils what passes."""

    checksum: float = 0.0  # of frames: the last byte wrong
    drop_bytes: float = 0.0  # of bytes: lost
    insert_bytes: float = 0.0  # of bytes: a stray one before it

    def spoil(self, frame: bytes, chance: random.Random) -> bytes:
        """Return what arrives of `frame`."""
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
