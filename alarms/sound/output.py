"""The sound output: starts the player, tells it what to sound, and knows whether it makes progress.

The device lives in the player's process (`alarms.sound.player`), so a sound library that aborts costs
a restart, never the service. A missing, broken, dead or stalled output is a state in words, never an
exception: whoever sounds must still show, and shows this text.
"""

import collections
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

import msgspec

from alarms.sound.bursts import FULL, PEAK, RATE_HZ, SPECS
from alarms.sound.pipe import Report, Wish, line, report

PLAYER = (sys.executable, "-P", "-m", "alarms.sound.player")
RETRY_S = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
"""How long to wait before the next player; anew from the first once one has played WELL_S."""
WELL_S = 10.0
OPENING_S = 5.0
"""A sound device may take this long to open at the start before that counts as failed."""
PROVED_S = 0.25
"""What a device's buffer swallows at once proves nothing: so much must have been taken first."""
STALLED_S = 1.0
STALLED = "the sound output has stalled"
HUNG_S = 5.0
"""A player that makes no progress for so long is killed and started anew."""
GAIN_MAX_DB = 6.0
ROOM = FULL / PEAK * 10 ** (-GAIN_MAX_DB / 20)
"""At full volume a burst is this share of how it is rendered: an escalation must fit above it."""


@dataclass(frozen=True, slots=True)
class OutputState:
    """How the sound output is: `ok`, and in words for people; `opening`: too early to say."""

    ok: bool
    text: str
    opening: bool = False


class SoundOutput:
    """Sounds what it was last told to; every method returns at once and may be called anywhere.

    `volume` is a share of full loudness, 0 to 1, which leaves room for all that `louder` adds.
    `beat` or `sound` must be called at least once a second: a player whose owner falls silent for
    three seconds sounds a high alarm by itself.
    """

    def __init__(
        self, volume: float = 1.0, command: Sequence[str] = PLAYER, retry_s: Sequence[float] = RETRY_S
    ) -> None:
        self._command = tuple(command)
        self._retry_s = tuple(retry_s)
        self._wish = Wish(volume=volume * ROOM)
        self._tests = 0
        self._lock = threading.Lock()
        self._player: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._settled = threading.Event()  # the first attempt to open is over
        self._failure: str | None = "the sound output has not been started"
        self._started_at = self._progress_at = 0.0
        self._thread: threading.Thread | None = None
        self.frames = 0
        """Samples taken by the device of the player that runs, or ran last."""

    def start(self) -> None:
        """Start the player."""
        self._failure = "opening the sound device"
        self._started_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    def sound(self, priority: str | None, *, at_once: bool = False) -> None:
        """Let "high", "medium" or "low" sound from now on, or nothing (None); KeyError for another word.

        `at_once`: a person ended the sound that was, so it does not finish its burst.
        """
        if priority is not None:
            SPECS[priority]
        self._change(priority=priority, cuts=self._wish.cuts + at_once)

    def remind(self) -> None:
        """Sound the reminder once."""
        self._change(reminders=self._wish.reminders + 1)

    def test(self) -> None:
        """Sound the test tone, now or as soon as a device is there."""
        self._tests += 1
        self._change(test=self._tests)

    def louder(self, gain_db: float) -> None:
        """Raise the level by `gain_db` above the set one, at most 6 dB."""
        self._change(gain_db=min(GAIN_MAX_DB, max(0.0, gain_db)))

    def beat(self) -> None:
        """Say that the owner lives; end a player that hangs, so that the next one can start."""
        self._change()
        with self._lock:
            if self._player is not None and time.monotonic() - self._progress_at > HUNG_S:
                self._failure = STALLED
                self._player.kill()

    def settle(self, timeout_s: float) -> OutputState:
        """Wait until the first attempt to open the device is over; return the state."""
        self._settled.wait(timeout_s)
        return self.state

    @property
    def tested(self) -> bool:
        """Return whether every test tone that was asked for has been played to its end."""
        return self._wish.test == 0

    @property
    def state(self) -> OutputState:
        """Return whether sound can be heard, as far as a program can know."""
        failure, now = self._failure, time.monotonic()
        if failure is not None:
            opening = not self._settled.is_set() and 0 < now - self._started_at <= OPENING_S
            return OutputState(False, failure, opening)
        if now - self._progress_at > STALLED_S:
            return OutputState(False, STALLED)
        return OutputState(True, "ok")

    def close(self, timeout_s: float = 2.0) -> bool:
        """End the player; False when it did not let itself be ended in time."""
        self._stop.set()
        self._settled.set()
        with self._lock:
            self._failure = "the sound output is closed"
            player = self._player
            if player is not None and player.stdin is not None:
                player.stdin.close()  # it ends with its input
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        if self._thread.is_alive() and player is not None:
            player.kill()
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # --- the player ---------------------------------------------------------------------------

    def _change(self, **fields: object) -> None:
        with self._lock:
            self._wish = msgspec.structs.replace(self._wish, **fields)
            if self._player is not None:
                _send(self._player, self._wish)

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            self.frames = 0
            try:
                why = self._one_player()
            except OSError as error:
                why = f"the sound player cannot be started: {error}"
            failures = 0 if self.frames > WELL_S * RATE_HZ else failures
            with self._lock:
                if not self._stop.is_set() and self._failure != STALLED:
                    self._failure = why
            self._settled.set()
            self._stop.wait(self._retry_s[min(failures, len(self._retry_s) - 1)])
            failures += 1

    def _one_player(self) -> str:
        """Start a player and follow it to its end; return why it ended."""
        pipe = subprocess.PIPE
        with subprocess.Popen(
            self._command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        ) as player:
            assert player.stdin is not None and player.stdout is not None and player.stderr is not None
            os.set_blocking(player.stdin.fileno(), False)  # a player that hangs must hold up nobody
            said: collections.deque[bytes] = collections.deque(maxlen=1)
            hearing = threading.Thread(target=said.extend, args=(player.stderr,), daemon=True)
            hearing.start()
            with self._lock:
                self._player, self._progress_at = player, time.monotonic()
                _send(player, self._wish)
            try:
                told = self._follow(player.stdout)
            finally:
                with self._lock:
                    self._player = None
                    with contextlib.suppress(OSError):
                        player.stdin.close()
                player.kill()
                hearing.join()
            return told or _death(player.wait(), said)

    def _follow(self, reports: IO[bytes]) -> str:
        """Take reports until they end; return the player's own words of why, "" when it had none."""
        if self._stop.is_set():  # closed before this player was known
            return "closed"
        for text in reports:
            try:
                one = report(text)
            except msgspec.DecodeError:  # a library that prints
                continue
            if one.failed:
                return one.failed
            self._take(one)
        return ""

    def _take(self, one: Report) -> None:
        with self._lock:
            if one.tested and one.tested == self._wish.test:
                self._wish = msgspec.structs.replace(self._wish, test=0)
            if one.frames > self.frames and not self._stop.is_set():
                self.frames = one.frames
                self._progress_at = time.monotonic()
                if one.frames > PROVED_S * RATE_HZ:
                    self._failure = None
                    self._settled.set()


def _send(player: subprocess.Popen[bytes], wish: Wish) -> None:
    assert player.stdin is not None
    with contextlib.suppress(OSError, ValueError):  # full or gone: the next wish says it all again
        os.write(player.stdin.fileno(), line(wish))


def _death(status: int, said: Sequence[bytes]) -> str:
    """Return how a player ended that said nothing about it."""
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
    last = said[-1].decode(errors="replace").strip()[:200] if said else ""
    return f"the sound player ended with {how}" + (f": {last}" if last else "")
