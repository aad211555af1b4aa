"""A cuff reading is marked invalid by a person, or valid again: its pressures are judged anew.

Alarm decisions 2, row "reading marked invalid". The readings that are left are judged from the first one
kept, by the limits in force. A mark that changes nothing of what they say changes nothing at all.
"""

from collections.abc import Mapping, Set
from copy import copy

from alarms.armed import Armed
from alarms.at_rest import AtRest
from alarms.condition import Condition
from alarms.cuff import Cuff
from alarms.kept import Kept
from alarms.occurrence import Occurrences, On
from alarms.pressure import Move, Phase, PressureTrack
from alarms.types import ActResult, Priority, State
from monitor.core.clock import Nanos
from monitor.core.types import Mark

REASON_MAX = 200
Verdict = tuple[PressureTrack, float | None]
"""What the readings say, and the worst value since the alarm that they mean."""


def mark(armed: Armed, rest: AtRest, reading: str, said: Mark, invalid: bool, now: Nanos) -> ActResult:
    """Mark one reading, or take its mark away (`invalid` False); refuse in words."""
    found = [
        (cuff, one) for cuff in armed.cuff_list for one in cuff.readings if reading and one.id == reading
    ]
    refusal = _refusal(found[0][1] if found else None, said, invalid)
    if refusal:
        return ActResult(False, refusal)
    cuff, one = found[0]
    _set_mark(cuff, one, said if invalid else None, armed.machine, now)
    rest.leave_out(_marked(armed))
    return ActResult(True, f"{one.text} is marked invalid" if invalid else f"{one.text} counts again")


def _refusal(one: Kept | None, said: Mark, invalid: bool) -> str:
    if one is None:
        return "no such reading here: it is of before this session, too old, or was not measured now"
    if not (0 < len(said.reason.strip()) <= REASON_MAX and said.reason.isprintable()):
        return f"say why, in at most {REASON_MAX} characters"
    if one.failed:
        return "that measurement failed: it has no value to mark"
    if invalid and one.mark is not None:
        return f"already marked invalid by {one.mark.by}: {one.mark.reason}"
    return "" if invalid or one.mark is not None else "that reading is not marked invalid"


def reconcile(armed: Armed, rest: AtRest, marks: Mapping[str, Mark], now: Nanos) -> None:
    """Make the marks those of the journal: after a crash it is the truth."""
    for cuff in armed.cuff_list:
        for one in cuff.readings:
            said = marks.get(one.id)
            if (said is None) is not (one.mark is None):
                _set_mark(cuff, one, said, armed.machine, now)
    rest.leave_out(marks.keys())


def _marked(armed: Armed) -> Set[str]:
    return {one.id for cuff in armed.cuff_list for one in cuff.readings if one.mark is not None}


def _set_mark(cuff: Cuff, one: Kept, said: Mark | None, machine: Occurrences, now: Nanos) -> None:
    """Set or take away a mark, and judge what is left."""
    before = {c.key: _replay(cuff, c, now) for c in cuff.conditions}
    one.mark = said
    for condition in cuff.conditions:
        after = _replay(cuff, condition, now)
        if condition.state is not State.DISABLED and _said(after) != _said(before[condition.key]):
            _settle(condition, after, said, machine, now)
        if condition.state is not State.DISABLED and condition.pressure is not None:
            condition.pressure.known = after[0].known  # what changed limits are judged by
    left = [each for each in cuff.readings if each.mark is None]
    cuff.recount(left, machine, now)
    cuff.tick(machine, now)


def _said(verdict: Verdict) -> tuple[object, ...]:
    track, worst = verdict
    return track.phase, track.deadline, track.value, track.reading_t, track.doubtful, track.limit, worst


def _replay(cuff: Cuff, condition: Condition, now: Nanos) -> Verdict:
    assert condition.pressure is not None
    track, worst = copy(condition.pressure), None
    track.begin(cuff.bases.get(condition.key))
    if track.phase is not Phase.INSIDE:
        worst = track.value
    for one in cuff.readings:
        if one.mark is None:
            value, was = one.value(condition.channel), track.phase
            advance(track, one, condition)
            if track.phase is Phase.INSIDE:
                worst = None
            elif value is not None:
                fresh = was is Phase.INSIDE or worst is None or condition.worse(value, worst) > 0
                worst = value if fresh else worst
    track.tick(now)
    return track, worst


def advance(track: PressureTrack, one: Kept, condition: Condition) -> None:
    """Let a track hear a reading, and the deadline before it; it falls only in an acknowledged alarm."""
    track.tick(one.t)
    move = track.hear(one.value(condition.channel), one.doubtful, one.t)
    if move is Move.FALL and condition.state is not State.ACK:
        track.kept_high()


def _settle(
    condition: Condition, verdict: Verdict, said: Mark | None, machine: Occurrences, now: Nanos
) -> None:
    """Bring a condition to what the readings that are left say."""
    track, worst = verdict
    condition.pressure = track
    reason = "reading_invalid" if said is not None else "reading_valid"
    user = said.by if said is not None else None
    if track.phase is Phase.INSIDE:
        if said is not None:
            machine.apply(condition, On.INVALIDATED, now, reason="invalidated", user=user)
        else:
            machine.apply(condition, On.CLEARED, now, reason="cleared")
        return
    priority = Priority.HIGH if track.phase is Phase.HIGH else Priority.MEDIUM
    on = On.OUTSIDE
    if not condition.active:
        on = On.DUE
    else:
        machine.stand_on(condition, track.value, worst)
        if priority > condition.priority:
            on = On.RISE
        elif priority < condition.priority and condition.state is State.ACK:
            on = On.FALL
        elif priority < condition.priority:
            track.kept_high()
            track.deadline = None
    machine.apply(
        condition, on, now, priority=priority, value=track.value, limit=track.limit, reason=reason, user=user
    )
    if on is On.DUE:
        machine.stand_on(condition, track.value, worst)
