"""Changes of limits, judged all or nothing: pure, in words (alarms 1.10; alarm decisions 2).

A limit keeps its delays, hysteresis and comparator: what a person changes is its value.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from alarms import bounds, roles
from alarms.limits import Limit
from alarms.numbers import Numbers
from alarms.types import Act, ActResult
from monitor.core.clock import Nanos

Key = tuple[str, str, str]
"""Condition, priority and, where there are two of a priority, what decides: which level is meant."""
REASON_MAX = 200
CHANGES_MOST = 40
"""No preset has more levels."""
ANOTHER = "not changed: another change was refused"


@dataclass(frozen=True, slots=True)
class Change:
    """A new value for one level of one condition; `decided_by` "" where only one has the priority."""

    condition: str
    priority: str
    value: float
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes limits, as what, and why; `automatic`: from current values, confirmed by that person."""

    user: str
    role: str
    reason: str = ""
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one change: `level` is the limit in force before, None when it names none."""

    change: Change
    level: Limit | None
    text: str = ""

    def plain(self, text: str = "") -> dict[str, object]:
        """Return it for programs; `text`: what refuses it besides."""
        said = self.text or text
        level = self.level
        return {
            "condition": self.change.condition,
            "priority": self.change.priority,
            "decided_by": level.decided_by.value if level is not None else self.change.decided_by,
            "from": level.value if level is not None else None,
            "value": self.change.value,
            "ok": not said,
            "text": said,
        }


def key(limit: Limit) -> Key:
    """Return what names a level."""
    return limit.condition, limit.priority, limit.decided_by.value


def named(numbers: Numbers, change: Change) -> list[Limit]:
    """Return the levels that a change can mean; exactly one is needed."""
    return [
        limit
        for limit in numbers.limit
        if (limit.condition, limit.priority) == (change.condition, change.priority)
        and change.decided_by in ("", limit.decided_by.value)
    ]


def with_values(numbers: Numbers, values: Mapping[Key, float]) -> tuple[Limit, ...]:
    """Return the limits with other values for some levels."""
    return tuple(
        msgspec.structs.replace(limit, value=values[key(limit)]) if key(limit) in values else limit
        for limit in numbers.limit
    )


def judge(
    in_force: Numbers, preset: Numbers, changes: Sequence[Change], who: Who
) -> tuple[list[Verdict], list[str]]:
    """Return what is said of each change, and what is wrong with all of them together; pure."""
    verdicts = [_verdict(in_force, preset, change, who) for change in changes]
    if any(verdict.text for verdict in verdicts):
        return verdicts, []
    levels = [verdict.level for verdict in verdicts if verdict.level is not None]
    keys = [key(level) for level in levels]
    if len(set(keys)) < len(keys):
        return verdicts, ["one limit is named twice"]
    values = {key(v.level): v.change.value for v in verdicts if v.level is not None}
    wider = [v for v in verdicts if v.level and roles.wider(v.level, v.change.value, v.level.value)]
    faults = list(bounds.faults(_numbers(in_force, with_values(in_force, values))))
    if wider and not who.reason.strip():
        faults.append(f"say why {wider[0].change.condition} is widened")
    return verdicts, faults


def _verdict(in_force: Numbers, preset: Numbers, change: Change, who: Who) -> Verdict:
    found = named(in_force, change)
    if not found:
        return Verdict(change, None, f"no {change.priority} limit {change.condition!r} is judged here")
    if len(found) > 1:
        return Verdict(change, None, f"{change.condition} has two {change.priority} limits: say decided_by")
    level = found[0]
    value = change.value
    if not math.isfinite(value) or value != round(value):
        return Verdict(change, level, f"{change.condition}: {value:g}: a limit is a whole number")
    own = next(limit for limit in preset.limit if key(limit) == key(level))
    refused = roles.refusal(own, level.value, value, who.role)
    return Verdict(change, level, f"{change.condition} {refused}" if refused else "")


def _numbers(like: Numbers, limits: tuple[Limit, ...]) -> Numbers:
    fields = {name: getattr(like, name) for name in Numbers.__struct_fields__}
    return Numbers(**{**fields, "limit": limits})


def refused(verdicts: Sequence[Verdict], faults: Sequence[str]) -> ActResult:
    """Return the answer of a refusal: nothing was changed, and what is wrong with which change."""
    texts = [verdict.text for verdict in verdicts if verdict.text] or list(faults)
    results = []
    for verdict in verdicts:
        own = [fault for fault in faults if verdict.change.condition in fault]
        results.append(verdict.plain("; ".join(own) or ANOTHER))
    return ActResult(False, "limits not changed: " + "; ".join(texts), tuple(results))


def act(old: Limit, value: float, who: Who, now: Nanos) -> Act:
    """Return what the journal keeps of one level that changed."""
    return Act(
        now,
        "limit_changed",
        user=who.user,
        reason=who.reason.strip(),
        condition=old.condition,
        more=(
            ("priority", old.priority),
            ("decided_by", old.decided_by.value),
            ("comparator", old.comparator.value),
            ("from", old.value),
            ("to", value),
            ("role", who.role),
            ("automatic", who.automatic),
        ),
    )
