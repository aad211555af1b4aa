"""Rows of numbers as a feed: a CSV with `t_s` and channel columns, or the slow signals of a WFDB record.

An empty cell is "no reading" for a continuous channel and nothing for a cuff. Numbers are taken as they
stand: what is not plausible is for the gate of the alarm engine to refuse and to count.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alarms.types import DeviceDecl
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SECOND, Nanos
from monitor.core.errors import ConfigError
from monitor.core.types import Nibp, Numeric, Reading, Reason
from monitor.replay.columns import placed
from monitor.replay.feed import START, Feed, declared, spacing_s
from simulators.recordings import wfdb_record

TIME = "t_s"
CUFF = "cuff"
OXIMETER = frozenset({"spo2", "pulse_rate", "perfusion_index"})
"""The channels of one sensor; each other continuous channel is a device of its own."""
LATEST_S = 1e11
"""No clock counts so many seconds; that of a machine in milliseconds does."""
LONGEST_GAP_S = 30 * 86400.0
"""A longer jump between two rows is no recording: the times are in another unit, or damaged."""

Cells = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its time, and the cells of the mapped columns in their order."""

    t: int
    cells: Cells


def of_csv(path: Path, wished: Mapping[str, str], name: str | None = None) -> Feed:
    """Return the feed of a CSV; ConfigError names line and column of what cannot be read."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file)
            header = [cell.strip() for cell in next(lines, [])]
            if TIME not in header:
                said = "the file is empty" if not header else f"the header has no column {TIME} (seconds)"
                raise ConfigError(f"{path}: {said}")
            names = [column if column != TIME else "" for column in header]
            places = placed(names, wished, str(path))
            return _feed(
                name or path.stem,
                {channel: header[place] for channel, place in places.items()},
                _rows(path, lines, header, list(places.values())),
            )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read as CSV: {error}") from error


def _rows(
    path: Path, lines: Iterator[list[str]], header: list[str], places: list[int]
) -> Iterator[tuple[float | None, Cells]]:
    """Yield time and cells of each line; a line that ends early has empty cells."""
    time_at, width = header.index(TIME), len(header)
    for number, line in enumerate(lines, start=2):
        if not line:
            continue
        if len(line) > width:
            raise ConfigError(f"{path}: line {number}: {len(line)} cells where the header has {width}")
        cells = line + [""] * (width - len(line))
        try:
            yield (
                float(cells[time_at]) if cells[time_at].strip() else None,
                [float(cells[place]) if cells[place] else None for place in places],
            )
        except ValueError:
            yield _slowly(f"{path}: line {number}", cells, header, [time_at, *places])


def _slowly(where: str, cells: list[str], header: list[str], places: list[int]) -> tuple[float | None, Cells]:
    """Return what a line with blanks or words says; ConfigError for a word."""
    found: list[float | None] = []
    for place in places:
        text = cells[place].strip()
        try:
            found.append(float(text) if text else None)
        except ValueError:
            raise ConfigError(f"{where}: {header[place]}: {text[:20]!r} is not a number") from None
    return found[0], found[1:]


def of_wfdb(header: Path, wished: Mapping[str, str]) -> Feed:
    """Return the feed of a WFDB record's slow signals and of the numbers beside it."""
    signals = wfdb_record.signals_of(header)
    beside = header.with_name(f"{header.stem}n{wfdb_record.HEADER}")
    if beside.is_file():
        signals += wfdb_record.signals_of(beside)
    slow = [signal for signal in signals if 0 < signal.rate_hz <= wfdb_record.NUMBERS_HZ]
    if not slow:
        raise ConfigError(f"{header}: the record has waves only; alarms are judged by numbers")
    rate_hz, length = slow[0].rate_hz, len(slow[0].values)
    same = [signal for signal in slow if len(signal.values) == length]
    places = placed([signal.name for signal in same], wished, str(header))
    columns = [same[place].values.tolist() for place in places.values()]
    rows = ((n / rate_hz, [None if cell != cell else cell for cell in row]) for n, row in _turned(columns))
    return _feed(header.stem, {channel: same[place].name for channel, place in places.items()}, rows)


def _turned(columns: list[list[float]]) -> Iterator[tuple[int, tuple[float, ...]]]:
    return enumerate(zip(*columns, strict=True))


# --- rows to readings -----------------------------------------------------------------------------


def _feed(name: str, columns: dict[str, str], numbered: Iterable[tuple[float | None, Cells]]) -> Feed:
    rows, told = _rising(name, numbered)
    if not rows:
        raise ConfigError(f"{name}: no row has a time and numbers: there is nothing to judge")
    zero = START - rows[0].t
    interval_s = spacing_s(row.t for row in rows)
    devices = tuple(_devices(tuple(columns), interval_s))
    return Feed(
        name,
        devices,
        list(_readings(rows, tuple(columns), devices, zero)),
        START,
        Nanos(rows[-1].t + zero),
        zero,
        told,
        told - len(rows),
        interval_s,
        columns,
    )


def _rising(name: str, numbered: Iterable[tuple[float | None, Cells]]) -> tuple[list[Row], int]:
    """Return the rows that are later than their predecessor, and how many there were."""
    kept: list[Row] = []
    told = 0
    for t_s, cells in numbered:
        told += 1
        if t_s is None or not math.isfinite(t_s):
            continue
        far = abs(t_s) > LATEST_S
        t = 0 if far else round(t_s * SECOND)
        if kept and not far and t <= kept[-1].t:
            continue
        if far or (kept and t - kept[-1].t > LONGEST_GAP_S * SECOND):
            raise ConfigError(f"{name}: row {told}: {TIME} jumps to {t_s:g}: it must be in seconds")
        kept.append(Row(t, cells))
    return kept, told


def _devices(channels: tuple[str, ...], interval_s: float) -> Iterator[DeviceDecl]:
    cuff = tuple(channel for channel in channels if CATALOGUE[channel].episodic)
    sensor = tuple(channel for channel in channels if channel in OXIMETER)
    if sensor:
        yield declared("oximeter", sensor, interval_s, episodic=False)
    for channel in channels:
        if channel not in cuff and channel not in sensor:
            yield declared(channel, (channel,), interval_s, episodic=False)
    if cuff:
        yield declared(CUFF, cuff, interval_s, episodic=True)


def _readings(
    rows: list[Row], channels: tuple[str, ...], devices: tuple[DeviceDecl, ...], zero: int
) -> Iterator[Reading]:
    source = {channel: device.device_id for device in devices for channel in device.channels}
    continuous = [
        (place, source[channel], channel, CATALOGUE[channel].unit)
        for place, channel in enumerate(channels)
        if not CATALOGUE[channel].episodic
    ]
    cuff = {channel: place for place, channel in enumerate(channels) if CATALOGUE[channel].episodic}
    for row in rows:
        t, cells = Nanos(row.t + zero), row.cells
        for place, device, channel, unit in continuous:
            value = cells[place]
            yield Numeric(device, channel, t, value, unit, Reason.MISSING if value is None else None)
        if cuff and (measured := _measured(cuff, cells, t)) is not None:
            yield measured


def _measured(cuff: dict[str, int], cells: Cells, t: Nanos) -> Nibp | None:
    """Return the cuff measurement of a row, None when its cells are empty."""
    found = {channel: cells[place] for channel, place in cuff.items()}
    sys, dia, mean = (_number(found.get(name)) for name in ("nibp_sys", "nibp_dia", "nibp_map"))
    if sys is None and dia is None and mean is None:
        return None
    return Nibp(CUFF, t, sys, dia, mean, _number(found.get("nibp_pulse_rate")))


def _number(cell: float | None) -> float | None:
    """Return the number of a cuff's cell; NaN there is how programs write an empty one."""
    return None if cell is None or math.isnan(cell) else cell
