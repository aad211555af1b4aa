"""`vigil devices test` and `add`: try a device, say what it read, write it into a configuration."""

import re
from pathlib import Path

import tomlkit
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from tomlkit.exceptions import TOMLKitError

from drivers import registry
from drivers.find.trial import Trial, try_out
from drivers.model import DeviceConfig, Transport
from monitor import config as configuration
from monitor.app import checking
from monitor.app.device_list import find, model_of, use_simulated_radio
from monitor.config import ID_MAX
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SystemClock
from monitor.core.errors import ConfigError

GUESS_S = 4.0


def entry(place: str, model: str, device_id: str | None) -> DeviceConfig:
    """Return the device that a port or an address means, as the given model."""
    loaded = registry.load(model)
    name = device_id or re.sub(r"[^A-Za-z0-9_-]", "-", model)[:ID_MAX]
    if loaded.transport is Transport.BLE:
        return DeviceConfig(name, model, address=place.upper())
    return DeviceConfig(name, model, port=place)


async def guessed_model(place: str, run_dir: Path) -> str:
    """Return the model that a port or address seems to be; ConfigError when it cannot be told."""
    return model_of(place, await find(run_dir, GUESS_S, ask=False, bluetooth="/" not in place))


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
    state = trial.state.value if trial.state else "no answer"
    verdict = "works" if trial.passed else f"does not work: {trial.detail or state}"
    console.print(f"{config.model} at {config.port or config.address}: {verdict}")


def write(path: Path, bed: str, config: DeviceConfig) -> str:
    """Add the device to the configuration and return what was added; the file's own text stays as it is.

    ConfigError when the file is none, or would be none with the device in it; it is not touched then.
    """
    document = _read(path)
    beds = document.setdefault("bed", tomlkit.aot())
    place = next((one for one in beds if one.get("id") == bed), None)
    if place is None:
        place = tomlkit.table()
        place.add("id", bed)
        place.add("title", bed)
        beds.append(place)
    table = tomlkit.table()
    for key, value in (("id", config.device_id), ("model", config.model)):
        table.add(key, value)
    way = "address" if config.address else "port"
    table.add(way, config.address or config.port or "")
    if "device" not in place:
        place.add("device", tomlkit.aot())
    place["device"].append(table)
    text = tomlkit.dumps(document)
    checking.check(configuration.parse(text, str(path)), str(path))
    _replace(path, text)
    return f'[[bed.device]]\nid = "{config.device_id}"\nmodel = "{config.model}"\n{way} = "{table[way]}"'


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error
