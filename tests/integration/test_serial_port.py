"""Serial links on real pseudo-terminals and real sockets."""

import asyncio
import os
import statistics
import termios
import time
import tty
from pathlib import Path

import pytest

from drivers.link.port import Port
from drivers.link.serial import Line, open_port
from monitor.core.errors import LinkError

pytestmark = pytest.mark.integration


class Pty:
    """A pseudo-terminal: the test holds the device's end."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self._slave = slave

    def send(self, data: bytes) -> None:
        os.write(self.master, data)

    def unplug(self) -> None:
        for fd in (self.master, self._slave):
            if fd >= 0:
                os.close(fd)
        self.master = self._slave = -1


@pytest.fixture
def pty():
    pty = Pty()
    yield pty
    pty.unplug()


class Received:
    """Collects bytes; `until` waits for enough of them."""

    def __init__(self) -> None:
        self.data = b""
        self.reads = 0
        self._grown = asyncio.Event()

    def __call__(self, source: str, data: bytes) -> None:
        assert source == ""
        self.data += data
        self.reads += 1
        self._grown.set()

    async def until(self, length: int) -> None:
        async with asyncio.timeout(10):
            while len(self.data) < length:
                self._grown.clear()
                await self._grown.wait()


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def refused(port: Port) -> str:
    with pytest.raises(LinkError) as caught:
        await port.open(Received())
    await port.close()
    return caught.value.detail


async def test_every_byte_arrives_whatever_the_pieces(pty):
    port, received = open_port("dev", pty.path), Received()
    await port.open(received)
    for piece in (b"\x00", bytes(range(256)), b"\x11\x13\x1a\r\n\x03"):
        pty.send(piece)
        await received.until(len(received.data) + len(piece))
    assert received.data == b"\x00" + bytes(range(256)) + b"\x11\x13\x1a\r\n\x03"
    await port.close()


async def test_a_port_with_parity_drops_the_bytes_that_fail_it(pty):
    port = open_port("dev", pty.path, Line(19200, "O"))
    await port.open(Received())
    mode = termios.tcgetattr(port._fd)
    assert mode[0] & termios.INPCK and mode[0] & termios.IGNPAR
    await port.close()


async def test_flood_is_read_in_bounded_pieces(pty):
    port, received = open_port("dev", pty.path), Received()
    await port.open(received)
    os.set_blocking(pty.master, False)
    sent = 0
    while sent < 200_000:
        try:
            sent += os.write(pty.master, bytes(8192))
        except BlockingIOError:
            await asyncio.sleep(0)
    await received.until(sent)
    assert len(received.data) == sent and sent / received.reads <= 4096
    await port.close()


async def test_unplugging_breaks_the_port_in_words(pty):
    port = open_port("dev", pty.path)
    await port.open(Received())
    closed = asyncio.create_task(port.closed())
    await asyncio.sleep(0)
    pty.unplug()
    with pytest.raises(LinkError, match="unplugged"):
        async with asyncio.timeout(10):
            await closed
    await port.close()


async def test_close_leaves_no_descriptor_and_is_safe_twice(pty):
    port = open_port("dev", pty.path)
    before = open_files()
    await port.open(Received())
    await port.close()
    await port.close()
    assert open_files() == before


async def test_absent_port_is_named(tmp_path):
    assert await refused(open_port("dev", f"{tmp_path}/ttyUSB9")) == (
        f"no such port {tmp_path}/ttyUSB9: is the cable plugged in?"
    )


async def test_busy_port_is_in_use(pty):
    first = open_port("a", pty.path)
    await first.open(Received())
    assert await refused(open_port("b", pty.path)) == f"port {pty.path} is in use by another program"
    await first.close()


async def test_file_that_is_no_port_is_said_so(tmp_path):
    (tmp_path / "notes.txt").write_text("no port")
    assert (
        await refused(open_port("dev", f"{tmp_path}/notes.txt"))
        == f"{tmp_path}/notes.txt is not a serial port"
    )


@pytest.fixture
def ordinary_user():
    """Be nobody for a test when root runs it: root may open everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


async def test_forbidden_port_names_the_group(tmp_path, ordinary_user):
    path = tmp_path / "tty"
    if os.geteuid() == os.getuid():
        path.touch(mode=0)
    assert "add the user to group dialout" in await refused(open_port("dev", str(path)))


async def test_terminal_server_delivers_and_its_end_is_told():
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(b"\x01\x81")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    number = server.sockets[0].getsockname()[1]
    port, received = open_port("dev", f"socket://127.0.0.1:{number}"), Received()
    await port.open(received)
    await received.until(2)
    assert received.data == b"\x01\x81"
    writers[0].close()
    with pytest.raises(LinkError, match="closed the connection"):
        async with asyncio.timeout(10):
            await port.closed()
    await port.close()
    server.close()
    await server.wait_closed()


async def test_terminal_server_that_is_not_there_is_told():
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    number = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert f"socket://127.0.0.1:{number}" in await refused(open_port("dev", f"socket://127.0.0.1:{number}"))


@pytest.mark.parametrize("url", ["socket://", "socket://host", "socket://host:99999", "socket://[::1"])
async def test_url_of_the_wrong_form_is_told(url):
    assert "not of the form socket://host:port" in await refused(open_port("dev", url))


async def test_wire_to_reader_takes_far_less_than_a_frame(pty):
    """The floor of everything after it: 10 ms is asked for up to the alarm decision."""
    arrived = asyncio.Event()
    stamps: list[int] = []

    def receive(source: str, data: bytes) -> None:
        stamps.append(time.perf_counter_ns())
        arrived.set()

    port = open_port("dev", pty.path)
    await port.open(receive)
    delays_ms = []
    for _ in range(200):
        arrived.clear()
        sent = time.perf_counter_ns()
        pty.send(b"\x01\x80\x43\x4a\x0e")
        async with asyncio.timeout(10):
            await arrived.wait()
        delays_ms.append((stamps[-1] - sent) / 1e6)
    await port.close()
    assert statistics.median(delays_ms) < 2
