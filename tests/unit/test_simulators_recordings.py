"""Recordings in every format, as devices are fed with them."""

import builtins
import warnings

import numpy as np
import pytest

from monitor.core.clock import SECOND, Nanos, SystemClock
from monitor.core.errors import ConfigError
from monitor.core.types import Nibp, Numeric, Waveform
from monitor.core.units import Unit
from monitor.record.recorder import Recorder
from monitor.record.session_file import Meta, SessionFile
from simulators import player
from simulators.run import replayed

UTC0 = 1_700_000_000 * SECOND


def _csv(path, text):
    path.write_text(text)
    return path


def test_a_csv_of_channels_is_a_recording(tmp_path):
    played = player.load(
        _csv(
            tmp_path / "ward.csv",
            "t_s,spo2,pulse_rate,heart_rate,resp_rate,temperature,perfusion_index,nibp_sys,nibp_dia,remark\n"
            "10,97,70,71,0,36.5,2.5,,,1\n11,96,,72,12,,,120,80,2\n12,,300000,73,500,,0,,,\n",
        )
    )
    assert (played.name, played.start_s, played.length_s) == ("ward", 10, 3)
    assert played.oximetry(0).spo2_pct == 97 and played.oximetry(0).perfusion_pct == 2.5
    assert [played.oximetry(t).pulse_bpm for t in range(3)] == [70, None, None], "300000 is no pulse"
    assert [played.resp_rate(t) for t in range(3)] == [0, 12, None], "no breath is told, 500 is none"
    assert [played.heart_rate(t) for t in range(3)] == [71, 72, 73]
    assert played.temperature_c(0) == 36.5 and played.temperature_c(1) is None
    assert played.pressure(0) is None and played.pressure(1.5).sys == 120
    assert played.pressure(1.5).map == pytest.approx(93.33, abs=0.01)
    assert played.measurements()[0][0] == 1


def test_a_monitors_zero_is_no_reading(tmp_path):
    played = player.load(_csv(tmp_path / "x.csv", "t_s,HR,PULSE,SpO2,RESP\n0,0,0,0,0\n1,-401,60,97,-101\n"))
    assert (played.heart_rate(0), played.oximetry(0).spo2_pct, played.resp_rate(0)) == (None, None, None)
    assert (played.heart_rate(1), played.oximetry(1).spo2_pct, played.resp_rate(1)) == (None, 97, None)


def _folder(to, waves, numerics="", intervals=""):
    to.mkdir(exist_ok=True)
    arrays = {}
    for name, (rate_hz, values, scale) in waves.items():
        arrays |= {name: np.asarray(values, np.int16), f"{name}__fs": rate_hz, f"{name}__t0": 0.0}
        arrays |= {f"{name}__scale": scale, f"{name}__offset": 0.0}
    np.savez(to / "waves.npz", **arrays)
    for name, text in (("numerics.csv", numerics), ("rr_intervals.csv", intervals)):
        if text:
            (to / name).write_text(text)
    return to


def test_a_folders_ecg_breathing_and_intervals_are_played(tmp_path):
    t = np.arange(2000) / 100
    beats = (np.exp(-(((t % 1.0) - 0.5) ** 2) / 0.001) * 1000).astype(np.int16) + 400
    breath = 1000 * np.sin(2 * np.pi * t / 4)
    played = player.load(
        _folder(
            tmp_path / "r",
            {"ECG_II": (100.0, beats, 0.001), "RESP_IMP": (100.0, breath, 1.0), "CVP": (100.0, breath, 1.0)},
            intervals="t_s,rr_ms\n1,990\n2,1010\n2,980\n",
        )
    )
    assert played.ecg_mv(0.5) == pytest.approx(1.0, abs=0.01) and played.ecg_mv(1.0) == 0, "round zero"
    assert played.resp(1.0) == 1.0 and played.resp(3.0) == 0.0
    assert [beat.length_s for beat in played.beats(1.0, 2.0)] == [1.01, 0.98]
    assert played.pleth(1) == 0.5 and played.since_pulse_s(1) == np.inf


def test_an_ecg_without_unit_has_beats_of_about_a_millivolt(tmp_path):
    beats = np.zeros(1000)
    beats[::100] = beats[1::100] = 3000
    played = player.load(_folder(tmp_path / "r", {"ECG_patch": (100.0, beats, 1.0)}))
    assert played.ecg_mv(0) == pytest.approx(1.0)


def test_a_cuff_finds_what_the_artery_shows_where_no_cuff_was_recorded(tmp_path):
    t = np.arange(3000) / 100
    artery = 105 + 30 * np.sin(2 * np.pi * 1.2 * t)
    artery[2500] = 300  # a flush
    played = player.load(_folder(tmp_path / "r", {"ABP": (100.0, artery, 1.0)}))
    assert played.for_cuff and not played.for_oximeter
    found = played.pressure(28)
    assert (found.sys, found.dia, found.map) == (
        pytest.approx(134, abs=2),
        pytest.approx(76, abs=2),
        pytest.approx(105, abs=2),
    )
    assert played.pressure(0) is None


def _session(path, *, ended=True):
    """Return a session of an oximeter with a lost second, a second one, a strap and a cuff."""
    file = SessionFile.create(path, Meta("s", "bed1", "Room 1", UTC0, 0, "e1"))
    recorder = Recorder(file, SystemClock(), "e1", boot="b", period_s=60.0)
    for n in range(20):
        t = Nanos(n * SECOND)
        wave = 100 * np.sin(2 * np.pi * (n + np.arange(75) / 75))
        lost = 75 if n == 10 else 0
        readings = [
            Numeric("ox", "spo2", t, None if n == 5 else 80.0 + n, Unit.PERCENT),
            Numeric("ox", "pulse_rate", t, 70.0, Unit.PER_MIN),
            Numeric("strap", "heart_rate", t, 60.0 + n, Unit.PER_MIN),
            Numeric("strap", "rr_interval", t, 1000.0 - n, Unit.MS),
        ]
        if n % 10 == 0:
            readings.append(Numeric("other", "spo2", t, 99.0, Unit.PERCENT))
        if n != 9:
            samples = wave.astype(np.int16)
            readings.append(Waveform("ox", "pleth", t, 75.0, samples, scale=0.5, lost=lost))
        if n in (3, 12):
            readings.append(Nibp("cuff", t, 120.0 + n, 80.0, None, 66.0))
            readings.append(Nibp("cuff", t, None, None, None, None))
        if n == 4:
            readings.append(Nibp("cuff", t, 199.0, 99.0, 120.0, 66.0, stored=True))
        for reading in readings:
            recorder.reading(reading, UTC0 + t)
        recorder.flush().result(5)
    recorder.close(ended=ended)
    return path


@pytest.mark.parametrize("ended", [True, False])
def test_a_session_file_is_played_as_it_was_recorded(tmp_path, ended):
    played = player.load(_session(tmp_path / "s.vigil", ended=ended))
    first = -played.start_s + UTC0 / SECOND  # the first samples came with the first numbers
    assert first == pytest.approx(1.0, abs=0.01)
    assert [played.oximetry(first + n).spo2_pct for n in (0, 4, 5, 6, 19)] == [80, 84, None, 86, 99]
    assert [played.heart_rate(first + n) for n in (0, 7)] == [60, 67]
    assert [beat.length_s for beat in played.beats(first + 2.5, first + 4.5)] == [0.997, 0.996]
    assert [(round(t - first), found.sys) for t, found in played.measurements()] == [(3, 123), (12, 132)]
    assert played.waves["pleth"].end_s - played.waves["pleth"].start_s == pytest.approx(20, abs=0.05)
    assert played.pleth(first + 0.25 - 1) == pytest.approx(1.0, abs=0.02), "a quarter into the first second"
    assert played.pleth(first + 15.25 - 1) == pytest.approx(1.0, abs=0.02), "and after the lost one"
    devices = [device.id for device in replayed(played, None, radio=True).devices]
    assert devices == ["oximeter", "strap", "cuff"]


def test_a_database_that_is_no_session_is_refused(tmp_path):
    import sqlite3

    database = sqlite3.connect(tmp_path / "x.vigil")
    database.execute("CREATE TABLE a(b)")
    database.commit()
    database.close()
    with pytest.raises(ConfigError, match="a database, but no Vigil session file"):
        player.load(tmp_path / "x.vigil")


def test_a_damaged_session_file_is_refused_in_words(tmp_path):
    path = _session(tmp_path / "s.vigil")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    with pytest.raises(ConfigError, match="cannot be read as a Vigil session file"):
        player.load(path)


def _record(to, name, signals, rate_hz):
    import wfdb

    names, units, columns = zip(*signals, strict=True)
    table = np.column_stack(columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pandas, in wfdb's writer
        wfdb.wrsamp(
            name, rate_hz, list(units), list(names), table, fmt=["16"] * len(names), write_dir=str(to)
        )


def _bidmc(to):
    t = np.arange(2500) / 125
    waves = [
        ("RESP,", "pm", np.sin(2 * np.pi * t / 4)),
        ("PLETH,", "NU", np.sin(2 * np.pi * t)),
        ("II,", "uV", 1000 * (np.abs((t % 1) - 0.5) < 0.03)),
    ]
    spo2 = np.full(20, 97.0)
    spo2[5] = np.nan
    numbers = [
        ("HR,", "bpm", np.arange(60.0, 80.0)),
        ("SpO2,", "%", spo2),
        ("RESP,", "pm", np.full(20, 15.0)),
    ]
    _record(to, "bidmc01", waves, 125)
    _record(to, "bidmc01n", numbers, 1)
    return to


@pytest.mark.parametrize("given", ["bidmc01", "bidmc01.hea", ""], ids=["name", "header", "folder"])
def test_a_wfdb_record_is_played_with_the_numbers_beside_it(tmp_path, given):
    pytest.importorskip("wfdb")
    played = player.load(_bidmc(tmp_path) / given)
    assert [round(played.heart_rate(n), 3) for n in (0, 7)] == [60, 67]
    assert played.oximetry(4).spo2_pct == pytest.approx(97, abs=0.01)
    assert played.oximetry(5).spo2_pct is None
    assert played.resp_rate(3) == pytest.approx(15, abs=0.01)
    assert played.resp(1.0) == pytest.approx(1, abs=0.01)
    assert played.pleth(0.25) == pytest.approx(1, abs=0.01)
    assert played.ecg_mv(0.5) == pytest.approx(1, abs=0.01), "microvolt are made millivolt"


def test_a_folder_of_several_records_asks_which(tmp_path):
    for name in ("a", "b", "bn"):
        (tmp_path / f"{name}.hea").write_text("")
    with pytest.raises(ConfigError, match="2 WFDB records here: name one, as a"):
        player.load(tmp_path)


@pytest.mark.parametrize(
    "header",
    ["", "a 1 125 4\na.dat 16\n", "a 1 125 100\nnowhere.dat 16 200 16 0 0 0 0 PLETH\n", "\x00\xff" * 9],
)
def test_a_damaged_wfdb_record_is_refused_in_words(tmp_path, header):
    pytest.importorskip("wfdb")
    (tmp_path / "a.hea").write_text(header)
    (tmp_path / "a.dat").write_bytes(bytes(8))
    with pytest.raises(ConfigError, match="a.hea: "):
        player.load(tmp_path / "a")


def test_without_the_wfdb_package_one_is_told_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "a.hea").write_text("a 1 125 100\n")
    genuine = builtins.__import__

    def without(name, *rest, **more):
        if name == "wfdb":
            raise ImportError(name)
        return genuine(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"pip install 'vigil\[export\]'"):
        player.load(tmp_path / "a")


@pytest.mark.parametrize("name", ["nowhere", "notes.txt", "folder"])
def test_what_is_no_recording_is_answered_with_what_is_one(tmp_path, name):
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match="numerics.csv or waves.npz.*session file.*WFDB.*CSV"):
        player.load(tmp_path / name)


def test_a_csv_without_channels_names_those_there_are(tmp_path):
    with pytest.raises(ConfigError, match="known are .*heart_rate"):
        player.load(_csv(tmp_path / "x.csv", "t_s,HR_raw\n0,255\n"))


def test_a_model_that_is_named_is_played_whatever_was_recorded(tmp_path):
    played = player.load(_csv(tmp_path / "x.csv", "t_s,heart_rate\n0,70\n1,71\n"))
    (device,) = replayed(played, "nonin-df2", radio=False).devices
    assert (device.id, device.model) == ("monitor", "nonin-df2")
