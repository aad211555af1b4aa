"""The session file's schema 1: tables, their columns, and how rows are numbered and sealed.

`docs/session-file.md` is the page for foreign readers; a change here is a change there.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

APPLICATION_ID = 0x56494731  # "VIG1"
SCHEMA = 1

ROWS_PER_BATCH = 256
"""Row id = batch * 256 + place in the batch, so that one number gives order, batch and time."""

GENESIS_SEAL = bytes(16)
"""What the first batch's seal is chained to."""

SEALED_TABLES = ("clocks", "series", "numerics", "waveforms", "nibp", "device_status", "gaps")
"""Tables whose rows belong to a batch, in the order in which a seal covers them."""

OWNED_BY_COLUMN = frozenset({"clocks", "series"})
"""Sealed tables that name their batch in a column; the others carry it in their row id."""

DDL = (
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE clocks(clock INTEGER PRIMARY KEY, batch INTEGER NOT NULL, epoch TEXT NOT NULL, "
    "boot TEXT NOT NULL, t_ns INTEGER NOT NULL, utc_ns INTEGER NOT NULL)",
    "CREATE TABLE series(series INTEGER PRIMARY KEY, batch INTEGER NOT NULL, device TEXT NOT NULL, "
    "channel TEXT NOT NULL, unit TEXT NOT NULL, rate_hz REAL, scale REAL, offset REAL, "
    "simulated INTEGER NOT NULL)",
    "CREATE TABLE batches(batch INTEGER PRIMARY KEY, clock INTEGER NOT NULL, t_ns INTEGER NOT NULL, "
    "sums BLOB NOT NULL, seal BLOB NOT NULL)",
    "CREATE TABLE numerics(id INTEGER PRIMARY KEY, series INTEGER NOT NULL, dt_ns INTEGER NOT NULL, "
    "value REAL, mark TEXT, device_time TEXT)",
    "CREATE TABLE waveforms(id INTEGER PRIMARY KEY, series INTEGER NOT NULL, dt_ns INTEGER NOT NULL, "
    "first INTEGER NOT NULL, lost INTEGER NOT NULL, samples BLOB NOT NULL)",
    "CREATE TABLE nibp(id INTEGER PRIMARY KEY, device TEXT NOT NULL, t_ns INTEGER NOT NULL, "
    "utc_ns INTEGER NOT NULL, sys REAL, dia REAL, map REAL, pulse_rate REAL, unit TEXT NOT NULL, "
    "status TEXT NOT NULL, source TEXT NOT NULL, site TEXT NOT NULL, stored INTEGER NOT NULL, "
    "sequence INTEGER, device_time TEXT, simulated INTEGER NOT NULL)",
    "CREATE TABLE device_status(id INTEGER PRIMARY KEY, device TEXT NOT NULL, t_ns INTEGER NOT NULL, "
    "utc_ns INTEGER NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL, active INTEGER NOT NULL, "
    "detail TEXT NOT NULL, simulated INTEGER NOT NULL)",
    "CREATE TABLE gaps(id INTEGER PRIMARY KEY, reason TEXT NOT NULL, from_t_ns INTEGER NOT NULL, "
    "from_utc_ns INTEGER NOT NULL, to_t_ns INTEGER NOT NULL, to_utc_ns INTEGER NOT NULL, "
    "same_boot INTEGER NOT NULL, lost_numerics INTEGER NOT NULL, lost_samples INTEGER NOT NULL)",
    "CREATE TABLE journal(seq INTEGER PRIMARY KEY, utc_ns INTEGER NOT NULL, t_ns INTEGER NOT NULL, "
    "epoch TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL)",
    "CREATE TABLE checkpoints(id INTEGER PRIMARY KEY, utc_ns INTEGER NOT NULL, t_ns INTEGER NOT NULL, "
    "epoch TEXT NOT NULL, dump BLOB NOT NULL, digest BLOB NOT NULL)",
    "CREATE VIEW numerics_readable AS SELECT "
    "strftime('%Y-%m-%dT%H:%M:%fZ', (c.utc_ns + b.t_ns + n.dt_ns - c.t_ns) / 1e9, 'unixepoch') AS utc, "
    "s.device, s.channel, n.value, s.unit, n.mark, s.simulated FROM numerics n "
    "JOIN batches b ON b.batch = n.id >> 8 JOIN clocks c USING (clock) JOIN series s USING (series)",
)
"""One statement per object; the file holds exactly these."""

_encode = msgspec.msgpack.Encoder().encode

Row = tuple[Any, ...]


def seal(
    previous: bytes, batch: int, clock: int, t_ns: int, rows: Mapping[str, Sequence[Row]]
) -> tuple[bytes, bytes]:
    """Return (sums, seal) of one batch: a CRC-32 per table, and the chained digest over all of it."""
    sums = bytearray()
    encoded = []
    for number, table in enumerate(SEALED_TABLES):
        if table_rows := rows.get(table):
            data = _encode(table_rows)
            encoded.append(data)
            sums.append(number)
            sums += zlib.crc32(data).to_bytes(4, "big")
    head = _encode((batch, clock, t_ns, bytes(sums)))
    return bytes(sums), hashlib.sha256(b"".join((previous, head, *encoded))).digest()[:16]


def checkpoint_digest(number: int, utc_ns: int, t_ns: int, epoch: str, dump: bytes) -> bytes:
    """Return the 16 bytes that protect one checkpoint row."""
    return hashlib.sha256(_encode((number, utc_ns, t_ns, epoch)) + dump).digest()[:16]
