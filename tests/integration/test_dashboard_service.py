"""The whole client against a service on a real socket: restart, acknowledgement, clean end."""

import asyncio
import io
import json
import os
import threading

import bed_scenes as scenes
import pytest
from bed_scenes import numeric, row
from bedside_play import NoSound
from scripted_service import ScriptedService

from monitor.core.clock import SystemClock
from ui.bed_model import BedModel
from ui.bridge import Bridge
from ui.dashboard import Inbox, run
from ui.terminal.watch import watch
from ui.views.bedside import Bedside

pytestmark = pytest.mark.integration


@pytest.fixture
def service(tmp_path):
    made = ScriptedService(tmp_path / "s.sock")
    made.start()
    yield made
    if made._thread.is_alive():
        made.stop()


@pytest.fixture
def window(service, qtbot):
    clock, inbox, model = SystemClock(), Inbox(), BedModel()
    bridge = Bridge(service.path, "anna", clock, inbox.delivered.emit, inbox.answered.emit)
    made = Bedside(model, "anna", clock, bridge.command, NoSound)
    inbox.delivered.connect(made.accept)
    inbox.answered.connect(made.answered)
    made.ticked.connect(lambda now: model.state.known and bridge.follow_waves(scenes.BED))
    qtbot.addWidget(made, before_close_func=lambda window: window.leave())
    bridge.start()
    made.show()
    yield made
    assert bridge.stop()


def shows(window, channel, value):
    tile = window.tiles.get(channel)
    return tile is not None and tile.text is not None and tile.text.value == value


def test_messages_reach_the_screen(service, window, qtbot):
    qtbot.waitUntil(lambda: shows(window, "spo2", "97"), timeout=5000)
    service.say(numeric(value=93.0))
    qtbot.waitUntil(lambda: shows(window, "spo2", "93"), timeout=2000)


def test_waveforms_are_asked_for_and_drawn(service, window, qtbot):
    qtbot.waitUntil(lambda: service._server.wants_waves, timeout=5000)
    service.say(scenes.pleth(0, 75))
    qtbot.waitUntil(lambda: "pleth" in window.strip._lanes, timeout=2000)


def test_acknowledge_goes_to_the_service_and_a_refusal_comes_back(service, window, qtbot):
    service.reply = {"ok": False, "text": "no", "results": [{"ok": False, "text": "it has ended"}]}
    service.say(scenes.board(row()))
    qtbot.waitUntil(lambda: bool(window.alarm_bar.shown), timeout=5000)
    window.alarm_bar.button.click()
    qtbot.waitUntil(lambda: window.alarm_bar._notice == "Not acknowledged: it has ended", timeout=5000)
    (command,) = service.commands
    assert (command.name, command.user, command.args) == (
        "acknowledge",
        "anna",
        {"occurrences": [["o-SPO2", "high"]]},
    )


def test_a_restart_of_the_service_is_survived(service, window, qtbot):
    qtbot.waitUntil(lambda: shows(window, "spo2", "97"), timeout=5000)
    service.stop()
    qtbot.waitUntil(lambda: shows(window, "spo2", "---"), timeout=3000)
    service.start()
    qtbot.waitUntil(lambda: shows(window, "spo2", "97"), timeout=5000)


def test_no_thread_is_left_behind(service, tmp_path, qapp):
    before = set(threading.enumerate())
    picture = tmp_path / "p.png"
    assert run(service.path, "anna", picture=picture, run_seconds=1.0) == 0
    assert picture.exists()
    assert set(threading.enumerate()) <= before


def test_a_dashboard_without_a_service_says_so_and_ends(tmp_path, qapp):
    picture = tmp_path / "p.png"
    assert run(tmp_path / "nobody.sock", "anna", picture=picture, picture_when="end", run_seconds=0.5) == 0
    assert picture.exists()


class Collected(io.StringIO):
    """A reader of `watch` that tells when it has seen what it waits for."""

    def __init__(self, *wanted):
        super().__init__()
        self.wanted = wanted
        self.seen = asyncio.Event()

    def write(self, text):
        count = super().write(text)
        if all(word in self.getvalue() for word in self.wanted):
            self.seen.set()
        return count


async def test_watch_json_follows_the_service(service):
    out = Collected('"type": "snapshot"', '"type": "numeric"', '"type": "waveform"')
    task = asyncio.create_task(watch(service.path, "anna", None, True, True, out))
    async with asyncio.timeout(10):
        while not service._server.wants_waves:
            await asyncio.sleep(0.01)
        service.say(numeric(value=91.0), scenes.pleth(0, 4))
        await out.seen.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    said = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [one["type"] for one in said[:2]] == ["connection", "connection"]
    assert isinstance(said[-1]["samples"], list)


async def test_watch_ends_quietly_when_nobody_reads(service):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as out:
        async with asyncio.timeout(10):
            assert await watch(service.path, "anna", None, True, False, out) == 0


async def test_watch_prints_plain_lines_without_a_terminal(service):
    out = Collected("Connected to the service", "SpO₂ 97 %")
    task = asyncio.create_task(watch(service.path, "anna", None, False, False, out))
    async with asyncio.timeout(10):
        await out.seen.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
