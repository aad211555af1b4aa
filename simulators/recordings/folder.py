"""A folder with `numerics.csv`, `waves.npz`, or both, and perhaps `rr_intervals.csv`.

`waves.npz` has for a channel X: integers `X`, rate `X__fs`, first second `X__t0`, and value =
raw * `X__scale` + `X__offset`; raw -32768 is missing. `rr_intervals.csv` has columns `t_s` and `rr_ms`, a
row for each heartbeat, several in one second allowed.
"""

import csv
import tokenize
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from monitor.core.errors import ConfigError
from simulators.recordings.names import WAVES, plain
from simulators.recordings.recording import Recording
from simulators.recordings.table import rows, with_numbers
from simulators.recordings.tracks import Wave, wave_of
from simulators.rhythm import Cycle

MISSING_RAW = -32768
NUMERICS, SAMPLES, INTERVALS = "numerics.csv", "waves.npz", "rr_intervals.csv"
UNREADABLE = (OSError, ValueError, TypeError, KeyError, EOFError, SyntaxError)
_KEYS = ("fs", "t0", "scale", "offset")


def is_recording(folder: Path) -> bool:
    """Return whether the folder has one of the two files."""
    return (folder / NUMERICS).is_file() or (folder / SAMPLES).is_file()


def load(folder: Path) -> Recording:
    """Return the recording in `folder`; ConfigError names the file and what is wrong with it."""
    numerics, samples, intervals = (folder / name for name in (NUMERICS, SAMPLES, INTERVALS))
    waves = _waves(samples) if samples.is_file() else {}
    cycles = _cycles(intervals) if intervals.is_file() else []
    told = with_numbers(folder.name, *rows(numerics)) if numerics.is_file() else None
    if told is None and not waves:
        raise ConfigError(f"{folder}: the recording has neither numbers nor a PLETH, ECG or RESP wave")
    if told is None:
        return Recording(folder.name, waves=waves, cycles=cycles)
    return Recording(folder.name, told.tracks, waves, told.cuffs, cycles)


def _waves(path: Path) -> dict[str, Wave]:
    waves: dict[str, Wave] = {}
    name = "the archive"
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("not an npz archive")
            for known, channel in WAVES.items():
                name = next((each for each in archive.files if plain(each) == known), "")
                wave = _wave(archive, name, channel) if name and channel not in waves else None
                if wave is not None:
                    waves[channel] = wave
    except (*UNREADABLE, zipfile.BadZipFile, tokenize.TokenError) as error:
        raise ConfigError(f"{path}: {name or 'the archive'} cannot be read: {error}") from error
    return waves


def _wave(archive: "np.lib.npyio.NpzFile", name: str, channel: str) -> Wave | None:
    raw = archive[name]
    rate_hz, t0_s, scale, offset = (float(archive[f"{name}__{key}"]) for key in _KEYS)
    if raw.ndim != 1 or raw.dtype.kind not in "iu":
        raise ValueError("must be one row of integers")
    return wave_of(channel, t0_s, rate_hz, np.where(raw == MISSING_RAW, np.nan, raw * scale + offset))


def _cycles(path: Path) -> Sequence[Cycle]:
    """Return the heartbeats, each ending when its row says."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            beats = [(float(row["t_s"]), float(row["rr_ms"]) / 1000.0) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{path}: needs the columns t_s and rr_ms with numbers: {error}") from error
    return [Cycle(end - length, length) for end, length in beats if 0.0 < length < 10.0]
