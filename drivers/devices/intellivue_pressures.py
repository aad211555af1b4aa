"""Which cuff reading of a monitor is new, and which is fresh?

The monitor sends its newest one in every set, so the same time again is one reading: in mmHg or, if
somebody changes the unit, in kPa. Without a time the values tell. One that the monitor's own clock
calls older than 5 min is stored: its clock as told last, for somebody may put it right, and summer
time may end, in the middle of a session. Where it does not tell its clock, a reading that appears
while its sets are being read was measured just then; the first one of a session is judged by this
computer's clock, or is stored when it has no time.
"""

from collections import deque
from datetime import datetime, timedelta

from msgspec.structs import replace

from drivers.devices.freshness import STORED_AFTER, Freshness
from drivers.model import DeviceConfig
from drivers.wire.events import NibpEvent
from monitor.core.clock import Nanos, seconds
from monitor.core.types import Nibp, NibpSource
from monitor.core.units import Unit, to_unit

WATCHED = seconds(5.0)
"""After sets have come for so long, a new cuff reading was not there before."""
AHEAD = timedelta(seconds=5)
"""A time this much later than the set's own: what is between may be rounding."""
REMEMBERED = 64
_Identity = tuple[object, ...]


class Pressures:
    """Tells a new cuff measurement from the same one in the next set."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._freshness = Freshness(config.device_id)
        self._dated: deque[_Identity] = deque(maxlen=REMEMBERED)
        self._last: _Identity | None = None  # the pressures of the one told last
        self._slow_by: timedelta | None = None  # what the monitor's clock lacks to ours, as told last
        self._sets_since: Nanos | None = None

    def opened(self) -> None:
        """Forget what this way has shown; a reading seen before stays known."""
        self._freshness.opened()
        self._slow_by = None
        self._sets_since = None

    def clock_told(self, device: datetime, local: datetime) -> None:
        """Learn what the monitor's clock says now."""
        self._slow_by = local - device

    def take(self, event: NibpEvent, t: Nanos, local: datetime) -> Nibp | None:
        """Return the measurement, None when it came before."""
        identity, pressures = _identity(event), (event.sys, event.dia, event.map)
        if event.device_time is None:
            known = pressures == self._last
        else:  # what was good does not become a reading again when the monitor comes to doubt it
            known = identity in self._dated or _identity(replace(event, status=())) in self._dated
        if known:
            return None
        self._last = pressures
        self._dated.append(identity)
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
            stored=self._is_stored(event.device_time, t, local),
            device_time=event.device_time,
            simulated=self._simulated,
        )

    def set_came(self, t: Nanos) -> None:
        """Learn that numerics came: what they do not hold is not there."""
        if self._sets_since is None:
            self._sets_since = t

    def _is_stored(self, measured: datetime | None, t: Nanos, local: datetime) -> bool:
        watched = self._sets_since is not None and t - self._sets_since >= WATCHED
        if measured is None:
            return not watched
        if self._slow_by is not None:
            return not -AHEAD <= local - self._slow_by - measured <= STORED_AFTER
        if watched:
            return False
        return self._freshness.stored(measured, t, local)


def _identity(event: NibpEvent) -> _Identity:
    """Return what makes a measurement; one of the same time may complete itself, or cease to be doubtful."""
    pressures = event.sys, event.dia, event.map
    if event.device_time is None:
        return pressures
    return event.device_time, event.status, *(pressure is None for pressure in pressures)


def _mmhg(value: float | None, unit: Unit) -> float | None:
    return None if value is None else to_unit(value, unit, Unit.MMHG)
