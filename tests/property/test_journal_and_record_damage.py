"""Flip any byte of a session file: verify tells, or nothing that is read from it has changed."""

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.core.clock import SECOND, Nanos, SystemClock
from monitor.core.types import DeviceStatus, Nibp, Numeric, StatusCode, Waveform
from monitor.core.units import Unit
from monitor.record.catalogue import describe
from monitor.record.recorder import Recorder
from monitor.record.schema import DDL
from monitor.record.session_file import Meta, SessionFile, connect_readonly
from monitor.record.verify import verify

UTC0 = 1_700_000_000 * SECOND
TABLES = tuple(text.split()[2].split("(")[0] for text in DDL if text.startswith("CREATE TABLE"))
BROKEN = (sqlite3.Error, OverflowError, ValueError, MemoryError)


def record(folder, seconds):
    """A small session with something in every table, still open."""
    path = folder / "s.vigil"
    meta = Meta("s", "bed1", "Room 1", UTC0, 0, "e1", preset_text="a = 1\n" * 50)
    recorder = Recorder(SessionFile.create(path, meta), SystemClock(), "e1", boot="b", period_s=60.0)
    rng = np.random.default_rng(1)
    for n in range(seconds):
        t = Nanos(n * SECOND)
        for reading in (
            Waveform("ox", "pleth", t, 75.0, rng.integers(0, 9_999, 75).astype(np.int16)),
            Waveform("ecg", "ecg", t, 250.0, rng.integers(-999, 999, 250).astype(np.int16), scale=0.005),
            Numeric("ox", "spo2", t, 97.0, Unit.PERCENT),
            Numeric("ox", "perfusion_index", t, 4.2, Unit.PERCENT, doubtful=n % 5 == 0),
        ):
            recorder.reading(reading, UTC0 + t)
        if n % 10 == 0:
            recorder.reading(Nibp("cuff", t, 120.5, 80.0, 93.0, 70.0), UTC0 + t)
            recorder.reading(DeviceStatus("ox", t, StatusCode.ARTIFACT, bool(n % 20)), UTC0 + t)
            recorder.journal("alarm", {"event": "start", "n": n, "text": "SpO₂"}, UTC0 + t, t)
            recorder.checkpoint({"n": n, "state": [1.5, None, "x" * 300]}, UTC0 + t, t)
        recorder.flush().result(10)
    return path, recorder


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    path, recorder = record(tmp_path_factory.mktemp("closed"), 60)
    recorder.close(ended=True)
    assert verify(path) == []
    return path


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory):
    """File and write-ahead file as a killed service leaves them."""
    folder = tmp_path_factory.mktemp("running")
    _, recorder = record(folder, 30)
    left = folder / "left"
    left.mkdir()
    for name in ("s.vigil", "s.vigil-wal"):
        shutil.copy(folder / name, left / name)
    recorder.close(ended=False)
    assert [finding.where for finding in verify(left / "s.vigil")] == ["session"]
    return left / "s.vigil"


def content(path):
    """All that anybody reads from the file, or None when that fails."""
    try:
        connection = connect_readonly(path)
    except BROKEN:
        return None
    try:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    except BROKEN:
        return None
    finally:
        connection.close()


def copy_with(path, folder, name, data):
    folder.mkdir(exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    for beside in path.parent.glob(path.name + "*"):
        if not beside.name.endswith(("-shm", ".lock")):
            shutil.copy(beside, folder / beside.name)
    (folder / name).write_bytes(data)
    return folder / path.name


def told(findings):
    return any(finding.where != "session" for finding in findings)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_byte_is_told_or_changes_nothing(closed, tmp_path, data):
    whole = closed.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1) | st.integers(0, 4095))
    flip = data.draw(st.integers(1, 255))
    damaged = bytearray(whole)
    damaged[at] ^= flip
    path = copy_with(closed, tmp_path / "x", closed.name, damaged)
    findings = verify(path)
    assert told(findings) or content(path) == content(closed)
    assert path.read_bytes() == damaged, "verify never writes"
    describe(path)  # never raises either


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_byte_in_the_write_ahead_file_is_told_or_changes_nothing(broken_off, tmp_path, data):
    wal = Path(f"{broken_off}-wal")
    whole = wal.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1) | st.integers(0, 55))
    damaged = bytearray(whole)
    damaged[at] ^= data.draw(st.integers(1, 255))
    path = copy_with(broken_off, tmp_path / "x", wal.name, damaged)
    findings = verify(path)
    untouched = copy_with(broken_off, tmp_path / "y", wal.name, whole)
    assert told(findings) or content(path) == content(untouched)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
@example(share=0.0)
def test_a_file_cut_short_is_told(closed, tmp_path, share):
    whole = closed.read_bytes()
    path = copy_with(closed, tmp_path / "x", closed.name, whole[: int(len(whole) * share)])
    assert any(finding.damage for finding in verify(path))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.binary(max_size=600), keep=st.integers(0, 200))
def test_no_garbage_makes_verify_raise(closed, tmp_path, junk, keep):
    path = copy_with(closed, tmp_path / "x", closed.name, closed.read_bytes()[:keep] + junk)
    assert any(finding.damage for finding in verify(path))
    describe(path)
