"""The local socket for real: a server and the client library in one loop."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field

import msgspec
import pytest

from monitor.core.clock import SystemClock
from monitor.core.errors import ConfigError
from monitor.link import local, messages
from monitor.link.client import Client, Connection
from monitor.link.framing import frame
from monitor.link.local import A_TURN, LocalServer
from monitor.link.run_dir import ServiceLock

pytestmark = pytest.mark.integration


def reading(seq: int) -> messages.Numeric:
    return messages.Numeric(
        bed="bed1", seq=seq, device="ox", channel="spo2", value=97.0, reason=None, unit="%", utc=""
    )


def snapshot(seq: int) -> messages.Snapshot:
    board = messages.AlarmBoard(bed="bed1", seq=seq, rows=[], highest=None, sounding=None)
    return messages.Snapshot(
        bed="bed1", seq=seq, title="Room 1", session=None, session_age_s=None, preset="adult-standard",
        preset_note="", devices=[], numerics=[], nibp=None, board=board, limits=[], trend=[], waveforms=[],
        sound="none", store="standby", utc="",
    )  # fmt: skip


@dataclass
class Station:
    """A service without devices: what the server needs behind it."""

    seq: int = 10
    schema: int = messages.SCHEMA
    commands: list[messages.Command] = field(default_factory=list)
    snapshots: int = 0

    def greeting(self):
        return [
            messages.Hello(schema=self.schema, epoch="e", version="0", beds=["bed1"]),
            snapshot(self.seq),
        ]

    def snapshot(self, bed):
        self.snapshots += 1
        return snapshot(self.seq) if bed == "bed1" else None

    async def command(self, command):
        self.commands.append(command)
        return messages.Reply(id=command.id, ok=True, text="done")


class Heard:
    """What a client heard, and a way to wait for it."""

    def __init__(self):
        self.items = []
        self._more = asyncio.Event()

    def __call__(self, item):
        self.items.append(item)
        self._more.set()

    async def until(self, wanted):
        async with asyncio.timeout(10):
            while not (found := [item for item in self.items if wanted(item)]):
                self._more.clear()
                await self._more.wait()
            return found


def is_connection(state):
    return lambda item: isinstance(item, Connection) and item.state == state


def is_seq(seq):
    return lambda item: isinstance(item, messages.Numeric) and item.seq == seq


@pytest.fixture
async def link(tmp_path):
    station = Station()
    server = LocalServer(tmp_path / "s", station)
    await server.start()
    client = Client(tmp_path / "s", "tester", SystemClock())
    heard = Heard()
    following = asyncio.create_task(client.run(heard))
    await heard.until(lambda item: isinstance(item, messages.Snapshot))
    yield station, server, client, heard
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await server.stop()


async def test_readings_arrive_in_order_and_the_socket_is_private(link, tmp_path):
    _, server, _, heard = link
    server.publish(reading(11))
    server.publish(reading(12))
    await heard.until(is_seq(12))
    assert [item.seq for item in heard.items if isinstance(item, messages.Numeric)] == [11, 12]
    assert (tmp_path / "s").stat().st_mode & 0o077 == 0


async def test_a_gap_in_the_sequence_brings_a_snapshot_and_then_goes_on(link):
    station, server, _, heard = link
    heard.items.clear()
    station.seq = 20
    server.publish(reading(20))
    await heard.until(lambda item: isinstance(item, messages.Snapshot) and item.seq == 20)
    server.publish(reading(21))
    await heard.until(is_seq(21))
    assert not [item for item in heard.items if isinstance(item, messages.Numeric) and item.seq == 20]


async def test_a_command_is_answered(link):
    station, _, client, _ = link
    reply = await client.command("bed1", "acknowledge", {"occurrences": [["o1", "high"]]})
    assert (reply.ok, station.commands[0].user) == (True, "tester")


async def test_many_commands_at_once_keep_nobody_else_waiting(link, tmp_path):
    station, _, _, _ = link
    turns = []

    def turn():
        turns.append(station.snapshots)
        if station.snapshots < 40:
            asyncio.get_running_loop().call_soon(turn)

    ask = messages.Command(id="i", bed="bed1", name="snapshot", user="u")
    station.snapshots = 0
    _, writer = await asyncio.open_unix_connection(tmp_path / "s")
    turn()
    writer.write(frame(messages.to_msgpack(ask)) * 40)
    async with asyncio.timeout(10):
        while station.snapshots < 40:
            await asyncio.sleep(0)
    assert max(after - before for before, after in itertools.pairwise(turns)) <= A_TURN
    writer.close()


async def test_waveforms_come_only_to_those_who_asked(link):
    _, server, client, heard = link
    wave = messages.Waveform(
        bed="bed1", device="ox", channel="pleth", rate_hz=75, first=0, scale=1, offset=0, samples=b"", utc=""
    )
    server.publish(wave)
    await client.set_waves("bed1", True)
    server.publish(wave)
    await heard.until(lambda item: isinstance(item, messages.Waveform))
    assert len([item for item in heard.items if isinstance(item, messages.Waveform)]) == 1


async def test_the_client_says_lost_and_finds_a_restarted_service(link, tmp_path):
    station, server, _, heard = link
    await server.stop()
    await heard.until(is_connection("lost"))
    again = LocalServer(tmp_path / "s", station)
    await again.start()
    heard.items.clear()
    await heard.until(lambda item: isinstance(item, messages.Snapshot))
    await again.stop()


async def test_a_newer_major_version_is_refused_in_words(tmp_path):
    server = LocalServer(tmp_path / "s", Station(schema=messages.SCHEMA + 1))
    await server.start()
    heard = Heard()
    following = asyncio.create_task(Client(tmp_path / "s", "tester", SystemClock()).run(heard))
    (lost, *_) = await heard.until(is_connection("lost"))
    assert "update this client" in lost.text
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await server.stop()


@pytest.mark.parametrize(
    "noise",
    [b"\xff\xff\xff\xff", frame(b"\xc1"), frame(messages.to_msgpack(reading(1))), b"GET / HTTP/1.1\r\n\r\n"],
    ids=["huge length", "no msgpack", "a message that is no command", "another protocol"],
)
async def test_a_peer_that_talks_nonsense_is_disconnected_and_others_stay(link, tmp_path, noise):
    _, server, _, heard = link
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
    writer.write(noise)
    async with asyncio.timeout(10):
        with pytest.raises(ConnectionResetError):
            while await reader.read(65536):
                pass
            raise ConnectionResetError
    writer.close()
    server.publish(reading(11))
    await heard.until(is_seq(11))


async def test_a_client_that_does_not_read_delays_nobody_and_is_resynchronised(link, tmp_path):
    _, server, _, heard = link
    _, writer = await asyncio.open_unix_connection(str(tmp_path / "s"), limit=1024)
    async with asyncio.timeout(10):
        while server.clients < 2:
            await asyncio.sleep(0)
    behind = [peer for peer in server._peers if peer._transport.get_write_buffer_size() == 0]
    for seq in range(11, 20_011):
        server.publish(reading(seq))
        if seq % 200 == 0:
            await asyncio.sleep(0)
    await heard.until(is_seq(20_010))
    assert any(peer._behind for peer in behind), "the idle client is behind"
    assert all(p._transport.get_write_buffer_size() < 2 * local.BEHIND_AT for p in behind)
    writer.close()


async def test_a_client_that_asks_and_never_reads_is_cut_off(link, tmp_path):
    _, server, _, heard = link
    _, writer = await asyncio.open_unix_connection(str(tmp_path / "s"), limit=1024)
    ask = messages.Command(id="i" * 200, bed="bed1", name="waves", user="u")
    data = frame(messages.to_msgpack(ask)) * 200
    async with asyncio.timeout(20):
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            while True:
                writer.write(data)
                await writer.drain()
    writer.close()
    server.publish(reading(11))
    await heard.until(is_seq(11))


def test_a_second_service_is_refused_and_a_killed_one_leaves_no_lock(tmp_path):
    script = (
        "import sys, time, pathlib; from monitor.link.run_dir import ServiceLock\n"
        "with ServiceLock(pathlib.Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ConfigError, match=f"another service runs here \\(process {other.pid}\\)"):
            ServiceLock(tmp_path).__enter__()
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    with ServiceLock(tmp_path):
        pass


class LargeStation(Station):
    """Ten beds with hours of trend: a greeting of some megabytes."""

    greetings = 0

    def greeting(self):
        self.greetings += 1
        long = messages.ChannelTrend(channel="spo2", age_s=[1.5] * 40_000, values=[97.5] * 40_000)
        beds = [f"bed{number}" for number in range(1, 11)]
        first = messages.Hello(schema=self.schema, epoch="e", version="0", beds=beds)
        return [first, *(msgspec.structs.replace(snapshot(1), bed=bed, trend=[long]) for bed in beds)]


async def test_a_greeting_of_any_size_is_told_once_and_followed_by_what_comes(tmp_path):
    station = LargeStation()
    server = LocalServer(tmp_path / "s", station)
    await server.start()
    client, heard = Client(tmp_path / "s", "tester", SystemClock()), Heard()
    following = asyncio.create_task(client.run(heard))
    last = await heard.until(lambda item: isinstance(item, messages.Snapshot) and item.bed == "bed10")
    server.publish(reading(2))
    await heard.until(is_seq(2))
    assert (len(last), station.greetings) == (1, 1)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await server.stop()
