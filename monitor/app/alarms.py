"""`vigil alarms`: what would have alarmed over a recording, and what other limits would have made of it."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alarms import preset as presets
from monitor.replay.changes import patient, with_changes
from monitor.replay.columns import wishes
from monitor.replay.comparison import table_of
from monitor.replay.judge import Judge
from monitor.replay.source import load
from monitor.replay.summary import event_line, notes, summary

DEFAULT = "adult-standard"


def run(
    file: Path,
    *,
    preset: str = DEFAULT,
    changes: Sequence[str] = (),
    maps: Sequence[str] = (),
    baseline: str | None = None,
    compare: str | None = None,
    with_summary: bool = False,
    as_json: bool = False,
    plot: Path | None = None,
) -> int:
    """Print the events, or the comparison; return 0, whatever alarmed."""
    at_rest = patient(baseline) if baseline is not None else None
    chosen = with_changes(presets.load(preset, at_rest), changes)
    other = presets.load(compare, at_rest) if compare is not None else None
    feed = load(file, wishes(maps))
    judge = Judge(chosen, feed)
    judges = [judge] if other is None else [judge, Judge(other, feed)]
    if other is None:
        for event in judge.run():
            _print(event_line(judge, event))
        if with_summary:
            _print(summary(judge))
    else:
        _compare(*judges, changes=changes, as_json=as_json)
    for note in notes(judge):
        print(f"vigil: {file}: {note}", file=sys.stderr)
    if plot is not None:
        _plot(judges, plot)
    return 0


def _compare(judge: Judge, other: Judge, *, changes: Sequence[str], as_json: bool) -> None:
    for each in (judge, other):
        for _ in each.run():
            pass
    sides = [summary(judge) | {"set": list(changes)}, summary(other) | {"set": []}]
    if as_json:
        _print({"event": "comparison", "presets": sides})
        return
    print("\n".join(table_of(sides)))


def _print(line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def _plot(judges: Sequence[Judge], path: Path) -> None:
    from monitor.app.alarm_chart import write  # Qt is wanted only now

    write(judges, path)
