"""The whole sound path: output, player, PortAudio, ALSA, a sound server, and what comes out of its sink."""

import time

import numpy as np
import pytest
from pulse_room import RATE_HZ, PulseRoom, missing
from sound_table import lines_of, pulses_of

from alarms.sound.bursts import SPECS, TEST_TONE
from alarms.sound.output import SoundOutput

LACKS = missing()
pytestmark = [pytest.mark.integration, pytest.mark.skipif(bool(LACKS), reason=LACKS)]
AUDIBLE = 0.01


@pytest.fixture(scope="module")
def server():
    room = PulseRoom()
    try:
        yield room.open()
    finally:
        room.close()


@pytest.fixture
def room(server, monkeypatch):
    for name in ("XDG_RUNTIME_DIR", "HOME", "ALSA_CONFIG_PATH", "PULSE_SERVER"):
        monkeypatch.setenv(name, server.environment[name])
    return server


@pytest.fixture
def output(room):
    output = SoundOutput(retry_s=(0.1,))
    output.start()
    assert output.settle(15).ok, output.state.text
    yield output
    assert output.close()


def follow(room, output, holds, what, within_s=15.0):
    """Wait for what is heard, giving the player its sign of life."""

    def beating(samples):
        output.beat()
        return holds(samples)

    return room.until(beating, what, within_s)


def sound_in(samples):
    """The part from the first to the last audible sample."""
    audible = np.flatnonzero(np.abs(samples) > AUDIBLE)
    return samples[audible[0] : audible[-1] + 1] if len(audible) else samples[:0]


def ended(begin, span_s):
    """Whether there was a sound after sample `begin`, and then silence for `span_s`."""

    def holds(samples):
        audible = np.flatnonzero(np.abs(samples[begin:]) > AUDIBLE)
        return len(audible) > 0 and len(samples) - begin - audible[-1] > span_s * RATE_HZ

    return holds


def test_the_test_tone_comes_out_of_the_sink(room, output):
    begin = len(room.heard())
    output.test()
    tone = sound_in(follow(room, output, ended(begin, 0.5), "the test tone")[begin:])
    [(a, b)] = pulses_of(tone, TEST_TONE.f0_hz)
    assert b - a == pytest.approx(400, rel=0.02)
    assert lines_of(tone, 1)[0][0] == pytest.approx(659.26, abs=1)
    until_known = time.monotonic() + 5
    while not output.tested and time.monotonic() < until_known:
        output.beat()
        time.sleep(0.02)
    assert output.tested


@pytest.mark.parametrize("priority", ["high", "medium", "low"])
def test_a_burst_comes_out_with_its_pitch_and_rhythm(room, output, priority):
    spec = SPECS[priority]
    begin = len(room.heard())
    output.sound(priority)
    follow(room, output, lambda heard: np.abs(heard[begin:]).max(initial=0) > 0.1, "its first pulse")
    output.sound(None)  # the alarm is over: the burst ends all the same
    burst = sound_in(follow(room, output, ended(begin, 1.0), "the end of the burst")[begin:])
    pulses = pulses_of(burst, spec.f0_hz)
    assert [a - pulses[0][0] for a, _ in pulses] == pytest.approx(list(spec.onsets_ms), abs=5)
    assert [b - a for a, b in pulses] == pytest.approx([spec.pulse_ms] * len(pulses), rel=0.05)
    one = burst[: round(spec.pulse_ms * 1.2 / 1000 * RATE_HZ)]
    assert [hz for hz, _ in lines_of(one, 5)] == pytest.approx([k * spec.f0_hz for k in range(1, 6)], abs=5)


def test_an_acknowledged_burst_falls_quiet(room, output):
    begin = len(room.heard())
    output.sound("high")
    follow(room, output, lambda heard: np.abs(heard[begin:]).max(initial=0) > 0.4, "its first pulse")
    at = len(room.heard())
    output.sound(None, at_once=True)
    heard = follow(room, output, ended(at, 1.0), "the end of the sound")[at:]
    last_s = np.flatnonzero(np.abs(heard) > AUDIBLE)[-1] / RATE_HZ
    # 100 ms of our own, and what lies in the buffers of this server and of the recorder.
    assert last_s < 0.1 + 0.2


def test_a_rise_to_high_does_not_wait_for_the_medium_burst(room, output):
    begin = len(room.heard())
    output.sound("medium")
    follow(
        room, output, lambda heard: np.abs(heard[begin:]).max(initial=0) > 0.3, "a pulse of the medium burst"
    )
    output.sound("high")
    follow(room, output, lambda heard: np.abs(heard[begin:]).max(initial=0) > 0.45, "the high burst")
    output.sound(None)
    burst = sound_in(follow(room, output, ended(begin, 1.0), "the end")[begin:])
    pulses = pulses_of(burst, SPECS["high"].f0_hz)  # 90 % of a high pulse: no medium one comes so far
    assert [a - pulses[0][0] for a, _ in pulses] == pytest.approx(list(SPECS["high"].onsets_ms), abs=5)
    assert 200 < pulses[0][0] < 800, "after the first or second of three medium pulses"


def test_a_sink_that_is_taken_away_mid_burst_is_a_failure_and_its_return_is_used(room, output):
    begin = len(room.heard())
    output.sound("high")
    follow(room, output, lambda heard: np.abs(heard[begin:]).max(initial=0) > 0.4, "the burst")
    assert room.take_sink_away()
    try:
        end = time.monotonic() + 10
        while output.state.ok and time.monotonic() < end:
            output.beat()
            time.sleep(0.02)
        assert not output.state.ok
    finally:
        room.give_sink_back()
    begin = len(room.heard())
    follow(room, output, lambda heard: np.abs(heard[begin:]).max(initial=0) > 0.4, "the alarm, again")
    follow(room, output, lambda _: output.state.ok, "the output says ok")


@pytest.mark.parametrize("text", ["", "pcm.!default {"], ids=["empty", "broken"])
def test_an_alsa_configuration_that_brings_portaudio_down_costs_only_the_player(tmp_path, monkeypatch, text):
    file = tmp_path / "alsa.conf"
    file.write_text(text)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(file))
    output = SoundOutput(retry_s=(0.1,))
    output.start()
    state = output.settle(15)
    assert not state.ok
    assert state.text
    assert output.close()
