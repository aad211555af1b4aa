"""The sound output and its player, two processes: the player comes, goes, hangs or never was."""

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
import sound_card

from alarms.sound.output import STALLED, OutputState, SoundOutput

pytestmark = pytest.mark.integration
QUICK = (0.05,)


def until(holds, what, output=None, within_s=15.0):
    """Wait for another process; the owner's sign of life goes on meanwhile."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, what
        if output is not None:
            output.beat()
        time.sleep(0.02)


@pytest.fixture
def started():
    """Start an output on a stand-in card; all are closed at the end."""
    opened = []

    def start(folder, kind="good", blocks=0, **settings):
        settings = {"retry_s": QUICK, "command": sound_card.command(folder, kind, blocks), **settings}
        output = SoundOutput(**settings)
        opened.append(output)
        output.start()
        return output

    yield start
    assert all(output.close() for output in opened)


def loudest(folder):
    return max((level for _, level in sound_card.played(folder)), default=0.0)


def test_what_is_wanted_reaches_the_device(started, tmp_path):
    output = started(tmp_path)
    output.sound("high")
    until(lambda: loudest(tmp_path) > 0.4, "the burst is heard", output)
    until(lambda: output.state.ok, "the output says ok", output)


def test_the_volume_is_that_of_the_station(started, tmp_path):
    output = started(tmp_path, volume=0.25)
    output.sound("high")
    until(lambda: loudest(tmp_path) > 0.11, "the burst is heard", output)
    assert loudest(tmp_path) < 0.13


def test_an_alarm_that_nobody_answers_is_louder_by_the_whole_step(started, tmp_path):
    output = started(tmp_path, volume=1.0)
    output.sound("high")
    until(lambda: loudest(tmp_path) > 0.4, "the burst is heard", output)
    before = loudest(tmp_path)
    output.louder(6.0)
    until(lambda: loudest(tmp_path) > 1.9 * before, "twice as much", output)
    assert loudest(tmp_path) < 1.0


def test_an_acknowledged_sound_is_over_and_a_new_one_begins(started, tmp_path):
    output = started(tmp_path)
    output.sound("high")
    until(lambda: loudest(tmp_path) > 0.4, "the burst is heard", output)
    output.sound(None, at_once=True)
    quiet = len(sound_card.played(tmp_path)) + 20
    until(lambda: len(sound_card.played(tmp_path)) > quiet + 50, "half a second of silence", output)
    assert max(level for _, level in sound_card.played(tmp_path)[quiet:]) == 0.0
    output.sound("low")
    until(lambda: sound_card.played(tmp_path)[-1][1] > 0.2, "the next alarm is heard", output)


def test_the_test_tone_is_reported_once_it_was_heard(started, tmp_path):
    output = started(tmp_path)
    for _ in range(2):
        assert output.tested
        output.test()
        assert not output.tested
        until(lambda: output.tested, "the tone was heard", output)
    levels = [level > 0.1 for _, level in sound_card.played(tmp_path)]
    assert sum(b and not a for a, b in pairwise(levels)) == 2


def test_closing_ends_the_player(started, tmp_path):
    output = started(tmp_path)
    output.settle(10)
    player = output._player
    assert output.close()
    assert player.poll() is not None
    assert output.state == OutputState(False, "the sound output is closed")


def test_a_missing_device_is_words(started, tmp_path):
    state = started(tmp_path, "missing").settle(10)
    assert (state.ok, state.text) == (False, "no sound device on this station")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("abort", "the sound player ended with signal SIGABRT"),
        ("abort later", "the sound player ended with signal SIGABRT"),
        ("pulled", "the card was pulled"),
    ],
)
def test_a_player_that_goes_down_is_words_and_is_started_again(started, tmp_path, kind, text):
    output = started(tmp_path, kind, 60)
    until(lambda: output.state.text == text, f"it says {text!r}", output)
    first = {output._player.pid if output._player else None}
    until(lambda: output._player and output._player.pid not in first, "there is another player", output)


def test_a_killed_player_is_followed_by_one_that_sounds_what_is_wanted(started, tmp_path):
    output = started(tmp_path)
    output.sound("high")
    until(lambda: output.state.ok and loudest(tmp_path) > 0.4, "it plays", output)
    output._player.kill()
    until(lambda: not output.state.ok, "the loss is seen")
    assert output.state.text == "the sound player ended with signal SIGKILL"
    seen = len(sound_card.played(tmp_path))
    until(lambda: output.state.ok, "the next one plays", output)
    assert max(level for _, level in sound_card.played(tmp_path)[seen:]) > 0.4


@pytest.mark.parametrize("why", ["device", "process"])
def test_a_player_that_hangs_is_seen_and_replaced(started, tmp_path, why, monkeypatch):
    monkeypatch.setattr("alarms.sound.output.HUNG_S", 2.0)
    output = started(tmp_path, *(("stall", 60) if why == "device" else ()))
    until(lambda: output.state.ok, "it plays", output)
    hung = output._player.pid
    if why == "process":
        os.kill(hung, signal.SIGSTOP)
    until(lambda: not output.state.ok, "the stall is seen", output)
    assert output.state.text == STALLED
    until(lambda: output._player and output._player.pid != hung, "another player", output)


def test_a_player_whose_owner_falls_silent_sounds_by_itself(started, tmp_path):
    output = started(tmp_path)
    until(lambda: output.state.ok, "it plays", output)
    assert loudest(tmp_path) == 0.0
    until(lambda: loudest(tmp_path) > 0.4, "no sign of life, so it sounds")
    output.beat()
    until(lambda: sound_card.played(tmp_path)[-1][1] == 0.0, "the owner is back", output)


OWNER = """
import sys
sys.path.insert(0, {tests!r})
import sound_card
from pathlib import Path
from alarms.sound.output import SoundOutput
output = SoundOutput(command=sound_card.command(Path({folder!r})))
output.start()
output.settle(10)
print(output._player.pid, flush=True)
while True:
    output.beat()
    sys.stdin.readline()
"""


def test_no_player_outlives_an_owner_that_was_killed(tmp_path):
    script = OWNER.format(tests=str(Path(sound_card.__file__).parent), folder=str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        player = int(owner.stdout.readline())
        os.kill(player, 0)
        owner.kill()
    until(lambda: not _runs(player), "the player is gone too")


def test_a_player_ends_with_its_owner_even_while_it_is_stopped(tmp_path):
    script = OWNER.format(tests=str(Path(sound_card.__file__).parent), folder=str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        player = int(owner.stdout.readline())
        os.kill(player, signal.SIGSTOP)
        owner.kill()
    until(lambda: not _runs(player), "the system ended it")


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_wait_before_the_next_player_grows(tmp_path):
    output = SoundOutput(command=("/nonexistent/player",), retry_s=(0.0, 1000.0))
    output.start()
    state = output.settle(10)
    assert state.text.startswith("the sound player cannot be started")
    assert output.close()


def test_the_real_device_path_never_raises(started, tmp_path):
    assert started(tmp_path, command=SoundOutput()._command).settle(10).text


def test_an_unknown_priority_is_refused(started, tmp_path):
    with pytest.raises(KeyError):
        started(tmp_path).sound("urgent")


def test_never_started_says_so():
    assert not SoundOutput().state.ok
    assert SoundOutput().close()
