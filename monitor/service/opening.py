"""How a bed is opened: a session begun, a session resumed, or standby with the station's journal."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from alarms import preset as presets
from alarms.engine import Engine
from alarms.preset import Preset
from alarms.types import DeviceDecl, Step
from drivers import registry
from monitor.bed import Bed, Device, Session
from monitor.config import BedEntry
from monitor.core.clock import SECOND, Clock, Nanos
from monitor.link.messages import Message
from monitor.link.outgoing import UtcAnchor
from monitor.record.catalogue import State, describe, sessions
from monitor.record.recorder import Recorder
from monitor.record.resume import ReadBack, read_back
from monitor.record.session_file import Meta, SessionFile, path_in

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Station:
    """What all beds of one service share."""

    data_dir: Path
    clock: Clock
    epoch: str
    software: str
    preset: str
    ids: Callable[[], str]
    publish: Callable[[Message], None]
    sound: Callable[[], str]


def open_bed(
    entry: BedEntry, station: Station, *, start_session: bool, on_store: Callable[[str, str | None], None]
) -> Bed:
    """Return the bed, ready; RecordError when its file is held by another service or cannot be written.

    An open session is resumed. Otherwise `start_session` begins one; else the bed is in standby.
    `on_store` is called from the recorder's thread when the record fails or recovers.
    """
    anchor = UtcAnchor(station.clock.now(), station.clock.utc())
    preset = presets.load(station.preset)
    path, session_id = _choose(entry, station, start_session=start_session)
    past = read_back(path, station.clock) if path.exists() else None
    file = (
        SessionFile.open(path)
        if past
        else SessionFile.create(path, _meta(entry, station, anchor, preset, session_id))
    )
    recorder = Recorder(
        file,
        station.clock,
        station.epoch,
        on_state=lambda failed: on_store(entry.id, failed),
        software=station.software,
    )
    engine, step = _engine(entry, station, preset, past)
    session = Session(file.meta.session, _started(file.meta, station)) if session_id else None
    devices = [Device(d.id, d.model, d.simulated, d.replay) for d in entry.device]
    bed = Bed(
        entry.id,
        entry.title,
        devices,
        engine,
        recorder,
        station.clock,
        anchor,
        station.publish,
        session,
        station.sound,
    )
    if past is not None:
        bed.restore(past, step)
    return bed


def _choose(entry: BedEntry, station: Station, *, start_session: bool) -> tuple[Path, str | None]:
    """Return the file to write, and the session's id or None for standby."""
    for known in sessions(station.data_dir):
        if known.bed != entry.id or known.kind != "session":
            continue
        if known.state is State.DAMAGED:
            _log.warning("a damaged session file is left alone", file=str(known.path), why=known.detail)
        elif known.state is State.OPEN:
            return known.path, known.id
    if start_session:
        name = f"{station.clock.utc():%Y%m%dT%H%M%SZ}-{entry.id}"
        return path_in(station.data_dir, name), name
    return _station_journal(entry, station), None


def _station_journal(entry: BedEntry, station: Station) -> Path:
    """Return the journal of standby: the newest that is whole and open, else a new one beside it."""
    for number in itertools.count():
        path = path_in(station.data_dir, f"station-{entry.id}" + (f"-{number}" if number else ""))
        if not path.exists() or describe(path).state is State.OPEN:
            return path
        _log.warning("a station journal that cannot be continued is left alone", file=str(path))
    raise AssertionError("counting never ends")


def _meta(entry: BedEntry, station: Station, anchor: UtcAnchor, preset: Preset, session: str | None) -> Meta:
    now = station.clock.now()
    return Meta(
        session=session or f"station-{entry.id}",
        bed=entry.id,
        title=entry.title,
        started_utc_ns=anchor.nanos(now),
        started_t_ns=now,
        epoch=station.epoch,
        preset=preset.id,
        preset_text=preset.text,
        software=station.software,
        simulated=any(device.simulated for device in entry.device),
        replay=any(device.replay for device in entry.device),
        kind="session" if session else "station",
    )


def _engine(
    entry: BedEntry, station: Station, preset: Preset, past: ReadBack | None
) -> tuple[Engine, Step | None]:
    """Return the engine, restored where the file has a past, and what the restoring did."""
    now = station.clock.now()
    declared = []
    for device in entry.device:
        model = registry.load(device.model)
        declared.append(DeviceDecl(device.id, model.channels, episodic=model.episodic))
    fresh = Engine(preset, declared, now, ids=station.ids)
    if past is None:
        return fresh, None
    known = past.checkpoint
    try:
        return Engine.restore(
            preset,
            declared,
            known.dump if known is not None else fresh.dump(),
            now,
            gap_s=past.gap_s if past.same_boot else float("inf"),
            readings=past.readings,
            dump_t=known.t if known is not None and not past.same_boot else None,
            ids=station.ids,
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        _log.exception("the alarm states of before cannot be restored", bed=entry.id)
        text = "alarms of before the restart are lost: look at the patient"
        return fresh, fresh.set_condition("ALARM_ENGINE_STALL", True, text, now)


def _started(meta: Meta, station: Station) -> Nanos:
    """Return the session's start on this boot's clock."""
    age_ns = round(station.clock.utc().timestamp() * SECOND) - meta.started_utc_ns
    return Nanos(station.clock.now() - max(0, age_ns))
