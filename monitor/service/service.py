"""All beds of one station behind one socket: devices in, alarms and record, clients out.

A device, a client or a broker that misbehaves costs its own task a retry, never the service.
"""

import asyncio
import importlib.metadata
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog

from alarms.sound.output import SoundOutput
from drivers import registry
from drivers.orders import Orders
from drivers.supervisor import DeviceConfig, supervise
from monitor.bed import Bed
from monitor.config import BedEntry, Config, DeviceEntry
from monitor.core.clock import SECOND, Clock, Nanos
from monitor.link import messages
from monitor.link.local import LocalServer
from monitor.link.messages import Command, Message, Reply
from monitor.link.mqtt import MqttPublisher
from monitor.link.run_dir import SOCKET
from monitor.service.opening import Station, open_bed
from monitor.service.sounding import StationSound

_log = structlog.get_logger()

SNAPSHOT_EVERY_TICKS = 5
"""Over MQTT nobody can ask for a snapshot: a late-comer waits at most this long for the next."""
QUIET_LOOK_S = 0.25
"""How often the leases of quiet rooms are looked at besides the moment in which one ends."""
WHOLE_AGAIN_TICKS = 60
"""An engine that failed counts as whole after this long without another failure."""
VERSION = importlib.metadata.version("vigil")


class Service:
    """One station. `run` owns every task and file until it returns."""

    def __init__(self, config: Config, run_dir: Path, data_dir: Path, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._epoch = uuid.uuid4().hex
        self._beds: dict[str, Bed] = {}
        self._orders = {bed.id: {device.id: Orders() for device in _ordered(bed)} for bed in config.bed}
        self._server = LocalServer(run_dir / SOCKET, self)
        self._mqtt = MqttPublisher(config.mqtt.url, config.mqtt.waves) if config.mqtt else None
        self._sound = StationSound(
            None if config.audio.output == "none" else SoundOutput(config.audio.volume)
        )
        self._broken: dict[str, int] = {}  # beds whose engine failed: ticks without a failure since
        self._station = Station(
            data_dir,
            clock,
            self._epoch,
            VERSION,
            config.alarms.preset,
            lambda: uuid.uuid4().hex,
            self._publish,
            self._sound.text,
        )

    async def run(self, stop: asyncio.Event, *, start_session: bool, end_session: bool = False) -> None:
        """Serve until `stop` is set; errors of start-up are raised before anything is served.

        `end_session`: an orderly stop ends the open sessions; else the next start resumes them.
        """
        ended = False
        try:
            self._open_beds(start_session=start_session)
            self._sound.start()
            await self._server.start()
            for bed in self._beds.values():
                _log.info("serving", bed=bed.id, session=bed.session.id if bed.session else "standby")
            await self._work(stop)
            ended = end_session
        finally:
            await self._server.stop()
            await asyncio.to_thread(self._sound.close)
            for bed in self._beds.values():
                await asyncio.to_thread(bed.close, ended=ended)

    async def _work(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._tick(), name="tick"),
                tasks.create_task(self._sound.watch(self._sound_changed), name="sound"),
                tasks.create_task(self._watch_quiet(), name="quiet"),
            ]
            for entry in self._config.bed:
                for device in entry.device:
                    job = supervise(
                        _device_config(device, self._beds[entry.id].cycles),
                        self._beds[entry.id].accept,
                        self._clock,
                        orders=self._orders[entry.id].get(device.id),
                    )
                    running.append(tasks.create_task(job, name=f"device {entry.id}/{device.id}"))
            if self._mqtt is not None:
                running.append(tasks.create_task(self._mqtt.run(), name="mqtt"))
                for message in self.greeting():
                    self._mqtt.publish(message)
            await stop.wait()
            if self._mqtt is not None:
                self._mqtt.stop()
            for task in running:
                task.cancel()

    def _open_beds(self, *, start_session: bool) -> None:
        loop = asyncio.get_running_loop()

        def on_store(bed: str, failed: str | None) -> None:
            loop.call_soon_threadsafe(self._store_changed, bed)

        for entry in self._config.bed:
            self._beds[entry.id] = open_bed(
                entry,
                self._station,
                start_session=start_session,
                on_store=on_store,
                orders=self._orders[entry.id],
            )

    def _store_changed(self, bed: str) -> None:
        if bed in self._beds:
            self._beds[bed].look_at_store()

    async def _tick(self) -> None:
        """Every second: step the alarm engines and show clients a sign of life."""
        due = self._clock.now()
        count = 0
        while True:
            for bed in self._beds.values():
                self._step(bed)
            self._publish(self._heartbeat())
            count += 1
            if self._mqtt is not None and count % SNAPSHOT_EVERY_TICKS == 0:
                for message in self.greeting():  # a broker may have lost what it had retained
                    self._mqtt.publish(message)
            due = Nanos(due + SECOND)
            late = self._clock.now() - due
            if late > SECOND:
                self._held_up(round(late / SECOND, 2))
                due = self._clock.now()
            await asyncio.sleep(max(0.0, (due - self._clock.now()) / SECOND))

    async def _watch_quiet(self) -> None:
        """Let a bed sound again in the moment in which whoever sounds for it counts as lost."""
        while True:
            now, wait = self._clock.now(), QUIET_LOOK_S
            for bed in self._beds.values():
                due = bed.quiet_due()
                if due is not None and now >= due:
                    self._take_sound_back(bed)
                elif due is not None:
                    wait = min(wait, (due - now) / SECOND)
            await asyncio.sleep(wait)

    def _take_sound_back(self, bed: Bed) -> None:
        try:
            bed.look_at_quiet()
        except Exception:  # noqa: BLE001 - one bed's broken engine must not cost the others the sound
            _log.exception("the loss of a quiet room could not be alarmed", bed=bed.id)

    def _held_up(self, span_s: float) -> None:
        _log.warning("the service was held up", seconds=span_s)
        for bed in self._beds.values():
            bed.held_up(span_s)

    def _step(self, bed: Bed) -> None:
        """Tick one bed; a rule that breaks becomes a technical alarm and never stops the other beds."""
        try:
            bed.tick()
        except Exception:  # noqa: BLE001 - the station must go on, whatever broke
            _log.exception("the alarm engine failed", bed=bed.id)
            self._broken[bed.id] = 0
            text = "a rule of the alarm engine failed; see the service's log"
            bed.host_condition("ALARM_ENGINE_STALL", True, text)
            return
        if bed.id in self._broken:
            self._broken[bed.id] += 1
            if self._broken[bed.id] >= WHOLE_AGAIN_TICKS:
                del self._broken[bed.id]
                bed.host_condition("ALARM_ENGINE_STALL", False, "")

    def _sound_changed(self, failed: str | None) -> None:
        for bed in self._beds.values():
            try:
                bed.sound_changed(failed)
            except Exception:  # noqa: BLE001 - one bed's broken engine must not cost the others the sound
                _log.exception("the loss of the sound could not be alarmed", bed=bed.id)

    def _heartbeat(self) -> messages.Heartbeat:
        flash = self._clock.now() % (60 * SECOND) / SECOND
        return messages.Heartbeat(
            epoch=self._epoch, utc=self._clock.utc().isoformat(timespec="milliseconds"), flash=flash
        )

    def _publish(self, message: Message) -> None:
        if isinstance(message, messages.AlarmBoard):
            self._sound.show(message)
        self._server.publish(message)
        if self._mqtt is not None:
            self._mqtt.publish(message)

    # --- what the local server asks ----------------------------------------------------------

    def greeting(self) -> list[Message]:
        """Return the hello and a snapshot of every bed."""
        hello = messages.Hello(
            schema=messages.SCHEMA, epoch=self._epoch, version=VERSION, beds=list(self._beds)
        )
        return [hello, *(bed.snapshot() for bed in self._beds.values())]

    def snapshot(self, bed: str) -> Message | None:
        """Return the snapshot of one bed, None when there is no such bed."""
        known = self._beds.get(bed)
        return known.snapshot() if known is not None else None

    async def command(self, command: Command) -> Reply:
        """Hand a command to its bed and return the answer."""
        bed = self._beds.get(command.bed)
        if bed is None:
            return Reply(id=command.id, ok=False, text=f"there is no bed {command.bed!r} here")
        return await bed.command(command)


def _ordered(bed: BedEntry) -> Iterator[DeviceEntry]:
    """Yield the bed's devices that take a person's orders."""
    return (device for device in bed.device if registry.load(device.model).orders)


def _device_config(device: DeviceEntry, cycles: Mapping[str, float]) -> DeviceConfig:
    """Return what the device's behaviour is told; a cycle goes on after a restart as a person left it."""
    options = {
        "unverified": device.unverified,
        "baudrate": device.baudrate,
        "interval_min": cycles.get(device.id, device.interval_min),
    }
    return DeviceConfig(
        device.id, device.model, device.port, device.address, simulated=device.simulated, options=options
    )
