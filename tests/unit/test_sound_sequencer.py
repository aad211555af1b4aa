"""What sounds next: repeats, changes of priority, and the end of sound."""

import numpy as np
import pytest

from alarms.sound.bursts import PEAK, RATE_HZ, SPECS, burst, reminder, tone
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
    one.want(None, at_once=True)
    one.want(None)  # the same wish again, as the owner says it four times a second
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


def test_falling_to_medium_waits_for_half_the_burst():
    one = Sequencer()
    one.want("high")
    one.render(seconds(0.05))
    one.want("medium")
    rest = one.render(seconds(2))
    start = burst("high").groups[0][1] - seconds(0.05)  # after five pulses, not after one
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


@pytest.mark.parametrize("priority", SPECS)
def test_an_alarm_that_is_over_ends_with_its_burst(priority):
    one = Sequencer()
    one.want(priority)
    head = one.render(seconds(0.3))
    one.want(None)
    sound = np.concatenate([head, one.render(2 * burst(priority).period)])
    whole = len(burst(priority).samples)
    assert np.array_equal(sound[:whole], burst(priority).samples)
    assert not sound[whole:].any()


def test_an_alarm_that_ends_between_two_bursts_is_quiet():
    one = Sequencer()
    one.want("high")
    one.render(seconds(5))
    one.want(None)
    assert not one.render(seconds(10)).any()


def test_an_acknowledged_high_gives_way_to_a_medium_at_once():
    one = Sequencer()
    one.want("high")
    one.render(seconds(0.1))
    one.want("medium", at_once=True)
    rest = one.render(seconds(1))
    fade = seconds(0.01)
    assert np.array_equal(rest[fade:], burst("medium").samples[: len(rest) - fade])


def test_one_of_two_alarms_acknowledged_leaves_the_burst_as_it_is():
    one = Sequencer()
    one.want("high")
    head = one.render(seconds(0.1))
    one.want("high", at_once=True)
    sound = np.concatenate([head, one.render(seconds(3))])
    assert np.array_equal(sound, burst("high").samples[: len(sound)])


@pytest.mark.parametrize("falling", ["medium", "low"])
def test_an_alarm_that_comes_back_during_its_burst_does_not_start_it_anew(falling):
    one = Sequencer()
    one.want("high")
    head = one.render(seconds(0.1))
    one.want(falling)
    head = np.concatenate([head, one.render(seconds(0.1))])
    one.want("high")
    sound = np.concatenate([head, one.render(seconds(3))])
    assert np.array_equal(sound, burst("high").samples[: len(sound)])


def test_the_test_tone_sounds_once():
    one = Sequencer()
    one.test()
    assert one.testing
    sound = one.render(seconds(3))
    assert np.array_equal(sound[: len(tone().samples)], tone().samples)
    assert not sound[len(tone().samples) :].any()
    assert not one.testing


@pytest.mark.parametrize("priority", SPECS)
def test_an_alarm_does_not_wait_for_the_test_tone(priority):
    one = Sequencer()
    one.test()
    one.render(seconds(0.1))
    one.want(priority)
    rest = one.render(seconds(0.5))
    fade = seconds(0.01)
    assert np.array_equal(rest[fade:], burst(priority).samples[: len(rest) - fade])
    assert not one.testing, "an alarm that is heard is the test"


@pytest.mark.parametrize(
    ("volume", "gain_db", "peak"),
    [
        pytest.param(1.0, 0.0, PEAK, id="full"),
        pytest.param(0.5, 0.0, PEAK / 2, id="half"),
        pytest.param(0.5, 3.0, PEAK / 2 * 10 ** (3 / 20), id="half and louder"),
        pytest.param(0.68, 6.0, 0.99, id="the whole step fits"),
        pytest.param(1.0, 6.0, 0.995, id="no more than fits"),
    ],
)
def test_volume_and_escalation_set_the_level_without_clipping(volume, gain_db, peak):
    one = Sequencer(volume)
    one.gain_db = gain_db
    one.want("high")
    sound = one.render(seconds(1))
    assert np.abs(sound).max() == pytest.approx(peak, abs=0.006)
    shape = sound / np.abs(sound).max()
    whole = burst("high").samples[: len(sound)]
    assert np.allclose(shape, whole / np.abs(whole).max(), atol=1e-5), "louder, and of the same shape"


def test_the_order_of_loudness_stays_when_it_is_raised():
    def loudest(priority):
        one = Sequencer()
        one.gain_db = 6.0
        one.want(priority)
        return np.abs(one.render(seconds(2))).max()

    assert loudest("high") > loudest("medium") > loudest("low")
