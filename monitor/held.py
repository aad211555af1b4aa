"""What a bed holds of its devices, for clients that are here and for one that comes later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import Nanos
from monitor.core.types import (
    CuffState,
    DeviceInfo,
    DeviceLink,
    DeviceStatus,
    InfoField,
    LinkState,
    Nibp,
    Numeric,
    Reading,
    StatusCode,
)
from monitor.link import messages
from monitor.link.messages import Message
from monitor.link.outgoing import Translator, age_s
from monitor.record.resume import ReadBack
from monitor.stream.numerics import NumericTrend

TREND_S = 4 * 3600
BACKFILL_S = 2 * 3600.0
BACKFILL_STEP_S = 5.0
GONE = frozenset({LinkState.LOST, LinkState.CONNECTING})


@dataclass(frozen=True, slots=True)
class Device:
    """One device of a bed, as the configuration binds it."""

    id: str
    model: str
    simulated: bool
    replay: bool
    channels: tuple[str, ...] = ()  # that it is used for; empty: all it gives
    orders: tuple[str, ...] = ()  # that a person may give it
    interval_s: float = 1.0  # between two of its continuous numbers

    def gives(self, channel: str) -> bool:
        """Return whether the bed uses this channel of the device."""
        return not self.channels or channel in self.channels


class Held:
    """The newest of everything, and the trends; makes the messages that tell of a change."""

    def __init__(self, devices: Mapping[str, Device], say: Translator) -> None:
        self._devices = devices
        self._say = say
        self._numerics: dict[tuple[str, str], Numeric] = {}
        self._nibp: Nibp | None = None
        self._links: dict[str, DeviceLink] = {}
        self._status: dict[str, set[StatusCode]] = {}
        self._info: dict[str, dict[InfoField, str]] = {}
        self._cuffs: dict[str, CuffState] = {}
        self._trends: dict[str, NumericTrend] = {}

    def keep(self, reading: Reading, now: Nanos, *, shown: bool) -> Message | None:
        """Remember a reading; return what clients are told of it."""
        if isinstance(reading, Numeric):
            self._numerics[reading.device_id, reading.channel] = reading
            if shown:
                self._trend(reading.channel).append(reading.t, reading.value)
            return self._say.numeric(reading, now, self._say.next_seq(), shown=shown)
        if isinstance(reading, Nibp):
            if not reading.stored:
                self._nibp = reading
                self.keep_pressures(reading)
            return self._say.nibp(reading, now, self._say.next_seq())
        if isinstance(reading, CuffState):
            self._cuffs[reading.device_id] = reading
            return self._say.cuff(reading, now, self._say.next_seq())
        return self._keep_device(reading)

    def _keep_device(self, reading: Reading) -> Message | None:
        if isinstance(reading, DeviceStatus):
            flags = self._status.setdefault(reading.device_id, set())
            (flags.add if reading.active else flags.discard)(reading.code)
        elif isinstance(reading, DeviceInfo):
            self._info.setdefault(reading.device_id, {})[reading.field] = reading.text
        elif isinstance(reading, DeviceLink):
            self._links[reading.device_id] = reading
            if reading.state in GONE:
                self._status.pop(reading.device_id, None)  # what cannot be renewed is not known any more
        if reading.device_id not in self._links:
            return None
        return self._device(reading.device_id, self._say.next_seq())

    def says_news(self, reading: DeviceInfo) -> bool:
        """Return whether a device says something of itself that it has not said before."""
        return self._info.get(reading.device_id, {}).get(reading.field) != reading.text

    def keep_pressures(self, reading: Nibp) -> None:
        """Put the pressures of a cuff measurement into the trend."""
        pressures = ("nibp_sys", reading.sys), ("nibp_dia", reading.dia), ("nibp_map", reading.map)
        for channel, value in pressures:
            self._trend(channel).append(reading.t, value)

    def restore(self, past: ReadBack, shown: Callable[[str, str], bool]) -> None:
        """Take up what the record holds: the last values with their age, and the trend."""
        for reading in past.numerics.values():
            self._numerics[reading.device_id, reading.channel] = reading
        self._nibp = past.last_nibp
        for (device, channel), points in past.trend.items():
            if shown(channel, device):
                trend = self._trend(channel)
                for point in points:
                    trend.append(point.t, point.value)
        for nibp in past.nibps:
            if not nibp.stored:
                self.keep_pressures(nibp)

    def _trend(self, channel: str) -> NumericTrend:
        trend = self._trends.get(channel)
        if trend is None:
            trend = self._trends[channel] = NumericTrend(TREND_S)
        return trend

    def _device(self, device_id: str, seq: int) -> messages.Device:
        known = self._devices[device_id]
        flags = sorted(self._status.get(device_id, set()))
        info = self._info.get(device_id)
        said = self._say.device(self._links[device_id], known.model, flags, seq, info, known.orders)
        said.interval_s = known.interval_s
        said.channels = list(known.channels)
        return said

    # --- for a client that comes now -----------------------------------------------------------

    def devices(self, seq: int) -> list[messages.Device]:
        """Return every device that has a state."""
        return [self._device(device_id, seq) for device_id in self._links]

    def numerics(self, now: Nanos, seq: int, shown: Callable[[str, str], bool]) -> list[messages.Numeric]:
        """Return the newest reading of every channel of every device."""
        return [
            self._say.numeric(reading, now, seq, shown=shown(reading.channel, reading.device_id))
            for reading in self._numerics.values()
        ]

    def nibp(self, now: Nanos, seq: int) -> messages.Nibp | None:
        """Return the newest cuff measurement that was not stored."""
        return self._say.nibp(self._nibp, now, seq) if self._nibp else None

    def cuffs(self, now: Nanos, seq: int) -> list[messages.Cuff]:
        """Return what every cuff that takes orders does."""
        return [self._say.cuff(state, now, seq) for state in self._cuffs.values()]

    def backfill(self, now: Nanos) -> list[messages.ChannelTrend]:
        """Return the trend of the last two hours."""
        return [_backfill(channel, trend, now) for channel, trend in self._trends.items()]


def _backfill(channel: str, trend: NumericTrend, now: Nanos) -> messages.ChannelTrend:
    step_s = 0.0 if CATALOGUE[channel].episodic else BACKFILL_STEP_S
    times, values = trend.sampled(now, BACKFILL_S, step_s)
    return messages.ChannelTrend(
        channel=channel,
        age_s=[age_s(Nanos(int(t)), now) for t in times],
        values=[None if np.isnan(value) else float(value) for value in values],
    )
