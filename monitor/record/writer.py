"""One transaction on a session file: all of it is durable, or none of it happened."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from monitor.record import journal
from monitor.record.batch import Batcher, write
from monitor.record.overflow import Loss, Stamped
from monitor.record.schema import checkpoint_digest
from monitor.record.session_file import SessionFile

CHECKPOINTS_KEPT = 3


@dataclass(slots=True)
class Line:
    """A journal entry on its way to the disk; `body` is canonical JSON."""

    kind: str
    body: str
    utc_ns: int
    t_ns: int
    done: Future[int] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A dump of the alarm engine on its way to the disk."""

    dump: bytes
    utc_ns: int
    t_ns: int


class Writer:
    """Writes to one session file; continues from what the file holds, also after a failure."""

    def __init__(self, file: SessionFile, epoch: str, boot: str) -> None:
        self._file = file
        self._epoch = epoch
        self._boot = boot
        self._batcher: Batcher | None = None
        self._chain = journal.Chain()

    def commit(
        self,
        lines: Sequence[Line],
        readings: Sequence[Stamped],
        loss: Loss | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> list[int]:
        """Write all of it durably, return the lines' sequence numbers.

        sqlite3.Error or RecordError: nothing was written.
        """
        connection = self._file.connection
        self._file.check_in_place()
        connection.execute("BEGIN IMMEDIATE")
        try:
            batcher = self._batcher or self._load()
            if loss is not None:
                batcher.miss(loss.samples)
            for batch in batcher.build(readings):
                write(connection, batch)
            seqs = [self._append(line) for line in lines]
            if checkpoint is not None:
                self._replace_checkpoint(checkpoint)
            connection.execute("COMMIT")
        except BaseException:
            self._batcher = None  # it may be ahead of the file: load it again
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return seqs

    def head(self) -> tuple[int, str]:
        """Return the number and the seal, in hex, of the last batch in the file."""
        batcher = self._batcher or self._load()
        return batcher.number, batcher.seal.hex()

    def _load(self) -> Batcher:
        self._chain = journal.Chain.load(self._file.connection)
        self._batcher = Batcher.load(self._file.connection, self._epoch, self._boot)
        return self._batcher

    def _append(self, line: Line) -> int:
        return self._chain.append(
            self._file.connection, line.kind, line.body, line.utc_ns, line.t_ns, self._epoch
        )

    def _replace_checkpoint(self, checkpoint: Checkpoint) -> None:
        connection = self._file.connection
        number: int = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM checkpoints").fetchone()[0]
        stamp = number, checkpoint.utc_ns, checkpoint.t_ns, self._epoch
        connection.execute(
            "INSERT INTO checkpoints VALUES (?,?,?,?,?,?)",
            (*stamp, checkpoint.dump, checkpoint_digest(*stamp, checkpoint.dump)),
        )
        connection.execute("DELETE FROM checkpoints WHERE id <= ?", (number - CHECKPOINTS_KEPT,))
