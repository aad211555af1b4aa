"""The same messages over a real mosquitto on a private port."""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys

import aiomqtt
import pytest

from monitor.core.clock import SystemClock
from monitor.core.errors import ConfigError
from monitor.link import messages
from monitor.link.client import Client, Connection
from monitor.link.mqtt import Broker, MqttPublisher

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None, reason="no mosquitto"
    ),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mosquitto:
    """One broker process on loopback."""

    def __init__(self, folder, port):
        self._config = folder / "mosquitto.conf"
        self._config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        self.port = port
        self._process = None

    async def start(self):
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        self._process = subprocess.Popen([program, "-c", self._config], stderr=subprocess.DEVNULL)
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return

    def stop(self):
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


@pytest.fixture
async def broker(tmp_path):
    mosquitto = Mosquitto(tmp_path, free_port())
    await mosquitto.start()
    yield mosquitto
    mosquitto.stop()


class Heard:
    def __init__(self):
        self.items = []
        self._more = asyncio.Event()

    def __call__(self, item):
        self.items.append(item)
        self._more.set()

    async def until(self, wanted):
        async with asyncio.timeout(20):
            while not (found := [item for item in self.items if wanted(item)]):
                self._more.clear()
                await self._more.wait()
            return found


def alarm(seq):
    return messages.Alarm(
        bed="bed1", seq=seq, event="start", condition="SPO2_DESAT", priority="high", kind="physiological",
        occurrence="o1", episode="e1", state="unack", value=82.0, limit=85.0, comparator="<", unit="%",
        channel="spo2", device="ox", text="SpO2 82 % (limit < 85)", action="", utc="", since_utc="",
    )  # fmt: skip


def snapshot(seq):
    board = messages.AlarmBoard(bed="bed1", seq=seq, rows=[], highest=None, sounding=None)
    return messages.Snapshot(
        bed="bed1", seq=seq, title="Room 1", session=None, session_age_s=None, preset="", preset_note="",
        devices=[], numerics=[], nibp=None, board=board, limits=[], trend=[], waveforms=[], sound="none",
        store="", utc="",
    )  # fmt: skip


HELLO = messages.Hello(schema=messages.SCHEMA, epoch="e", version="0", beds=["bed1"])


async def ended(*tasks):
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def beat(publisher):
    while True:
        publisher.publish(messages.Heartbeat(epoch="e", utc=""))
        await asyncio.sleep(0.5)


async def test_a_late_comer_gets_the_retained_state_and_then_the_alarm(broker):
    url = f"mqtt://127.0.0.1:{broker.port}/clinic"
    publisher = MqttPublisher(url)
    running = [asyncio.create_task(publisher.run()), asyncio.create_task(beat(publisher))]
    publisher.publish(HELLO)
    publisher.publish(snapshot(4))
    heard = Heard()
    running.append(asyncio.create_task(Client(url, "tester", SystemClock()).run(heard)))
    await heard.until(lambda item: isinstance(item, messages.Snapshot))
    publisher.publish(alarm(5))
    (got, *_) = await heard.until(lambda item: isinstance(item, messages.Alarm))
    assert got == alarm(5)
    await ended(*running)


async def test_an_alarm_published_while_the_broker_is_away_is_delivered_when_it_is_back(broker):
    url = f"mqtt://127.0.0.1:{broker.port}/clinic"
    publisher = MqttPublisher(url)
    heard = Heard()
    running = [
        asyncio.create_task(publisher.run()),
        asyncio.create_task(beat(publisher)),
        asyncio.create_task(Client(url, "tester", SystemClock()).run(heard)),
    ]
    publisher.publish(HELLO)
    publisher.publish(snapshot(1))
    await heard.until(lambda item: isinstance(item, messages.Snapshot))
    broker.stop()
    await heard.until(lambda item: isinstance(item, Connection) and item.state == "lost")
    publisher.publish(HELLO)
    publisher.publish(snapshot(1))
    publisher.publish(alarm(2))
    await broker.start()
    assert await heard.until(lambda item: isinstance(item, messages.Alarm) and item.seq == 2)
    await ended(*running)


PUBLISHER = """
import asyncio, sys
from monitor.link import messages
from monitor.link.mqtt import MqttPublisher

async def main():
    publisher = MqttPublisher(sys.argv[1])
    publisher.publish(messages.Hello(schema=messages.SCHEMA, epoch="e", version="0", beds=["bed1"]))
    await publisher.run()

asyncio.run(main())
"""


async def test_a_service_that_is_killed_is_announced_by_its_last_will(broker):
    service = subprocess.Popen([sys.executable, "-c", PUBLISHER, f"mqtt://127.0.0.1:{broker.port}/clinic"])
    async with asyncio.timeout(20), aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.subscribe("vigil/v1/clinic/service/#", qos=1)
        async for message in client.messages:
            if message.topic.value.endswith("/hello"):
                service.kill()
            elif message.topic.value.endswith("/gone") and message.payload:
                break
    assert service.wait() == -signal.SIGKILL


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://host", Broker("host", 1883, "site", None, None, False)),
        ("mqtts://u:p%40@host/clinic", Broker("host", 8883, "clinic", "u", "p@", True)),
    ],
)
def test_a_broker_address_is_read(url, expected):
    assert Broker.parse(url) == expected


@pytest.mark.parametrize(
    "url", ["http://host", "mqtt://", "mqtt://host:99999", "mqtt://host/a/b", "host:1883"]
)
def test_a_wrong_broker_address_is_refused(url):
    with pytest.raises(ConfigError, match="broker address|site's name"):
        Broker.parse(url)
