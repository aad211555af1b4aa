"""A Vigil session file as a feed: what its devices told, in the order in which it came.

Times are seconds since the session's start. Within one boot of the machine they are those of its own
clock, so that a corrected wall clock moves nothing. The ways to the devices are not judged here: of a
lost one only this is kept, that its device's flags are not known any more.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from heapq import merge
from pathlib import Path

from alarms.types import DeviceDecl
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import Nanos
from monitor.core.errors import RecordError
from monitor.core.types import (
    CuffPhase,
    CuffState,
    DeviceLink,
    DeviceStatus,
    LinkState,
    Mark,
    Nibp,
    Numeric,
    Reading,
    StatusCode,
)
from monitor.core.units import Unit
from monitor.record import journal
from monitor.record.marks import INVALID, VALID
from monitor.record.rows import device_from, nibp_from, numeric_from
from monitor.record.session_file import check_header, connect_readonly, read_meta
from monitor.replay.feed import START, Feed, Marking, declared, spacing_s

MAGIC = b"SQLite format 3\x00"
SERIES = "SELECT series, device, channel, unit, simulated FROM series WHERE rate_hz IS NULL"
NUMERICS = (
    "SELECT b.clock, r.series, b.t_ns + r.dt_ns, r.value, r.mark, r.device_time "
    "FROM numerics r JOIN batches b ON b.batch = r.id >> 8 ORDER BY r.id"
)
PRESSURES = ("nibp_sys", "nibp_dia", "nibp_map", "nibp_pulse_rate")
_AWAY = frozenset({LinkState.LOST, LinkState.SILENT, LinkState.CONNECTING, LinkState.WRONG_MODEL})


def is_session(path: Path) -> bool:
    """Return whether the file is a database at all; OSError when it cannot be read."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def load(path: Path) -> Feed:
    """Return the feed of a session file; RecordError says what is wrong with it."""
    check_header(path)
    try:
        with closing(connect_readonly(path)) as store:
            store.execute("BEGIN")  # one state of the file, also while its session runs
            return _read(path, store)
    except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
        raise RecordError(f"{path}: cannot be read: {error}; look at it with `vigil verify`") from error


class _Times:
    """Puts the machine's times of every boot on one axis, on which the session started at START."""

    def __init__(self, store: sqlite3.Connection, started_utc_ns: int) -> None:
        first: dict[str, int] = {}
        self._shift: dict[int, int] = {}
        self.by_epoch: dict[str, int] = {}
        for clock, boot, epoch, t_ns, utc_ns in store.execute(
            "SELECT clock, boot, epoch, t_ns, utc_ns FROM clocks ORDER BY clock"
        ):
            shift = first.setdefault(boot or epoch, utc_ns - t_ns) - started_utc_ns + START
            self._shift[clock] = self.by_epoch[epoch] = shift
        self._clock = dict(store.execute("SELECT batch, clock FROM batches"))

    def of(self, row_id: int) -> int:
        """Return what is added to the times of a row."""
        return self._shift[self._clock[row_id >> 8]]

    def clock(self, clock: int) -> int:
        """Return what is added to the times of a clock."""
        return self._shift[clock]


def _read(path: Path, store: sqlite3.Connection) -> Feed:
    times = _Times(store, read_meta(store).started_utc_ns)
    schedules = list(_schedules(store, times))
    tables = _numerics(store, times), _cuffs(store, times), _flags(store, times), schedules
    readings = list(merge(*tables, key=_time))  # each table keeps the order in which its rows came
    values = [reading for reading in readings if isinstance(reading, Numeric | Nibp)]
    if not values:
        raise RecordError(f"{path}: no reading was recorded in this session: there is nothing to judge")
    last = max(reading.t for reading in readings)
    devices = tuple(_devices(values, {state.device_id for state in schedules}))
    return Feed(
        name=path.stem,
        devices=devices,
        readings=readings,
        start=min(reading.t for reading in values),
        end=Nanos(max(last, _closed(store, times) or last)),
        zero=START,
        rows=len(values),
        dropped=0,
        spacing_s=max((device.interval_s for device in devices if not device.episodic), default=1.0),
        columns={channel: channel for device in devices for channel in device.channels},
        marks=tuple(_marks(store, times)),
    )


def _time(reading: Reading) -> Nanos:
    return reading.t


def _numerics(store: sqlite3.Connection, times: _Times) -> Iterator[Reading]:
    series = {number: tuple(rest) for number, *rest in store.execute(SERIES)}
    plain = {number: (device, channel, Unit(unit)) for number, (device, channel, unit, _) in series.items()}
    for clock, number, t, value, mark, device_time in store.execute(NUMERICS):
        at = Nanos(t + times.clock(clock))
        if mark is None and device_time is None:  # nearly all of them: not to be taken apart
            device, channel, unit = plain[number]
            yield Numeric(device, channel, at, value, unit)
        else:
            yield numeric_from(*series[number], at, value, mark, device_time)


def _cuffs(store: sqlite3.Connection, times: _Times) -> Iterator[Reading]:
    for row in store.execute("SELECT * FROM nibp ORDER BY id"):
        yield nibp_from(row, row[2] + times.of(row[0]))


def _flags(store: sqlite3.Connection, times: _Times) -> Iterator[Reading]:
    """Yield the devices' own flags; those of a lost device end."""
    on: dict[str, set[StatusCode]] = {}
    for row in store.execute("SELECT * FROM device_status ORDER BY id"):
        told = device_from(row, row[2] + times.of(row[0]))
        flags = on.setdefault(told.device_id, set())
        if isinstance(told, DeviceLink):
            if told.state in _AWAY:
                for code in sorted(flags):
                    yield DeviceStatus(told.device_id, told.t, code, False, told.simulated)
                flags.clear()
        elif told.code is not StatusCode.BATTERY_LOW:  # a condition of the host
            (flags.add if told.active else flags.discard)(told.code)
            yield told


def _schedules(store: sqlite3.Connection, times: _Times) -> Iterator[CuffState]:
    """Yield what the cuffs that take orders did: the schedule of one is in force until it says otherwise."""
    for t_ns, epoch, body in store.execute(
        "SELECT t_ns, epoch, body FROM journal WHERE kind = 'cuff' ORDER BY seq"
    ):
        if epoch in times.by_epoch:
            said = journal.parse(body)
            t = Nanos(t_ns + times.by_epoch[epoch])
            yield CuffState(said["device"], t, CuffPhase(said["phase"]), said["interval_s"])


def _marks(store: sqlite3.Connection, times: _Times) -> Iterator[Marking]:
    """Yield what people marked invalid, and took back, when they did."""
    query = "SELECT t_ns, epoch, kind, body FROM journal WHERE kind IN (?, ?) ORDER BY seq"
    for t_ns, epoch, kind, body in store.execute(query, (INVALID, VALID)):
        if epoch in times.by_epoch:
            said = journal.parse(body)
            mark = Mark(said["user"], said["reason"])
            yield Marking(Nanos(t_ns + times.by_epoch[epoch]), said["reading"], mark, kind == INVALID)


def _closed(store: sqlite3.Connection, times: _Times) -> int | None:
    """Return when the session was ended, None when it was not."""
    found = store.execute(
        "SELECT t_ns, epoch FROM journal WHERE kind = ? ORDER BY seq DESC LIMIT 1", (journal.CLOSED,)
    ).fetchone()
    if found is None or found[1] not in times.by_epoch:
        return None
    return int(found[0]) + times.by_epoch[found[1]]


def _devices(values: Sequence[Numeric | Nibp], cuffs: Iterable[str]) -> Iterator[DeviceDecl]:
    channels: dict[str, dict[str, None]] = {}
    spoke: dict[str, list[int]] = {}
    for reading in values:
        known = channels.setdefault(reading.device_id, {})
        if isinstance(reading, Nibp):
            known.update(dict.fromkeys(PRESSURES))
        elif reading.channel in CATALOGUE:
            known[reading.channel] = None
            spoke.setdefault(f"{reading.device_id}\n{reading.channel}", []).append(reading.t)
    for device in sorted(cuffs):  # one that never measured is overdue all the same
        channels.setdefault(device, {}).update(dict.fromkeys(PRESSURES))
    for device, names in channels.items():
        judged = [spacing_s(spoke[key]) for name in names if (key := f"{device}\n{name}") in spoke]
        cuff = all(CATALOGUE[name].episodic or name == "cuff_pressure" for name in names)
        yield declared(device, tuple(names), min(judged, default=1.0), episodic=cuff)
