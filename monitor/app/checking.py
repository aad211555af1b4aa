"""What a configuration says that only the other rooms can judge, checked before anything starts."""

import re
from collections.abc import Callable

from drivers import registry
from drivers.model import Model, Transport
from drivers.orders import OrderKind, read_order
from monitor.config import BedEntry, Config, DeviceEntry
from monitor.core.errors import ConfigError, MonitorError
from monitor.link.mqtt import Broker
from monitor.service.opening import armed_preset

ADDRESS = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_SERVER = re.compile(r"(socket|udp)://(\[[0-9A-Fa-f:]+\]|[^:/\s]+):\d{1,5}")

DATAGRAMS = "udp"
"""The source of a model that is also reached over the network."""
BAUDRATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400)


def check(config: Config, name: str) -> None:
    """Refuse what cannot work: models, ports, addresses, preset, broker; ConfigError names file and key."""
    for number, bed in enumerate(config.bed, 1):
        for index, device in enumerate(bed.device, 1):
            _check_device(device, f"{name}: bed[{number}].device[{index}]")
        for channel, chosen in bed.prefer.items():
            _check_preference(bed, channel, chosen, f"{name}: bed[{number}].prefer.{channel}")
    for number, bed in enumerate(config.bed, 1):
        _check_preset(bed, config.alarms.preset, f"{name}: alarms.preset: bed[{number}]")
    if config.mqtt is not None:
        url = config.mqtt.url
        _ask(f"{name}: mqtt.url", lambda: Broker.parse(url))


def _check_preset(bed: BedEntry, preset: str, where: str) -> None:
    """Refuse a preset that does not exist, does not arm at this bed, or may not judge its devices."""
    _ask(where, lambda: armed_preset(bed, preset))


def _ask(where: str, question: Callable[[], object]) -> None:
    try:
        question()
    except MonitorError as error:
        raise ConfigError(f"{where}: {error}") from error


def _check_device(device: DeviceEntry, where: str) -> None:
    _ask(f"{where}.model", lambda: registry.load(device.model))
    bluetooth = registry.load(device.model).transport is Transport.BLE
    if bluetooth and device.address is None:
        raise ConfigError(
            f"{where}.address: {device.model} is a Bluetooth device: give its address, not a port"
        )
    if not bluetooth and device.port is None:
        raise ConfigError(f"{where}.port: {device.model} is a serial device: give its port, not an address")
    if device.address is not None and not ADDRESS.fullmatch(device.address):
        raise ConfigError(f"{where}.address: {device.address!r}: write six bytes, as in C0:26:DA:00:00:02")
    datagrams = any(source.uuid == DATAGRAMS for source in registry.load(device.model).sources)
    if device.port is not None and not _fits(device.port, datagrams):
        text = "a path, as /dev/ttyUSB0, or socket://host:port" + (
            ", or udp://host:port" if datagrams else ""
        )
        raise ConfigError(f"{where}.port: {device.port!r}: write {text}")
    _check_use(device, registry.load(device.model), where)


def _fits(port: str, datagrams: bool) -> bool:
    if "://" in port:
        found = _SERVER.fullmatch(port)
        return found is not None and (datagrams or found[1] != DATAGRAMS)
    return bool(port.strip())


def _check_use(device: DeviceEntry, model: Model, where: str) -> None:
    """Refuse what this model does not give or take."""
    for channel in device.channels or ():
        if channel not in model.channels:
            raise ConfigError(
                f"{where}.channels: {device.model} gives no {channel!r}; it gives {', '.join(model.channels)}"
            )
    if device.channels == ():
        raise ConfigError(f"{where}.channels: name at least one, or leave it out for all")
    if device.interval_min is not None:
        if OrderKind.CYCLE not in model.orders:
            raise ConfigError(f"{where}.interval_min: {device.model} is a device that Vigil cannot start")
        order = {"device": device.id, "order": "cycle", "minutes": device.interval_min}
        _ask(f"{where}.interval_min", lambda: read_order(order))
    if device.baudrate is not None and device.baudrate not in BAUDRATES:
        known = ", ".join(map(str, BAUDRATES))
        raise ConfigError(f"{where}.baudrate: {device.baudrate}: one of {known}")


def _check_preference(bed: BedEntry, channel: str, chosen: str, where: str) -> None:
    givers = []
    for device in bed.device:
        used = registry.load(device.model).channels if device.channels is None else device.channels
        if channel in used:
            givers.append(device.id)
    if chosen not in givers:
        text = f"devices that give it: {', '.join(givers)}" if givers else "no device of this bed gives it"
        raise ConfigError(f"{where}: {chosen!r} does not give {channel}; {text}")
