"""Brings a whole simulation up in a run directory, and takes it down again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from typing import cast as cast_to

from monitor.core.clock import Clock, SystemClock
from monitor.core.errors import ConfigError
from simulators import models, player
from simulators import scenario as scenarios
from simulators.control import Control, prompted, served
from simulators.device import Announce, Device
from simulators.machine import SerialSim, Setting
from simulators.recordings.recording import Recording
from simulators.rendezvous import Offered, OfferedBed, RunDir
from simulators.scenario import Bed, Scenario
from simulators.serial_device import SerialDevice
from simulators.subject import Subject, VirtualSubject
from simulators.udp_device import DatagramSim, UdpDevice
from simulators.wire import Wire

if TYPE_CHECKING:
    from simulators.radio import SimRadio

OXIMETER = "nonin-df7"
OXIMETER_ADDRESS = "C0:00:00:00:00:03"
STRAP_ADDRESS = "C0:00:00:00:00:01"
CUFF_ADDRESS = "C0:00:00:00:00:02"
SETTLE_S = 1.5
"""From a port's first opening to the first replayed byte: a driver empties the line as it opens it,
and a client that waits for the service is there by then, so that all hear the first row."""
LOOK_S = 0.02


@dataclass(slots=True)
class Air:
    """The virtual radio, where the scenario needs one."""

    bus: str | None = None
    radio: "SimRadio | None" = None


@dataclass(slots=True)
class Stage:
    """What is built and runs: shared by the builders below."""

    run_dir: RunDir
    wire: Wire
    seed: int
    speed: float
    announce: Announce
    local_time: Callable[[], datetime]
    recording: Recording | None
    devices: dict[str, Device] = field(default_factory=dict)
    patients: dict[str, VirtualSubject] = field(default_factory=dict)
    beds: list[OfferedBed] = field(default_factory=list)
    air: Air = field(default_factory=Air)


async def simulate(
    scenario: Scenario | Path | str,
    run_dir: Path,
    *,
    replay: Path | None = None,
    seed: int = 1,
    speed: float | None = None,
    announce: Announce = print,
    minutes: float | None = None,
    model: str | None = None,
    radio: bool = False,
    prompt: bool = False,
    end_with_story: bool = False,
    clock: Clock | None = None,
) -> None:
    """Run the devices of `scenario` (or of a recording) until cancelled or told to quit.

    `minutes` and `speed` change the scenario's own; with `replay` both and the scenario are not
    used: the recording goes to a `model`, and `radio` adds strap and cuff where it has data.
    After the scenario's minutes the devices go on with a calm patient, unless `end_with_story`.
    """
    recording = None if replay is None else player.load(replay)
    cast = _cast(scenario, minutes, speed) if recording is None else replayed(recording, model, radio)
    clock = clock or SystemClock()
    wire = Wire(clock)
    async with contextlib.AsyncExitStack() as stack:
        directory = stack.enter_context(RunDir(run_dir))
        stage = Stage(
            run_dir=directory,
            wire=wire,
            seed=seed,
            speed=cast.speed,
            announce=announce,
            local_time=lambda: clock.utc().astimezone().replace(tzinfo=None),
            recording=recording,
        )
        await _build(stage, cast, stack)
        over = asyncio.Event()
        control = Control(stage.devices, stage.patients, over.set, wire.now_s)
        await stack.enter_async_context(served(control, directory.control))
        if prompt:
            await stack.enter_async_context(prompted(control))
        directory.offer(stage.beds, replay=recording is not None, bus=stage.air.bus)
        announce(f"ready in {directory.path}: {', '.join(stage.devices)}; {cast.title}")
        await _play(stage, cast, control, over, end_with_story)


def replayed(recording: Recording, model: str | None, radio: bool) -> Scenario:
    """Return one bed with the devices that `recording` has data for; ConfigError if there are none.

    A `model` that is named sends what it can; without one an oximeter is chosen where there is oximetry.
    With `radio` a strap and a cuff send heart rate and pressures.
    """
    devices: list[scenarios.Device] = []
    if recording.for_oximeter or model is not None:
        model = model or OXIMETER
        address = OXIMETER_ADDRESS if models.is_wireless(model) else None
        id = "oximeter" if recording.for_oximeter else "monitor"
        devices.append(scenarios.Device(id=id, model=model, address=address))
    if radio and recording.for_strap:
        devices.append(scenarios.Device(id="strap", model="ble-heart-rate", address=STRAP_ADDRESS))
    if radio and recording.for_cuff:
        devices.append(scenarios.Device(id="cuff", model="ble-blood-pressure", address=CUFF_ADDRESS))
    if not devices:
        raise ConfigError(
            f"{recording.name}: nothing to play: needs PULSE, SpO2 or PLETH for an oximeter, or a named model"
            + ("" if radio else "; HR and cuff pressures need the virtual radio")
        )
    cast = Scenario(title=f"recording {recording.name}", bed=(Bed("bed1", "Room 1", tuple(devices)),))
    scenarios.check(cast, recording.name)
    return cast


def _cast(scenario: Scenario | Path | str, minutes: float | None, speed: float | None) -> Scenario:
    cast = scenario if isinstance(scenario, Scenario) else scenarios.load(scenario)
    if minutes is not None:
        cast = cast.lasting(minutes)
    return cast if speed is None else cast.at_speed(speed)


async def _build(stage: Stage, cast: Scenario, stack: contextlib.AsyncExitStack) -> None:
    """Make every device; `stack` takes them down."""
    if cast.wireless:
        await stack.enter_async_context(_on_air(stage))
    for number, bed in enumerate(cast.bed):
        seed = stage.seed + number
        patient = bed.virtual_subject(seed, stage.speed)
        if stage.recording is None:
            stage.patients[bed.id] = patient
        offered = []
        for spec in bed.device:
            setting = _setting(stage, spec, stage.recording or patient)
            device = await _device(stage, spec, setting)
            stack.push_async_callback(device.close)
            stage.devices[spec.id] = device
            offered.append(Offered(spec.id, spec.model, _port(device), spec.address))
        stage.beds.append(OfferedBed(bed.id, bed.title, offered))


async def _device(stage: Stage, spec: scenarios.Device, setting: Setting) -> Device:
    if spec.wireless:
        return await _wireless(stage, spec, setting)
    if spec.link == "udp":
        return await _networked(stage, spec, setting)
    return _wired(stage, spec, setting)


def _port(device: Device) -> Path | str | None:
    """Return where a service finds a device that has no address."""
    if isinstance(device, UdpDevice):
        return device.url
    return device.port.link if isinstance(device, SerialDevice) else None


async def _networked(stage: Stage, spec: scenarios.Device, setting: Setting) -> UdpDevice:
    machine = cast_to(DatagramSim, models.load(spec.model)).make_datagrams(setting)
    device = UdpDevice(spec.id, machine, setting.subject, stage.wire, stage.seed, stage.announce)
    await device.plug()
    return device


def _wired(stage: Stage, spec: scenarios.Device, setting: Setting) -> SerialDevice:
    machine = cast_to(SerialSim, models.load(spec.model)).make(setting)
    link = stage.run_dir.port(spec.id)
    device = SerialDevice(spec.id, machine, setting.subject, link, stage.wire, stage.seed, stage.announce)
    device.port.plug()
    return device


async def _wireless(stage: Stage, spec: scenarios.Device, setting: Setting) -> Device:
    # Imported on use: a scenario without Bluetooth needs neither bumble nor a message bus.
    from simulators.radio.peripherals.live import RadioSim
    from simulators.radio_device import RadioDevice

    radio = stage.air.radio
    assert radio is not None
    peripheral = cast_to(RadioSim, models.load(spec.model)).make(setting)
    await radio.add(peripheral)
    refuse = partial(setattr, radio.faults, "refuse_pairing")
    return RadioDevice(spec.id, peripheral, setting.subject, stage.wire, stage.announce, refuse)


def _setting(stage: Stage, spec: scenarios.Device, subject: Subject) -> Setting:
    times = None
    if stage.recording is not None and stage.recording.cuffs:
        times = [second for second, _ in stage.recording.measurements()]
    return Setting(
        subject,
        stage.seed,
        stage.local_time,
        name=spec.name,
        address=spec.address or "",
        first_s=spec.first_s,
        every_s=spec.every_s,
        times_s=times,
    )


@contextlib.asynccontextmanager
async def _on_air(stage: Stage) -> AsyncIterator[None]:
    """Run the private bus and the virtual radio."""
    from simulators.radio import PrivateBus, SimRadio

    bus = await PrivateBus.start(stage.run_dir.path)
    try:
        radio = SimRadio(bus.address)
        await radio.start()
        stage.air = Air(bus.address, radio)
        try:
            yield
        finally:
            await radio.stop()
    finally:
        await bus.stop()


async def _play(
    stage: Stage, cast: Scenario, control: Control, over: asyncio.Event, end_with_story: bool
) -> None:
    """Run devices and story until `over`; a device that breaks ends everything."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(device.run()) for device in stage.devices.values()]
        tasks.append(group.create_task(_story(stage, cast, control, over, end_with_story)))
        if stage.recording is None:
            stage.wire.start()
        else:
            tasks.append(group.create_task(_start_when_heard(stage)))
        await over.wait()
        for task in tasks:
            task.cancel()


async def _story(
    stage: Stage, cast: Scenario, control: Control, over: asyncio.Event, end_with_story: bool
) -> None:
    """Give the scenario's commands at their times, and say when it is over."""
    for event in sorted(cast.event, key=lambda event: event.at_s):
        await stage.wire.until(event.at_s)
        stage.announce(await control.answer(event.command))
    if cast.minutes is None:
        return
    await stage.wire.until(cast.minutes * 60)
    stage.announce(
        f"the scenario of {cast.minutes:g} min has ended" + ("" if end_with_story else "; devices go on")
    )
    if end_with_story:
        over.set()


async def _start_when_heard(stage: Stage) -> None:
    """Start a recording when its first port is opened, so that its first second is heard."""
    ports = [device.port for device in stage.devices.values() if isinstance(device, SerialDevice)]
    if ports:
        stage.announce(f"recording waits until {ports[0].link} is opened")
        while not any(port.listening for port in ports):
            await stage.wire.pause(LOOK_S)
        await stage.wire.pause(SETTLE_S)
    stage.wire.start()
    stage.announce("recording started")
