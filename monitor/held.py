"""What a bed holds of its devices, for clients that are here and for one that comes later."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from monitor.core.clock import Nanos, seconds
from monitor.core.types import (
    CuffState,
    DeviceInfo,
    DeviceLink,
    DeviceStatus,
    InfoField,
    LinkState,
    Mark,
    Nibp,
    Numeric,
    Reading,
    StatusCode,
)
from monitor.link import messages
from monitor.link.messages import Message
from monitor.link.outgoing import Translator, age_s
from monitor.record.marks import identity
from monitor.record.resume import ReadBack
from monitor.stream.numerics import NumericTrend

TREND_S = 4 * 3600
BACKFILL_S = 2 * 3600.0
BACKFILL_STEP_S = 5.0
NIBPS_KEPT, NIBPS_TOLD = 256, 64
"""Cuff readings in memory, and the newest of them that a client is told."""
PRESSURES = ("nibp_sys", "nibp_dia", "nibp_map")
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

    def used(self, nibp: Nibp) -> Nibp:
        """Return a cuff measurement with the pressures that the bed uses, and no others."""
        if not self.channels:
            return nibp
        return replace(
            nibp,
            sys=nibp.sys if self.gives("nibp_sys") else None,
            dia=nibp.dia if self.gives("nibp_dia") else None,
            map=nibp.map if self.gives("nibp_map") else None,
        )


class Held:
    """The newest of everything, and the trends; makes the messages that tell of a change."""

    def __init__(self, devices: Mapping[str, Device], say: Translator) -> None:
        self._devices = devices
        self._say = say
        self._numerics: dict[tuple[str, str], Numeric] = {}
        self._nibps: OrderedDict[str, Nibp] = OrderedDict()  # by identity, none from a cuff's memory
        self._marks: dict[str, Mark] = {}
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
                self._keep_nibp(reading)
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

    def identify(self, reading: Nibp, utc_ns: int) -> tuple[Nibp, int]:
        """Return a new cuff reading with its identity, and its UTC: no two of one cuff have the same."""
        while identity(reading.device_id, utc_ns) in self._nibps:
            utc_ns += 1
        return replace(reading, id=identity(reading.device_id, utc_ns)), utc_ns

    def _keep_nibp(self, reading: Nibp) -> None:
        self._nibps[reading.id] = reading
        while len(self._nibps) > NIBPS_KEPT:
            self._nibps.popitem(last=False)

    def mark(self, reading: str, mark: Mark | None, now: Nanos) -> Message | None:
        """Mark a cuff reading invalid (None: valid again); return what clients are told of it."""
        self._marks.pop(reading, None)
        if mark is not None:
            self._marks[reading] = mark
        marked = self._nibps.get(reading)
        return None if marked is None else self._say_nibp(marked, now, self._say.next_seq())

    def about(self, reading: str) -> dict[str, object]:
        """Return what a cuff reading is, for the journal."""
        one = self._nibps.get(reading)
        if one is None:
            return {}
        values = dict(zip(PRESSURES, (one.sys, one.dia, one.map), strict=True))
        return {"device": one.device_id, "reading_t_ns": int(one.t), **values}

    def _say_nibp(self, reading: Nibp, now: Nanos, seq: int) -> messages.Nibp:
        return self._say.nibp(reading, now, seq, self._marks.get(reading.id))

    def restore(self, past: ReadBack, shown: Callable[[str, str], bool]) -> None:
        """Take up what the record holds: the last values with their age, and the trend."""
        for reading in past.numerics.values():
            self._numerics[reading.device_id, reading.channel] = reading
        self._marks = dict(past.marks)
        for (device, channel), points in past.trend.items():
            if shown(channel, device):
                trend = self._trend(channel)
                for point in points:
                    trend.append(point.t, point.value)
        for nibp in past.nibps:
            if not nibp.stored:
                self._keep_nibp(nibp)

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
        """Return the newest cuff measurement that was not stored and is not marked invalid."""
        valid = (one for one in reversed(self._nibps.values()) if one.id not in self._marks)
        newest = next(valid, None)
        return self._say_nibp(newest, now, seq) if newest else None

    def nibps(self, now: Nanos, seq: int) -> list[messages.Nibp]:
        """Return the cuff measurements within the trend, oldest first, with their marks."""
        since = now - seconds(BACKFILL_S)
        lately = [one for one in self._nibps.values() if one.t >= since]
        return [self._say_nibp(one, now, seq) for one in lately[-NIBPS_TOLD:]]

    def cuffs(self, now: Nanos, seq: int) -> list[messages.Cuff]:
        """Return what every cuff that takes orders does."""
        return [self._say.cuff(state, now, seq) for state in self._cuffs.values()]

    def backfill(self, now: Nanos) -> list[messages.ChannelTrend]:
        """Return the trend of the last two hours; a cuff reading marked invalid has no value."""
        trends = [_backfill(channel, trend, now) for channel, trend in self._trends.items()]
        return trends + ([self._pressures(channel, now) for channel in PRESSURES] if self._nibps else [])

    def _pressures(self, channel: str, now: Nanos) -> messages.ChannelTrend:
        place, since = PRESSURES.index(channel), now - seconds(BACKFILL_S)
        told = [one for one in self._nibps.values() if one.t >= since]
        return messages.ChannelTrend(
            channel=channel,
            age_s=[age_s(one.t, now) for one in told],
            values=[None if one.id in self._marks else (one.sys, one.dia, one.map)[place] for one in told],
        )


def _backfill(channel: str, trend: NumericTrend, now: Nanos) -> messages.ChannelTrend:
    times, values = trend.sampled(now, BACKFILL_S, BACKFILL_STEP_S)
    return messages.ChannelTrend(
        channel=channel,
        age_s=[age_s(Nanos(int(t)), now) for t in times],
        values=[None if np.isnan(value) else float(value) for value in values],
    )
