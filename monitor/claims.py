"""Which device is shown for a channel that several devices of a bed give: pure, time is an argument.

Every device is recorded and judged by the alarms; only one at a time is shown, drawn and kept as the
trend. It is the first in the bed's order (`[bed.prefer]`, else as configured) that gives values. When
that one has given none for `AWAY_AFTER`, the next one that does takes its place, and gives it back
after the first has given values for `BACK_AFTER`. Every change is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.core.clock import Nanos, seconds

AWAY_AFTER = seconds(10)
"""As NO_DATA (alarm decisions, 5): until then a gap may be a finger moved, afterwards it alarms."""
BACK_AFTER = seconds(5)
"""A device that comes and goes must not make the number on the screen jump between two."""


@dataclass(slots=True)
class _Claimant:
    """One device that gives the channel, and since when it has given values without a break."""

    device: str
    since: Nanos | None = None
    last: Nanos | None = None

    def gave(self, t: Nanos) -> None:
        if self.last is None or t - self.last > AWAY_AFTER:
            self.since = t
        self.last = t

    def present(self, now: Nanos) -> bool:
        """Return whether it gave a value of late."""
        return self.last is not None and now - self.last <= AWAY_AFTER

    def steady(self, now: Nanos) -> bool:
        """Return whether it has given values long enough to be shown again."""
        return self.present(now) and self.since is not None and now - self.since >= BACK_AFTER


class Claims:
    """The contested channels of one bed."""

    def __init__(self, channels: Mapping[str, Sequence[str]], prefer: Mapping[str, str]) -> None:
        """`channels`: device -> its continuous channels, in the bed's order; `prefer`: channel -> device."""
        by_channel: dict[str, list[str]] = {}
        for device, names in channels.items():
            for name in names:
                by_channel.setdefault(name, []).append(device)
        self._began: Nanos | None = None  # before AWAY_AFTER from here nobody is late
        self._claimants: dict[str, list[_Claimant]] = {}
        self.shown: dict[str, str] = {}  # contested channel -> the device shown for it now
        for name, devices in by_channel.items():
            if len(devices) < 2:
                continue
            devices.sort(key=lambda device: device != prefer.get(name))
            self._claimants[name] = [_Claimant(device) for device in devices]
            self.shown[name] = devices[0]

    def take(self, channel: str, device: str, value: bool, t: Nanos) -> bool:
        """Take note of a reading; return whether its device is the one shown for the channel."""
        claimants = self._claimants.get(channel)
        if claimants is None:
            return True
        if value:
            for claimant in claimants:
                if claimant.device == device:
                    claimant.gave(t)
            self._choose(channel, claimants, t)
        return self.shown[channel] == device

    def look(self, now: Nanos) -> None:
        """Let time pass: a device that gives nothing any more leaves its place."""
        for channel, claimants in self._claimants.items():
            self._choose(channel, claimants, now)

    def _choose(self, channel: str, claimants: Sequence[_Claimant], now: Nanos) -> None:
        if self._began is None:
            self._began = now
        holder = next(each for each in claimants if each.device == self.shown[channel])
        if holder.last is None and now - self._began <= AWAY_AFTER:
            return
        for claimant in claimants:
            if claimant is holder and claimant.present(now):
                return
            if claimant.steady(now) or (claimant.present(now) and not holder.present(now)):
                self.shown[channel] = claimant.device
                return
