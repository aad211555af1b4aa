"""`vigil serve`: from a configuration to a running service."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from monitor import config as configuration
from monitor.app import logs
from monitor.app.checking import check
from monitor.config import Config
from monitor.core.clock import SystemClock
from monitor.link.run_dir import SIMULATED, ServiceLock
from monitor.service.service import Service

LOOK_AGAIN_S = 0.2


async def run(
    config_path: Path | None, run_dir: Path, data_dir: Path, *, start_session: bool, end_session: bool
) -> int:
    """Serve until SIGTERM or SIGINT; return 0. ConfigError when it cannot start."""
    os.umask(0o077)  # readings and journals are for this user alone
    logs.to_stderr()
    stop = _stop_event()
    with ServiceLock(run_dir):
        config = await _configuration(config_path, run_dir, stop)
        if config is None:
            return 0
        if config.bluetooth is not None:
            os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = config.bluetooth.bus
        service = Service(config, run_dir, data_dir, SystemClock())
        await service.run(stop, start_session=start_session, end_session=end_session)
    return 0


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _configuration(path: Path | None, run_dir: Path, stop: asyncio.Event) -> Config | None:
    """Return the configuration, waiting for a simulator's when none is named; None when stopped."""
    if path is not None:
        return _checked(path)
    offered = run_dir / SIMULATED
    if not offered.exists():
        print(
            f"vigil serve: no --config; waiting for `vigil simulate` to offer devices in {run_dir}",
            file=sys.stderr,
            flush=True,
        )
    while not offered.exists():
        if stop.is_set():
            return None
        await asyncio.sleep(LOOK_AGAIN_S)
    return _checked(offered)


def _checked(path: Path) -> Config:
    config = configuration.load(path)
    check(config, str(path))
    return config
