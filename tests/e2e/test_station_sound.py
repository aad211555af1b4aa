"""A station as it runs: what its service sounds comes out of a sound server, and its loss is an alarm."""

import asyncio
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from pulse_room import RATE_HZ, PulseRoom, missing
from sound_table import lines_of

from alarms.sound.bursts import SPECS
from monitor.core.clock import SystemClock
from monitor.link.client import Client
from monitor.link.run_dir import SOCKET

LACKS = missing()
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(bool(LACKS), reason=LACKS), pytest.mark.timeout(120)]
AUDIBLE = 0.01
PITCH_HZ = {name: spec.f0_hz for name, spec in SPECS.items()}
CONFIG = """
[[bed]]
id = "bed1"
[[bed.device]]
id = "oximeter"
model = "nonin-df2"
port = "{port}"
[audio]
volume = 0.5
"""


@pytest.fixture
def room():
    room = PulseRoom()
    try:
        yield room.open()
    finally:
        room.close()


def players_of(pid):
    """The processes that a service has started."""
    children = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children += [int(one) for one in task.read_text().split()]
    return children


def until(holds, what, within_s=20.0):
    end = time.monotonic() + within_s
    while not (found := holds()):
        assert time.monotonic() < end, what
        time.sleep(0.05)
    return found


def pitch_of(samples):
    """The fundamental in Hz of the first pulse in `samples`, None before there is a whole one."""
    audible = np.flatnonzero(np.abs(samples) > AUDIBLE)
    if not len(audible) or len(samples) - audible[0] < 0.2 * RATE_HZ:
        return None
    return lines_of(samples[audible[0] :][: round(0.15 * RATE_HZ)], 1)[0][0]


def heard_after(room, begin, hz):
    """Wait for a pulse of `hz` after sample `begin`; return where it was looked for last."""
    until(
        lambda: (found := pitch_of(room.heard()[begin:])) and abs(found - hz) < 5,
        f"{hz} Hz after sample {begin}; heard {pitch_of(room.heard()[begin:])}",
    )


async def acknowledge(station, event):
    """Acknowledge one occurrence as a client does; return the reply."""
    client = Client(station.run_dir / SOCKET, "anna", SystemClock())
    following = asyncio.create_task(client.run(lambda item: None))
    try:
        for _ in range(100):
            reply = await client.command(
                "bed1", "acknowledge", {"occurrences": [[event["occurrence"], event["priority"]]]}
            )
            if reply.ok:
                return reply
            await asyncio.sleep(0.05)
        return reply
    finally:
        following.cancel()


def test_a_station_is_heard_obeys_and_alarms_about_its_own_silence(station, room, tmp_path):
    file = tmp_path / "vigil.toml"
    file.write_text(CONFIG.format(port=tmp_path / "no-such-port"))
    sound = {name: room.environment[name] for name in ("XDG_RUNTIME_DIR", "ALSA_CONFIG_PATH", "PULSE_SERVER")}
    service = station.start("serve", "--start", "--config", file, **sound)
    watch = station.start("watch", "--json")
    heard_after(room, 0, 659.26)
    assert np.abs(room.heard()).max() == pytest.approx(0.25, abs=0.02), "half of full loudness"

    lost = watch.find(lambda m: m["type"] == "alarm" and m["condition"] == "LINK_LOST")
    begin = until(lambda: len(room.heard()), "the recorder runs") - RATE_HZ
    heard_after(room, begin, PITCH_HZ[lost["priority"]])

    reply = asyncio.run(acknowledge(station, lost))
    assert reply.ok, reply.text
    quiet = len(room.heard()) + round(0.3 * RATE_HZ)
    until(lambda: len(room.heard()) > quiet + 11 * RATE_HZ, "eleven seconds")
    assert np.abs(room.heard()[quiet:]).max() < AUDIBLE, "not even when the next burst would be due"

    [player] = players_of(service.pid)
    begin = len(room.heard())
    os.kill(player, 9)
    failed = watch.find(lambda m: m["type"] == "alarm" and m["condition"] == "AUDIO_FAIL", within_s=2)
    assert (failed["priority"], failed["event"]) == ("high", "start")
    heard_after(room, begin, PITCH_HZ["high"])

    [player] = players_of(service.pid)
    until(lambda: np.abs(room.heard()[-RATE_HZ:]).max() < AUDIBLE, "the failure is over, and so is its burst")
    begin = len(room.heard())
    service.kill(signal.SIGSTOP)
    heard_after(room, begin, PITCH_HZ["high"])

    service.kill()
    service.wait()
    until(lambda: not Path(f"/proc/{player}").exists() or _dead(player), "the player ends with its service")


def _dead(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
