"""A monitor on the network, udp://host:port: every datagram is one whole message."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from drivers.link.port import Greet, Receive, nothing_to_say, settle
from drivers.model import Write
from monitor.core.errors import LinkError

UDP_SCHEME = "udp://"
SOURCE = "udp"
"""The source that datagrams belong to: a model whose monitors have a serial line too decodes them
in another way."""


class UdpPort(asyncio.DatagramProtocol):
    """Sends to one monitor and hears nobody else."""

    def __init__(self, device_id: str, url: str) -> None:
        self._device_id = device_id
        self._url = url
        self._transport: asyncio.DatagramTransport | None = None
        self._receive: Receive = _ignore
        self._broken: asyncio.Future[None] | None = None

    async def open(self, receive: Receive, greet: Greet = nothing_to_say) -> None:
        """Find the host and speak; LinkError when its name or the network is not there."""
        address = self._address()
        self._receive = receive
        loop = asyncio.get_running_loop()
        self._broken = loop.create_future()
        try:
            await loop.create_datagram_endpoint(lambda: self, remote_addr=address)
        except OSError as error:
            raise LinkError(self._device_id, f"{self._url}: {error.strerror or error}") from error
        for write in greet():
            self.write(write)

    def write(self, write: Write) -> None:
        """Send one datagram; what the network loses is lost."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(write.data)

    async def closed(self) -> None:
        """Wait until the way breaks; nobody hangs up."""
        if self._broken is not None:
            await asyncio.shield(self._broken)

    async def close(self, parting: Sequence[Write] = ()) -> None:
        """Say good-bye and close the socket."""
        self._receive = _ignore
        if self._transport is not None:
            for write in parting:
                self.write(write)
            self._transport.close()
            self._transport = None
            await asyncio.sleep(0)  # the transport closes its socket in the loop's next turn
        settle(self._broken)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio's callback)."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Hand the message on (asyncio's callback)."""
        self._receive(SOURCE, data)

    def error_received(self, exc: Exception) -> None:
        """Tell that nobody listens, or that no way leads there (asyncio's callback)."""
        self._break(f"{self._url} does not take datagrams ({_in_words(exc)}): is the monitor on the network?")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that the socket broke (asyncio's callback)."""
        self._break(f"{self._url}: the way is lost: {_in_words(exc)}")

    def _break(self, detail: str) -> None:
        if self._broken is not None and not self._broken.done():
            self._broken.set_exception(LinkError(self._device_id, detail))

    def _address(self) -> tuple[str, int]:
        try:
            parts = urlsplit(self._url)
            host, number = parts.hostname, parts.port
        except ValueError:
            host = number = None
        if not host or not number:
            raise LinkError(self._device_id, f"{self._url!r} is not of the form udp://host:port")
        return host, number


def _ignore(source: str, data: bytes) -> None:
    """Drop what comes before the port is open or after it is closed."""


def _in_words(error: Exception | None) -> str:
    return str(getattr(error, "strerror", None) or error or "closed")
