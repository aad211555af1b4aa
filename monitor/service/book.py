"""Which file a bed writes to: an open session resumed, a new one, or the station's journal.

Monitoring never waits for a disk: when the data directory cannot be written, the record goes to a
temporary one and the station alarms about it.
"""

import itertools
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from monitor.core.clock import Clock
from monitor.core.errors import RecordError
from monitor.record.catalogue import State, describe, sessions
from monitor.record.resume import ReadBack, read_back
from monitor.record.session_file import Meta, SessionFile, path_in

_log = structlog.get_logger()

LATELY_S = 12 * 3600
"""A damaged session file touched within this time may have been this patient's."""


class _UnreadableError(RecordError):
    """A file that is to be continued opens, and what it holds cannot be taken up."""


@dataclass(frozen=True, slots=True)
class Book:
    """An open file, what it held before, and what a nurse must know about it."""

    file: SessionFile
    past: ReadBack | None
    session: str | None  # None: standby
    trouble: str | None = None  # the record is not where it should be
    lost: str | None = None  # a session of lately that cannot be resumed


def open_book(
    bed: str, data_dir: Path, clock: Clock, *, start_session: bool, meta: Callable[[str, bool], Meta]
) -> Book:
    """Return the open book; RecordError when another service writes the file.

    `meta(name, is_session)` describes a file that must be made.
    """
    lost = None
    try:
        return _open(bed, data_dir, clock, start_session=start_session, meta=meta)
    except _UnreadableError as error:
        why, lost = (
            str(error),
            "alarms of before are lost with their record: look at the patient",
        )
    except RecordError as error:
        if isinstance(error.__cause__, BlockingIOError):
            raise
        why = str(error)
    except OSError as error:
        why = f"{data_dir}: {error.strerror or error}"
    _log.error("the data directory cannot be written; recording elsewhere", why=why)
    elsewhere = Path(tempfile.mkdtemp(prefix="vigil-record-"))
    book = _open(bed, elsewhere, clock, start_session=start_session, meta=meta)
    return replace(book, trouble=f"{why}. Recording to {elsewhere}", lost=lost)


def _open(
    bed: str, data_dir: Path, clock: Clock, *, start_session: bool, meta: Callable[[str, bool], Meta]
) -> Book:
    path, session, lost = _choose(bed, data_dir, clock, start_session=start_session)
    if path.exists():
        try:
            past = read_back(path, clock)
        except RecordError as error:
            raise _UnreadableError(str(error)) from error
        return Book(SessionFile.open(path), past, session, lost=lost)
    return Book(SessionFile.create(path, meta(path.stem, session is not None)), None, session, lost=lost)


def _choose(
    bed: str, data_dir: Path, clock: Clock, *, start_session: bool
) -> tuple[Path, str | None, str | None]:
    lost = None
    for known in sessions(data_dir):
        if known.state is State.DAMAGED and known.path.stem.endswith(f"-{bed}"):
            lost = _look_at_damage(known.path, known.detail) or lost
        elif known.state is State.OPEN and known.bed == bed and known.kind == "session":
            return known.path, known.id, lost
    if start_session:
        name = _fresh_name(bed, data_dir, clock)
        return path_in(data_dir, name), name, lost
    return _station_journal(bed, data_dir), None, lost


def _fresh_name(bed: str, data_dir: Path, clock: Clock) -> str:
    """Return a session id that no file has: two may begin within one second."""
    began = f"{clock.utc():%Y%m%dT%H%M%S}"
    names = itertools.chain([f"{began}Z-{bed}"], (f"{began}Z{number}-{bed}" for number in itertools.count(2)))
    return next(name for name in names if not path_in(data_dir, name).exists())


def _look_at_damage(path: Path, why: str) -> str | None:
    """Return what to tell the nurse when the damaged file is of lately; None when it is old."""
    if path.stem.startswith("station-"):
        return None
    _log.warning("a damaged session file is left alone", file=str(path), why=why[:200])
    lately = time.time() - path.stat().st_mtime < LATELY_S
    return f"session {path.stem} is damaged: its alarms are lost, look at the patient" if lately else None


def _station_journal(bed: str, data_dir: Path) -> Path:
    """Return the journal of standby: the newest that is whole and open, else a new one beside it."""
    for number in itertools.count():
        path = path_in(data_dir, f"station-{bed}" + (f"-{number}" if number else ""))
        if not path.exists() or describe(path).state is State.OPEN:
            return path
        _log.warning("a station journal that cannot be continued is left alone", file=str(path))
    raise AssertionError("counting never ends")
