"""Is a session file whole? Says what is damaged and where; never raises, never writes."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.core.errors import RecordError
from monitor.record import journal
from monitor.record.schema import DDL, checkpoint_digest
from monitor.record.seals import SealCheck
from monitor.record.session_file import check_header, connect_readonly, meta_digest
from monitor.record.wal import wal_problems

DATABASE_ERRORS = (sqlite3.Error, sqlite3.Warning, OverflowError, ValueError, TypeError, MemoryError)
"""What reading a damaged database may throw; each becomes a finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth saying about a file: `where` in it, `what`; `damage` False is information."""

    where: str
    what: str
    damage: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def verify(path: Path) -> list[Finding]:
    """Return what is wrong with the file, most fundamental first; no damage among it: whole."""
    path = Path(path)
    wal = path.with_name(path.name + "-wal")
    alone = not wal.exists()
    found = _verify(path, wal)
    if alone and wal.exists() and any(finding.damage for finding in found):
        return _verify(path, wal)  # a service began to write while we looked
    return found


def _verify(path: Path, wal: Path) -> list[Finding]:
    outside = _outside(path, wal)
    if any(finding.damage and finding.where == "file" for finding in outside):
        return outside
    try:
        connection = connect_readonly(path)
    except DATABASE_ERRORS as error:
        return [*outside, Finding("file", f"cannot be opened: {error}")]
    try:
        connection.text_factory = _text
        return outside + _inside(connection)
    finally:
        connection.close()


def _text(data: bytes) -> str:
    """Damaged text must be read to be told."""
    return data.decode("utf-8", "backslashreplace")


def _outside(path: Path, wal: Path) -> list[Finding]:
    """Look at the file without the database."""
    try:
        if not path.exists():
            return [Finding("file", "does not exist")]
        if not path.is_file():
            return [Finding("file", "is no file")]
        size = path.stat().st_size
        if size == 0:
            return [Finding("file", "is empty")]
        check_header(path)
        with path.open("rb") as file:
            head = file.read(100)
    except RecordError as error:
        return [Finding("file", str(error).removeprefix(f"{path}: "))]
    except (OSError, ValueError) as error:
        return [Finding("file", f"cannot be read: {error}")]
    found = [Finding("write-ahead file", what, damage) for what, damage in wal_problems(wal)]
    page = int.from_bytes(head[16:18], "big")
    promised = int.from_bytes(head[28:32], "big") * (65536 if page == 1 else page)
    if size < promised and not wal.exists():
        found.append(Finding("file", f"is cut short: {size} of {promised} bytes are there"))
    return found


def _inside(connection: sqlite3.Connection) -> list[Finding]:
    found: list[Finding] = []
    steps: list[tuple[str, Callable[[sqlite3.Connection], list[Finding]]]] = [
        ("file", _pages),
        ("schema", _schema),
        ("meta", _meta),
        ("batches", _seals),
        ("journal", _journal),
        ("checkpoints", _checkpoints),
    ]
    try:
        connection.execute("PRAGMA cell_size_check=ON")
        connection.execute("BEGIN")
    except DATABASE_ERRORS as error:
        return [Finding("file", f"cannot be read: {error}")]
    for where, step in steps:
        try:
            found += step(connection)
        except DATABASE_ERRORS as error:
            found.append(Finding(where, f"cannot be read: {error}"))
    return found


def _pages(connection: sqlite3.Connection) -> list[Finding]:
    said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
    return [] if said == ["ok"] else [Finding("pages", text) for text in said]


def _schema(connection: sqlite3.Connection) -> list[Finding]:
    there = {row[0] for row in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")}
    found = [Finding("schema", f"lacks: {text[:60]}") for text in DDL if text not in there]
    return found + [Finding("schema", f"is not of schema 1: {text[:60]}") for text in there - set(DDL)]


def _meta(connection: sqlite3.Connection) -> list[Finding]:
    texts = dict(connection.execute("SELECT key, value FROM meta"))
    first = next(journal.read(connection), None)
    if first is None or first.kind != journal.OPENED:
        return [Finding("journal", "does not begin with the file's opening")]
    if first.fields().get("meta") != meta_digest(texts):
        return [Finding("meta", "was changed: it does not match the first journal entry")]
    return []


def _seals(connection: sqlite3.Connection) -> list[Finding]:
    check = SealCheck(connection)
    found = [Finding(where, what) for where, what in check.run()]
    closing = connection.execute("SELECT kind, body FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    if closing is None or closing[0] != journal.CLOSED:
        return [*found, Finding("session", "is not ended: running, or broken off", damage=False)]
    expected = journal.parse(closing[1])
    if (expected.get("batch"), expected.get("seal")) != check.last:
        found.append(Finding("batches", "do not end where the closing journal entry says"))
    return found


def _journal(connection: sqlite3.Connection) -> list[Finding]:
    entries = list(journal.read(connection))
    when = {entry.seq: entry.utc_ns for entry in entries}
    return [
        Finding(f"journal, entry {seq}{_at(when.get(seq))}", what) for seq, what in journal.problems(entries)
    ]


def _checkpoints(connection: sqlite3.Connection) -> list[Finding]:
    found = []
    for number, utc_ns, t_ns, epoch, dump, digest in connection.execute(
        "SELECT id, utc_ns, t_ns, epoch, dump, digest FROM checkpoints"
    ):
        if not isinstance(dump, bytes) or checkpoint_digest(number, utc_ns, t_ns, epoch, dump) != digest:
            found.append(Finding(f"checkpoints, row {number}", "was changed: its digest does not match"))
    return found


def _at(utc_ns: object) -> str:
    if type(utc_ns) is not int:
        return ""
    try:
        return f" of {datetime.fromtimestamp(utc_ns / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return ""
