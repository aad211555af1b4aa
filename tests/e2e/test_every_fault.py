"""What goes wrong with devices, all at once: each fault becomes its own condition, and goes away.

The scenario `faults` switches everything on and off; the tests only listen, in whatever order it comes.
"""

import contextlib
import json
import sqlite3

import pytest

from simulators import scenario

SCENARIO = "faults"
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(150)]

FAULTS = [
    # device, what the scenario does to it, condition, priority at its start, how it ends
    ("df2", "sensor_off on", "SPO2_SENSOR_OFF", "low", "end"),
    ("cms50", "searching on", "PULSE_LOST", "high", "latched"),
    ("df7", "battery_low on", "BATT_LOW", "low", "end"),
    ("ring", "low_battery on", "BATT_LOW", "low", "end"),
    ("rad8", "low_signal on", "SPO2_WEAK", "low", "end"),
    ("jpd", "weak_signal on", "SPO2_WEAK", "low", "end"),
    ("s5", "drop_bytes 0.02", "NO_DATA", "medium", "end"),
    ("n595", "silence on", "LINK_LOST", "medium", "end"),
    ("mp5", "silence on", "LINK_LOST", "medium", "end"),
    ("cms50f", "unplug", "LINK_LOST", "medium", "end"),
    ("baud_rad8", "wrong_baud on", "LINK_LOST", "medium", "end"),
    ("h10", "drop", "LINK_LOST", "medium", "end"),
    ("cuff", "fail", "BP_FAIL", "low", "end"),
    ("leaky", "leak on", "BP_FAIL", "low", "end"),
]
CAUSES = {"cuff": "measurement failed", "leaky": "leak or loose cuff (87)"}
STATES = [
    # device, the state its fault shows as, and words of the reason
    ("n595", "silent", "nothing received"),
    ("mp5", "silent", "nothing received"),
    ("cms50f", "lost", "is the cable plugged in?"),
    ("baud_rad8", "wrong_model", "this does not look like masimo-ascii1"),
    ("strap", "lost", "out of range or switched off"),
    ("h10", "lost", "is it on, in range"),
    ("unpaired", "waiting", "does not let itself be paired"),
]
DAMAGED = {"bad_sums": "checksum 0.2", "lossy_df8": "drop_bytes 0.02", "stray_df2": "insert_bytes 0.02"}
PLAUSIBLE = {"spo2": range(94, 101), "pulse_rate": range(60, 91)}
"""A calm patient's; damage gives any number."""
STORY_S = 90
BED_OF = {device.id: bed.id for bed in scenario.load(SCENARIO).bed for device in bed.device}


@pytest.fixture(scope="module", autouse=True)
def busy(farm):
    """The answer to an order that a busy cuff will refuse, given as soon as the cuff is there."""
    farm.heard.find(lambda m: m["type"] == "device" and m["device"] == "busy_cuff" and m["orders"])
    farm.heard.find(lambda m: of("device", "busy_cuff")(m) and m["state"] == "connected")
    return farm.order("busy", "busy_cuff", "start")


@pytest.fixture(scope="module")
def whole_story(farm):
    """All that was said, up to the last event of the scenario."""
    farm.heard.find(lambda m: of("numeric", "onyx")(m) and m["channel"] == "spo2", STORY_S)
    return farm.heard.past


def of(kind, device):
    return lambda m: m["type"] == kind and m["device"] == device


def values(messages, device, channel):
    return [m["value"] for m in messages if of("numeric", device)(m) and m["channel"] == channel]


@pytest.mark.parametrize(
    ("device", "command", "condition", "priority", "ending"), FAULTS, ids=lambda value: value
)
def test_a_fault_is_its_condition_and_goes_away(farm, device, command, condition, priority, ending):
    assert f"{device} {command}" in [event.command for event in scenario.load(SCENARIO).event]
    started = farm.heard.find(
        lambda m: of("alarm", device)(m) and (m["condition"], m["event"]) == (condition, "start"), STORY_S
    )
    assert (started["priority"], started["kind"]) == (priority, "technical")
    assert started["bed"] == BED_OF[device]
    assert CAUSES.get(device, "") in started["text"]
    farm.heard.find(
        lambda m: m["type"] == "alarm" and (m["occurrence"], m["event"]) == (started["occurrence"], ending),
        STORY_S,
    )


@pytest.mark.parametrize(("device", "state", "words"), STATES, ids=lambda value: value)
def test_the_device_says_what_is_wrong_with_the_way_to_it(farm, device, state, words):
    farm.heard.find(
        lambda m: of("device", device)(m) and m["state"] == state and words in m["detail"], STORY_S
    )


@pytest.mark.parametrize("device", DAMAGED)
def test_short_frames_get_through_a_bad_line_and_no_wrong_number_does(whole_story, device):
    for channel, plausible in PLAUSIBLE.items():
        found = values(whole_story, device, channel)
        assert len(found) > STORY_S / 3
        assert [value for value in found if value is not None and round(value) not in plausible] == []
    assert [m["condition"] for m in whole_story if of("alarm", device)(m)] == []


def test_a_strap_that_the_radio_drops_is_back_before_anything_alarms(whole_story):
    states = [m["state"] for m in whole_story if of("device", "strap")(m)]
    assert "connected" in states[states.index("lost") :]
    assert [m["condition"] for m in whole_story if of("alarm", "strap")(m)] == []


def test_a_cuff_that_pairs_at_last_gives_the_reading_it_kept(farm):
    found = farm.heard.find(of("nibp", "unpaired"), STORY_S)
    assert (found["nibp_sys"], found["nibp_dia"], found["stored"]) == (120, 80, False)


def test_a_busy_cuff_refuses_in_words(farm, busy):
    assert (busy.returncode, busy.stderr) == (0, "")
    assert "the arm rests" in busy.stdout
    failed = farm.heard.find(of("nibp", "busy_cuff"), STORY_S)
    assert (failed["nibp_sys"], failed["error"]) == (None, "not started: the module is busy")
    assert "cuff_busy" in failed["status"]
    farm.heard.find(
        lambda m: of("cuff", "busy_cuff")(m) and m["phase"] == "idle" and "busy" in m["detail"], STORY_S
    )


def test_a_cuff_that_takes_no_orders_is_not_given_any(farm):
    refused = farm.order("failing", "cuff", "start")
    assert refused.returncode == 1
    assert "no cuff that takes orders" in refused.stderr


def test_the_memory_of_a_cuff_is_told_and_is_not_the_newest_reading(farm):
    ahead = farm.heard.find(lambda m: of("nibp", "cuff")(m) and m["nibp_sys"] == 131, STORY_S)
    assert not ahead["stored"], "its clock is two hours fast, and it said so"
    told = [m for m in farm.heard.past if of("nibp", "cuff")(m) and m["stored"]]
    assert len(told) == 3
    snapshots = [m for m in farm.heard.past if m["type"] == "snapshot" and m["bed"] == "failing"]
    assert all(not m["nibp"]["stored"] for m in snapshots if m["nibp"])


def test_a_clock_that_was_never_set_is_said_and_its_spot_check_counts(farm):
    unset = farm.heard.find(lambda m: of("device", "plx")(m) and "clock_unset" in m["status"], STORY_S)
    assert unset["state"] == "connected"
    farm.heard.find(lambda m: of("numeric", "plx")(m) and m["value"] == 95, STORY_S)
    farm.heard.find(lambda m: of("numeric", "plx")(m) and m["value"] == 94, STORY_S)
    newest = [m for m in farm.heard.past if of("device", "plx")(m)][-1]
    assert newest["status"] == []


def test_spot_checks_from_memory_or_a_day_ago_are_written_down_and_never_shown(farm, whole_story):
    assert len(values(whole_story, "onyx", "spo2")) == 1, "only the last: by then its clock is known"
    (path,) = farm.data_dir.glob("*-slow.vigil")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT body FROM journal WHERE kind = 'stored_reading'").fetchall()
    stored = [json.loads(body) for (body,) in rows]
    assert [each["channel"] for each in stored].count("spo2") == 4


def test_nobody_breaks_down(farm, whole_story):
    assert (farm.simulate.status, farm.service.status) == (None, None)
    assert [line for line in farm.service.errors if "Traceback" in line or "unexpected" in line] == []
