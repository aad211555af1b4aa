"""A device written into a configuration: the file's own words stay, and nothing wrong gets in."""

import tomllib

import pytest

from drivers.model import DeviceConfig
from monitor.app import device_trial
from monitor.app.device_trial import entry, prepared
from monitor.core.errors import ConfigError

STRAP = DeviceConfig("strap", "ble-heart-rate", address="C0:26:DA:00:00:01")
OXIMETER = DeviceConfig("oximeter", "nonin-df2", port="/dev/ttyUSB0")


def write(path, bed, device):
    text, added = prepared(path, bed, device)
    device_trial.write(path, text)
    return added


def test_a_new_file_gets_a_bed_and_the_device(tmp_path):
    path = tmp_path / "vigil.toml"
    assert 'model = "ble-heart-rate"' in write(path, "room-1", STRAP)
    (bed,) = tomllib.loads(path.read_text())["bed"]
    assert (bed["id"], bed["device"]) == (
        "room-1",
        [{"id": "strap", "model": "ble-heart-rate", "address": "C0:26:DA:00:00:01"}],
    )


def test_comments_and_other_beds_stay(tmp_path):
    path = tmp_path / "vigil.toml"
    path.write_text('# ours\n[[bed]]\nid = "room-1"  # quiet\n\n[alarms]\npreset = "adult-standard"\n')
    write(path, "room-1", OXIMETER)
    write(path, "room-2", STRAP)
    text = path.read_text()
    assert "# ours" in text and "# quiet" in text
    beds = tomllib.loads(text)["bed"]
    assert [(bed["id"], bed["device"][0]["id"]) for bed in beds] == [
        ("room-1", "oximeter"),
        ("room-2", "strap"),
    ]


@pytest.mark.parametrize(
    ("device", "text"),
    [
        pytest.param(DeviceConfig("strap", "ble-heart-rate", address="C0:26:DA:00:00:02"), "taken", id="id"),
        pytest.param(
            DeviceConfig("other", "ble-heart-rate", address="c0:26:da:00:00:01"),
            "one device, one bed",
            id="bound",
        ),
        pytest.param(DeviceConfig("a b", "nonin-df2", port="/dev/ttyUSB0"), "letters, digits", id="name"),
        pytest.param(DeviceConfig("x", "ble-heart-rate", address="C0:26"), "six bytes", id="address"),
    ],
)
def test_what_would_make_the_file_wrong_is_refused_and_the_file_stays(tmp_path, device, text):
    path = tmp_path / "vigil.toml"
    write(path, "room-1", STRAP)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=text):
        write(path, "room-1", device)
    assert path.read_bytes() == before


def test_who_may_read_the_file_and_what_points_at_it_stay(tmp_path):
    real, link = tmp_path / "real.toml", tmp_path / "vigil.toml"
    real.write_text('[[bed]]\nid = "room-1"\n')
    real.chmod(0o600)
    link.symlink_to(real)
    write(link, "room-1", STRAP)
    assert link.is_symlink() and "strap" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ['[bed]\nid = "x"\n', 'bed = "x"\n', '[[bed]]\nid = "x"\ndevice = "y"\n'])
def test_tables_of_another_form_are_refused_in_words(tmp_path, text):
    path = tmp_path / "vigil.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"\[\[bed\]\]"):
        write(path, "room-1", STRAP)


def test_a_file_that_is_no_configuration_is_refused(tmp_path):
    path = tmp_path / "vigil.toml"
    path.write_text("[[bed")
    with pytest.raises(ConfigError, match="cannot be read"):
        write(path, "room-1", STRAP)


def test_a_place_becomes_a_port_or_an_address_by_the_model(tmp_path):
    assert entry("c0:26:da:00:00:01", "ble-heart-rate", None, tmp_path).address == "C0:26:DA:00:00:01"
    assert entry("/dev/ttyUSB0", "nonin-df2", None, tmp_path).device_id == "nonin-df2"


@pytest.mark.parametrize(
    ("place", "model", "text"),
    [
        pytest.param("C0:26:DA:00:00:01", "nonin-df2", "is on a serial line: give its port", id="address"),
        pytest.param("/dev/ttyUSB0", "ble-heart-rate", "is a Bluetooth device: give its address", id="port"),
    ],
)
def test_a_place_of_the_wrong_kind_is_refused_before_anything_is_tried(tmp_path, place, model, text):
    with pytest.raises(ConfigError, match=text):
        entry(place, model, None, tmp_path)


def test_a_simulated_port_is_written_as_simulated_and_silent(tmp_path):
    device = entry(str(tmp_path / "ports" / "ox"), "nonin-df2", "ox", tmp_path)
    path = tmp_path / "vigil.toml"
    write(path, "room-1", device)
    told = tomllib.loads(path.read_text())
    assert told["bed"][0]["device"][0]["simulated"] is True
    assert told["audio"] == {"output": "none"}
