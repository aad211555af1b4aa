"""A simulation running in this loop, for the tests: what it announces, and its control channel."""

import asyncio
import contextlib

from simulators.run import simulate

WITHIN_S = 20


class Simulation:
    """A running simulation and what it has announced."""

    def __init__(self, run_dir):
        self.run_dir = run_dir
        self.told = []
        self.news = asyncio.Event()
        self.task = None

    def announce(self, text):
        self.told.append(text)
        self.news.set()

    async def hears(self, beginning):
        async with asyncio.timeout(WITHIN_S):
            while not any(text.startswith(beginning) for text in self.told):
                self.news.clear()
                await self.news.wait()

    async def ask(self, *lines):
        reader, writer = await asyncio.open_unix_connection(self.run_dir / "control")
        answers = []
        for line in lines:
            writer.write(f"{line}\n".encode())
            answers.append((await reader.readline()).decode().rstrip("\n"))
        writer.close()
        await writer.wait_closed()
        return answers


@contextlib.asynccontextmanager
async def running(run_dir, what, **options):
    """Yield a Simulation once it is ready; stop it and check that it left nothing."""
    simulation = Simulation(run_dir)
    task = asyncio.create_task(simulate(what, run_dir, announce=simulation.announce, **options))
    simulation.task = task
    waiting = asyncio.create_task(simulation.hears("ready"))
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield simulation
    finally:
        for each in (waiting, task):
            each.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)
    left = sorted(path.name for path in run_dir.rglob("*"))
    assert left == ["ports", "simulate.lock"]
