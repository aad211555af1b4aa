"""`vigil alarms` over a session of two hours, beside what it takes to fetch the same rows of its file.

The session has an oximeter, a strap and a cuff, twenty desaturations that alarm and six seconds without
data in every ten minutes. The floor is the bare query, its rows unused. Both are medians of interleaved
rounds in one process, of processor time; the whole command by the clock, the start of Python included,
stands below.
"""

import os
import sqlite3
import statistics
import subprocess
import sys
import time
from contextlib import closing, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.app import alarms as command
from monitor.core.clock import SECOND, Nanos
from monitor.core.types import Nibp, Numeric, Reason
from monitor.core.units import Unit
from monitor.record.recorder import Recorder
from monitor.record.session_file import Meta, SessionFile
from monitor.replay.session import NUMERICS

pytestmark = pytest.mark.timeout(300)

LENGTH_S = 7200
UTC0 = 1_700_000_000 * SECOND
ROUNDS = 5
LONGEST_S = 1.0


class Stopped:
    """A clock that stands where the last reading came."""

    t = 0

    def now(self) -> Nanos:
        return Nanos(self.t)

    def utc(self) -> datetime:
        return datetime.fromtimestamp((UTC0 + self.t) / SECOND, UTC)


def readings_of(second: int) -> list[Numeric | Nibp]:
    t = Nanos(second * SECOND)
    away = second % 600 < 6
    spo2 = None if away else 83.0 if second % 360 > 340 else 97.0 - second % 3
    pulse = None if away else 70.0 + second % 5
    reason = Reason.MISSING if away else None
    told: list[Numeric | Nibp] = [
        Numeric("oximeter", "spo2", t, spo2, Unit.PERCENT, reason),
        Numeric("oximeter", "pulse_rate", t, pulse, Unit.PER_MIN, reason),
        Numeric("strap", "heart_rate", t, 71.0 + second % 5, Unit.PER_MIN),
        Numeric("strap", "rr_interval", t, 840.0, Unit.MS),
    ]
    if second % 300 == 10:
        told.append(Nibp("cuff", t, 165.0 if second > 3000 else 125.0, 80.0, 95.0, 70.0))
    return told


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("session") / "long.vigil"
    clock = Stopped()
    file = SessionFile.create(path, Meta("long", "bed1", "Room 1", UTC0, 0, "e1"))
    recorder = Recorder(file, clock, "e1", boot="b", period_s=60.0)
    for second in range(LENGTH_S):
        clock.t = second * SECOND
        for reading in readings_of(second):
            recorder.reading(reading, UTC0 + reading.t)
        if second % 40 == 0:
            recorder.flush().result(30)
    recorder.close(ended=True)
    return path


def timed(work) -> float:
    """Return the seconds of processor time: whatever else runs here is not to count."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def test_two_hours_are_judged_in_a_second(benchmark, session):
    def judge() -> None:
        with Path(os.devnull).open("w") as nothing, redirect_stdout(nothing), redirect_stderr(nothing):
            command.run(session, with_summary=True)

    def fetch() -> None:
        with closing(sqlite3.connect(session)) as store:
            store.execute(NUMERICS).fetchall()

    judge(), fetch()
    rounds = [(timed(judge), timed(fetch)) for _ in range(ROUNDS)]
    judged, fetched = (statistics.median(side) for side in zip(*rounds, strict=True))
    benchmark.pedantic(judge, rounds=1)
    begin = time.perf_counter()
    words = [sys.executable, "-m", "monitor", "alarms", str(session)]
    subprocess.run(words, check=True, capture_output=True)
    whole = time.perf_counter() - begin
    figures = {
        "judged (s)": round(judged, 3),
        "its rows only fetched (s)": round(fetched, 3),
        "ratio": round(judged / fetched, 1),
        "times real time": round(LENGTH_S / judged),
        "the whole command by the clock (s)": round(whole, 2),
    }
    benchmark.extra_info.update(figures)
    print("\n" + "\n".join(f"{name}: {value}" for name, value in figures.items()))
    assert judged < LONGEST_S
