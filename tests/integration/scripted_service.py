"""A service of one bed that says what a test wants, over the real socket and framing, in a thread."""

import asyncio
import threading

import bed_scenes as scenes

from monitor.link.local import LocalServer
from monitor.link.messages import Command, Hello, Reply


class ScriptedService:
    """Starts and stops like the real one; keeps the commands it got."""

    def __init__(self, path):
        self.path = path
        self.commands: list[Command] = []
        self.commanded = threading.Event()
        self.reply = {"ok": True, "text": "acknowledged"}
        self.rows = ()
        self._seq = 0
        self._epoch = 0

    # --- what the server asks ------------------------------------------------------------------

    def greeting(self):
        hello = Hello(schema=1, epoch=f"e{self._epoch}", version="0.1.0", beds=[scenes.BED])
        return [hello, self.snapshot(scenes.BED)]

    def snapshot(self, bed):
        return scenes.snapshot(*self.rows, seq=self._seq)

    async def command(self, command):
        self.commands.append(command)
        self.commanded.set()
        return Reply(id=command.id, **self.reply)

    # --- what the test does --------------------------------------------------------------------

    def start(self):
        self._epoch += 1
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="scripted")
        self._thread.start()
        assert ready.wait(5)

    def stop(self):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(5)
        assert not self._thread.is_alive()

    def say(self, *messages):
        """Publish, in order, with the sequence of the bed."""

        def publish():
            for message in messages:
                if hasattr(message, "seq") and not hasattr(message, "samples"):
                    self._seq += 1
                    message.seq = self._seq
                self._server.publish(message)

        self._loop.call_soon_threadsafe(publish)

    async def _serve(self, ready):
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._server = LocalServer(self.path, self)
        await self._server.start()
        ready.set()
        beat = asyncio.create_task(self._beat())
        await self._end.wait()
        beat.cancel()
        await self._turns()  # a connection that is just being accepted gets its peer, which stop() closes
        await self._server.stop()
        await self._turns()

    @staticmethod
    async def _turns():
        for _ in range(5):
            await asyncio.sleep(0)

    async def _beat(self):
        while True:
            self._server.publish(scenes.heartbeat())
            await asyncio.sleep(1)
