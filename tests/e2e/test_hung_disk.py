"""Another process holds the session file while the patient desaturates: no alarm waits for it."""

import contextlib
import sqlite3
import subprocess
import sys

import pytest
from asking import acknowledge_all

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


@contextlib.contextmanager
def held(path):
    """No other process writes to the file while this lasts."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield
        process.stdin.write("\n")
        process.stdin.flush()


def told(condition, *events):
    return lambda m: m["type"] == "alarm" and m["condition"] == condition and m["event"] in events


def test_no_alarm_and_no_acknowledgement_waits_for_a_disk_that_hangs(station):
    station.start("simulate", "one-oximeter")
    service = station.start("serve", "--start")
    watch = station.start("watch", "--json")
    watch.find(lambda m: m["type"] == "numeric" and m["channel"] == "spo2" and m["value"] is not None)
    (path,) = station.data_dir.glob("*-bed1.vigil")
    with held(path):
        station.tell("spo2 80")
        started = {}
        for message in watch.messages(within_s=20):
            if message["type"] == "alarm" and message["event"] == "start":
                started[message["condition"]] = message
            if {"SPO2_DESAT", "STORE_FAIL"} <= started.keys():
                break
        assert started["SPO2_DESAT"]["priority"] == "high"
        assert "locked" in started["STORE_FAIL"]["text"]
        reply = acknowledge_all(station, "bed1", within_s=2)
        assert (reply.ok, "kept in memory" in reply.text) == (True, True), reply.text
    watch.find(told("STORE_FAIL", "end", "latched"), within_s=15)
    assert service.stop() == 0
    with contextlib.closing(sqlite3.connect(path)) as connection:
        kinds = [kind for (kind,) in connection.execute("SELECT kind FROM journal ORDER BY seq")]
    assert {"alarm", "acknowledge", "acknowledged", "store_recovered"} <= set(kinds), "nothing is lost"
