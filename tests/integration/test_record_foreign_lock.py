"""Another program holds the database: recording says so, waits, and goes on."""

import sqlite3
import threading
import time

import pytest

from monitor.core.clock import SystemClock
from monitor.record.recorder import Recorder
from monitor.record.session_file import Meta, SessionFile
from monitor.record.verify import verify

pytestmark = pytest.mark.integration


def test_a_locked_file_is_told_and_nothing_is_lost(tmp_path):
    path, clock = tmp_path / "s.vigil", SystemClock()
    told, free = threading.Event(), threading.Event()
    said = []

    def on_state(failed):
        said.append(failed)
        (told if failed else free).set()

    file = SessionFile.create(path, Meta("s", "bed1", "Room 1", time.time_ns(), clock.now(), "e1"))
    recorder = Recorder(file, clock, "e1", on_state=on_state, period_s=0.1)
    foreign = sqlite3.connect(path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    entry = recorder.journal("alarm", {"event": "start"}, time.time_ns(), clock.now())
    assert told.wait(10)
    assert said[0].startswith("another program has locked the session file")
    assert not entry.done()
    foreign.execute("ROLLBACK")
    foreign.close()
    assert entry.result(10) == 2
    assert free.wait(10)
    assert recorder.close(ended=True)
    assert verify(path) == []
