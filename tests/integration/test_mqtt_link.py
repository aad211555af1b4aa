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
from monitor.link.mqtt import Broker, MqttPublisher, aged

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


def is_state(state):
    return lambda item: isinstance(item, Connection) and item.state == state


async def test_a_late_comer_takes_no_retained_number_for_live(broker):
    url = f"mqtt://127.0.0.1:{broker.port}/clinic"
    publisher = MqttPublisher(url)
    running = [asyncio.create_task(publisher.run()), asyncio.create_task(beat(publisher))]
    publisher.publish(HELLO)
    publisher.publish(snapshot(3))
    async with asyncio.timeout(20):
        while publisher.waiting:
            await asyncio.sleep(0.01)
    heard = Heard()
    running.append(asyncio.create_task(Client(url, "tester", SystemClock()).run(heard)))
    await heard.until(is_state("connected"))
    publisher.publish(snapshot(4))
    publisher.publish(alarm(5))
    (got, *_) = await heard.until(lambda item: isinstance(item, messages.Alarm))
    assert got == alarm(5)
    assert [item.seq for item in heard.items if isinstance(item, messages.Snapshot)] == [4]
    await ended(*running)


async def test_an_alarm_published_before_the_broker_is_there_is_delivered_when_it_comes(tmp_path):
    mosquitto = Mosquitto(tmp_path, free_port())
    publisher = MqttPublisher(f"mqtt://127.0.0.1:{mosquitto.port}/clinic")
    publisher.publish(alarm(2))
    await mosquitto.start()
    async with asyncio.timeout(20), aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
        await client.subscribe("vigil/v1/clinic/bed1/alarm/#", qos=1)
        publishing = asyncio.create_task(publisher.run())
        message = await anext(client.messages)
    assert messages.from_service_json(message.payload) == alarm(2)
    await ended(publishing)
    mosquitto.stop()


async def test_a_publisher_finds_a_broker_that_went_away_and_came_back(broker):
    publisher = MqttPublisher(f"mqtt://127.0.0.1:{broker.port}/clinic")
    running = [asyncio.create_task(publisher.run()), asyncio.create_task(beat(publisher))]
    async with asyncio.timeout(50):
        for state in ("connected", "away", "connected"):
            while publisher.state != state:
                await asyncio.sleep(0.01)
            if state == "away":
                await broker.start()
            else:
                broker.stop()
    publisher.stop()
    await ended(*running)


PUBLISHER = """
import asyncio, sys
from monitor.link import messages
from monitor.link.mqtt import MqttPublisher

async def main():
    publisher = MqttPublisher(sys.argv[1])
    publisher.publish(messages.Hello(schema=messages.SCHEMA, epoch="e", version="0", beds=["bed1"]))
    publishing = asyncio.create_task(publisher.run())
    while True:
        publisher.publish(messages.Heartbeat(epoch="e", utc=""))
        await asyncio.sleep(0.3)

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


async def test_a_service_that_hangs_is_lost_and_stays_lost_whatever_the_broker_retained(broker):
    url = f"mqtt://127.0.0.1:{broker.port}/clinic"
    service = subprocess.Popen([sys.executable, "-c", PUBLISHER, url])
    heard = Heard()
    following = asyncio.create_task(Client(url, "tester", SystemClock()).run(heard))
    await heard.until(is_state("connected"))
    service.send_signal(signal.SIGSTOP)
    await heard.until(is_state("lost"))
    late = Heard()
    joining = asyncio.create_task(Client(url, "tester", SystemClock()).run(late))
    await late.until(is_state("lost"))
    assert [item.state for item in late.items] == ["connecting", "lost"]
    assert [item.state for item in heard.items if isinstance(item, Connection)][-1] == "lost"
    service.send_signal(signal.SIGCONT)
    await late.until(is_state("connected"))
    service.kill()
    service.wait()
    await ended(following, joining)


@pytest.mark.parametrize(
    ("message", "waited_s", "expected"),
    [
        pytest.param(messages.Heartbeat(epoch="e", utc=""), 3.0, None, id="an old sign of life is none"),
        pytest.param(snapshot(1), 3.0, None, id="an old picture is not shown"),
        pytest.param(alarm(1), 60.0, alarm(1), id="an alarm is never dropped"),
    ],
)
def test_what_waited_for_the_broker_is_not_sent_as_new(message, waited_s, expected):
    assert aged(message, waited_s) == expected


def test_a_reading_that_waited_says_so():
    reading = messages.Numeric(
        bed="b", device="d", channel="spo2", value=97.0, reason=None, unit="%", utc="", age_s=0.1
    )
    assert aged(reading, 2.0).age_s == 2.1
    assert aged(reading, 3.0) is None


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
