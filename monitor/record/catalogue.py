"""The sessions of a data directory, read from the files themselves: nothing to rebuild."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from monitor.core.errors import RecordError
from monitor.record import journal
from monitor.record.session_file import SUFFIX, Meta, check_header, connect_readonly, read_meta
from monitor.record.tail import last_write


class State(StrEnum):
    """How a session file was left."""

    OPEN = "open"  # being written, or broken off: it can be resumed
    CLOSED = "closed"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """One line of `vigil sessions`; a damaged file may know little of itself."""

    id: str
    path: Path
    state: State
    bed: str = ""
    title: str = ""
    kind: str = ""
    started: datetime | None = None
    ended: datetime | None = None  # the last write, while it is open
    simulated: bool = False
    replay: bool = False
    rows: int = 0  # numerics, waveform rows and cuff readings
    alarms: int = 0
    detail: str = ""  # what is wrong with a damaged one

    @property
    def duration(self) -> timedelta | None:
        """From the start to the last write."""
        return self.ended - self.started if self.started and self.ended else None


def sessions(data_dir: Path) -> list[SessionEntry]:
    """Return all session files of the directory, newest first; damaged ones last."""
    if not data_dir.is_dir():
        return []
    entries = [describe(path) for path in sorted(data_dir.glob(f"*{SUFFIX}"))]
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(entries, key=lambda entry: entry.started or never, reverse=True)


def describe(path: Path) -> SessionEntry:
    """Return one file's line; looks at header, meta and journal, not at every seal (see verify)."""
    try:
        check_header(path)
        connection = connect_readonly(path)
        try:
            connection.execute("BEGIN")
            return _read(path, connection)
        finally:
            connection.close()
    except RecordError as error:
        detail = str(error).removeprefix(f"{path}: ")
    except (sqlite3.Error, OSError, ValueError, TypeError) as error:
        detail = f"cannot be read: {error}"
    return SessionEntry(path.stem, path, State.DAMAGED, detail=detail)


def _read(path: Path, connection: sqlite3.Connection) -> SessionEntry:
    meta = read_meta(connection)
    entries = list(journal.read(connection))
    detail = ""
    if broken := journal.problems(entries):
        seq, what = broken[0]
        detail = f"journal entry {seq} {what}"
    closed = bool(entries) and entries[-1].kind == journal.CLOSED
    state = State.DAMAGED if detail else State.CLOSED if closed else State.OPEN
    return SessionEntry(
        id=meta.session,
        path=path,
        state=state,
        bed=meta.bed,
        title=meta.title,
        kind=meta.kind,
        started=meta.started,
        ended=_ended(meta, connection),
        simulated=meta.simulated,
        replay=meta.replay,
        rows=sum(_count(connection, table) for table in ("numerics", "waveforms", "nibp")),
        alarms=sum(
            entry.kind == journal.ALARM and entry.fields().get("event") == "start" for entry in entries
        ),
        detail=detail,
    )


def _ended(meta: Meta, connection: sqlite3.Connection) -> datetime:
    utc_ns = last_write(connection, 0, 0, "").utc_ns or meta.started_utc_ns
    return datetime.fromtimestamp(utc_ns / 1e9, UTC)


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
