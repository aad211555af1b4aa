"""Nonin 3230 finger oximeters (and the 3150 BLE, which has the same characteristic).

Nothing is ever written to them: the numbers carry no time, so that their clock need not be set.
"""

from collections.abc import Sequence

from drivers.devices.about import ABOUT
from drivers.devices.readings import plain
from drivers.model import Device, DeviceConfig, Guess, Listener, Model, Source, Transport
from drivers.wire.events import Event
from drivers.wire.nonin_3230 import Nonin3230Decoder
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Reading

SERVICE = "46a970e0-0d5f-11e2-8b5e-0002a5d5c51b"
CONTINUOUS_OXIMETRY = "0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b"


class BleOximeter(Listener):
    """Tells its numbers once a second from the moment it is on the finger."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return the numbers and flags of one notification."""
        return plain(events, self._device_id, t, simulated=self._simulated)


def _oximeter(config: DeviceConfig, clock: Clock) -> Device:
    return BleOximeter(config)


MODEL = Model(
    "nonin-3230",
    "Nonin 3230 and 3150 BLE over Bluetooth",
    Transport.BLE,
    ("spo2", "pulse_rate", "perfusion_index"),
    (Source(Nonin3230Decoder, CONTINUOUS_OXIMETRY), *ABOUT),
    _oximeter,
    silent_after_s=4.0,  # once a second: three missed, and the radio's own delay
    reopen_after_s=20.0,
    guess=Guess(names=("Nonin3230", "Nonin3150"), services=(SERVICE,)),
)
