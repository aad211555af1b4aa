"""What sounds next: repeats, changes of priority, and the end of sound."""

import numpy as np
import pytest

from alarms.sound.bursts import RATE_HZ, burst, reminder
from alarms.sound.sequencer import Sequencer


def seconds(count: float) -> int:
    return round(count * RATE_HZ)


def last_sound(samples: np.ndarray) -> float:
    """When the last audible sample is, in seconds."""
    return float(np.flatnonzero(np.abs(samples) > 1e-4)[-1]) / RATE_HZ


def first_sound(samples: np.ndarray) -> float:
    return float(np.flatnonzero(np.abs(samples) > 1e-4)[0]) / RATE_HZ


@pytest.mark.parametrize("block", [160, 960, 4801], ids=["small", "20 ms", "odd"])
def test_blocks_join_to_the_burst_and_it_repeats(block):
    one = Sequencer()
    one.want("high")
    period = burst("high").period
    blocks = [one.render(block) for _ in range(2 * period // block + 1)]
    sound = np.concatenate(blocks)
    samples = burst("high").samples
    assert np.array_equal(sound[: len(samples)], samples)
    assert not sound[len(samples) : period].any()
    assert np.array_equal(sound[period : period + seconds(0.5)], samples[: seconds(0.5)])


def test_nothing_wanted_is_silence():
    assert not Sequencer().render(seconds(1)).any()


@pytest.mark.parametrize(
    "when_s", [0.05, 0.10, 1.3, 2.1], ids=["in a pulse", "later in it", "fifth", "sixth"]
)
def test_an_acknowledged_sound_ends_within_ten_milliseconds(when_s):
    one = Sequencer()
    one.want("high")
    one.render(seconds(when_s))
    one.want(None)
    rest = one.render(seconds(2))
    assert not rest.any() or last_sound(rest) <= 0.011


def test_rising_to_high_cuts_in_after_the_pulse():
    one = Sequencer()
    one.want("medium")
    one.render(seconds(0.05))  # inside the first of three pulses
    one.want("high")
    rest = one.render(seconds(1))
    start = burst("medium").pulses[0][1] - seconds(0.05)
    assert np.array_equal(rest[start:], burst("high").samples[: len(rest) - start])


def test_falling_to_medium_waits_for_the_group():
    one = Sequencer()
    one.want("high")
    one.render(seconds(0.05))
    one.want("medium")
    rest = one.render(seconds(1))
    start = burst("high").groups[0][1] - seconds(0.05)  # after three pulses, not after one
    assert np.array_equal(rest[start:], burst("medium").samples[: len(rest) - start])


@pytest.mark.parametrize("wanted", ["high", "medium"])
def test_a_change_between_bursts_starts_at_once(wanted):
    one = Sequencer()
    one.want("low")
    one.render(seconds(5))
    one.want(wanted)
    rest = one.render(seconds(0.2))
    assert np.array_equal(rest, burst(wanted).samples[: len(rest)])


def test_wanting_the_same_again_does_not_restart_the_burst():
    one = Sequencer()
    one.want("high")
    head = one.render(seconds(1))
    one.want("high")
    sound = np.concatenate([head, one.render(seconds(1))])
    assert np.array_equal(sound, burst("high").samples[: len(sound)])


def test_the_reminder_sounds_once_and_yields_to_an_alarm():
    one = Sequencer()
    one.remind()
    sound = one.render(seconds(70))
    assert last_sound(sound) < len(reminder().samples) / RATE_HZ + 0.01
    one.remind()
    one.render(seconds(0.02))
    one.want("high")
    assert first_sound(one.render(seconds(1))) < 0.1


def test_louder_never_leaves_full_scale():
    one = Sequencer()
    one.gain_db = 6.0
    one.want("high")
    assert 0.99 <= np.abs(one.render(seconds(1))).max() <= 1.0
