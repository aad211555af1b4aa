"""A simulated station of real processes for the scripts of `make kills`: a client sees and asks."""

import asyncio
import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from monitor.core.clock import SystemClock
from monitor.link import messages
from monitor.link.client import Client, Connection, Item
from monitor.link.messages import CLINICIAN
from monitor.link.run_dir import SOCKET

USER = "anna"


class Seen:
    """What one client has heard, with the second on the clock on which it came."""

    def __init__(self) -> None:
        self.snapshots: dict[str, messages.Snapshot] = {}
        self.boards: dict[str, messages.AlarmBoard] = {}
        self.alarms: list[tuple[float, messages.Alarm]] = []
        self.numerics: list[tuple[float, messages.Numeric]] = []
        self.connections: list[tuple[float, str]] = []

    def hear(self, item: Item) -> None:
        now = time.monotonic()
        if isinstance(item, Connection):
            self.connections.append((now, item.state))
        elif isinstance(item, messages.Snapshot):
            self.snapshots[item.bed], self.boards[item.bed] = item, item.board
        elif isinstance(item, messages.AlarmBoard):
            self.boards[item.bed] = item
        elif isinstance(item, messages.Alarm):
            self.alarms.append((now, item))
        elif isinstance(item, messages.Numeric):
            self.numerics.append((now, item))

    def told(self, bed: str, condition: str, event: str, reason: str | None = None) -> float | None:
        """Return when an event was last told, None before."""
        for at, alarm in reversed(self.alarms):
            same = (alarm.bed, alarm.condition, alarm.event) == (bed, condition, event)
            if same and reason in (None, alarm.reason):
                return at
        return None

    def outside(self, bed: str, value: float) -> float | None:
        """Return when a saturation of `value` or less was first told."""
        for at, numeric in self.numerics:
            low = numeric.value is not None and numeric.value <= value
            if numeric.bed == bed and numeric.channel == "spo2" and low:
                return at
        return None


class Room:
    """A simulator, a service and a client in a run directory of their own."""

    def __init__(self, folder: Path, preset: str) -> None:
        self.run_dir, self.data_dir, self._preset = folder / "run", folder / "data", preset
        self.seen = Seen()
        self.service: asyncio.subprocess.Process | None = None
        self._simulator: asyncio.subprocess.Process | None = None
        self._client = Client(self.run_dir / SOCKET, USER, SystemClock(), role=CLINICIAN)
        self._following: asyncio.Task[None] | None = None
        self._log = folder / "log"

    async def open(self, scenario: Path) -> None:
        """Start the simulator on a scenario, the service, and a client that waits for it."""
        self._simulator = await self._start("simulate", scenario)
        offered = self.run_dir / "simulated.toml"
        await until(offered.exists, "the simulator is ready", 30)
        preset = f'\n[alarms]\npreset = "{self._preset}"\n'
        (self.run_dir / "vigil.toml").write_text(offered.read_text() + preset)
        await self.serve()
        self.look()

    async def serve(self) -> None:
        """Start the service; it opens a session, or resumes the one that is open."""
        config = ("--config", self.run_dir / "vigil.toml", "--data-dir", self.data_dir)
        self.service = await self._start("serve", "--start", *config)

    def look(self) -> None:
        """Begin to follow the service as a new client that has heard nothing."""
        if self._following is not None:
            self._following.cancel()
        self.seen = Seen()
        self._client = Client(self.run_dir / SOCKET, USER, SystemClock(), role=CLINICIAN)
        self._following = asyncio.create_task(self._client.run(self.seen.hear))

    async def kill(self, number: int = signal.SIGKILL) -> None:
        """Send the service a signal; of one that ends it, the end is awaited."""
        assert self.service is not None
        self.service.send_signal(number)
        if number == signal.SIGKILL:
            await self.service.wait()

    async def ask(self, bed: str, name: str, args: dict[str, Any]) -> messages.Reply:
        """Ask as a person does; the answer must be yes."""
        reply = await self._client.command(bed, name, args)
        assert reply.ok, (bed, name, reply.text)
        return reply

    async def tell(self, line: str) -> None:
        """Give the simulator a word."""
        reader, writer = await asyncio.open_unix_connection(self.run_dir / "control")
        writer.write(f"{line}\n".encode())
        answer = (await reader.readline()).decode()
        writer.close()
        assert not answer.startswith("error"), answer

    async def close(self) -> None:
        """End what was started here."""
        if self._following is not None:
            self._following.cancel()
        for process in (self.service, self._simulator):
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()

    async def _start(self, command: str, *words: object) -> asyncio.subprocess.Process:
        argv = ["-m", "monitor", command, *map(str, words), "--run-dir", str(self.run_dir)]
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, *argv, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )


@contextlib.asynccontextmanager
async def opened(scenario: Path, preset: str) -> AsyncIterator[Room]:
    """Yield a room that is served; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="vigil-kill-"))  # short: a socket's path has a limit
    room = Room(folder, preset)
    try:
        await room.open(scenario)
        yield room
    finally:
        await room.close()
        shutil.rmtree(folder, ignore_errors=True)


async def until(holds: Callable[[], object], what: str, within_s: float) -> float:
    """Wait until something holds and return when it did; AssertionError after `within_s`."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, f"not within {within_s:.0f} s: {what}"
        await asyncio.sleep(0.05)
    return time.monotonic()
