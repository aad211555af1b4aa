"""What is fresh, what is memory, when the device's clock is wrong, told, or set."""

from datetime import datetime, timedelta

import pytest

from drivers.devices.freshness import Freshness
from monitor.core.clock import SECOND, Nanos

NOON = datetime(2026, 11, 24, 12, 0)
HOUR = timedelta(hours=1)


class Ward:
    """A device with a clock of its own, ours, and its memory's judge."""

    def __init__(self, fast: timedelta = timedelta(0), *, obeys: bool = True, tells: bool = False) -> None:
        self.freshness = Freshness("dev")
        self.fast = fast
        self._obeys = obeys
        self._tells = tells
        self._zone = timedelta(0)
        self._s = 0.0

    @property
    def local(self) -> datetime:
        return NOON + self._zone + timedelta(seconds=self._s)

    def pass_s(self, s: float) -> None:
        self._s += s

    def step_local_time(self, step: timedelta) -> None:
        self._zone += step
        self.fast -= step

    def measured(self) -> datetime:
        return self.local + self.fast

    def connect(self) -> None:
        self.freshness.opened()
        if self._tells:
            self.freshness.clock_told(self.measured(), self.local)
        self.freshness.clock_set(self.local)
        if self._obeys:
            self.fast = timedelta(0)

    def stored(self, measured: datetime) -> bool:
        return self.freshness.stored(measured, Nanos(round(self._s * SECOND)), self.local)


CLOCKS = [
    pytest.param(timedelta(0), id="right"),
    pytest.param(-2 * HOUR, id="two hours slow"),
    pytest.param(2 * HOUR, id="two hours fast"),
    pytest.param(timedelta(days=-3000), id="after a battery change"),
]


@pytest.mark.parametrize("fast", CLOCKS)
def test_told_clock_makes_the_first_reading_right(fast):
    ward = Ward(fast, tells=True)
    old = ward.measured()
    ward.pass_s(7200)
    new = ward.measured()
    ward.pass_s(30)
    ward.connect()
    assert [ward.stored(old), ward.stored(new)] == [True, False]


@pytest.mark.parametrize("tells", [False, True], ids=["silent about its clock", "tells its clock"])
@pytest.mark.parametrize("fast", CLOCKS)
def test_clock_that_was_set_makes_every_later_reading_right(fast, tells):
    ward = Ward(fast, tells=tells)
    first = ward.measured()
    ward.pass_s(30)
    ward.connect()
    ward.stored(first)
    answers = []
    for _ in range(3):
        ward.pass_s(300)
        measured = ward.measured()
        ward.pass_s(30)
        ward.connect()
        answers.append(ward.stored(measured))
    assert answers == [False, False, False]


@pytest.mark.parametrize("fast", [-2 * HOUR, 2 * HOUR], ids=["slow", "fast"])
def test_device_that_ignores_the_setting_counts_from_its_second_reading(fast):
    ward = Ward(fast, obeys=False)
    answers = []
    for _ in range(3):
        measured = ward.measured()
        ward.pass_s(30)
        ward.connect()
        answers.append(ward.stored(measured))
        ward.pass_s(300)
    assert answers == [True, False, False]


@pytest.mark.parametrize("fast", [-2 * HOUR, 2 * HOUR], ids=["slow", "fast"])
def test_two_readings_fetched_at_once_from_such_a_device_are_both_fresh(fast):
    ward = Ward(fast, obeys=False)
    ward.connect()
    ward.stored(ward.measured())
    ward.pass_s(1800)
    missed = ward.measured()
    ward.pass_s(600)
    first = ward.measured()
    ward.pass_s(60)
    second = ward.measured()
    ward.pass_s(5)
    ward.connect()
    assert [ward.stored(measured) for measured in (missed, first, second)] == [True, False, False]


def test_device_that_stays_connected_measures_on_the_clock_that_was_set():
    ward = Ward(-HOUR, tells=True)
    ward.connect()
    ward.pass_s(120)
    measured = ward.measured()
    ward.pass_s(5)
    assert ward.stored(measured) is False


def test_memory_of_a_fast_clock_that_happens_to_read_now_is_stored_when_the_clock_was_told():
    ward = Ward(HOUR, tells=True)
    old = ward.measured()
    ward.pass_s(3600 + 60)
    ward.connect()
    assert abs(old - ward.local) < timedelta(minutes=5)
    assert ward.stored(old) is True


def test_not_even_to_the_second_does_such_a_memory_pass():
    ward = Ward(HOUR, tells=True)
    old = ward.measured()
    ward.pass_s(3600)
    ward.connect()
    assert ward.stored(old) is True


def test_reading_that_waited_out_of_range_is_stored():
    ward = Ward()
    ward.connect()
    measured = ward.measured()
    ward.pass_s(1800)
    ward.connect()
    assert ward.stored(measured) is True


def test_what_the_clock_told_counts_for_one_connection_only():
    ward = Ward(-HOUR, tells=True)
    ward.connect()
    ward.pass_s(300)
    ward.freshness.opened()
    measured = ward.local - timedelta(seconds=30)
    assert ward.stored(measured) is False


def test_local_time_that_steps_by_an_hour_does_not_make_a_reading_old():
    ward = Ward()
    ward.connect()
    ward.stored(ward.measured())
    ward.pass_s(300)
    ward.step_local_time(-HOUR)  # summer time has ended here, not in the device
    measured = ward.measured()
    ward.pass_s(30)
    ward.connect()
    assert ward.stored(measured) is False


def test_memory_of_readings_a_minute_apart_is_stored_as_a_whole():
    ward = Ward()
    ward.connect()
    answers = []
    for age_s in (86400, 86340, 86280):
        answers.append(ward.stored(ward.local - timedelta(seconds=age_s)))
        ward.pass_s(0.2)
    assert answers == [True, True, True]


def test_confirmation_of_the_time_that_was_set_does_not_date_what_was_measured_before():
    ward = Ward(-HOUR, obeys=True)
    first = ward.measured()
    ward.connect()
    ward.stored(first)
    ward.pass_s(300)
    measured = ward.measured() - timedelta(seconds=30)
    ward.connect()
    ward.freshness.clock_told(ward.measured(), ward.local)
    assert ward.stored(measured) is False
