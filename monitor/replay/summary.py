"""What a judged recording comes to: counts, load, what is open at its end, what no alarm told."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from alarms.metrics import nuisance
from alarms.told import History, audible, stories
from alarms.types import AlarmEvent, DeviceDecl, Priority, State
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SECOND
from monitor.replay.breach import Breach
from monitor.replay.judge import Judge

HOUR_S = 3600.0
NEVER_LIMITED = frozenset({"perfusion_index", "rr_interval", "nibp_pulse_rate", "cuff_pressure"})
"""Channels that no preset has a limit for; that they are not judged is no news."""


def event_line(judge: Judge, event: AlarmEvent) -> dict[str, Any]:
    """Return an event as plain values; what does not apply is left out, but for value and limit."""
    line: dict[str, Any] = {
        "t_s": judge.feed.second(event.t),
        "event": event.event,
        "condition": event.condition,
        "priority": event.priority.label,
        "value": event.value,
        "limit": event.limit,
        "occurrence": event.occurrence,
        "state": event.state.value,
    }
    further = {
        "comparator": event.comparator,
        "unit": event.unit,
        "channel": event.channel,
        "device": event.device,
        "reason": event.reason,
        "covered_by": event.covered_by,
        "text": event.text,
    }
    return line | {key: value for key, value in further.items() if value}


def summary(judge: Judge) -> dict[str, Any]:
    """Return the summary of a feed that was judged to its end."""
    feed = judge.feed
    length_s = (feed.end - feed.start) / SECOND
    starts = [event for event in judge.events if event.event == "start"]
    told = sum(event.covered_by is None for event in starts)
    return {
        "event": "summary",
        "recording": feed.name,
        "preset": judge.preset.id,
        "duration_s": length_s,
        "counts": dict(sorted(Counter(event.condition for event in starts).items())),
        "by_priority": _by_priority(judge.events),
        "alarms": len(starts),
        "alarms_per_hour": round(told * HOUR_S / length_s, 2) if length_s else None,
        "audible_s": judge.audible / SECOND,
        **_nuisance(judge),
        "open_at_end": list(_open_at_end(judge)),
        "longest_unalarmed_breach": [_breach(judge, breach) for breach in judge.breaches.all],
        "rows": feed.rows,
        "dropped_rows": feed.dropped,
        "refused": {reason.value: count for reason, count in sorted(judge.engine.refused.items())},
        "channels": feed.columns,
        "notes": list(notes(judge)),
    }


def _nuisance(judge: Judge) -> dict[str, object]:
    """Return what would have been fleeting or chattering, and what sounded how long, as nobody came."""
    feed = judge.feed
    history = History(feed.name, feed.start, feed.end, tuple(judge.events))
    heard = audible(history, stories(history))
    by_priority = {p.label: heard[p] / SECOND for p in sorted(Priority, reverse=True)}
    return {"audible_s_by_priority": by_priority} | nuisance(history)


def _by_priority(events: list[AlarmEvent]) -> dict[str, int]:
    """Return how many occurrences reached which priority at most."""
    reached: dict[str, Priority] = {}
    for event in events:
        reached[event.occurrence] = max(event.priority, reached.get(event.occurrence, event.priority))
    counted = Counter(reached.values())
    return {priority.label: counted[priority] for priority in sorted(Priority, reverse=True)}


def _open_at_end(judge: Judge) -> Iterator[dict[str, Any]]:
    """Yield what is active, latched or pending at the end; no `end` is invented for it."""
    last = {event.occurrence: event for event in judge.events}
    for event in last.values():
        if event.event != "end":
            yield {
                "condition": event.condition,
                "state": event.state.value,
                "priority": event.priority.label,
                "occurrence": event.occurrence,
                "since_t_s": judge.feed.second(event.since),
                "device": event.device,
                "channel": event.channel,
            }
    for device, condition, channel in _limits(judge):
        if judge.engine.state_of(condition, device.device_id, channel) is State.PENDING:
            yield {
                "condition": condition,
                "state": State.PENDING.value,
                "device": device.device_id,
                "channel": channel,
            }


def _limits(judge: Judge) -> Iterator[tuple[DeviceDecl, str, str]]:
    """Yield every continuous condition that is judged by limits, with its device and channel."""
    for device in judge.feed.devices:
        for condition, levels in judge.preset.by_condition.items():
            channel = levels[0].channel
            if channel in device.channels and not device.episodic and not CATALOGUE[channel].episodic:
                yield device, condition, channel


def _breach(judge: Judge, breach: Breach) -> dict[str, Any]:
    limit = breach.limit
    return {
        "condition": limit.condition,
        "limit": limit.text,
        "priority": limit.priority,
        "device": breach.device,
        "longest_s": breach.longest / SECOND,
        "from_t_s": judge.feed.second(breach.began) if breach.began is not None else None,
    }


def notes(judge: Judge) -> Iterator[str]:
    """Yield what whoever reads the result must know."""
    feed = judge.feed
    if feed.slow:
        yield (
            f"one row in {feed.spacing_s:g} s: on-delays cannot be honoured; a value counts for "
            f"{3 * feed.spacing_s:g} s, NO_DATA comes after that and is high after {6 * feed.spacing_s:g} s"
        )
    if feed.dropped:
        yield f"{feed.dropped} of {feed.rows} rows dropped: not later than the row before, or without a time"
    judged = {levels[0].channel for levels in judge.preset.by_condition.values()}
    idle = [name for name in feed.columns if name not in judged and name not in NEVER_LIMITED]
    if idle:
        yield f"no limit in {judge.preset.id} for {', '.join(idle)}: not judged"
    for channel, count in sorted(judge.refused.items()):
        column = feed.columns.get(channel, channel)
        yield f"{column}: {count} numbers cannot be values of {channel}: codes, or another unit?"
