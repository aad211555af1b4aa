"""How a bed is opened: a session begun, a session resumed, or standby with the station's journal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import structlog

from alarms import preset as presets
from alarms.engine import Engine
from alarms.preset import Preset
from alarms.types import DeviceDecl, Step
from drivers import registry
from drivers.orders import OrderKind, Orders
from monitor.bed import Bed, Session
from monitor.config import BedEntry, DeviceEntry
from monitor.core.clock import SECOND, Clock, Nanos
from monitor.core.errors import ConfigError
from monitor.core.types import Reading
from monitor.held import Device
from monitor.link.messages import Message
from monitor.link.outgoing import UtcAnchor
from monitor.record.recorder import Recorder
from monitor.record.resume import ReadBack
from monitor.record.session_file import Meta
from monitor.service.book import Book, open_book

_log = structlog.get_logger()

LOST = "alarms of before the restart are lost: look at the patient"


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
    entry: BedEntry,
    station: Station,
    *,
    start_session: bool,
    on_store: Callable[[str, str | None], None],
    orders: Mapping[str, Orders] = MappingProxyType({}),
) -> Bed:
    """Return the bed, ready; RecordError when its file is held by another service or cannot be written.

    ConfigError when the preset may not judge these devices, or the configuration has a patient's baseline.

    An open session is resumed. Otherwise `start_session` begins one; else the bed is in standby.
    `on_store` is called from the recorder's thread when the record fails or recovers.
    """
    anchor = UtcAnchor(station.clock.now(), station.clock.utc())
    preset = armed_preset(entry, station.preset)

    def meta(name: str, is_session: bool) -> Meta:
        return _meta(entry, station, anchor, preset, name, is_session=is_session)

    book = open_book(entry.id, station.data_dir, station.clock, start_session=start_session, meta=meta)
    recorder = Recorder(
        book.file,
        station.clock,
        station.epoch,
        on_state=lambda failed: on_store(entry.id, failed),
        software=station.software,
    )
    engine, step, whole = _engine(entry, station, preset, book.past)
    session = Session(book.session, _started(book, station)) if book.session else None
    devices = [_device(device) for device in entry.device]
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
        book.trouble,
        entry.prefer,
        orders,
    )
    if book.past is not None and whole:
        bed.cycles = engine.cycles_min
    bed.begin(station.software)
    if book.past is not None:
        bed.restore(book.past, step)
    if book.lost is not None:
        bed.host_condition("ALARM_ENGINE_STALL", True, book.lost)
    return bed


def armed_preset(entry: BedEntry, name: str) -> Preset:
    """Return the bed's preset; ConfigError when it may not judge what is connected there."""
    if entry.baseline is None:
        preset = presets.waiting(name)
    else:
        real = [device.id for device in entry.device if not (device.simulated or device.replay)]
        if real:
            raise ConfigError(
                f"{entry.id}: baseline: it is of one patient, and {real[0]} is a real device:"
                " take it out, and freeze the baseline at the bed"
            )
        preset = presets.load(name, entry.baseline)
    judging = preset.follows.id if preset.follows is not None else preset.id
    for device in entry.device:
        refusal = preset.refusal() if not (device.simulated or device.replay) else ""
        if refusal:
            raise ConfigError(f"{judging} {refusal}; {device.id} is a real device")
        late = preset.delay_faults(registry.load(device.model).averaging_s, used_channels(device))
        if late:
            raise ConfigError(f"{device.id}: " + "; ".join(late))
    return preset


def used_channels(device: DeviceEntry) -> tuple[str, ...]:
    """Return the channels that the bed uses of a device: those configured, else all it gives."""
    return device.channels if device.channels is not None else registry.load(device.model).channels


def _device(entry: DeviceEntry) -> Device:
    model = registry.load(entry.model)
    return Device(
        entry.id,
        entry.model,
        entry.simulated,
        entry.replay,
        channels=used_channels(entry),
        orders=tuple(sorted(kind.value for kind in model.orders)),
        interval_s=model.interval_s,
    )


def _meta(
    entry: BedEntry, station: Station, anchor: UtcAnchor, preset: Preset, name: str, *, is_session: bool
) -> Meta:
    now = station.clock.now()
    return Meta(
        session=name,
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
        kind="session" if is_session else "station",
    )


def _engine(
    entry: BedEntry, station: Station, preset: Preset, past: ReadBack | None
) -> tuple[Engine, Step | None, bool]:
    """Return the engine, restored where the file has a past, what that told, and whether it is whole."""
    now = station.clock.now()
    declared = []
    for device in entry.device:
        model = registry.load(device.model)
        declared.append(
            DeviceDecl(
                device.id,
                used_channels(device),
                episodic=model.episodic,
                interval_s=model.interval_s,
                limb=device.limb,
                commanded=OrderKind.START in model.orders,
            )
        )
    fresh = Engine(preset, declared, now, ids=station.ids)
    if past is None:
        return fresh, None, True
    known = past.checkpoint
    try:
        engine, step = Engine.restore(
            preset,
            declared,
            known.dump if known is not None else fresh.dump(),
            now,
            gap_s=past.gap_s if past.same_boot else float("inf"),
            readings=_known_readings(past),
            dump_t=known.t if known is not None and not past.same_boot else None,
            ids=station.ids,
        )
        if known is not None or not (past.numerics or past.nibps):
            return engine, step, True
        _log.error("no alarm state of before is whole", bed=entry.id)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        _log.exception("the alarm states of before cannot be restored", bed=entry.id)
        engine = fresh
    return engine, engine.set_condition("ALARM_ENGINE_STALL", True, LOST, now), False


def _known_readings(past: ReadBack) -> tuple[Reading, ...]:
    """Return the readings of the last seconds, after all cuff measurements that were judged before them.

    A cuff may send its whole memory again: what was known before a restart is known after it.
    """
    first = past.readings[0].t if past.readings else None
    before = [nibp for nibp in past.nibps if first is None or nibp.t < first]
    return (*before, *past.readings)


def _started(book: Book, station: Station) -> Nanos:
    """Return the session's start on this boot's clock; only across a boot the wall clock must tell."""
    meta, now = book.file.meta, station.clock.now()
    if book.past is None or book.past.same_boot:
        return Nanos(min(now, meta.started_t_ns))
    age_ns = round(station.clock.utc().timestamp() * SECOND) - meta.started_utc_ns
    return Nanos(now - max(0, age_ns))
