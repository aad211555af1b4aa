"""The run directory, from the simulators' side: one simulator, its links, what it offers."""

import fcntl
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from monitor.core.errors import ConfigError

LOCK = "simulate.lock"
PORTS = "ports"
CONTROL = "control"
RADIO = "radio.env"
OFFER = "simulated.toml"
LONGEST_SOCKET_PATH = 107
ROOM_FOR_SOCKETS = 24
"""The longest name that a socket in the run directory has, with its slash."""


class RunDirError(ConfigError):
    """The run directory cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One device as a service will find it: a serial port or URL, or a Bluetooth address."""

    id: str
    model: str
    port: Path | str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class OfferedBed:
    """One bed and its devices."""

    id: str
    title: str
    devices: Sequence[Offered]


class RunDir:
    """Held by the one simulator of a run directory; leaves nothing behind but its lock file."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.control = self.path / CONTROL
        self._lock: int | None = None

    def port(self, device_id: str) -> Path:
        """Return where the link to this device's serial port belongs."""
        return self.path / PORTS / device_id

    def offer(self, beds: Sequence[OfferedBed], *, replay: bool, bus: str | None) -> None:
        """Write what a service may now connect to, in one step."""
        if bus is not None:
            self._write(RADIO, f"export DBUS_SYSTEM_BUS_ADDRESS='{bus}'\n")
        self._write(OFFER, offer_text(beds, replay=replay, bus=bus))

    def __enter__(self) -> "RunDir":
        length = len(os.fsencode(self.path)) + ROOM_FOR_SOCKETS
        if length > LONGEST_SOCKET_PATH:
            raise RunDirError(
                f"{self.path}: too long by {length - LONGEST_SOCKET_PATH} characters for the sockets in it; "
                "choose a shorter --run-dir"
            )
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
            self._lock = self._take_lock()
            (self.path / PORTS).mkdir(mode=0o700, exist_ok=True)
            self._sweep()
        except OSError as error:
            raise RunDirError(
                f"{self.path}: cannot be used: {error.strerror}; choose another --run-dir"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sweep()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_lock(self) -> int:
        descriptor = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise RunDirError(
                f"{self.path}: another simulator runs here (process {holder}); "
                "stop it first, or choose another --run-dir"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return descriptor

    def _sweep(self) -> None:
        """Remove what a simulator leaves; one that was killed could not."""
        for name in (OFFER, RADIO, CONTROL):
            (self.path / name).unlink(missing_ok=True)
        for link in (self.path / PORTS).iterdir():
            link.unlink()

    def _write(self, name: str, text: str) -> None:
        fresh = self.path / f"{name}.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path / name)


def offer_text(beds: Sequence[OfferedBed], *, replay: bool, bus: str | None) -> str:
    """Return the TOML that `vigil serve` reads."""
    lines = ["# Written by vigil simulate; gone when it ends."]
    for bed in beds:
        lines += ["", "[[bed]]", f"id = {_quoted(bed.id)}", f"title = {_quoted(bed.title)}"]
        for device in bed.devices:
            lines += ["", "[[bed.device]]", f"id = {_quoted(device.id)}", f"model = {_quoted(device.model)}"]
            if device.port is not None:
                lines.append(f"port = {_quoted(str(device.port))}")
            if device.address is not None:
                lines.append(f"address = {_quoted(device.address)}")
            lines += ["simulated = true", f"replay = {'true' if replay else 'false'}"]
    lines += ["", "# A rehearsal is seen, not heard.", "[audio]", 'output = "none"']
    if bus is not None:
        lines += ["", "[bluetooth]", f"bus = {_quoted(bus)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)
