"""Everything that is armed for one bed: its channels, devices, cuffs, host, groups, and the machine."""

from collections.abc import Callable, Iterator, Sequence

from alarms.condition import Condition, limit_condition, technical_condition
from alarms.cuff import Cuff
from alarms.cuff_trouble import CONDITIONS as TROUBLES
from alarms.cuff_trouble import CuffTrouble
from alarms.groups import CauseGroup, Group, PressureGroup, RateGroup, SaturationGroup
from alarms.hold import Hold
from alarms.host import Host
from alarms.mismatch import Mismatch, agree
from alarms.missing import SENSOR, DeviceWatch, Ladder
from alarms.occurrence import Occurrences
from alarms.off import Offs
from alarms.outcome import Outcomes
from alarms.overdue import Overdue
from alarms.pause import AudioPause, PausedTime
from alarms.preset import Preset
from alarms.quiet import QuietRoom
from alarms.remeasure import Remeasure
from alarms.repeats import Repeats
from alarms.row_pause import RowPauses
from alarms.track import Track
from alarms.trend import Trend
from alarms.types import Act, DeviceDecl, Kind
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SECOND, Nanos

_CAUSES = ("LINK_LOST", "SPO2_SENSOR_OFF", "PULSE_LOST")
_SATURATION = ("SPO2_DESAT", "SPO2_LOW")


class Armed:
    """Built once from the preset and the declared devices; holds no time of its own."""

    def __init__(
        self, preset: Preset, devices: Sequence[DeviceDecl], now: Nanos, ids: Callable[[], str]
    ) -> None:
        self.preset = preset
        self.born = now
        self.machine = Occurrences(ids)
        spent = PausedTime()
        self.pause = AudioPause(spent)
        self.row_pauses = RowPauses(spent)
        self.outcomes = Outcomes()
        self.offs = Offs()
        self.quiet = QuietRoom()
        self.tracks: dict[tuple[str, str], Track] = {}
        self.watches: dict[str, DeviceWatch] = {}
        self.cuffs: dict[str, Cuff] = {}
        self.repeats: dict[tuple[str, str], Repeats] = {}
        self.trends: dict[str, Trend] = {}
        self.holds = {decl.limb: Hold() for decl in devices if decl.limb}
        self._rates: dict[str, list[Track]] = {"pulse_rate": [], "heart_rate": []}
        rates = RateGroup("rate", self._rates_agree)
        self.groups: list[Group] = [rates]
        for decl in devices:
            self._arm_continuous(decl, rates, now)
            self._arm_cuff(decl, now)
        self.mismatch = self._mismatch()
        self.host = Host(preset, self.machine)
        self.groups += self.host.groups
        self.track_list = tuple(self.tracks.values())
        self.watch_list = tuple(self.watches.values())
        self.cuff_list = tuple(self.cuffs.values())

    def conditions(self) -> Iterator[Condition]:
        """Yield every condition of the bed."""
        for group in self.groups:
            yield from group.members

    def ladders(self) -> Iterator[Ladder]:
        """Yield what technical conditions of devices are judged by."""
        for watch in self.watch_list:
            yield from watch.ladders()
        for cuff in self.cuff_list:
            yield from cuff.trouble.ladders()
        yield from (repeats.ladder for repeats in self.repeats.values())
        yield from (trend.ladder for trend in self.trends.values())
        if self.mismatch is not None:
            yield self.mismatch.ladder

    def _limits_of(self, channel: str) -> list[str]:
        """Return the conditions of a channel, the most urgent first."""
        found = [name for name, levels in self.preset.by_condition.items() if levels[0].channel == channel]
        return sorted(found, key=lambda name: -self.preset.by_condition[name][0].level)

    def _join(self, condition: Condition, group: Group) -> Condition:
        condition.rank = len(group.members)
        self.machine.join(condition, group)
        return condition

    # --- continuous devices -------------------------------------------------------------------

    def _arm_continuous(self, decl: DeviceDecl, rates: Group, now: Nanos) -> None:
        judged = [name for name in decl.channels if self._limits_of(name) and not CATALOGUE[name].episodic]
        if decl.episodic:
            judged = []  # it speaks only when it has measured
        for name in judged:
            group = rates
            if name not in self._rates:
                group = SaturationGroup(f"{name}:{decl.device_id}")
                self.groups.append(group)
            conditions = [
                self._join(limit_condition(self.preset, limit, decl.device_id), group)
                for limit in self._limits_of(name)
            ]
            track = Track(decl, CATALOGUE[name], conditions, now, self.holds.get(decl.limb))
            if name == SENSOR[0]:
                self._trend(track)
            self.tracks[decl.device_id, name] = track
            self._rates.get(name, []).append(track)
        self._watch(decl, [self.tracks[decl.device_id, name] for name in judged], now)

    def _watch(self, decl: DeviceDecl, tracks: list[Track], now: Nanos) -> None:
        device = decl.device_id
        causes = CauseGroup(device, lambda: self.watches[device].linked is not False)
        battery = Group(f"battery:{device}")
        self.groups += [causes, battery]
        sensor = any(track.channel.id in SENSOR for track in tracks)
        found = {
            name: self._join(technical_condition(self.preset, name, device), causes)
            for name in (_CAUSES if sensor else _CAUSES[:1])
        }
        for name in _CAUSES[1:]:
            if name in found:
                found[name].sensor = SENSOR[0]
        ladder = Ladder(self.preset.technical_by_condition["STALE_VALUE"])
        for track in tracks:
            self.repeats[device, track.channel.id] = Repeats(
                self._of_channel("STALE_VALUE", track, causes), ladder
            )
        no_data = [self._of_channel("NO_DATA", track, causes) for track in tracks]
        if sensor:
            found["SPO2_WEAK"] = self._join(technical_condition(self.preset, "SPO2_WEAK", device), causes)
            found["SPO2_WEAK"].sensor = SENSOR[0]
        found["BATT_LOW"] = self._join(technical_condition(self.preset, "BATT_LOW", device), battery)
        self.watches[device] = DeviceWatch(
            self.preset, tracks, no_data, found, now, self.holds.get(decl.limb)
        )

    def _of_channel(self, name: str, track: Track, causes: Group) -> Condition:
        channel = track.channel.id
        condition = technical_condition(self.preset, name, track.device, channel)
        condition.sensor = SENSOR[0] if channel in SENSOR else channel
        return self._join(condition, causes)

    def _rates_agree(self) -> bool:
        return agree(self._rates["pulse_rate"], self._rates["heart_rate"]) is True

    def wanted(self, now: Nanos) -> tuple[Act, ...]:
        """Return the measurements that pressure alarms want of cuffs that take orders."""
        wants = ((device, cuff.want(now)) for device, cuff in self.cuffs.items())
        return tuple(
            Act(now, "measure", reason=want.why, seconds=want.after / SECOND, more=(("device", device),))
            for device, want in wants
            if want is not None
        )

    # --- what several values say together ------------------------------------------------------

    def compare(self, now: Nanos) -> None:
        """Judge what no single value says; every second."""
        for trend in self.trends.values():
            trend.tick(self.machine, now)
        if self.mismatch is not None:
            self.mismatch.tick(self.machine, now)

    def forget(self) -> None:
        """Begin anew for another patient."""
        for trend in self.trends.values():
            trend.reset()
        if self.mismatch is not None:
            self.mismatch.since = None
        for cuff in self.cuff_list:
            cuff.readings, cuff.bases = [], {}

    def _trend(self, track: Track) -> None:
        condition = technical_condition(self.preset, "SPO2_TREND", track.device, track.channel.id)
        condition.kind = Kind.PHYSIOLOGICAL
        group = Group(f"trend:{track.device}")
        self.groups.append(group)
        ladder = Ladder(self.preset.technical_by_condition["SPO2_TREND"])
        at_rest = self.preset.baseline
        frozen = at_rest.spo2 if at_rest is not None else None
        self.trends[track.device] = Trend(self._join(condition, group), ladder, track, frozen)

    def _mismatch(self) -> Mismatch | None:
        pulse, heart = self._rates["pulse_rate"], self._rates["heart_rate"]
        if not pulse or not heart:
            return None
        condition = technical_condition(self.preset, "SOURCE_MISMATCH", heart[0].device, "heart_rate")
        group = Group("mismatch")
        self.groups.append(group)
        ladder = Ladder(self.preset.technical_by_condition["SOURCE_MISMATCH"])
        devices = {track.device for track in (*pulse, *heart)}
        causes = [g for g in self.groups if isinstance(g, CauseGroup) and g.device in devices]
        return Mismatch(
            self._join(condition, group),
            ladder,
            pulse,
            heart,
            lambda: any(member.active for cause in causes for member in cause.members),
        )

    # --- cuffs --------------------------------------------------------------------------------

    def _arm_cuff(self, decl: DeviceDecl, now: Nanos) -> None:
        names = [
            limit
            for name in decl.channels
            if name in CATALOGUE and CATALOGUE[name].episodic
            for limit in self._limits_of(name)
        ]
        if not names:
            return
        group = PressureGroup(f"pressure:{decl.device_id}")
        self.groups.append(group)
        troubles = {}
        for name in (*TROUBLES, "BP_OVERDUE"):
            own = Group(f"cuff:{decl.device_id}:{name}")
            self.groups.append(own)
            troubles[name] = self._join(technical_condition(self.preset, name, decl.device_id), own)
        overdue = troubles.pop("BP_OVERDUE")
        self.cuffs[decl.device_id] = Cuff(
            [self._join(limit_condition(self.preset, name, decl.device_id), group) for name in names],
            CuffTrouble(self.preset, troubles, now),
            Overdue(overdue, now),
            self.holds.get(decl.limb),
            Remeasure() if decl.commanded else None,
        )
