"""The service, unchanged, with a stamp at the moment each alarm decision leaves the engine.

usage: timed_service.py CONFIG RUN_DIR DATA_DIR STAMPS
"""

import asyncio
import signal
import sys
from pathlib import Path

from monitor import config
from monitor.core.clock import SystemClock
from monitor.link.messages import Alarm
from monitor.link.run_dir import make_private
from monitor.service.service import Service


async def main(config_path, run_dir, data_dir):
    clock = SystemClock()
    decided = []

    class Timed(Service):
        def _publish(self, message):
            if isinstance(message, Alarm) and message.event == "start" and message.condition == "SPO2_DESAT":
                decided.append(clock.now())
            super()._publish(message)

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    service = Timed(
        config.load(Path(config_path)), make_private(Path(run_dir)), make_private(Path(data_dir)), clock
    )
    await service.run(stop, start_session=True)
    return "\n".join(map(str, decided))


*places, stamps = sys.argv[1:]
Path(stamps).write_text(asyncio.run(main(*places)))
