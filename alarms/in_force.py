"""The limits of a bed as they are now: the preset, the baseline it follows, and what people changed."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import Any

import msgspec

from alarms import adjust, automatic, bounds, integrity, roles
from alarms.adjust import Change, Key, Who, key
from alarms.armed import Armed
from alarms.at_rest import ONLY_BEFORE, AtRest
from alarms.baseline import OF, Baseline
from alarms.limits import Limit
from alarms.preset import Preset, at_baseline
from alarms.refit import refit
from alarms.types import Act, ActResult
from monitor.core.clock import Nanos
from monitor.core.errors import ConfigError

LIMIT_ACTS = frozenset({"limit_changed", "limits_preset", "limits_restored", "baseline_frozen"})
"""Acts after which limits are other ones, or are in force again: everybody is told them all."""
CONFIGURED = "configuration"


@dataclass(frozen=True, slots=True)
class Changed:
    """Who set a limit to what it is, and why."""

    value: float
    user: str
    role: str
    reason: str
    automatic: bool
    t: Nanos


@dataclass(frozen=True, slots=True)
class Frozen:
    """The patient at rest, who froze it and when."""

    baseline: Baseline
    user: str
    role: str
    t: Nanos


@dataclass(frozen=True, slots=True)
class Shown:
    """One limit in force, what its preset has, and what each role may set."""

    limit: Limit
    preset_value: float
    nurse: tuple[float, float]
    clinician: tuple[float, float]
    changed: Changed | None


class InForce:
    """The limits that judge, and how they came to be. Acts are collected until taken."""

    def __init__(self, armed: Armed) -> None:
        self._armed = armed
        self.loaded = armed.preset  # as the bed was armed
        self.own = armed.preset  # with the baseline of this patient
        self.preset = armed.preset  # with what people changed
        self.changed: dict[Key, Changed] = {}
        at_rest = armed.preset.baseline
        self.frozen = Frozen(at_rest, CONFIGURED, "", armed.born) if at_rest is not None else None
        self.rest = AtRest()
        self.invalid = integrity.Invalid(armed.host)
        self.units = integrity.Units(self.invalid)
        self._digest = integrity.digest(self.preset.limit)
        self._table = integrity.table(self.preset)
        self._check_at = armed.born
        self._acts: list[Act] = []

    def take(self) -> tuple[Act, ...]:
        """Return what happened since the last call."""
        if not self._acts:
            return ()
        acts, self._acts = tuple(self._acts), []
        return acts

    # --- what is shown --------------------------------------------------------------------------

    @property
    def differing(self) -> int:
        """Return how many limits are not as the preset has them."""
        pairs = zip(self.preset.limit, self.own.limit, strict=True)
        return sum(limit.value != own.value for limit, own in pairs)

    def shown(self) -> tuple[Shown, ...]:
        """Return every limit in force."""
        pairs = zip(self.preset.limit, self.own.limit, strict=True)
        return tuple(self._shown(limit, own) for limit, own in pairs)

    def _shown(self, limit: Limit, own: Limit) -> Shown:
        least, most = roles.span(own, roles.NURSE)
        nurse = min(least, limit.value), max(most, limit.value)
        return Shown(limit, own.value, nurse, roles.span(own, roles.CLINICIAN), self.changed.get(key(limit)))

    # --- acts of people ---------------------------------------------------------------------------

    def change(self, changes: Sequence[Change], who: Who, now: Nanos, named: Sequence[str]) -> ActResult:
        """Change limits, all or none; until it is accepted the old ones judge."""
        if not who.user.strip():
            raise ValueError("a limit is changed by a named user")
        verdicts, faults = adjust.judge(self.preset, self.own, changes, who)
        if faults or any(verdict.text for verdict in verdicts):
            return adjust.refused(verdicts, faults)
        count = 0
        for verdict in verdicts:
            level, value = verdict.level, verdict.change.value
            if level is None or level.value == value:
                continue
            count += 1
            self._acts.append(adjust.act(level, value, who, now))
            self._remember(level, value, who, now)
        self._judge_by(self.own, named, who.user, now)
        text = "1 limit changed" if count == 1 else f"{count} limits changed"
        return ActResult(True, text, tuple(verdict.plain() for verdict in verdicts))

    def _remember(self, level: Limit, value: float, who: Who, now: Nanos) -> None:
        where = key(level)
        self.changed.pop(where, None)
        if any(key(own) == where and own.value != value for own in self.own.limit):
            reason = who.reason.strip()
            self.changed[where] = Changed(value, who.user, who.role, reason, who.automatic, now)

    def reset(self, who: Who, now: Nanos) -> ActResult:
        """Take every change away; what gets wider by it needs a reason, as any widening."""
        back = [
            Change(*where[:2], own.value, where[2])
            for own in self.own.limit
            if (where := key(own)) in self.changed
        ]
        if not back:
            return ActResult(False, "no limit is changed: all are as the preset has them")
        result = self.change(back, who, now, ())
        if not result.ok:
            return result
        return ActResult(True, f"limits as in {self.preset.title}", result.results)

    def automatic(self, role: str, now: Nanos) -> ActResult:
        """Return limits that follow the current values, for a person to confirm; changes nothing."""
        found = tuple(automatic.proposals(self._armed, self.preset, self.own, role, now))
        if not any(one["ok"] for one in found):
            return ActResult(False, "no limit can follow a value now", found)
        return ActResult(True, "proposed from current values; confirm to set them", found)

    # --- the baseline -------------------------------------------------------------------------------

    def propose_baseline(self, role: str, now: Nanos) -> ActResult:
        """Return the baseline that the bed's readings make; changes nothing.

        Nothing is proposed that this role could not freeze.
        """
        found = self.rest.propose(now)
        if found.baseline is None:
            return ActResult(False, found.text)
        alarming = self._alarming()
        refusal = found.baseline.refusal() or (
            "" if role == roles.CLINICIAN else self._not_by_a_nurse(alarming)
        )
        if refusal:
            return ActResult(False, f"no baseline is proposed: {refusal}")
        text = f"baseline proposed; {ONLY_BEFORE}"
        if alarming:
            text += f"; {alarming} is alarming or about to: is this the patient at rest?"
        plain = msgspec.to_builtins(found.baseline)
        return ActResult(True, text, ({**plain, "text": found.text},))

    def freeze(self, baseline: Baseline, who: Who, now: Nanos) -> ActResult:
        """Let the limits follow a baseline; a frozen one only a clinician changes, with a reason."""
        refusal = baseline.refusal() or self._may_not_freeze(who)
        if refusal:
            return ActResult(False, refusal)
        before = {key(limit): limit for limit in self.preset.limit}
        try:
            own = at_baseline(self.loaded, baseline)
        except ConfigError as error:
            return ActResult(False, str(error))
        faults = self._faults_with(own)
        if faults:
            return ActResult(False, "not frozen, with the limits that were changed: " + "; ".join(faults))
        proposed = self.rest.propose(now).baseline
        self.frozen = Frozen(baseline, who.user, who.role, now)
        self._acts.append(_frozen_act(baseline, proposed, who, now))
        self._judge_by(own, (), who.user, now)
        moved = [limit for limit in self.preset.limit if limit.value != before[key(limit)].value]
        because = Who(who.user, who.role, who.reason or "baseline frozen")
        self._acts += [adjust.act(before[key(limit)], limit.value, because, now) for limit in moved]
        text = f"baseline frozen: {ONLY_BEFORE}; {len(moved)} limits follow it"
        results = tuple(_moved(before[key(limit)], limit) for limit in moved)
        return ActResult(True, text, results)

    def _may_not_freeze(self, who: Who) -> str:
        if who.role == roles.CLINICIAN:
            asked = self.frozen is not None and not who.reason.strip()
            return "a baseline is frozen: say why it changes" if asked else ""
        return self._not_by_a_nurse(self._alarming())

    def _not_by_a_nurse(self, alarming: str) -> str:
        if self.frozen is not None:
            return f"a baseline is frozen, by {self.frozen.user}: a clinician changes it, with a reason"
        if alarming:
            return f"{alarming} is alarming or about to: a clinician must freeze this baseline"
        return ""

    def _alarming(self) -> str:
        """Return which condition of the baseline's values is active or pending, "" for none."""
        for condition in self._armed.conditions():
            judged = condition.limit is not None and (
                condition.channel in OF or condition.pressure is not None
            )
            if judged and (condition.active or condition.pending):
                return condition.name
        return ""

    def _faults_with(self, own: Preset) -> list[str]:
        values = {where: changed.value for where, changed in self.changed.items()}
        limits = adjust.with_values(own, values)
        return list(bounds.faults(msgspec.structs.replace(own, limit=limits)))

    def close(self, now: Nanos) -> None:
        """Begin anew for another patient: what people changed ends with the session."""
        self.rest.forget()
        if not self.changed and self.frozen is None:
            return
        self.changed.clear()
        self.frozen = None
        self._acts.append(Act(now, "limits_preset", reason="session end"))
        self._judge_by(self.loaded, (), None, now)

    # --- how they judge -----------------------------------------------------------------------------

    def _judge_by(self, own: Preset, named: Sequence[str], user: str | None, now: Nanos) -> None:
        """Judge by the preset `own` with what people changed."""
        self.own = own
        values = {where: changed.value for where, changed in self.changed.items()}
        self.preset = msgspec.structs.replace(own, limit=adjust.with_values(own, values))
        self._armed.preset = self.preset
        self._digest = integrity.digest(self.preset.limit)
        self._table = integrity.table(self.preset)
        at_rest = self.frozen.baseline.spo2 if self.frozen is not None else None
        for trend in self._armed.trends.values():
            trend.freeze(at_rest)
        refit(self._armed, self.preset, named, user, now)

    # --- what is checked, and what outlives a restart -------------------------------------------------

    def tick(self, now: Nanos) -> None:
        """Check that what is shown is what judges; when it is not, the preset's limits judge."""
        self.invalid.tick(self._armed.machine, now)
        if now < self._check_at:
            return
        self._check_at = Nanos(now + integrity.CHECK_EVERY)
        stray = integrity.strays(self._armed, self.preset)
        if not stray and integrity.table(self.preset) == self._table:
            return
        self._reload(f"{stray or 'the table of limits'} was not as it was set", now)

    def _reload(self, text: str, now: Nanos) -> None:
        """Take the preset's limits, and say so, high."""
        self.changed.clear()
        self._acts.append(Act(now, "limits_preset", reason=text))
        integrity.restate(self._armed, self.own)
        self._judge_by(self.own, (), None, now)
        self.invalid.begin(text, f"{text}: the preset's limits are in force", self._armed.machine, now)
        self.invalid.end(text)  # it stays until a person has seen it

    def dump(self) -> dict[str, Any]:
        """Return what people set, as plain values."""
        frozen = self.frozen if self.frozen is not None and self.frozen.user != CONFIGURED else None
        return {
            "digest": self._digest,
            "units": self.units.dump(),
            "changes": [[*where, *astuple(changed)] for where, changed in self.changed.items()],
            "baseline": None
            if frozen is None
            else [msgspec.to_builtins(frozen.baseline), frozen.user, frozen.role, int(frozen.t)],
        }

    def load(self, kept: Any, shift: int, now: Nanos) -> None:
        """Take up what people set before a restart; what is not whole and valid is left, and told high."""
        if not isinstance(kept, dict):
            return
        with suppress(KeyError, TypeError, ValueError, AttributeError):  # an older dump; they count anew
            self.units.load(kept["units"], {condition.device for condition in self._armed.conditions()})
        if not (kept.get("changes") or kept.get("baseline")):
            return
        try:
            fault = self._take_up(kept, shift, now)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, ConfigError) as error:
            fault = f"they cannot be read ({error})"
        if fault:
            self.changed.clear()
            at_rest = self.loaded.baseline
            self.frozen = Frozen(at_rest, CONFIGURED, "", now) if at_rest is not None else None
            self.own = self.loaded
            self._reload(f"limits of before the restart are not valid: {fault}", now)

    def _take_up(self, kept: dict[str, Any], shift: int, now: Nanos) -> str:
        own = self.loaded
        if kept["baseline"] is not None:
            plain, user, role, t = kept["baseline"]
            baseline = msgspec.convert(plain, Baseline)
            own = at_baseline(self.loaded, baseline)
            self.frozen = Frozen(baseline, user, role, Nanos(t + shift))
        for *where, value, user, role, reason, by_rule, t in kept["changes"]:
            condition, priority, decided_by = where
            self.changed[condition, priority, decided_by] = Changed(
                value, user, role, reason, by_rule, Nanos(t + shift)
            )
        faults = self._faults_with(own)
        if faults:
            return "; ".join(faults)
        self._judge_by(own, (), None, now)
        if self._digest != kept["digest"]:
            return "the preset or a value is another one"
        more = (("changed", self.differing), ("digest", self._digest))
        self._acts.append(Act(now, "limits_restored", reason="restart", more=more))
        return ""


def _frozen_act(baseline: Baseline, proposed: Baseline | None, who: Who, now: Nanos) -> Act:
    more = (
        *msgspec.to_builtins(baseline).items(),
        ("proposed", msgspec.to_builtins(proposed)),
        ("role", who.role),
    )
    return Act(now, "baseline_frozen", user=who.user, reason=who.reason.strip(), more=more)


def _moved(old: Limit, new: Limit) -> dict[str, Any]:
    """Return a limit that follows the baseline, for programs."""
    return {
        "condition": new.condition,
        "priority": new.priority,
        "decided_by": new.decided_by.value,
        "from": old.value,
        "value": new.value,
        "ok": True,
        "text": new.text,
    }
