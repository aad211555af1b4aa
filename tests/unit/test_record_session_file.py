import os
import sqlite3
import subprocess
import sys

import pytest

from monitor.core.errors import RecordError
from monitor.record.session_file import Meta, SessionFile, connect_readonly, path_in, read_meta

META = Meta(
    "s1",
    "bed1",
    "Room 1",
    1_700_000_000_000_000_000,
    5,
    "e1",
    preset_text="[x]\n",
    simulated=True,
    replay=False,
)


@pytest.fixture
def path(tmp_path):
    return path_in(tmp_path, "s1")


def test_meta_comes_back_as_it_was(path):
    SessionFile.create(path, META).close()
    connection = connect_readonly(path)
    assert read_meta(connection) == META
    connection.close()


def test_a_session_file_is_never_overwritten(path):
    SessionFile.create(path, META).close()
    with pytest.raises(RecordError, match="exists already"):
        SessionFile.create(path, META)


def test_a_second_writer_is_refused_and_told_who_writes(path):
    file = SessionFile.create(path, META)
    with pytest.raises(RecordError, match=f"process {os.getpid()}"):
        SessionFile.open(path)
    file.close()
    SessionFile.open(path).close()


def test_a_second_process_is_refused(path):
    file = SessionFile.create(path, META)
    code = (
        "import sys; from pathlib import Path\n"
        "from monitor.core.errors import RecordError\n"
        "from monitor.record.session_file import SessionFile\n"
        "try: SessionFile.open(Path(sys.argv[1]))\n"
        "except RecordError as error: print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert f"another service (process {os.getpid()}) is writing this session file" in said.stdout
    file.close()


def test_the_lock_of_a_dead_process_is_no_lock(path):
    SessionFile.create(path, META).close()
    path.with_name(path.name + ".lock").write_text("999999\n")
    SessionFile.open(path).close()


def test_closing_leaves_one_plain_file(path, tmp_path):
    SessionFile.create(path, META).close(plain=True)
    assert list(tmp_path.iterdir()) == [path]


def alter(path, statement):
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        pytest.param("PRAGMA user_version=2", "schema 2, this Vigil reads up to 1", id="newer schema"),
        pytest.param("PRAGMA application_id=7", "not a Vigil session file", id="other application"),
        pytest.param("UPDATE journal SET kind = 'x'", "journal entry 1 was changed", id="journal altered"),
        pytest.param("DELETE FROM journal", "has ended", id="journal empty"),
        pytest.param("DELETE FROM meta WHERE key = 'bed'", "meta: ", id="meta incomplete"),
        pytest.param("DROP TABLE journal", "cannot be used", id="table missing"),
    ],
)
def test_a_file_that_must_not_be_gone_on_with_is_refused(path, statement, words):
    SessionFile.create(path, META).close()
    alter(path, statement)
    with pytest.raises(RecordError, match=words):
        SessionFile.open(path)
    with pytest.raises(RecordError, match=words):
        SessionFile.open(path)  # the first refusal gave the lock back


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "no SQLite database", id="empty"),
        pytest.param(b"a letter to the clinic\n" * 20, "no SQLite database", id="text"),
    ],
)
def test_what_is_no_database_is_refused(path, content, words):
    path.write_bytes(content)
    with pytest.raises(RecordError, match=words):
        SessionFile.open(path)


def test_a_missing_file_is_not_created_by_opening(path):
    with pytest.raises(RecordError, match="no such session file"):
        SessionFile.open(path)
    assert not path.exists()
