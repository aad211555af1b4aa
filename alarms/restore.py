"""What the engine keeps for a restart, and how a restart takes it up (alarm decisions, 2, Restart)."""

from dataclasses import dataclass
from typing import Any

from alarms import kept as cuff_readings
from alarms.armed import Armed
from alarms.condition import LIVE, Condition
from alarms.gate import numeric
from alarms.occurrence import On
from alarms.pressure import Phase
from alarms.types import State
from monitor.core.clock import Nanos, seconds
from monitor.core.types import Nibp, Numeric, Reading

SILENT_S = 30.0
"""A restart within this time restores without a banner."""
RESTARTS_WITHIN = seconds(300)
RESTARTS_ALLOWED = 2
"""The third restart within 5 min is itself an alarm."""
VERSION = 1


@dataclass(frozen=True, slots=True)
class Past:
    """What a restart finds."""

    dump: dict[str, Any]
    gap_s: float
    readings: tuple[Reading, ...]
    dump_t: Nanos | None


def dump(armed: Armed, now: Nanos, restarts: list[Nanos]) -> dict[str, Any]:
    """Return the occurrences, episodes, cuff phases and last values, as plain values."""
    conditions = list(armed.conditions())
    return {
        "version": VERSION,
        "t": int(now),
        "preset": armed.preset.id,
        "restarts": [int(t) for t in restarts],
        "pause": armed.pause.dump(),
        "row_pauses": armed.row_pauses.dump(),
        "outcomes": armed.outcomes.dump(),
        "off": armed.offs.dump(),
        "quiet": armed.quiet.dump(),
        "conditions": {c.key: c.dump() for c in conditions if c.state in LIVE or c.state is State.DISABLED},
        "pressures": {
            c.key: [
                c.pressure.phase.value,
                c.pressure.deadline,
                c.pressure.inside_in_row,
                c.pressure.value,
                c.pressure.reading_t,
                c.pressure.doubtful,
            ]
            for c in conditions
            if c.pressure is not None and c.pressure.phase is not Phase.INSIDE
        },
        "known": {c.key: c.pressure.known for c in conditions if c.pressure is not None and c.pressure.known},
        "groups": {g.key: [g.episode, g.until] for g in armed.groups if g.episode is not None},
        "together": _dump_together(armed),
        "readings": {
            device: [[one.dump() for one in cuff.readings], cuff.bases]
            for device, cuff in armed.cuffs.items()
        },
        "tracks": {
            f"{device}/{channel}": [track.ok_t, track.ok_value]
            for (device, channel), track in armed.tracks.items()
            if track.ok_t is not None
        },
    }


def refuse_other(found: dict[str, Any]) -> None:
    """Raise ValueError for a dump of another version."""
    if found.get("version") != VERSION:
        raise ValueError(f"the alarm state has version {found.get('version')!r}, this is {VERSION}")


def take_up(armed: Armed, past: Past, now: Nanos) -> list[Nanos]:
    """Fill a fresh bed with its past; return the times of recent restarts, this one included."""
    found = past.dump
    shift = shift_of(past, now)
    _take_occurrences(armed, found, shift)
    _take_known(armed, found.get("known", {}), shift)  # a dump of an older station has none
    _take_tracks(armed, found, shift)
    _take_together(armed, found.get("together", {}), shift)  # a dump of an older station has none
    _take_readings(armed, found.get("readings"), shift)
    long = past.gap_s > SILENT_S
    armed.offs.load(found.get("off", []), armed.conditions(), shift, now, long=long)
    armed.quiet.load(found.get("quiet"), now, same_boot=past.dump_t is None)
    if "pause" in found:  # a dump of an older station has none
        armed.pause.load(found["pause"], shift, now, long=long)
    armed.outcomes.load(found.get("outcomes", {}))
    armed.row_pauses.load(found.get("row_pauses", []), armed.machine, shift, now, long=long)
    _replay(armed, past, Nanos(int(found["t"]) + shift), now, long=long)
    if long:
        for condition in tuple(armed.machine.live):
            armed.machine.apply(condition, On.RESTART_LONG, now, reason="restart")
    return [*(Nanos(t + shift) for t in found["restarts"]), now]


def stalled(restarts: list[Nanos], now: Nanos) -> tuple[bool, list[Nanos]]:
    """Return whether there were too many restarts lately, and the recent ones."""
    recent = [t for t in restarts if now - t <= RESTARTS_WITHIN]
    return len(recent) > RESTARTS_ALLOWED, recent


def shift_of(past: Past, now: Nanos) -> int:
    """Return what moves the dump's times onto the present clock."""
    made = int(past.dump["t"])
    if past.dump_t is not None:
        return past.dump_t - made
    return now - made if made > now else 0


def _take_occurrences(armed: Armed, found: dict[str, Any], shift: int) -> None:
    by_key = {condition.key: condition for condition in armed.conditions()}
    for key, kept in found["conditions"].items():
        condition = by_key.get(key)
        if condition is None:
            continue  # its device is no longer part of the bed
        condition.load(kept, armed.preset.by_condition.get(condition.name, ()), shift)
        if condition.state in LIVE:
            armed.machine.adopt(condition)
    for key, kept in found["pressures"].items():
        if key in by_key:
            _take_pressure(by_key[key], kept, shift)
    for group in armed.groups:
        if group.key in found["groups"]:
            group.episode, until = found["groups"][group.key]
            group.until = None if until is None else Nanos(until + shift)


def _take_known(armed: Armed, found: dict[str, Any], shift: int) -> None:
    """Take up the last reading of each cuff condition, by which changed limits judge."""
    for condition in armed.conditions():
        kept = found.get(condition.key)
        if kept is not None and condition.pressure is not None:
            value, doubtful, t = kept
            condition.pressure.known = value, doubtful, Nanos(t + shift)


def _take_pressure(condition: Condition, kept: list[Any], shift: int) -> None:
    track = condition.pressure
    if track is None:
        return
    phase, deadline, track.inside_in_row, track.value, reading_t, *rest = kept
    track.doubtful = bool(rest and rest[0])  # a dump of an older station does not say it
    track.phase = Phase(phase)
    track.deadline = None if deadline is None else Nanos(deadline + shift)
    track.reading_t = None if reading_t is None else Nanos(reading_t + shift)
    if condition.limit is not None:
        track.limit = condition.limit


def _take_readings(armed: Armed, found: dict[str, Any] | None, shift: int) -> None:
    """Take up the cuff readings; of an older station only what they said is known."""
    for device, cuff in armed.cuffs.items():
        readings, bases = (found or {}).get(device, ([], {}))
        cuff.readings = [cuff_readings.load(one, shift) for one in readings]
        cuff.bases = {key: _moved(state, shift) for key, state in bases.items()}
        if found is None:
            tracks = [(c.key, c.pressure) for c in cuff.conditions if c.pressure is not None]
            cuff.bases = {key: track.state() for key, track in tracks if track.phase is not Phase.INSIDE}


def _moved(state: list[Any], shift: int) -> list[Any]:
    phase, deadline, inside, value, reading_t, doubtful = state
    deadline, reading_t = (None if t is None else t + shift for t in (deadline, reading_t))
    return [phase, deadline, inside, value, reading_t, doubtful]


def _take_tracks(armed: Armed, found: dict[str, Any], shift: int) -> None:
    for (device, channel), track in armed.tracks.items():
        kept = found["tracks"].get(f"{device}/{channel}")
        if kept is not None:
            track.ok_t, track.ok_value = Nanos(kept[0] + shift), kept[1]


def _dump_together(armed: Armed) -> dict[str, Any]:
    """Return what several readings say: repeats, dips, schedules, holds, rates that differ."""
    return {
        "repeats": {
            f"{device}/{channel}": repeats.dump()
            for (device, channel), repeats in armed.repeats.items()
            if repeats.device_time is not None
        },
        "trends": {device: trend.dump() for device, trend in armed.trends.items()},
        "overdue": {device: cuff.overdue.dump() for device, cuff in armed.cuffs.items()},
        "remeasure": {
            device: cuff.remeasure.dump()
            for device, cuff in armed.cuffs.items()
            if cuff.remeasure is not None
        },
        "holds": {limb: hold.dump() for limb, hold in armed.holds.items()},
        "mismatch": None if armed.mismatch is None else armed.mismatch.since,
    }


def _take_together(armed: Armed, found: dict[str, Any], shift: int) -> None:
    parts: dict[str, Any]
    for name, parts in (
        ("repeats", {f"{device}/{channel}": one for (device, channel), one in armed.repeats.items()}),
        ("trends", armed.trends),
        ("overdue", {device: cuff.overdue for device, cuff in armed.cuffs.items()}),
        ("holds", armed.holds),
        ("remeasure", {device: cuff.remeasure for device, cuff in armed.cuffs.items() if cuff.remeasure}),
    ):
        for key, kept in found.get(name, {}).items():
            if key in parts:
                parts[key].load(kept, shift)
    since = found.get("mismatch")
    if since is not None and armed.mismatch is not None:
        armed.mismatch.since = Nanos(since + shift)


# --- replay: clocks come back, signals do not ------------------------------------------------------


def _replay(armed: Armed, past: Past, dumped: Nanos, now: Nanos, *, long: bool) -> None:
    for reading in sorted(past.readings, key=lambda reading: reading.t):
        if isinstance(reading, Numeric):
            _replay_numeric(armed, reading)
        elif isinstance(reading, Nibp):
            _replay_nibp(armed, reading, dumped, now)
    for track in armed.track_list:
        track.lose(now)  # unknown until fresh
        track.calm = False
        for condition in track.conditions:
            _take_clock(condition, long=long)


def _take_clock(condition: Condition, *, long: bool) -> None:
    if condition.detector is None:
        return
    if long:
        condition.detector.reset()
    if condition.state is State.NORMAL and condition.pending:
        condition.state = State.PENDING


def _replay_numeric(armed: Armed, reading: Numeric) -> None:
    track = armed.tracks.get((reading.device_id, reading.channel))
    if track is None:
        return
    accepted = numeric(reading, track.channel, track.newest)
    if track.newest is None or reading.t >= track.newest:
        track.newest = reading.t
        if accepted.value is None:
            track.lose(reading.t)
        else:
            track.calm = False
            track.take(accepted.value, accepted.doubtful, reading.t)


def _replay_nibp(armed: Armed, reading: Nibp, dumped: Nanos, now: Nanos) -> None:
    cuff = armed.cuffs.get(reading.device_id)
    if cuff is None:
        return
    if reading.t <= dumped:
        cuff.gate.remember(reading)
    else:
        cuff.take(reading, armed.machine, now)  # it came after the last dump: it was never told
