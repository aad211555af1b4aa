"""The rendezvous: one run directory, its names, and its one service."""

import fcntl
import os
import tempfile
from pathlib import Path
from types import TracebackType

from monitor.core.errors import ConfigError

SOCKET = "service.sock"
LOCK = "service.lock"
SIMULATED = "simulated.toml"
"""Written by `vigil simulate` when its devices are ready, read by `vigil serve`."""


def default_run_dir() -> Path:
    """Return $XDG_RUNTIME_DIR/vigil, or a directory of this user's own under the temporary one."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / "vigil"
    return Path(tempfile.gettempdir()) / f"vigil-{os.getuid()}"


def default_data_dir() -> Path:
    """Return $XDG_DATA_HOME/vigil, by default ~/.local/share/vigil."""
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "vigil"


def make_private(path: Path) -> Path:
    """Create the directory (mode 0700) and return it; ConfigError when it is not ours alone."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        stat = path.stat()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be used: {error.strerror}; choose another --run-dir") from error
    if stat.st_uid != os.getuid():
        raise ConfigError(f"{path}: belongs to another user; choose another --run-dir")
    if stat.st_mode & 0o077:
        path.chmod(0o700)
    return path


class ServiceLock:
    """Held by the one service of a run directory, for as long as its process lives."""

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / LOCK
        self._descriptor: int | None = None

    def __enter__(self) -> "ServiceLock":
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise ConfigError(
                f"{self._path.parent}: another service runs here (process {holder}); "
                "stop it first, or choose another --run-dir"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
