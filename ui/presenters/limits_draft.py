"""Drafts of new limits: what a person has in hand and the service does not know yet."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.link.messages import CLINICIAN, AlarmBoard, LimitInForce, Reply
from ui.presenters.words import condition_text

Key = tuple[str, str, str]
"""Condition, priority, and what decides: one limit."""
REASONS = (
    "usual for this patient",
    "asked by the clinician",
    "movement or probe, patient is watched",
    "closer watch wanted",
)
STRICTER = "made stricter"
"""Stands for the reason of whoever only makes limits stricter: that needs none."""
REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """A value that is proposed for one limit."""

    value: float
    automatic: bool = False  # proposed by the service from the current values, not altered since


Drafts = Mapping[Key, Draft]


def key_of(limit: LimitInForce) -> Key:
    """Return what names one limit."""
    return limit.condition, limit.priority, limit.decided_by


def is_changed(limit: LimitInForce) -> bool:
    """Return whether a limit differs from what the preset says."""
    return limit.preset_value is not None and limit.preset_value != limit.value


def bounds(limit: LimitInForce, role: str) -> tuple[float, float] | None:
    """Return between what a person of `role` may set a limit; None: it is not theirs to change."""
    clinician = role == CLINICIAN
    least = limit.clinician_least if clinician else limit.least
    most = limit.clinician_most if clinician else limit.most
    return None if least is None or most is None else (least, most)


def is_wider(limit: LimitInForce, value: float) -> bool:
    """Return whether `value` lets more pass without an alarm than the limit in force."""
    return value < limit.value if limit.comparator[:1] == "<" else value > limit.value


def with_value(
    drafts: Drafts, limit: LimitInForce, value: float, role: str, *, automatic: bool = False
) -> dict[Key, Draft]:
    """Return the drafts with `value`, kept within the role's range, for `limit`; the one in force is none."""
    rest = {key: draft for key, draft in drafts.items() if key != key_of(limit)}
    allowed = bounds(limit, role)
    if allowed is None:
        return rest
    kept = max(allowed[0], min(allowed[1], value))
    if not allowed[0] <= limit.value <= allowed[1] and (kept - limit.value) * (value - limit.value) <= 0:
        return rest  # in force is a value beyond this role's reach: never step the wrong way
    return rest if kept == limit.value else {**rest, key_of(limit): Draft(kept, automatic)}


def proposed(drafts: Drafts, limits: Iterable[LimitInForce], reply: Reply, role: str) -> dict[Key, Draft]:
    """Return the drafts with what the service proposes; what it could not propose is left as it was."""
    made = dict(drafts)
    known = {key_of(limit): limit for limit in limits}
    for one in reply.results:
        limit = known.get((one.get("condition", ""), one.get("priority", ""), one.get("decided_by", "delay")))
        value = one.get("value")
        if limit is not None and one.get("ok") and isinstance(value, int | float):
            made = with_value(made, limit, float(value), role, automatic=True)
    return made


def still_drafts(drafts: Drafts, limits: Iterable[LimitInForce]) -> dict[Key, Draft]:
    """Return the drafts that still differ from a limit in force."""
    in_force = {key_of(limit): limit.value for limit in limits}
    return {key: draft for key, draft in drafts.items() if in_force.get(key, draft.value) != draft.value}


def needs_reason(drafts: Drafts, limits: Iterable[LimitInForce]) -> str:
    """Return which drafts are wider than what is in force: never without a reason; "" for none."""
    wider = [one for one in limits if key_of(one) in drafts and is_wider(one, drafts[key_of(one)].value)]
    return ", ".join(dict.fromkeys(condition_text(one.condition) for one in wider))


def order(
    drafts: Drafts, limits: Collection[LimitInForce], reason: str, occurrences: Iterable[str]
) -> dict[str, Any]:
    """Return what the command `limits` takes; what decides is said only where two limits share the rest."""
    return {
        "changes": [_change(limits, one, drafts[key_of(one)]) for one in limits if key_of(one) in drafts],
        "reason": reason.strip() or STRICTER,
        "occurrences": list(occurrences),
        "automatic": bool(drafts) and all(draft.automatic for draft in drafts.values()),
    }


def _change(limits: Iterable[LimitInForce], limit: LimitInForce, draft: Draft) -> list[Any]:
    alike = [one for one in limits if (one.condition, one.priority) == (limit.condition, limit.priority)]
    change: list[Any] = [limit.condition, limit.priority, draft.value]
    return [*change, limit.decided_by] if len(alike) > 1 else change


def named(board: AlarmBoard | None, rows: Collection[str], drafts: Drafts) -> tuple[str, ...]:
    """Return the occurrences that a person sees in these `rows` of the bar, of the limits to be changed."""
    conditions = {condition for condition, _, _ in drafts}
    members = (one for row in (board.rows if board else []) if row.key in rows for one in row.members)
    return tuple(one.occurrence for one in members if one.condition in conditions)


def answer(reply: Reply) -> str:
    """Return the service's answer in words; without any, what it says of each limit that it refused."""
    refused = [str(one["text"]) for one in reply.results if not one.get("ok") and one.get("text")]
    return reply.text or "; ".join(dict.fromkeys(refused)) or ("Accepted" if reply.ok else "Refused")
