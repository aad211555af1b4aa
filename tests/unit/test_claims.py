"""Two devices, one channel: who is shown, when the place changes, and when it is given back."""

import pytest

from monitor.claims import Claims
from monitor.core.clock import Nanos, seconds

CHANNELS = {"finger": ("spo2", "pulse_rate"), "ring": ("spo2",)}


def play(claims, *readings):
    """Feed (second, device, has a value), and return who is shown for SpO2 after each."""
    shown = []
    for second, device, value in readings:
        claims.take("spo2", device, value, Nanos(seconds(second)))
        shown.append(claims.shown["spo2"])
    return shown


def test_a_channel_of_one_device_is_not_contested():
    claims = Claims(CHANNELS, {})
    assert claims.shown == {"spo2": "finger"}
    assert claims.take("pulse_rate", "finger", True, Nanos(0))


@pytest.mark.parametrize(("prefer", "first"), [({}, "finger"), ({"spo2": "ring"}, "ring")])
def test_the_configured_order_decides_from_the_start(prefer, first):
    claims = Claims(CHANNELS, prefer)
    assert claims.take("spo2", first, True, Nanos(0))
    other = {"finger": "ring", "ring": "finger"}[first]
    assert not claims.take("spo2", other, True, Nanos(0))


def test_the_next_takes_over_after_ten_seconds_without_a_value():
    claims = Claims(CHANNELS, {})
    readings = [(0, "finger", True), (1, "ring", True), (9, "ring", True), (10, "ring", True)]
    assert play(claims, *readings) == ["finger"] * 4
    assert play(claims, (10.5, "finger", False), (11, "ring", True)) == ["finger", "ring"]


def test_who_speaks_first_at_the_start_takes_no_place():
    claims = Claims(CHANNELS, {})
    assert play(claims, (0, "ring", True), (0.1, "finger", True), (1, "ring", True)) == ["finger"] * 3


def test_a_first_device_that_never_comes_gives_its_place_after_ten_seconds():
    claims = Claims(CHANNELS, {})
    assert play(claims, (0, "ring", True), (10, "ring", True), (10.5, "ring", True)) == [
        "finger",
        "finger",
        "ring",
    ]


def test_time_alone_moves_the_place_too():
    claims = Claims(CHANNELS, {})
    play(claims, (0, "finger", True), (8, "ring", True))
    claims.look(Nanos(seconds(12)))
    assert claims.shown["spo2"] == "ring"


def test_the_first_gets_its_place_back_after_five_steady_seconds():
    claims = Claims(CHANNELS, {})
    play(claims, (0, "finger", True), (5, "ring", True), (11, "ring", True))
    back = [(12 + n, device, True) for n in range(7) for device in ("finger", "ring")]
    shown = play(claims, *back)
    assert shown[:10] == ["ring"] * 10
    assert shown[10:] == ["finger"] * 4


def test_with_nobody_there_the_place_stays():
    claims = Claims(CHANNELS, {})
    play(claims, (0, "finger", True))
    claims.look(Nanos(seconds(600)))
    assert claims.shown["spo2"] == "finger"
