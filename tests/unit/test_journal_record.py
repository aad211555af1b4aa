"""What an auditor finds in the journal of each alarm and act (alarms 7.6); docs/journal.md says where."""

import re
from pathlib import Path

import pytest
from bed_place import Place

from monitor.link import messages

PAGE = Path(__file__).parents[2] / "docs" / "journal.md"
FIELDS = (
    "phase", "mdc", "value", "unit", "value_age_s", "limit", "comparator", "limits", "signals",
    "inactivation", "user", "reason", "occurrence", "episode",
    "condition", "kind", "priority", "state", "covered_by",
)  # fmt: skip


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.bed.close(ended=False)


def command(name, identity, **args):
    return messages.Command(
        id=identity, bed="bed1", name=name, user="anna", role="clinician", station="desk", args=args
    )


def alarms(place, condition):
    return [body for kind, body in place.journal() if kind == "alarm" and body["condition"] == condition]


async def acknowledge(place, condition):
    rows = place.of(messages.AlarmBoard)[-1].rows
    seen = [[m.occurrence, row.priority] for row in rows for m in row.members if m.condition == condition]
    return await place.bed.command(command("acknowledge", f"a-{condition}", occurrences=seen))


def test_a_start_says_value_limits_delays_and_what_is_seen_and_heard(place):
    place.breathe(88, 12)
    (start,) = alarms(place, "SPO2_LOW")
    assert set(FIELDS) <= set(start)
    assert (start["phase"], start["mdc"]) == ("start", "196674^MDC_EVT_LO_VAL_LT_LIM^MDC")
    assert (start["value"], start["unit"], start["value_age_s"]) == (88, "%", 0)
    assert start["signals"] == {"visual": "flashing", "audio": "sounding", "remote": "console"}
    assert start["inactivation"] == ["enabled"]
    low = {
        "condition": "SPO2_LOW", "comparator": "<", "value": 90.0, "priority": "medium",
        "decided_by": "delay", "on_delay_s": 10.0, "hysteresis": 1.0, "off_delay_s": 5.0,
    }  # fmt: skip
    assert low in start["limits"]
    assert {limit["condition"] for limit in start["limits"]} == {"SPO2_LOW", "SPO2_DESAT"}


async def test_an_acknowledgement_changes_what_is_seen_and_heard_and_ages_the_value(place):
    place.breathe(88, 12)
    place.breathe(89, 5)
    await acknowledge(place, "SPO2_LOW")
    said = alarms(place, "SPO2_LOW")[-1]
    assert (said["phase"], said["user"]) == ("ack", "anna")
    assert said["signals"] == {"visual": "steady", "audio": "acknowledged", "remote": ""}
    assert said["inactivation"] == ["alert-acknowledged"]
    assert (said["value"], said["value_age_s"] >= 5) == (88, True)  # the worst since the start, not the last


async def test_role_and_station_stand_with_every_act(place):
    place.breathe(88, 12)
    await acknowledge(place, "SPO2_LOW")
    await place.bed.command(command("off", "o1", condition="PR_HIGH", reason="known"))
    asked = [body for kind, body in place.journal() if kind in ("act", "acknowledge")]
    assert {(body["user"], body["role"], body["station"]) for body in asked} == {
        ("anna", "clinician", "desk")
    }
    assert len(asked) == 2


async def test_a_pause_is_seen_in_what_happens_through_it(place):
    place.breathe(82, 10)
    await place.bed.command(command("pause", "p1", seconds=60))
    place.breathe(80, 1)
    said = alarms(place, "SPO2_DESAT")[-1]
    assert (said["phase"], said["signals"]["audio"], said["inactivation"]) == (
        "update",
        "paused",
        ["audio-paused"],
    )


async def test_a_latched_alarm_that_somebody_saw_is_reset_and_one_over_by_itself_ends(place):
    place.breathe(82, 10)
    place.breathe(97, 20)
    latched = alarms(place, "SPO2_DESAT")[-1]
    assert (latched["phase"], latched["signals"]["audio"]) == ("latch", "none")
    await acknowledge(place, "SPO2_DESAT")
    over = alarms(place, "SPO2_DESAT")[-1]
    assert (over["phase"], over["signals"]["visual"]) == ("reset", "none")
    place.bed.host_condition("CLOCK_STEP", True, "off")
    place.bed.host_condition("CLOCK_STEP", False, "")
    assert [body["phase"] for body in alarms(place, "CLOCK_STEP")] == ["start", "end"]


async def test_a_changed_limit_is_in_force_in_what_comes_after(place):
    change = command(
        "limits", "l1", changes=[["SPO2_LOW", "medium", 92]], reason="as ordered", occurrences=[]
    )
    assert (await place.bed.command(change)).ok
    place.breathe(91, 12)
    start = alarms(place, "SPO2_LOW")[0]
    (low,) = [limit for limit in start["limits"] if limit["condition"] == "SPO2_LOW"]
    assert (start["limit"], low["value"]) == (92, 92)


async def test_what_only_a_remote_station_sounds_is_written_as_that(place):
    offered = await place.bed.command(command("take_sound", "lease"))
    beat = {"lease": "lease", "echo": offered.results[0]["echo"], "age_s": 0.0, "heard": True}
    assert (await place.bed.command(command("hold_sound", "q2", **beat))).ok
    place.bed.host_condition("STORE_FAIL", True, "full")
    (start,) = [body for body in alarms(place, "STORE_FAIL") if body["event"] == "start"]
    assert start["signals"]["audio"] == "elsewhere"


def test_what_does_not_change_is_said_once_at_the_start(place):
    place.bed.begin("0.1.0")
    bodies = dict(place.journal())
    armed = bodies["armed"]
    assert (armed["session"], armed["preset"], armed["preset_version"]) == ("s", "adult-standard", 1)
    assert re.fullmatch("[0-9a-f]{64}", armed["preset_sha256"])
    assert armed["software"] == "0.1.0"
    assert "SPO2_DESAT" in {limit["condition"] for limit in armed["limits"]}
    assert "NO_DATA" in {row["condition"] for row in armed["technical"]}
    assert armed["devices"]["ox"]["model"] == "nonin-df2"
    assert bodies["power"] == {"event": "start", "software": "0.1.0"}


def test_the_test_of_the_sound_and_the_power_off_are_written_down(place):
    place.bed.sound_changed(None)
    place.bed.sound_changed("no device")
    tests = [body for kind, body in place.journal() if kind == "selftest"]
    assert [(test["part"], test["ok"]) for test in tests] == [("sound", True), ("sound", False)]


def test_the_page_says_where_every_field_is():
    text = PAGE.read_text("utf-8")
    assert [field for field in FIELDS if f"`{field}`" not in text] == []
