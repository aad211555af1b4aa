"""Jumper JPD-500F oximeters: they speak by themselves; nothing is ever written to them."""

from collections.abc import Sequence

from drivers.devices.about import ABOUT
from drivers.devices.readings import plain
from drivers.model import Device, DeviceConfig, Guess, Listener, Model, Source, Transport
from drivers.wire.events import Event
from drivers.wire.jumper import JumperDecoder
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Reading

SERVICE = "cdeacb80-5235-4c07-8846-93a37ee6b86d"
NOTIFY = "cdeacb81-5235-4c07-8846-93a37ee6b86d"


class JumperOximeter(Listener):
    """Tells its numbers as long as it is connected."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return the numbers and flags of one notification."""
        return plain(events, self._device_id, t, simulated=self._simulated)


def _oximeter(config: DeviceConfig, clock: Clock) -> Device:
    return JumperOximeter(config)


MODEL = Model(
    "jumper-jpd500f",
    'Jumper JPD-500F "My Oximeter", PLS-01BT',
    Transport.BLE,
    ("spo2", "pulse_rate", "perfusion_index"),
    (Source(JumperDecoder, NOTIFY), *ABOUT),
    _oximeter,
    silent_after_s=4.0,
    reopen_after_s=20.0,
    guess=Guess(names=("My Oximeter", "PLS-01BT"), services=(SERVICE,)),
)
