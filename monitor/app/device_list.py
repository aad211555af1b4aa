"""`vigil devices`: what is plugged in and in the air, and which model each may be."""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from drivers import registry
from drivers.find.air import FoundRadio, scan
from drivers.find.listen import Heard, listen
from drivers.find.ports import FoundPort, serial_ports
from drivers.find.trial import try_out
from drivers.link.radio import RADIO_ERRORS
from drivers.model import DeviceConfig, Model, Transport
from monitor import config as configuration
from monitor.app.checking import ADDRESS
from monitor.core.clock import SystemClock
from monitor.core.errors import ConfigError
from monitor.link.run_dir import SIMULATED

PORTS = "ports"
"""Where a simulator's serial ports have their links, in the run directory."""
ASK_S = 4.0
"""A device that is asked answers, or its supervisor has asked again, within this."""


@dataclass(frozen=True, slots=True)
class PortFound:
    """One port, what was heard on it, and what answered when asked."""

    port: FoundPort
    heard: Heard
    asked: tuple[str, ...] = ()  # models that were asked for; empty: nothing was written
    answers_as: str = ""

    @property
    def models(self) -> list[str]:
        """Return the models that it may be, the likeliest first."""
        return [self.answers_as] if self.answers_as else [fit.model for fit in self.heard.fits]

    @property
    def words(self) -> str:
        """Say what came of it."""
        if self.heard.trouble:
            return self.heard.trouble
        if self.answers_as:
            return "answers when asked"
        if self.heard.fits:
            best = self.heard.fits[0]
            return f"{best.numbers} numbers, {best.garbage:.0%} of the bytes unreadable"
        if self.heard.count:
            return f"{self.heard.count} bytes that no model fits: name it with --model, or another line speed"
        return "nothing answers" if self.asked else "silent: some models speak only when asked (--ask)"


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found."""

    ports: Sequence[PortFound]
    radio: Sequence[FoundRadio]
    radio_trouble: str = ""


def models() -> list[Model]:
    """Return every model of the registry that can be loaded."""
    return [registry.load(name) for name in registry.MODELS]


def use_simulated_radio(run_dir: Path) -> bool:
    """Let Bluetooth go over the virtual radio of a running simulation; False when there is none."""
    offered = run_dir / SIMULATED
    if not offered.is_file():
        return False
    bluetooth = configuration.load(offered).bluetooth
    if bluetooth is not None:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = bluetooth.bus
    return bluetooth is not None


async def find(run_dir: Path, seconds: float, *, ask: bool, bluetooth: bool) -> Found:
    """Listen to every serial port and to the air, all at once.

    A silent port is asked as each model that speaks only when asked: simulated ports always, real
    ones only with `ask`, for nobody can know what is plugged in there.
    """
    known = models()
    use_simulated_radio(run_dir)
    ports = serial_ports(run_dir / PORTS)
    async with asyncio.TaskGroup() as group:
        listening = [group.create_task(_look_at(port, known, seconds, ask)) for port in ports]
        scanning = group.create_task(_scan(known, seconds)) if bluetooth else None
    radio, trouble = scanning.result() if scanning else ([], "not looked for")
    return Found([each.result() for each in listening], radio, trouble)


async def _look_at(port: FoundPort, known: Sequence[Model], seconds: float, ask: bool) -> PortFound:
    heard = await listen(port.path, known, seconds)
    if heard.fits or heard.trouble or not (ask or port.simulated):
        return PortFound(port, heard)
    askable = [m for m in known if m.transport is Transport.SERIAL and m.speak_every_s is not None]
    for model in askable:
        config = DeviceConfig(Path(port.path).name, model.name, port=port.path)
        trial = await try_out(config, SystemClock(), ASK_S, until_connected=True)
        if trial.passed:
            return PortFound(port, heard, (model.name,), model.name)
    return PortFound(port, heard, tuple(model.name for model in askable))


async def _scan(known: Sequence[Model], seconds: float) -> tuple[list[FoundRadio], str]:
    try:
        return await scan(known, seconds), ""
    except RADIO_ERRORS as error:
        return [], f"Bluetooth is not available on this computer: {error or type(error).__name__}"


def as_json(found: Found) -> str:
    """Return what was found as one JSON object."""
    ports = [
        {
            **asdict(each.port),
            "bytes": each.heard.count,
            "models": each.models,
            "fits": [asdict(fit) for fit in each.heard.fits],
            "text": each.words,
        }
        for each in found.ports
    ]
    radio = [asdict(each) for each in found.radio]
    return json.dumps({"ports": ports, "bluetooth": radio, "bluetooth_trouble": found.radio_trouble})


def show(found: Found, console: Console) -> None:
    """Print what was found as two tables, and what to do next."""
    port = Column("port", overflow="fold", min_width=24)  # whole: it is what the next command needs
    table = Table(port, "adapter", "model", "heard", title="Serial ports", title_justify="left")
    for each in found.ports:
        usb = " ".join(
            text for text in (each.port.description, each.port.usb_id, each.port.usb_serial) if text
        )
        table.add_row(each.port.path, usb, " or ".join(each.models[:3]) or "?", each.words)
    console.print(table if found.ports else "No serial port: is the adapter plugged in?")
    air = Table("address", "name", "signal", "model", title="Bluetooth monitors", title_justify="left")
    for one in found.radio:
        air.add_row(one.address, one.name, f"{one.rssi_dbm} dBm", " or ".join(one.models[:3]))
    nothing = found.radio_trouble or "No Bluetooth monitor in range: many wake only when they measure."
    console.print(air if found.radio else nothing)
    console.print("Next: vigil devices test PORT|ADDRESS --model MODEL, then vigil devices add")


async def model_at(place: str, run_dir: Path, seconds: float) -> str:
    """Return the likeliest model at a port or address; ConfigError when it cannot be told."""
    known = models()
    if is_address(place):
        use_simulated_radio(run_dir)
        found, trouble = await _scan(known, seconds)
        for radio in found:
            if place.upper() == radio.address.upper():
                return radio.models[0]
        why = trouble or "it is not heard: is it on, in range, and not connected elsewhere?"
        raise ConfigError(f"{place}: {why}")
    port = FoundPort(place, simulated=is_simulated(place, run_dir))
    looked = await _look_at(port, known, seconds, ask=False)
    if looked.models:
        return looked.models[0]
    if looked.heard.trouble:
        raise ConfigError(looked.heard.trouble)
    raise ConfigError(f"{place}: {looked.words}; its model can be named with --model (vigil decode --list)")


def is_address(place: str) -> bool:
    """Return whether it is a Bluetooth address, and no serial port."""
    return ADDRESS.fullmatch(place) is not None


def is_simulated(place: str, run_dir: Path) -> bool:
    """Return whether a serial port is one of the simulation's in `run_dir`."""
    return Path(place).absolute().parent == (run_dir / PORTS).absolute()
