"""Any strap or watch with the Heart Rate Service (Polar H7 to H10, Garmin, Wahoo ...)."""

from collections.abc import Sequence

from drivers.devices.about import ABOUT
from drivers.devices.readings import plain
from drivers.model import Device, DeviceConfig, Guess, Listener, Model, Transport, characteristic, service
from drivers.wire.events import Event
from drivers.wire.heart_rate import HeartRateDecoder, SensorLocationDecoder
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Reading

SILENT_AFTER_S = 4.0
"""One notification a second: three missed, and the radio's own delay."""
REOPEN_AFTER_S = 20.0
"""A link may stay up under a strap that has stopped to notify."""
SOURCES = (
    characteristic(0x2A37, HeartRateDecoder),
    characteristic(0x2A38, SensorLocationDecoder, optional=True, read=True),
    *ABOUT,
)


class Strap(Listener):
    """Notifies about once a second while connected; needs no command."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return the numbers, flags and facts of one value."""
        return plain(events, self._device_id, t, simulated=self._simulated)


def _strap(config: DeviceConfig, clock: Clock) -> Device:
    return Strap(config)


MODEL = Model(
    "ble-heart-rate",
    "any strap or watch with the Bluetooth Heart Rate Service",
    Transport.BLE,
    ("heart_rate", "rr_interval"),
    SOURCES,
    _strap,
    guess=Guess(services=(service(0x180D),)),
    silent_after_s=SILENT_AFTER_S,
    reopen_after_s=REOPEN_AFTER_S,
)
