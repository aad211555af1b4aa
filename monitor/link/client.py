"""The one client library: follows a service over the local socket or MQTT, and never gives up.

What a client shows is judged by arrival and heartbeat alone: no clock is shared with the service.
"""

import asyncio
import platform
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.errors import ProtocolError
from monitor.link import messages
from monitor.link.framing import FROM_SERVICE_MAX, FrameReader, frame
from monitor.link.messages import (
    NURSE,
    STATION_MAX,
    BedMessage,
    Command,
    Hello,
    Message,
    Reply,
    ServiceMessage,
    Snapshot,
    Waveform,
)

LOST_AFTER = seconds(2.9)
"""Three heartbeats of 1 s missed: the connection is lost, said within 3 s of the last sign of life."""
RETRY_S = 0.2
REPLY_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Connection:
    """How the client stands with the service: "connecting", "connected" or "lost"."""

    state: str
    text: str
    since: Nanos


Item = ServiceMessage | Connection


class Transport(Protocol):
    """One connection to a service; raises OSError or ProtocolError when it ends."""

    async def open(self) -> None:
        """Connect."""
        ...

    async def receive(self) -> list[ServiceMessage]:
        """Return the next messages; an empty list at the end of the connection."""
        ...

    async def send(self, message: Message) -> None:
        """Send to the service."""
        ...

    async def close(self) -> None:
        """End the connection; never raises."""
        ...


class LocalTransport:
    """The Unix socket of a run directory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._frames = FrameReader(FROM_SERVICE_MAX)

    async def open(self) -> None:
        """Connect to the socket; OSError when nobody listens."""
        self._frames = FrameReader(FROM_SERVICE_MAX)
        self._reader, self._writer = await asyncio.open_unix_connection(str(self._path))

    async def receive(self) -> list[ServiceMessage]:
        """Return the messages that came with the next bytes; empty at the end."""
        assert self._reader is not None
        while data := await self._reader.read(65536):
            payloads = self._frames.feed(data)
            if payloads:
                return [messages.from_service(payload) for payload in payloads]
        return []

    async def send(self, message: Message) -> None:
        """Write one command."""
        assert self._writer is not None
        self._writer.write(frame(messages.to_msgpack(message)))
        await self._writer.drain()

    async def close(self) -> None:
        """Close the socket."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class Client:
    """Follows one service; `where` is the socket's path or an mqtt:// address."""

    def __init__(self, where: Path | str, user: str, clock: Clock, *, role: str = NURSE) -> None:
        self._where = where
        self._user, self._role = user, role
        self._clock = clock
        self._transport: Transport | None = None
        self._heard: Nanos = clock.now()
        self._sequence: dict[str, int] = {}
        self._replies: dict[str, asyncio.Future[Reply]] = {}
        self._waves: dict[str, bool] = {}
        self._state = ""
        self._since: Nanos = self._heard
        self._on_item: Callable[[Item], None] = lambda item: None
        self._requests: set[asyncio.Task[Reply]] = set()

    async def run(self, on_item: Callable[[Item], None]) -> None:
        """Call `on_item` for every message and change of connection, until cancelled."""
        self._on_item = on_item
        self._say("connecting", f"waiting for the service at {self._where}")
        while True:
            transport = self._make_transport()
            try:
                await self._follow(transport)
                self._say("lost", "the service closed the connection; trying again")
            except (OSError, ProtocolError, msgspec.DecodeError) as error:
                self._lost(error)
            finally:
                self._transport = None
                await transport.close()
                self._fail_replies()
            await asyncio.sleep(RETRY_S)

    async def command(self, bed: str, name: str, args: dict[str, Any] | None = None) -> Reply:
        """Ask the service and return its answer; `ok` False, with words, when it cannot be reached."""
        command = Command(
            id=str(uuid.uuid4()),
            bed=bed,
            name=name,
            user=self._user,
            role=self._role,
            station=platform.node()[:STATION_MAX],
            args=args or {},
        )
        transport = self._transport
        if transport is None:
            return Reply(id=command.id, ok=False, text="no connection to the service: nothing was sent")
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._replies[command.id] = reply
        try:
            await transport.send(command)
            return await asyncio.wait_for(reply, REPLY_WITHIN_S)
        except TimeoutError:
            return Reply(id=command.id, ok=False, text="no answer from the service: look before you repeat")
        except (OSError, ProtocolError) as error:
            return Reply(id=command.id, ok=False, text=f"not sent: {error}")
        finally:
            self._replies.pop(command.id, None)

    async def set_waves(self, bed: str, on: bool) -> None:
        """Ask for waveforms of the connection; asked again by itself after a reconnect."""
        self._waves[bed] = on
        if self._transport is not None:
            await self.command(bed, "waves", {"on": on})

    def _make_transport(self) -> Transport:
        if isinstance(self._where, Path):
            return LocalTransport(self._where)
        from monitor.link.mqtt import MqttTransport

        return MqttTransport(self._where)

    async def _follow(self, transport: Transport) -> None:
        # not wait_for: on Python 3.11 it loses a cancellation that meets the result, and run() never ends
        async with asyncio.timeout(5.0):
            await transport.open()
        self._heard = self._clock.now()
        self._sequence.clear()
        self._transport = transport
        while True:
            try:
                async with asyncio.timeout(self._patience_s()):
                    arrived = await transport.receive()
            except TimeoutError:
                raise ProtocolError("the service says nothing any more") from None
            if not arrived:
                return
            self._heard = self._clock.now()
            for message in arrived:
                self._take(message)

    def _patience_s(self) -> float:
        return max(0.0, (self._heard + LOST_AFTER - self._clock.now()) / 1e9)

    def _take(self, message: ServiceMessage) -> None:
        if isinstance(message, Hello):
            self._greeted(message)
        elif isinstance(message, Reply):
            self._resolve(message)
            return
        elif isinstance(message, Snapshot):
            self._sequence[message.bed] = message.seq
        elif (
            isinstance(message, BedMessage)
            and not isinstance(message, Waveform)
            and not self._in_order(message)
        ):
            return
        self._on_item(message)

    def _greeted(self, hello: Hello) -> None:
        if hello.schema > messages.SCHEMA:
            raise ProtocolError(
                f"the service speaks schema {hello.schema}, this client {messages.SCHEMA}: update this client"
            )
        self._say("connected", f"connected to Vigil {hello.version}")
        for bed, on in self._waves.items():
            self._request(bed, "waves", {"on": on})

    def _in_order(self, message: BedMessage) -> bool:
        """True when the message follows what was heard; a gap asks for a snapshot, once."""
        last = self._sequence.get(message.bed)
        if last is None or message.seq <= last:
            return False
        if message.seq == last + 1:
            self._sequence[message.bed] = message.seq
            return True
        del self._sequence[message.bed]
        self._request(message.bed, "snapshot", {})
        return False

    def _request(self, bed: str, name: str, args: dict[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self.command(bed, name, args))
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)

    def _resolve(self, reply: Reply) -> None:
        waiting = self._replies.get(reply.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)

    def _fail_replies(self) -> None:
        for identity, waiting in self._replies.items():
            if not waiting.done():
                text = "the connection broke before an answer came: look before you repeat"
                waiting.set_result(Reply(id=identity, ok=False, text=text))

    def _lost(self, error: Exception) -> None:
        if isinstance(error, FileNotFoundError | ConnectionRefusedError):
            self._say("lost", "no service here; waiting for it")
        else:
            self._say("lost", f"{error}; trying again")

    def _say(self, state: str, text: str) -> None:
        """Report a change of state; a first connection has LOST_AFTER before it counts as lost."""
        now = self._clock.now()
        if state == "lost" and self._state == "connecting" and now - self._since < LOST_AFTER:
            return
        if state != self._state:
            self._state = state
            self._since = now
            self._on_item(Connection(state, text, now))
