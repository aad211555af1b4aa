"""Brings a whole simulation up in a run directory, and takes it down again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from monitor.core.clock import Clock, SystemClock
from monitor.core.errors import ConfigError
from simulators import player
from simulators import scenario as scenarios
from simulators.control import Control, prompted, served
from simulators.cuff import Cuff, CuffPeripheral, every
from simulators.device import Announce, Device
from simulators.nonin import Layout
from simulators.oximeter import Oximeter
from simulators.player import Recording
from simulators.rendezvous import Offered, OfferedBed, RunDir
from simulators.scenario import AnyDevice, Bed, BloodPressureCuff, HeartRateStrap, Scenario
from simulators.strap import Strap, StrapPeripheral
from simulators.subject import Pressure, VirtualSubject
from simulators.wire import Wire

SETTLE_S = 1.5
"""From a port's first opening to the first replayed byte: a driver empties the line as it opens it,
and a client that waits for the service is there by then, so that all hear the first row."""
LOOK_S = 0.02


@dataclass(slots=True)
class Air:
    """The virtual radio's peripherals, by device."""

    bus: str | None = None
    straps: dict[str, StrapPeripheral] = field(default_factory=dict)
    cuffs: dict[str, CuffPeripheral] = field(default_factory=dict)


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
    model: str = "nonin-df7",
    radio: bool = False,
    prompt: bool = False,
    end_with_story: bool = False,
    clock: Clock | None = None,
) -> None:
    """Run the devices of `scenario` (or of a recording) until cancelled or told to quit.

    `minutes` and `speed` change the scenario's own; with `replay` both and the scenario are not
    used: the oximeter is a `model`, and `radio` adds strap and cuff where the recording has data.
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
        control = Control(stage.devices, stage.patients, over.set)
        await stack.enter_async_context(served(control, directory.control))
        if prompt:
            await stack.enter_async_context(prompted(control))
        directory.offer(stage.beds, replay=recording is not None, bus=stage.air.bus)
        announce(f"ready in {directory.path}: {', '.join(stage.devices)}; {cast.title}")
        await _play(stage, cast, control, over, end_with_story)


def replayed(recording: Recording, model: str, radio: bool) -> Scenario:
    """Return one bed with the devices that `recording` has data for; ConfigError if there are none."""
    if model.removeprefix("nonin-") not in ("df2", "df7"):
        raise ConfigError(f"{model}: a recording is played into nonin-df2 or nonin-df7")
    devices: list[AnyDevice] = []
    if recording.for_oximeter:
        kind = scenarios.NoninDf2 if model.endswith("df2") else scenarios.NoninDf7
        devices.append(kind(id="oximeter"))
    if radio and recording.for_strap:
        devices.append(HeartRateStrap(id="strap", address="C0:00:00:00:00:01"))
    if radio and recording.for_cuff:
        devices.append(BloodPressureCuff(id="cuff", address="C0:00:00:00:00:02"))
    if not devices:
        raise ConfigError(
            f"{recording.name}: nothing to play: needs PULSE, SpO2 or PLETH for an oximeter"
            + ("" if radio else "; HR and cuff pressures need the virtual radio")
        )
    return Scenario(title=f"recording {recording.name}", bed=(Bed("bed1", "Room 1", tuple(devices)),))


def _cast(scenario: Scenario | Path | str, minutes: float | None, speed: float | None) -> Scenario:
    cast = scenario if isinstance(scenario, Scenario) else scenarios.load(scenario)
    if minutes is not None:
        cast = cast.lasting(minutes)
    return cast if speed is None else cast.at_speed(speed)


async def _build(stage: Stage, cast: Scenario, stack: contextlib.AsyncExitStack) -> None:
    """Make every device; `stack` takes them down."""
    if cast.wireless:
        await stack.enter_async_context(_on_air(stage, cast))
    for number, bed in enumerate(cast.bed):
        seed = stage.seed + number
        patient = VirtualSubject(bed.virtual_patient(seed, stage.speed), stage.speed, seed)
        if stage.recording is None:
            stage.patients[bed.id] = patient
        offered = []
        for spec in bed.device:
            device = _device(stage, spec, patient)
            stack.push_async_callback(device.close)
            stage.devices[spec.id] = device
            port = device.port.link if isinstance(device, Oximeter) else None
            offered.append(Offered(spec.id, spec.model, port, getattr(spec, "address", None)))
        stage.beds.append(OfferedBed(bed.id, bed.title, offered))


def _device(stage: Stage, spec: AnyDevice, patient: VirtualSubject) -> Oximeter | Strap | Cuff:
    subject: Recording | VirtualSubject = stage.recording or patient
    if isinstance(spec, HeartRateStrap):
        return Strap(spec.id, stage.air.straps[spec.id], subject, stage.wire, stage.announce)
    if isinstance(spec, BloodPressureCuff):
        return _cuff(stage, spec, patient)
    link = stage.run_dir.port(spec.id)
    device = Oximeter(spec.id, Layout(spec.model), subject, link, stage.wire, stage.seed, stage.announce)
    device.port.plug()
    return device


def _cuff(stage: Stage, spec: BloodPressureCuff, patient: VirtualSubject) -> Cuff:
    pressure_at: Callable[[float], Pressure] = patient.pressure
    times = every(spec.first_s, spec.every_s)
    if stage.recording is not None:
        measured = dict(stage.recording.measurements())
        pressure_at, times = _latest(measured), iter(measured)
    return Cuff(
        spec.id,
        stage.air.cuffs[spec.id],
        pressure_at,
        times,
        stage.wire,
        stage.local_time,
        stage.announce,
    )


def _latest(measured: dict[float, Pressure]) -> Callable[[float], Pressure]:
    """Return the recording's newest measurement at a wire second; its first one before that."""

    def pressure_at(t_s: float) -> Pressure:
        past = [second for second in measured if second <= t_s]
        return measured[past[-1] if past else next(iter(measured))]

    return pressure_at


@contextlib.asynccontextmanager
async def _on_air(stage: Stage, cast: Scenario) -> AsyncIterator[None]:
    """Run the private bus and the virtual radio, with a peripheral per wireless device."""
    # Imported on use: a scenario without Bluetooth needs neither bumble nor a message bus.
    from simulators.radio import BloodPressurePeripheral, HeartRatePeripheral, PrivateBus, SimRadio

    bus = await PrivateBus.start(stage.run_dir.path)
    try:
        stage.air.bus = bus.address
        radio = SimRadio(bus.address)
        await radio.start()
        try:
            for spec in cast.devices:
                if isinstance(spec, HeartRateStrap):
                    strap = HeartRatePeripheral(name=spec.name, address=spec.address)
                    await radio.add(strap)
                    stage.air.straps[spec.id] = strap
                elif isinstance(spec, BloodPressureCuff):
                    cuff = BloodPressurePeripheral(name=spec.name, address=spec.address)
                    await radio.add(cuff)
                    stage.air.cuffs[spec.id] = cuff
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
    """Start a recording when its oximeter's port is first opened, so that its first second is heard."""
    ports = [device.port for device in stage.devices.values() if isinstance(device, Oximeter)]
    if ports:
        stage.announce(f"recording waits until {ports[0].link} is opened")
        while not any(port.listening for port in ports):
            await stage.wire.pause(LOOK_S)
        await stage.wire.pause(SETTLE_S)
    stage.wire.start()
    stage.announce("recording started")
