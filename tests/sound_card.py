"""The real player on a card that keeps what it plays, stalls, breaks or brings the process down.

Run as a process: `python tests/sound_card.py FOLDER KIND BLOCKS`. Of every block FOLDER/blocks gets
its time and its loudest sample.
"""

import os
import struct
import sys
import time
from pathlib import Path

import numpy as np

from alarms.sound import player

BLOCK = struct.Struct("<df")


class Card:
    """Takes samples as fast as a card would; after so many blocks it does what its kind says."""

    def __init__(self, folder, kind="good", blocks=0):
        if kind == "missing":
            raise OSError("no sound device on this station")
        if kind == "abort":
            os.abort()
        self._kind, self._left = kind, blocks or None
        self._log = (folder / "blocks").open("ab", buffering=0)
        self._due = time.monotonic()

    def write(self, block):
        self._log.write(BLOCK.pack(time.monotonic(), float(np.abs(block).max())))
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self._end()
        self._due += len(block) / player.RATE_HZ
        time.sleep(max(0.0, self._due - time.monotonic()))

    def _end(self):
        if self._kind == "stall":
            time.sleep(1000)
        if self._kind == "abort later":
            os.abort()
        raise OSError("the card was pulled")


def played(folder):
    """Time in seconds and loudest sample of every block so far."""
    file = folder / "blocks"
    whole = file.read_bytes() if file.exists() else b""
    return list(BLOCK.iter_unpack(whole[: len(whole) // BLOCK.size * BLOCK.size]))


def command(folder, kind="good", blocks=0):
    """The command that a SoundOutput may start instead of its own."""
    return (sys.executable, __file__, str(folder), kind, str(blocks))


if __name__ == "__main__":
    player.end_with_parent()
    player.serve(
        lambda: Card(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])).write,
        sys.stdin.buffer,
        sys.stdout.buffer,
    )
