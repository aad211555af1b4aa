"""Clocks that disagree, in words: the station's own, and those of devices."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.clocks import ClockWatch
from monitor.core.clock import seconds
from monitor.core.types import Numeric
from monitor.core.units import Unit
from monitor.link.outgoing import UtcAnchor

START = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 4, 12, 0)


@pytest.fixture
def watch():
    return ClockWatch(UtcAnchor(seconds(0), START))


def look(watch, t, off_s):
    watch.look(seconds(t), START + timedelta(seconds=t + off_s))
    return watch.off


def hear(watch, t, off_s, **more):
    told = NOON + timedelta(seconds=t + off_s)
    reading = Numeric("ox", "spo2", seconds(t), 97.0, Unit.PERCENT, device_time=told, **more)
    watch.hear(reading, NOON + timedelta(seconds=t))
    return watch.off


@pytest.mark.parametrize(
    ("off_s", "says"),
    [
        (2.0, ""),
        (2.1, "forward by 2 s"),
        (-3600, "back by 60 min"),
        (86_400, "forward by 24 h"),
    ],
)
def test_the_wall_clock_may_leave_its_anchor_by_two_seconds(watch, off_s, says):
    assert look(watch, 1, 0) == ""
    assert says in look(watch, 2, off_s)
    assert bool(watch.off) is bool(says)


def test_a_wall_clock_that_comes_back_is_right_again(watch):
    assert look(watch, 1, 10)
    assert look(watch, 2, 1.5)  # at the edge
    assert look(watch, 3, 0.5) == ""


@pytest.mark.parametrize(
    ("off_s", "says"), [(5, ""), (-5, ""), (-12, "the clock of ox is 12 s behind"), (300, "5 min ahead")]
)
def test_a_device_may_be_off_by_five_seconds(watch, off_s, says):
    hear(watch, 1, off_s)
    off = hear(watch, 2, off_s)
    assert says in off
    assert bool(off) is bool(says)


def test_a_time_that_stands_or_comes_once_says_nothing_about_a_clock(watch):
    assert hear(watch, 1, -600) == ""
    assert hear(watch, 2, -601) == ""  # the same time again
    assert hear(watch, 60, -600) == ""  # the next measurement, much later


def test_what_comes_from_memory_says_nothing_about_a_clock(watch):
    hear(watch, 1, -600, stored=True)
    assert hear(watch, 2, -600, stored=True) == ""


def test_each_clock_that_is_off_is_named(watch):
    look(watch, 2, 10)
    hear(watch, 1, -60)
    hear(watch, 2, -60)
    assert watch.who == {"", "ox"}
    assert watch.off.count(";") == 1
