"""A WFDB record (PhysioNet): `NAME.hea` with its signal files, read by the `wfdb` package.

Signals of up to two samples a second are numbers, faster ones are waves. A record of numbers beside it
(`NAMEn.hea`), as MIMIC and BIDMC have, is played along.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from monitor.core.errors import ConfigError
from simulators.recordings.names import WAVES, plain
from simulators.recordings.recording import Recording
from simulators.recordings.table import with_numbers
from simulators.recordings.tracks import Floats, Wave, wave_of

HEADER = ".hea"
NUMBERS_HZ = 2.0
MILLIVOLTS = {"UV": 1e-3, "V": 1e3}


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """One signal of a record."""

    name: str
    rate_hz: float
    values: Floats  # NaN for missing


def header_of(path: Path) -> Path | None:
    """Return the header of the record that `path` means: itself, its name, or the only one of a folder."""
    if path.is_dir():
        return _only(path, sorted(path.glob(f"*{HEADER}")))
    if path.suffix == HEADER and path.is_file():
        return path
    beside = path.with_name(path.name + HEADER)
    return beside if beside.is_file() else None


def _only(folder: Path, headers: list[Path]) -> Path | None:
    beside = {f"{header.stem}n" for header in headers}
    records = [header for header in headers if header.stem not in beside]
    if len(records) > 1:
        raise ConfigError(f"{folder}: {len(records)} WFDB records here: name one, as {records[0].stem}")
    return records[0] if records else None


def load(header: Path) -> Recording:
    """Return the record of a header; ConfigError says what is wrong with it."""
    signals = signals_of(header)
    beside = header.with_name(f"{header.stem}n{HEADER}")
    if beside.is_file():
        signals += signals_of(beside)
    waves, told = _waves(signals), _numbers(header.stem, signals)
    if told is None and not waves:
        names = ", ".join(signal.name for signal in signals)
        raise ConfigError(f"{header}: no signal here is a channel: it has {names}")
    if told is None:
        return Recording(header.stem, waves=waves)
    return Recording(header.stem, told.tracks, waves, told.cuffs)


def _waves(signals: list[Signal]) -> dict[str, Wave]:
    fast = {plain(signal.name): signal for signal in signals if signal.rate_hz > NUMBERS_HZ}
    waves: dict[str, Wave] = {}
    for known, channel in WAVES.items():
        if known in fast and channel not in waves:
            wave = wave_of(channel, 0.0, fast[known].rate_hz, fast[known].values)
            if wave is not None:
                waves[channel] = wave
    return waves


def _numbers(name: str, signals: list[Signal]) -> Recording | None:
    """Return what the slow signals tell; those with another rate than the first are left out."""
    slow = [signal for signal in signals if 0 < signal.rate_hz <= NUMBERS_HZ]
    if not slow:
        return None
    times = np.arange(len(slow[0].values)) / slow[0].rate_hz
    same = {signal.name: signal.values for signal in slow if len(signal.values) == len(times)}
    return with_numbers(name, times, same)


def signals_of(header: Path) -> list[Signal]:
    """Return the signals of a record as they are written; ConfigError says what is wrong with it."""
    try:
        import wfdb  # an extra: it brings 90 MB that nothing else here needs
    except ImportError:
        raise ConfigError(
            f"{header}: reading a WFDB record needs the package wfdb: pip install 'vigil[export]'"
        ) from None
    try:
        record: Any = wfdb.rdrecord(str(header.with_suffix("")), physical=True, smooth_frames=False)
        rates = [record.fs * per_frame for per_frame in record.samps_per_frame]
        return [
            Signal(
                name or "unnamed",
                float(rate),
                np.asarray(values, dtype=float) * MILLIVOLTS.get(plain(unit or ""), 1.0),
            )
            for name, rate, values, unit in zip(
                record.sig_name, rates, record.e_p_signal, record.units, strict=True
            )
        ]
    except (OSError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
        raise ConfigError(f"{header}: cannot be read as a WFDB record: {error}") from error
