"""Decoders: bytes a second on one core, beside what their devices send, a plain loop, and another library.

Each figure is the median of interleaved rounds of one process. The frames are those of the
conformance cases, read in pieces of 4 kB (values of a characteristic one by one).
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "conformance"))

from known import KNOWN, Known  # found by the line above
from wire_rates import WIRE_RATES

from drivers.model import Transport
from drivers.wire.heart_rate import HeartRateDecoder
from simulators.radio.peripherals.heart_rate import measurement

ROUNDS = 9
READ_SIZE = 4096
FRAME = 5
LEAST_BYTES = 200_000
LEAST_MULTIPLE = 1000
LEAST_OF_FLOOR = 0.5
LEAST_OF_LIBRARY = 20
SERIAL = [name for name, known in KNOWN.items() if known.model.transport is Transport.SERIAL]
RADIO = [name for name, known in KNOWN.items() if known.model.transport is Transport.BLE]


def seconds_of(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def medians(*works: Callable[[], object]) -> list[float]:
    """Return the median seconds of each piece of work; their rounds alternate."""
    for work in works:
        work()
    rounds = [[seconds_of(work) for work in works] for _ in range(ROUNDS)]
    return [statistics.median(side) for side in zip(*rounds, strict=True)]


def again(times: int, call: Callable[[object], object], values: Iterable[object]) -> Callable[[], None]:
    def work() -> None:
        for _ in range(times):
            for value in values:
                call(value)

    return work


def pieces_of(known: Known) -> list[bytes]:
    """Return what is read, long enough to be timed."""
    frames = known.frames()
    frames = frames * (1 + LEAST_BYTES // sum(map(len, frames)))
    if not known.streams:
        return frames
    wire = b"".join(frames)
    return [wire[at : at + READ_SIZE] for at in range(0, len(wire), READ_SIZE)]


def decoding(known: Known, pieces: list[bytes]) -> Callable[[], object]:
    def decode() -> None:
        feed = known.source.make_decoder().feed
        for piece in pieces:
            feed(piece)

    return decode


def report(benchmark, name: str, **figures: float) -> None:
    benchmark.extra_info.update({key: round(value, 2) for key, value in figures.items()})
    print(f"\n{name}: " + ", ".join(f"{key} {value:,.2f}" for key, value in figures.items()))


@pytest.mark.benchmark(group="decoder throughput")
@pytest.mark.parametrize("name", SERIAL + RADIO)
def test_a_decoder_is_a_thousand_times_as_fast_as_its_wire(benchmark, name):
    known = KNOWN[name]
    pieces = pieces_of(known)
    decode = decoding(known, pieces)
    [took] = medians(decode)
    speed = sum(map(len, pieces)) / took
    multiple = speed / WIRE_RATES[name].bytes_per_s
    report(benchmark, name, megabytes_per_s=speed / 1e6, times_the_wire=multiple)
    benchmark.pedantic(decode, rounds=3)
    assert name in RADIO or multiple >= LEAST_MULTIPLE


def df2_floor(wire: bytes) -> list[tuple[int, ...]]:
    """Search 01, check the sum, append a tuple: what every reader of DF2 must do at least."""
    found: list[tuple[int, ...]] = []
    at, end = 0, len(wire) - 4
    while at < end:
        at = wire.index(0x01, at)
        status, pleth, value = wire[at + 1], wire[at + 2], wire[at + 3]
        if (1 + status + pleth + value) & 0xFF == wire[at + 4]:
            found.append((at, status, pleth, value))
            at += FRAME
        else:
            at += 1
    return found


def df7_floor(wire: bytes) -> list[tuple[int, ...]]:
    """Look for bit 7, check the sum, append a tuple."""
    found: list[tuple[int, ...]] = []
    at, end = 0, len(wire) - 4
    while at < end:
        status, high, low, value = wire[at], wire[at + 1], wire[at + 2], wire[at + 3]
        if status >= 0x80 and (status + high + low + value) & 0xFF == wire[at + 4]:
            found.append((at, status, high << 8 | low, value))
            at += FRAME
        else:
            at += 1
    return found


@pytest.mark.benchmark(group="decoder floor")
@pytest.mark.parametrize(("name", "floor"), [("nonin-df2", df2_floor), ("nonin-df7", df7_floor)])
def test_a_nonin_decoder_takes_at_most_twice_the_time_of_a_plain_loop(benchmark, name, floor):
    known = KNOWN[name]
    pieces = pieces_of(known)
    wire = b"".join(pieces)
    assert len(floor(wire)) == len(wire) // FRAME
    decode = decoding(known, pieces)
    whole = READ_SIZE // FRAME * FRAME
    frames = [wire[at : at + whole] for at in range(0, len(wire), whole)]
    ours, plain = medians(decode, again(1, floor, frames))
    report(benchmark, name, of_the_floor=plain / ours, floor_megabytes_per_s=len(wire) / plain / 1e6)
    benchmark.pedantic(decode, rounds=3)
    assert plain / ours >= LEAST_OF_FLOOR


@pytest.mark.benchmark(group="decoder 0x2A37")
def test_heart_rate_is_read_twenty_times_as_fast_as_by_bluetooth_sig(benchmark):
    from bluetooth_sig import BluetoothSIGTranslator
    from bluetooth_sig.gatt.characteristics import HeartRateMeasurementCharacteristic

    # a minute of a strap at 70 beats a minute: one interval a second, in every sixth two
    values = [next(measurement(70, True, [857.0] * (2 if n % 6 == 0 else 1))) for n in range(60)]
    translate = BluetoothSIGTranslator().parse_characteristic
    ours = again(50, HeartRateDecoder().feed, values)
    class_itself = again(5, HeartRateMeasurementCharacteristic().parse_value, list(map(bytearray, values)))
    mine, theirs, through = medians(ours, class_itself, again(1, lambda v: translate("2A37", v), values))
    report(
        benchmark,
        "0x2A37",
        microseconds=mine / 50 / len(values) * 1e6,
        times_its_characteristic_class=theirs / mine * 10,
        times_its_translator=through / mine * 50,
    )
    benchmark.pedantic(ours, rounds=3)
    assert theirs / mine * 10 >= LEAST_OF_LIBRARY
