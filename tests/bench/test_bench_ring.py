"""The ring beside its floor: a numpy copy of the same bytes, an item write, both in the same run.

Both sides are the best of interleaved rounds, so a neighbour's load hits neither alone; the ring walks
through its whole array, moves to the front and notes of the time included.
"""

import timeit

import numpy as np
import pytest

from monitor.core.clock import SECOND
from monitor.stream.ring import Ring

RATE_HZ = 250
KEPT_S = 600
ROUNDS = 25


def nanos_each(statement, loops, names):
    return timeit.timeit(statement, globals=names, number=loops) / loops * 1e9


def best_of(statement, floor, loops, names):
    rounds = [(nanos_each(statement, loops, names), nanos_each(floor, loops, names)) for _ in range(ROUNDS)]
    return min(ours for ours, _ in rounds), min(theirs for _, theirs in rounds)


def report(benchmark, what, ours, floor):
    benchmark.extra_info.update(ours_ns=round(ours), floor_ns=round(floor), ratio=round(ours / floor, 2))
    print(f"\n{what}: {ours:.0f} ns, floor {floor:.0f} ns, ratio {ours / floor:.2f}")


@pytest.mark.benchmark(group="ring append")
@pytest.mark.parametrize("count", [25, 75, 125, 250])
def test_append_costs_at_most_three_copies(benchmark, count):
    samples = np.arange(count, dtype=np.float32)
    names = {"ring": Ring(RATE_HZ, KEPT_S), "samples": samples, "target": np.zeros_like(samples), "t": SECOND}
    loops = 2 * RATE_HZ * KEPT_S // count  # once through the array, one move
    ours, floor = best_of("ring.append(samples, t)", "target[:] = samples", loops, names)
    report(benchmark, f"append of {count}", ours, floor)
    benchmark(names["ring"].append, samples, SECOND)
    assert ours <= 3 * floor


@pytest.mark.benchmark(group="ring append")
def test_append_of_one_costs_at_most_four_item_writes(benchmark):
    names = {
        "ring": Ring(RATE_HZ, KEPT_S),
        "target": np.zeros(10, np.float32),
        "place": 3,
        "t": SECOND,
        "x": 1.5,
    }
    loops = 2 * RATE_HZ * KEPT_S
    ours, floor = best_of("ring.append_one(x, t)", "target[place] = x", loops, names)
    report(benchmark, "append of one", ours, floor)
    benchmark(names["ring"].append_one, 1.5, SECOND)
    assert ours <= 4 * floor


@pytest.mark.benchmark(group="ring window")
def test_a_ten_second_window_is_a_view(benchmark):
    ring = Ring(RATE_HZ, KEPT_S)
    ring.append(np.zeros(30 * RATE_HZ, np.float32), SECOND)
    window = benchmark(ring.window, 10 * RATE_HZ)
    assert len(window) == 10 * RATE_HZ
    assert np.shares_memory(window, ring.window(1))
