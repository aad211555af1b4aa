"""What alarmed in a session and what people did, from the journal of its file.

Times are those of the wall clock since the session's start, as the service anchored it at its start.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from alarms.told import History
from alarms.types import Act, AlarmEvent, Kind, Priority, State
from monitor.core.clock import SECOND, Nanos
from monitor.core.errors import RecordError
from monitor.record import journal
from monitor.record.journal import Entry
from monitor.record.session_file import check_header, connect_readonly, read_meta
from monitor.record.tail import last_write

ACTS = frozenset({"audio_paused", "audio_pause_ended", "alarm_off", "alarm_on", "outcome", "limit_changed"})
_UNREADABLE = (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError)


def history_of(path: Path) -> tuple[History, list[str]]:
    """Return what was told, and what whoever reads it must know; RecordError when it cannot be read."""
    check_header(path)
    try:
        with closing(connect_readonly(path)) as store:
            store.execute("BEGIN")  # one state of the file, also while its session runs
            started = read_meta(store).started_utc_ns
            entries = list(journal.read(store))
            end = last_write(store, 0, 0, "").utc_ns
        broken = journal.problems(entries)
        notes = [f"journal entry {seq} {what}: look at it with `vigil verify`" for seq, what in broken[:1]]
        return _history(path.stem, entries, started, end, notes), notes
    except _UNREADABLE as error:
        raise RecordError(f"{path}: cannot be read: {error}; look at it with `vigil verify`") from error


def _history(name: str, entries: list[Entry], started: int, end: int, notes: list[str]) -> History:
    events, acts, silent = [], [], []
    restarts = skipped = 0
    for entry in entries:
        t = Nanos(entry.utc_ns - started)
        try:
            body = entry.fields()
            if entry.kind == journal.ALARM:
                events.append(_event(body, t))
            elif entry.kind in ACTS:
                acts.append(_act(entry.kind, body, t))
            elif entry.kind == journal.RESUMED:
                restarts += 1
                silent.append((t - round(body["gap_s"] * SECOND), int(t)))
        except (ValueError, TypeError, KeyError):
            skipped += 1
    if skipped:
        notes.append(f"{skipped} journal entries cannot be understood and are left out")
    last = max([end - started, *(entry.utc_ns - started for entry in entries), 0])
    return History(name, Nanos(0), Nanos(last), tuple(events), tuple(acts), tuple(silent), restarts)


def _event(body: dict[str, Any], t: Nanos) -> AlarmEvent:
    return AlarmEvent(
        t=t,
        event=str(body["event"]),
        condition=str(body["condition"]),
        priority=Priority.of(body["priority"]),
        kind=Kind(body["kind"]),
        occurrence=str(body["occurrence"]),
        episode=str(body.get("episode", "")),
        state=State(body["state"]),
        since=t,
        value=_number(body.get("value")),
        limit=_number(body.get("limit")),
        comparator=str(body.get("comparator") or ""),
        unit=str(body.get("unit") or ""),
        channel=body.get("channel"),
        device=body.get("device"),
        text=str(body.get("text") or ""),
        action="",
        reason=body.get("reason"),
        user=body.get("user"),
        covered_by=body.get("covered_by"),
    )


def _number(raw: object) -> float | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ValueError(f"no number: {raw!r}")
    return float(raw)


def _act(kind: str, body: dict[str, Any], t: Nanos) -> Act:
    def word(key: str) -> str:
        return str(body.get(key) or "")

    return Act(
        t,
        kind,
        user=word("user") or None,
        reason=word("reason"),
        condition=word("condition"),
        occurrence=word("occurrence"),
        outcome=word("outcome"),
        text=word("text"),
        more=tuple((key, body[key]) for key in ("priority", "decided_by") if key in body),
    )


def all_of(paths: Iterable[Path]) -> Iterator[tuple[Path, History | None, list[str]]]:
    """Yield each file with its history; None and the reason for one that cannot be read."""
    for path in paths:
        try:
            history, notes = history_of(path)
        except RecordError as error:
            yield path, None, [str(error)]
        else:
            yield path, history, notes
