"""Whether `vigil decode` says of a documented example what the document says."""

from collections.abc import Mapping

from case import Example

from drivers.decode import decode
from drivers.model import Model

_NAMES = ("event", "channel", "code", "field")
"""The keys that tell what an event is about; the others say what it is."""


def disagreement(model: Model, example: Example) -> str:
    """Return what differs, "" when the example agrees."""
    events = list(decode(model, example.wire, is_hex=True))
    at = 0
    for wanted in example.expected:
        found = next((n for n in range(at, len(events)) if agrees(events[n], wanted)), None)
        if found is None:
            return f"{example.title}: {dict(wanted)} wanted, got {events[at:]}"
        at = found + 1
    return _contradiction(example, events)


def _contradiction(example: Example, events: list[dict[str, object]]) -> str:
    """Return a value of a named channel that the document does not have."""
    for event in events:
        rivals = [wanted for wanted in example.expected if _about(wanted) == _about(event)]
        if rivals and event["event"] == "numeric" and not any(agrees(event, rival) for rival in rivals):
            return f"{example.title}: {event} is not in the document"
    return ""


def _about(event: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(event.get(name) for name in _NAMES)


def agrees(event: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    """Return whether all that is wanted is there and equal."""
    return all(key in event and _equal(event[key], value) for key, value in wanted.items())


def _equal(found: object, wanted: object) -> bool:
    if isinstance(found, float) and isinstance(wanted, float | int):
        return abs(found - wanted) < 1e-9 * max(1.0, abs(wanted))
    if isinstance(wanted, tuple):
        return found == list(wanted)
    return found == wanted
