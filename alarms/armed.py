"""Everything that is armed for one bed: its channels, devices, cuffs, host, groups, and the machine."""

from collections.abc import Callable, Iterator, Sequence

from alarms.condition import Condition, limit_condition, technical_condition
from alarms.cuff import Cuff
from alarms.cuff_trouble import CONDITIONS as TROUBLES
from alarms.cuff_trouble import CuffTrouble
from alarms.groups import CauseGroup, Group, PressureGroup, RateGroup, SaturationGroup
from alarms.host import Host
from alarms.missing import SENSOR, DeviceWatch
from alarms.occurrence import Occurrences
from alarms.off import Offs
from alarms.pause import AudioPause
from alarms.preset import Preset
from alarms.track import Track
from alarms.types import DeviceDecl
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import Nanos

AGREE_WITHIN = 20.0
"""Pulse rate and heart rate that differ by no more than this say the same."""
_CAUSES = ("LINK_LOST", "SPO2_SENSOR_OFF", "PULSE_LOST")
_SATURATION = ("SPO2_DESAT", "SPO2_LOW")


class Armed:
    """Built once from the preset and the declared devices; holds no time of its own."""

    def __init__(
        self, preset: Preset, devices: Sequence[DeviceDecl], now: Nanos, ids: Callable[[], str]
    ) -> None:
        self.preset = preset
        self.machine = Occurrences(ids)
        self.pause = AudioPause()
        self.offs = Offs()
        self.tracks: dict[tuple[str, str], Track] = {}
        self.watches: dict[str, DeviceWatch] = {}
        self.cuffs: dict[str, Cuff] = {}
        self._rates: dict[str, list[Track]] = {"pulse_rate": [], "heart_rate": []}
        rates = RateGroup("rate", self._rates_agree)
        self.groups: list[Group] = [rates]
        for decl in devices:
            self._arm_continuous(decl, rates, now)
            self._arm_cuff(decl, now)
        self.host = Host(preset, self.machine)
        self.groups += self.host.groups
        self.track_list = tuple(self.tracks.values())
        self.watch_list = tuple(self.watches.values())
        self.cuff_list = tuple(self.cuffs.values())

    def conditions(self) -> Iterator[Condition]:
        """Yield every condition of the bed."""
        for group in self.groups:
            yield from group.members

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
            track = Track(decl, CATALOGUE[name], conditions, now)
            self.tracks[decl.device_id, name] = track
            self._rates.get(name, []).append(track)
        self._watch(decl, [self.tracks[decl.device_id, name] for name in judged], now)

    def _watch(self, decl: DeviceDecl, tracks: list[Track], now: Nanos) -> None:
        device = decl.device_id
        causes = CauseGroup(f"device:{device}", lambda: self.watches[device].linked is not False)
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
        no_data = [self._no_data(track, causes) for track in tracks]
        if sensor:
            found["SPO2_WEAK"] = self._join(technical_condition(self.preset, "SPO2_WEAK", device), causes)
            found["SPO2_WEAK"].sensor = SENSOR[0]
        found["BATT_LOW"] = self._join(technical_condition(self.preset, "BATT_LOW", device), battery)
        self.watches[device] = DeviceWatch(self.preset, tracks, no_data, found, now)

    def _no_data(self, track: Track, causes: Group) -> Condition:
        channel = track.channel.id
        condition = technical_condition(self.preset, "NO_DATA", track.device, channel)
        condition.sensor = SENSOR[0] if channel in SENSOR else channel
        return self._join(condition, causes)

    def _rates_agree(self) -> bool:
        pulse = [track.value for track in self._rates["pulse_rate"] if track.value is not None]
        heart = [track.value for track in self._rates["heart_rate"] if track.value is not None]
        return bool(pulse and heart) and all(abs(p - h) <= AGREE_WITHIN for p in pulse for h in heart)

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
        for name in TROUBLES:
            own = Group(f"cuff:{decl.device_id}:{name}")
            self.groups.append(own)
            troubles[name] = self._join(technical_condition(self.preset, name, decl.device_id), own)
        self.cuffs[decl.device_id] = Cuff(
            [self._join(limit_condition(self.preset, name, decl.device_id), group) for name in names],
            CuffTrouble(self.preset, troubles, now),
        )
