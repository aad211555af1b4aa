"""Limits that change under a patient: every clock goes on, every condition is judged anew at once.

The rows "limit changed" of alarm decisions 2. A value is inside the new limit when the limit was moved
away from it, the value is current and undoubted (of a cuff: its last reading), and it is not outside
the mildest level. Unknown and doubtful never end an alarm.
"""

from collections.abc import Iterable

from alarms import roles
from alarms.armed import Armed
from alarms.condition import LIVE, Condition
from alarms.cuff import Cuff
from alarms.limits import Limit
from alarms.numbers import Numbers
from alarms.occurrence import Occurrences, On
from alarms.track import Track
from alarms.types import State
from monitor.core.clock import Nanos

WHY = "limit_changed"


def refit(armed: Armed, numbers: Numbers, named: Iterable[str], user: str | None, now: Nanos) -> None:
    """Let every condition be judged by these numbers; `named`: the occurrences that the person named."""
    by_condition, known = numbers.by_condition, frozenset(named)
    for track in armed.track_list:
        changed = [c for c in track.conditions if not fits(c, by_condition[c.name])]
        for condition in changed:
            _of_track(condition, by_condition[condition.name], track, armed.machine, known, user, now)
        if changed or not track.fits:
            track.refitted(armed.machine, now)
    for cuff in armed.cuff_list:
        for condition in cuff.conditions:
            if not fits(condition, by_condition[condition.name]):
                _of_cuff(condition, by_condition[condition.name], cuff, armed.machine, known, user, now)


def fits(condition: Condition, levels: tuple[Limit, ...]) -> bool:
    """True when a condition is judged by exactly these limits."""
    judge = condition.detector or condition.pressure
    return judge is None or judge.fits(levels)


def _of_track(
    condition: Condition,
    levels: tuple[Limit, ...],
    track: Track,
    machine: Occurrences,
    named: frozenset[str],
    user: str | None,
    now: Nanos,
) -> None:
    detector = condition.detector
    assert detector is not None
    moved = _moved_away(detector.levels[0].limit, levels[0])
    detector.fit(levels)
    if track.value is not None and now - track.value_t > track.current_for:
        track.lose(now)
    _show(condition, levels, track.value)
    if condition.state is State.DISABLED or track.value is None:
        return
    condition.current, condition.doubted = track.value, track.doubtful
    detector.look_again(track.value, track.doubtful, now)
    if moved and not track.doubtful and not detector.outside:
        detector.over()
        _inside(condition, machine, named, user, now)
    elif detector.outside:
        machine.apply(condition, On.LIMIT_OUTSIDE, now, value=track.value)
    _tell(condition, machine, user, now)


def _of_cuff(
    condition: Condition,
    levels: tuple[Limit, ...],
    cuff: Cuff,
    machine: Occurrences,
    named: frozenset[str],
    user: str | None,
    now: Nanos,
) -> None:
    track = condition.pressure
    assert track is not None
    moved = _moved_away(track.levels[0], levels[0])
    track.fit(levels)
    known = track.known
    _show(condition, levels, known[0] if known is not None else None)
    if condition.state is State.DISABLED or known is None:
        return
    value, doubtful, _ = known
    if moved and not doubtful and not levels[0].outside(value):
        track.inside()
        _inside(condition, machine, named, user, now)
    elif not cuff.look_again(condition, machine, now):
        _tell(condition, machine, user, now)


def _moved_away(old: Limit, new: Limit) -> bool:
    return roles.wider(new, new.edge, old.edge)


def _inside(
    condition: Condition, machine: Occurrences, named: frozenset[str], user: str | None, now: Nanos
) -> None:
    chosen = condition.active and condition.occurrence in named
    machine.apply(condition, On.LIMIT_INSIDE, now, reason=WHY, user=user, named=chosen)


def _show(condition: Condition, levels: tuple[Limit, ...], value: float | None) -> None:
    """Show the limit as it is now; an alarm keeps the one it broke unless the value breaks this one too."""
    shown = condition.limit
    if condition.state not in LIVE or shown is None:
        condition.limit = levels[0]
        return
    for level in levels:
        same = (level.priority, level.decided_by) == (shown.priority, shown.decided_by)
        if same and condition.active and value is not None and level.outside(value):
            condition.limit = level


def _tell(condition: Condition, machine: Occurrences, user: str | None, now: Nanos) -> None:
    if condition.active:
        machine.tell(condition, "update", now, WHY, user)
