import numpy as np
import pytest

from monitor.core.clock import SECOND, Nanos, seconds
from monitor.stream.counter import Count, Unwrapper
from monitor.stream.numerics import NumericTrend
from monitor.stream.ring import Gap, Ring


def ramp(first, count):
    return np.arange(first, first + count, dtype=np.float32)


def filled(ring, count, chunk=25):
    """Append `count` samples whose value is their counter, at the ring's own rate."""
    for first in range(0, count, chunk):
        end = min(first + chunk, count)
        ring.append(ramp(first, end - first), seconds(end / ring.rate_hz))
    return ring


def test_a_window_is_a_read_only_view_of_the_newest_samples():
    ring = filled(Ring(250, 20), 10_000)
    window = ring.window(2_500)
    assert np.shares_memory(window, ring.window(1))
    assert window.flags.c_contiguous
    assert not window.flags.writeable
    assert window.tolist() == ramp(7_500, 2_500).tolist()


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 5_000])
def test_a_window_never_holds_more_than_there_is(count):
    ring = filled(Ring(10, 5), count, chunk=7)
    assert ring.window(10_000).tolist() == ramp(max(0, count - 50), min(count, 50)).tolist()


@pytest.mark.parametrize("slack", [0.1, 0.5, 1.0, 3.0])
def test_windows_stay_whole_over_every_move_to_the_front(slack):
    ring = Ring(100, 1, slack=slack)
    for first in range(0, 2_000, 7):
        ring.append(ramp(first, 7), seconds(first / 100))
        kept = min(100, first + 7)
        assert ring.window(100).tolist() == ramp(first + 7 - kept, kept).tolist()


def test_a_view_stays_whole_through_the_next_append_within_the_slack():
    ring = Ring(100, 1, slack=1.0)
    for first in range(0, 2_000, 30):
        ring.append(ramp(first, 30), seconds(first / 100))
        held = ring.window(60)
        before = held.tolist()
        ring.append(ramp(first + 30, 10), seconds(first / 100))
        ring.append(ramp(first + 40, 30), seconds(first / 100))
        assert held.tolist() == before


def test_samples_are_found_by_their_absolute_counter():
    ring = filled(Ring(100, 1), 1_234)
    assert ring.between(1_200, 1_210).tolist() == ramp(1_200, 10).tolist()
    assert ring.between(0, 1_140).tolist() == ramp(1_134, 6).tolist()
    assert ring.between(1_230, 9_999).tolist() == ramp(1_230, 4).tolist()
    assert ring.between(10, 20).size == 0
    assert not ring.between(1_200, 1_210).flags.writeable


def test_a_gap_is_nan_in_the_window_and_a_range_in_the_list():
    ring = filled(Ring(100, 1), 50)
    ring.append_gap(3, seconds(0.53))
    ring.append_gap(2, seconds(0.55))
    ring.append(ramp(55, 5), seconds(0.6))
    assert ring.gaps == (Gap(50, 55),)
    assert np.isnan(ring.between(50, 55)).all()
    assert ring.between(55, 60).tolist() == ramp(55, 5).tolist()
    assert ring.total == 60


def test_a_gap_is_cut_to_what_is_kept_and_then_forgotten():
    ring = Ring(10, 1)
    ring.append_gap(4, Nanos(0))
    ring.append(ramp(4, 8), Nanos(0))
    assert ring.gaps == (Gap(2, 4),)
    ring.append(ramp(12, 2), Nanos(0))
    assert ring.gaps == ()


def test_a_gap_longer_than_the_ring_leaves_only_gap():
    ring = filled(Ring(10, 1), 25)
    ring.append_gap(36_000, seconds(3_600))
    assert ring.total == 36_025
    assert ring.gaps == (Gap(36_015, 36_025),)
    assert np.isnan(ring.window(10)).all()
    ring.append(ramp(0, 1), seconds(3_600))
    assert ring.window(1).tolist() == [0.0]


def test_more_samples_than_the_ring_holds_keep_the_newest():
    ring = Ring(10, 1)
    ring.append(ramp(0, 1_005), seconds(100.5))
    assert (ring.total, ring.first) == (1_005, 995)
    assert ring.window(10).tolist() == ramp(995, 10).tolist()
    assert ring.time_of(1_004) == seconds(100.5)


def test_integers_are_taken_as_they_are():
    ring = Ring(10, 1)
    ring.append(np.array([-32_768, 0, 32_767], np.int16), Nanos(0))
    assert ring.window(3).dtype == np.float32
    assert ring.window(3).tolist() == [-32_768.0, 0.0, 32_767.0]


@pytest.mark.parametrize("chunk", [1, 3, 25, 250, 700])
def test_on_a_steady_stream_the_time_of_every_sample_is_exact(chunk):
    ring = filled(Ring(250, 8), 7_000, chunk)
    worst = max(abs(ring.time_of(n) - seconds((n + 1) / 250)) for n in range(ring.first, ring.total))
    assert worst <= 2


def test_samples_one_at_a_time_are_the_same_as_in_chunks():
    ring = Ring(50, 2)
    for n in range(1_000):
        ring.append_one(float(n), seconds((n + 1) / 50))
    assert ring.window(100).tolist() == ramp(900, 100).tolist()
    assert abs(ring.time_of(950) - seconds(951 / 50)) <= 2


def test_a_pause_does_not_smear_the_samples_before_it():
    ring = filled(Ring(100, 10), 150, chunk=10)
    ring.append(ramp(150, 10), seconds(61.5))
    assert ring.time_of(149) == seconds(1.5)
    assert ring.time_of(150) == seconds(61.41)


def test_samples_behind_a_gap_keep_their_own_times():
    ring = filled(Ring(100, 10), 100, chunk=10)
    ring.append_gap(40, seconds(1.5))
    ring.append(ramp(140, 10), seconds(1.5))
    assert ring.time_of(99) == seconds(1.0)
    assert ring.time_of(140) == seconds(1.41)
    assert ring.time_of(149) == seconds(1.5)


def test_a_late_burst_puts_no_sample_off_by_more_than_a_second():
    ring = filled(Ring(100, 10), 200, chunk=10)
    ring.append(ramp(200, 100), seconds(2.25))
    assert abs(ring.time_of(199) - seconds(2.0)) < SECOND
    assert ring.time_of(199) < ring.time_of(200) < ring.time_of(299) == seconds(2.25)


@pytest.mark.parametrize("counter", [-1, 149, 250])
def test_a_sample_that_is_not_kept_has_no_time(counter):
    ring = filled(Ring(100, 1), 250)
    with pytest.raises(IndexError, match="150 to 249"):
        ring.time_of(counter)


def test_a_device_counter_counts_on_over_its_wrap():
    unwrap = Unwrapper(256)
    assert [unwrap.feed(n) for n in (254, 255, 0, 3, 3, 4)] == [
        Count(0, 0),
        Count(1, 0),
        Count(2, 0),
        Count(5, 2),
        Count(5, 0, repeated=True),
        Count(6, 0),
    ]


@pytest.mark.parametrize("counter", [-1, 16])
def test_a_counter_outside_its_range_is_refused(counter):
    with pytest.raises(ValueError, match="16"):
        Unwrapper(16).feed(counter)


def trend_of(values, step_s=1.0, **room):
    trend = NumericTrend(**({"span_s": 3_600.0, "rate_hz": 1.0} | room))
    for n, value in enumerate(values):
        trend.append(seconds(n * step_s), value)
    return trend


def test_no_reading_is_nan_and_a_window_a_view():
    trend = trend_of([97.0, None, 95.0])
    times, values = trend.window(seconds(1))
    assert times.tolist() == [SECOND, 2 * SECOND]
    assert np.isnan(values[0])
    assert values[1] == 95.0
    assert not values.flags.writeable
    assert np.shares_memory(values, trend.window(seconds(2))[1])


def test_hours_of_readings_keep_the_newest():
    trend = trend_of([float(n) for n in range(1_000)], span_s=100.0)
    times, values = trend.window(Nanos(0))
    assert values.tolist() == [float(n) for n in range(900, 1_000)]
    assert times[0] == seconds(900)


def test_a_dip_of_one_reading_survives_a_coarse_step():
    values = [97.0] * 60
    values[17] = 84.0
    times, kept = trend_of(values).sampled(seconds(60), 60.0, 30.0)
    assert kept.tolist() == [84.0, 97.0, 97.0]
    assert times[0] == seconds(17)


def test_a_step_without_a_value_gives_one_nan():
    _, kept = trend_of([97.0] * 5 + [None] * 5).sampled(seconds(10), 10.0, 5.0)
    assert len(kept) == 2
    assert np.isnan(kept[1])


def test_step_zero_gives_every_reading():
    _, kept = trend_of([120.0, 121.0]).sampled(seconds(2), 10.0, 0.0)
    assert kept.tolist() == [120.0, 121.0]


def test_a_reading_older_than_the_newest_does_not_break_the_order():
    trend = trend_of([])
    trend.append(seconds(10), 1.0)
    trend.append(seconds(9), 2.0)
    assert trend.window(seconds(10))[1].tolist() == [1.0, 2.0]
