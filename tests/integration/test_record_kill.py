"""A recording process is killed at random: what was confirmed is there, samples end a second before."""

import random
import signal
import subprocess
import sys
import time

import pytest

from monitor.core.clock import SystemClock
from monitor.record import journal
from monitor.record.recorder import Recorder
from monitor.record.resume import read_back
from monitor.record.session_file import SessionFile, connect_readonly
from monitor.record.verify import verify

pytestmark = pytest.mark.integration

CHILD = """
import sys, time
from pathlib import Path
import numpy as np
from monitor.core.clock import Nanos, SystemClock
from monitor.core.types import Nibp, Numeric, Waveform
from monitor.core.units import Unit
from monitor.record.recorder import Recorder
from monitor.record.session_file import Meta, SessionFile

clock = SystemClock()
offset = time.time_ns() - clock.now()
path = Path(sys.argv[1])
if path.exists():
    file = SessionFile.open(path)
else:
    file = SessionFile.create(path, Meta("s", "bed1", "Room 1", offset + clock.now(), clock.now(), "e1"))
recorder = Recorder(file, clock, sys.argv[2])

def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\\n")
    sys.stdout.flush()

say("ready")
start, pushed, entries = clock.now(), 0, 0
while True:
    now = clock.now()
    while pushed * 1_000_000_000 // 75 < now - start:  # a 75 Hz pleth, three samples at a time
        samples = np.arange(pushed, pushed + 3).astype(np.int16)
        recorder.reading(Waveform("ox", "pleth", now, 75.0, samples), offset + now)
        pushed += 3
        if pushed % 75 == 0:
            recorder.reading(Numeric("ox", "spo2", now, float(pushed % 100), Unit.PERCENT), offset + now)
    say("pushed", now, pushed)
    entries += 1
    if entries % 5 == 0:
        recorder.reading(Nibp("cuff", now, 120.0, 80.0, 93.0, 70.0, sequence=entries), offset + now)
    future = recorder.journal("alarm", {"event": "start", "n": entries}, offset + now, now)
    say("journal", future.result(10), entries)
    if entries % 5 == 0:
        say("nibp", entries)  # an entry behind a cuff reading confirms both
    recorder.checkpoint({"n": entries}, offset + now, now)
    time.sleep(0.02)
"""


def run_and_kill(path, epoch, after_s):
    """Return what the child had said when it was killed."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, path, epoch], stdout=subprocess.PIPE, text=True)
    said = []
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    deadline = time.monotonic() + after_s
    for line in child.stdout:
        said.append(line.split())
        if time.monotonic() > deadline:
            break
    child.send_signal(signal.SIGKILL)
    said += [line.split() for line in child.stdout if line.endswith("\n")]
    assert child.wait(10) == -signal.SIGKILL
    child.stdout.close()
    return said


def check(path, said):
    assert [finding.where for finding in verify(path) if finding.damage] == []
    connection = connect_readonly(path)
    entries = {entry.seq: entry for entry in journal.read(connection)}
    cuffs = {row[0] for row in connection.execute("SELECT sequence FROM nibp")}
    samples = connection.execute("SELECT max(w.first + length(w.samples) / 2) FROM waveforms w").fetchone()[0]
    last_t = connection.execute(
        "SELECT max(b.t_ns + w.dt_ns) FROM waveforms w JOIN batches b ON b.batch = w.id / 256"
    ).fetchone()[0]
    connection.close()
    for kind, *words in said:
        if kind == "journal":
            assert entries[int(words[0])].fields()["n"] == int(words[1])
        elif kind == "nibp":
            assert int(words[0]) in cuffs
    pushes = [(int(words[0]), int(words[1])) for kind, *words in said if kind == "pushed"]
    begun = pushes[0][0]  # a process killed within its first second may have stored nothing yet
    assert pushes[-1][0] - max(last_t or 0, begun) <= 1.1e9, "more than the last second of samples is gone"
    return samples or 0


def test_kill_loses_nothing_that_was_confirmed(tmp_path):
    path = tmp_path / "s.vigil"
    seed = random.randrange(1 << 30)
    rng = random.Random(seed)
    print(f"seed {seed}")
    total = 0
    for round_ in range(4):
        said = run_and_kill(path, f"e{round_}", rng.uniform(0.3, 3.0))
        stored = check(path, said)
        assert stored >= total, "the sample counter never goes back"
        total = stored
    back = read_back(path, SystemClock())
    assert not back.closed
    assert back.same_boot
    assert len(back.restarts_utc_ns) == 3
    assert back.checkpoint is not None
    recorder = Recorder(SessionFile.open(path), SystemClock(), "last")
    assert recorder.close(ended=True)
    assert verify(path) == []
