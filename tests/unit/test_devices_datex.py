from datetime import datetime

import numpy as np
import pytest

from drivers.devices.datex import MODEL, PLETH_LOST_S, VALUES_LOST_S, Monitor
from drivers.model import DeviceConfig, OrderRefused
from drivers.orders import Order, OrderKind
from drivers.watch import Watch
from drivers.wire.datex_dri import displayed_request, pleth_request
from drivers.wire.events import NibpEvent, NumericEvent, StatusEvent, WaveformEvent
from monitor.core.clock import Nanos, SystemClock, seconds
from monitor.core.types import DeviceStatus, LinkState, Nibp, Numeric, StatusCode
from monitor.core.units import Unit

VALUES, PLETH = displayed_request(5), pleth_request(start=True)
SPAN = (0, 321)


@pytest.fixture
def monitor():
    return MODEL.make_device(DeviceConfig("mon", "datex-dri"), SystemClock())


def number(value=97.0):
    return NumericEvent(SPAN, "spo2", value, None, Unit.PERCENT)


def cuff(sys=118.0, dia=76.0, mean=90.0, *, old=False, measuring=False, time=None):
    status = (StatusCode.MEASURING,) if measuring else ()
    return NibpEvent(SPAN, sys, dia, mean, 71.0, Unit.MMHG, status, device_time=time, stored=old)


def told(monitor: Monitor, *displayed: tuple[float, NibpEvent]):
    """Return second, systolic pressure and whether stored, of each reading that was handed on."""
    found = []
    for at, event in displayed:
        readings = monitor.readings([number(), event], seconds(at))
        found += [(at, each.sys, each.stored) for each in readings if isinstance(each, Nibp)]
    return found


def writes(monitor, at):
    return [write.data for write in monitor.step(seconds(at)).writes]


def test_values_and_pleth_are_asked_for_at_once_and_taken_leave_of(monitor):
    assert [write.data for write in monitor.opened(Nanos(0))] == [VALUES, PLETH]
    assert [write.data for write in monitor.parting(Nanos(0))] == [
        pleth_request(start=False),
        displayed_request(0),
    ]


def test_what_stays_away_is_asked_for_again(monitor):
    monitor.opened(seconds(100))
    assert writes(monitor, 100 + PLETH_LOST_S - 0.1) == []
    assert writes(monitor, 100 + PLETH_LOST_S) == [PLETH]
    assert writes(monitor, 101 + PLETH_LOST_S) == []
    assert writes(monitor, 100 + VALUES_LOST_S) == [VALUES, PLETH]
    assert writes(monitor, 100 + 2 * VALUES_LOST_S) == [VALUES, PLETH]


def test_what_comes_is_not_asked_for_again(monitor):
    monitor.opened(Nanos(0))
    for second in range(1, 60):
        monitor.readings([WaveformEvent(SPAN, "pleth", 100.0, (1, 2))], seconds(second))
        if second % 5 == 0:
            monitor.readings([number()], seconds(second))
        assert writes(monitor, second + 0.5) == []


def test_numbers_without_pleth_renew_the_pleth_alone(monitor):
    monitor.opened(Nanos(0))
    monitor.readings([number()], seconds(14))
    assert writes(monitor, 15) == [PLETH]


def test_values_repeated_in_every_record_are_one_reading(monitor):
    assert told(monitor, *((5.0 * n, cuff(old=n > 12)) for n in range(40))) == [(0.0, 118.0, False)]


def test_other_values_are_a_new_reading(monitor):
    assert told(monitor, (0, cuff()), (5, cuff(sys=119.0)), (10, cuff(sys=119.0))) == [
        (0, 118.0, False),
        (5, 119.0, False),
    ]


def test_equal_values_are_new_when_their_age_began_again(monitor):
    assert told(monitor, (0, cuff()), (65, cuff(old=True)), (300, cuff()), (305, cuff())) == [
        (0, 118.0, False),
        (300, 118.0, False),
    ]


def test_old_values_that_stay_after_a_measurement_that_failed_are_not_new(monitor):
    assert told(
        monitor, (0, cuff()), (65, cuff(old=True)), (70, cuff(measuring=True)), (95, cuff(old=True))
    ) == [(0, 118.0, False)]


def test_equal_values_are_new_when_the_monitor_tells_another_time(monitor):
    noon, later = datetime(2026, 11, 24, 12), datetime(2026, 11, 24, 12, 1)
    assert told(monitor, (0, cuff(time=noon)), (5, cuff(time=noon)), (60, cuff(time=later))) == [
        (0, 118.0, False),
        (60, 118.0, False),
    ]


def test_the_first_values_are_stored_when_they_are_older_than_a_minute(monitor):
    assert told(monitor, (0, cuff(old=True)), (5, cuff(old=True))) == [(0, 118.0, True)]


def test_values_measured_while_nobody_listened_are_stored_after_five_minutes(monitor):
    assert told(monitor, (0, cuff()), (290, cuff(sys=130.0, old=True)), (600, cuff(sys=140.0, old=True))) == [
        (0, 118.0, False),
        (290, 130.0, False),
        (600, 140.0, True),
    ]


def test_a_new_line_does_not_make_known_values_new(monitor):
    told(monitor, (0, cuff()))
    monitor.closed(seconds(1))
    monitor.opened(seconds(2))
    assert told(monitor, (7, cuff())) == []


def test_a_way_that_breaks_while_the_cuff_measures_ends_the_flag(monitor):
    assert monitor.closed(seconds(1)) == ()
    monitor.readings([StatusEvent(SPAN, StatusCode.MEASURING, True), number()], seconds(5))
    assert monitor.closed(seconds(9)) == (DeviceStatus("mon", seconds(9), StatusCode.MEASURING, False),)
    assert monitor.closed(seconds(9)) == ()


def test_pleth_is_one_chunk_a_read_in_hundredths_of_a_percent(monitor):
    waves = [WaveformEvent(SPAN, "pleth", 100.0, (100, -50)), WaveformEvent(SPAN, "pleth", 100.0, (7,))]
    [chunk] = monitor.readings(waves, Nanos(5))
    assert np.allclose(chunk.samples * chunk.scale + chunk.offset, [1.0, -0.5, 0.07])


def test_numbers_are_handed_on(monitor):
    assert monitor.readings([number()], Nanos(5)) == [Numeric("mon", "spo2", Nanos(5), 97.0, Unit.PERCENT)]


def test_no_order_measures(monitor):
    with pytest.raises(OrderRefused):
        monitor.order(Order(OrderKind.START), Nanos(0))
    assert MODEL.orders == frozenset()


def test_the_line_is_as_the_document_wants_it():
    assert (MODEL.baudrate, MODEL.parity, MODEL.rtscts) == (19200, "E", True)
    assert MODEL.silent_after_s == 15.25


def test_a_monitor_that_fell_silent_between_two_values_is_not_taken_for_another_model():
    watch = Watch(MODEL, Nanos(0))
    watch.heard([number()], seconds(1))
    for tenth in range(11, 59):
        watch.heard([WaveformEvent(SPAN, "pleth", 100.0, (1,))], seconds(tenth / 10))
    said = {watch.verdict(seconds(tenth / 10)) for tenth in range(60, 400)} - {None}
    assert {state for state, _ in said} == {LinkState.SILENT}
