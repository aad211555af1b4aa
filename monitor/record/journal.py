"""The journal: what people and alarms did, append-only, each entry hashed over the one before."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = bytes(32)
"""What the first entry is chained to."""

OPENED = "record_opened"
RESUMED = "record_resumed"
RECOVERED = "store_recovered"
CLOSED = "record_closed"
"""Kinds that the recorder writes itself; all other kinds belong to the service."""

ALARM = "alarm"
"""The kind of an alarm's events; the body's `event` is start, escalate, end ..."""


def canonical(body: Mapping[str, Any]) -> str:
    """Return the one JSON text of `body`: sorted keys, no spaces; ValueError on NaN or infinity."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode("utf-8")


def parse(body: str) -> dict[str, Any]:
    """Return a stored body as builtins; ValueError when it is no JSON object."""
    decoded = json.loads(body)
    if not isinstance(decoded, dict):
        raise ValueError("a journal body is no JSON object")
    return decoded


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is stored; `body` is canonical JSON text."""

    seq: int
    utc_ns: int
    t_ns: int
    epoch: str
    kind: str
    body: str
    prev: bytes
    hash: bytes

    def fields(self) -> dict[str, Any]:
        """Return the body as builtins."""
        return parse(self.body)


def entry_hash(seq: int, utc_ns: int, t_ns: int, epoch: str, kind: str, body: str, prev: bytes) -> bytes:
    """Return SHA-256 over the canonical JSON of the entry, its body and the hash before it."""
    text = (
        f'{{"body":{body},"epoch":{_quoted(epoch)},"kind":{_quoted(kind)},"prev":"{prev.hex()}",'
        f'"seq":{seq},"t_ns":{t_ns},"utc_ns":{utc_ns}}}'
    )
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


class Chain:
    """The growing end of the journal."""

    def __init__(self, seq: int = 0, head: bytes = GENESIS) -> None:
        self.seq = seq
        self.head = head

    @classmethod
    def load(cls, connection: sqlite3.Connection) -> "Chain":
        """Return the chain that continues what the file holds."""
        last = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        return cls(*last) if last else cls()

    def append(
        self, connection: sqlite3.Connection, kind: str, body: str, utc_ns: int, t_ns: int, epoch: str
    ) -> int:
        """Insert one entry and return its sequence number; durable when the transaction is."""
        seq = self.seq + 1
        digest = entry_hash(seq, utc_ns, t_ns, epoch, kind, body, self.head)
        connection.execute(
            "INSERT INTO journal VALUES (?,?,?,?,?,?,?,?)",
            (seq, utc_ns, t_ns, epoch, kind, body, self.head, digest),
        )
        self.seq, self.head = seq, digest
        return seq


def read(connection: sqlite3.Connection, after: int = 0) -> Iterator[Entry]:
    """Yield the entries behind sequence number `after`, oldest first."""
    rows = connection.execute(
        "SELECT seq, utc_ns, t_ns, epoch, kind, body, prev, hash FROM journal WHERE seq > ? ORDER BY seq",
        (after,),
    )
    return (Entry(*row) for row in rows)


def _well_typed(entry: Entry) -> bool:
    """A damaged row may hold anything, whatever the annotations say."""
    return (
        all(type(number) is int for number in (entry.seq, entry.utc_ns, entry.t_ns))
        and all(type(text) is str for text in (entry.epoch, entry.kind, entry.body))
        and type(entry.prev) is bytes
        and type(entry.hash) is bytes
    )


def problems(entries: Iterable[Entry]) -> list[tuple[int, str]]:
    """Return (sequence number, what is wrong) for every break of the chain; empty when whole."""
    found: list[tuple[int, str]] = []
    expected, head = 1, GENESIS
    for entry in entries:
        if not _well_typed(entry):
            found.append((expected, "was changed: a column has another type"))
            expected = expected + 1
            head = entry.hash if isinstance(entry.hash, bytes) else b""
            continue
        if entry.seq != expected:
            found.append((expected, f"entries {expected} to {entry.seq - 1} are missing"))
        elif entry.prev != head:
            found.append((entry.seq, "does not continue the entry before it"))
        digest = entry_hash(
            entry.seq, entry.utc_ns, entry.t_ns, entry.epoch, entry.kind, entry.body, entry.prev
        )
        if digest != entry.hash:
            found.append((entry.seq, "was changed: its hash does not match"))
        expected, head = entry.seq + 1, entry.hash
    return found
