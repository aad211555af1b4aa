"""Groups: conditions with one cause share row, sound and episode; every occurrence is logged.

`cover` is the question of alarm decisions, section 3: does another active member stand for this
one, so that it needs no row and no sound of its own? The answer is computed, never stored: when
the cover ends, the covered one shows again with its own state.
"""

from collections.abc import Callable
from itertools import groupby

from alarms import texts
from alarms.condition import Condition
from alarms.escalation import FURTHER, rung
from alarms.types import Priority, Row, RowMember, State
from monitor.core.clock import Nanos, seconds

SAME_EPISODE = seconds(600)
"""Data that come back within this time after `data_lost` go on with the same episode."""


class Group:
    """Conditions that share an episode; each has its own row unless a subclass says more."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.members: list[Condition] = []
        self.episode: str | None = None
        self.until: Nanos | None = None

    # --- the episode --------------------------------------------------------------------------

    def episode_at(self, now: Nanos, ids: Callable[[], str]) -> str:
        """Return the episode that a start at `now` belongs to."""
        if self.episode is None or (not self._live() and (self.until is None or now > self.until)):
            self.episode = ids()
            self.until = None
        return self.episode

    def lost(self, now: Nanos) -> None:
        """An occurrence loses its data: the episode may go on when they come back."""
        self.until = Nanos(now + SAME_EPISODE)

    def close(self, now: Nanos) -> None:
        """Forget the episode when nothing of it is left, and nothing may come back."""
        if not self._live() and (self.until is None or now > self.until):
            self.episode = self.until = None

    def _live(self) -> bool:
        return any(member.active or member.state is State.LATCHED for member in self.members)

    # --- covering -----------------------------------------------------------------------------

    def root(self, condition: Condition) -> Condition:
        """Return the active member in whose row this one is shown; itself when it has its own."""
        return condition

    def stands_for(self, root: Condition, condition: Condition) -> bool:
        """True when the root's own priority replaces that of the condition, lower or higher."""
        return False

    def cover(self, condition: Condition) -> Condition | None:
        """Return the member whose signals this condition shares, None when it has its own."""
        root = self.root(condition)
        if root is condition:
            return None
        if root.priority >= condition.priority or self.stands_for(root, condition):
            return root
        return None

    def text(self, members: list[Condition], now: Nanos) -> str:
        """Return what the row says, the root first in `members`."""
        return texts.what(members[0], now)

    def action(self, members: list[Condition]) -> str:
        """Return the first step of the row, the root first in `members`."""
        return texts.action(members[0])


class SaturationGroup(Group):
    """SPO2_DESAT covers SPO2_LOW; the row shows both limits."""

    def root(self, condition: Condition) -> Condition:
        """Return the active member that is first in rank."""
        above = [m for m in self.members if m.active and m.rank < condition.rank]
        return min(above, key=lambda m: m.rank, default=condition)

    def cover(self, condition: Condition) -> Condition | None:
        """Return the root; what nobody has acknowledged for a minute is heard under an acknowledged one."""
        root = super().cover(condition)
        unseen = condition.state is State.UNACK and condition.risen
        return None if root is not None and root.state is State.ACK and unseen else root

    def text(self, members: list[Condition], now: Nanos) -> str:
        """Return the value once, with both limits."""
        return texts.what(members[0], now, *members[1:])


class CauseGroup(Group):
    """The cause covers its effects, of one device.

    LINK_LOST > SPO2_SENSOR_OFF > PULSE_LOST > STALE_VALUE > NO_DATA > SPO2_WEAK.
    """

    def __init__(self, device: str, link_alive: Callable[[], bool]) -> None:
        super().__init__(f"device:{device}")
        self.device = device
        self._link_alive = link_alive

    def root(self, condition: Condition) -> Condition:
        """Return the active cause that is first in rank and has to do with the same sensor."""
        above = [
            m
            for m in self.members
            if m.active and m.rank < condition.rank and m.sensor in (None, condition.sensor)
        ]
        return min(above, key=lambda m: m.rank, default=condition)

    def stands_for(self, root: Condition, condition: Condition) -> bool:
        """A sensor-off reported by a live device stands for NO_DATA."""
        sensor_off = root.name == "SPO2_SENSOR_OFF" and condition.name == "NO_DATA"
        return sensor_off and self._link_alive()

    def text(self, members: list[Condition], now: Nanos) -> str:
        """Return the cause; what was lost while alarming is said whoever carries it."""
        text = texts.what(members[0], now)
        for member in members[1:]:
            if member.detail_since is not None and members[0].detail_since is None:
                text += f", {member.detail}, {texts.age(member.detail_since, now)}"
                break
        return text


class PressureGroup(Group):
    """All pressures of one cuff share a row; an acknowledged one never quiets a new one."""

    def root(self, condition: Condition) -> Condition:
        """Return the most urgent active member, the first of them."""
        active = [m for m in self.members if m.active]
        return min(active, key=lambda m: (-m.priority, m.since, m.rank), default=condition)

    def cover(self, condition: Condition) -> Condition | None:
        """Return the root only while it signals itself."""
        root = self.root(condition)
        return root if root is not condition and root.state is State.UNACK else None

    def text(self, members: list[Condition], now: Nanos) -> str:
        """Return every pressure that is outside; the age of one reading is said once, early.

        What is being confirmed follows the root: the end of a long row may not be seen.
        """
        said = [texts.what(members[0], now)]
        first = members[0].pressure
        for member in sorted(members[1:], key=lambda m: not _confirming(m)):
            track = member.pressure
            one = first is not None and track is not None and track.reading_t == first.reading_t
            said.append(texts.what(member, now, aged=not one))
        return "; ".join(said)

    def action(self, members: list[Condition]) -> str:
        """Return the first step of the root; a reading to be confirmed, of any member, comes before it."""
        return texts.action(next(filter(_confirming, members), members[0]))


def _confirming(condition: Condition) -> bool:
    return condition.pressure is not None and condition.pressure.deadline is not None


class RateGroup(Group):
    """Pulse rate and heart rate: one row when they agree and both are low, or both high."""

    def __init__(self, key: str, agree: Callable[[], bool]) -> None:
        super().__init__(key)
        self._agree = agree

    def root(self, condition: Condition) -> Condition:
        """Return the first of the active members that say the same."""
        alike = [m for m in self.members if m.active and m.low is condition.low]
        if not self._agree():
            alike = [m for m in alike if m.channel == condition.channel]
        return min(alike, key=lambda m: (m.since, m.rank), default=condition)


_NORMAL, _UNACK = State.NORMAL, State.UNACK
"""Every tick asks all conditions; looking a member up in its enumeration is what costs."""


# --- rows ---------------------------------------------------------------------------------------


def rows(groups: list[Group], now: Nanos) -> tuple[Row, ...]:
    """Return the rows of all groups: highest priority first, newest first within one."""
    found: list[Row] = []
    for group in groups:
        live = [m for m in group.members if m.state is not _NORMAL]
        if not live:
            continue
        active = [m for m in live if m.active]
        if active:
            found += _active_rows(group, active, now)
        found += [_latched_row(group, m, now) for m in live if m.state is State.LATCHED]
    found.sort(key=lambda row: (-row.priority, -row.since))
    return tuple(found)


def _active_rows(group: Group, active: list[Condition], now: Nanos) -> list[Row]:
    rooted = sorted(((group.root(m), m) for m in active), key=lambda pair: pair[0].rank)
    return [
        _active_row(group, root, [m for _, m in pairs], now)
        for root, pairs in groupby(rooted, key=lambda pair: pair[0])
    ]


def _active_row(group: Group, root: Condition, members: list[Condition], now: Nanos) -> Row:
    members.sort(key=lambda m: (m is not root, m.rank))
    counted = [m for m in members if m is root or not group.stands_for(root, m)]
    own = [m for m in members if group.cover(m) is None]
    unack = any(m.state is State.UNACK for m in own)
    return Row(
        key=f"{group.key}:{root.name}:{root.channel or ''}",
        priority=max(m.priority for m in counted),
        state=State.UNACK if unack else State.ACK,
        text=group.text(members, now),
        action=group.action(members),
        kind=root.kind,
        since=min(m.since for m in members),
        members=tuple(_member(m) for m in members),
        acknowledged_by=None if unack else root.acked_by,
        calls=_calls(own),
    )


def _calls(own: list[Condition]) -> str:
    """Return whom the row calls: the furthest of what nobody has acknowledged in it."""
    rungs = [rung(m) for m in own if m.state is State.UNACK]
    return max(rungs, key=lambda one: FURTHER.index(one.calls)).calls if rungs else ""


def _latched_row(group: Group, condition: Condition, now: Nanos) -> Row:
    return Row(
        key=f"{group.key}:{condition.name}:{condition.channel or ''}:latched",
        priority=condition.priority,
        state=State.LATCHED,
        text=texts.what(condition, now),
        action=texts.action(condition),
        kind=condition.kind,
        since=condition.since,
        members=(_member(condition),),
    )


def _member(condition: Condition) -> RowMember:
    return RowMember(
        occurrence=condition.occurrence,
        condition=condition.name,
        priority=condition.priority,
        state=condition.state,
        channel=condition.channel,
        limit_text=condition.limit.text if condition.limit is not None else "",
    )


def heard(groups: list[Group]) -> frozenset[tuple[str, Priority]]:
    """Return what somebody must hear, (occurrence, priority): unacknowledged, and not covered."""
    return frozenset(
        (member.occurrence, member.priority)
        for group in groups
        for member in group.members
        if member.state is _UNACK and group.cover(member) is None
    )


def sounding(groups: list[Group], quiet: frozenset[str]) -> Priority | None:
    """Return the highest priority that somebody must hear, `quiet` being the occurrences of paused rows."""
    return max((priority for one, priority in heard(groups) if one not in quiet), default=None)
