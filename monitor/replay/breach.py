"""How long values were outside a limit without an alarm that says so: what the on-delays let pass."""

from collections.abc import Iterable

from alarms.limits import Limit
from alarms.preset import Preset
from alarms.types import AlarmEvent, DeviceDecl, Priority, State
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import Nanos, seconds
from monitor.core.types import Nibp, Numeric, Reading, Reason

HELD_VALUES = 3
"""A continuous value counts until the next one, at most through this many of its intervals."""
_FOREVER = 1 << 62


class Breach:
    """The longest stay outside one limit of one device that no alarm of its priority covered."""

    __slots__ = ("_held", "_last", "_since", "began", "device", "limit", "longest")

    def __init__(self, limit: Limit, device: DeviceDecl) -> None:
        self.limit, self.device = limit, device.device_id
        episodic = CATALOGUE[limit.channel].episodic
        self._held = _FOREVER if episodic else seconds(HELD_VALUES * device.interval_s)
        self._since: Nanos | None = None
        self._last = Nanos(0)
        self.longest = 0
        self.began: Nanos | None = None

    def take(self, value: float | None, alarmed: bool, t: Nanos) -> None:
        """Take a value, None for "no reading"."""
        if value is None or alarmed or not self.limit.outside(value):
            self.end(t)
            return
        if self._since is not None and t - self._last > self._held:
            self.end(t)
        if self._since is None:
            self._since = t
        self._last = t

    def end(self, t: Nanos) -> None:
        """The stay is over, or the recording."""
        if self._since is None:
            return
        length = min(t, self._last + self._held) - self._since
        if self.began is None or length > self.longest:
            self.longest, self.began = length, self._since
        self._since = None


class _Channel:
    """The limits of one channel of one device; values within all of them change nothing."""

    __slots__ = ("_high", "_low", "_open", "breaches")

    def __init__(self, breaches: list[Breach]) -> None:
        self.breaches = breaches
        limits = [breach.limit for breach in breaches]
        self._low = max((limit.edge for limit in limits if limit.low), default=-float("inf"))
        self._high = min((limit.edge for limit in limits if not limit.low), default=float("inf"))
        self._open = False

    def take(self, value: float | None, t: Nanos, active: dict[tuple[str, str], Priority]) -> None:
        outside = value is not None and not self._low <= value <= self._high
        if not outside and not self._open:
            return
        self._open = outside
        for breach in self.breaches:
            reached = active.get((breach.limit.condition, breach.device))
            breach.take(value, reached is not None and reached >= breach.limit.level, t)


class Breaches:
    """All limits of the devices, and which of their conditions are active now."""

    def __init__(self, preset: Preset, devices: Iterable[DeviceDecl]) -> None:
        self._active: dict[tuple[str, str], Priority] = {}
        self._channels: dict[tuple[str, str], _Channel] = {}
        limits = [limit for levels in preset.by_condition.values() for limit in levels]
        for device in devices:
            for channel in device.channels:
                found = [Breach(limit, device) for limit in limits if limit.channel == channel]
                if found:
                    self._channels[device.device_id, channel] = _Channel(found)

    @property
    def all(self) -> list[Breach]:
        """Return one for each limit, in the order of devices and channels."""
        return [breach for channel in self._channels.values() for breach in channel.breaches]

    def hear(self, event: AlarmEvent) -> None:
        """Take an event of the engine: an alarm that starts or rises ends a stay that had none."""
        device = event.device or ""
        key = event.condition, device
        if event.state in (State.UNACK, State.ACK):
            self._active[key] = event.priority
            channel = self._channels.get((device, event.channel or ""))
            for breach in channel.breaches if channel is not None else ():
                if breach.limit.condition == event.condition and event.priority >= breach.limit.level:
                    breach.end(event.t)
        else:
            self._active.pop(key, None)

    def take(self, reading: Reading | None) -> None:
        """Take a reading as the gate let it through."""
        if isinstance(reading, Numeric):
            channel = self._channels.get((reading.device_id, reading.channel))
            if channel is not None and reading.reason is not Reason.LATE:
                channel.take(reading.value, reading.t, self._active)
        elif isinstance(reading, Nibp) and not reading.stored and not reading.failed:
            values = {"nibp_sys": reading.sys, "nibp_dia": reading.dia, "nibp_map": reading.map}
            for name, value in values.items():
                channel = self._channels.get((reading.device_id, name))
                if channel is not None and value is not None:
                    channel.take(value, reading.t, self._active)

    def close(self, t: Nanos) -> None:
        """The recording ends."""
        for breach in self.all:
            breach.end(t)
