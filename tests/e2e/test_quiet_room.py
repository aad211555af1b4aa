"""A quiet room with real processes: whoever sounds for the bed is killed or stopped, and the bed sounds."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.link.run_dir import SOCKET

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
