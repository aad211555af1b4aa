"""A cuff over Bluetooth: the time it is told, what it sent before, and what only its memory knows."""

from datetime import UTC, datetime, timedelta

import pytest

from drivers.devices.blood_pressure import MODEL
from drivers.model import DeviceConfig
from drivers.orders import Order, OrderKind, OrderRefused
from drivers.wire.about import BatteryDecoder
from drivers.wire.blood_pressure import BloodPressureDecoder
from drivers.wire.current_time import CurrentTimeDecoder, current_time, date_time
from monitor.core.clock import SECOND, Nanos
from monitor.core.types import DeviceInfo, DeviceStatus, InfoField, Nibp, StatusCode

CURRENT_TIME = "00002a2b-0000-1000-8000-00805f9b34fb"
DATE_TIME = "00002a08-0000-1000-8000-00805f9b34fb"


class Bench:
    """A cuff with a clock of its own, connected as the supervisor does it."""

    def __init__(self, fast: timedelta = timedelta(0)) -> None:
        self.s = 0.0
        self.fast = fast
        self.cuff = MODEL.make_device(DeviceConfig("cuff", MODEL.name), self)

    def now(self) -> Nanos:
        return Nanos(round(self.s * SECOND))

    def utc(self) -> datetime:
        return datetime(2026, 11, 24, 12, tzinfo=UTC) + timedelta(seconds=self.s)

    @property
    def local(self) -> datetime:
        return self.utc().astimezone().replace(tzinfo=None)

    def tell_time(self, when: datetime | None) -> list:
        sent = current_time(when) if when else bytes(10)
        return self.cuff.readings(CurrentTimeDecoder().feed(sent), self.now())

    def send(self, when: datetime | None, sys: int | None = 120) -> list:
        pressures = b"\xff\x07" * 3 if sys is None else bytes((sys, 0, 80, 0, 93, 0))
        frame = bytes((0x12 if when else 0x10,)) + pressures + (date_time(when) if when else b"") + bytes(2)
        return self.cuff.readings(BloodPressureDecoder().feed(frame), self.now())


def flags(readings: list) -> list[tuple[StatusCode, bool]]:
    return [(r.code, r.active) for r in readings if isinstance(r, DeviceStatus)]


def test_time_is_written_at_every_connection_and_nothing_else_ever():
    bench = Bench()
    for _ in range(2):
        writes = bench.cuff.opened(bench.now())
        assert [(w.uuid, w.data, w.response) for w in writes] == [
            (CURRENT_TIME, current_time(bench.local), True),
            (DATE_TIME, date_time(bench.local), True),
        ]
        bench.send(bench.local)
        assert list(bench.cuff.step(bench.now()).writes) == []
        assert list(bench.cuff.parting(bench.now())) == []
        bench.cuff.closed(bench.now())
        bench.s += 300


@pytest.mark.parametrize(
    "told", [datetime(2026, 1, 1), None], ids=["a wrong time", "a clock that is not set"]
)
def test_cuff_that_tells_its_time_and_waits_is_answered_once(told):
    bench = Bench()
    bench.cuff.opened(bench.now())
    answers = []
    for _ in range(3):
        bench.tell_time(told)
        answers.append([w.data for w in bench.cuff.step(bench.now()).writes])
    assert answers == [[current_time(bench.local)], [], []]


@pytest.mark.parametrize("hours", [-3, 3], ids=["slow", "fast"])
def test_reading_from_before_the_clock_was_set_is_dated_by_what_the_cuff_told(hours):
    bench = Bench(timedelta(hours=hours))
    began, measured = bench.local, bench.local + bench.fast
    bench.s += 40
    bench.tell_time(bench.local + bench.fast)
    bench.cuff.opened(bench.now())
    old, new = bench.send(measured - timedelta(days=1), 150)[0], bench.send(measured)[0]
    assert (old.stored, new.stored) == (True, False)
    assert (old.device_time, new.device_time) == (began - timedelta(days=1), began)
    bench.cuff.closed(bench.now())
    bench.s += 300
    bench.tell_time(bench.local)
    bench.cuff.opened(bench.now())
    next_one = bench.send(bench.local - timedelta(seconds=20), 130)[0]
    assert not next_one.stored and next_one.device_time > new.device_time


def test_what_the_cuff_says_of_itself_is_handed_on():
    bench = Bench()
    [info] = bench.tell_time(bench.local)
    assert isinstance(info, DeviceInfo) and info.field is InfoField.CLOCK


def test_flag_of_an_earlier_connection_ends_when_the_cuff_says_better():
    bench = Bench()

    def level(pct: int) -> list:
        return flags(bench.cuff.readings(BatteryDecoder().feed(bytes((pct,))), bench.now()))

    assert level(10) == [(StatusCode.BATTERY_LOW, True)]
    assert flags(bench.tell_time(None)) == [(StatusCode.CLOCK_UNSET, True)]
    bench.cuff.opened(bench.now())
    bench.cuff.closed(bench.now())
    assert level(10) == [(StatusCode.BATTERY_LOW, True)]
    assert level(100) == [(StatusCode.BATTERY_LOW, False)]
    assert flags(bench.tell_time(bench.local)) == [(StatusCode.CLOCK_UNSET, False)]
    assert level(100) == flags(bench.tell_time(bench.local)) == []


def test_failed_measurement_is_told_and_one_from_the_memory_is_not():
    bench = Bench()
    bench.cuff.opened(bench.now())
    assert bench.send(bench.local - timedelta(days=400), None) == []
    [now] = bench.send(bench.local - timedelta(seconds=20), None)
    [untimed] = bench.send(None, None)
    for reading in (now, untimed):
        assert isinstance(reading, Nibp) and reading.failed and not reading.stored
        assert reading.status == (StatusCode.MEASUREMENT_FAILED,)


def test_whole_memory_sent_again_is_dropped():
    bench = Bench()
    whens = [bench.local - timedelta(hours=n) for n in range(200, 0, -1)]
    assert all(bench.send(when)[0].stored for when in whens)
    bench.s += 3600
    assert [bench.send(when) for when in whens] == [[]] * 200


@pytest.mark.parametrize("kind", OrderKind)
def test_no_order_is_taken(kind):
    bench = Bench()
    with pytest.raises(OrderRefused):
        bench.cuff.order(Order(kind, 5), bench.now())
