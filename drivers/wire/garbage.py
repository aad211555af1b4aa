"""Runs of bytes that mean nothing: joined to one event each, cut at fixed places."""

from drivers.wire.events import Event, GarbageEvent

UNUSED = frozenset(
    {
        "column titles",
        "command reply",
        "heading",
        "idle",
        "line end",
        "record without anything of ours",
        "unused wave",
    }
)
"""Reasons of bytes that were understood and are needed for nothing."""
LONGEST_RUN = 256
"""A run is cut after this many bytes counted from its first, however the bytes arrived."""


class GarbageRun:
    """Collects the thrown-away bytes that follow each other; holds two offsets, never the bytes."""

    def __init__(self) -> None:
        self._first = self._end = 0
        self._why = ""

    def throw(self, first: int, end: int, why: str, out: list[Event]) -> None:
        """Add the bytes [first, end); the reason of a run is that of its first byte."""
        if not self._why:
            self._first, self._why = first, why
        self._end = end
        while self._end - self._first >= LONGEST_RUN:
            self._emit(self._first + LONGEST_RUN, out)

    def close(self, out: list[Event]) -> None:
        """End the run: something that has a meaning follows."""
        if self._end > self._first:
            self._emit(self._end, out)
        self._why = ""
        self._first = self._end

    def _emit(self, end: int, out: list[Event]) -> None:
        out.append(GarbageEvent((self._first, end), self._why))
        self._first = end
