"""The player's answers to wishes, block by block, without a process."""

import numpy as np
import pytest

from alarms.sound.bursts import RATE_HZ, burst, tone
from alarms.sound.pipe import Report, Wish, line, report, wish
from alarms.sound.player import BLOCK, OWNER_LOST_S, Player


class Play:
    """A player, its clock, and an owner that speaks four times a second."""

    def __init__(self):
        self.now_s = 100.0
        self.player = Player(self.now_s)
        self.wish = Wish()

    def run(self, span_s, *, owner=True):
        blocks = []
        for number in range(round(span_s * RATE_HZ / BLOCK)):
            if owner and number % 25 == 0:
                self.player.take(self.wish, self.now_s)
            blocks.append(self.player.block(self.now_s))
            self.now_s += BLOCK / RATE_HZ
        return np.concatenate(blocks)


def test_the_same_wish_again_and_again_is_one_burst():
    play = Play()
    play.wish = Wish(priority="high")
    sound = play.run(3)
    assert np.array_equal(sound, burst("high").samples[: len(sound)])


def test_an_acknowledgement_is_heard_in_the_very_next_block():
    play = Play()
    play.wish = Wish(priority="high")
    play.run(0.1)
    play.wish = Wish(cuts=1)
    sound = play.run(1)
    assert np.abs(sound[:BLOCK]).max() > 0
    assert not sound[BLOCK:].any()


def test_a_new_player_knows_what_was_before_it():
    play = Play()
    play.wish = Wish(priority="high", cuts=7, reminders=3)
    sound = play.run(1)
    assert np.array_equal(sound, burst("high").samples[: len(sound)])


def test_a_reminder_is_heard_once_for_each_time_it_is_asked_for():
    play = Play()
    play.run(0.5)
    play.wish = Wish(reminders=1)
    assert play.run(1).any()
    assert not play.run(5).any()
    play.wish = Wish(reminders=2)
    assert play.run(1).any()


def test_the_test_tone_is_reported_when_it_was_heard():
    play = Play()
    play.wish = Wish(test=4)
    play.run(0.2)
    assert play.player.report.tested == 0
    rest = play.run(1)
    assert play.player.report.tested == 4
    assert not rest[len(tone().samples) :].any()


def test_without_a_word_from_its_owner_for_three_seconds_it_sounds_high():
    play = Play()
    play.run(0.1)
    assert not play.run(OWNER_LOST_S - 0.1, owner=False).any()
    sound = play.run(2, owner=False)
    began = np.flatnonzero(sound)[0] - 1
    assert began < 0.2 * RATE_HZ
    # The last sign of life lies up to 0.1 s back.
    assert np.array_equal(sound[began // BLOCK * BLOCK :][:RATE_HZ], burst("high").samples[:RATE_HZ])


def test_an_owner_that_comes_back_decides_again():
    play = Play()
    play.run(5, owner=False)
    play.wish = Wish(cuts=0)
    play.run(4)
    assert not play.run(20).any()


def test_a_priority_of_a_newer_version_leaves_the_sound_as_it_is():
    play = Play()
    play.wish = Wish(priority="high")
    play.run(0.5)
    play.wish = Wish(priority="extreme")
    assert np.abs(play.run(8)).max() > 0.5


@pytest.mark.parametrize(
    ("message", "read"),
    [
        (Wish(priority="low", cuts=2, volume=0.5, gain_db=3.0), wish),
        (Report(frames=480, failed="gone"), report),
    ],
)
def test_a_message_survives_the_pipe(message, read):
    text = line(message)
    assert text.endswith(b"\n")
    assert text.count(b"\n") == 1
    assert read(text) == message
