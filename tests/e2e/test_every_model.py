"""Every model at once: simulators, service and a client as processes, one Bluetooth radio for ten."""

import pytest

from drivers import registry
from simulators import scenario

SCENARIO = "every-model"
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(150)]

BED_OF = {device.id: bed.id for bed in scenario.load(SCENARIO).bed for device in bed.device}
MODEL_OF = {device.id: device.model for device in scenario.load(SCENARIO).devices}

OXIMETRY = ("spo2", "pulse_rate")
WITH_PERFUSION = (*OXIMETRY, "perfusion_index")
HEART = ("heart_rate", "rr_interval")
ARTERY = ("art_sys", "art_dia", "art_map")
MONITOR = (*OXIMETRY, *ARTERY, "heart_rate", "resp_rate", "temperature")
SHOWN = {
    "df2": OXIMETRY,
    "df7": OXIMETRY,
    "df8": OXIMETRY,
    "onyx": OXIMETRY,
    "cms50": OXIMETRY,
    "cms50f": WITH_PERFUSION,
    "bm1000": OXIMETRY,
    "rad8": WITH_PERFUSION,
    "n595": OXIMETRY,
    "jpd": WITH_PERFUSION,
    "n3230": WITH_PERFUSION,
    "plx": WITH_PERFUSION,
    "mighty": (*WITH_PERFUSION, "resp_rate"),
    "ring": OXIMETRY,
    "strap": HEART,
    "h10": HEART,
    "s5": MONITOR,
    "mp5": (*MONITOR, "perfusion_index"),
    "pm6750": (*OXIMETRY, "heart_rate", "resp_rate", "temperature"),
}
"""Device -> the numbers that it shows by itself."""
MEASURING_BY_THEMSELVES = ("cuff", "bp2", "s5", "mp5")
ORDERED = ("suntech", "pm6750")
QUICKER = 4
"""Times as fast as a real cuff: a test need not wait for the air."""
WITHIN_S = 30
CUFF_WITHIN_S = 60
ORDER_WITHIN_S = 75
"""An arm rests 30 s before Vigil fills a cuff that it has just met."""


@pytest.fixture(scope="module", autouse=True)
def ordered(farm):
    """The answers to the orders, given as soon as the modules are there."""
    answers = {}
    for device in ORDERED:
        farm.heard.find(lambda m, d=device: m["type"] == "device" and m["device"] == d and is_there(m))
        assert farm.tell(f"{device} speed {QUICKER}") == f"{device}: speed {QUICKER}"
        answers[device] = farm.order(BED_OF[device], device, "start")
    return answers


def is_there(message):
    return message["state"] == "connected"


def numbers(device, channel):
    return lambda m: (
        m["type"] == "numeric" and (m["device"], m["channel"]) == (device, channel) and m["value"] is not None
    )


def result(device):
    return lambda m: m["type"] == "nibp" and m["device"] == device and m["nibp_sys"] is not None


def test_no_model_is_left_out():
    assert sorted(MODEL_OF.values()) == sorted(registry.MODELS)
    assert set(SHOWN) | set(MEASURING_BY_THEMSELVES) | set(ORDERED) == set(MODEL_OF)


@pytest.mark.parametrize("device", SHOWN)
def test_numbers_reach_a_client(farm, device):
    for channel in SHOWN[device]:
        found = farm.heard.find(numbers(device, channel), WITHIN_S)
        assert found["simulated"] and found["bed"] == BED_OF[device]


@pytest.mark.parametrize("device", MEASURING_BY_THEMSELVES)
def test_a_cuff_that_measures_by_itself_gives_its_reading(farm, device):
    found = farm.heard.find(result(device), CUFF_WITHIN_S)
    assert found["nibp_sys"] > found["nibp_map"] > found["nibp_dia"]
    assert (found["source"], found["stored"], found["error"]) == ("device_initiated", False, "")


@pytest.mark.parametrize("device", ORDERED)
def test_a_cuff_that_is_ordered_to_measures_shows_it_and_tells(farm, ordered, device):
    assert ordered[device].returncode == 0
    assert "measure" in ordered[device].stdout
    found = farm.heard.find(result(device), ORDER_WITHIN_S)
    assert (found["source"], found["error"]) == ("auto", "")
    farm.heard.find(phase(device, "measuring"))
    farm.heard.find(
        lambda m: numbers(device, "cuff_pressure")(m) and m["value"] > found["nibp_sys"], WITHIN_S
    )
    farm.heard.find(lambda m: phase(device, "idle")(m) and m["due_in_s"] is None, WITHIN_S)


def phase(device, name):
    return lambda m: m["type"] == "cuff" and m["device"] == device and m["phase"] == name


@pytest.mark.parametrize(
    ("first", "second"), [("n595", "ring"), ("s5", "jpd"), ("mp5", "n3230"), ("mighty", "bm1000")]
)
def test_of_two_oximeters_in_a_room_the_first_is_shown(farm, first, second):
    def chosen(message):
        return message["type"] == "snapshot" and message["sources"].get("spo2") == first

    def both(message):
        return numbers(first, "spo2")(message) and message["shown"]

    farm.heard.find(lambda m: chosen(m) and m["bed"] == BED_OF[first], WITHIN_S)
    farm.heard.find(both, WITHIN_S)
    farm.heard.find(lambda m: numbers(second, "spo2")(m) and not m["shown"], WITHIN_S)


def test_a_calm_farm_raises_nothing_and_logs_nothing(farm):
    past = farm.heard.past
    assert [(m["device"], m["detail"]) for m in past if m["type"] == "device" and is_wrong(m)] == []
    assert [(m["device"], m["condition"]) for m in past if m["type"] == "alarm"] == []
    assert [line for line in farm.service.errors if "WARNING" in line or "ERROR" in line] == []
    assert (farm.simulate.status, farm.service.status) == (None, None)


def is_wrong(message):
    return message["state"] in ("wrong_model", "lost", "silent")
