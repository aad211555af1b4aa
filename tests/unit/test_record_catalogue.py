from datetime import timedelta

from monitor.core.clock import SECOND, Nanos, SystemClock
from monitor.core.types import Numeric
from monitor.core.units import Unit
from monitor.record.catalogue import State, sessions
from monitor.record.recorder import Recorder
from monitor.record.session_file import Meta, SessionFile, path_in

UTC0 = 1_700_000_000 * SECOND


def make(folder, session, *, started_s, ended, alarms=0):
    meta = Meta(session, "bed1", "Room 1", UTC0 + started_s * SECOND, 0, "e1", simulated=True)
    recorder = Recorder(SessionFile.create(path_in(folder, session), meta), SystemClock(), "e1", boot="b")
    last = (started_s + 90) * SECOND
    recorder.reading(Numeric("ox", "spo2", Nanos(last), 97.0, Unit.PERCENT), UTC0 + last)
    for _ in range(alarms):
        for event in ("start", "end"):
            recorder.journal("alarm", {"event": event}, UTC0 + last, last).result(5)
    recorder.flush().result(5)
    recorder.close(ended=ended)


def test_sessions_are_listed_newest_first_with_what_they_hold(tmp_path):
    make(tmp_path, "first", started_s=0, ended=True, alarms=2)
    make(tmp_path, "second", started_s=1000, ended=False)
    (tmp_path / "broken.vigil").write_text("no database")
    (tmp_path / "notes.txt").write_text("not ours")
    second, first, broken = sessions(tmp_path)
    assert (first.id, first.state, first.alarms, first.rows, first.simulated) == (
        "first",
        State.CLOSED,
        2,
        1,
        True,
    )
    assert (second.id, second.state, second.duration) == ("second", State.OPEN, timedelta(seconds=90))
    assert (broken.id, broken.state) == ("broken", State.DAMAGED)
    assert "no SQLite database" in broken.detail


def test_no_directory_means_no_sessions(tmp_path):
    assert sessions(tmp_path / "nowhere") == []
