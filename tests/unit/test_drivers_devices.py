from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from drivers import registry
from drivers.devices.blood_pressure import Cuff
from drivers.model import DeviceConfig
from drivers.wire.events import NibpEvent, NumericEvent, StatusEvent, WaveformEvent
from monitor.core.clock import SECOND, Nanos
from monitor.core.types import GAP_SAMPLE, DeviceStatus, Numeric, Reason, StatusCode, Waveform
from monitor.core.units import Unit

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


def device(model: str, *, simulated: bool = False):
    return registry.load(model).make_device(DeviceConfig("dev", model, simulated=simulated), HandClock())


def pleth(sample: int, lost: int = 0) -> WaveformEvent:
    return WaveformEvent((0, 5), "pleth", 75.0, (sample,), lost)


def test_samples_of_one_read_are_one_chunk_and_a_loss_begins_another():
    events = [pleth(1), pleth(2), pleth(3, lost=7), pleth(4)]
    first, second = device("nonin-df2").readings(events, Nanos(5))
    assert (first.samples.tolist(), first.lost, second.samples.tolist(), second.lost) == (
        [1, 2],
        0,
        [3, 4],
        7,
    )
    assert first.t == 5 and first.rate_hz == 75.0 and not first.samples.flags.writeable


def test_16_bit_pleth_fits_int16_and_never_looks_like_a_gap():
    [chunk] = device("nonin-df7").readings([pleth(0), pleth(1), pleth(32768), pleth(65535)], Nanos(0))
    assert chunk.samples.dtype == np.int16 and GAP_SAMPLE not in chunk.samples
    assert (chunk.samples * chunk.scale + chunk.offset).tolist() == [1, 1, 32768, 65535]


def test_numbers_and_flags_keep_wire_order_and_say_simulated():
    events = [
        StatusEvent((0, 5), StatusCode.SENSOR_OFF, True),
        pleth(9),
        NumericEvent((0, 5), "spo2", None, Reason.SENSOR_OFF, Unit.PERCENT),
    ]
    status, numeric, wave = device("nonin-df2", simulated=True).readings(events, Nanos(3))
    assert status == DeviceStatus("dev", Nanos(3), StatusCode.SENSOR_OFF, True, simulated=True)
    assert numeric == Numeric("dev", "spo2", Nanos(3), None, Unit.PERCENT, Reason.SENSOR_OFF, simulated=True)
    assert isinstance(wave, Waveform) and wave.simulated


def test_doubt_reaches_the_reading():
    [numeric] = device("nonin-df2").readings(
        [NumericEvent((0, 5), "spo2", 91, None, Unit.PERCENT, doubtful=True)], Nanos(0)
    )
    assert numeric.doubtful


def nibp(sys: float = 120, when: datetime | None = None, **rest: object) -> NibpEvent:
    return NibpEvent((0, 11), sys, 80, 93, 60, Unit.MMHG, (), when, **rest)


class Bench:
    """A cuff under a clock that the test moves."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.cuff = Cuff(DeviceConfig("cuff", "ble-blood-pressure"), self.clock)

    def send(self, sys: float = 120, age_s: float | None = None, off: timedelta = timedelta()):
        """Send a reading measured `age_s` ago by a cuff whose clock is `off`; return what came out."""
        when = None if age_s is None else self.clock.local() - timedelta(seconds=age_s) + off
        return [r.stored for r in self.cuff.readings([nibp(sys, when)], self.clock.now())]


def test_kilopascals_become_mmhg():
    event = NibpEvent((0, 11), 18.9, 11.0, None, 60, Unit.KPA)
    [reading] = Bench().cuff.readings([event], Nanos(7))
    assert (round(reading.sys, 2), round(reading.dia, 2), reading.map, reading.unit) == (
        141.76,
        82.51,
        None,
        Unit.MMHG,
    )


def test_cuff_pressure_becomes_mmhg():
    event = NumericEvent((0, 11), "cuff_pressure", 11.1, None, Unit.KPA)
    [reading] = Bench().cuff.readings([event], Nanos(7))
    assert (round(reading.value, 2), reading.unit) == (83.26, Unit.MMHG)


def test_reading_of_a_minute_ago_is_fresh():
    assert Bench().send(age_s=60) == [False]


def test_reading_without_a_time_is_fresh():
    assert Bench().send() == [False]


def test_memory_sent_oldest_first_is_stored_and_the_last_one_fresh():
    bench = Bench()
    assert [bench.send(s, age) for s, age in ((120, 86400), (130, 7200), (140, 20))] == [
        [True],
        [True],
        [False],
    ]


def test_memory_sent_newest_first_is_stored_too():
    bench = Bench()
    assert [bench.send(s, age) for s, age in ((140, 20), (130, 100), (120, 7200))] == [
        [False],
        [True],
        [True],
    ]


def test_other_values_with_the_same_time_are_fresh():
    bench = Bench()
    when = bench.clock.local()
    sent = [bench.cuff.readings([nibp(sys, when)], bench.clock.now())[0].stored for sys in (120, 130)]
    assert sent == [False, False]


def test_same_reading_sent_again_is_dropped_even_after_an_hour():
    bench = Bench()
    when = bench.clock.local()
    assert len(bench.cuff.readings([nibp(120, when)], bench.clock.now())) == 1
    bench.clock.s += 3600
    assert bench.cuff.readings([nibp(120, when)], bench.clock.now()) == []


@pytest.mark.parametrize(("after_s", "count"), [(29, 0), (31, 1)], ids=["within 30 s", "later"])
def test_same_values_without_a_time(after_s, count):
    bench = Bench()
    bench.send()
    bench.clock.s += after_s
    assert len(bench.send()) == count


@pytest.mark.parametrize(
    "off", [timedelta(hours=-1), timedelta(days=400)], ids=["an hour slow", "a year fast"]
)
def test_cuff_with_a_wrong_clock_counts_from_its_second_reading_and_warns_once(off, caplog):
    bench = Bench()
    assert bench.send(120, 20, off) == [True]
    bench.clock.s += 900
    assert bench.send(125, 35, off) == [False]
    bench.clock.s += 300
    assert bench.send(130, 20, off) == [False]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "set the device's clock" in caplog.text


def test_old_memory_sent_one_reading_a_connection_stays_stored():
    bench = Bench()
    answers = []
    for sys, age in ((120, 86400), (125, 82800), (130, 79200)):
        answers += bench.send(sys, age)
        bench.clock.s += 30
    assert answers == [True, True, True]
