"""The one configuration file: TOML, read once, every error with file, key and reason."""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from alarms.baseline import Baseline
from monitor.core.errors import ConfigError


class DeviceEntry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """One [[bed.device]]: a model on a serial port (or socket://host:port), or at a Bluetooth address."""

    id: str
    model: str
    port: str | None = None
    address: str | None = None
    simulated: bool = False
    replay: bool = False
    channels: tuple[str, ...] | None = None  # that the bed uses of it; absent: all it gives
    baudrate: int | None = None  # where the monitor's menu sets another than the model's own
    interval_min: float | None = None  # a cuff that takes orders: its cycle from the start
    limb: str = ""  # where cuff or probe is worn: a cuff on the probe's limb takes its pulse away
    unverified: bool = False  # allow what no document of the device confirms


class BedEntry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """One [[bed]]: a treatment place and its devices."""

    id: str
    title: str = ""
    device: tuple[DeviceEntry, ...] = ()
    prefer: dict[str, str] = {}  # channel -> the device that is shown when several give it
    baseline: Baseline | None = None  # of this patient at rest, where the limits follow it


class AlarmsEntry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """[alarms]: the preset that a bed starts with."""

    preset: str = "adult-standard"


class MqttEntry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """[mqtt]: a broker that gets the same messages; waveforms only if asked."""

    url: str
    waves: bool = False


class BluetoothEntry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """[bluetooth]: the D-Bus address of a simulated radio; absent means the machine's own."""

    bus: str


FLOOR_MIN = 0.1
"""20 dB under full loudness: below it nothing would be left to hear in a room."""


class AudioEntry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """[audio]: the station's alarm sound; "none" where only the screen alarms, which is shown."""

    output: Literal["default", "none"] = "default"
    volume: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0  # share of full loudness
    floor: Annotated[float, msgspec.Meta(ge=FLOOR_MIN, le=1)] = 0.25  # the clinic's least volume


class Config(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """All that a service needs to know."""

    bed: tuple[BedEntry, ...]
    alarms: AlarmsEntry = AlarmsEntry()
    mqtt: MqttEntry | None = None
    bluetooth: BluetoothEntry | None = None
    audio: AudioEntry = AudioEntry()


SECTIONS: dict[str, type] = {
    "alarms": AlarmsEntry,
    "mqtt": MqttEntry,
    "bluetooth": BluetoothEntry,
    "audio": AudioEntry,
}
ID_MAX = 40
"""An id becomes part of file names and topics."""
_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def load(path: Path) -> Config:
    """Return the configuration in `path`; ConfigError names file, key and reason."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str) -> Config:
    """Return the configuration in `text`; `name` is what errors call it."""
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{name}: not valid TOML: {error}") from error
    _refuse_unknown(raw, Config, name, "")
    sections = {key: _section(raw[key], kind, name, key) for key, kind in SECTIONS.items() if key in raw}
    beds = raw.get("bed", [])
    if not isinstance(beds, list) or not beds:
        raise ConfigError(f"{name}: bed: at least one [[bed]] is needed")
    config = Config(
        bed=tuple(_bed(bed, name, f"bed[{index}]") for index, bed in enumerate(beds, 1)), **sections
    )
    _check(config, name)
    return config


def _bed(raw: Any, name: str, where: str) -> BedEntry:
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: {where}: must be a table, written [[bed]]")
    _refuse_unknown(raw, BedEntry, name, where)
    devices = raw.get("device", [])
    if not isinstance(devices, list):
        raise ConfigError(f"{name}: {where}.device: must be tables, written [[bed.device]]")
    entries = tuple(
        _section(device, DeviceEntry, name, f"{where}.device[{index}]")
        for index, device in enumerate(devices, 1)
    )
    bed: BedEntry = _section({**raw, "device": []}, BedEntry, name, where)
    return msgspec.structs.replace(bed, title=bed.title or bed.id, device=entries)


def _section(raw: Any, kind: type, name: str, where: str) -> Any:
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: {where}: must be a table")
    _refuse_unknown(raw, kind, name, where)
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        key = f"{where}{path.rstrip('`')}"
        raise ConfigError(f"{name}: {key}: {reason}") from error


def _refuse_unknown(raw: dict[str, Any], kind: type, name: str, where: str) -> None:
    known = [field.name for field in msgspec.structs.fields(kind)]
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}"
            raise ConfigError(f"{name}: {where + '.' if where else ''}{key}: unknown key; {hint}")


def _check(config: Config, name: str) -> None:
    """Refuse what is well-formed and cannot work; ConfigError names the key."""
    if config.audio.volume < config.audio.floor:
        least = f"{config.audio.volume} is below audio.floor, {config.audio.floor}"
        raise ConfigError(f"{name}: audio.volume: {least}: an alarm must be heard")
    beds: set[str] = set()
    places: dict[str, str] = {}
    for number, bed in enumerate(config.bed, 1):
        where = f"bed[{number}]"
        _check_id(bed.id, name, f"{where}.id", beds)
        devices: set[str] = set()
        for index, device in enumerate(bed.device, 1):
            spot = f"{where}.device[{index}]"
            _check_id(device.id, name, f"{spot}.id", devices)
            place = _place(device, name, spot)
            if place in places:
                raise ConfigError(
                    f"{name}: {spot}: {place} is bound already, to {places[place]}; one device, one bed"
                )
            places[place] = f"{bed.id}/{device.id}"


def _place(device: DeviceEntry, name: str, spot: str) -> str:
    if (device.port is None) == (device.address is None):
        raise ConfigError(f"{name}: {spot}: needs one of port (serial) or address (Bluetooth), and not both")
    if device.port is None:
        return str(device.address).upper().replace("-", ":")
    return device.port if "://" in device.port else os.path.realpath(device.port)  # one port has many names


def _check_id(value: str, name: str, key: str, taken: set[str]) -> None:
    if not 0 < len(value) <= ID_MAX or not _ID.issuperset(value):
        raise ConfigError(f"{name}: {key}: {value[:80]!r}: letters, digits, '-' and '_', at most {ID_MAX}")
    if value in taken:
        raise ConfigError(f"{name}: {key}: {value!r} is taken already; ids are unique")
    taken.add(value)
