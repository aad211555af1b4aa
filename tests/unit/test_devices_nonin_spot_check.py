"""A spot check is told once; one from the memory, or with an old date, never as measured now."""

from datetime import UTC, datetime, timedelta

import pytest

from drivers.devices.nonin import DF13
from drivers.model import DeviceConfig
from monitor.core.clock import SECOND, Nanos
from monitor.core.types import DeviceStatus, Numeric
from simulators.nonin_df13 import FROM_MEMORY, NO_MEASUREMENT, SMARTPOINT, packet

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class HandClock:
    """Moves when told."""

    def __init__(self) -> None:
        self.s = 1000.0

    def now(self) -> Nanos:
        return Nanos(round(self.s * SECOND))

    def utc(self) -> datetime:
        return NOON + timedelta(seconds=self.s - 1000)

    def local(self) -> datetime:
        return self.utc().astimezone().replace(tzinfo=None)


class Bench:
    """The device under a clock that the test moves."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.device = DF13.make_device(DeviceConfig("ox", "nonin-df13"), self.clock)
        self.decoder = DF13.sources[0].make_decoder()

    def send(self, age_s: float = 0, *, rate=72, spo2=97, upper=SMARTPOINT, lower=0) -> list[Numeric]:
        """Send a result measured `age_s` ago; return the numbers that came out."""
        when = (self.clock.local() - timedelta(seconds=age_s)).replace(microsecond=0)
        return self.wire(packet(when, rate, spo2, upper, lower))

    def wire(self, data: bytes) -> list[Numeric]:
        found = self.device.readings(self.decoder.feed(data), self.clock.now())
        return [each for each in found if isinstance(each, Numeric)]


def stored(readings) -> list[bool]:
    return [each.stored for each in readings]


def test_a_result_is_one_reading_a_channel_with_its_time():
    bench = Bench()
    rate, spo2 = bench.send(3)
    assert (rate.channel, rate.value, spo2.channel, spo2.value) == ("pulse_rate", 72, "spo2", 97)
    assert rate.device_time == bench.clock.local() - timedelta(seconds=3)
    assert stored([rate, spo2]) == [False, False]


@pytest.mark.parametrize(("age_s", "old"), [(299, False), (301, True), (-299, False), (-301, True)])
def test_a_result_counts_within_five_minutes_of_our_clock(age_s, old):
    assert stored(Bench().send(age_s)) == [old, old]


def test_a_result_from_memory_is_stored_however_young():
    assert stored(Bench().send(3, lower=FROM_MEMORY)) == [True, True]


def test_memory_sent_oldest_first_is_stored_and_the_fresh_result_after_it_is_not():
    bench = Bench()
    wire = [bench.send(hours * 3600, rate=60 + hours, lower=FROM_MEMORY) for hours in range(20, 0, -1)]
    assert [stored(each) for each in wire] == [[True, True]] * 20
    assert stored(bench.send(2)) == [False, False]


def test_two_results_in_one_read_are_judged_each_for_itself():
    bench = Bench()
    local = bench.clock.local()
    old = packet(local - timedelta(hours=1), 60, 95, SMARTPOINT, FROM_MEMORY)
    assert stored(bench.wire(old + packet(local, 72, 97, SMARTPOINT, 0))) == [True, True, False, False]


def test_a_result_that_is_sent_again_is_dropped():
    bench = Bench()
    assert len(bench.send(3)) == 2
    bench.clock.s += 60
    assert bench.send(63) == []


def test_a_result_that_comes_again_from_memory_is_dropped():
    bench = Bench()
    assert len(bench.send(3)) == 2
    bench.device.opened(bench.clock.now())
    bench.clock.s += 3600
    assert bench.send(3603, lower=FROM_MEMORY) == []


def test_equal_results_of_two_times_are_two():
    bench = Bench()
    assert len(bench.send(0)) == 2
    bench.clock.s += 60
    assert len(bench.send(0)) == 2


def test_a_wrong_clock_is_said_once_and_its_results_are_stored(caplog):
    bench = Bench()
    assert stored(bench.send(86400)) == [True, True]
    bench.clock.s += 2
    assert stored(bench.send(86400)) == [True, True]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_no_measurement_is_told_without_values():
    assert [each.value for each in Bench().send(upper=NO_MEASUREMENT)] == [None, None]


def test_a_low_battery_is_told():
    bench = Bench()
    wire = packet(bench.clock.local(), 72, 97, SMARTPOINT, 0x01)
    found = bench.device.readings(bench.decoder.feed(wire), bench.clock.now())
    assert [type(each) for each in found] == [DeviceStatus, Numeric, Numeric]


def test_it_is_waited_for_and_told_nothing():
    bench = Bench()
    assert DF13.episodic and DF13.speak_every_s is None
    assert [*bench.device.opened(Nanos(0)), *bench.device.parting(Nanos(0))] == []
