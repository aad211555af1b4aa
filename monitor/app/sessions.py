"""`vigil sessions`: what was recorded, one line each."""

import json
from collections.abc import Iterator
from pathlib import Path

from monitor.record.catalogue import SessionEntry, sessions


def lines(data_dir: Path, *, as_json: bool) -> Iterator[str]:
    """Return one line a session, newest first; station journals are not sessions."""
    entries = [entry for entry in sessions(data_dir) if entry.kind in ("session", "")]
    if as_json:
        return (json.dumps(_plain(entry), separators=(",", ":")) for entry in entries)
    if not entries:
        return iter([f"no sessions in {data_dir}"])
    return (_line(entry) for entry in entries)


def _plain(entry: SessionEntry) -> dict[str, object]:
    return {
        "session": entry.id,
        "file": str(entry.path),
        "state": entry.state.value,
        "bed": entry.bed,
        "started": entry.started.isoformat() if entry.started else None,
        "ended": entry.ended.isoformat() if entry.ended else None,
        "duration_s": entry.duration.total_seconds() if entry.duration else None,
        "alarms": entry.alarms,
        "rows": entry.rows,
        "simulated": entry.simulated,
        "replay": entry.replay,
        "detail": entry.detail,
    }


def _line(entry: SessionEntry) -> str:
    started = f"{entry.started.astimezone():%Y-%m-%d %H:%M}" if entry.started else "unknown time  "
    length = f"{entry.duration.total_seconds() / 60:.1f} min" if entry.duration else "-"
    marks = [word for word, on in (("simulated", entry.simulated), ("replay", entry.replay)) if on]
    head = f"{started}  {entry.bed:10} {length:>9}  {entry.alarms:3} alarms  {entry.state.value:8}"
    return " ".join(
        [head, str(entry.path), *marks, entry.detail.splitlines()[0][:120] if entry.detail else ""]
    ).rstrip()
