"""The disk takes no more bytes (a file size limit on a real process), and later does again."""

import subprocess
import sys

import pytest

from monitor.record import journal
from monitor.record.session_file import connect_readonly
from monitor.record.verify import verify

pytestmark = pytest.mark.integration

CHILD = """
import resource, signal, sys, threading, time
from pathlib import Path
import numpy as np
from monitor.core.clock import SECOND, Nanos, SystemClock
from monitor.core.types import Nibp, Waveform
from monitor.record.recorder import Recorder
from monitor.record.session_file import Meta, SessionFile

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
clock, path = SystemClock(), Path(sys.argv[1])
states, changed = [], threading.Condition()

def on_state(failed):
    with changed:
        states.append(failed)
        changed.notify_all()

def wait_for(count):
    with changed:
        assert changed.wait_for(lambda: len(states) >= count, 20), states

offset = time.time_ns() - clock.now()
recorder = Recorder(
    SessionFile.create(path, Meta("s", "bed1", "Room 1", offset, 0, "e1")), clock, "e1",
    on_state=on_state, capacity=100, period_s=0.05)

def wave(n):
    return Waveform("ecg", "ecg", clock.now(), 250.0, np.full(500, n, np.int16))

recorder.reading(wave(0), offset + clock.now())
assert recorder.journal("note", {"n": 0}, offset + clock.now(), clock.now()).result(5) == 2
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))
n = 0
while not states:  # fill the disk
    n += 1
    recorder.reading(wave(n), offset + clock.now())
    recorder.flush()
    recorder.thread.join(0.002)
print("told", states[0])
waiting = [recorder.journal("alarm", {"n": k}, offset + clock.now(), clock.now()) for k in range(20)]
recorder.reading(Nibp("cuff", clock.now(), 199.0, 99.0, 130.0, 70.0), offset + clock.now())
for k in range(300):
    recorder.reading(wave(k), offset + clock.now())
assert recorder.failed and not any(future.done() for future in waiting)
assert recorder.dropped >= 200, recorder.dropped
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print("seqs", *(future.result(20) for future in waiting))
wait_for(2)
assert states[-1] is None and recorder.failed is None
recorder.flush().result(5)
print("dropped", recorder.dropped)
assert recorder.close(ended=True)
"""


def test_a_full_disk_loses_counted_samples_and_no_entry(tmp_path):
    path = tmp_path / "s.vigil"
    child = subprocess.run(
        [sys.executable, "-c", CHILD, path], capture_output=True, text=True, timeout=50, check=False
    )
    assert child.returncode == 0, child.stderr
    said = {line.split()[0]: line.split()[1:] for line in child.stdout.splitlines()}
    assert said["told"][:2] == ["the", "disk"]
    assert verify(path) == []
    connection = connect_readonly(path)
    entries = list(journal.read(connection))
    assert [entry.seq for entry in entries if entry.kind == "alarm"] == [int(n) for n in said["seqs"]]
    assert sum(entry.kind == journal.RECOVERED for entry in entries) == 1
    assert connection.execute("SELECT sys FROM nibp").fetchall() == [(199.0,)]
    lost, reasons = connection.execute("SELECT sum(lost_samples), group_concat(reason) FROM gaps").fetchone()
    assert lost == int(said["dropped"][0]) * 500
    assert "store_failed" in reasons
    counted = connection.execute("SELECT sum(lost) FROM waveforms").fetchone()[0]
    assert counted == lost, "the sample counter steps over what was lost"
    connection.close()


def test_a_real_full_file_system_is_told(tmp_path):
    """The same on a file system of its own, where the machine lets us mount one."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(mounted)]
    try:
        allowed = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip("mounting a file system needs root")
    try:
        script = CHILD.replace("resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))", "").replace(
            "resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))",
            "__import__('subprocess').run(['mount', '-o', 'remount,size=20M', sys.argv[1].rsplit('/', 1)[0]],"
            " check=True)",
        )
        path = mounted / "s.vigil"
        child = subprocess.run(
            [sys.executable, "-c", script, path], capture_output=True, text=True, timeout=50, check=False
        )
        assert child.returncode == 0, child.stderr
        assert "told the disk is full" in child.stdout
        assert verify(path) == []
    finally:
        subprocess.run(["umount", str(mounted)], check=True)
