"""The station's sound: the real output thread, its samples taken instead of played."""

import threading

import numpy as np
import pytest

from alarms.sound.output import SoundOutput
from monitor.core.clock import Nanos, seconds
from monitor.service.sounding import OPENING, StationSound

START = seconds(100)


class Speaker:
    """A device that keeps what it was given."""

    def __init__(self):
        self.heard = threading.Event()
        self.closed = False

    def write(self, block):
        if np.abs(block).max() > 0.05:
            self.heard.set()

    def close(self):
        self.closed = True


@pytest.fixture
def speaker():
    return Speaker()


@pytest.fixture
def sound(speaker):
    sound = StationSound(SoundOutput(lambda: speaker), START)
    sound.start()
    yield sound
    sound.close()


def test_an_alarm_of_any_bed_is_heard(sound, speaker):
    sound.want("bed2", None)
    sound.want("bed1", "high")
    assert speaker.heard.wait(10)


def test_one_bed_that_falls_quiet_does_not_quieten_another(sound, speaker):
    sound.want("bed1", "medium")
    sound.want("bed2", "high")
    sound.want("bed2", None)
    speaker.heard.clear()
    assert speaker.heard.wait(15), "bed1's medium goes on"


def test_a_working_output_is_no_failure(sound, speaker):
    sound.want("bed1", "low")
    assert speaker.heard.wait(10)
    assert (sound.failure(Nanos(START + OPENING)), sound.text()) == (None, "ok")


def test_a_missing_device_is_a_failure_in_words_after_its_time_to_open():
    def missing():
        raise OSError("no sound device on this station")

    output = SoundOutput(missing)
    sound = StationSound(output, START)
    sound.start()
    output.settle(10)
    assert sound.failure(START) is None
    assert sound.failure(Nanos(START + OPENING)) == "no sound device on this station"
    sound.close()


def test_a_station_without_sound_says_so_and_does_not_alarm():
    sound = StationSound(None, START)
    sound.want("bed1", "high")
    assert (sound.text(), sound.failure(Nanos(START + OPENING))) == ("none", None)
