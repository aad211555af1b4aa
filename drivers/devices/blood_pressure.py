"""Any cuff with the Blood Pressure Service; most wake, send what they have, and hang up.

Which reading is fresh? A cuff sends its memory through the same characteristic. A stored reading
must never raise or clear an alarm, and a fresh one must never pass as stored, though many cuffs
have a wrong clock, or none. Chosen, in this order:

1. The same time and values again (or, without a time, the same values within 30 s): dropped.
2. No time stamp: fresh. Nothing can be told, and an alarm too many is the safer mistake.
3. Earlier than the newest reading of this cuff: stored.
4. Within 5 min of this computer's clock (local time, as the cuff's display): fresh.
5. Otherwise the cuff's clock is wrong or the reading is old. It is fresh only when the cuff's
   clock has run since its newest reading as long as ours has (within 90 s): then it was measured
   just before it was sent, whatever the clock says. The first reading of a cuff with a wrong
   clock is therefore recorded as stored, with a warning that says to set the clock; the next
   ones count. Nothing waits for a later indication to be judged.
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drivers.devices.about import ABOUT
from drivers.devices.readings import numeric
from drivers.model import Device, DeviceConfig, Guess, Listener, Model, Transport, characteristic, service
from drivers.wire.blood_pressure import BloodPressureDecoder, CuffPressureDecoder
from drivers.wire.events import Event, NibpEvent, NumericEvent
from monitor.core.clock import SECOND, Clock, Nanos, seconds
from monitor.core.types import Nibp, NibpSource, Numeric, Reading
from monitor.core.units import Unit, to_unit

STORED_AFTER = timedelta(minutes=5)
SAME_RUN = timedelta(seconds=90)
REPEATED_WITHIN = seconds(30)
REMEMBERED = 256
"""More than any known cuff's memory, so that a whole resent memory is recognised."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A reading by its content, and when it arrived."""

    content: tuple[object, ...]
    timed: bool
    t: Nanos


class Freshness:
    """Judges whether a reading was measured now, came from memory, or was sent before."""

    def __init__(self, device_id: str) -> None:
        self._device_id = device_id
        self._seen: deque[_Seen] = deque(maxlen=REMEMBERED)
        self._newest: tuple[datetime, Nanos] | None = None  # by the cuff's clock, and arrival
        self._warned = False

    def repeated(self, event: NibpEvent, t: Nanos) -> bool:
        """Return whether this reading came before, and remember it."""
        content = (
            event.sys,
            event.dia,
            event.map,
            event.pulse_rate,
            event.unit,
            event.status,
            event.device_time,
        )
        timed = event.device_time is not None
        for seen in self._seen:
            if seen.content == content and (timed or t - seen.t < REPEATED_WITHIN):
                return True
        self._seen.append(_Seen(content, timed, t))
        return False

    def stored(self, measured: datetime | None, t: Nanos, local: datetime) -> bool:
        """Return whether a reading with the cuff's time `measured`, arrived at `t`, is from memory."""
        if measured is None:
            return False
        newest, self._newest = self._newest, self._later(measured, t)
        if newest is not None and measured < newest[0]:
            return True
        if abs(local - measured) <= STORED_AFTER:
            return False
        if newest is not None:
            ran = timedelta(seconds=(t - newest[1]) / SECOND)
            if abs((measured - newest[0]) - ran) <= SAME_RUN:
                return False
        self._warn(measured, local)
        return True

    def _later(self, measured: datetime, t: Nanos) -> tuple[datetime, Nanos]:
        if self._newest is not None and measured <= self._newest[0]:
            return self._newest
        return measured, t

    def _warn(self, measured: datetime, local: datetime) -> None:
        level = logging.DEBUG if self._warned else logging.WARNING
        self._warned = True
        log.log(
            level,
            "%s: reading of %s arrived at %s and is recorded as stored; if it was measured just now, set the"
            " cuff's clock",
            self._device_id,
            measured,
            local.replace(microsecond=0),
        )


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
