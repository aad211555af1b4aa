"""The models Vigil knows: an explicit table, each imported when it is used."""

import difflib
import importlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from drivers.model import Model
from monitor.core.errors import RegistryError


def table(entries: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return name -> "module:attribute"; RegistryError when a name is claimed twice."""
    models: dict[str, str] = {}
    for name, target in entries:
        if name in models:
            raise RegistryError(f"model {name!r} is claimed twice: by {models[name]} and by {target}")
        models[name] = target
    return MappingProxyType(models)


MODELS = table(
    (
        ("nonin-df2", "drivers.devices.nonin:DF2"),
        ("nonin-df7", "drivers.devices.nonin:DF7"),
        ("nonin-df8", "drivers.devices.nonin:DF8"),
        ("nonin-df13", "drivers.devices.nonin:DF13"),
        ("contec-5byte", "drivers.devices.contec:FIVE_BYTE"),
        ("contec-v7", "drivers.devices.contec:V7"),
        ("berrymed-ble", "drivers.devices.berrymed_ble:MODEL"),
        ("masimo-ascii1", "drivers.devices.masimo:MODEL"),
        ("nellcor-ascii", "drivers.devices.nellcor:MODEL"),
        ("datex-dri", "drivers.devices.datex:MODEL"),
        ("suntech-advantage", "drivers.devices.suntech:MODEL"),
        ("berrymed-pm6750", "drivers.devices.pm6750:MODEL"),
        ("jumper-jpd500f", "drivers.devices.jumper:MODEL"),
        ("lepu-bp2", "drivers.devices.lepu_bp2:MODEL"),
        ("masimo-mightysat", "drivers.devices.mightysat:MODEL"),
        ("nonin-3230", "drivers.devices.nonin_3230:MODEL"),
        ("viatom-oxy", "drivers.devices.viatom_oxy:MODEL"),
        ("intellivue", "drivers.devices.intellivue:MODEL"),
        ("ble-heart-rate", "drivers.devices.heart_rate:MODEL"),
        ("ble-blood-pressure", "drivers.devices.blood_pressure:MODEL"),
        ("ble-pulse-oximeter", "drivers.devices.pulse_oximeter:MODEL"),
        ("polar-h10", "drivers.devices.polar_h10:MODEL"),
    )
)
"""Model name -> "module:attribute" of its Model."""


def load(name: str, models: Mapping[str, str] = MODELS) -> Model:
    """Return the model called `name`; RegistryError names the nearest ones, or what is missing."""
    try:
        target = models[name]
    except KeyError:
        raise RegistryError(_unknown(name, models)) from None
    module, _, attribute = target.partition(":")
    try:
        model = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise RegistryError(f"model {name!r} cannot be loaded: {error}") from error
    if not isinstance(model, Model):
        raise RegistryError(f"model {name!r} cannot be loaded: {target} is not a Model")
    return model


def _unknown(name: str, models: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(name.lower(), models, n=3, cutoff=0.4)
    offer = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(sorted(models))}"
    return f"unknown model {name!r}; {offer}"
