"""Recomputes every seal of a session file and says which table and rows do not fit."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from monitor.record.schema import (
    GENESIS_SEAL,
    OWNED_BY_COLUMN,
    ROWS_PER_BATCH,
    SEALED_TABLES,
    Row,
    seal,
)

Problem = tuple[str, str]


class SealCheck:
    """One pass over all sealed tables, batch by batch."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._found: list[Problem] = []
        self._tables = {table: _Rows(connection, table) for table in SEALED_TABLES}
        self._offsets: dict[Any, int] = {}
        self.last: tuple[int, str] = (0, GENESIS_SEAL.hex())

    def run(self) -> list[Problem]:
        """Return (where, what) for all that does not fit."""
        for clock, offset in self._db.execute("SELECT clock, utc_ns - t_ns FROM clocks"):
            if type(offset) is int:
                self._offsets[clock] = offset
        expected = 1
        heads = {GENESIS_SEAL}
        for number, clock, t_ns, sums, stored in self._db.execute(
            "SELECT batch, clock, t_ns, sums, seal FROM batches ORDER BY batch"
        ):
            if number != expected:
                self._found.append(("batches", f"{expected} to {number - 1} are missing"))
                heads = set()
            heads = self._check(number, (clock, t_ns), sums, stored, heads)
            expected = number + 1
            self.last = number, stored.hex() if isinstance(stored, bytes) else ""
        for table in self._tables.values():
            self._found += table.leftovers()
        return self._found

    def _check(
        self, number: int, head: tuple[Any, Any], sums: Any, stored: Any, previous: set[bytes]
    ) -> set[bytes]:
        """Check one batch; return the seals that the next may be chained to."""
        rows = {table: stream.take(number) for table, stream in self._tables.items()}
        candidates = [seal(before, number, *head, rows) for before in sorted(previous)]
        if any(answer == (sums, stored) for answer in candidates):
            return {stored}
        actual, _ = candidates[0] if candidates else seal(GENESIS_SEAL, number, *head, rows)
        bad = self._blame(number, head, rows, actual, sums)
        unbroken = not any(stream.broken for stream in self._tables.values())
        if not bad and previous and unbroken:
            self._found.append((f"batches, batch {number}{self._when(head)}", "was changed: seal or time"))
        after = {answer[1] for answer in candidates}
        return after | ({stored} if isinstance(stored, bytes) else set())

    def _blame(
        self, number: int, head: tuple[Any, Any], rows: dict[str, list[Row]], actual: bytes, stored: Any
    ) -> bool:
        """Report the tables whose checksum differs; True when there were any."""
        there, promised = _by_table(actual), _by_table(stored if isinstance(stored, bytes) else b"")
        bad = [table for table in SEALED_TABLES if there.get(table) != promised.get(table)]
        for table in bad:
            if self._tables[table].broken:
                continue  # said once for the whole table
            ids = [row[0] for row in rows[table]]
            span = f"rows {ids[0]} to {ids[-1]}" if ids else "no rows"
            where = f"{table}, batch {number} ({span}){self._when(head)}"
            self._found.append((where, "was changed: its seal does not match"))
        return bool(bad)

    def _when(self, head: tuple[Any, Any]) -> str:
        clock, t_ns = head
        offset = self._offsets.get(clock)
        if offset is None or type(t_ns) is not int:
            return ""
        try:
            return f" of {datetime.fromtimestamp((t_ns + offset) / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC"
        except (OverflowError, ValueError, OSError):
            return ""


class _Rows:
    """The rows of one table, handed out batch by batch in one pass."""

    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        self._table = table
        self._groups = self._read(connection)
        self._next: tuple[Any, list[Row]] | None = None
        self._strays: list[str] = []
        self.broken = False

    def _read(self, connection: sqlite3.Connection) -> Iterator[tuple[Any, list[Row]]]:
        order = "batch, 1" if self._table in OWNED_BY_COLUMN else "1"
        rows = connection.execute(f"SELECT * FROM {self._table} ORDER BY {order}")
        for key, group in groupby(rows, self._batch_of):
            yield key, list(group)

    def _batch_of(self, row: Row) -> Any:
        return row[1] if self._table in OWNED_BY_COLUMN else row[0] // ROWS_PER_BATCH

    def _advance(self) -> None:
        try:
            self._next = next(self._groups, None)
        except (sqlite3.Error, OverflowError, ValueError, MemoryError) as error:
            self._next = None
            self.broken = True
            self._strays.append(f"cannot be read to its end: {error}")

    def take(self, batch: int) -> list[Row]:
        """Return the batch's rows; those of batches that do not exist are kept as strays."""
        while not self.broken:
            if self._next is None:
                self._advance()
            if self._next is None:
                return []
            key, rows = self._next
            if type(key) is int and key > batch:
                return []
            self._next = None
            if key == batch:
                return rows
            self._strays.append(f"rows {rows[0][0]} to {rows[-1][0]} belong to no batch")
        return []

    def leftovers(self) -> list[Problem]:
        """Return what is left over once every batch had its rows."""
        while not self.broken:
            if self._next is None:
                self._advance()
            if self._next is None:
                break
            _, rows = self._next
            self._next = None
            self._strays.append(f"rows {rows[0][0]} to {rows[-1][0]} belong to no batch")
        return [(self._table, stray) for stray in self._strays]


def _by_table(sums: bytes) -> dict[str, bytes]:
    """Return the checksum of each table out of a batch's sums."""
    found = {}
    for start in range(0, len(sums), 5):
        number = sums[start]
        name = SEALED_TABLES[number] if number < len(SEALED_TABLES) else "?"
        found[name] = sums[start + 1 : start + 5]
    return found
