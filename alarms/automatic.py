"""Limits proposed from current values: pure; a person confirms them (alarms 1.10, 3.2).

The rules are those of alarms 3.2 (factor and offset of the value); SpO2 keeps its limits there and
here. Only medium limits are proposed, never beyond what the role may set, and never for a channel
that is alarming: a limit does not follow a patient away.
"""

import math
from collections.abc import Iterator
from types import MappingProxyType

from alarms import roles
from alarms.armed import Armed
from alarms.condition import Condition
from alarms.limits import Limit
from alarms.numbers import Numbers
from alarms.types import State
from monitor.core.clock import Nanos, seconds

RULES = MappingProxyType(
    {
        "PR_LOW": (0.8, 0.0),
        "HR_LOW": (0.8, 0.0),
        "PR_HIGH": (1.25, 0.0),
        "HR_HIGH": (1.25, 0.0),
        "SYS_LOW": (0.68, 10.0),
        "SYS_HIGH": (0.86, 38.0),
        "DIA_LOW": (0.68, 6.0),
        "DIA_HIGH": (0.86, 32.0),
        "MAP_LOW": (0.68, 8.0),
        "MAP_HIGH": (0.86, 35.0),
    }
)
"""Condition -> factor and offset of the current value (alarms 3.2) [V]."""
CUFF_AGE = seconds(300)
"""A cuff reading is current for automatic limits so long [C]."""
ALARMING = frozenset({State.PENDING, State.UNACK, State.ACK, State.LATCHED})


def proposals(
    armed: Armed, in_force: Numbers, preset: Numbers, role: str, now: Nanos
) -> Iterator[dict[str, object]]:
    """Yield one proposal, or the reason against it, for every medium limit that has a rule."""
    own = {(limit.condition, limit.priority): limit for limit in preset.limit}
    for limit in in_force.limit:
        if limit.priority != "medium" or limit.condition not in RULES:
            continue
        found = [c for c in armed.conditions() if c.channel == limit.channel and c.limit is not None]
        if not found:
            continue
        value, text = _current(armed, found, now)
        plain: dict[str, object] = {
            "condition": limit.condition,
            "priority": limit.priority,
            "decided_by": limit.decided_by.value,
            "from": limit.value,
            "value": limit.value,
            "now": value,
        }
        if value is None:
            yield {**plain, "ok": False, "text": text}
            continue
        proposed = _within(limit, value, roles.span(own[limit.condition, "medium"], role), in_force)
        if limit.outside(value) or _at(limit, proposed).outside(value):
            yield {**plain, "ok": False, "text": f"{value:g} would be outside its own limit"}
        else:
            yield {**plain, "value": proposed, "ok": True, "text": f"from {value:g} now"}


def _at(limit: Limit, value: float) -> Limit:
    fields = {name: getattr(limit, name) for name in Limit.__struct_fields__}
    return Limit(**{**fields, "value": value})


def _within(limit: Limit, value: float, span: tuple[float, float], in_force: Numbers) -> float:
    """Return the limit that follows `value`, milder than its high limit and inside the role's span."""
    factor, offset = RULES[limit.condition]
    exact = round(factor * value + offset, 6)
    number = float(math.ceil(exact) if limit.low else math.floor(exact))
    least, most = span
    urgent = [level.value for level in in_force.by_condition[limit.condition][1:]]
    if urgent and limit.low:
        least = max(least, urgent[0] + 1)
    elif urgent:
        most = min(most, urgent[0] - 1)
    return min(most, max(least, number))


def _current(armed: Armed, found: list[Condition], now: Nanos) -> tuple[float | None, str]:
    """Return the value to follow, or None and why there is none."""
    if any(condition.state in ALARMING or condition.pending for condition in found):
        return None, "alarming, or about to: its limits are not set from this value"
    for condition in found:
        pressure = condition.pressure
        if pressure is not None:
            known = pressure.known
            if known is not None and not known[1] and now - known[2] <= CUFF_AGE:
                return known[0], ""
            continue
        track = armed.tracks.get((condition.device or "", condition.channel or ""))
        if track is not None and track.value is not None and not track.doubtful:
            return track.value, ""
    return None, "no current, undoubted value"
