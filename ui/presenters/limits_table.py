"""The limits in force in words: what alarms, from which value, how soon, and who changed it."""

from dataclasses import dataclass

from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SECOND, Nanos
from monitor.link.messages import BaselineInForce, LimitInForce, OffAlarm
from ui.bed_model import BedState
from ui.presenters import words
from ui.presenters.limits_draft import Draft, Drafts, Key, bounds, is_changed, key_of
from ui.presenters.off_alarms import off_alarms
from ui.presenters.priority import symbol_of
from ui.presenters.tiles import SHORT_UNITS


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit, ready to paint."""

    key: Key
    name: str  # "SpO₂ low"
    symbol: str  # "**"
    priority: str
    in_force: str  # "< 90 %"
    draft: str  # "< 88", "" without one
    delay: str  # "after 10 s", "OFF"
    preset: str  # "50" where that is another value, "50 auto"
    note: str  # the same in full, with who and why
    changed: bool
    off: bool
    off_by: str = ""  # who turned it off

    @property
    def spoken(self) -> str:
        """Return it as a sentence for screen readers."""
        new = f"new {self.draft}, not yet in force" if self.draft else ""
        parts = (
            self.name,
            f"{self.priority} priority",
            f"in force {self.in_force}",
            new,
            self.delay,
            self.note,
        )
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class LimitsTitle:
    """The heading: whose limits, which baseline they follow, and how many were changed."""

    preset: str
    note: str
    baseline: str
    changed: str


def limits_title(state: BedState, now: Nanos) -> LimitsTitle:
    """Return the heading of the limits."""
    held = state.baseline
    elapsed = (now - state.snapshot_arrived) / SECOND
    return LimitsTitle(
        state.preset,
        _without_baseline(state.preset_note),
        baseline_text(held, elapsed) if held is not None else "no baseline",
        changed_text(state.limits_changed),
    )


def _without_baseline(note: str) -> str:
    """Return the preset's note without its words on the baseline, which is said in full beside it."""
    parts = (part for part in note.split("; ") if not part.startswith(("baseline", "no baseline")))
    return "; ".join(parts)


def baseline_text(held: BaselineInForce, elapsed_s: float = 0.0) -> str:
    """Return the patient at rest, who froze it and how long ago."""
    numbers = f"{held.sys:g}/{held.dia:g} mmHg, pulse {held.pulse:g}, SpO₂ {held.spo2:g} %"
    by = f" by {held.by}" if held.by else ""
    return f"baseline {numbers}, frozen{by} {words.age_text(held.age_s + elapsed_s)}"


def changed_text(count: int) -> str:
    """Return how many limits differ from the preset, "" when none does."""
    return f"{count} limit{'s' if count > 1 else ''} changed" if count else ""


def unit_of(limit: LimitInForce) -> str:
    """Return the unit as people write it."""
    if limit.channel not in CATALOGUE:
        return ""
    unit = CATALOGUE[limit.channel].unit.value
    return SHORT_UNITS.get(unit, unit)


def delay_text(limit: LimitInForce) -> str:
    """Return how soon the limit alarms. A device's own averaging comes before it."""
    if limit.decided_by == "repeat":
        return "by repeat"
    if limit.decided_by == "reading" or limit.on_delay_s == 0:
        return "at once"
    return f"after {limit.on_delay_s:g} s"


def limit_lines(state: BedState, drafts: Drafts) -> tuple[LimitLine, ...]:
    """Return every limit, in the service's order: by number, then by condition."""
    off = {one.condition: one for one in off_alarms(state)}
    ordered = sorted(state.limits, key=lambda one: _place(one.channel))
    return tuple(_line(limit, drafts.get(key_of(limit)), off.get(limit.condition)) for limit in ordered)


def _place(channel: str) -> int:
    names = list(CATALOGUE)
    return names.index(channel) if channel in names else len(names)


def _line(limit: LimitInForce, draft: Draft | None, off: OffAlarm | None) -> LimitLine:
    sign = words.symbol_text(limit.comparator)
    new = f"{sign} {draft.value:g}{' auto' if draft.automatic else ''}" if draft is not None else ""
    why = f"OFF by {off.by}: {off.reason}" if off is not None else ""
    return LimitLine(
        key_of(limit),
        words.condition_text(limit.condition),
        symbol_of("physiological", limit.priority),
        limit.priority,
        f"{sign} {limit.value:g} {unit_of(limit)}".strip(),
        new,
        "OFF" if off else delay_text(limit),
        _preset(limit),
        " · ".join(part for part in (why, *_history(limit)) if part),
        is_changed(limit),
        off is not None,
        off.by if off is not None else "",
    )


def _preset(limit: LimitInForce) -> str:
    """Return the preset's value of a changed limit, short: a number that is cut off would be another."""
    auto = " auto" if limit.automatic else ""
    return f"{limit.preset_value:g}{auto}" if is_changed(limit) else ""


def _history(limit: LimitInForce) -> tuple[str, ...]:
    """Return what the preset says, and who changed the limit and why."""
    if not (is_changed(limit) or limit.changed_by):
        return ()
    preset = f"preset {limit.preset_value:g}" if is_changed(limit) else ""
    by = f"{limit.changed_by}: {limit.reason}" if limit.reason else limit.changed_by
    return "automatic" if limit.automatic else "", preset, by


def range_text(limit: LimitInForce, role: str) -> str:
    """Return between what a person of this role may set the limit."""
    allowed = bounds(limit, role)
    if allowed is None:
        return f"a {role} may not change this limit"
    return f"{role} may set {allowed[0]:g} to {allowed[1]:g}"
