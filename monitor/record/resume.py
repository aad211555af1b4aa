"""What a restart needs from a session file, its times moved onto the present clock."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from monitor.core.clock import SECOND, Clock, Nanos, seconds
from monitor.core.errors import RecordError
from monitor.core.types import DeviceLink, DeviceStatus, Mark, Nibp, Numeric
from monitor.record import journal
from monitor.record.marks import read_marks
from monitor.record.rows import device_from, nibp_from, numeric_from
from monitor.record.schema import ROWS_PER_BATCH, checkpoint_digest
from monitor.record.session_file import Meta, boot_id, check_header, connect_readonly, read_meta
from monitor.record.tail import Tail, last_write

REPLAY = seconds(120)
"""Stored readings that are replayed into the alarm engine (alarm decisions, 2)."""

Key = tuple[str, str]
"""(device id, channel)."""


@dataclass(frozen=True, slots=True)
class EngineCheckpoint:
    """The alarm engine's last durable state; tuples have become lists."""

    dump: Any
    t: Nanos
    utc_ns: int
    epoch: str


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One point of a trend; `value` None: the device said that there is none."""

    t: Nanos
    utc_ns: int
    value: float | None


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The session as the file has it. Times `t` are on the present boot's clock."""

    meta: Meta
    closed: bool
    gap_s: float  # since the last write
    same_boot: bool  # False: times were moved by UTC, so the clock is in doubt
    checkpoint: EngineCheckpoint | None
    readings: tuple[Numeric | Nibp | DeviceStatus | DeviceLink, ...]  # of the last 120 s, by time
    numerics: dict[Key, Numeric]  # the last of each channel
    nibps: tuple[Nibp, ...]  # within the trend's time, oldest first
    trend: dict[Key, list[TrendPoint]]
    restarts_utc_ns: tuple[int, ...]  # when the file was resumed before
    marks: dict[str, Mark] = field(default_factory=dict)  # cuff readings marked invalid, by identity


def read_back(
    path: Path, clock: Clock, *, boot: str | None = None, trend_hours: float = 2.0, step_s: float = 5.0
) -> ReadBack:
    """Return what the file holds; RecordError in words when it cannot be read."""
    check_header(path)
    try:
        connection = connect_readonly(path)
        try:
            connection.execute("BEGIN")
            return _Reader(connection, clock, boot_id() if boot is None else boot).all(
                seconds(trend_hours * 3600), seconds(step_s)
            )
        finally:
            connection.close()
    except (sqlite3.Error, ValueError, TypeError, msgspec.MsgspecError) as error:
        raise RecordError(f"{path}: cannot be read back: {error}; look at it with `vigil verify`") from error


class _Reader:
    """One read transaction."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, boot: str) -> None:
        self._db = connection
        self._boot = boot
        self._now = clock.now()
        self._utc_ns = round(clock.utc().timestamp() * SECOND)

    def all(self, trend_span: Nanos, step: Nanos) -> ReadBack:
        tail = last_write(self._db, self._now, self._utc_ns, self._boot)
        recent = self._readings(tail)
        since = self._utc_ns - trend_span
        last_kind, restarts = self._journal()
        return ReadBack(
            meta=read_meta(self._db),
            closed=last_kind == journal.CLOSED,
            gap_s=tail.age_ns / SECOND,
            same_boot=tail.same_boot,
            checkpoint=self._checkpoint(),
            readings=recent,
            numerics=self._last_numerics(),
            nibps=tuple(nibp for nibp, utc_ns in self._nibps(0) if utc_ns >= since),
            trend=self._trend(since, step),
            restarts_utc_ns=restarts,
            marks=read_marks(self._db),
        )

    def _journal(self) -> tuple[str, tuple[int, ...]]:
        last = self._db.execute("SELECT kind FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        resumed = self._db.execute(
            "SELECT utc_ns FROM journal WHERE kind = ? ORDER BY seq", (journal.RESUMED,)
        )
        return last[0] if last else "", tuple(row[0] for row in resumed)

    def _moved(self, boot: str, t: int, utc_ns: int) -> int:
        """Return the time on the present boot's clock."""
        return t if boot == self._boot and boot else self._now - (self._utc_ns - utc_ns)

    def _batch_since(self, utc_ns: int) -> int:
        """Return the number of the first batch that may hold a reading from `utc_ns` on."""
        first = 0
        for batch, began in self._db.execute(
            "SELECT b.batch, b.t_ns + c.utc_ns - c.t_ns FROM batches b JOIN clocks c USING (clock) "
            "ORDER BY b.batch DESC"
        ):
            first = batch
            if began < utc_ns - 5 * SECOND:
                break
        return first

    def _numerics(self, where: str, *values: int) -> Iterator[tuple[Numeric, int]]:
        rows = self._db.execute(
            "SELECT s.device, s.channel, s.unit, s.simulated, b.t_ns + n.dt_ns, n.value, n.mark, "
            "n.device_time, c.boot, c.utc_ns - c.t_ns FROM numerics n JOIN series s USING (series) "
            f"JOIN batches b ON b.batch = n.id / {ROWS_PER_BATCH} JOIN clocks c USING (clock) {where}",
            values,
        )
        for device, channel, unit, simulated, t, value, mark, device_time, boot, offset in rows:
            moved = self._moved(boot, t, t + offset)
            numeric = numeric_from(device, channel, unit, simulated, moved, value, mark, device_time)
            yield numeric, t + offset

    def _nibps(self, first: int) -> Iterator[tuple[Nibp, int]]:
        rows = self._db.execute(
            f"SELECT c.boot, n.* FROM nibp n JOIN batches b ON b.batch = n.id / {ROWS_PER_BATCH} "
            "JOIN clocks c USING (clock) WHERE n.id >= ? ORDER BY n.id",
            (first,),
        )
        for boot, *row in rows:
            yield nibp_from(tuple(row), self._moved(boot, row[2], row[3])), row[3]

    def _devices(self, first: int) -> Iterator[tuple[DeviceStatus | DeviceLink, int]]:
        rows = self._db.execute(
            f"SELECT c.boot, d.* FROM device_status d JOIN batches b ON b.batch = d.id / {ROWS_PER_BATCH} "
            "JOIN clocks c USING (clock) WHERE d.id >= ? ORDER BY d.id",
            (first,),
        )
        for boot, *row in rows:
            yield device_from(tuple(row), self._moved(boot, row[2], row[3])), row[3]

    def _readings(self, tail: Tail) -> tuple[Numeric | Nibp | DeviceStatus | DeviceLink, ...]:
        since = tail.utc_ns - REPLAY
        first = self._batch_since(since) * ROWS_PER_BATCH
        found: list[Numeric | Nibp | DeviceStatus | DeviceLink] = []
        found += (
            r for r, utc_ns in self._numerics("WHERE n.id >= ? ORDER BY n.id", first) if utc_ns >= since
        )
        found += (r for r, utc_ns in self._nibps(first) if utc_ns >= since)
        found += (r for r, utc_ns in self._devices(first) if utc_ns >= since)
        return tuple(sorted(found, key=lambda reading: reading.t))

    def _last_numerics(self) -> dict[Key, Numeric]:
        last: dict[Key, Numeric] = {}
        numbers = self._db.execute("SELECT series FROM series WHERE rate_hz IS NULL").fetchall()
        for (number,) in numbers:
            where = "WHERE n.series = ? ORDER BY n.id DESC LIMIT 1"
            for numeric, _utc_ns in self._numerics(where, number):
                key = numeric.device_id, numeric.channel
                if key not in last or last[key].t < numeric.t:
                    last[key] = numeric
        return last

    def _trend(self, since: int, step: int) -> dict[Key, list[TrendPoint]]:
        """Return the last point of each step of each channel."""
        trend: dict[Key, list[TrendPoint]] = {}
        first = self._batch_since(since) * ROWS_PER_BATCH
        for numeric, utc_ns in self._numerics("WHERE n.id >= ? ORDER BY n.id", first):
            if utc_ns < since:
                continue
            points = trend.setdefault((numeric.device_id, numeric.channel), [])
            point = TrendPoint(numeric.t, utc_ns, numeric.value)
            if points and points[-1].utc_ns // step == utc_ns // step:
                points[-1] = point
            else:
                points.append(point)
        return trend

    def _checkpoint(self) -> EngineCheckpoint | None:
        """Return the newest checkpoint that is whole."""
        rows = self._db.execute(
            "SELECT id, utc_ns, t_ns, epoch, dump, digest FROM checkpoints ORDER BY id DESC"
        )
        for number, utc_ns, t_ns, epoch, dump, digest in rows:
            if checkpoint_digest(number, utc_ns, t_ns, epoch, dump) == digest:
                moved = self._moved(self._boot_of(epoch), t_ns, utc_ns)
                return EngineCheckpoint(msgspec.msgpack.decode(dump), Nanos(moved), utc_ns, epoch)
        return None

    def _boot_of(self, epoch: str) -> str:
        row = self._db.execute("SELECT boot FROM clocks WHERE epoch = ? LIMIT 1", (epoch,)).fetchone()
        return str(row[0]) if row else ""
