"""One writer per session file: a lock on a side file, held as long as the process lives."""

import fcntl
import os
from pathlib import Path

from monitor.core.errors import RecordError


class WriterLock:
    """The exclusive right to write one session file; the system drops it when the process dies."""

    def __init__(self, session_path: Path) -> None:
        self._path = session_path.with_name(session_path.name + ".lock")
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock; RecordError names the process that holds it."""
        while True:
            try:
                fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise RecordError(f"{self._path}: cannot be created: {error.strerror}") from error
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
                os.close(fd)
                raise RecordError(
                    f"{self._path.with_suffix('')}: another service (process {holder}) is writing this "
                    "session file; stop it, or use another data directory"
                ) from error
            if self._is_current(fd):
                break
            os.close(fd)  # the last holder removed the side file between our open and our lock
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def _is_current(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give the lock back and remove the side file; harmless when not held."""
        if self._fd is None:
            return
        self._path.unlink(missing_ok=True)
        os.close(self._fd)
        self._fd = None
