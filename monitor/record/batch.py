"""Readings into sealed batches of rows: pure, the same readings give the same bytes."""

import sqlite3
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SECOND
from monitor.core.types import DeviceLink, DeviceStatus, Nibp, Numeric, Reading, Waveform
from monitor.core.units import Unit
from monitor.record.rows import Gap, clean, device_row, gap_row, nibp_row, numeric_row
from monitor.record.schema import GENESIS_SEAL, ROWS_PER_BATCH, SEALED_TABLES, Row, seal

CLOCK_SLACK = SECOND // 20
"""UTC may wander 50 ms against the monotonic clock before a new pair of both is written down."""

NO_OFFSET = -(1 << 62)
"""Stands for "no clock row yet": farther from any true offset than the slack."""

SAFE_READINGS = 200
"""So many readings never fill a table of a batch: only beyond is it worth looking."""

_LITTLE = sys.byteorder == "little"


@dataclass(slots=True)
class _Series:
    """A waveform and its open row."""

    number: int
    rate_hz: float
    scale: float
    offset: float
    simulated: bool
    count: int = 0  # absolute index of the next sample, lost ones counted
    run: bytearray = field(default_factory=bytearray)
    run_t: int = 0
    run_first: int = 0
    run_lost: int = 0

    def fits(self, wave: Waveform) -> bool:
        return (
            self.rate_hz == wave.rate_hz
            and self.scale == wave.scale
            and self.offset == wave.offset
            and self.simulated is wave.simulated
        )

    def extend(self, wave: Waveform) -> None:
        samples = wave.samples.tobytes() if _LITTLE else wave.samples.astype("<i2").tobytes()
        self.run += samples
        self.run_t = wave.t
        self.count += len(samples) // 2


@dataclass(slots=True)
class Batch:
    """The rows of one batch, sealed once it is full."""

    number: int
    clock: int
    t_ns: int
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in SEALED_TABLES})
    sums: bytes = b""
    seal: bytes = b""


_INSERT = {
    "clocks": "INSERT INTO clocks VALUES (?,?,?,?,?,?)",
    "series": "INSERT INTO series VALUES (?,?,?,?,?,?,?,?,?)",
    "numerics": "INSERT INTO numerics VALUES (?,?,?,?,?,?)",
    "waveforms": "INSERT INTO waveforms VALUES (?,?,?,?,?,?)",
    "nibp": "INSERT INTO nibp VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    "device_status": "INSERT INTO device_status VALUES (?,?,?,?,?,?,?,?,?)",
    "gaps": "INSERT INTO gaps VALUES (?,?,?,?,?,?,?,?,?)",
}


def write(connection: sqlite3.Connection, batch: Batch) -> None:
    """Insert a sealed batch; durable when the transaction is."""
    for table, rows in batch.rows.items():
        if rows:
            connection.executemany(_INSERT[table], rows)
    connection.execute(
        "INSERT INTO batches VALUES (?,?,?,?,?)",
        (batch.number, batch.clock, batch.t_ns, batch.sums, batch.seal),
    )


class Batcher:
    """Turns readings with their UTC into batches; holds what the next batch must continue.

    A failed transaction leaves it ahead of the file: load a new one then.
    """

    def __init__(self, epoch: str, boot: str) -> None:
        self.number = 0  # of the last batch
        self.seal = GENESIS_SEAL
        self._epoch = epoch
        self._boot = boot
        self._clock = 0
        self._offset = NO_OFFSET  # utc - t of the clock row in force
        self._numerics: dict[tuple[str, str, str, bool], int] = {}
        self._waves: dict[tuple[str, str], _Series] = {}  # the one in use
        self._all_waves: dict[tuple[object, ...], _Series] = {}  # by all that tells them apart
        self._series_count = 0
        self._batch: Batch | None = None
        self._room = 0  # readings that surely still fit into the open batch
        self._running: dict[int, _Series] = {}  # waveforms with an open row, by number
        self._lost: dict[tuple[str, str], int] = {}
        self._add: dict[type, Callable[..., None]] = {
            Numeric: self._numeric,
            Waveform: self._wave,
            Nibp: self._nibp,
            DeviceStatus: self._device,
            DeviceLink: self._device,
            Gap: self._gap,
        }

    @classmethod
    def load(cls, connection: sqlite3.Connection, epoch: str, boot: str) -> "Batcher":
        """Return the one that continues what the file holds."""
        batcher = cls(epoch, boot)
        last = connection.execute("SELECT batch, seal FROM batches ORDER BY batch DESC LIMIT 1").fetchone()
        if last:
            batcher.number, batcher.seal = last
        row = connection.execute(
            "SELECT clock, epoch, utc_ns - t_ns FROM clocks ORDER BY clock DESC LIMIT 1"
        ).fetchone()
        if row:
            batcher._clock = row[0]
            batcher._offset = row[2] if row[1] == epoch else NO_OFFSET
        batcher._load_series(connection)
        return batcher

    def _load_series(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute(
            "SELECT series, device, channel, unit, simulated, rate_hz, scale, offset FROM series "
            "ORDER BY series"
        ).fetchall()
        for number, device, channel, unit, simulated, rate_hz, scale, offset in rows:
            self._series_count = number
            if rate_hz is None:
                self._numerics[device, channel, unit, bool(simulated)] = number
                continue
            count = connection.execute(
                "SELECT first + length(samples) / 2 FROM waveforms WHERE series = ? ORDER BY id DESC LIMIT 1",
                (number,),
            ).fetchone()
            series = _Series(number, rate_hz, scale, offset, bool(simulated), count[0] if count else 0)
            self._all_waves[device, channel, rate_hz, scale, offset, bool(simulated)] = series

    def miss(self, lost: dict[tuple[str, str], int]) -> None:
        """Count samples, per (device, channel), that were thrown away before they came here."""
        self._lost = dict(lost)

    def build(self, stamped: Iterable[tuple[Reading | Gap, int]]) -> list[Batch]:
        """Return the sealed batches that hold all of `stamped`, (reading, UTC ns), in order."""
        done: list[Batch] = []
        adders, waves = self._add, self._waves
        for reading, utc_ns in stamped:
            if self._room <= 0 or utc_ns - reading.t != self._offset:
                self._turn_over(done, reading.t, utc_ns)
            self._room -= 1
            if type(reading) is Waveform:  # nine of ten readings: the row is open, the samples go in
                series = waves.get((reading.device_id, reading.channel))
                if series is not None and series.run and not reading.lost and series.fits(reading):
                    series.extend(reading)
                    continue
            adders[type(reading)](reading, utc_ns)
        self._finish(done)
        return done

    def _turn_over(self, done: list[Batch], t: int, utc_ns: int) -> None:
        """Begin a new batch where there is none, where it may be full, or where the clocks part."""
        if abs(utc_ns - t - self._offset) >= CLOCK_SLACK:
            self._finish(done)
            self._clock += 1
            self._offset = utc_ns - t
            batch = self._begin(t)
            batch.rows["clocks"].append((self._clock, batch.number, self._epoch, self._boot, t, utc_ns))
        elif self._batch is None:
            self._begin(t)
        elif self._room <= 0 and self._full():
            self._finish(done)
            self._begin(t)

    def _begin(self, t: int) -> Batch:
        self.number += 1
        self._room = SAFE_READINGS
        self._batch = Batch(self.number, self._clock, t)
        return self._batch

    def _full(self) -> bool:
        """One reading adds at most one row to a table; closing adds one row per open waveform."""
        assert self._batch is not None
        rows = self._batch.rows
        room = ROWS_PER_BATCH - 1
        return (
            len(rows["numerics"]) >= room
            or len(rows["waveforms"]) + len(self._running) >= room
            or len(rows["nibp"]) >= room
            or len(rows["device_status"]) >= room
            or len(rows["gaps"]) >= room
        )

    def _finish(self, done: list[Batch]) -> None:
        batch = self._batch
        if batch is None:
            return
        for series in self._running.values():
            if series.run:
                self._end_run(series)
        self._running.clear()
        batch.sums, batch.seal = seal(self.seal, batch.number, batch.clock, batch.t_ns, batch.rows)
        self.seal = batch.seal
        done.append(batch)
        self._batch = None
        self._room = 0

    def _row_id(self, rows: list[Row]) -> int:
        return self.number * ROWS_PER_BATCH + len(rows)

    def _open(self) -> Batch:
        assert self._batch is not None
        return self._batch

    def _declare(self, reading: Numeric | Waveform, unit: str, wave: tuple[float | None, ...]) -> int:
        self._series_count += 1
        self._open().rows["series"].append(
            (
                self._series_count,
                self.number,
                clean(reading.device_id),
                clean(reading.channel),
                unit,
                *wave,
                int(reading.simulated),
            )
        )
        return self._series_count

    def _numeric(self, numeric: Numeric, _utc_ns: int) -> None:
        key = numeric.device_id, numeric.channel, str(numeric.unit), numeric.simulated
        series = self._numerics.get(key)
        if series is None:
            series = self._numerics[key] = self._declare(numeric, key[2], (None, None, None))
        batch = self._open()
        rows = batch.rows["numerics"]
        rows.append(numeric_row(self._row_id(rows), series, batch.t_ns, numeric))

    def _wave(self, wave: Waveform, _utc_ns: int) -> None:
        key = wave.device_id, wave.channel
        size = len(wave.samples)
        if not size or wave.lost or self._lost:
            self._miss(key, wave)
            if not size:
                return
        series = self._waves.get(key)
        if series is None or not series.fits(wave):
            series = self._switch(key, wave, series)
        if not series.run:
            lost = self._lost.pop(key, 0)
            self._running[series.number] = series
            series.count += lost
            series.run_first, series.run_lost = series.count, lost
        series.extend(wave)

    def _miss(self, key: tuple[str, str], wave: Waveform) -> None:
        """Count samples lost before this chunk, and end the open row there."""
        lost = self._lost.get(key, 0) + wave.lost
        if lost:
            self._lost[key] = lost
            series = self._waves.get(key)
            if series is not None and series.run:
                self._end_run(series)

    def _switch(self, key: tuple[str, str], wave: Waveform, old: _Series | None) -> _Series:
        """Return the series of a waveform's first chunk, or of one whose rate or scale changed."""
        if old is not None and old.run:
            self._end_run(old)
            del self._running[old.number]
        form = float(wave.rate_hz), float(wave.scale), float(wave.offset)
        series = self._all_waves.get((*key, *form, wave.simulated))
        if series is None:
            channel = CATALOGUE.get(wave.channel)
            unit = str(channel.unit if channel else Unit.ONE)
            series = _Series(self._declare(wave, unit, form), *form, wave.simulated)
            self._all_waves[(*key, *form, wave.simulated)] = series
        self._waves[key] = series
        return series

    def _end_run(self, series: _Series) -> None:
        batch = self._open()
        rows = batch.rows["waveforms"]
        rows.append(
            (
                self._row_id(rows),
                series.number,
                series.run_t - batch.t_ns,
                series.run_first,
                series.run_lost,
                bytes(series.run),
            )
        )
        series.run = bytearray()

    def _nibp(self, nibp: Nibp, utc_ns: int) -> None:
        rows = self._open().rows["nibp"]
        rows.append(nibp_row(self._row_id(rows), nibp, utc_ns))

    def _device(self, of: DeviceStatus | DeviceLink, utc_ns: int) -> None:
        rows = self._open().rows["device_status"]
        rows.append(device_row(self._row_id(rows), of, utc_ns))

    def _gap(self, gap: Gap, _utc_ns: int) -> None:
        rows = self._open().rows["gaps"]
        rows.append(gap_row(self._row_id(rows), gap))
