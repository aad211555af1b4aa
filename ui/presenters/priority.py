"""Priorities in order, and the shape that names each without colour."""

from types import MappingProxyType

RANK = MappingProxyType({"high": 3, "medium": 2, "low": 1})


def symbol_of(kind: str, priority: str) -> str:
    """Return "***" to "*" for the patient's alarms, "!!!" to "!" for the equipment's."""
    return ("!" if kind == "technical" else "*") * RANK.get(priority, 1)
