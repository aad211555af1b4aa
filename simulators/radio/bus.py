"""A private message bus for the virtual radio, so that nothing of it reaches the machine's own."""

import asyncio
import contextlib
import os
import shutil
import socket
from pathlib import Path
from typing import Self
from urllib.parse import quote, unquote

from monitor.core.errors import MonitorError

SOCKET = "bus"
CONFIG = "bus.conf"
LONGEST_SOCKET_PATH = 107
START_S = 10.0
STOP_S = 5.0
SYSTEM_BUSES = ("/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket")

_CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="false"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class RadioError(MonitorError):
    """The virtual radio cannot start or do what was asked; the text says why."""


class PrivateBus:
    """A dbus-daemon of our own on a socket in a run directory; made by `start`, ended by `stop`."""

    def __init__(self, address: str, socket_path: Path, daemon: asyncio.subprocess.Process) -> None:
        self.address = address
        self._socket_path = socket_path
        self._daemon = daemon

    @classmethod
    async def start(cls, run_dir: Path) -> Self:
        """Return the bus once it accepts connections; RadioError when it cannot."""
        path, address, config = _prepare(run_dir)
        daemon = await _launch(config)
        try:
            await _listening(daemon)
        except BaseException:
            await _end(daemon)
            raise
        finally:
            config.unlink(missing_ok=True)
        return cls(address, path, daemon)

    async def stop(self) -> None:
        """End the daemon; every connection to it is closed."""
        await _end(self._daemon)
        self._socket_path.unlink(missing_ok=True)


def refuse_system_bus(address: str) -> None:
    """Raise RadioError unless `address` is a bus other than the machine's own."""
    for part in address.split(";"):
        transport, _, options = part.partition(":")
        values = dict(option.partition("=")[::2] for option in options.split(","))
        path = unquote(values.get("path", ""))
        if transport != "unix" or not path:
            raise RadioError(f"bus '{address}': the virtual radio needs a private bus, 'unix:path=...'")
        if Path(path).resolve() in {Path(bus).resolve() for bus in SYSTEM_BUSES}:
            raise RadioError(f"bus '{address}' is this machine's own: start a private one (PrivateBus)")


def _prepare(run_dir: Path) -> tuple[Path, str, Path]:
    """Return the socket's path, the bus address and a configuration written for it."""
    run_dir = run_dir.absolute()
    path = run_dir / SOCKET
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise RadioError(f"{run_dir}: path too long for a socket; choose a shorter run directory")
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear(path)
    address = f"unix:path={quote(str(path), safe='/-_.')}"
    config = run_dir / CONFIG
    config.write_text(_CONFIG.format(address=address), encoding="utf-8")
    return path, address, config


def _clear(path: Path) -> None:
    """Remove the socket of a daemon that is gone; RadioError when one still answers."""
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise RadioError(f"{path}: another bus is running there; stop it or choose another run directory")


async def _launch(config: Path) -> asyncio.subprocess.Process:
    """Start the daemon, tied to this process where the system can do that."""
    daemon = shutil.which("dbus-daemon")
    if daemon is None:
        raise RadioError("dbus-daemon is not installed: apt-get install dbus-daemon")
    command = [daemon, f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"]
    if tie := shutil.which("setpriv"):
        # A simulator that is killed outright must not leave its bus behind.
        command = [tie, "--pdeathsig", "TERM", "--", *command]
    return await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def _listening(daemon: asyncio.subprocess.Process) -> None:
    """Return once the daemon has printed its address."""
    assert daemon.stdout is not None and daemon.stderr is not None
    try:
        async with asyncio.timeout(START_S):
            if await daemon.stdout.readline():
                return
            reason = (await daemon.stderr.read()).decode(errors="replace").strip()
    except TimeoutError:
        reason = f"silent for {START_S:g} s"
    raise RadioError(f"dbus-daemon did not start: {reason}")


async def _end(daemon: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        daemon.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await daemon.communicate()
    except TimeoutError:
        daemon.kill()
        await daemon.communicate()
