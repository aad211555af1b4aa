"""One treatment place: every reading enters once, synchronously: ring, alarm engine, then out.

The bed ties stream, alarms, record and link together under one sequence of messages. It has one
writer, the service's loop; nothing waits between a reading and the alarm decision.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import structlog

from alarms.engine import Engine
from alarms.in_force import LIMIT_ACTS
from alarms.types import Act, AlarmEvent, Step
from drivers.orders import Orders
from monitor.claims import Claims
from monitor.clocks import ClockWatch
from monitor.commands import Commands
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.types import (
    GAP_SAMPLE,
    CuffState,
    DeviceInfo,
    Mark,
    Nibp,
    Numeric,
    Reading,
    Waveform,
)
from monitor.entries import Signals, alarm_entry, armed_entry, unseen_entry
from monitor.held import Device, Held
from monitor.link import messages
from monitor.link.messages import Command, Message, Reply
from monitor.link.outgoing import Translator, UtcAnchor, age_s
from monitor.record.recorder import Recorder
from monitor.record.resume import ReadBack
from monitor.stream.ring import Ring

_log = structlog.get_logger()

RING_S = 600.0
"""Seconds of waveform kept in memory for views; the record has all of it."""
DURABLE_WITHIN_S = 0.5
"""What lowers a signal waits at most this long for the disk (alarm decisions, 1)."""
BANNER_AFTER_S = 30.0
"""After a longer restart every screen says so until somebody acknowledges (alarm decisions, 2)."""
UNKNOWN = "not looked at yet"
"""So that a condition restored from before a restart meets the true state once."""
CHECKPOINT_EVERY = seconds(5)
"""The engine's state is kept at every event, and this often for what is pending."""


@dataclass(frozen=True, slots=True)
class Session:
    """The open session of a bed; None at the bed means standby."""

    id: str
    started: Nanos


class Bed:
    """One patient place. All methods run on the service's loop."""

    def __init__(
        self,
        bed_id: str,
        title: str,
        devices: Sequence[Device],
        engine: Engine,
        recorder: Recorder,
        clock: Clock,
        anchor: UtcAnchor,
        publish: Callable[[Message], None],
        session: Session | None,
        sound: Callable[[], str] = lambda: "none",
        store_trouble: str | None = None,
        prefer: Mapping[str, str] = MappingProxyType({}),
        orders: Mapping[str, Orders] = MappingProxyType({}),
    ) -> None:
        self._store_trouble = store_trouble
        self._sound = sound
        self.id = bed_id
        self._title = title
        self._devices = {device.id: device for device in devices}
        self._engine = engine
        self._recorder = recorder
        self.clock = clock
        self._anchor = anchor
        self._publish = publish
        self.session = session
        self._say = Translator(bed_id, anchor, self._is_replay)
        self._held = Held(self._devices, self._say)
        self._claims = Claims({device.id: _continuous(device.channels) for device in devices}, prefer)
        self._commands = Commands(engine, self, orders)
        self._clocks = ClockWatch(anchor)
        self._clocks_off = frozenset({UNKNOWN})
        self._rings: dict[str, Ring] = {}
        self._store_failed: str | None = UNKNOWN
        self._restored_after_s: float | None = None
        self.cycles: Mapping[str, float] = {}
        """Minutes of the cuffs' cycles before a restart, 0: none; a cuff not in it begins as configured."""
        self._checkpoint_due = clock.now()
        self.simulated = any(device.simulated for device in devices)
        self.replay = any(device.replay for device in devices)

    def _is_replay(self, device_id: str) -> bool:
        """Return whether a device replays a recording; one that is bound no more left real readings."""
        device = self._devices.get(device_id)
        return device is not None and device.replay

    # --- readings in -------------------------------------------------------------------------

    def accept(self, reading: Reading) -> None:
        """Take one reading: ring, alarm decision, record, clients, in this order."""
        now = self.clock.now()
        device = self._devices[reading.device_id]
        if isinstance(reading, Waveform):
            if device.gives(reading.channel):
                self._accept_waveform(reading, now)
            return
        if isinstance(reading, DeviceInfo | CuffState):
            self._accept_telling(reading, now)
            return
        if isinstance(reading, Numeric) and (reading.stored or not device.gives(reading.channel)):
            self._set_aside(reading)
            return
        if isinstance(reading, Numeric) and reading.device_time is not None and not device.replay:
            self._clocks.hear(reading, self.clock.utc().astimezone().replace(tzinfo=None))
        utc_ns = self._anchor.nanos(reading.t)
        if isinstance(reading, Nibp):
            reading = device.used(reading)
            reading, utc_ns = self._held.identify(reading, utc_ns)
        step = self._engine.accept(reading, reading.t)
        self._recorder.reading(reading, utc_ns)
        accepted = step.accepted if step.accepted is not None else reading
        self.take_step(step, now)
        self._keep(accepted, now)

    def _accept_telling(self, reading: DeviceInfo | CuffState, now: Nanos) -> None:
        """Take what a device says of itself or a cuff does: into the journal, and to the clients."""
        if isinstance(reading, DeviceInfo):
            if not self._held.says_news(reading):
                return
            said = {"field": reading.field.value, "text": reading.text}
            self.write("device_info", {"device": reading.device_id, **said}, reading.t)
        else:
            body: dict[str, object] = {
                "phase": reading.phase.value,
                "interval_s": reading.interval_s,
                "detail": reading.detail,
            }
            self.write("cuff", {"device": reading.device_id, **body}, reading.t)
            self.take_step(self._engine.accept(reading, reading.t), now)
        self._keep(reading, now)

    def _set_aside(self, reading: Numeric) -> None:
        """Write down a reading from a device's memory; it is neither shown nor judged as this patient now."""
        if not reading.stored:
            return  # a channel that this bed does not use
        body = {
            "device": reading.device_id,
            "channel": reading.channel,
            "value": reading.value,
            "unit": reading.unit.value,
            "device_time": reading.device_time.isoformat() if reading.device_time else None,
        }
        self.write("stored_reading", body, reading.t)

    def _accept_waveform(self, chunk: Waveform, now: Nanos) -> None:
        self._recorder.reading(chunk, self._anchor.nanos(chunk.t))
        if not self._shown(chunk.channel, chunk.device_id):
            return
        ring = self._rings.get(chunk.channel)
        if ring is None or ring.rate_hz != chunk.rate_hz:
            ring = self._rings[chunk.channel] = Ring(chunk.rate_hz, RING_S)
        if chunk.lost:
            ring.append_gap(chunk.lost, chunk.t)
        first = ring.total
        values = chunk.samples.astype(np.float32) * np.float32(chunk.scale) + np.float32(chunk.offset)
        values[chunk.samples == GAP_SAMPLE] = np.nan
        ring.append(values, chunk.t)
        self._publish(self._say.waveform(chunk, first, now))

    def _keep(self, reading: Reading, now: Nanos) -> None:
        """Remember what a client that comes later must see, and tell those who are here."""
        shown = True
        if isinstance(reading, Numeric):
            before = dict(self._claims.shown)
            there = reading.value is not None
            shown = self._claims.take(reading.channel, reading.device_id, there, reading.t)
            self._tell_sources(before, now)
        said = self._held.keep(reading, now, shown=shown)
        if said is not None:
            self._publish(said)

    def _shown(self, channel: str, device: str) -> bool:
        """Return whether this device is the one shown for the channel."""
        return self._claims.shown.get(channel, device) == device

    def _tell_sources(self, before: Mapping[str, str], now: Nanos) -> None:
        """Say that another device is shown for a channel: in the journal, and by a snapshot."""
        moved = {name: to for name, to in self._claims.shown.items() if before[name] != to}
        for channel, device in moved.items():
            self.write("source", {"channel": channel, "device": device, "instead_of": before[channel]}, now)
            self._rings.pop(channel, None)
        if moved:
            self._publish(self.snapshot())

    # --- alarms ------------------------------------------------------------------------------

    def tick(self) -> None:
        """Step the alarm engine; once a second, also while every device is away."""
        now = self.clock.now()
        self.take_step(self._engine.tick(now), now)
        before = dict(self._claims.shown)
        self._claims.look(now)
        self._tell_sources(before, now)
        if now >= self._checkpoint_due:
            self._checkpoint(now)
        self._look_at_clocks(now)
        self.look_at_store()  # a disk that hangs calls nobody

    def _look_at_clocks(self, now: Nanos) -> None:
        """Raise or end CLOCK_STEP; another clock that is off is an alarm of its own."""
        self._clocks.look(now, self.clock.utc())
        if self._clocks.who == self._clocks_off:
            return
        more = not self._clocks.who <= self._clocks_off
        self._clocks_off = self._clocks.who
        if more or not self._clocks_off:
            self.host_condition("CLOCK_STEP", False, "")
        if more:
            self.host_condition("CLOCK_STEP", True, self._clocks.off)

    def quiet_due(self) -> Nanos | None:
        """Return when the sound comes back to the bed unless its holder beats before; None: it is here."""
        return self._engine.quiet.due()

    def look_at_quiet(self) -> None:
        """Let the sound come back now if its holder is lost; at the moment that `quiet_due` says."""
        now = self.clock.now()
        self.take_step(self._engine.look_at_quiet(now), now)

    def host_condition(self, condition: str, active: bool, text: str) -> None:
        """Raise or end a technical condition of the station itself, such as STORE_FAIL."""
        now = self.clock.now()
        self.take_step(self._engine.set_condition(condition, active, text, now), now)

    def take_step(self, step: Step, now: Nanos) -> None:
        """Tell clients what the engine decided, then write it down: raising never waits for the disk."""
        if step.events or step.acts:  # before the journal, so that both are in one transaction
            self._checkpoint(now)
        told = [
            (event, self._say.alarm(event, self.simulated, self.replay, self._say.next_seq()))
            for event in step.events
        ]
        for _, said in told:
            self._publish(said)
        if told:
            self._write_events(told, now)
        for act in step.acts:
            self._write_act(act)
        if step.rows_changed:
            self._publish(self._board(now, self._say.next_seq()))
        self._measure_for(step.acts, now)
        if any(act.act in LIMIT_ACTS for act in step.acts):
            self._publish(self.snapshot())

    def _write_events(self, told: Sequence[tuple[AlarmEvent, messages.Alarm]], now: Nanos) -> None:
        """Write down each event with what is seen, heard and in force after the step."""
        signals, limits = self._signals(now), self._engine.preset.limits_in_force()
        for event, said in told:
            self.write("alarm", alarm_entry(said, event, limits, signals), event.t)

    def _measure_for(self, acts: Sequence[Act], now: Nanos) -> None:
        """Let cuffs measure as alarms want; where one does not, a person must, and the row says so."""
        for act in (act for act in acts if act.act == "measure"):
            device = str(dict(act.more)["device"])
            ok, text = self._commands.measure_again(device, act.seconds, act.reason)
            self.write("cuff_asked", {"device": device, "ok": ok, "text": text}, now)
            if not ok:
                self.take_step(self._engine.measure_refused(device, now), now)

    def _write_act(self, act: Act) -> None:
        """Write down what of an act is not empty."""
        body = {
            "condition": act.condition,
            "occurrence": act.occurrence,
            "user": act.user,
            "reason": act.reason,
            "seconds": act.seconds,
            "outcome": act.outcome,
            "text": act.text,
        }
        told = {key: value for key, value in body.items() if value}
        self.write(act.act, {**told, **dict(act.more)}, act.t)

    def _signals(self, now: Nanos) -> Signals:
        """Return what is seen and heard now, for the journal."""
        engine = self._engine
        return Signals(engine.rows(now), engine.sounding, engine.paused(now)[1] != "", engine.sounds_here)

    def _checkpoint(self, now: Nanos) -> None:
        self._recorder.checkpoint(self._engine.dump(), self._anchor.nanos(now), now)
        self._checkpoint_due = Nanos(now + CHECKPOINT_EVERY)

    def _board(self, now: Nanos, seq: int) -> messages.AlarmBoard:
        rows = [self._say.row(row, now) for row in self._engine.rows(now)]
        highest, sounding = self._engine.highest, self._engine.sounding
        paused_s, paused_by = self._engine.paused(now)
        return messages.AlarmBoard(
            bed=self.id,
            seq=seq,
            rows=rows,
            highest=highest.label if highest is not None else None,
            sounding=sounding.label if sounding is not None else None,
            paused_s=round(paused_s, 1),
            paused_by=paused_by,
            off=[self._say.off(off, now) for off in self._engine.off],
            louder_db=self._engine.louder_db,
            quiet=self._say.quiet(self._engine.quiet, now),
            sounds_here=self._engine.sounds_here,
            simulated=self.simulated,
            replay=self.replay,
        )

    def write(self, kind: str, body: Mapping[str, object], t: Nanos) -> Future[int]:
        """Add an entry to the journal."""
        return self._recorder.journal(kind, body, self._anchor.nanos(t), t)

    # --- what commands need ----------------------------------------------------------------

    async def command(self, command: Command) -> Reply:
        """Carry out what a person asks, once; a repeated command gets the first answer."""
        return await self._commands.carry_out(command)

    def about(self, reading: str) -> Mapping[str, object]:
        """Return what a cuff reading is, for the journal."""
        return self._held.about(reading)

    def marked(self, reading: str, mark: Mark | None) -> None:
        """Tell clients that a cuff reading is marked invalid; None: valid again."""
        said = self._held.mark(reading, mark, self.clock.now())
        if said is not None:
            self._publish(said)
        self._publish(self.snapshot())

    def looked(self) -> None:
        """A person has looked at the alarms that a restart brought back."""
        if self._restored_after_s is not None:
            self._restored_after_s = None
            self._publish(self.snapshot())

    async def durable(self, writing: Future[int]) -> bool:
        """Wait for the disk, at most DURABLE_WITHIN_S; at once False while the record has failed."""
        if self._recorder.failed is not None:
            return False
        try:
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(writing)), DURABLE_WITHIN_S)
        except TimeoutError:
            _log.warning("the disk is slow: carried out from memory", bed=self.id)
            return False
        return True

    # --- for a client that comes now ------------------------------------------------------------

    def snapshot(self) -> messages.Snapshot:
        """Return the whole bed as it is now."""
        now = self.clock.now()
        seq = self._say.seq
        preset = self._engine.preset
        return messages.Snapshot(
            bed=self.id,
            seq=seq,
            title=self._title,
            session=self.session.id if self.session else None,
            session_age_s=age_s(self.session.started, now) if self.session else None,
            preset=preset.title,
            preset_note=preset.note,
            devices=self._held.devices(seq),
            numerics=self._held.numerics(now, seq, self._shown),
            nibp=self._held.nibp(now, seq),
            nibps=self._held.nibps(now, seq),
            cuffs=self._held.cuffs(now, seq),
            sources=dict(self._claims.shown),
            board=self._board(now, seq),
            limits=[self._say.limit(shown) for shown in self._engine.limits.shown()],
            baseline=self._say.baseline(self._engine.limits.frozen, now),
            limits_changed=self._engine.limits.differing,
            trend=self._held.backfill(now),
            waveforms=list(self._rings),
            sound=self._sound(),
            store=self._store_text(),
            restored_after_s=self._restored_after_s,
            utc=self._anchor.text(now),
            simulated=self.simulated,
            replay=self.replay,
        )

    def _store_text(self) -> str:
        failed = self._recorder.failed or self._store_trouble
        if failed is not None:
            return f"failed: {failed}"
        return "recording" if self.session else "standby"

    # --- the record, restart and the end -------------------------------------------------------

    def look_at_store(self) -> None:
        """Raise or end STORE_FAIL when the record fails or recovers, and tell clients its state."""
        failed = self._recorder.failed or self._store_trouble
        if failed == self._store_failed:
            return
        self._store_failed = failed
        self.host_condition("STORE_FAIL", failed is not None, failed or "")
        self._publish(self.snapshot())

    def begin(self, software: str) -> None:
        """Write down that the station is on, and what it judges with: constant until the next start."""
        now = self.clock.now()
        session = self.session.id if self.session is not None else ""
        self.write("power", {"event": "start", "software": software}, now)
        station = {"session": session, "bed": self.id, "title": self._title, "software": software}
        marks = {"simulated": self.simulated, "replay": self.replay}
        devices = {
            device.id: {
                "model": device.model,
                "channels": list(device.channels or ()),
                "simulated": device.simulated,
                "replay": device.replay,
            }
            for device in self._devices.values()
        }
        self.write("armed", armed_entry(self._engine.preset, devices, station | marks), now)

    def held_up(self, span_s: float) -> None:
        """Write down that the service stood still: what came meanwhile has no known time."""
        self.write("held_up", {"seconds": span_s}, self.clock.now())

    def sound_changed(self, failed: str | None) -> None:
        """Raise or end AUDIO_FAIL, and tell clients the state of the station's sound.

        The test tone at the start goes the way of an alarm: "ok" says that it was played.
        """
        tested = {"part": "sound", "state": self._sound(), "ok": failed is None}
        self.write("selftest", tested, self.clock.now())
        self.host_condition("AUDIO_FAIL", failed is not None, failed or "")
        self._publish(self.snapshot())

    def restore(self, past: ReadBack, step: Step | None) -> None:
        """Take up what the file holds: the last values with their age, the trend, the restored alarms."""
        now = self.clock.now()
        self._held.restore(past, self._shown)
        if step is not None:
            self.take_step(step, now)
        self.take_step(self._engine.reconcile(past.marks, now), now)
        long = past.gap_s > BANNER_AFTER_S or not past.same_boot
        if long and self.session is not None and (self._engine.rows(now) or self._engine.off):
            self._restored_after_s = round(past.gap_s, 1)

    def close(self, *, ended: bool) -> None:
        """Write what is left and give the file back; a session that is not `ended` can be resumed."""
        now = self.clock.now()
        over = ended and self.session is not None
        if over:
            unseen = unseen_entry(self._engine.rows(now))
            self.take_step(self._engine.close_session(now), now)
            ended_with = {"session": self.session.id if self.session else "", "unacknowledged": unseen}
            self.write("session_end", ended_with, now)
            if unseen:
                texts = list(dict.fromkeys(one["text"] for one in unseen))
                _log.warning(
                    "the session ended with alarms that nobody had acknowledged", bed=self.id, alarms=texts
                )
        self.write("power", {"event": "stop", "ended": over}, now)
        self._checkpoint(now)
        self._recorder.close(ended=over, reason="ended by the station" if over else "")


def _continuous(channels: Sequence[str]) -> list[str]:
    """Return the channels that only one device at a time can be shown for; every cuff reading is shown."""
    return [name for name in channels if name in CATALOGUE and not CATALOGUE[name].episodic]
