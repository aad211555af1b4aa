"""What a configuration says that only drivers and alarms can judge."""

import pytest

from monitor import config
from monitor.app import checking
from monitor.core.errors import ConfigError

GOOD = """
[[bed]]
id = "room-1"
[bed.prefer]
pulse_rate = "oximeter"
[[bed.device]]
id = "oximeter"
model = "nonin-df2"
port = "/dev/ttyUSB0"
channels = ["spo2", "pulse_rate"]
[[bed.device]]
id = "cuff"
model = "ble-blood-pressure"
address = "C0:26:DA:00:00:02"
"""


def check(text):
    checking.check(config.parse(text, "x.toml"), "x.toml")


def test_what_the_models_give_is_accepted():
    check(GOOD)


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        pytest.param(
            "nonin-df2",
            "nonin-fd2",
            "device[1].model: unknown model 'nonin-fd2'; did you mean nonin-df",
            id="model",
        ),
        pytest.param(
            '"spo2", ',
            '"spo3", ',
            "device[1].channels: nonin-df2 gives no 'spo3'; it gives spo2",
            id="channel",
        ),
        pytest.param(
            '["spo2", "pulse_rate"]', "[]", "device[1].channels: name at least one", id="no channel"
        ),
        pytest.param(
            '= "oximeter"\n[',
            '= "cuff"\n[',
            "prefer.pulse_rate: 'cuff' does not give pulse_rate; devices that give it: oximeter",
            id="preference",
        ),
        pytest.param(
            "pulse_rate =", "resp_rate =", "no device of this bed gives it", id="preference for nothing"
        ),
        pytest.param(
            "channels",
            "interval_min = 5\nchannels",
            "interval_min: nonin-df2 is a device that Vigil cannot start",
            id="interval",
        ),
        pytest.param("channels", "baudrate = 9601\nchannels", "baudrate: 9601: one of 1200", id="baudrate"),
        pytest.param(
            'port = "/dev/ttyUSB0"',
            'address = "C0:26:DA:00:00:03"',
            "port: nonin-df2 is a serial device",
            id="address for a port",
        ),
        pytest.param("C0:26:DA:00:00:02", "C0:26", "write six bytes", id="half an address"),
    ],
)
def test_what_cannot_work_is_refused_with_its_key(right, wrong, expected):
    with pytest.raises(ConfigError) as refused:
        check(GOOD.replace(right, wrong, 1))
    assert str(refused.value).startswith("x.toml: bed[1].")
    assert expected in str(refused.value)


SIMULATED = """
[[bed]]
id = "room-1"
{bed}
[[bed.device]]
id = "oximeter"
model = "nonin-df2"
port = "/dev/ttyUSB0"
{device}
[alarms]
preset = "{preset}"
"""
AT_REST = "baseline = {{ sys = {sys}, dia = 95, pulse = 80, spo2 = 97 }}"


def _bed(preset, device="", bed=""):
    return SIMULATED.format(preset=preset, device=device, bed=bed)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_bed("adult-standard"), id="factory preset, real device"),
        pytest.param(_bed("iv-racemic", "simulated = true"), id="draft, simulated device"),
        pytest.param(_bed("iv-racemic", "replay = true"), id="draft, replayed device"),
        pytest.param(
            _bed("hypertensive-baseline", "simulated = true", AT_REST.format(sys=150)), id="with a baseline"
        ),
        pytest.param(_bed("hypertensive-baseline", "simulated = true"), id="waits for its baseline"),
    ],
)
def test_a_preset_that_may_judge_the_devices_is_accepted(text):
    check(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(_bed("adult"), "bed[1]: no preset 'adult'; there are: adult-standard", id="unknown"),
        pytest.param(
            _bed("iv-racemic"), "bed[1]: iv-racemic is a draft: it runs on simulated devices", id="draft"
        ),
        pytest.param(
            _bed("hypertensive-baseline"), "hypertensive-baseline is a draft", id="a draft that would wait"
        ),
        pytest.param(
            _bed("adult-standard", "", AT_REST.format(sys=130)),
            "freeze the baseline at the bed",
            id="the last patient's baseline",
        ),
        pytest.param(
            _bed("iv-racemic", "simulated = true", AT_REST.format(sys=300)),
            "baseline systolic 300: between 70 and 220",
            id="an artefact for a baseline",
        ),
    ],
)
def test_a_preset_that_may_not_is_refused(text, expected):
    with pytest.raises(ConfigError, match=r"x\.toml: alarms\.preset: ") as refused:
        check(text)
    assert expected in str(refused.value)
