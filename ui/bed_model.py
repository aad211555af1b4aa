"""What the client knows of one bed: every message folded into one state, without Qt.

Ages are the message's own age plus what went by since it arrived: no clock is shared with the
service. Nothing here decides what is shown; the presenters do.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from monitor.core.clock import SECOND, Nanos, seconds
from monitor.link.client import LOST_AFTER, Connection
from monitor.link.messages import (
    Alarm,
    AlarmBoard,
    BaselineInForce,
    BedMessage,
    ChannelTrend,
    Cuff,
    Device,
    Heartbeat,
    Hello,
    LimitInForce,
    Nibp,
    Numeric,
    ServiceMessage,
    Snapshot,
    Waveform,
)
from ui.sweep import Sweep
from ui.trend_points import TrendPoints

Item = ServiceMessage | Connection

ALARMS_KEPT = 200
"""Occurrences whose last event is kept, for the value that a latched row was about."""
_NEVER = Nanos(0)


@dataclass(frozen=True, slots=True)
class HeldNumeric:
    """A reading and when it was born, on this client's clock."""

    message: Numeric
    born: Nanos


@dataclass(frozen=True, slots=True)
class HeldNibp:
    """A cuff measurement and when it was born, on this client's clock."""

    message: Nibp
    born: Nanos

    @property
    def failed(self) -> bool:
        """True when the measurement ended without a pressure."""
        return self.message.nibp_sys is None and self.message.nibp_map is None


def _born(held: HeldNibp) -> Nanos:
    return held.born


@dataclass(frozen=True, slots=True)
class HeldCuff:
    """What a cuff that takes orders does, and when its cycle measures next, on this client's clock."""

    message: Cuff
    due: Nanos | None


@dataclass(slots=True)
class BedState:
    """One bed as this client knows it."""

    bed: str | None = None
    title: str = ""
    connection: Connection | None = None
    heard: Nanos | None = None  # last sign of life of the service
    known: bool = False  # a snapshot has come
    epoch: str = ""
    version: str = ""
    flash_origin: Nanos = _NEVER
    session: str | None = None
    session_born: Nanos | None = None
    preset: str = ""
    preset_note: str = ""
    sound: str = ""
    store: str = ""
    restored_after_s: float | None = None
    simulated: bool = False
    replay: bool = False
    numerics: dict[tuple[str, str], HeldNumeric] = field(default_factory=dict)
    nibps: dict[str, HeldNibp] = field(default_factory=dict)  # cuff readings, by identity
    nibp: HeldNibp | None = None  # the newest with a pressure that is not marked invalid
    nibp_failed: HeldNibp | None = None  # a failed attempt newer than that
    board: AlarmBoard | None = None
    board_arrived: Nanos = _NEVER
    devices: dict[str, Device] = field(default_factory=dict)
    cuffs: dict[str, HeldCuff] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)  # contested channel -> device shown
    limits: tuple[LimitInForce, ...] = ()
    limits_changed: int = 0
    baseline: BaselineInForce | None = None
    snapshot_arrived: Nanos = _NEVER
    alarms: OrderedDict[str, Alarm] = field(default_factory=OrderedDict)  # by occurrence
    settled: dict[str, Nanos] = field(default_factory=dict)  # when it was acknowledged or ended
    sweeps: dict[str, Sweep] = field(default_factory=dict)
    trends: dict[str, TrendPoints] = field(default_factory=dict)

    def numeric(self, channel: str) -> HeldNumeric | None:
        """Return the newest reading of `channel`, one with a value before one without.

        Of several devices that give it, the one that the service shows.
        """
        source = self.sources.get(channel)
        held = [
            one
            for (device, name), one in self.numerics.items()
            if name == channel and source in (None, device)
        ]
        return max(held, key=lambda one: (one.message.value is not None, one.born), default=None)

    def show_newest(self) -> None:
        """Choose the reading that is shown: the newest valid one, and a failed attempt after it."""
        valid = [one for one in self.nibps.values() if not one.message.invalid and not one.failed]
        self.nibp = max(valid, key=_born, default=None)
        failed = [one for one in self.nibps.values() if one.failed]
        newest = max(failed, key=_born, default=None)
        later = newest is not None and (self.nibp is None or newest.born > self.nibp.born)
        self.nibp_failed = newest if later else None

    @property
    def marked(self) -> HeldNibp | None:
        """Return the newest cuff reading when it is marked invalid."""
        newest = max(self.nibps.values(), key=_born, default=None)
        return newest if newest is not None and newest.message.invalid else None

    @property
    def newest_marked(self) -> HeldNibp | None:
        """Return the newest of the cuff readings that are marked invalid, whatever came after it."""
        return max((one for one in self.nibps.values() if one.message.invalid), key=_born, default=None)

    def connected(self, now: Nanos) -> bool:
        """Return whether the service is heard and has told what this bed is."""
        if self.connection is None or self.connection.state != "connected" or not self.known:
            return False
        return self.heard is not None and now - self.heard <= LOST_AFTER


class BedModel:
    """Folds messages into `state`; of several beds it follows the one named, else the first heard of."""

    def __init__(self, bed: str | None = None) -> None:
        self.state = BedState(bed=bed)

    def accept(self, item: Item, arrived: Nanos) -> None:
        """Take one item that reached this client at `arrived`."""
        if isinstance(item, Connection):
            self._connection(item)
            if item.state == "connected":
                self.state.heard = arrived  # the service has just said hello
            return
        self.state.heard = arrived
        if isinstance(item, Heartbeat):
            self.state.flash_origin = Nanos(arrived - round(item.flash * SECOND))
        elif isinstance(item, Hello):
            self._hello(item)
        elif isinstance(item, BedMessage) and self._ours(item):
            self._fold(item, arrived)

    def _ours(self, item: BedMessage) -> bool:
        if self.state.bed is None:
            self.state.bed = item.bed
        return item.bed == self.state.bed

    def _connection(self, connection: Connection) -> None:
        self.state.connection = connection
        if connection.state != "connected":
            self.state.known = False

    def _hello(self, hello: Hello) -> None:
        if hello.epoch != self.state.epoch:
            self.state.sweeps.clear()
            self.state.alarms.clear()
            self.state.settled.clear()
        self.state.epoch, self.state.version = hello.epoch, hello.version
        if self.state.bed is None and hello.beds:
            self.state.bed = hello.beds[0]

    def _fold(self, item: BedMessage, arrived: Nanos) -> None:
        self.state.simulated = self.state.simulated or item.simulated
        self.state.replay = self.state.replay or item.replay
        match item:
            case Numeric():
                self._numeric(item, arrived)
            case Nibp():
                self._nibp(item, arrived)
            case Waveform():
                self._waveform(item, arrived)
            case AlarmBoard():
                self.state.board, self.state.board_arrived = item, arrived
            case Snapshot():
                self._snapshot(item, arrived)
            case _:
                self._told(item, arrived)

    def _told(self, item: BedMessage, arrived: Nanos) -> None:
        match item:
            case Alarm():
                self._alarm(item, arrived)
            case Device():
                self.state.devices[item.device] = item
            case Cuff():
                self._cuff(item, arrived)

    def _numeric(self, item: Numeric, arrived: Nanos) -> None:
        born = Nanos(arrived - seconds(item.age_s))
        self.state.numerics[item.device, item.channel] = HeldNumeric(item, born)
        if item.shown:
            self._trend(item.channel).put(born, item.value)

    def _cuff(self, item: Cuff, arrived: Nanos) -> None:
        due = None if item.due_in_s is None else Nanos(arrived + seconds(item.due_in_s))
        self.state.cuffs[item.device] = HeldCuff(item, due)

    def _nibp(self, item: Nibp, arrived: Nanos) -> None:
        if item.stored:
            return  # from the cuff's memory: belongs to the record, is never shown as this patient now
        held = HeldNibp(item, Nanos(arrived - seconds(item.age_s)))
        self.state.nibps[item.id or f"{item.device}:{held.born}"] = held
        self.state.show_newest()
        if held.failed:
            return
        pressures = ("nibp_sys", item.nibp_sys), ("nibp_dia", item.nibp_dia), ("nibp_map", item.nibp_map)
        for channel, value in pressures:
            trend, counted = self._trend(channel), None if item.invalid else value
            if not trend.amend(held.born, counted):
                trend.put(held.born, counted)

    def _waveform(self, item: Waveform, arrived: Nanos) -> None:
        sweep = self.state.sweeps.get(item.channel)
        if sweep is None or sweep.rate_hz != item.rate_hz:
            sweep = self.state.sweeps[item.channel] = Sweep(item.channel, item.device, item.rate_hz)
        born = Nanos(arrived - seconds(item.age_s))
        sweep.add(item.first, item.samples, item.scale, item.offset, born)

    def _alarm(self, item: Alarm, arrived: Nanos) -> None:
        before = self.state.alarms.get(item.occurrence)
        if item.state == "unack":
            self.state.settled.pop(item.occurrence, None)
        elif item.state in ("ack", "ended") and (before is None or before.state != item.state):
            self.state.settled[item.occurrence] = arrived
        self.state.alarms[item.occurrence] = item
        self.state.alarms.move_to_end(item.occurrence)
        while len(self.state.alarms) > ALARMS_KEPT:
            gone, _ = self.state.alarms.popitem(last=False)
            self.state.settled.pop(gone, None)

    def _snapshot(self, item: Snapshot, arrived: Nanos) -> None:
        state = self.state
        state.known = True
        state.title, state.session = item.title, item.session
        age = item.session_age_s
        state.session_born = None if age is None else Nanos(arrived - seconds(age))
        state.preset, state.preset_note = item.preset, item.preset_note
        state.sound, state.store = item.sound, item.store
        state.restored_after_s = item.restored_after_s
        state.simulated, state.replay = item.simulated, item.replay
        state.limits, state.limits_changed = tuple(item.limits), item.limits_changed
        state.baseline, state.snapshot_arrived = item.baseline, arrived
        state.board, state.board_arrived = item.board, arrived
        state.devices = {device.device: device for device in item.devices}
        state.sources = dict(item.sources)
        state.cuffs.clear()
        for cuff in item.cuffs:
            self._cuff(cuff, arrived)
        state.numerics.clear()
        self._backfill(item.trend, arrived)
        for numeric in item.numerics:
            self._numeric(numeric, arrived)
        state.nibps.clear()
        state.show_newest()
        for nibp in item.nibps or ([item.nibp] if item.nibp is not None else []):
            self._nibp(nibp, arrived)

    def _backfill(self, trends: list[ChannelTrend], arrived: Nanos) -> None:
        """Take the service's trend for the time before it, and keep what this client heard itself."""
        for trend in trends:
            points = TrendPoints()
            for age, value in sorted(zip(trend.age_s, trend.values, strict=True), key=lambda one: -one[0]):
                points.put(Nanos(arrived - seconds(age)), value)
            own = self.state.trends.get(trend.channel)
            if own is None or own.first is None or points.first is None or points.first < own.first:
                self.state.trends[trend.channel] = points

    def _trend(self, channel: str) -> TrendPoints:
        return self.state.trends.setdefault(channel, TrendPoints())
