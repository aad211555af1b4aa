"""What people ask of the limits of a bed: arguments read and refused in words, the engine judges."""

from alarms.adjust import CHANGES_MOST, Change, Who
from alarms.baseline import TITLES, Baseline
from alarms.engine import Engine
from alarms.pause import Heard
from alarms.roles import ROLES
from alarms.types import ActResult, Step
from monitor.core.clock import Nanos
from monitor.link.messages import Command

WORD_MAX, WORDS_MAX = 40, 200
LIMIT_MOST = 1000.0
SAY_CHANGES = "say which limits change: [condition, priority, value], with decided_by where it has two"
Answer = tuple[Step, ActResult]


def change(engine: Engine, command: Command, asked: Heard, now: Nanos) -> Answer:
    """Change limits, all or none."""
    changes, named = read_changes(command.args.get("changes")), _words(command.args.get("occurrences", []))
    if not changes or named is None:
        return Step(), ActResult(False, SAY_CHANGES)
    who = _who(command)
    if who is None:
        return _no_role(command)
    return engine.adjusted(engine.limits.change(changes, who, now, named), now)


def reset(engine: Engine, command: Command, asked: Heard, now: Nanos) -> Answer:
    """Take every change away."""
    who = _who(command)
    return engine.adjusted(engine.limits.reset(who, now), now) if who is not None else _no_role(command)


def automatic(engine: Engine, command: Command, asked: Heard, now: Nanos) -> Answer:
    """Propose limits from the current values; changes nothing."""
    if command.role not in ROLES:
        return _no_role(command)
    return Step(), engine.limits.automatic(command.role, now)


def baseline(engine: Engine, command: Command, asked: Heard, now: Nanos) -> Answer:
    """Propose the patient's baseline, or freeze the one that the person names."""
    args, who = command.args, _who(command)
    if who is None:
        return _no_role(command)
    if not any(name in args for name in TITLES):
        return Step(), engine.limits.propose_baseline(command.role, now)
    numbers = {name: args.get(name) for name in TITLES}
    found = {
        name: float(value)
        for name, value in numbers.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LIMIT_MOST
    }
    if len(found) < len(TITLES):
        return Step(), ActResult(False, f"say all of {', '.join(TITLES)}, as numbers")
    return engine.adjusted(engine.limits.freeze(Baseline(**found), who, now), now)


def _who(command: Command) -> Who | None:
    """Return who asks; None when the role or the reason is none that Vigil knows."""
    reason = command.args.get("reason", "")
    if command.role not in ROLES or not isinstance(reason, str) or len(reason) > WORDS_MAX:
        return None
    if reason and not reason.isprintable():
        return None
    return Who(command.user, command.role, reason, command.args.get("automatic") is True)


def _no_role(command: Command) -> Answer:
    if command.role not in ROLES:
        return Step(), ActResult(False, f"the role is one of {', '.join(ROLES)}")
    return Step(), ActResult(False, f"the reason is printable words, at most {WORDS_MAX} characters")


def read_changes(raw: object) -> list[Change]:
    """Return the changes that a command names; empty when it is malformed."""
    if not isinstance(raw, list | tuple) or not 0 < len(raw) <= CHANGES_MOST:
        return []
    found = [_change(item) for item in raw]
    changes = [change for change in found if change is not None]
    return changes if len(changes) == len(raw) else []


def _change(item: object) -> Change | None:
    if not isinstance(item, list | tuple) or len(item) not in (3, 4):
        return None
    condition, priority, value, *rest = item
    words = (condition, priority, *rest)
    if not all(isinstance(word, str) and len(word) <= WORD_MAX for word in words):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LIMIT_MOST:
        return None
    return Change(condition, priority, float(value), rest[0] if rest else "")


def _words(raw: object) -> list[str] | None:
    if not isinstance(raw, list | tuple) or len(raw) > CHANGES_MOST:
        return None
    words = [word for word in raw if isinstance(word, str) and len(word) <= WORDS_MAX]
    return words if len(words) == len(raw) else None
