"""The same messages through a broker: simulator, service, mosquitto and `vigil watch --mqtt`."""

import shutil
import signal
import socket
import subprocess
import time

import pytest

PLACES = "/usr/sbin:/usr/bin:/usr/local/sbin"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.skipif(shutil.which("mosquitto", path=PLACES) is None, reason="no mosquitto"),
]


@pytest.fixture
def broker(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    program = shutil.which("mosquitto", path=PLACES)
    with subprocess.Popen([program, "-c", config], stderr=subprocess.DEVNULL) as process:
        yield f"mqtt://127.0.0.1:{port}/clinic"
        process.terminate()


def test_watch_over_mqtt_shows_what_the_service_says_and_that_it_died(station, broker, tmp_path):
    station.start("simulate", "one-oximeter")
    offered = station.run_dir / "simulated.toml"
    end = time.monotonic() + 20
    while not offered.exists():
        assert time.monotonic() < end, "the simulator is ready"
        time.sleep(0.05)
    file = tmp_path / "vigil.toml"
    file.write_text(f'{offered.read_text()}\n[mqtt]\nurl = "{broker}"\n')
    service = station.start("serve", "--start", "--config", file)
    watch = station.start("watch", "--json", "--mqtt", broker)
    snapshot = watch.find(lambda m: m["type"] == "snapshot")
    assert (snapshot["title"], snapshot["simulated"]) == ("Room 1", True)
    reading = watch.find(
        lambda m: m["type"] == "numeric" and m["channel"] == "spo2" and m["value"] is not None
    )
    assert reading["bed"] == "bed1"
    service.kill()
    watch.find(lambda m: m["type"] == "connection" and m["state"] == "lost", within_s=10)


def test_a_service_with_a_broker_stops_when_it_is_told_to(station, broker, tmp_path):
    file = tmp_path / "vigil.toml"
    file.write_text(f'[[bed]]\nid = "b"\n[audio]\noutput = "none"\n[mqtt]\nurl = "{broker}"\n')
    service = station.start("serve", "--config", file)
    watch = station.start("watch", "--json", "--mqtt", broker)
    watch.find(lambda m: m["type"] == "snapshot")
    service.kill(signal.SIGTERM)
    assert service.wait() == 0
