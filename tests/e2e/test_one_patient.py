"""The main job as a clinic runs it: simulators, service and clients as processes."""

import contextlib
import json
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def is_numeric(channel):
    return lambda m: m["type"] == "numeric" and m["channel"] == channel and m["value"] is not None


def is_alarm(condition, event="start"):
    return lambda m: m["type"] == "alarm" and m["condition"] == condition and m["event"] == event


def is_over(condition):
    return lambda m: is_alarm(condition, "end")(m) or is_alarm(condition, "latched")(m)


def session_file(station):
    (path,) = station.data_dir.glob("*-bed1.vigil")
    return path


def journal_of(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [
            (kind, json.loads(body))
            for kind, body in connection.execute("SELECT kind, body FROM journal ORDER BY seq")
        ]


def vigil(*words):
    return subprocess.run(
        [sys.executable, "-m", "monitor", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_numerics_of_the_serial_and_both_bluetooth_devices_reach_a_client(station):
    station.start("simulate", "demo")
    station.start("serve", "--start")
    watch = station.start("watch", "--json")
    wanted = {("numeric", "oximeter"), ("numeric", "strap"), ("nibp", "cuff")}
    for message in watch.messages(within_s=40):
        if message["type"] == "nibp" or (message["type"] == "numeric" and message["value"] is not None):
            assert message["simulated"] is True
            wanted.discard((message["type"], message["device"]))
        if not wanted:
            break
    assert not wanted


def test_a_desaturation_alarms_and_survives_a_killed_service(station):
    simulate = station.start("simulate", Path(__file__).parent / "desaturation.toml")
    service = station.start("serve", "--start")
    watch = station.start("watch", "--json")
    alarm = watch.find(is_alarm("SPO2_DESAT"), within_s=60)
    assert (alarm["priority"], alarm["comparator"], alarm["limit"], alarm["state"]) == (
        "high",
        "<",
        85.0,
        "unack",
    )
    until(lambda: alarm["occurrence"] in started(station), "the alarm is in the journal")
    service.kill(signal.SIGKILL)
    watch.find(lambda m: m["type"] == "connection" and m["state"] == "lost")
    station.start("serve")
    board = watch.find(lambda m: m["type"] == "snapshot")["board"]
    assert alarm["occurrence"] in [member["occurrence"] for row in board["rows"] for member in row["members"]]
    assert simulate.status is None


def test_an_alarm_killed_before_it_was_durable_comes_again_at_once(station):
    station.start("simulate", Path(__file__).parent / "desaturation.toml")
    service = station.start("serve", "--start")
    watch = station.start("watch", "--json")
    watch.find(is_alarm("SPO2_DESAT"), within_s=60)
    service.kill(signal.SIGKILL)
    watch.find(lambda m: m["type"] == "connection" and m["state"] == "lost")
    station.start("serve")
    watch.find(shows("SPO2_DESAT"), within_s=8)


def shows(condition):
    """A snapshot or board with the condition on it."""

    def wanted(message):
        board = message["board"] if message["type"] == "snapshot" else message
        rows = board.get("rows", []) if board["type"] == "board" else []
        return condition in [member["condition"] for row in rows for member in row["members"]]

    return wanted


def started(station):
    entries = journal_of(session_file(station))
    return [body["occurrence"] for kind, body in entries if kind == "alarm" and body["event"] == "start"]


def until(holds, what, within_s=10):
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        time.sleep(0.01)


def test_the_cable_pulled_and_back_is_a_technical_alarm_that_ends(station):
    station.start("simulate", "one-oximeter")
    station.start("serve", "--start")
    watch = station.start("watch", "--json")
    watch.find(is_numeric("spo2"))
    tell(station, "oximeter unplug")
    watch.find(lambda m: m["type"] == "device" and m["state"] == "lost")
    lost = watch.find(is_alarm("LINK_LOST"))
    assert lost["kind"] == "technical"
    tell(station, "oximeter replug")
    watch.find(is_over("LINK_LOST"))


def tell(station, line):
    import socket

    with socket.socket(socket.AF_UNIX) as control:
        control.connect(str(station.run_dir / "control"))
        control.sendall(f"{line}\n".encode())
        return control.recv(1000)


def test_a_second_service_is_refused_in_words(station):
    station.start("simulate", "one-oximeter")
    station.start("serve", "--start")
    watch = station.start("watch", "--json")
    watch.find(is_numeric("spo2"))
    second = station.start("serve")
    assert second.wait() == 2
    assert any("another service runs here" in str(line) for line in second.errors)
    other_run = station.run_dir.parent / "other"
    third = vigil(
        "serve", "--config", config_of(station), "--run-dir", other_run, "--data-dir", station.data_dir
    )
    assert third.returncode == 1
    assert "session" in third.stderr and "Traceback" not in third.stderr


def config_of(station):
    return station.run_dir / "simulated.toml"


def test_verify_and_sessions_speak_of_the_recorded_session(station):
    station.start("simulate", "one-oximeter")
    service = station.start("serve", "--start")
    watch = station.start("watch", "--json")
    watch.find(is_numeric("spo2"))
    assert service.stop() == 0
    path = session_file(station)
    assert vigil("verify", path).stdout.endswith("intact\n")
    listed = json.loads(vigil("sessions", "--json", "--data-dir", station.data_dir).stdout)
    assert (listed["bed"], listed["state"], listed["simulated"]) == ("bed1", "open", True)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    damaged = vigil("verify", path)
    assert damaged.returncode == 1
    assert "Traceback" not in damaged.stderr


def test_a_session_that_is_ended_stays_ended_and_the_next_patient_gets_a_new_one(station):
    station.start("simulate", "one-oximeter")
    service = station.start("serve", "--start", "--end")
    watch = station.start("watch", "--json")
    watch.find(is_numeric("spo2"))
    assert service.stop() == 0
    first = session_file(station)
    assert journal_of(first)[-1][0] == "record_closed"
    assert "not ended" not in vigil("verify", first).stdout
    again = station.start("serve", "--start", "--end")
    watch.find(lambda m: m["type"] == "snapshot" and m["session"] not in (None, first.stem))
    assert again.stop() == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[bed]]\nid = 'b'\ncolour = 1\n", "bed[1].colour: unknown key"),
        ("[[bed]]\nid = 'b'\n[alarms]\npreset = 'nope'\n", "nope"),
        (
            "[[bed]]\nid = 'b'\n[[bed.device]]\nid = 'd'\nmodel = 'nonin-df3'\nport = '/dev/null'\n",
            "bed[1].device[1].model: unknown model 'nonin-df3'; did you mean nonin-df",
        ),
        (
            "[[bed]]\nid = 'b'\n[[bed.device]]\nid = 'd'\nmodel = 'nonin-df2'\naddress = 'C0:00'\n",
            "bed[1].device[1].port: nonin-df2 is a serial device",
        ),
        (
            "[[bed]]\nid = 'b'\n[[bed.device]]\nid = 'd'\nmodel = 'ble-heart-rate'\naddress = 'C0:00'\n",
            "bed[1].device[1].address: 'C0:00': write six bytes",
        ),
    ],
    ids=[
        "unknown key",
        "unknown preset",
        "unknown model offers the nearest",
        "serial model at an address",
        "half an address",
    ],
)
def test_a_wrong_configuration_is_refused_before_anything_starts(station, tmp_path, text, expected):
    file = tmp_path / "vigil.toml"
    file.write_text(text)
    refused = vigil("serve", "--config", file, "--run-dir", station.run_dir, "--data-dir", station.data_dir)
    assert refused.returncode == 2
    assert expected in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_full_disk_is_a_technical_alarm_and_the_patient_s_alarm_still_comes(station):
    station.start("simulate", Path(__file__).parent / "desaturation.toml")
    service = station.start("serve", "--start")
    watch = station.start("watch", "--json")
    watch.find(is_numeric("spo2"))
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    watch.find(is_alarm("STORE_FAIL"), within_s=30)
    assert watch.find(is_alarm("SPO2_DESAT"), within_s=40)["priority"] == "high"
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    watch.find(
        lambda m: is_alarm("STORE_FAIL", "latched")(m) or is_alarm("STORE_FAIL", "end")(m), within_s=30
    )
    assert service.stop() == 0
    kinds = [kind for kind, _ in journal_of(session_file(station))]
    assert "store_recovered" in kinds
    assert vigil("verify", session_file(station)).returncode == 0


def has_sound_device():
    script = "import sounddevice as s; exit(not any(d['max_output_channels'] for d in s.query_devices()))"
    return (
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, timeout=60, check=False
        ).returncode
        == 0
    )


def test_a_station_whose_sound_is_missing_alarms_about_it(station, tmp_path):
    if has_sound_device():
        pytest.skip("this machine has a sound device")
    station.start("simulate", "one-oximeter")
    until(lambda: config_of(station).exists(), "the simulator is ready")
    file = tmp_path / "vigil.toml"
    file.write_text(config_of(station).read_text().replace('output = "none"', 'output = "default"'))
    station.start("serve", "--start", "--config", file)
    watch = station.start("watch", "--json")
    alarm = watch.find(is_alarm("AUDIO_FAIL"), within_s=30)
    assert (alarm["priority"], alarm["kind"]) == ("high", "technical")
    assert watch.find(lambda m: m["type"] == "snapshot")["sound"] not in ("ok", "none")
