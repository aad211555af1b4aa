"""The phase that a journal entry tells of an alarm (alarms 7.6): one small set of words for auditors."""

from collections.abc import Mapping
from types import MappingProxyType

PHASE_OF_EVENT: Mapping[str, str] = MappingProxyType(
    {
        "start": "start",
        "update": "update",
        "escalate": "escalate",
        "deescalate": "deescalate",
        "acknowledge": "ack",
        "rearm": "reack",  # an acknowledgement that no longer holds: it asks for another
        "latched": "latch",
        "end": "end",
        "restored": "update",
    }
)
SEEN = "seen"
"""Why a latched occurrence ended: a person has looked at it."""


def phase_of(event: str, reason: str | None) -> str:
    """Return the phase of an event of an occurrence; "reset" when a person ended a latched one."""
    if event == "end" and reason == SEEN:
        return "reset"
    return PHASE_OF_EVENT.get(event, "update")
