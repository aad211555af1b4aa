"""The recorder: one thread that owns the session file; nobody else ever waits for the disk."""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import msgspec

from monitor.core.clock import SECOND, Clock, Nanos
from monitor.core.errors import RecordError
from monitor.core.types import DeviceLink, DeviceStatus, Numeric, Reading, Waveform
from monitor.record import journal
from monitor.record.overflow import Overflow, Stamped
from monitor.record.rows import Gap
from monitor.record.session_file import SessionFile, boot_id
from monitor.record.tail import last_write
from monitor.record.writer import Checkpoint, Line, Writer

PERIOD_S = 0.95
"""One transaction a second, with room for the write itself: samples are durable within 1 s."""
STALL = 5 * SECOND
"""A write that takes longer than this counts as failed, though it may still end well."""
CAPACITY = 20_000
"""Readings kept in memory while the disk does not take them: minutes of one bed's devices."""
CLOSE_TRIES = 3
"""How often the last write is tried, a second apart, before what is left is given up."""

_WORDS = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk refuses to write",
    "SQLITE_BUSY": "another program has locked the session file",
    "SQLITE_READONLY": "the session file may not be written",
    "SQLITE_CORRUPT": "the session file is damaged",
}

T = TypeVar("T")

_encode = msgspec.msgpack.Encoder().encode


class Recorder:
    """Writes readings, journal and checkpoints of one session in a thread of its own.

    `on_state` is called from that thread with why writing fails, and with None when it works again.
    """

    def __init__(
        self,
        file: SessionFile,
        clock: Clock,
        epoch: str,
        *,
        on_state: Callable[[str | None], None] = lambda failed: None,
        software: str = "",
        capacity: int = CAPACITY,
        period_s: float = PERIOD_S,
        boot: str | None = None,
    ) -> None:
        self._file = file
        self._clock = clock
        self._epoch = epoch
        self._boot = boot_id() if boot is None else boot
        self._on_state = on_state
        self._period_s = period_s
        self._writer = Writer(file, epoch, self._boot)
        self._overflow = Overflow(capacity)
        self._inbox: deque[Stamped] = deque()  # numerics and waveforms: the oldest may be dropped
        self._states_inbox: deque[Stamped] = deque()  # device states: written at once, the oldest may go
        self._kept_inbox: deque[Stamped] = deque()  # cuff readings: never dropped
        self._lines_inbox: deque[Line] = deque()
        self._flushes: deque[Future[None]] = deque()
        self._checkpoint: Checkpoint | None = None
        self._kept: list[Stamped] = []
        self._lines: list[Line] = []
        self._wake: SimpleQueue[None] = SimpleQueue()  # in C: a third of an Event's cost
        self._due = time.monotonic() + period_s
        self._ending: tuple[bool, str] | None = None
        self._stopped = False
        self._failed: str | None = None
        self._failed_since = (0, 0)
        self._writing_since: Nanos | None = None
        if file.resumed:
            self._note_resume(software)
        self.thread = threading.Thread(target=self._run, name=f"recorder {file.meta.bed}", daemon=True)
        self.thread.start()

    @property
    def failed(self) -> str | None:
        """Why nothing reaches the disk, for people; None while it does. Also sees a hung disk."""
        since = self._writing_since
        if self._failed is None and since is not None:
            stuck = self._clock.now() - since
            if stuck > STALL:
                return f"the disk has not answered for {stuck // SECOND} s"
        return self._failed

    @property
    def dropped(self) -> int:
        """How many readings were thrown away so far because the disk did not take them in time."""
        return self._overflow.total

    def reading(self, reading: Reading, utc_ns: int) -> None:
        """Take one reading; never blocks. Durable within 1 s, a cuff reading at once."""
        kind = type(reading)
        if kind is Waveform or kind is Numeric:
            self._put(self._inbox, (reading, utc_ns))
            return
        if kind is DeviceStatus or kind is DeviceLink:
            self._put(self._states_inbox, (reading, utc_ns))
        else:
            self._kept_inbox.append((reading, utc_ns))
        self._call()

    def _call(self) -> None:
        """Wake the thread; a call that it has not heard yet is enough, however long the disk hangs."""
        if self._wake.empty():
            self._wake.put(None)

    def _put(self, inbox: deque[Stamped], item: Stamped) -> None:
        inbox.append(item)
        if len(inbox) > self._overflow.capacity:
            self._overflow.trim(inbox)

    def journal(self, kind: str, body: Mapping[str, Any], utc_ns: int, t: int) -> Future[int]:
        """Append one entry; the future gives its sequence number once it is durable.

        Cuff readings and device states handed over before it are durable with it. While the disk
        fails the future waits; it ends with RecordError when the recorder closes first.
        """
        line = Line(kind, journal.canonical(body), utc_ns, t)
        line.done.set_running_or_notify_cancel()  # nobody can cancel what will be written
        self._lines_inbox.append(line)
        self._nudge()
        return line.done

    def checkpoint(self, engine_dump: Any, utc_ns: int, t: int) -> None:
        """Keep the alarm engine's state: durable with the next write, within 1 s."""
        self._checkpoint = Checkpoint(_encode(engine_dump), utc_ns, t)

    def flush(self) -> "Future[None]":
        """Return a future that is done when everything handed over so far is durable."""
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()
        self._flushes.append(done)
        self._nudge()
        return done

    def close(self, *, ended: bool, reason: str = "") -> bool:
        """Write what is left and give the file back; blocks up to seconds on a failing disk.

        `ended`: the session is over and nothing is ever added. True when all of it reached the disk.
        """
        if self._ending is None:
            self._ending = ended, reason
        self._wake.put(None)
        self.thread.join()
        return self._failed is None

    def _nudge(self) -> None:
        self._call()
        if self._stopped:
            self._refuse_all()

    def _note_resume(self, software: str) -> None:
        now, utc_ns = self._now()
        tail = last_write(self._file.connection, now, utc_ns, self._boot)
        gap = Gap("restart", now, tail.t_ns, tail.utc_ns, utc_ns, tail.same_boot)
        self._kept_inbox.append((gap, utc_ns))
        gap_s = round(tail.age_ns / SECOND, 3)
        body = {"epoch": self._epoch, "gap_s": gap_s, "same_boot": tail.same_boot, "software": software}
        self.journal(journal.RESUMED, body, utc_ns, now)

    def _now(self) -> tuple[Nanos, int]:
        return self._clock.now(), round(self._clock.utc().timestamp() * SECOND)

    def _run(self) -> None:
        whole = False
        try:
            while self._ending is None:
                with suppress(Empty):
                    self._wake.get(timeout=max(0.0, self._due - time.monotonic()))
                    while True:
                        self._wake.get_nowait()
                self._turn()
            whole = self._finish(*self._ending)
        finally:
            self._stopped = True
            if not whole:
                self._fail(self._failed or "the recorder stopped on an error of its own")
            self._refuse_all()
            self._file.close(plain=whole and self._ending is not None and self._ending[0])

    def _turn(self) -> None:
        """Write what is due: journal and cuff readings at once, samples once a period."""
        timed = time.monotonic() >= self._due
        if timed:
            self._due = time.monotonic() + self._period_s
        if self._failed is not None and not timed:
            return  # tried again once a period, not at every entry
        flushes = [self._flushes.popleft() for _ in range(len(self._flushes))]
        if self._attempt(samples=timed or bool(flushes)):
            for done in flushes:
                done.set_result(None)
        else:
            self._flushes.extendleft(reversed(flushes))

    def _attempt(self, *, samples: bool) -> bool:
        """Write all entries and cuff readings, and the samples if asked; False when it failed."""
        self._lines += _taken(self._lines_inbox)
        self._kept += _taken(self._kept_inbox)
        states = _taken(self._states_inbox)
        fresh = _taken(self._inbox) if samples else []
        checkpoint = self._checkpoint if samples or self._lines else None
        if not (self._lines or self._kept or states or fresh or checkpoint or self._failed):
            return True
        loss = self._overflow.take() if samples else None
        readings = self._kept + states + fresh
        if loss is not None:
            readings.append(loss.gap("store_failed" if self._failed else "store_slow"))
        lines = [*self._lines, self._recovery()] if self._failed else self._lines
        self._writing_since = self._clock.now()
        try:
            seqs = self._writer.commit(lines, readings, loss, checkpoint)
        except (sqlite3.Error, RecordError) as error:
            self._overflow.put_back(loss)
            for inbox, taken in ((self._inbox, fresh), (self._states_inbox, states)):
                inbox.extendleft(reversed(taken))
                self._overflow.trim(inbox)
            self._fail(_in_words(error))
            return False
        finally:
            self._writing_since = None
        self._done(seqs, checkpoint)
        return True

    def _done(self, seqs: list[int], checkpoint: Checkpoint | None) -> None:
        lines, self._lines, self._kept = self._lines, [], []
        if checkpoint is not None and self._checkpoint is checkpoint:
            self._checkpoint = None
        for line, seq in zip(lines, seqs, strict=False):  # the recovery's own entry has no asker
            line.done.set_result(seq)
        if self._failed is not None:
            self._failed = None
            self._tell(None)

    def _recovery(self) -> Line:
        t, utc_ns = self._now()
        since_t, since_utc_ns = self._failed_since
        body = {
            "failed": self._failed,
            "for_s": round((t - since_t) / SECOND, 3),
            "since_utc_ns": since_utc_ns,
            "dropped_readings": self._overflow.total,
        }
        return Line(journal.RECOVERED, journal.canonical(body), utc_ns, t)

    def _fail(self, why: str) -> None:
        if self._failed is None:
            self._failed_since = self._now()
        if why != self._failed:
            self._failed = why
            self._tell(why)

    def _tell(self, failed: str | None) -> None:
        with suppress(RuntimeError):  # the loop that listens may be gone while we close
            self._on_state(failed)

    def _finish(self, ended: bool, reason: str) -> bool:
        """Write the rest, and the last entry when the session ended; True when all is on the disk."""
        for attempt in range(CLOSE_TRIES):
            if attempt:
                time.sleep(self._period_s)
            if not self._attempt(samples=True):
                continue
            if not ended:
                return True
            t, utc_ns = self._now()
            batch, seal = self._writer.head()
            body = {"batch": batch, "reason": reason, "seal": seal}
            self._lines.append(Line(journal.CLOSED, journal.canonical(body), utc_ns, t))
            ended = False
            if self._attempt(samples=False):
                return True
        return False

    def _refuse_all(self) -> None:
        refusal = RecordError(f"{self._file.path}: the recorder has stopped: {self._failed or 'closed'}")
        for line in (*self._lines, *_taken(self._lines_inbox)):
            line.done.set_exception(refusal)
        self._lines = []
        for done in _taken(self._flushes):
            done.set_exception(refusal)


def _taken(inbox: deque[T]) -> list[T]:
    taken: list[T] = []
    with suppress(IndexError):  # the other side may drop its oldest while we empty it
        for _ in range(len(inbox)):
            taken.append(inbox.popleft())
    return taken


def _in_words(error: Exception) -> str:
    name = getattr(error, "sqlite_errorname", "")
    for prefix, words in _WORDS.items():
        if name.startswith(prefix):
            return f"{words} ({error})"
    return str(error)
