"""The table of evidence, and the command line behind it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from examples import agrees
from known import KNOWN

from drivers.decode import decode

TABLE = Path(__file__).parent / "table.py"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=50, check=False)


@pytest.mark.integration
def test_every_model_is_a_row_and_all_agree():
    done = run(str(TABLE))
    assert (done.returncode, done.stderr) == (0, "")
    rows = {words[0]: words for line in done.stdout.splitlines()[1:-1] if (words := line.split())}
    assert rows.keys() == KNOWN.keys()
    assert all(words[-1] == words[-2] for words in rows.values())


@pytest.mark.integration
@pytest.mark.parametrize("name", ["nonin-df2", "ble-blood-pressure"])
def test_the_command_says_what_the_suite_compares(name):
    example = KNOWN[name].case.examples[0]
    done = run("-m", "monitor", "decode", name, "--hex", example.wire)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert said == json.loads(json.dumps(list(decode(name, example.wire, is_hex=True))))
    assert any(agrees(event, wanted) for event in said for wanted in example.expected)
