"""The models that can be simulated: an explicit table, each imported when it is used."""

import importlib
from types import MappingProxyType

from monitor.core.errors import ConfigError

MODELS = MappingProxyType(
    {
        "nonin-df2": "simulators.nonin:DF2",
        "nonin-df7": "simulators.nonin:DF7",
        "nonin-df8": "simulators.nonin_df8:SIM",
        "nonin-df13": "simulators.nonin_df13:SIM",
        "contec-5byte": "simulators.contec_5byte:SIM",
        "contec-v7": "simulators.contec_v7:SIM",
        "berrymed-ble": "simulators.radio.peripherals.berrymed_ble:SIM",
        "masimo-ascii1": "simulators.masimo_ascii1:SIM",
        "nellcor-ascii": "simulators.nellcor_ascii:SIM",
        "datex-dri": "simulators.datex_dri:SIM",
        "suntech-advantage": "simulators.suntech:SIM",
        "berrymed-pm6750": "simulators.pm6750:SIM",
        "jumper-jpd500f": "simulators.radio.peripherals.jumper:SIM",
        "lepu-bp2": "simulators.radio.peripherals.lepu_bp2:SIM",
        "masimo-mightysat": "simulators.radio.peripherals.mightysat:SIM",
        "nonin-3230": "simulators.radio.peripherals.nonin_3230:SIM",
        "viatom-oxy": "simulators.radio.peripherals.viatom_oxy:SIM",
        "intellivue": "simulators.intellivue:SIM",
        "ble-heart-rate": "simulators.radio.peripherals.heart_rate:SIM",
        "ble-blood-pressure": "simulators.radio.peripherals.blood_pressure:SIM",
        "ble-pulse-oximeter": "simulators.radio.peripherals.pulse_oximeter:SIM",
        "polar-h10": "simulators.radio.peripherals.polar_h10:SIM",
    }
)
"""Model name -> "module:attribute" of its SerialSim or RadioSim."""
RADIO_ROOM = "simulators.radio."


def is_wireless(model: str) -> bool:
    """Return whether a model lives on the virtual radio; nothing is imported for the answer."""
    return MODELS.get(model, "").startswith(RADIO_ROOM)


def load(model: str) -> object:
    """Return the SerialSim or RadioSim of a model; ConfigError when there is none."""
    try:
        module, _, attribute = MODELS[model].partition(":")
    except KeyError:
        raise ConfigError(f"no simulator for model {model!r}; there are {', '.join(MODELS)}") from None
    found: object = getattr(importlib.import_module(module), attribute)
    return found
