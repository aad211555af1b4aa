from pathlib import Path

import pytest

from alarms.baseline import Baseline
from monitor import config
from monitor.core.errors import ConfigError

GOOD = """
[[bed]]
id = "room-1"
title = "Room 1"
[[bed.device]]
id = "oximeter"
model = "nonin-df2"
port = "/dev/ttyUSB0"
"""


def test_the_commented_example_is_accepted():
    example = Path(__file__).parents[2] / "docs" / "vigil.example.toml"
    loaded = config.load(example)
    assert [device.model for device in loaded.bed[0].device] == [
        "nonin-df2",
        "ble-blood-pressure",
        "ble-heart-rate",
    ]


def test_defaults_fill_what_is_left_out():
    loaded = config.parse(GOOD, "x.toml")
    assert (loaded.alarms.preset, loaded.mqtt) == ("adult-standard", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[[bed", "not valid TOML", id="broken TOML"),
        pytest.param("", "bed: at least one [[bed]]", id="no bed"),
        pytest.param("bed = 3", "bed: at least one [[bed]]", id="bed is no table"),
        pytest.param("bed = [3]", "bed[1]: must be a table", id="bed holds a number"),
        pytest.param(
            GOOD + 'prot = "x"', 'bed[1].device[1].prot: unknown key; did you mean "port"?', id="typo"
        ),
        pytest.param(
            GOOD + "colour = 1", "bed[1].device[1].colour: unknown key; known here: id", id="unknown key"
        ),
        pytest.param(
            GOOD + "simulated = 3", "bed[1].device[1].simulated: Expected `bool`, got `int`", id="wrong type"
        ),
        pytest.param(
            GOOD + 'address = "C0:00:00:00:00:01"', "port (serial) or address", id="port and address"
        ),
        pytest.param('[[bed]]\nid = "a b"', "bed[1].id: 'a b': letters, digits", id="id with a blank"),
        pytest.param(GOOD + GOOD, "bed[2].id: 'room-1' is taken already", id="bed twice"),
        pytest.param(
            GOOD + GOOD.replace("room-1", "room-2"),
            "is bound already, to room-1/oximeter",
            id="one port, two beds",
        ),
        pytest.param(
            GOOD + "[mqtt]\nwaves = true", "mqtt: Object missing required field `url`", id="key missing"
        ),
        pytest.param(
            GOOD + "[audio]\nvolume = 0.2",
            "audio.volume: 0.2 is below audio.floor, 0.25: an alarm must be heard",
            id="volume below the clinic's floor",
        ),
        pytest.param(GOOD + "[audio]\nvolume = 1.5", "audio.volume: Expected", id="volume beyond full"),
        pytest.param(GOOD + "[audio]\nvolume = nan", "audio.volume: Expected", id="volume that is no number"),
        pytest.param(GOOD + "[audio]\nfloor = 0.05", "audio.floor: Expected", id="floor that nobody hears"),
        pytest.param(
            GOOD + '[audio]\noutput = "loud"', "audio.output: Invalid enum value 'loud'", id="unknown output"
        ),
        pytest.param("[alarm]\n" + GOOD, 'alarm: unknown key; did you mean "alarms"?', id="unknown section"),
    ],
)
def test_a_wrong_file_is_refused_with_file_key_and_reason(text, expected):
    with pytest.raises(ConfigError) as refused:
        config.parse(text, "x.toml")
    assert str(refused.value).startswith("x.toml: ")
    assert expected in str(refused.value)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read"):
        config.load(tmp_path / "absent.toml")


def test_a_bed_may_have_the_patients_baseline():
    text = '[[bed]]\nid = "room-1"\nbaseline = { sys = 150, dia = 95, pulse = 80, spo2 = 97 }\n'
    assert config.parse(text, "x.toml").bed[0].baseline == Baseline(sys=150, dia=95, pulse=80, spo2=97)


def test_half_a_baseline_is_refused():
    with pytest.raises(ConfigError, match=r"bed\[1\]\.baseline: .*missing required field `dia`"):
        config.parse('[[bed]]\nid = "room-1"\nbaseline = { sys = 150 }\n', "x.toml")
