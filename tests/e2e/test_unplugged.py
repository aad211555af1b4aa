"""The cable pulled while the patient's alarm is acknowledged: what nobody has seen is high and is heard."""

import pytest
from asking import acknowledge_all

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(150)]


def told(condition, event):
    return lambda m: m["type"] == "alarm" and m["condition"] == condition and m["event"] == event


def sounds(priority):
    return lambda m: m["type"] == "board" and m["sounding"] == priority


def test_a_link_lost_while_acknowledged_is_high_and_comes_back_as_the_same_episode(station):
    station.start("simulate", "one-oximeter")
    station.start("serve", "--start")
    watch = station.start("watch", "--json")
    watch.find(lambda m: m["type"] == "numeric" and m["channel"] == "spo2" and m["value"] is not None)
    station.tell("spo2 80")
    first = watch.find(told("SPO2_DESAT", "start"))
    watch.find(told("SPO2_LOW", "start"))
    reply = acknowledge_all(station, "bed1")
    assert reply.ok, reply.text
    watch.find(sounds(None))
    station.tell("oximeter unplug")
    watch.find(told("LINK_LOST", "start"))
    lost = watch.find(lambda m: told("NO_DATA", "start")(m) and m["channel"] == "spo2")
    assert lost["priority"] == "high"
    assert "lost while low: 80 %" in lost["text"]
    watch.find(sounds("high"))
    over = watch.find(told("SPO2_DESAT", "end"), within_s=40)
    assert (over["occurrence"], over["reason"]) == (first["occurrence"], "data_lost")
    station.tell("oximeter replug")
    again = watch.find(told("SPO2_DESAT", "start"), within_s=40)
    assert again["occurrence"] != first["occurrence"]
    assert again["episode"] == first["episode"]
