"""The service's end of the local socket: one ordered stream to every client, commands back.

A slow client never delays the others or an alarm: what it cannot take is thrown away and it
gets a fresh snapshot once it has caught up.
"""

import asyncio
import os
from collections import deque
from pathlib import Path
from typing import Protocol

import structlog

from monitor.core.errors import ConfigError, ProtocolError
from monitor.link import messages
from monitor.link.framing import FROM_CLIENT_MAX, FrameReader, frame
from monitor.link.messages import Command, Message, Reply, Waveform

_log = structlog.get_logger()

BEHIND_AT = 1024 * 1024
"""Bytes that may wait for one client before it counts as behind."""
CAUGHT_UP_AT = 64 * 1024
A_TURN = 4
"""Commands of one client answered in one turn of the loop: a snapshot of hours takes milliseconds."""
ID_MAX = 200
SOCKET_PATH_MAX = 107
"""The longest path a Unix socket can have on Linux (unix(7): 108 with the closing zero)."""


class Served(Protocol):
    """What the server asks of the service behind it."""

    def greeting(self) -> list[Message]:
        """Return the hello and a snapshot of every bed."""
        ...

    def snapshot(self, bed: str) -> Message | None:
        """Return the snapshot of one bed, None when there is no such bed."""
        ...

    async def command(self, command: Command) -> Reply:
        """Carry out a command and return the answer."""
        ...


class LocalServer:
    """A Unix socket that many clients share."""

    def __init__(self, path: Path, served: Served) -> None:
        self._path = path
        self._served = served
        self._server: asyncio.Server | None = None
        self._peers: set[_Peer] = set()
        self._answers: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; ConfigError when the path cannot be a socket. The caller holds the run directory's lock."""
        if len(os.fsencode(self._path)) > SOCKET_PATH_MAX:
            raise ConfigError(f"{self._path}: too long for a socket; choose a shorter --run-dir")
        self._path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_unix_server(lambda: _Peer(self), path=str(self._path))
        except OSError as error:
            raise ConfigError(f"{self._path}: cannot listen here: {error.strerror or error}") from error
        self._path.chmod(0o600)

    async def stop(self) -> None:
        """Close every connection and the socket."""
        if self._server is not None:
            self._server.close()
        for task in self._answers:
            task.cancel()
        for peer in list(self._peers):
            peer.close()
        if self._server is not None:
            await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    @property
    def clients(self) -> int:
        """How many clients are connected."""
        return len(self._peers)

    @property
    def wants_waves(self) -> bool:
        """True when some client asked for waveforms."""
        return any(peer.waves for peer in self._peers)

    def publish(self, message: Message) -> None:
        """Send to every client that wants it; never waits."""
        if not self._peers:
            return
        is_wave = isinstance(message, Waveform)
        data: bytes | None = None
        for peer in list(self._peers):
            if is_wave and not peer.waves:
                continue
            if data is None:
                data = frame(messages.to_msgpack(message))
            peer.send(data)

    def connected(self, peer: "_Peer") -> None:
        """Greet a new client."""
        self._peers.add(peer)
        peer.greet(self._greeting())

    def gone(self, peer: "_Peer") -> None:
        """Forget a client."""
        self._peers.discard(peer)

    def resync(self, peer: "_Peer") -> None:
        """Tell a client that had fallen behind everything anew."""
        peer.greet(self._greeting())

    def _greeting(self) -> bytes:
        return b"".join(frame(messages.to_msgpack(message)) for message in self._served.greeting())

    def received(self, peer: "_Peer", command: Command) -> None:
        """Answer a command; the link's own two are answered here."""
        if len(command.id) > ID_MAX:
            raise ProtocolError(f"a command's id has more than {ID_MAX} characters")
        if command.name == "waves":
            peer.waves = bool(command.args.get("on", True))
            peer.reply(Reply(id=command.id, ok=True, text="waveforms " + ("on" if peer.waves else "off")))
        elif command.name == "snapshot":
            self._send_snapshot(peer, command)
        else:
            self._answer_later(peer, command)

    def _send_snapshot(self, peer: "_Peer", command: Command) -> None:
        snapshot = self._served.snapshot(command.bed)
        if snapshot is None:
            peer.reply(Reply(id=command.id, ok=False, text=f"there is no bed {command.bed!r} here"))
            return
        peer.send(frame(messages.to_msgpack(snapshot)))
        peer.reply(Reply(id=command.id, ok=True, text="snapshot sent"))

    def _answer_later(self, peer: "_Peer", command: Command) -> None:
        async def answer() -> None:
            try:
                reply = await self._served.command(command)
            except Exception:  # noqa: BLE001 - one broken command must not end the service
                _log.exception("command failed", command=command.name)
                reply = Reply(
                    id=command.id, ok=False, text="the service could not carry this out; see its log"
                )
            peer.reply(reply)

        task = asyncio.get_running_loop().create_task(answer(), name=f"command {command.id}")
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)


class _Peer(asyncio.Protocol):
    """One connected client."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self._reader = FrameReader(FROM_CLIENT_MAX)
        self._transport: asyncio.Transport | None = None
        self._behind = False
        self._asked: deque[bytes] = deque()
        self.waves = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=BEHIND_AT, low=CAUGHT_UP_AT)
        self._server.connected(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.gone(self)

    def pause_writing(self) -> None:
        self._behind = True
        _log.warning("a client is behind: it will get a fresh snapshot")

    def resume_writing(self) -> None:
        self._behind = False
        self._server.resync(self)

    def data_received(self, data: bytes) -> None:
        waiting = bool(self._asked)
        try:
            self._asked.extend(self._reader.feed(data))
        except ProtocolError as error:
            self._refuse(error)
            return
        if not waiting:
            self._answer_some()

    def _answer_some(self) -> None:
        """Answer a few of the commands that came together: readings and other clients come in between."""
        if self._transport is None or self._transport.is_closing():
            self._asked.clear()
            return
        try:
            for _ in range(min(A_TURN, len(self._asked))):
                self._server.received(self, messages.from_client(self._asked.popleft()))
        except (ProtocolError, ValueError, RecursionError) as error:  # DecodeErrors are ValueErrors
            self._refuse(error)
            return
        if self._asked:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._answer_some)
        else:
            self._transport.resume_reading()

    def _refuse(self, error: Exception) -> None:
        _log.warning("a client spoke out of turn and was disconnected", why=str(error)[:200])
        self._asked.clear()
        self.close()

    def greet(self, data: bytes) -> None:
        """Write all that a client needs first; however much it is, it does not make the client behind."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.set_write_buffer_limits(high=BEHIND_AT + len(data), low=CAUGHT_UP_AT)
            self._transport.write(data)

    def send(self, data: bytes) -> None:
        """Write, unless the client is behind: then the message is dropped for it."""
        if self._transport is not None and not self._behind and not self._transport.is_closing():
            self._transport.write(data)

    def reply(self, reply: Reply) -> None:
        """Write an answer even to a client that is behind; one that asks and never reads is cut off."""
        if self._transport is None or self._transport.is_closing():
            return
        _, high = self._transport.get_write_buffer_limits()
        if self._transport.get_write_buffer_size() > high + BEHIND_AT:
            _log.warning("a client asks and does not read: disconnected")
            self.close()
        else:
            self._transport.write(frame(messages.to_msgpack(reply)))

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.abort()
