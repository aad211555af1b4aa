"""The end of a session file: when it was last written, on which clock."""

import sqlite3
from dataclasses import dataclass

from monitor.record.schema import ROWS_PER_BATCH


@dataclass(frozen=True, slots=True)
class Tail:
    """The last thing in the file, seen from now."""

    t_ns: int
    utc_ns: int
    boot: str
    same_boot: bool  # monotonic times of the file and of now may be compared
    age_ns: int


def last_write(connection: sqlite3.Connection, now: int, utc_ns: int, boot: str) -> Tail:
    """Return when the file was last written; across boots only UTC tells the age.

    A bed whose cuff has long said nothing is not a station that was away: the engine's checkpoints count.
    """
    last_utc, last_t = connection.execute(
        "SELECT utc_ns, t_ns FROM journal ORDER BY seq DESC LIMIT 1"
    ).fetchone() or (0, 0)
    last_boot = ""
    batch = connection.execute(
        "SELECT b.batch, b.t_ns, c.utc_ns - c.t_ns, c.boot FROM batches b JOIN clocks c USING (clock) "
        "ORDER BY b.batch DESC LIMIT 1"
    ).fetchone()
    if batch:
        number, base_t, offset, last_boot = batch
        batch_t = base_t + _longest_dt(connection, number)
        if batch_t + offset >= last_utc:
            last_t, last_utc = batch_t, batch_t + offset
    alive = _newest_checkpoint(connection)
    if alive is not None and alive[1] > last_utc:
        last_t, last_utc, last_boot = alive
    same_boot = bool(boot) and (last_boot in (boot, "")) and last_t <= now
    age = now - last_t if same_boot else max(0, utc_ns - last_utc)
    return Tail(last_t, last_utc, last_boot, same_boot, age)


def _newest_checkpoint(connection: sqlite3.Connection) -> tuple[int, int, str] | None:
    """Return (t, UTC, boot) of the newest checkpoint whose clock is known."""
    found = connection.execute(
        "SELECT p.t_ns, p.utc_ns, c.boot FROM checkpoints p JOIN clocks c ON c.epoch = p.epoch "
        "ORDER BY p.id DESC LIMIT 1"
    ).fetchone()
    return None if found is None else (int(found[0]), int(found[1]), str(found[2]))


def _longest_dt(connection: sqlite3.Connection, batch: int) -> int:
    first, behind = batch * ROWS_PER_BATCH, (batch + 1) * ROWS_PER_BATCH
    longest = 0
    for table in ("numerics", "waveforms"):
        found = connection.execute(
            f"SELECT max(dt_ns) FROM {table} WHERE id >= ? AND id < ?", (first, behind)
        ).fetchone()[0]
        longest = max(longest, found or 0)
    return longest
