"""The Bluetooth monitors in range: who advertises, how strong, and which model each may be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from drivers.model import Model


@dataclass(frozen=True, slots=True)
class FoundRadio:
    """One device that advertises, with the models it may be, the likeliest first."""

    address: str
    name: str
    rssi_dbm: int
    models: tuple[str, ...]


async def scan(models: Sequence[Model], seconds: float) -> list[FoundRadio]:
    """Return the devices heard within `seconds` that may be monitors, the strongest first.

    Raises one of `drivers.link.radio.RADIO_ERRORS` when the radio is away.
    """
    # Imported on use: a station without Bluetooth lists its serial ports all the same.
    from bleak import BleakScanner

    heard = await BleakScanner.discover(seconds, return_adv=True)
    found = []
    for device, advertisement in heard.values():
        name = advertisement.local_name or device.name or ""
        services, companies = advertisement.service_uuids, advertisement.manufacturer_data
        guessed = guess(name, services, companies, models)
        if guessed:
            found.append(FoundRadio(device.address, name, advertisement.rssi, guessed))
    return sorted(found, key=lambda one: -one.rssi_dbm)


def guess(
    name: str, services: Iterable[str], companies: Iterable[int], models: Sequence[Model]
) -> tuple[str, ...]:
    """Return the models that an advertisement may be: by name first, then maker, then service. Pure."""
    heard = {uuid.lower() for uuid in services}
    ranked = []
    for model in models:
        hint = model.guess
        if any(name.lower().startswith(prefix.lower()) for prefix in hint.names):
            ranked.append((0, model.name))
        elif not set(companies).isdisjoint(hint.companies):
            ranked.append((1, model.name))
        elif not heard.isdisjoint(hint.services):
            ranked.append((2, model.name))
    return tuple(model for _, model in sorted(ranked))
