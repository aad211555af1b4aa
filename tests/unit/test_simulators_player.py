import math

import numpy as np
import pytest

from drivers.wire.events import NumericEvent, StatusEvent, WaveformEvent
from drivers.wire.nonin import Df2Decoder, Df7Decoder
from monitor.core.errors import ConfigError
from simulators import player
from simulators.nonin import Layout, Nonin
from simulators.recordings import folder
from simulators.run import replayed

SECONDS = 40
DECODERS = {Layout.DF2: Df2Decoder, Layout.DF7: Df7Decoder}


def _row(second):
    """Return pulse and SpO2 of a second: both missing from 10 to 12, SpO2 alone at 20."""
    if 10 <= second < 13:
        return None, None
    return 60 + second * 3, (None if second == 20 else 99 - second % 20)


def _write(to, times=range(SECONDS), rate=125.0, t0=0.0):
    lines = ["t_s,HR,PULSE,RESP,SpO2,NBPSys,NBPDias,NBPMean"]
    for index, t in enumerate(times):
        pulse, spo2 = _row(index)
        cuff = "122,80,94" if index in (5, 6, 38) else ",,"
        cells = ["" if value is None else str(value) for value in (70 + index, pulse, 16, spo2)]
        lines.append(f"{t},{','.join(cells)},{cuff}")
    (to / "numerics.csv").write_text("\n".join(lines) + "\n")
    t = np.arange(int(SECONDS * rate)) / rate
    raw = (8000 * np.sin(2 * np.pi * 1.2 * t) + 3000 * np.sin(2 * np.pi * 0.2 * t)).astype(np.int16)
    raw[1000:1010] = folder.MISSING_RAW
    wave = {"PLETH": raw, "PLETH__fs": rate, "PLETH__t0": t0, "PLETH__scale": 0.001, "PLETH__offset": 0.5}
    np.savez(to / "waves.npz", **wave)
    return to


@pytest.fixture
def recording(tmp_path):
    return player.load(_write(tmp_path))


def _events(recording, layout, seconds=SECONDS):
    """Return the real decoder's events with the wire second of each frame."""
    nonin, decoder = Nonin(layout, recording), DECODERS[layout]()
    return [
        (number // 75, event) for number in range(seconds * 75) for event in decoder.feed(nonin.frame(number))
    ]


@pytest.mark.parametrize("layout", list(Layout), ids=lambda layout: layout.value)
def test_in_wire_second_n_the_numbers_are_those_of_row_n(recording, layout):
    told = {}
    for second, event in _events(recording, layout):
        if isinstance(event, NumericEvent) and event.channel in ("spo2", "pulse_rate"):
            told.setdefault((second, event.channel), set()).add(event.value)
    expected = {}
    for second in range(SECONDS):
        pulse, spo2 = _row(second)
        expected[second, "pulse_rate"], expected[second, "spo2"] = {pulse}, {spo2}
    assert told == expected


def test_a_finger_out_in_the_recording_is_a_sensor_alarm(recording):
    changes = [
        (second, event.active)
        for second, event in _events(recording, Layout.DF7)
        if isinstance(event, StatusEvent) and event.code == "sensor_off"
    ]
    assert changes[0] == (10, True)
    assert changes[1][0] in (12, 13) and not changes[1][1]
    assert len(changes) == 2


def test_the_wave_is_the_recordings_at_75_samples_a_second(recording, tmp_path):
    sent = [
        sample & 0xFFFF
        for _, event in _events(recording, Layout.DF7, 5)
        if isinstance(event, WaveformEvent)
        for sample in event.samples
    ]
    with np.load(tmp_path / "waves.npz") as archive:
        raw = archive["PLETH"].astype(float)
    valid = raw[raw != folder.MISSING_RAW]
    wanted = np.interp(np.arange(len(sent)) / 75, np.arange(len(raw)) / 125, raw)
    share = (wanted - valid.min()) / (valid.max() - valid.min())
    assert len(sent) >= 370
    assert np.abs(np.array(sent) - (512 + 64512 * share)).max() <= 1


def test_a_missing_sample_repeats_the_one_before(recording):
    before = recording.pleth(999 / 125)
    assert [recording.pleth(index / 125) for index in range(1000, 1010)] == [before] * 10


def test_pulses_are_found_in_the_wave(recording):
    begins = sum(
        recording.since_pulse_s((index + 1) / 75) < recording.since_pulse_s(index / 75)
        for index in range(75 * 20)
    )
    assert begins == pytest.approx(24, abs=1)


def test_the_end_is_the_end(recording):
    nonin = Nonin(Layout.DF7, recording)
    assert nonin.frame(SECONDS * 75 - 1) and not nonin.frame(SECONDS * 75)
    assert recording.length_s == SECONDS


def test_a_recording_that_begins_before_zero_loses_no_row(tmp_path):
    recording = player.load(_write(tmp_path, times=range(-1, SECONDS - 1)))
    assert recording.start_s == -1
    assert [recording.oximetry(t).pulse_bpm for t in range(3)] == [60, 63, 66]
    assert recording.pleth(1.5) == pytest.approx(player.load(tmp_path).waves["pleth"].at(0.5))


def test_rows_that_jitter_hold_until_the_next_and_a_hole_is_no_reading(tmp_path):
    times = [0, 0.98, 2.02, 3.01, 4.0, 12.0, *range(13, 13 + SECONDS - 6)]
    recording = player.load(_write(tmp_path, times=times))
    assert [recording.oximetry(t).pulse_bpm for t in (0.5, 1.0, 2.0, 2.1)] == [60, 63, 63, 66]
    assert recording.oximetry(6.9).pulse_bpm == 72
    assert recording.oximetry(8.0).pulse_bpm is None
    assert recording.oximetry(12.0).pulse_bpm == 75


def test_cuff_rows_are_measurements_and_a_repeated_row_is_not(recording):
    measured = recording.measurements()
    assert [t for t, _ in measured] == [5, 38]
    assert (measured[0][1].sys, measured[0][1].dia, measured[0][1].map) == (122, 80, 94)


def test_devices_follow_what_the_recording_has(recording, tmp_path):
    assert [device.id for device in replayed(recording, None, radio=False).devices] == ["oximeter"]
    everything = replayed(recording, "nonin-df2", radio=True).devices
    assert [device.model for device in everything] == ["nonin-df2", "ble-heart-rate", "ble-blood-pressure"]
    (tmp_path / "waves.npz").unlink()
    (tmp_path / "numerics.csv").write_text("t_s,HR\n0,70\n1,71\n")
    only_rate = player.load(tmp_path)
    assert [device.id for device in replayed(only_rate, None, radio=True).devices] == ["strap"]
    with pytest.raises(ConfigError, match="nothing to play"):
        replayed(only_rate, None, radio=False)
    with pytest.raises(ConfigError, match="unknown model .df9.; models are"):
        replayed(recording, "df9", radio=False)


def test_a_wave_alone_is_played_without_numbers(tmp_path):
    _write(tmp_path)
    (tmp_path / "numerics.csv").unlink()
    recording = player.load(tmp_path)
    assert recording.oximetry(3).pulse_bpm is None
    assert 0 <= recording.pleth(3) <= 1 and math.isfinite(recording.since_pulse_s(3))


WRONG = {
    "empty folder": (None, "no recording here"),
    "no time": ("HR,PULSE\n1,2\n", "the first column must be t_s"),
    "ragged": ("t_s,HR\n0,1\n1\n", "line 3: 1 cells where the header has 2"),
    "no number": ("t_s,HR\n0,fast\n", "line 2: HR: 'fast' is not a number"),
    "time stands still": ("t_s,HR\n0,1\n0,2\n", "t_s: must be there and rise"),
    "nothing in it": ("t_s,HR\n", "neither numbers nor a PLETH, ECG or RESP wave"),
    "bytes": (b"\xff\xfe\x00", "cannot be read as CSV"),
}


@pytest.mark.parametrize(("content", "expected"), WRONG.values(), ids=WRONG.keys())
def test_a_broken_recording_is_refused_in_words(tmp_path, content, expected):
    if content is not None:
        (tmp_path / "numerics.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=expected):
        player.load(tmp_path)


def _array(path):
    with path.open("wb") as file:
        np.save(file, np.arange(5))


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda path: path.write_bytes(b"PK\x03\x04 not really"), id="no archive"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(_array, id="a single array"),
        pytest.param(lambda path: np.savez(path, PLETH=np.arange(5)), id="no rate"),
        pytest.param(
            lambda path: np.savez(
                path, PLETH=np.ones((5, 2)), PLETH__fs=1, PLETH__t0=0, PLETH__scale=1, PLETH__offset=0
            ),
            id="a table",
        ),
    ],
)
def test_a_broken_wave_file_is_refused_in_words(tmp_path, write):
    write(tmp_path / "waves.npz")
    with pytest.raises(ConfigError, match="cannot be read"):
        player.load(tmp_path)
