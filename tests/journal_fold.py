"""The journal read as a whole: which occurrences its alarm entries leave open, and how."""

from collections.abc import Iterable, Mapping
from typing import Any


def open_occurrences(bodies: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, str, str]]:
    """Return occurrence -> (condition, state, priority) after the last of the `alarm` bodies, in order."""
    found: dict[str, tuple[str, str, str]] = {}
    for body in bodies:
        if body["phase"] in ("end", "reset"):
            found.pop(body["occurrence"], None)
        else:
            found[body["occurrence"]] = body["condition"], body["state"], body["priority"]
    return found
