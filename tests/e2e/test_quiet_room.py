"""A quiet room with real processes: whoever sounds for the bed is killed or stopped, and the bed sounds."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sound_card
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from alarms.quiet import LOST_AFTER
from alarms.sound.output import SoundOutput
from monitor.core.clock import SystemClock
from monitor.link.run_dir import SOCKET
from ui.bed_model import BedModel
from ui.bridge import Bridge
from ui.dashboard import Inbox
from ui.views.bedside import Bedside

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]
ROOT = Path(__file__).parents[2]
CONFIG = """
[[bed]]
id = "bed1"
[audio]
output = "none"
"""


@pytest.fixture
def holder(station):
    """Start a client that holds the sound; ended with the test, stopped or not."""
    started = []

    def start(user):
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "sound_holder.py"), str(station.run_dir / SOCKET), user],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        started.append(process)
        assert process.stdout.readline().strip() == "held"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def board_with(state, sounds_here):
    def holds(message):
        return (
            message["type"] == "board"
            and (message["quiet"] or {}).get("state") == state
            and message["sounds_here"] is sounds_here
        )

    return holds


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_whoever_sounds_for_the_bed_dies_and_the_bed_sounds(station, holder, tmp_path, number):
    file = tmp_path / "vigil.toml"
    file.write_text(CONFIG)
    station.start("serve", "--start", "--config", file)
    watch = station.start("watch", "--json")
    watch.find(lambda m: m["type"] == "snapshot")
    process = holder("anna")
    held = watch.find(board_with("held", False))
    assert held["quiet"]["by"] == "anna"

    process.send_signal(number)
    began = time.monotonic()
    lost = watch.find(lambda m: m["type"] == "alarm" and m["condition"] == "REMOTE_LOST")
    print(f"{signal.Signals(number).name}: the bed sounds after {time.monotonic() - began:.2f} s")
    assert (lost["event"], lost["priority"]) == ("start", "medium")
    board = watch.find(board_with("lost", True))
    assert board["sounding"] == "medium"
    assert board["quiet"]["beat_age_s"] >= 6.0, "by the service's own clock, and not sooner"


def test_a_restart_of_the_service_sounds_and_is_taken_up_by_its_holder(station, holder, tmp_path):
    file = tmp_path / "vigil.toml"
    file.write_text(CONFIG)
    service = station.start("serve", "--start", "--config", file)
    watch = station.start("watch", "--json")
    watch.find(lambda m: m["type"] == "snapshot")
    holder("anna")
    watch.find(board_with("held", False))
    service.kill()
    service.wait()
    station.start("serve", "--config", file)
    back = watch.find(lambda m: m["type"] == "snapshot")
    assert back["board"]["sounds_here"] is True
    board = watch.find(board_with("held", False))
    assert [row for row in board["rows"] if row["members"][0]["condition"] == "REMOTE_LOST"] == []


@pytest.fixture
def window(station, tmp_path, qtbot):
    """The bedside window with its real client, and the real player on a card that keeps what it plays."""
    clock, inbox, model = SystemClock(), Inbox(), BedModel()
    bridge = Bridge(station.run_dir / SOCKET, "anna", clock, inbox.delivered.emit, inbox.answered.emit)
    made = Bedside(
        model,
        "anna",
        clock,
        bridge.command,
        lambda: SoundOutput(command=sound_card.command(tmp_path)),
        keeper=bridge,
    )
    inbox.delivered.connect(made.accept)
    inbox.answered.connect(made.answered)
    qtbot.addWidget(made, before_close_func=lambda window: window.leave())
    bridge.start()
    made.show()
    yield made
    made.leave()
    assert bridge.stop()


def test_the_dashboard_takes_the_sound_after_its_test_and_gives_it_back_at_its_end(
    station, window, tmp_path, qtbot
):
    file = tmp_path / "vigil.toml"
    file.write_text(CONFIG)
    station.start("serve", "--start", "--config", file)
    watch = station.start("watch", "--json")
    watch.find(lambda m: m["type"] == "snapshot")
    qtbot.waitUntil(window.sound_button.isEnabled, timeout=10_000)
    QTest.keyClick(window, Qt.Key.Key_F5)
    question = window.sound_here.question
    qtbot.waitUntil(lambda: question.isVisible() and question.heard.isEnabled(), timeout=10_000)
    qtbot.waitUntil(lambda: any(peak > 0.1 for _, peak in sound_card.played(tmp_path)), timeout=10_000)
    question.heard.click()
    qtbot.waitUntil(lambda: "HERE" in window._quiet.sign, timeout=10_000)
    watch.find(board_with("held", False))
    beats = window._keeper._beats
    first = beats._echo_at
    qtbot.waitUntil(lambda: beats._echo_at - first > LOST_AFTER, timeout=20_000)  # beats renew it
    assert "HERE" in window._quiet.sign
    window.leave()
    after = watch.find(lambda m: m["type"] in ("alarm", "board"))
    assert (after["type"], after["quiet"], after["sounds_here"]) == ("board", None, True)
