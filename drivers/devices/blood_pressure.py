"""Any cuff with the Blood Pressure Service; most wake, send what they have, and hang up."""

from collections.abc import Sequence

from drivers.devices.about import ABOUT
from drivers.devices.freshness import Freshness
from drivers.devices.readings import numeric
from drivers.model import Device, DeviceConfig, Guess, Listener, Model, Transport, characteristic, service
from drivers.wire.blood_pressure import BloodPressureDecoder, CuffPressureDecoder
from drivers.wire.events import Event, NibpEvent, NumericEvent
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Nibp, NibpSource, Numeric, Reading
from monitor.core.units import Unit, to_unit


class Cuff(Listener):
    """A cuff that a person or the cuff itself starts; pressures leave in mmHg."""

    def __init__(self, config: DeviceConfig, clock: Clock) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._clock = clock
        self._freshness = Freshness(config.device_id)

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return the measurements that were not sent before, and the pressure in the cuff."""
        found: list[Reading] = []
        for event in events:
            if isinstance(event, NumericEvent):
                found.append(self._cuff_pressure(event, t))
            elif isinstance(event, NibpEvent) and not self._freshness.repeated(event, t):
                found.append(self._nibp(event, t))
        return found

    def _cuff_pressure(self, event: NumericEvent, t: Nanos) -> Numeric:
        reading = numeric(event, self._device_id, t, simulated=self._simulated)
        return Numeric(
            reading.device_id,
            reading.channel,
            reading.t,
            _mmhg(event.value, event.unit),
            Unit.MMHG,
            reading.reason,
            simulated=reading.simulated,
        )

    def _nibp(self, event: NibpEvent, t: Nanos) -> Nibp:
        local = self._clock.utc().astimezone().replace(tzinfo=None)
        return Nibp(
            self._device_id,
            t,
            _mmhg(event.sys, event.unit),
            _mmhg(event.dia, event.unit),
            _mmhg(event.map, event.unit),
            event.pulse_rate,
            Unit.MMHG,
            event.status,
            NibpSource.DEVICE_INITIATED,
            stored=self._freshness.stored(event.device_time, t, local),
            device_time=event.device_time,
            simulated=self._simulated,
        )


def _mmhg(value: float | None, unit: Unit) -> float | None:
    return None if value is None else to_unit(value, unit, Unit.MMHG)


def _cuff(config: DeviceConfig, clock: Clock) -> Device:
    return Cuff(config, clock)


MODEL = Model(
    "ble-blood-pressure",
    "any cuff with the Bluetooth Blood Pressure Service (A&D UA-651BLE and others)",
    Transport.BLE,
    ("nibp_sys", "nibp_dia", "nibp_map", "nibp_pulse_rate", "cuff_pressure"),
    (
        characteristic(0x2A35, BloodPressureDecoder),
        characteristic(0x2A36, CuffPressureDecoder, optional=True),
        *ABOUT,
    ),
    _cuff,
    episodic=True,
    guess=Guess(services=(service(0x1810),)),
)
