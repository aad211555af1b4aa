"""`python -m alarms.sound.player`: the process that owns the sound device; nobody calls it by hand.

It reads wishes from standard input and writes reports to standard output. It ends with whoever
started it, when the input ends at the latest, and at the first failure of the device: then a new
player is started, with a new list of devices. When nobody speaks to it for OWNER_LOST_S, its owner
hangs and alarms with it: it sounds the highest alarm by itself.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import BinaryIO, NoReturn

import msgspec

from alarms.sound.bursts import RATE_HZ, Sound
from alarms.sound.pipe import Report, Wish, line, wish
from alarms.sound.sequencer import Sequencer

REPORT_S = 0.1
OWNER_LOST_S = 3.0
"""The service misses three of its seconds: clients say so then too."""
AHEAD_S = 0.5
"""A device that takes samples faster than time passes is a sink: slow down, do not spin."""
BLOCK = RATE_HZ // 100
"""10 ms; with the device's latency it bounds how long an acknowledged sound goes on."""
NO_LIBRARY = "the PortAudio library is missing (install libportaudio2)"
_PR_SET_PDEATHSIG = 1


class Player:
    """Plays what the last wish says, block by block, into `write`."""

    def __init__(self, now_s: float) -> None:
        self._sequencer = Sequencer()
        self._wish: Wish | None = None
        self._heard_s = now_s
        self._test = 0
        self.frames = 0

    def take(self, new: Wish, now_s: float) -> None:
        """Obey `new` from the next block on."""
        old = self._wish or Wish(cuts=new.cuts, reminders=new.reminders)
        self._heard_s = now_s
        self._sequencer.volume, self._sequencer.gain_db = new.volume, new.gain_db
        if new.test > self._test:
            self._test = new.test
            self._sequencer.test()
        if new.reminders > old.reminders:
            self._sequencer.remind()
        self._wish = new
        with contextlib.suppress(KeyError):  # a word of a newer version: what sounds goes on
            self._sequencer.want(new.priority, at_once=new.cuts > old.cuts)

    def block(self, now_s: float) -> Sound:
        """Return the next block; an owner that has fallen silent is itself an alarm."""
        if now_s - self._heard_s > OWNER_LOST_S:
            self._sequencer.want("high")
        return self._sequencer.render(BLOCK)

    @property
    def report(self) -> Report:
        """Return how it is going."""
        return Report(frames=self.frames, tested=0 if self._sequencer.testing else self._test)


def play(player: Player, write: Callable[[Sound], None]) -> NoReturn:
    """Write blocks for ever; whatever the device raises ends it."""
    started = time.monotonic()
    while True:
        write(player.block(time.monotonic()))
        player.frames += BLOCK
        ahead = player.frames / RATE_HZ - (time.monotonic() - started)
        if ahead > AHEAD_S:
            time.sleep(ahead - AHEAD_S / 2)


def serve(
    open_stream: Callable[[], Callable[[Sound], None]], wishes: BinaryIO, reports: BinaryIO
) -> NoReturn:
    """Open the device and play until the input ends or the device fails; ends the process."""
    player = Player(time.monotonic())
    threading.Thread(target=_listen, args=(player, wishes), daemon=True).start()
    threading.Thread(target=_report, args=(player, reports), daemon=True).start()
    try:
        play(player, open_stream())
    except Exception as error:  # noqa: BLE001 - whatever a sound library throws becomes words
        failed = Report(frames=player.frames, failed=str(error) or type(error).__name__)
        with contextlib.suppress(OSError):
            reports.write(line(failed))
            reports.flush()
    _leave(1)


def _listen(player: Player, wishes: BinaryIO) -> None:
    for text in wishes:
        with contextlib.suppress(msgspec.DecodeError):
            player.take(wish(text), time.monotonic())
    _leave(0)


def _report(player: Player, reports: BinaryIO) -> None:
    try:
        while True:
            reports.write(line(player.report))
            reports.flush()
            time.sleep(REPORT_S)
    except OSError:
        _leave(0)


def _leave(status: int) -> NoReturn:
    """End now: a sound library's own tidying up may hang, and the system lets go of the device anyway."""
    os._exit(status)


def end_with_parent() -> None:
    """Let the system kill this process when its parent dies, and let nobody else end it by a key."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which ends its player
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _open() -> Callable[[Sound], None]:
    try:
        from alarms.sound import device  # here: without the library the import itself fails
    except OSError as error:
        raise OSError(NO_LIBRARY) from error
    return device.open_device(BLOCK).write


def main() -> NoReturn:
    """Run the player on the system's sound device."""
    end_with_parent()
    serve(_open, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
