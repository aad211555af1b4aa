"""The limits of a bed as they are now: the preset, the baseline it follows, and what people changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from alarms import adjust, roles
from alarms.adjust import Change, Key, Who, key
from alarms.armed import Armed
from alarms.baseline import Baseline
from alarms.limits import Limit
from alarms.preset import Preset
from alarms.refit import refit
from alarms.types import Act, ActResult
from monitor.core.clock import Nanos

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

    def close(self, now: Nanos) -> None:
        """Begin anew for another patient: what people changed ends with the session."""
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
        refit(self._armed, self.preset, named, user, now)
