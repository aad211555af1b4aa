"""A Vigil session file, read as `docs/session-file.md` describes it.

Where several devices told the same channel, the one that told it most often is played. Seconds are UTC, so
that a restart of the service is a gap. Readings from a cuff's memory are left out: they were made earlier.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import numpy as np

from monitor.core.errors import ConfigError
from monitor.core.units import Unit, to_unit
from simulators.recordings.names import tracks_of
from simulators.recordings.recording import Recording
from simulators.recordings.tracks import SCALES, Floats, Track, Wave, wave_of
from simulators.rhythm import Cycle
from simulators.subject import Pressure

MAGIC = b"SQLite format 3\x00"
APPLICATION_ID = 0x56494731
MISSING_RAW = -32768
NS = 1e9
MOST_SAMPLES = 200_000_000
JUMP_S = 2.0
"""Samples that came this much later than their number says follow a gap that nobody counted."""
UTC = "(c.utc_ns + b.t_ns + r.dt_ns - c.t_ns)"
JOINS = "JOIN batches b ON b.batch = r.id >> 8 JOIN clocks c USING (clock) JOIN series s USING (series)"


def is_session(path: Path) -> bool:
    """Return whether the file is a database at all."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def load(path: Path) -> Recording:
    """Return the session recorded in a file; ConfigError says what is wrong with it."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as store:
            if store.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise ConfigError(f"{path}: a database, but no Vigil session file")
            tracks, cycles = _numbers(store)
            recorded = (_samples(store, channel) for channel in ("pleth", "ecg", "resp"))
            waves = {channel: wave for channel, wave in recorded if wave is not None}
            cuffs = _cuffs(store)
    except (sqlite3.Error, TypeError, ValueError, OverflowError) as error:
        raise ConfigError(f"{path}: cannot be read as a Vigil session file: {error}") from error
    if not tracks and not waves and not cuffs:
        raise ConfigError(f"{path}: nothing was recorded in this session")
    return Recording(path.stem, tracks, waves, cuffs, cycles)


def _numbers(store: sqlite3.Connection) -> tuple[dict[str, Track], Sequence[Cycle]]:
    told: dict[str, dict[str, list[tuple[int, float]]]] = defaultdict(lambda: defaultdict(list))
    for channel, device, utc_ns, value in store.execute(
        f"SELECT s.channel, s.device, {UTC}, r.value FROM numerics r {JOINS} ORDER BY r.id"
    ):
        told[channel][device].append((utc_ns, np.nan if value is None else value))
    tracks: dict[str, Track] = {}
    cycles: list[Cycle] = []
    for channel, devices in told.items():
        times, values = _columns(max(devices.values(), key=_readings))
        if channel == "rr_interval":
            cycles = [
                Cycle(end - ms / 1000.0, ms / 1000.0) for end, ms in zip(times, values, strict=True) if ms > 0
            ]
        else:
            tracks.update(tracks_of(times, {channel: values}))
    return tracks, cycles


def _readings(rows: Sequence[tuple[int, float]]) -> int:
    return sum(value == value for _, value in rows)


def _columns(rows: Sequence[tuple[int, float]]) -> tuple[Floats, Floats]:
    ordered = sorted(rows, key=lambda row: row[0])
    return np.array([ns for ns, _ in ordered]) / NS, np.array([value for _, value in ordered], dtype=float)


def _cuffs(store: sqlite3.Connection) -> list[tuple[float, Pressure]]:
    measured = store.execute(
        "SELECT utc_ns, unit, pulse_rate, sys, dia, coalesce(map, dia + (sys - dia) / 3.0) FROM nibp "
        "WHERE sys IS NOT NULL AND dia IS NOT NULL AND NOT stored ORDER BY utc_ns"
    )
    found = []
    for ns, unit, pulse, *pressures in measured:
        sys, dia, mean = (to_unit(each, Unit(unit), Unit.MMHG) for each in pressures)
        found.append((ns / NS, Pressure(sys, dia, mean, pulse)))
    return found


def _samples(store: sqlite3.Connection, channel: str) -> tuple[str, Wave | None]:
    """Return the channel and its longest series as one wave."""
    assert channel in SCALES
    longest = store.execute(
        "SELECT r.series, s.rate_hz, s.scale, s.offset FROM waveforms r JOIN series s USING (series) "
        "WHERE s.channel = ? GROUP BY r.series ORDER BY sum(length(r.samples)) DESC LIMIT 1",
        (channel,),
    ).fetchone()
    if longest is None:
        return channel, None
    series, rate_hz, scale, offset = longest
    chunks = [
        (ns / NS, first, np.frombuffer(samples, dtype="<i2"))
        for ns, first, samples in store.execute(
            f"SELECT {UTC}, r.first, r.samples FROM waveforms r {JOINS} WHERE r.series = ? ORDER BY r.id",
            (series,),
        )
    ]
    start_s, raw = _joined(chunks, rate_hz)
    values = np.where(raw == MISSING_RAW, np.nan, raw * scale + offset)
    return channel, wave_of(channel, start_s, rate_hz, values)


def _joined(
    chunks: Sequence[tuple[float, int, "np.ndarray[tuple[int], np.dtype[np.int16]]"]], rate_hz: float
) -> tuple[float, Floats]:
    """Return the first second and the samples at even distances, missing ones marked.

    A sample's number says where it belongs, from the first chunk on or from the last jump in time.
    """
    places: list[int] = []
    start_s = anchor_s = chunks[0][0] - len(chunks[0][2]) / rate_hz
    anchor = chunks[0][1]
    for arrived_s, first, samples in chunks:
        expected_s = anchor_s + (first - anchor) / rate_hz
        began_s = arrived_s - len(samples) / rate_hz
        if abs(began_s - expected_s) > JUMP_S:
            anchor_s, anchor, expected_s = began_s, first, began_s
        places.append(max(0, round((expected_s - start_s) * rate_hz)))
    length = max(place + len(samples) for place, (_, _, samples) in zip(places, chunks, strict=True))
    if length > MOST_SAMPLES:
        raise ValueError(f"a wave of {length} samples")
    raw = np.full(length, float(MISSING_RAW))
    for place, (_, _, samples) in zip(places, chunks, strict=True):
        raw[place : place + len(samples)] = samples
    return start_s, raw
