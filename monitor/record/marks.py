"""Marks of cuff readings: the reading's row stays as it is, the journal says that it is not trusted."""

import sqlite3

from monitor.core.types import Mark
from monitor.record import journal

INVALID, VALID = "reading_invalid", "reading_valid"
"""Journal kinds; the last one of a reading holds."""


def identity(device: str, utc_ns: int) -> str:
    """Return what a cuff reading is known by within its bed: a row of `nibp` says both."""
    return f"{device}:{utc_ns}"


def read_marks(connection: sqlite3.Connection) -> dict[str, Mark]:
    """Return the readings that are marked invalid, by identity."""
    marks: dict[str, Mark] = {}
    query = "SELECT kind, body FROM journal WHERE kind IN (?, ?) ORDER BY seq"
    for kind, body in connection.execute(query, (INVALID, VALID)):
        said = journal.parse(body)
        marks.pop(said["reading"], None)
        if kind == INVALID:
            marks[said["reading"]] = Mark(said["user"], said["reason"])
    return marks
