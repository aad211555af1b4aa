"""What a demo left behind, in words: its alarms with their times, its file, its picture."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.core.errors import RecordError
from monitor.record import journal
from monitor.record.catalogue import sessions
from monitor.record.session_file import connect_readonly
from monitor.record.verify import verify

TOLD = ("start", "escalate", "acknowledge", "latched", "end")


def summary(data_dir: Path, picture: Path) -> str:
    """Return the alarms of the newest session with their times, and where everything is."""
    entries = [entry for entry in sessions(data_dir) if entry.kind == "session"]
    if not entries:
        return f"no session was recorded in {data_dir}"
    entry = entries[0]
    lines = ["", f"Session {entry.id}: alarms (minutes from its start)"]
    lines += list(_alarms(entry.path, entry.started or datetime.now(UTC))) or ["  none"]
    findings = [finding for finding in verify(entry.path) if finding.damage]
    state = "intact" if not findings else f"{len(findings)} findings, see `vigil verify {entry.path}`"
    lines += ["", f"Record   {entry.path} ({entry.rows} rows, {state})"]
    pictures = [file for file in (picture, picture.with_stem(f"{picture.stem}-end")) if file.exists()]
    lines += [f"Picture  {file}" for file in pictures] or ["Picture  none was written"]
    return "\n".join(lines)


def _alarms(path: Path, started: datetime) -> Iterator[str]:
    try:
        connection = connect_readonly(path)
        try:
            entries = [e for e in journal.read(connection) if e.kind == journal.ALARM]
        finally:
            connection.close()
    except (RecordError, sqlite3.Error) as error:
        yield f"  cannot be read: {error}"
        return
    for entry in entries:
        body = entry.fields()
        if body.get("event") in TOLD:
            yield _line(datetime.fromtimestamp(entry.utc_ns / 1e9, UTC), started, body)


def _line(at: datetime, started: datetime, body: dict[str, Any]) -> str:
    minutes, seconds = divmod(max(0.0, (at - started).total_seconds()), 60)
    reason = f" ({body['reason']})" if body.get("reason") else ""
    return (
        f"  {at.astimezone():%H:%M:%S}  {minutes:02.0f}:{seconds:04.1f}  {body['event']:11} "
        f"{body['priority']:6} {body['condition']:14} {body['text']}{reason}"
    )
