import sqlite3

import pytest

from monitor.core.clock import SECOND, Nanos, SystemClock
from monitor.core.types import Nibp, Numeric
from monitor.core.units import Unit
from monitor.record.recorder import Recorder
from monitor.record.session_file import Meta, SessionFile
from monitor.record.verify import Finding, verify

UTC0 = 1_700_000_000 * SECOND


@pytest.fixture
def recorder(tmp_path):
    file = SessionFile.create(tmp_path / "s.vigil", Meta("s", "bed1", "Room 1", UTC0, 0, "e1"))
    recorder = Recorder(file, SystemClock(), "e1", boot="b", period_s=60.0)
    for n in range(5):
        t = Nanos(n * SECOND)
        recorder.reading(Numeric("ox", "spo2", t, 90.0 + n, Unit.PERCENT), UTC0 + t)
        recorder.journal("alarm", {"event": "start", "n": n}, UTC0 + t, t)
        recorder.flush().result(5)
    recorder.reading(Nibp("cuff", Nanos(9 * SECOND), 120.0, 80.0, 93.0, 70.0), UTC0 + 9 * SECOND)
    recorder.flush().result(5)
    yield recorder
    recorder.close(ended=False)


@pytest.fixture
def path(recorder, tmp_path):
    recorder.close(ended=True)
    return tmp_path / "s.vigil"


def alter(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


INVENT = (
    "INSERT INTO nibp SELECT id + 1000, device, t_ns, utc_ns, sys, dia, map, pulse_rate, unit, "
    "status, source, site, stored, sequence, device_time, simulated FROM nibp"
)
EDITS = {
    "numeric edited": (
        "UPDATE numerics SET value = 99 WHERE id = 768",
        "numerics, batch 3 (rows 768 to 768) of 2023-11-14 22:13:22 UTC",
    ),
    "numeric removed": ("DELETE FROM numerics WHERE id = 768", "numerics, batch 3 (no rows)"),
    "cuff reading edited": ("UPDATE nibp SET sys = 119", "nibp, batch 6"),
    "cuff reading invented": (INVENT, "nibp"),
    "unit edited": ("UPDATE series SET unit = '1'", "series, batch 1"),
    "clock edited": ("UPDATE clocks SET utc_ns = utc_ns + 1", "clocks, batch 1"),
    "time edited": ("UPDATE batches SET t_ns = t_ns + 1 WHERE batch = 2", "batches, batch 2"),
    "seal edited": ("UPDATE batches SET seal = x'00' WHERE batch = 2", "batches, batch 2"),
    "batch removed": ("DELETE FROM batches WHERE batch = 2", "batches"),
    "last batch removed": ("DELETE FROM batches WHERE batch = 6", "batches"),
    "journal entry removed": ("DELETE FROM journal WHERE seq = 3", "journal, entry 3"),
    "journal entry edited": (
        "UPDATE journal SET body = '{}' WHERE seq = 3",
        "journal, entry 3 of 2023-11-14 22:13:21 UTC",
    ),
    "journal entry retyped": ("UPDATE journal SET body = x'07' WHERE seq = 3", "journal, entry 3"),
    "meta edited": ("UPDATE meta SET value = 'bed2' WHERE key = 'bed'", "meta"),
    "table dropped": ("DROP TABLE gaps", "schema"),
    "table added": ("CREATE TABLE more(x)", "schema"),
}


@pytest.mark.parametrize(("statement", "where"), EDITS.values(), ids=EDITS.keys())
def test_what_was_edited_is_named(path, statement, where):
    alter(path, statement)
    damage = [finding for finding in verify(path) if finding.damage]
    assert [finding for finding in damage if finding.where.startswith(where)], damage


def test_one_edited_row_is_one_finding(path):
    alter(path, "UPDATE numerics SET value = 99 WHERE id = 768")
    assert len(verify(path)) == 1


def test_an_edited_checkpoint_is_named(recorder, tmp_path):
    recorder.checkpoint({"n": 1}, UTC0, 0)
    recorder.close(ended=True)
    alter(tmp_path / "s.vigil", "UPDATE checkpoints SET dump = x'00'")
    assert [finding.where for finding in verify(tmp_path / "s.vigil")] == ["checkpoints, row 1"]


def test_a_whole_closed_file_has_no_findings(path):
    assert verify(path) == []


def test_a_session_that_is_being_written_is_information_and_goes_on(recorder, tmp_path):
    running = Finding("session", "is not ended: running, or broken off", damage=False)
    assert verify(tmp_path / "s.vigil") == [running]
    assert recorder.journal("note", {}, UTC0, 0).result(5) == 7
    assert verify(tmp_path / "s.vigil") == [running]


def test_verify_leaves_nothing_behind(path, tmp_path):
    before = (path.read_bytes(), sorted(tmp_path.iterdir()))
    verify(path)
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == before


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path: None, "does not exist", id="missing"),
        pytest.param(lambda path: path.mkdir(), "is no file", id="directory"),
        pytest.param(lambda path: path.touch(), "is empty", id="empty"),
        pytest.param(lambda path: path.write_text("x" * 500), "no SQLite database", id="text"),
        pytest.param(
            lambda path: alter(path, "CREATE TABLE x(y)"), "not a Vigil session file", id="database"
        ),
    ],
)
def test_what_is_no_session_file_is_said_in_words(tmp_path, make, words):
    path = tmp_path / "x.vigil"
    make(path)
    (finding,) = verify(path)
    assert (finding.where, finding.damage) == ("file", True)
    assert words in finding.what
