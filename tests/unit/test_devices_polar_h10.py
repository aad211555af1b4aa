"""The H10's ECG: asked for, started, ended; and what happens when the strap does not give it."""

import struct

import pytest

from drivers.devices.polar_h10 import CONTROL, MODEL
from drivers.model import DeviceConfig
from drivers.wire.heart_rate import HeartRateDecoder
from drivers.wire.polar_pmd import PmdControlDecoder, PmdEcgDecoder
from monitor.core.clock import Nanos, SystemClock, seconds
from monitor.core.types import DeviceInfo, Numeric, Waveform

SETTINGS = "F0 01 00 00 00 00 01 82 00 01 01 0E 00"
GET, START, STOP = b"\1\0", bytes.fromhex("02000001820001010E00"), b"\3\0"


class Bench:
    """A strap connected as the supervisor does it."""

    def __init__(self) -> None:
        self.t = Nanos(0)
        self.strap = MODEL.make_device(DeviceConfig("h10", MODEL.name), SystemClock())
        self._ecg = PmdEcgDecoder()

    def sent(self, writes) -> list[bytes]:
        assert all(write.uuid == CONTROL for write in writes)
        return [write.data for write in writes]

    def opened(self) -> list[bytes]:
        return self.sent(self.strap.opened(self.t))

    def step(self, after_s: float = 0) -> list[bytes]:
        self.t = Nanos(self.t + seconds(after_s))
        return self.sent(self.strap.step(self.t).writes)

    def answer(self, frame: str) -> list:
        return self.strap.readings(PmdControlDecoder().feed(bytes.fromhex(frame)), self.t)

    def ecg(self, at_s: float, *samples: int) -> list:
        body = b"".join(sample.to_bytes(3, "little", signed=True) for sample in samples)
        return self.strap.readings(
            self._ecg.feed(struct.pack("<BQB", 0, round(at_s * 1e9), 0) + body), self.t
        )


def test_stream_is_asked_for_started_and_ended():
    bench = Bench()
    assert bench.opened() == [GET]
    assert bench.step() == []
    assert bench.answer(SETTINGS) == []
    assert (bench.step(), bench.step(1)) == ([START], [])
    assert bench.answer("F0 02 00 00 00") == []
    assert bench.sent(bench.strap.parting(bench.t)) == [STOP]


def test_samples_are_millivolt_and_a_missing_frame_is_told_as_lost():
    bench = Bench()
    [first] = bench.ecg(1.0, -12, 5, 120, -300)
    assert isinstance(first, Waveform) and (first.channel, first.rate_hz, first.lost) == ("ecg", 130.0, 0)
    assert (first.samples * first.scale + first.offset).tolist() == pytest.approx([-0.012, 0.005, 0.12, -0.3])
    [second] = bench.ecg(2.0, 1, 2)
    assert second.lost == 128


def test_sample_beyond_16_bits_is_cut_not_turned_round():
    [chunk] = Bench().ecg(1.0, 40000, -40000)
    assert chunk.samples.tolist() == [32767, -32767]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        pytest.param("F0 01 00 03 00", "no ECG: ECG settings: not supported (3)", id="settings refused"),
        pytest.param(
            "F0 01 00 00 00 00 01 FA 00", "no ECG: ECG settings: 250 Hz, no bit", id="unknown settings"
        ),
        pytest.param(
            "F0 02 00 0C 00", "no ECG: start ECG: not possible in this state (12)", id="start refused"
        ),
    ],
)
def test_refusal_is_told_in_words_and_the_heart_rate_goes_on(frame, text):
    bench = Bench()
    bench.opened()
    [info] = bench.answer(frame)
    assert isinstance(info, DeviceInfo) and info.text == text
    assert [bench.step(60) for _ in range(3)] == [[], [], []]
    [rate] = bench.strap.readings(HeartRateDecoder().feed(b"\x10\x3c\x11\x04"), bench.t)[:1]
    assert isinstance(rate, Numeric) and rate.value == 60


def test_stream_that_runs_already_is_as_good_as_started():
    bench = Bench()
    bench.opened()
    assert bench.answer("F0 02 00 06 00") == []


def test_strap_that_does_not_answer_is_asked_three_times():
    bench = Bench()
    bench.opened()
    assert [bench.step(9), bench.step(1), bench.step(10), bench.step(10), bench.step(600)] == [
        [],
        [GET],
        [GET],
        [],
        [],
    ]


def test_stream_that_stops_is_asked_for_again():
    bench = Bench()
    bench.opened()
    bench.answer(SETTINGS)
    bench.step()
    bench.ecg(1.0, 1)
    assert (bench.step(9), bench.step(1)) == ([], [GET])


def test_another_connection_begins_anew():
    bench = Bench()
    bench.opened()
    bench.answer(SETTINGS)
    assert (bench.opened(), bench.step()) == ([GET], [])
