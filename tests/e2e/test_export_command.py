"""`vigil export` as people and scripts run it: the messages on standard output, words on standard error."""

import subprocess
import sys

import pytest
from bed_place import Place
from hl7_reading import messages, read

pytestmark = pytest.mark.e2e


def vigil(*words):
    command = [sys.executable, "-m", "monitor", "export", *map(str, words)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


def test_a_session_that_still_runs_is_exported_and_its_file_stays_as_it_was(tmp_path):
    place = Place(tmp_path)
    place.breathe(82, 6)
    place.recorder.flush().result(10)
    printed = vigil(place.path, "--format", "pcd04")
    assert (printed.returncode, printed.stderr) == (0, b"")
    assert "199854" in [read(one).code for one in messages(printed.stdout.decode())]
    out = tmp_path / "alarms.hl7"
    assert vigil(place.path, "--format", "pcd04", "--out", out).returncode == 0
    assert out.read_bytes() == printed.stdout
    place.breathe(82, 1)  # the service goes on writing
    place.bed.close(ended=True)


def test_what_cannot_be_exported_is_said_in_one_line(tmp_path):
    for words, status in (
        ((tmp_path / "none.vigil", "--format", "pcd04"), 1),
        ((tmp_path / "none.vigil", "--format", "edf"), 2),
    ):
        ran = vigil(*words)
        assert (ran.returncode, ran.stdout) == (status, b"")
        assert ran.stderr.startswith(b"vigil: ") and ran.stderr.count(b"\n") == 1
