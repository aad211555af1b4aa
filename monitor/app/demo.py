"""`vigil demo`: simulators, service and dashboard as they run in a clinic, each a process of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.core.display import has_display
from monitor.core.errors import MonitorError
from monitor.link.run_dir import SIMULATED, SOCKET, default_data_dir, make_private

READY_WITHIN_S = 30.0
STOP_WITHIN_S = 15.0
LOOK_AGAIN_S = 0.1


class DemoError(MonitorError):
    """A part of the demo did not come up, or ended early."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the demo."""

    name: str
    process: subprocess.Popen[bytes]


def run(*, headless: bool, keep: bool, minutes: float, user: str) -> int:
    """Run the compressed session to its end (or until Ctrl-C) and sum it up; return 0."""
    run_dir = Path(tempfile.mkdtemp(prefix="vigil-demo-"))
    data_dir = make_private(default_data_dir().parent / "vigil-demo" / time.strftime("%Y%m%d-%H%M%S"))
    picture = data_dir / "dashboard.png"
    print(f"Vigil demo: {minutes:g} minutes, all devices simulated. Not a certified medical device.")
    print(f"  run directory  {run_dir}\n  data directory {data_dir}\n  picture        {picture}", flush=True)
    with _stopping(), contextlib.ExitStack() as parts:
        parts.callback(shutil.rmtree, run_dir, ignore_errors=True)
        _play(parts, run_dir, data_dir, picture, headless=headless, keep=keep, minutes=minutes, user=user)
    from monitor.app.summary import summary

    print(summary(data_dir, picture))
    return 0


def _play(
    parts: contextlib.ExitStack,
    run_dir: Path,
    data_dir: Path,
    picture: Path,
    *,
    headless: bool,
    keep: bool,
    minutes: float,
    user: str,
) -> None:
    """Start the parts in order, follow them to the end; they are stopped by `parts`."""
    where = ["--run-dir", str(run_dir)]
    simulators = _start(parts, "simulate", ["demo", *where, "--minutes", str(minutes)])
    _until(run_dir / SIMULATED, [simulators])
    service = _start(parts, "serve", ["--start", "--end", *where, "--data-dir", str(data_dir)])
    _until(run_dir / SOCKET, [simulators, service])
    window = not headless and has_display()
    environment = {} if window else {"QT_QPA_PLATFORM": "offscreen"}
    seen = ["dashboard", *where, "--user", user, "--picture", str(picture)]
    dashboard = _start(parts, seen[0], seen[1:], environment)
    followed = [simulators, service]
    if not window:
        followed += [dashboard, _start(parts, "watch", where)]
    until = None if keep else time.monotonic() + minutes * 60
    _follow(followed, dashboard if window else None, until)


def _start(
    parts: contextlib.ExitStack, command: str, words: list[str], environment: dict[str, str] | None = None
) -> Part:
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", command, *words],
        env={**os.environ, **(environment or {})},
        start_new_session=True,  # Ctrl-C is the demo's to hand on, in order
    )
    part = Part(command, process)
    parts.callback(_end, part)
    return part


def _end(part: Part) -> None:
    if part.process.poll() is None:
        part.process.terminate()
    try:
        part.process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        print(f"vigil demo: {part.name} did not stop and was ended", file=sys.stderr)
        part.process.kill()
        part.process.wait()


def _until(path: Path, parts: list[Part]) -> None:
    """Wait until `path` is there; DemoError when a part ends first or it takes too long."""
    give_up = time.monotonic() + READY_WITHIN_S
    while not path.exists():
        _all_alive(parts)
        if time.monotonic() > give_up:
            raise DemoError(
                f"{parts[-1].name} was not ready within {READY_WITHIN_S:g} s; see its messages above"
            )
        time.sleep(LOOK_AGAIN_S)


def _follow(parts: list[Part], window: Part | None, until: float | None) -> None:
    """Wait for the end of time, of the window, or of the user's patience."""
    while until is None or time.monotonic() < until:
        _all_alive(parts)
        if window is not None and window.process.poll() is not None:
            return
        try:
            time.sleep(LOOK_AGAIN_S)
        except KeyboardInterrupt:
            return


def _all_alive(parts: list[Part]) -> None:
    for part in parts:
        status = part.process.poll()
        if status is not None:
            raise DemoError(f"{part.name} ended early with status {status}; see its messages above")


@contextlib.contextmanager
def _stopping() -> Iterator[None]:
    """Let SIGTERM end the demo as Ctrl-C does, so that no part is left behind."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        print("stopped")
    finally:
        signal.signal(signal.SIGTERM, before)
