import pytest

from monitor.core.errors import ConfigError
from simulators import scenario
from simulators.rendezvous import Offered, OfferedBed, RunDir, RunDirError, offer_text

GOOD = """
title = "Test"
minutes = 2
speed = 10

[[bed]]
id = "bed1"
title = "Room 1"

[bed.desaturation]
at_s = 40
to_pct = 83
fall_s = 8
hold_s = 15
recover_s = 12

[[bed.device]]
id = "oximeter"
model = "nonin-df2"

[[bed.device]]
id = "cuff"
model = "ble-blood-pressure"
address = "C0:00:00:00:00:02"
first_s = 20
every_s = 40

[[event]]
at_s = 30
command = "oximeter sensor_off on"
"""


def _parse(text):
    return scenario.parse(text.encode(), "x.toml")


@pytest.mark.parametrize("name", scenario.shipped())
def test_every_shipped_scenario_is_accepted(name):
    assert scenario.load(name).devices


def test_the_shipped_scenarios_are_what_they_are_called():
    assert {"demo", "one-oximeter", "quiet", "vasovagal", "desaturation", "movement"} <= set(
        scenario.shipped()
    )
    sessions = {"session-iv", "session-im", "session-esketamine", "session-troche"}
    assert sessions <= set(scenario.shipped())
    assert all(90 <= scenario.load(name).minutes <= 120 for name in sessions)
    assert [device.model for device in scenario.load("demo").devices] == [
        "nonin-df2",
        "ble-heart-rate",
        "ble-blood-pressure",
    ]
    lone = scenario.load("one-oximeter")
    assert [device.model for device in lone.devices] == ["nonin-df7"]
    assert not lone.wireless


WRONG = {
    "unknown key": ("speed = 10", "sped = 10", "sped: unknown key"),
    "unknown key inside": ("at_s = 40", "at = 40", "bed[1].desaturation.at: unknown key"),
    "missing key": ('title = "Room 1"', "", "bed[1].title: is missing"),
    "type": ("speed = 10", 'speed = "x"', "speed: Expected `float`, got `str`"),
    "value": ("speed = 10", "speed = 0", "speed: Expected `float` > 0.0"),
    "no time to fall": ("fall_s = 8", "fall_s = 0", "bed[1].desaturation.fall_s: Expected"),
    "model": ("nonin-df2", "nonin-df9", "bed[1].device[1].model: unknown model 'nonin-df9'; did you mean"),
    "no address": ('address = "C0:00:00:00:00:02"', "", "bed[1].device[2].address: is missing"),
    "id taken": ('id = "cuff"', 'id = "oximeter"', "bed[1].device[2].id: 'oximeter' is taken"),
    "id with a path": ('id = "cuff"', 'id = "../x"', "bed[1].device[2].id: Expected"),
    "cuff too often": ("every_s = 40", "every_s = 3", "bed[1].device[2].every_s: Expected"),
    "event for nobody": ('"oximeter sensor', '"oxymeter sensor', "event[1].command: 'oxymeter' is no device"),
    "broken TOML": ("[[bed]]", "[[bed", "not valid TOML"),
}


@pytest.mark.parametrize(("right", "wrong", "expected"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_scenario_is_refused_with_file_key_and_reason(right, wrong, expected):
    with pytest.raises(ConfigError) as refused:
        _parse(GOOD.replace(right, wrong, 1))
    assert str(refused.value).startswith(f"x.toml: {expected}")


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(ConfigError, match="demo, .*one-oximeter, quiet"):
        scenario.load("deom")


def test_another_length_moves_the_story_and_keeps_the_desaturation_long_enough_to_alarm():
    short = _parse(GOOD).lasting(1)
    assert (short.minutes, short.speed, short.event[0].at_s) == (1, 20, 15)
    dip = short.bed[0].desaturation
    assert (dip.at_s, dip.fall_s, dip.hold_s, dip.recover_s) == (20, 8, 15, 12)
    cuff = short.bed[0].device[1]
    assert (cuff.first_s, cuff.every_s) == (10, 20)


def test_a_scenario_without_end_gets_one():
    endless = _parse(GOOD.replace("minutes = 2", ""))
    assert (endless.lasting(5).minutes, endless.lasting(5).speed) == (5, 10)


def test_the_offer_is_toml_with_every_device():
    import tomllib

    beds = [
        OfferedBed(
            "bed1",
            'Room "1" \\ north',
            [
                Offered("oximeter", "nonin-df2", port=scenario.Path("/run/x/ports/oximeter")),
                Offered("cuff", "ble-blood-pressure", address="C0:00:00:00:00:02"),
            ],
        )
    ]
    told = tomllib.loads(offer_text(beds, replay=True, bus="unix:path=/run/x/bus"))
    assert told == {
        "bed": [
            {
                "id": "bed1",
                "title": 'Room "1" \\ north',
                "device": [
                    {
                        "id": "oximeter",
                        "model": "nonin-df2",
                        "port": "/run/x/ports/oximeter",
                        "simulated": True,
                        "replay": True,
                    },
                    {
                        "id": "cuff",
                        "model": "ble-blood-pressure",
                        "address": "C0:00:00:00:00:02",
                        "simulated": True,
                        "replay": True,
                    },
                ],
            }
        ],
        "audio": {"output": "none"},
        "bluetooth": {"bus": "unix:path=/run/x/bus"},
    }


def test_a_second_simulator_in_the_same_run_directory_is_refused(tmp_path):
    with (
        RunDir(tmp_path / "run"),
        pytest.raises(RunDirError, match="another simulator runs here"),
        RunDir(tmp_path / "run"),
    ):
        pass


def test_what_a_killed_simulator_left_is_removed(tmp_path):
    (tmp_path / "ports").mkdir()
    (tmp_path / "ports" / "old").symlink_to("/dev/null")
    (tmp_path / "simulated.toml").write_text("stale")
    with RunDir(tmp_path):
        assert not (tmp_path / "simulated.toml").exists()
        assert list((tmp_path / "ports").iterdir()) == []
        assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_path_too_long_for_sockets_is_refused_in_words(tmp_path):
    with pytest.raises(RunDirError, match="choose a shorter --run-dir"), RunDir(tmp_path / ("x" * 120)):
        pass
