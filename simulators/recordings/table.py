"""Numbers in a CSV: the first column `t_s`, an empty cell is "no reading"."""

import csv
import math
from pathlib import Path

import numpy as np

from monitor.core.errors import ConfigError
from simulators.recordings.names import NUMBERS, cuffs_of, tracks_of
from simulators.recordings.recording import Recording
from simulators.recordings.tracks import Floats

NOT_TRACKS = frozenset({"nibp_sys", "nibp_dia", "nibp_map", "nibp_pulse_rate"})


def load(path: Path) -> Recording:
    """Return the recording in a CSV of `t_s` and channel columns; ConfigError says what is wrong."""
    times, columns = rows(path)
    recording = with_numbers(path.stem, times, columns)
    if recording is None:
        known = ", ".join(sorted(set(NUMBERS.values())))
        raise ConfigError(f"{path}: no column is a channel with a row of numbers; known are {known}")
    return recording


def with_numbers(name: str, times: Floats, columns: dict[str, Floats]) -> Recording | None:
    """Return a recording of these numbers; None without any."""
    tracks = tracks_of(times, columns)
    cuffs = cuffs_of(tracks)
    kept = {channel: track for channel, track in tracks.items() if channel not in NOT_TRACKS}
    return Recording(name, kept, cuffs=cuffs) if kept or cuffs else None


def rows(path: Path) -> tuple[Floats, dict[str, Floats]]:
    """Return the times and the columns of a CSV, NaN for an empty cell."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            header, *lines = list(csv.reader(file)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as CSV: {error}") from error
    if not header or header[0] != "t_s":
        raise ConfigError(f"{path}: header: the first column must be t_s")
    table = np.empty((len(lines), len(header)))
    for line, cells in enumerate(lines, start=2):
        if len(cells) != len(header):
            raise ConfigError(f"{path}: line {line}: {len(cells)} cells where the header has {len(header)}")
        for place, cell in enumerate(cells):
            table[line - 2, place] = _cell_value(path, line, header[place], cell)
    times = table[:, 0]
    if np.isnan(times).any() or (np.diff(times) <= 0).any():
        raise ConfigError(f"{path}: t_s: must be there and rise in every line")
    return times, {name: table[:, place] for place, name in enumerate(header) if place}


def _cell_value(path: Path, line: int, name: str, cell: str) -> float:
    if not cell.strip():
        return math.nan
    try:
        return float(cell)
    except ValueError:
        raise ConfigError(f"{path}: line {line}: {name}: '{cell[:20]}' is not a number") from None
