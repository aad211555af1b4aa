"""One session, one SQLite file: created whole or not at all, opened by one writer, read by anybody."""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from monitor.core.errors import RecordError
from monitor.record import journal
from monitor.record.lock import WriterLock
from monitor.record.schema import APPLICATION_ID, DDL, SCHEMA

SUFFIX = ".vigil"
CHECKPOINT_PAGES = 256
"""The write-ahead file is folded in at 1 MB: measured cheaper than SQLite's own 4 MB."""
BUSY_S = 2.0
"""How long a write waits for a foreign program that locks the file."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What a session file says about itself; never changed after it was created."""

    session: str
    bed: str
    title: str
    started_utc_ns: int
    started_t_ns: int
    epoch: str
    preset: str = ""
    preset_text: str = ""  # the preset as it was loaded, whole
    config_text: str = ""  # the configuration the service ran with, whole
    software: str = ""
    simulated: bool = False
    replay: bool = False
    kind: str = "session"  # or "station": the journal between sessions

    @property
    def started(self) -> datetime:
        """The start as aware UTC."""
        return datetime.fromtimestamp(self.started_utc_ns / 1e9, UTC)


def meta_digest(texts: dict[str, str]) -> str:
    """Return the hex digest that the first journal entry carries of the meta table."""
    return hashlib.sha256(journal.canonical(texts).encode()).hexdigest()


def meta_texts(meta: Meta) -> dict[str, str]:
    """Return the meta table's rows."""
    return {key: str(int(v)) if isinstance(v, bool) else str(v) for key, v in asdict(meta).items()}


def boot_id() -> str:
    """Return what names this boot of the machine, or "" where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def path_in(data_dir: Path, session: str) -> Path:
    """Return where the session of that id lives."""
    return data_dir / f"{session}{SUFFIX}"


class SessionFile:
    """A session file open for writing, with the writer's lock; used by one thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock, meta: Meta) -> None:
        self.path = path
        self.connection = connection
        self.meta = meta
        self.resumed = False
        self._lock = lock
        self._place = os.fspath(path)
        self._identity = _identity(self._place)

    @classmethod
    def create(cls, path: Path, meta: Meta) -> "SessionFile":
        """Make a new file with its first journal entry; RecordError when there is one already."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _claim(path) as lock:
            if path.exists():
                raise RecordError(f"{path}: exists already; a session file is never overwritten")
            _build(path, meta)
            return cls(path, _connect(path), lock, meta)

    @classmethod
    def open(cls, path: Path) -> "SessionFile":
        """Open an unfinished session to go on with it; RecordError in words when that must not be."""
        if not path.is_file():
            raise RecordError(f"{path}: no such session file")
        with _claim(path) as lock:
            check_header(path)
            connection = _connect(path)
            try:
                file = cls(path, connection, lock, _admit(path, connection))
            except BaseException:
                connection.close()
                raise
            file.resumed = True
            return file

    def check_in_place(self) -> None:
        """Raise RecordError when the file is no longer where it was: SQLite would write on unseen."""
        try:
            there = _identity(self._place)
        except OSError:
            there = None
        if there != self._identity:
            raise RecordError(f"{self.path}: the session file was removed or replaced; put it back")

    def close(self, *, plain: bool = False) -> None:
        """Fold the write-ahead file in and give up the lock; `plain` leaves no WAL mode behind."""
        try:
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if plain:
                self.connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error:
            pass  # a reader is in the way, or the disk: the WAL file then stays beside, and whole
        finally:
            self.connection.close()
            self._lock.release()


def _identity(place: str) -> tuple[int, int]:
    found = os.stat(place)  # noqa: PTH116 once a second: a Path costs three times as much
    return found.st_dev, found.st_ino


def connect_readonly(path: Path) -> sqlite3.Connection:
    """Open for reading only, beside a running service or on its own; never changes the file."""
    wal = path.with_name(path.name + "-wal")
    mode = "ro" if wal.exists() else "ro&immutable=1"  # immutable: no side files are left behind
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, isolation_level=None, timeout=BUSY_S
    )
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def read_meta(connection: sqlite3.Connection) -> Meta:
    """Return the file's meta; RecordError when a field is missing or is not what it should be."""
    texts = dict(connection.execute("SELECT key, value FROM meta"))
    try:
        return msgspec.convert(texts, Meta, strict=False)
    except msgspec.ValidationError as error:
        raise RecordError(f"meta: {error}") from error


def check_header(path: Path) -> None:
    """Raise RecordError when the first bytes are not a Vigil session file's of a schema we know."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}") from error
    if len(head) < 100 or head[:16] != b"SQLite format 3\0":
        raise RecordError(f"{path}: is no session file (no SQLite database)")
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise RecordError(f"{path}: is a database, but not a Vigil session file")
    version = int.from_bytes(head[60:64], "big")
    if version > SCHEMA:
        raise RecordError(f"{path}: has schema {version}, this Vigil reads up to {SCHEMA}; use a newer Vigil")
    if version < 1:
        raise RecordError(f"{path}: has no schema version; it is damaged")


@contextmanager
def _claim(path: Path) -> Iterator[WriterLock]:
    """Take the writer's lock; give it back, and say why in words, when the body fails."""
    lock = WriterLock(path)
    lock.acquire()
    try:
        yield lock
    except sqlite3.DatabaseError as error:
        lock.release()
        raise RecordError(f"{path}: cannot be used: {error}; look at it with `vigil verify`") from error
    except OSError as error:
        lock.release()
        raise RecordError(f"{path}: {error.strerror or error}") from error
    except BaseException:
        lock.release()
        raise


def _build(path: Path, meta: Meta) -> None:
    """Write the whole new file under another name, then move it in place: never half a file."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    connection = sqlite3.connect(draft, isolation_level=None)
    try:
        connection.execute("PRAGMA page_size=4096")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={SCHEMA}")
        for statement in DDL:
            connection.execute(statement)
        texts = meta_texts(meta)
        connection.executemany("INSERT INTO meta VALUES (?,?)", sorted(texts.items()))
        body = journal.canonical({"meta": meta_digest(texts), "session": meta.session})
        journal.Chain().append(
            connection, journal.OPENED, body, meta.started_utc_ns, meta.started_t_ns, meta.epoch
        )
        connection.execute("COMMIT")
    finally:
        connection.close()
    draft.rename(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_S)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        connection.execute("PRAGMA cell_size_check=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _admit(path: Path, connection: sqlite3.Connection) -> Meta:
    """Return the meta of a file that may be written on: chain whole, not ended."""
    entries = list(journal.read(connection))
    if broken := journal.problems(entries):
        seq, what = broken[0]
        raise RecordError(f"{path}: journal entry {seq} {what}; look at it with `vigil verify`")
    last = entries[-1] if entries else None
    if last is None or last.kind == journal.CLOSED:
        raise RecordError(f"{path}: the session has ended; nothing is added to it")
    return read_meta(connection)
