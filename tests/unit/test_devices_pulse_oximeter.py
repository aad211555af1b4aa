"""An oximeter with the Pulse Oximeter Service: live numbers, spot-checks, and what its memory holds."""

from datetime import UTC, datetime, timedelta

import pytest

from drivers.devices.pulse_oximeter import MODEL, RECORD_ACCESS
from drivers.model import DeviceConfig
from drivers.wire.current_time import date_time
from drivers.wire.pulse_oximeter import ContinuousDecoder, SpotCheckDecoder
from drivers.wire.record_access import RecordAccessDecoder
from monitor.core.clock import SECOND, Nanos
from monitor.core.types import DeviceStatus, Numeric, StatusCode


class Bench:
    """An oximeter connected as the supervisor does it, under a clock that the test moves."""

    def __init__(self) -> None:
        self.s = 0.0
        self.oximeter = MODEL.make_device(DeviceConfig("ox", MODEL.name), self)
        self._spot = SpotCheckDecoder()

    def now(self) -> Nanos:
        return Nanos(round(self.s * SECOND))

    def utc(self) -> datetime:
        return datetime(2026, 11, 24, 12, tzinfo=UTC) + timedelta(seconds=self.s)

    @property
    def local(self) -> datetime:
        return self.utc().astimezone().replace(tzinfo=None)

    def opened(self) -> list[bytes]:
        writes = self.oximeter.opened(self.now())
        return [w.data for w in writes if w.uuid == RECORD_ACCESS]

    def answer(self, frame: str) -> list[bytes]:
        self.oximeter.readings(RecordAccessDecoder().feed(bytes.fromhex(frame)), self.now())
        return [w.data for w in self.oximeter.step(self.now()).writes]

    def spot_check(self, when: datetime, spo2: int = 97, *, unset: bool = False, status: int = 0) -> list:
        frame = (
            bytes((0x13 if unset else 0x03, spo2, 0, 60, 0)) + date_time(when) + status.to_bytes(2, "little")
        )
        return self.oximeter.readings(self._spot.feed(frame), self.now())


def stored(readings: list) -> list[bool]:
    return [r.stored for r in readings if isinstance(r, Numeric)]


def test_live_numbers_pass_though_they_stay_the_same():
    bench, decoder = Bench(), ContinuousDecoder()
    for _ in range(3):
        found = bench.oximeter.readings(decoder.feed(bytes.fromhex("0062004800")), bench.now())
        assert [(r.channel, r.value, r.stored) for r in found] == [
            ("spo2", 98, False),
            ("pulse_rate", 72, False),
        ]
        bench.s += 1


def test_memory_is_counted_then_asked_for_and_never_deleted():
    bench = Bench()
    asked = (
        bench.opened()
        + bench.answer("05 00 02 00")
        + bench.answer("06 00 01 01")
        + bench.answer("06 00 01 01")
    )
    assert asked == [b"\x04\x01", b"\x01\x01"]


@pytest.mark.parametrize(
    "frame", ["05 00 00 00", "06 00 04 02", "06 00 04 06"], ids=["none", "refused", "no records"]
)
def test_empty_memory_is_not_asked_for(frame):
    bench = Bench()
    assert bench.opened() == [b"\x04\x01"]
    assert bench.answer(frame) == []


def test_spot_check_of_now_is_fresh_one_of_yesterday_stored_and_both_come_once():
    bench = Bench()
    bench.opened()
    old, new = bench.local - timedelta(days=1), bench.local - timedelta(seconds=10)
    assert stored(bench.spot_check(old)) == [True, True]
    assert stored(bench.spot_check(new)) == [False, False]
    bench.s += 600
    assert stored(bench.spot_check(old) + bench.spot_check(new)) == []


def test_large_memory_sent_again_is_dropped():
    bench = Bench()
    bench.opened()
    whens = [bench.local - timedelta(hours=n) for n in range(200, 0, -1)]
    assert [stored(bench.spot_check(when)) for when in whens] == [[True, True]] * 200
    bench.s += 30
    assert [bench.spot_check(when) for when in whens] == [[]] * 200


def test_both_numbers_of_a_spot_check_with_a_wrong_time_are_stored():
    bench = Bench()
    bench.opened()
    assert stored(bench.spot_check(bench.local - timedelta(hours=5))) == [True, True]


def test_data_from_storage_is_stored_whatever_its_time():
    bench = Bench()
    bench.opened()
    assert stored(bench.spot_check(bench.local, status=1 << 9)) == [True, True]


@pytest.mark.parametrize(
    "frame", ["00 55 00 60 00", "11 55 00 60 00 00 00 00 00 00 00 00"], ids=["no time", "year 0"]
)
def test_memory_without_a_time_is_stored_and_the_live_numbers_beside_it_are_not(frame):
    bench, memory, live = Bench(), SpotCheckDecoder(), ContinuousDecoder()
    bench.opened()
    assert stored(bench.oximeter.readings(memory.feed(bytes.fromhex(frame)), bench.now())) == [False, False]
    bench.s += 60
    bench.answer("05 00 01 00")
    assert stored(bench.oximeter.readings(memory.feed(bytes.fromhex(frame)), bench.now())) == [True, True]
    assert stored(bench.oximeter.readings(live.feed(bytes.fromhex("0062004800")), bench.now())) == [
        False,
        False,
    ]


def test_clock_that_was_never_set_makes_the_memory_stored_and_the_rest_fresh():
    bench = Bench()
    bench.opened()
    found = bench.spot_check(datetime(2017, 1, 1, 1, 34, 19), unset=True)
    assert [r.code for r in found if isinstance(r, DeviceStatus)] == [StatusCode.CLOCK_UNSET]
    assert stored(found) == [False, False]
    bench.answer("05 00 01 00")
    assert stored(bench.spot_check(datetime(2017, 1, 1), unset=True)) == [True, True]
    bench.answer("06 00 01 01")
    assert stored(bench.spot_check(datetime(2017, 1, 2), unset=True)) == [False, False]
