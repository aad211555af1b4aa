"""The waveform buffer: which sample is due now, and gaps that stay gaps."""

from itertools import pairwise

import numpy as np
import pytest

from monitor.core.clock import Nanos, seconds
from ui.sweep import Sweep


def raw(*values):
    return np.array(values, dtype="<i2").tobytes()


def chunk(first, count):
    return raw(*range(first, first + count))


def test_samples_come_back_scaled_by_their_counter():
    sweep = Sweep("pleth", "oximeter", 100)
    sweep.add(40, raw(1, 2, 3), 0.5, 10, seconds(1))
    assert sweep.between(40, 43).tolist() == [10.5, 11.0, 11.5]


@pytest.mark.parametrize(
    ("first", "end"), [pytest.param(38, 40, id="before"), pytest.param(43, 46, id="not yet come")]
)
def test_what_was_never_heard_is_a_gap(first, end):
    sweep = Sweep("pleth", "oximeter", 100)
    sweep.add(40, raw(1, 2, 3), 1, 0, seconds(1))
    assert np.isnan(sweep.between(first, end)).all()


def test_a_jump_of_the_counter_and_the_gap_mark_are_gaps():
    sweep = Sweep("pleth", "oximeter", 100)
    sweep.add(0, raw(1, -32768, 3), 1, 0, seconds(1))
    sweep.add(5, raw(6), 1, 0, seconds(2))
    values = sweep.between(0, 6)
    assert np.isnan(values).tolist() == [False, True, False, True, True, False]


def test_old_samples_do_not_come_back_after_a_lap():
    sweep = Sweep("pleth", "oximeter", 10)
    for first in range(0, 1000, 50):
        sweep.add(first, chunk(first, 50), 1, 0, seconds(first / 10))
    assert sweep.between(990, 1000).tolist() == list(range(990, 1000))
    assert np.isnan(sweep.between(0, 10)).all()


def test_a_counter_that_begins_anew_forgets_the_past():
    sweep = Sweep("pleth", "oximeter", 100)
    sweep.add(500, chunk(500, 50), 1, 0, seconds(1))
    sweep.add(0, raw(7), 1, 0, seconds(2))
    assert sweep.end == 1
    assert sweep.between(0, 1).tolist() == [7]


def test_the_due_sample_moves_with_time_and_lags_by_one_chunk():
    sweep = Sweep("pleth", "oximeter", 75)
    for n in range(12):
        sweep.add(n * 25, chunk(n * 25, 25), 1, 0, seconds((n + 1) / 3))
    due = sweep.index_at(seconds(4))
    assert 300 - 25 - 15 < due < 300 - 25
    assert sweep.index_at(seconds(5)) - due == pytest.approx(75)


def test_late_chunks_do_not_pull_the_picture_back():
    sweep = Sweep("pleth", "oximeter", 75)
    sweep.add(0, chunk(0, 25), 1, 0, seconds(1))
    before = sweep.index_at(seconds(2))
    sweep.add(25, chunk(25, 25), 1, 0, seconds(1.7))
    assert sweep.index_at(seconds(2)) == pytest.approx(before, abs=1)


def test_after_a_pause_that_the_counter_does_not_know_the_time_base_starts_anew():
    sweep = Sweep("pleth", "oximeter", 75)
    sweep.add(0, chunk(0, 25), 1, 0, seconds(1))
    sweep.add(25, chunk(25, 25), 1, 0, seconds(11))
    assert 0 < sweep.index_at(seconds(11)) < 50


def test_a_chunk_longer_than_the_buffer_keeps_its_end():
    sweep = Sweep("pleth", "oximeter", 10)
    sweep.add(0, chunk(0, 1000), 1, 0, Nanos(0))
    assert sweep.end == 1000
    assert sweep.latest(1).tolist() == list(range(990, 1000))


def test_an_early_chunk_is_caught_up_with_slowly():
    sweep = Sweep("pleth", "oximeter", 75)
    sweep.add(0, chunk(0, 25), 1, 0, seconds(1))
    before = sweep.index_at(seconds(1.1))
    sweep.add(25, chunk(25, 25), 1, 0, seconds(1.1))  # 0.23 s early
    assert before <= sweep.index_at(seconds(1.1)) <= before + 0.2 * 0.1 * 75 + 1


@pytest.mark.parametrize("late_s", [0.0, 0.4, 1.0])
def test_the_due_sample_never_goes_back_when_the_first_chunk_was_late(late_s):
    sweep = Sweep("pleth", "oximeter", 75)
    sweep.add(0, chunk(0, 25), 1, 0, seconds(1 + late_s))
    due = []
    for n in range(1, 30):
        at = seconds(max(1 + late_s, 1 + n / 3))
        sweep.add(n * 25, chunk(n * 25, 25), 1, 0, at)
        due.append(sweep.index_at(at))
    assert all(b >= a for a, b in pairwise(due))
    assert 30 * 25 - due[-1] < 2 * 25 + 15
