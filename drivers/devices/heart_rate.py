"""Any strap or watch with the Heart Rate Service (Polar H7 to H10, Garmin, Wahoo ...)."""

from collections.abc import Sequence

from drivers.devices.about import ABOUT
from drivers.devices.readings import plain
from drivers.model import Device, DeviceConfig, Guess, Listener, Model, Transport, characteristic, service
from drivers.wire.events import Event
from drivers.wire.heart_rate import HeartRateDecoder
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Reading


class Strap(Listener):
    """Notifies about once a second while connected; needs no command."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return the numbers and flags of one notification."""
        return plain(events, self._device_id, t, simulated=self._simulated)


def _strap(config: DeviceConfig, clock: Clock) -> Device:
    return Strap(config)


MODEL = Model(
    "ble-heart-rate",
    "any strap or watch with the Bluetooth Heart Rate Service",
    Transport.BLE,
    ("heart_rate", "rr_interval"),
    (characteristic(0x2A37, HeartRateDecoder), *ABOUT),
    _strap,
    guess=Guess(services=(service(0x180D),)),
    silent_after_s=4.0,  # one notification a second: three missed, and the radio's own delay
    reopen_after_s=20.0,  # a link may stay up under a strap that has stopped to notify
)
