"""From a wish to the samples that the card takes, and from an acknowledgement to silence."""

import time
from itertools import count

import numpy as np
import pytest
import sound_card

from alarms.sound.output import SoundOutput
from monitor.config import BedEntry, DeviceEntry
from monitor.core.clock import SystemClock
from monitor.core.types import Nibp
from monitor.link.messages import AlarmBoard
from monitor.service.opening import Station, open_bed
from monitor.service.sounding import StationSound

TIMES = 20
ONSET_MS = 50
"""What a reading may take to its first sample."""
QUIET_MS = 100
BUFFER_MS = 50
"""What the device may still hold when silence is written (alarms.sound.device)."""


@pytest.fixture
def output(tmp_path):
    output = SoundOutput(command=sound_card.command(tmp_path))
    output.start()
    assert output.settle(15).ok
    yield output
    assert output.close()


def wait_for(folder, holds):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        blocks = sound_card.played(folder)
        if holds(blocks):
            return blocks
        time.sleep(0.005)
    raise AssertionError("the card did not play it")


def one_round(output, folder):
    """Milliseconds to the first sample, and from the acknowledgement to the last."""
    asked = time.monotonic()
    output.sound("high")
    blocks = wait_for(folder, lambda blocks: blocks[-1][1] > 0.1)
    first = next(t for t, level in blocks if t > asked and level > 0)
    quiet = time.monotonic()
    output.sound(None, at_once=True)
    blocks = wait_for(folder, lambda blocks: all(level == 0 for _, level in blocks[-3:]))
    last = max(t for t, level in blocks if level > 0)
    return (first - asked) * 1000, max(0.0, last - quiet) * 1000 + 10  # a block lasts 10 ms


class Bed:
    """A bed on a real session file that sounds at the station; a pressure of 60 is high at once."""

    def __init__(self, folder, output):
        sound = StationSound(output)

        def publish(message):
            if isinstance(message, AlarmBoard):
                sound.show(message)

        ids = (f"id{number}" for number in count())
        device = DeviceEntry(id="cuff", model="suntech-advantage", port="/dev/null")
        entry = BedEntry(id="bed1", title="Room 1", device=(device,))
        station = Station(
            folder, SystemClock(), "epoch", "0", "adult-standard", lambda: next(ids), publish, sound.text
        )
        self._bed = open_bed(entry, station, start_session=True, on_store=lambda bed, failed: None)

    def read_pressure(self):
        self._bed.accept(Nibp("cuff", SystemClock().now(), 60.0, 40.0, 47.0, 70.0))

    def close(self):
        self._bed.close(ended=True)


@pytest.mark.benchmark(group="sound")
def test_a_reading_is_heard_in_time(benchmark, output, tmp_path, capsys):
    spans_ms = []

    def reading(number=count()):  # noqa: B008 - counts through all rounds
        bed = Bed(tmp_path / f"bed{next(number)}", output)
        begin = time.monotonic()
        bed.read_pressure()
        blocks = wait_for(tmp_path, lambda blocks: blocks[-1][0] > begin and blocks[-1][1] > 0.1)
        spans_ms.append((next(t for t, level in blocks if t > begin and level > 0) - begin) * 1000)
        output.sound(None, at_once=True)
        bed.close()
        wait_for(tmp_path, lambda blocks: all(level == 0 for _, level in blocks[-3:]))

    benchmark.pedantic(reading, rounds=10)
    with capsys.disabled():
        middle, most = np.median(spans_ms), max(spans_ms)
        print(f"\n  reading to samples {middle:.1f} ms, at most {most:.1f} (limit {ONSET_MS})")
    assert max(spans_ms) < ONSET_MS


@pytest.mark.benchmark(group="sound")
def test_sound_starts_and_ends_in_time(benchmark, output, tmp_path, capsys):
    rounds = []
    benchmark.pedantic(lambda: rounds.append(one_round(output, tmp_path)), rounds=TIMES)
    onset, quiet = np.array(rounds).T
    with capsys.disabled():
        print(f"\n  first sample {np.median(onset):.1f} ms, at most {onset.max():.1f} (limit {ONSET_MS})")
        print(
            f"  last sample  {np.median(quiet):.1f} ms, at most {quiet.max():.1f}, and {BUFFER_MS} buffered"
        )
    assert onset.max() < ONSET_MS
    assert quiet.max() + BUFFER_MS < QUIET_MS
