"""Any cuff with the Blood Pressure Service; most wake, send what they have, and hang up.

Nothing is ever written to it but the time: no command of these cuffs inflates, and several of
their makers' own commands erase.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from drivers.devices.about import ABOUT
from drivers.devices.clock_setting import ClockSetting
from drivers.devices.freshness import Freshness
from drivers.devices.readings import numeric, plain
from drivers.model import (
    Device,
    DeviceConfig,
    Guess,
    Listener,
    Model,
    Step,
    Transport,
    Write,
    characteristic,
    service,
)
from drivers.wire import current_time
from drivers.wire.about import BATTERY_LOW_PCT
from drivers.wire.blood_pressure import BloodPressureDecoder, CuffPressureDecoder, FeatureDecoder
from drivers.wire.current_time import CurrentTimeDecoder
from drivers.wire.events import Event, InfoEvent, NibpEvent, NumericEvent, StatusEvent
from monitor.core.clock import Clock, Nanos
from monitor.core.types import InfoField, Nibp, NibpSource, Numeric, Reading, StatusCode
from monitor.core.units import Unit, to_unit

BEURER_COMPANY, OMRON_COMPANY = 0x0611, 0x020E


class Cuff(Listener):
    """A cuff that a person or the cuff itself starts; pressures leave in mmHg."""

    def __init__(self, config: DeviceConfig, clock: Clock) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._freshness = Freshness(config.device_id)
        self._time = ClockSetting(clock, self._freshness)
        self._flags: set[StatusCode] = set()  # that are on, across connections

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Return the time: cuffs stamp their readings, and some send none before they have it."""
        return self._time.opened()

    def step(self, now: Nanos) -> Step:
        """Return the time once more for a cuff that has told its own and waits for an answer."""
        return Step(self._time.due())

    def closed(self, now: Nanos) -> Sequence[Reading]:
        """Forget the cuff's clock; return nothing: nothing is under way that we know of."""
        self._time.closed()
        return ()

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return the measurements that were not sent before, the pressure in the cuff, and facts."""
        self._time.heard(events)
        found: list[Reading] = []
        for event in events:
            if isinstance(event, NumericEvent):
                found.append(self._cuff_pressure(event, t))
            elif isinstance(event, NibpEvent):
                found.extend(self._nibp(event, t))
            else:
                found.extend(plain(self._with_end(event), self._device_id, t, simulated=self._simulated))
        return found

    def _with_end(self, event: Event) -> Iterable[Event]:
        """Yield the event, and the end of a flag that an earlier connection left on.

        A decoder lives as long as a connection; a cuff is not lost between two, so its flags stand.
        """
        yield event
        if isinstance(event, StatusEvent):
            (self._flags.add if event.active else self._flags.discard)(event.code)
        elif isinstance(event, InfoEvent) and (code := _disproved(event)) in self._flags:
            self._flags.discard(code)
            yield StatusEvent(event.span, code, False)

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

    def _nibp(self, event: NibpEvent, t: Nanos) -> list[Nibp]:
        if self._freshness.repeated(event, t):
            return []
        local, measured = self._time.local(), event.device_time
        reading = Nibp(
            self._device_id,
            t,
            _mmhg(event.sys, event.unit),
            _mmhg(event.dia, event.unit),
            _mmhg(event.map, event.unit),
            event.pulse_rate,
            Unit.MMHG,
            event.status,
            NibpSource.DEVICE_INITIATED,
            stored=self._freshness.stored(measured, t, local),
            device_time=None if measured is None else self._freshness.on_our_clock(measured, local),
            simulated=self._simulated,
        )
        # a failure from the memory says nothing of anybody: A&D cuffs hold some from the factory's tests
        return [] if reading.failed and reading.stored else [reading]


def _disproved(event: InfoEvent) -> StatusCode | None:
    """Return the flag that cannot be on when this is so."""
    if event.field is InfoField.BATTERY_PCT and int(event.text) > BATTERY_LOW_PCT:
        return StatusCode.BATTERY_LOW
    return StatusCode.CLOCK_UNSET if current_time.told(event) is not None else None


def _mmhg(value: float | None, unit: Unit) -> float | None:
    return None if value is None else to_unit(value, unit, Unit.MMHG)


BATTERY, *DESCRIPTION = ABOUT
FACTS = (characteristic(0x2A49, FeatureDecoder, optional=True, read=True), *DESCRIPTION)
"""Asked for late: A&D cuffs want the time and the subscription within 5 s of encryption."""


def _cuff(config: DeviceConfig, clock: Clock) -> Device:
    return Cuff(config, clock)


MODEL = Model(
    "ble-blood-pressure",
    "any cuff with the Bluetooth Blood Pressure Service (A&D UA-651BLE, Omron, Beurer and others)",
    Transport.BLE,
    ("nibp_sys", "nibp_dia", "nibp_map", "nibp_pulse_rate", "cuff_pressure"),
    (
        characteristic(0x2A35, BloodPressureDecoder),
        characteristic(0x2A36, CuffPressureDecoder, optional=True),
        *(replace(source, late=True) for source in FACTS),
        BATTERY,
        characteristic(0x2A2B, CurrentTimeDecoder, optional=True, read=True),
    ),
    _cuff,
    episodic=True,
    speak_every_s=1.0,
    guess=Guess(
        names=("A&D_UA-", "BLESmart_", "BM54"),
        services=(service(0x1810),),
        companies=(OMRON_COMPANY, BEURER_COMPANY),
    ),
)
