"""The recorder against a raw append-only log of packed integers that is synced every second.

Both get the same readings, as the service hands them over: 75 Hz pleth in 25 chunks a second, 250 Hz
ECG in 25 chunks a second, four numerics a second; both write in a thread of their own, for neither may
block the service. Counted is that thread's CPU time, kernel included. Beside it: what handing over
costs the service's loop, and the ratio to a raw log without a thread. The raw log packs each second as
a boottime u64, int16 samples behind a three-byte head per waveform, and per numeric u8 channel, f32
value, u32 milliseconds. The bytes' floor is less: samples and numerics only, no heads, no times.
"""

import os
import struct
import threading
import time
from collections import deque
from concurrent.futures import Future
from queue import SimpleQueue

import numpy as np
import pytest

from monitor.core.clock import SECOND, Nanos, SystemClock
from monitor.core.types import Numeric, Waveform
from monitor.core.units import Unit
from monitor.record.recorder import Recorder
from monitor.record.session_file import Meta, SessionFile
from monitor.record.verify import verify

UTC0 = 1_700_000_000 * SECOND
ROUNDS = 5
ROUND_S = 150
CHANNELS = (("spo2", 97.0), ("pulse_rate", 71.0), ("heart_rate", 72.0), ("perfusion_index", 4.2))


def second_of(n, rng):
    """One second of readings in order of arrival."""
    at = 1_000 * SECOND + n * SECOND
    readings = []
    pleth = rng.integers(0, 30_000, 75).astype(np.int16)
    ecg = rng.integers(-2_000, 2_000, 250).astype(np.int16)
    for k in range(25):
        t = Nanos(at + k * SECOND // 25)
        readings.append(Waveform("oximeter", "pleth", t, 75.0, pleth[k * 3 : k * 3 + 3]))
        readings.append(Waveform("ecg", "ecg", t, 250.0, ecg[k * 10 : k * 10 + 10], scale=0.005))
    for k, (channel, value) in enumerate(CHANNELS):
        t = Nanos(at + k * SECOND // 5)
        readings.append(Numeric("oximeter", channel, t, value + n % 3, Unit.PER_MIN))
    return readings


def floor_bytes(second):
    """Samples as int16 and numerics as (u8, f32, u32): nothing else."""
    return sum(r.samples.nbytes if isinstance(r, Waveform) else 9 for r in second)


NUMBER = {"pleth": 0, "ecg": 1} | {name: 2 + k for k, (name, _) in enumerate(CHANNELS)}
PACK = struct.Struct("<BfI").pack


def append_raw(fd, second):
    """Pack one second, append it, sync it."""
    waves = {0: bytearray(), 1: bytearray()}
    base = second[0].t
    numerics = bytearray()
    for reading in second:
        if type(reading) is Waveform:
            waves[NUMBER[reading.channel]] += reading.samples.tobytes()
        else:
            numerics += PACK(NUMBER[reading.channel], reading.value, (reading.t - base) // 1_000_000)
    parts = [struct.pack("<Q", base)]
    for key, samples in waves.items():
        parts += (struct.pack("<BH", key, len(samples)), samples)
    os.write(fd, b"".join((*parts, numerics)))
    os.fdatasync(fd)


def raw_log(path, seconds_of_readings):
    """Return the CPU seconds that the plain log needs without a thread."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    start = time.thread_time()
    for second in seconds_of_readings:
        append_raw(fd, second)
    cpu = time.thread_time() - start
    os.close(fd)
    return cpu


def raw_log_in_a_thread(path, seconds_of_readings):
    """Return the CPU seconds of a thread that takes what is in its inbox and logs it when told to."""
    inbox, orders, spent = deque(), SimpleQueue(), []

    def run():
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        start = time.thread_time()
        while (done := orders.get()) is not None:
            append_raw(fd, [inbox.popleft() for _ in range(len(inbox))])
            done.set_result(None)
        spent.append(time.thread_time() - start)
        os.close(fd)

    thread = threading.Thread(target=run)
    thread.start()
    for second in seconds_of_readings:
        for reading in second:
            inbox.append(reading)
        done = Future()
        orders.put(done)
        done.result(10)
    orders.put(None)
    thread.join()
    return spent[0]


def open_recorder(folder):
    meta = Meta("bench", "bed1", "Bench", UTC0, 0, "epoch")
    file = SessionFile.create(folder / "bench.vigil", meta)
    return Recorder(file, SystemClock(), "epoch", boot="b", period_s=60.0)


def record(recorder, seconds_of_readings):
    """Return the CPU seconds of this and of the recorder's thread, one transaction per recorded second."""
    theirs = time.pthread_getcpuclockid(recorder.thread.ident)
    start, start_theirs = time.thread_time(), time.clock_gettime(theirs)
    for second in seconds_of_readings:
        for reading in second:
            recorder.reading(reading, UTC0 + reading.t)
        recorder.flush().result(10)
    return time.thread_time() - start, time.clock_gettime(theirs) - start_theirs


@pytest.mark.timeout(120)
def test_recording_costs_at_most_twice_a_raw_log(benchmark, tmp_path):
    rng = np.random.default_rng(7)
    own, raw, inline, handed = [], [], [], []

    def rounds():
        recorder = open_recorder(tmp_path)
        for n in range(ROUNDS):
            readings = [second_of(n * ROUND_S + k, rng) for k in range(ROUND_S)]
            inline.append(raw_log(tmp_path / f"inline{n}", readings) / ROUND_S)
            raw.append(raw_log_in_a_thread(tmp_path / f"raw{n}", readings) / ROUND_S)
            handing, writing = record(recorder, readings)
            handed.append(handing / ROUND_S)
            own.append(writing / ROUND_S)
        recorder.close(ended=True)

    benchmark.pedantic(rounds, rounds=1)
    cost, floor, plain, given = (float(np.median(x)) * 1e6 for x in (own, raw, inline, handed))
    ratio = float(np.median([mine / log for mine, log in zip(own, raw, strict=True)]))
    benchmark.extra_info |= {
        "us_per_recorded_second": round(cost, 1),
        "raw_log_us": round(floor, 1),
        "raw_log_without_thread_us": round(plain, 1),
        "handing_over_us": round(given, 1),
        "ratio": round(ratio, 2),
    }
    print(
        f"\nrecord: {cost:.0f} us CPU a second, raw log {floor:.0f}: ratio {ratio:.2f} "
        f"(raw log without a thread {plain:.0f}, handing over {given:.0f})"
    )
    assert ratio <= 2.0


@pytest.mark.timeout(120)
def test_a_session_file_takes_at_most_half_more_than_packed_integers(benchmark, tmp_path):
    rng = np.random.default_rng(8)
    minutes = 12
    packed = 0

    def session():
        nonlocal packed
        recorder = open_recorder(tmp_path)
        for n in range(minutes * 60):
            second = second_of(n, rng)
            packed += floor_bytes(second)
            record(recorder, [second])
        recorder.close(ended=True)

    benchmark.pedantic(session, rounds=1)
    path = tmp_path / "bench.vigil"
    ratio = path.stat().st_size / packed
    size, floor = (count / minutes / 60 for count in (path.stat().st_size, packed))
    benchmark.extra_info |= {
        "bytes_per_second": round(size),
        "packed": round(floor),
        "ratio": round(ratio, 3),
    }
    print(f"\nrecord: {size:.0f} bytes a second, packed integers {floor:.0f}: ratio {ratio:.2f}")
    assert not list(tmp_path.glob("bench.vigil-*")), "a closed session is one file"
    assert verify(path) == []
    assert ratio <= 1.5
