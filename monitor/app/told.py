"""`vigil alarms --told`: what did alarm in sessions, what people did, and what load that was."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alarms.metrics import Answered, Metrics, measure
from alarms.told import History, Story, stories
from alarms.types import Priority
from monitor.core.clock import SECOND
from monitor.core.errors import RecordError
from monitor.replay.told import all_of

TOP = 10
_PLAIN_ENDS = {"cleared": "over", None: "over", "data_lost": "data lost", "session_end": "session ended"}


def run(files: Sequence[Path], *, as_json: bool = False) -> int:
    """Print each session and, of several, all together; 1 when one of several cannot be read."""
    read: list[History] = []
    for path, history, notes in all_of(files):
        if history is None and len(files) == 1:
            raise RecordError(notes[0])
        for note in notes:
            print(f"vigil: {note if history is None else f'{path}: {note}'}", file=sys.stderr)
        if history is not None:
            read.append(history)
            _session(history, as_json=as_json)
    if not read:
        raise RecordError("none of these files can be read")
    if len(files) > 1:
        _print_metrics(f"all {len(read)} sessions", measure(read), as_json=as_json)
    return int(len(read) < len(files))


def _session(history: History, *, as_json: bool) -> None:
    told = stories(history)
    if as_json:
        for story in told:
            _json({"event": "occurrence", "session": history.name, **occurrence(story)})
    else:
        print(f"\nSession {history.name}: what alarmed (time since its start)")
        print("\n".join(_line(story) for story in told) or "  nothing")
    _print_metrics(f"session {history.name}", measure([history]), as_json=as_json)


def _print_metrics(of: str, metrics: Metrics, *, as_json: bool) -> None:
    if as_json:
        _json({"event": "metrics", "of": of, **plain(metrics)})
    else:
        print(f"\nLoad of {of}")
        print("\n".join(f"  {name:32} {value}" for name, value in table(metrics)))


def _json(line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


# --- one occurrence -----------------------------------------------------------------------------


def occurrence(story: Story) -> dict[str, Any]:
    """Return one occurrence as plain values."""
    first, last = story.first, story.last
    return {
        "occurrence": first.occurrence,
        "condition": first.condition,
        "priority": story.priority.label,
        "start_s": round(first.t / SECOND, 3),
        "value": last.value,
        "limit": first.limit,
        "comparator": first.comparator,
        "unit": first.unit,
        "channel": first.channel,
        "device": first.device,
        "covered_by": first.covered_by,
        "acknowledged_by": story.acknowledged_by,
        "acknowledged_after_s": _after(story, story.acknowledged),
        "calls": [
            {
                "priority": call.priority.label,
                "after_s": _after(story, call.t),
                "answered_after_s": None
                if call.answered is None
                else round((call.answered - call.t) / SECOND, 3),
            }
            for call in story.calls
        ],
        "seen_by": story.seen_by,
        "over_after_s": _after(story, story.over),
        "ended_after_s": _after(story, story.ended),
        "reason": story.reason,
        "outcome": story.outcome or None,
        "outcome_by": story.outcome_by,
        "outcome_text": story.outcome_text,
    }


def _after(story: Story, t: int | None) -> float | None:
    return None if t is None else round((t - story.first.t) / SECOND, 3)


def _line(story: Story) -> str:
    first, last = story.first, story.last
    value = "" if last.value is None else f"{last.value:g}"
    limit = "" if first.limit is None else f"{first.comparator} {first.limit:g}"
    name = f"{first.condition} {first.channel}" if first.channel and not limit else first.condition
    parts = [
        f"  {_clock(first.t)}  {story.priority.label:6}  {name:21} {value:>5}  {limit:8}",
        f"{_answer(story):34}",
        f"{_end(story):26}",
        _outcome(story),
    ]
    return " ".join(parts).rstrip()


def _answer(story: Story) -> str:
    if story.acknowledged is not None and story.unanswered:
        return f"{story.last.priority.label} acknowledged by nobody"
    if story.acknowledged is not None:
        who = story.acknowledged_by or "?"
        return f"acknowledged by {who} after {_after(story, story.acknowledged):.0f} s"
    if story.seen_by is not None and story.ended is not None:
        return f"seen by {story.seen_by} after {_after(story, story.ended):.0f} s"
    return "covered by another alarm" if story.covered else "acknowledged by nobody"


def _end(story: Story) -> str:
    if story.over is None:
        return "open at the end"
    why = _PLAIN_ENDS.get(story.reason, story.reason)
    return f"{why} after {_after(story, story.over):.0f} s"


def _outcome(story: Story) -> str:
    if not story.outcome:
        return ""
    words = f": {story.outcome_text}" if story.outcome_text else ""
    return f"{story.outcome} ({story.outcome_by}){words}"


def _clock(t: int) -> str:
    seconds = max(0, t) // SECOND
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


# --- the figures --------------------------------------------------------------------------------


def plain(metrics: Metrics) -> dict[str, Any]:
    """Return the figures as plain values."""
    fields = {name: getattr(metrics, name) for name in Metrics.__slots__}
    return fields | {
        "counts": [[name, priority.label, count] for name, priority, count in metrics.counts],
        "by_priority": {p.label: count for p, count in metrics.by_priority.items()},
        "audible_by_priority": {p.label: span for p, span in metrics.audible_by_priority.items()},
        "durations": dict(metrics.durations),
        "answered": [
            {
                "priority": one.priority.label,
                "calls": one.calls,
                "count": one.count,
                "median_s": one.median_s,
                "p90_s": one.p90_s,
                "over_30_s": one.over_30_s,
                "over_60_s": one.over_60_s,
            }
            for one in metrics.answered
        ],
        "inactive": [{name: getattr(one, name) for name in type(one).__slots__} for one in metrics.inactive],
    }


def table(m: Metrics) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of each figure, in words."""
    yield "hours watched", f"{m.hours:.2f}"
    yield "alarms (met by people)", f"{m.alarms} ({m.met})"
    yield "  by highest priority", _by(m.by_priority)
    yield "alarms met per patient-hour", _number(m.alarms_per_hour)
    for condition, priority, count in m.counts[:TOP]:
        yield f"  {condition} {priority.label}", f"{count}"
    yield "audible, s", f"{m.audible_s:.0f} ({_by(m.audible_by_priority)})"
    yield "audible, s per hour", _number(m.audible_s_per_hour)
    for one in m.answered:
        yield f"acknowledged, {one.priority.label}", _times(one)
    yield "over before acknowledged", f"{m.unseen} ({_share(m.unseen_share)})"
    yield "fleeting (over within 10 s)", f"{m.fleeting}"
    yield "chattering starts", ", ".join(f"{name} {n}" for name, n in m.chattering.items()) or "0"
    yield "lasted", ", ".join(f"{name}: {count}" for name, count in m.durations)
    yield "lasted, median s", _number(m.median_duration_s)
    yield "open at the end", f"{m.open_at_end}"
    yield "technical alarm, min", f"{m.technical_min:.1f}"
    yield from _taken_away(m)
    outcomes = ", ".join(f"{name} {count}" for name, count in m.outcomes.items())
    yield "outcomes", f"{outcomes} (of {m.alarms} alarms)"
    yield "acted / all outcomes (PPV)", _share(m.ppv)
    yield "restarts", f"{m.restarts}"


def _times(one: Answered) -> str:
    said = f"{one.count} of {one.calls} calls"
    if one.median_s is None or one.p90_s is None or one.over_30_s is None or one.over_60_s is None:
        return said
    return (
        f"{said}: median {one.median_s:.0f} s, 90 % within {one.p90_s:.0f} s, "
        f"{one.over_30_s:.0%} > 30 s, {one.over_60_s:.0%} > 60 s"
    )


def _taken_away(m: Metrics) -> Iterator[tuple[str, str]]:
    yield "all audio paused, s", f"{m.paused_s:.0f}"
    for one in m.inactive:
        off = f"off {one.off_s:.0f} s ({one.off_share:.1%})"
        yield f"  {one.condition}", f"{off}, paused {one.paused_s:.0f} s ({one.paused_share:.1%})"
    within = f"in {m.sessions_with_changed_limits} of {m.sessions} sessions"
    yield "limits changed", f"{m.limits_changed}, set or reset {m.limit_changes} times ({within})"
    yield "overdue blood pressures", f"{m.overdue}"


def _by(values: dict[Priority, Any]) -> str:
    return ", ".join(f"{priority.label} {round(value, 1):g}" for priority, value in values.items())


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
