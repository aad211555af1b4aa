"""The sound thread: its device comes, goes, stalls or never was, and it says so in words."""

import threading

import numpy as np
import pytest

from alarms.sound.output import SoundOutput


class Recording:
    """Stands for the card: takes blocks as fast as they come and keeps them."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.blocks: list[np.ndarray] = []
        self.closed = threading.Event()
        self.enough = threading.Event()
        self.fail_after = fail_after

    def write(self, block):
        self.blocks.append(block)
        if len(self.blocks) > 10:
            self.enough.set()
        if self.fail_after is not None and len(self.blocks) > self.fail_after:
            raise OSError("the card was pulled")

    def close(self):
        self.closed.set()


@pytest.fixture
def outputs():
    opened: list[SoundOutput] = []
    yield opened
    assert all(output.close() for output in opened)


def test_what_is_wanted_reaches_the_device(outputs):
    card = Recording()
    output = SoundOutput(lambda: card)
    outputs.append(output)
    output.sound("high")
    output.start()
    assert card.enough.wait(5)
    assert output.state.ok
    assert np.abs(np.concatenate(card.blocks)).max() > 0.5


def test_closing_lets_go_of_the_device():
    card = Recording()
    output = SoundOutput(lambda: card)
    output.start()
    assert card.enough.wait(5)
    assert output.close()
    assert card.closed.is_set()
    assert not output.state.ok


def test_a_missing_device_is_words(outputs):
    def nothing():
        raise OSError("no sound device on this station")

    output = SoundOutput(nothing)
    outputs.append(output)
    output.start()
    state = output.settle(5)
    assert (state.ok, state.text) == (False, "no sound device on this station")


def test_a_device_that_comes_back_is_used_again(outputs):
    cards = [Recording(fail_after=2), Recording()]
    chain = iter(cards)
    output = SoundOutput(lambda: next(chain), retry_s=0.01)
    outputs.append(output)
    output.start()
    assert cards[1].enough.wait(5)
    assert output.state.ok
    assert cards[0].closed.is_set()


def test_a_device_that_takes_nothing_is_reported_as_stalled(outputs):
    release, entered = threading.Event(), threading.Event()

    class Stuck(Recording):
        def write(self, block):
            entered.set()
            release.wait(10)

    output = SoundOutput(Stuck)
    outputs.append(output)
    output.start()
    assert entered.wait(5)
    output._progress_at -= 2  # two seconds went by without a block
    assert output.state.text == "the sound output has stalled"
    release.set()


def test_the_real_device_path_never_raises(outputs):
    output = SoundOutput()
    outputs.append(output)
    output.start()
    assert output.settle(10).text


def test_never_started_says_so():
    assert not SoundOutput().state.ok
    assert SoundOutput().close()
