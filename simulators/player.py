"""Plays a recording into the simulated devices, second by second.

A recording is a folder with `numerics.csv` (first column `t_s`, an empty cell is "no reading") and
`waves.npz` (for a channel X: integers `X`, rate `X__fs`, first second `X__t0`, value =
raw * `X__scale` + `X__offset`, raw -32768 missing); either may be absent. Wire second 0 is the
recording's first second, and in wire second n the numbers are those of recording second n.

PULSE and SpO2 go to the oximeter, HR to the strap, NBPSys, NBPDias and NBPMean to the cuff. PLETH
is interpolated linearly at the device's own 75 samples a second, its lowest value over the whole
recording being 0 and its highest 1; a missing sample repeats the one before.
"""

import csv
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from monitor.core.errors import ConfigError
from simulators.rhythm import Cycle
from simulators.subject import Oximetry, Pressure

Floats = npt.NDArray[np.float64]

MISSING_RAW = -32768
HELD_ROWS = 3.0
"""A row counts until the next one, at most this many usual distances between rows."""
EDGE = 1e-6
SAME_MEASUREMENT_S = 30.0
_WAVE_KEYS = ("fs", "t0", "scale", "offset")


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """One channel of `waves.npz`, gaps filled, scaled to 0..1 over the recording."""

    t0_s: float
    rate_hz: float
    values: Floats
    pulses_s: Floats  # when each pulse begins

    @property
    def end_s(self) -> float:
        """Return the recording second after the last sample."""
        return self.t0_s + len(self.values) / self.rate_hz

    def at(self, t_s: float) -> float:
        """Return the value at recording second `t_s`, between samples on a straight line."""
        place = (t_s - self.t0_s) * self.rate_hz
        below = min(max(math.floor(place), 0), len(self.values) - 1)
        above = min(below + 1, len(self.values) - 1)
        share = min(1.0, max(0.0, place - below))
        return float(self.values[below] * (1.0 - share) + self.values[above] * share)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A recording as the devices see it; all times asked for are wire seconds."""

    name: str
    times_s: Floats
    columns: Mapping[str, Floats]
    pleth_wave: Wave | None
    start_s: float = field(init=False)
    end_s: float = field(init=False)
    spacing_s: float = field(init=False)

    def __post_init__(self) -> None:
        spacing = float(np.median(np.diff(self.times_s))) if len(self.times_s) > 1 else 1.0
        starts = [float(self.times_s[0])] if len(self.times_s) else []
        ends = [float(self.times_s[-1]) + spacing] if len(self.times_s) else []
        if self.pleth_wave is not None:
            starts.append(self.pleth_wave.t0_s)
            ends.append(self.pleth_wave.end_s)
        object.__setattr__(self, "spacing_s", spacing)
        object.__setattr__(self, "start_s", min(starts))
        object.__setattr__(self, "end_s", max(ends))

    @property
    def length_s(self) -> float:
        """Return how long it plays."""
        return self.end_s - self.start_s

    def has(self, *names: str) -> bool:
        """Return whether any of these columns has a number at all."""
        return any(name in self.columns and not np.isnan(self.columns[name]).all() for name in names)

    @property
    def for_oximeter(self) -> bool:
        """True when there is anything for an oximeter to send."""
        return self.pleth_wave is not None or self.has("PULSE", "SpO2")

    @property
    def for_strap(self) -> bool:
        """True when there is a heart rate."""
        return self.has("HR")

    @property
    def for_cuff(self) -> bool:
        """True when there are cuff measurements."""
        return self.has("NBPSys")

    def ended(self, t_s: float) -> bool:
        """Return whether the recording has been played to its end."""
        return t_s > self.length_s - EDGE

    def oximetry(self, t_s: float) -> Oximetry:
        """Return SpO2 and pulse rate of the row in force."""
        return Oximetry(self._number("SpO2", t_s), self._number("PULSE", t_s))

    def pleth(self, t_s: float) -> float:
        """Return the pulse wave, 0 to 1."""
        return 0.5 if self.pleth_wave is None else self.pleth_wave.at(self.start_s + t_s)

    def since_pulse_s(self, t_s: float) -> float:
        """Return the seconds since a pulse began in the recorded wave."""
        if self.pleth_wave is None:
            return math.inf
        pulses = self.pleth_wave.pulses_s
        index = int(np.searchsorted(pulses, self.start_s + t_s, side="right")) - 1
        return math.inf if index < 0 else self.start_s + t_s - float(pulses[index])

    def heart_rate(self, t_s: float) -> float | None:
        """Return the heart rate of the row in force."""
        return self._number("HR", t_s)

    def beats(self, after_s: float, until_s: float) -> Sequence[Cycle]:
        """Return nothing: the recording has no beat-to-beat intervals."""
        del after_s, until_s
        return ()

    def ecg_mv(self, t_s: float) -> float:
        """Return a flat line: no wave of the heart is played."""
        del t_s
        return 0.0

    def resp_rate(self, t_s: float) -> float | None:
        """Return the breathing rate of the row in force."""
        return self._number("RESP", t_s)

    def resp(self, t_s: float) -> float:
        """Return a flat line: no breathing wave is played."""
        del t_s
        return 0.5

    def temperature_c(self, t_s: float) -> float | None:
        """Return nothing: recordings here have no temperature."""
        del t_s
        return None

    def cuff(self, t_s: float, inflated: bool) -> None:
        """Nothing: what was recorded does not change."""

    def pressure(self, t_s: float) -> Pressure | None:
        """Return the newest cuff measurement at `t_s`, None before the first."""
        past = [pressure for second, pressure in self.measurements() if second <= t_s]
        return past[-1] if past else None

    def measurements(self) -> list[tuple[float, Pressure]]:
        """Return the cuff measurements with their wire seconds.

        A row without diastolic is no measurement; equal rows less than 30 s apart are one.
        """
        found: list[tuple[float, Pressure]] = []
        before: tuple[float, tuple[float | None, ...]] = (-math.inf, ())
        for row, second in enumerate(self.times_s):
            t_s = float(second) - self.start_s
            sys, dia, mean = (self._cell(name, row) for name in ("NBPSys", "NBPDias", "NBPMean"))
            if sys is None or dia is None:
                continue
            repeated = before[1] == (sys, dia, mean) and t_s - before[0] < SAME_MEASUREMENT_S
            before = (t_s, (sys, dia, mean))
            if not repeated:
                mean = dia + (sys - dia) / 3.0 if mean is None else mean
                found.append((t_s, Pressure(sys, dia, mean, self._cell("PULSE", row))))
        return found

    def _number(self, name: str, t_s: float) -> float | None:
        now = self.start_s + t_s
        row = int(np.searchsorted(self.times_s, now + EDGE, side="right")) - 1
        if row < 0 or now - float(self.times_s[row]) >= HELD_ROWS * self.spacing_s:
            return None
        return self._cell(name, row)

    def _cell(self, name: str, row: int) -> float | None:
        column = self.columns.get(name)
        if column is None or math.isnan(column[row]):
            return None
        return float(column[row])


def load(folder: Path) -> Recording:
    """Return the recording in `folder`; ConfigError names the file and what is wrong with it."""
    numerics, waves = folder / "numerics.csv", folder / "waves.npz"
    if not numerics.is_file() and not waves.is_file():
        raise ConfigError(f"{folder}: no recording here: needs numerics.csv, waves.npz or both")
    times, columns = _numerics(numerics) if numerics.is_file() else (np.empty(0), {})
    pleth = _pleth(waves) if waves.is_file() else None
    if not len(times) and pleth is None:
        raise ConfigError(f"{folder}: the recording has neither numbers nor a PLETH wave")
    return Recording(folder.name, times, columns, pleth)


def _numerics(path: Path) -> tuple[Floats, dict[str, Floats]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as CSV: {error}") from error
    if not header or header[0] != "t_s":
        raise ConfigError(f"{path}: header: the first column must be t_s")
    table = np.empty((len(rows), len(header)))
    for line, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise ConfigError(f"{path}: line {line}: {len(row)} cells where the header has {len(header)}")
        for place, cell in enumerate(row):
            table[line - 2, place] = _cell_value(path, line, header[place], cell)
    times = table[:, 0]
    if np.isnan(times).any() or (np.diff(times) <= 0).any():
        raise ConfigError(f"{path}: t_s: must be there and rise in every line")
    return times, {name: table[:, place] for place, name in enumerate(header)}


def _cell_value(path: Path, line: int, name: str, cell: str) -> float:
    if not cell.strip():
        return math.nan
    try:
        return float(cell)
    except ValueError:
        raise ConfigError(f"{path}: line {line}: {name}: '{cell[:20]}' is not a number") from None


def _pleth(path: Path) -> Wave | None:
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("not an npz archive")
            if "PLETH" not in archive.files:
                return None
            raw = archive["PLETH"]
            rate_hz, t0_s, scale, offset = (float(archive[f"PLETH__{name}"]) for name in _WAVE_KEYS)
            if raw.ndim != 1 or raw.dtype.kind not in "iu":
                raise ValueError("must be one row of integers")
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path}: PLETH cannot be read: {error}") from error
    present = np.flatnonzero(raw != MISSING_RAW)
    if not len(present) or rate_hz <= 0:
        return None
    last = np.maximum.accumulate(np.where(raw != MISSING_RAW, np.arange(len(raw)), -1))
    values = raw[np.where(last < 0, present[0], last)] * scale + offset
    low, high = float(values.min()), float(values.max())
    values = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
    return Wave(t0_s, rate_hz, values, t0_s + _pulses(values, rate_hz) / rate_hz)


def _pulses(values: Floats, rate_hz: float) -> Floats:
    """Return the indices where the wave rises through its own mean of 1.5 s, 0.3 s apart or more."""
    width = max(1, int(1.5 * rate_hz))
    padded = np.pad(values, (width // 2, width - width // 2 - 1), mode="edge")
    mean = np.convolve(padded, np.full(width, 1.0 / width), mode="valid")
    above = values > mean
    rising = np.flatnonzero(above[1:] & ~above[:-1]) + 1
    kept: list[int] = []
    for index in rising:
        if not kept or index - kept[-1] >= 0.3 * rate_hz:
            kept.append(int(index))
    return np.array(kept, dtype=np.float64)
