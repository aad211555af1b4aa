"""Current Time 0x2A2B and Date Time 0x2A08: the documented bytes, both ways."""

from datetime import datetime

import pytest

from drivers.wire import current_time
from drivers.wire.current_time import CurrentTimeDecoder
from drivers.wire.events import GarbageEvent, InfoEvent, StatusEvent
from monitor.core.types import InfoField, StatusCode

WHEN = datetime(2026, 11, 24, 15, 30)


def test_documented_current_time_both_ways():
    sent = bytes.fromhex("EA 07 0B 18 0F 1E 00 02 00 01")
    assert current_time.current_time(WHEN) == sent
    [event] = CurrentTimeDecoder().feed(sent)
    assert event == InfoEvent((0, 10), InfoField.CLOCK, "2026-11-24T15:30:00")
    assert current_time.told(event) == WHEN


def test_documented_date_time():
    assert current_time.date_time(WHEN) == bytes.fromhex("EA 07 0B 18 0F 1E 00")


@pytest.mark.parametrize("month", range(1, 13))
def test_every_field_that_is_written_is_in_range(month):
    sent = current_time.current_time(datetime(2028, month, 28, 23, 59, 59, 999999))
    assert list(sent[:7]) == [0xEC, 7, month, 28, 23, 59, 59]
    assert 1 <= sent[7] <= 7 and list(sent[8:]) == [0, 1]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("00 00 00 00 00 00 00 00 00 00", id="never set"),
        pytest.param("00 00 04 11 14 29 3B 00 00 00", id="year unknown"),
        pytest.param("EA 07 0D 01 00 00 00 00 00 00", id="month 13"),
        pytest.param("2D 06 0B 18 0F 1E 00 02 00 01", id="before 1582"),
    ],
)
def test_clock_that_is_not_set_says_so_once(sent):
    decoder = CurrentTimeDecoder()
    first, second = decoder.feed(bytes.fromhex(sent)), decoder.feed(bytes.fromhex(sent))
    assert [e.code for e in first if isinstance(e, StatusEvent)] == [StatusCode.CLOCK_UNSET]
    assert second == [InfoEvent((0, 10), InfoField.CLOCK, "not set")]
    assert current_time.told(second[0]) is None


def test_short_value_is_garbage():
    assert CurrentTimeDecoder().feed(b"\1" * 9) == [GarbageEvent((0, 9), "truncated")]
