"""The ring and the trend against plain lists, over random appends, gaps and windows."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.clock import Nanos, seconds
from monitor.stream.counter import Unwrapper
from monitor.stream.numerics import NumericTrend
from monitor.stream.ring import Gap, Ring

VALUES = st.floats(width=32, allow_nan=False, allow_infinity=False)
APPEND = st.tuples(st.just("append"), st.lists(VALUES, max_size=40))
ONE = st.tuples(st.just("one"), VALUES)
GAP = st.tuples(st.just("gap"), st.integers(0, 60))
RUN = st.tuples(st.just("run"), st.integers(1, 80))
STEPS = st.lists(st.tuples(st.one_of(APPEND, ONE, GAP, RUN), st.floats(0.0, 3.0)), max_size=60)


class Model:
    """Every sample ever: its value, None where it never came."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.samples = []

    def kept(self):
        return self.samples[-self.capacity :]

    def gaps(self):
        first = len(self.samples) - len(self.kept())
        found = []
        for counter, value in enumerate(self.kept(), first):
            if value is None and found and found[-1][1] == counter:
                found[-1][1] = counter + 1
            elif value is None:
                found.append([counter, counter + 1])
        return tuple(Gap(*gap) for gap in found)


def play(ring, model, step, t):
    kind, what = step
    if kind == "append":
        ring.append(np.array(what, np.float32), t)
        model.samples += what
    elif kind == "one":
        ring.append_one(what, t)
        model.samples.append(what)
    elif kind == "gap":
        ring.append_gap(what, t)
        model.samples += [None] * what
    else:  # one by one, long enough to pass notes and moves
        for n in range(what):
            ring.append_one(float(n), t)
            model.samples.append(float(n))


def as_list(view):
    return [None if math.isnan(value) else value for value in view.tolist()]


@given(
    STEPS, st.integers(1, 50), st.sampled_from([0.05, 0.5, 1.0, 2.5]), st.integers(0, 70), st.integers(0, 500)
)
def test_ring_equals_a_plain_list(steps, capacity, slack, count, first):
    ring = Ring(10, capacity / 10, slack)
    model = Model(ring.capacity)
    t = Nanos(0)
    for step, pause_s in steps:
        t = Nanos(t + seconds(pause_s))
        play(ring, model, step, t)
        assert ring.total == len(model.samples)
        assert as_list(ring.window(count)) == (model.kept()[-count:] if count else [])
        assert ring.gaps == model.gaps()
        end = first + count
        oldest = len(model.samples) - len(model.kept())
        assert as_list(ring.between(first, end)) == model.samples[max(first, oldest) : end]


@given(STEPS, st.sampled_from([0.05, 1.0]))
def test_times_never_run_backwards_and_end_at_the_newest_arrival(steps, slack):
    ring = Ring(10, 3, slack)
    model = Model(ring.capacity)
    t = Nanos(0)
    for step, pause_s in steps:
        t = Nanos(t + seconds(pause_s))
        before = ring.total
        play(ring, model, step, t)
        times = [ring.time_of(counter) for counter in range(ring.first, ring.total)]
        assert times == sorted(times)
        assert ring.total == before or times[-1] == t


@given(STEPS, st.integers(1, 20))
def test_a_held_view_survives_what_the_slack_allows(steps, count):
    ring = Ring(10, 4, slack=1.0)
    for step, _ in steps:
        held = ring.window(count)
        before = as_list(held)
        came = ring.total
        play(ring, Model(1), step, Nanos(0))
        if count + ring.total - came <= ring.capacity:
            assert as_list(held) == before


@given(st.lists(st.integers(1, 15), max_size=60), st.integers(0, 15))
def test_unwrapping_follows_every_loss_shorter_than_a_turn(steps, start):
    unwrap = Unwrapper(16)
    assert unwrap.feed(start).absolute == 0
    wanted = 0
    for step in steps:
        wanted += step
        count = unwrap.feed((start + wanted) % 16)
        assert (count.absolute, count.lost) == (wanted, step - 1)


READINGS = st.lists(
    st.tuples(st.integers(0, 5_000), st.one_of(st.none(), st.integers(0, 300).map(float))), max_size=120
)


@given(READINGS, st.integers(1, 60), st.sampled_from([0.5, 5.0, 60.0]))
def test_trend_keeps_every_extreme_of_every_step(readings, capacity, step_s):
    trend = NumericTrend(float(capacity), rate_hz=1.0)
    points = []
    t = 0
    for pause_ms, value in readings:
        t += pause_ms * 1_000_000
        trend.append(Nanos(t), value)
        points.append((t, value))
    points = points[-capacity:]
    times, values = trend.sampled(Nanos(t), t / 1e9 + 1, step_s)
    got = list(zip(times.tolist(), as_list(values), strict=True))
    assert set(got) <= set(points)
    assert times.tolist() == sorted(times.tolist())
    steps = {}
    for at, value in points:
        steps.setdefault(at // seconds(step_s), []).append(value)
    for step, held in steps.items():
        finite = [value for value in held if value is not None]
        sampled = [value for at, value in got if at // seconds(step_s) == step]
        wanted = {min(finite), max(finite)} if finite else {None}
        assert set(sampled) == wanted
