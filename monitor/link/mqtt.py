"""The same messages over MQTT: the service publishes, `vigil watch --mqtt` follows.

Topics are `vigil/v1/<site>/<bed>/<type>[/<what>]`. Snapshot, board and devices are retained for
foreign readers; our own client takes none of it for live. Alarms and cuff readings go with QoS 1. The
last will tells that the service is gone. aiomqtt does not reconnect by itself: both ends here do.
"""

import asyncio
import socket
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt
import msgspec
import structlog

from monitor.core.errors import ConfigError, ProtocolError
from monitor.link import messages
from monitor.link.messages import (
    Alarm,
    AlarmBoard,
    BedMessage,
    Device,
    Heartbeat,
    Hello,
    Message,
    Nibp,
    Numeric,
    ServiceMessage,
    Snapshot,
    Waveform,
)

_log = structlog.get_logger()

ROOT = "vigil/v1"
KEPT_MESSAGES = 5_000
"""Messages that may wait for a broker that is away; the oldest numerics and waveforms go first."""
RETRY_S = 2.0
CURRENT_S = 2.9
"""A reading that waited longer than this for the broker is not sent: it would be taken for live."""
MOMENTARY = (Numeric, Waveform, Heartbeat, Snapshot)
SEND_BUFFER = 16 * 1024
"""Bytes that may hide in the kernel, where their age cannot be seen."""
GOODBYE_S = 2.0
"""aiomqtt waits for ever for the end of a connection whose broker hangs."""
LIFE_WITHIN_S = 4.0
"""A subscriber waits this long for a heartbeat before the service counts as gone."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is: mqtt://[user:password@]host[:port][/site], mqtts:// for TLS."""

    host: str
    port: int
    site: str
    user: str | None
    password: str | None
    tls: bool

    @classmethod
    def parse(cls, url: str) -> "Broker":
        """Return the parts of an address; ConfigError when it is none."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"{url!r} is no broker address: {error}") from None
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ConfigError(
                f"{url!r} is no broker address; write mqtt://host:1883/site or mqtts://host:8883/site"
            )
        tls = parts.scheme == "mqtts"
        site = parts.path.strip("/") or "site"
        if any(mark in site for mark in "/+#"):
            raise ConfigError(f"{url!r}: a site's name has no '/', '+' or '#'")
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return cls(parts.hostname, port or (8883 if tls else 1883), site, user, password, tls)

    def client(self, **options: Any) -> aiomqtt.Client:
        """Return a client of this broker, not yet connected."""
        return aiomqtt.Client(
            self.host,
            self.port,
            username=self.user,
            password=self.password,
            tls_context=ssl.create_default_context() if self.tls else None,
            socket_options=[(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)],
            **options,
        )


def topic_of(site: str, message: Message) -> tuple[str, int, bool]:
    """Return (topic, QoS, retained) of a message."""
    kind = message.__struct_config__.tag
    if not isinstance(message, BedMessage):
        return (
            f"{ROOT}/{site}/service/{kind}",
            1 if isinstance(message, Hello) else 0,
            isinstance(message, Hello),
        )
    base = f"{ROOT}/{site}/{message.bed}/{kind}"
    match message:
        case Numeric() | Waveform():
            return f"{base}/{message.channel}", 0, False
        case Nibp():
            return base, 1, False
        case Alarm():
            return f"{base}/{message.condition}", 1, False
        case Device():
            return f"{base}/{message.device}", 1, True
        case Snapshot() | AlarmBoard():
            return base, 1, True
    return base, 0, False


def aged(message: Message, waited_s: float) -> Message | None:
    """Return the message with its age at sending; None for a reading or sign of life that is too old.

    What is dropped leaves a gap in the bed's sequence, so a client waits for the next snapshot.
    """
    if waited_s > CURRENT_S and isinstance(message, MOMENTARY):
        return None
    if isinstance(message, Numeric | Nibp | Waveform):
        return msgspec.structs.replace(message, age_s=round(message.age_s + waited_s, 3))
    return message


@asynccontextmanager
async def connected(client: aiomqtt.Client) -> AsyncIterator[aiomqtt.Client]:
    """Connect for the length of the block; a broker that does not answer cannot hold up its end."""
    await client.__aenter__()
    try:
        yield client
    finally:
        try:
            async with asyncio.timeout(GOODBYE_S):
                await client.__aexit__(None, None, None)
        except (TimeoutError, aiomqtt.MqttError, OSError) as error:
            _log.debug("closing the MQTT connection failed", why=str(error))


class MqttPublisher:
    """Publishes what the service says; waits for a broker that is away and never delays the service."""

    def __init__(self, url: str, waves: bool = False) -> None:
        self._broker = Broker.parse(url)
        self._waves = waves
        self._waiting: deque[tuple[float, Message]] = deque()  # (when queued, what)
        self._wake = asyncio.Event()
        self._stopping = False
        self.dropped = 0
        self.state = "connecting"

    def publish(self, message: Message) -> None:
        """Queue a message; never waits. With too many waiting, the oldest reading is dropped and counted."""
        if isinstance(message, Waveform) and not self._waves:
            return
        if isinstance(message, Heartbeat) and self.state != "connected":
            return
        if len(self._waiting) >= KEPT_MESSAGES:
            self._drop_one()
        self._waiting.append((time.monotonic(), message))
        self._wake.set()

    @property
    def waiting(self) -> int:
        """How many messages the broker has not taken yet."""
        return len(self._waiting)

    def _drop_one(self) -> None:
        self.dropped += 1
        for index, (_, message) in enumerate(self._waiting):
            if isinstance(message, MOMENTARY):
                del self._waiting[index]
                return
        self._waiting.popleft()

    def stop(self) -> None:
        """End `run` even where a cancellation is lost on its way through the MQTT library."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Publish until stopped or cancelled, reconnecting for ever."""
        warned = False
        will = aiomqtt.Will(
            f"{ROOT}/{self._broker.site}/service/gone", b"the service is gone", qos=1, retain=True
        )
        while not self._stopping:
            try:
                async with connected(self._broker.client(will=will)) as client:
                    await client.publish(will.topic, b"", qos=1, retain=True)
                    self.state, warned = "connected", False
                    await self._pump(client)
            except (aiomqtt.MqttError, OSError) as error:
                self.state = "away"
                (_log.debug if warned else _log.warning)(
                    "the MQTT broker is away; trying again", why=str(error)
                )
                warned = True
            await asyncio.sleep(RETRY_S)

    async def _pump(self, client: aiomqtt.Client) -> None:
        while not self._stopping:
            while self._waiting and not self._stopping:
                queued, message = first = self._waiting[0]
                current = aged(message, time.monotonic() - queued)
                if current is None:
                    self.dropped += 1
                else:
                    topic, qos, retain = topic_of(self._broker.site, current)
                    await client.publish(topic, messages.to_json(current), qos=qos, retain=retain)
                if self._waiting and self._waiting[0] is first:
                    self._waiting.popleft()
            self._wake.clear()
            await self._wake.wait()


class MqttTransport:
    """Reads a site's messages from a broker; commands are not taken over MQTT."""

    def __init__(self, url: str) -> None:
        self._broker = Broker.parse(url)
        self._stack = AsyncExitStack()
        self._client: aiomqtt.Client | None = None
        self._early: list[ServiceMessage] = []
        self._gone = False

    async def open(self) -> None:
        """Connect, subscribe and wait for a sign of life; OSError when broker or service is away.

        What the broker retained proves nothing: the service may hang since. So only a heartbeat of
        now opens the connection, and of what was retained only the hello is taken.
        """
        try:
            self._client = await self._stack.enter_async_context(connected(self._broker.client()))
            await self._client.subscribe(f"{ROOT}/{self._broker.site}/#", qos=1)
        except aiomqtt.MqttError as error:
            raise OSError(
                f"the MQTT broker at {self._broker.host}:{self._broker.port} is away: {error}"
            ) from error
        try:
            async with asyncio.timeout(LIFE_WITHIN_S):
                while not any(isinstance(message, Heartbeat) for message in self._early):
                    self._early += await self._next()
        except TimeoutError:
            raise OSError("the broker answers, the service does not") from None
        self._early.sort(key=lambda message: not isinstance(message, Hello))

    async def receive(self) -> list[ServiceMessage]:
        """Return the next messages; empty when the service's last will came."""
        if self._early:
            early, self._early = self._early, []
            return early
        while True:
            arrived = await self._next()
            if arrived or self._gone:
                return arrived

    async def _next(self) -> list[ServiceMessage]:
        """Return the next message if it counts; a retained one but the hello does not."""
        assert self._client is not None
        try:
            message = await anext(self._client.messages)
        except (aiomqtt.MqttError, StopAsyncIteration) as error:
            raise OSError(f"the MQTT broker went away: {error}") from error
        payload = bytes(message.payload) if isinstance(message.payload, bytes | bytearray) else b""
        if message.topic.value.endswith("/service/gone"):
            self._gone = bool(payload)
            return []
        decoded = messages.from_service_json(payload)
        return [] if message.retain and not isinstance(decoded, Hello) else [decoded]

    async def send(self, message: Message) -> None:
        """Refuse: remote commands are not part of this version."""
        raise ProtocolError("commands are not taken over MQTT; use a client at the service's station")

    async def close(self) -> None:
        """Disconnect."""
        await self._stack.aclose()
