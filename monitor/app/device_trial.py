"""`vigil devices test` and `add`: try a device, say what it read, write it into a configuration."""

import os
import re
from pathlib import Path

import tomlkit
import tomlkit.items
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from tomlkit.exceptions import TOMLKitError

from drivers import registry
from drivers.find.trial import Trial, try_out
from drivers.model import DeviceConfig, Transport
from monitor import config as configuration
from monitor.app import checking
from monitor.app.device_list import is_address, is_simulated, use_simulated_radio
from monitor.config import ID_MAX
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SystemClock
from monitor.core.errors import ConfigError
from monitor.core.types import LinkState


def entry(place: str, model: str, device_id: str | None, run_dir: Path) -> DeviceConfig:
    """Return the device that a port or an address means, as the given model; ConfigError if it cannot be."""
    loaded = registry.load(model)
    name = device_id or re.sub(r"[^A-Za-z0-9_-]", "-", model)[:ID_MAX]
    if loaded.transport is Transport.BLE:
        if not is_address(place):
            raise ConfigError(
                f"{place}: {model} is a Bluetooth device: give its address, as C0:26:DA:00:00:02"
            )
        simulated = use_simulated_radio(run_dir)
        return DeviceConfig(name, model, address=place.upper(), simulated=simulated)
    if is_address(place):
        raise ConfigError(f"{place}: {model} is on a serial line: give its port, as /dev/ttyUSB0")
    return DeviceConfig(name, model, port=place, simulated=is_simulated(place, run_dir))


async def trial_of(config: DeviceConfig, run_dir: Path, seconds: float, console: Console) -> Trial:
    """Look after the device for `seconds` as the service would, with its progress on the console."""
    use_simulated_radio(run_dir)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[heard]}"))
    with Progress(*columns, console=console, transient=True) as progress:
        job = progress.add_task(f"{config.model} at {config.port or config.address}", total=seconds, heard="")

        def tell(trial: Trial, left_s: float) -> None:
            state = trial.state.value if trial.state else "connecting"
            heard = f"{state}, {sum(trial.readings.values())} readings"
            progress.update(job, completed=seconds - left_s, heard=heard)

        return await try_out(config, SystemClock(), seconds, tell)


def as_dict(config: DeviceConfig, trial: Trial) -> dict[str, object]:
    """Return a trial as plain values."""
    return {
        "model": config.model,
        "port": config.port,
        "address": config.address,
        "passed": trial.passed,
        "state": trial.state.value if trial.state else None,
        "detail": trial.detail,
        "readings": trial.readings,
        "values": trial.values,
        "flags": sorted(trial.flags),
        "info": trial.info,
    }


def show(config: DeviceConfig, trial: Trial, console: Console) -> None:
    """Print what a trial gave."""
    table = Table("channel", "readings", "last", "unit")
    for channel, count in trial.readings.items():
        unit = CATALOGUE[channel].unit.value if channel in CATALOGUE else ""
        table.add_row(channel, str(count), str(trial.values.get(channel, "")), unit)
    if trial.readings:
        console.print(table)
    for name, text in trial.info.items():
        console.print(f"{name}: {text}")
    if trial.flags:
        console.print(f"it says: {', '.join(sorted(trial.flags))}")
    verdict = "works" if trial.passed else f"does not work: {trial.detail or _why(trial)}"
    if trial.passed and not trial.readings:
        verdict = "answers; it measures when it is ordered to"
    console.print(f"{config.model} at {config.port or config.address}: {verdict}", soft_wrap=True)


def _why(trial: Trial) -> str:
    """Return in words why there is nothing, where the supervisor has not said it yet."""
    if trial.state is LinkState.WAITING:
        return "it speaks only when it has measured: measure once while it is tried (--seconds 60)"
    return "nothing that this model sends: is it another model? A longer trial says more (--seconds 15)"


def prepared(path: Path, bed: str, config: DeviceConfig) -> tuple[str, str]:
    """Return the configuration with the device in it, and what was added.

    ConfigError when the file is none, or would be none with the device in it. Nothing is written.
    """
    document = _read(path)
    beds = document.setdefault("bed", tomlkit.aot())
    if not isinstance(beds, tomlkit.items.AoT) or not all(
        isinstance(one.get("device", tomlkit.aot()), tomlkit.items.AoT) for one in beds
    ):
        raise ConfigError(f"{path}: bed: written as [[bed]] and [[bed.device]] tables it can be added to")
    place = next((one for one in beds if one.get("id") == bed), None)
    if place is None:
        place = tomlkit.table()
        place.add("id", bed)
        place.add("title", bed)
        beds.append(place)
    table = tomlkit.table()
    way = "address" if config.address else "port"
    values = {"id": config.device_id, "model": config.model, way: config.address or config.port or ""}
    for key, value in values.items():
        table.add(key, value)
    if config.simulated:
        table.add("simulated", True)
        _rehearse(document, bus=config.address is not None)
    if "device" not in place:
        place.add("device", tomlkit.aot())
    place["device"].append(table)
    text = tomlkit.dumps(document)
    checking.check(configuration.parse(text, str(path)), str(path))
    return text, f"[[bed.device]]\n{tomlkit.dumps(table).strip()}"


def _rehearse(document: tomlkit.TOMLDocument, *, bus: bool) -> None:
    """Let a configuration of simulated devices find their radio, and be seen, not heard."""
    if "audio" not in document:
        document.add("audio", tomlkit.item({"output": "none"}))
    if bus and "bluetooth" not in document:
        document.add("bluetooth", tomlkit.item({"bus": os.environ["DBUS_SYSTEM_BUS_ADDRESS"]}))


def write(path: Path, text: str) -> None:
    """Put a configuration in place of the old one, in one step: who may read it stays as it was."""
    path = path.resolve()  # a link goes on to point at it
    fresh = path.with_name(f"{path.name}.new")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(mode)
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
