"""What people ask of the limits of a bed: arguments read and refused in words, the engine judges."""

from alarms.adjust import CHANGES_MOST, Change, Who
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
    return engine.change_limits(changes, who, now, named=named) if who is not None else _no_role(command)


def reset(engine: Engine, command: Command, asked: Heard, now: Nanos) -> Answer:
    """Take every change away."""
    who = _who(command)
    return engine.reset_limits(who, now) if who is not None else _no_role(command)


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
