"""The occurrence machine: what an event does in a state. The table is alarm decisions, section 2.

The table is data; the tests walk it. Detectors say that something happened, this machine alone
changes a condition's state and tells it.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from alarms import texts
from alarms.condition import Condition
from alarms.groups import Group
from alarms.limits import Limit
from alarms.types import AlarmEvent, Priority, State
from monitor.core.clock import Nanos

STATES = (State.NORMAL, State.PENDING, State.UNACK, State.ACK, State.LATCHED, State.DISABLED)
"""The columns of the table."""


class On(StrEnum):
    """Events: the rows of the table."""

    OUTSIDE = "value outside"
    DUE = "on-delay reached, SatSeconds, excursions"
    DEAD_BAND = "inside, not beyond hysteresis"
    INSIDE = "inside beyond hysteresis, or held too long"
    CLEARED = "inside beyond hysteresis through the off-delay"
    NO_VALUE = "no value"
    DATA_LOST = "data lost"
    ACKNOWLEDGE = "acknowledge, priority seen >= now"
    ACKNOWLEDGE_LESS = "acknowledge, priority seen < now"
    RISE = "priority rises"
    FALL = "priority would fall"
    ACK_TIMEOUT = "acknowledge timed out"
    LIMIT_INSIDE = "limit changed, value now inside it"
    LIMIT_OUTSIDE = "limit changed, still or newly outside"
    TURN_OFF = "turned off"
    TURN_ON = "turned on"
    INVALIDATED = "reading marked invalid, none outside"
    SESSION = "new session, session end"
    RESTART_SHORT = "restart after <= 30 s"
    RESTART_LONG = "restart after > 30 s"


class Do(StrEnum):
    """Effects: the cells of the table."""

    NOTHING = "nothing"
    REFUSE = "refuse"
    SAME = "same answer"
    PEND = "pending"
    DROP = "normal"
    START = "start"
    REOPEN = "end reopened, start"
    UPDATE = "update"
    COMPARE = "update, re-alarm if worse"
    LATCH_OR_END = "latch or end"
    LATCH_UNLESS_NAMED = "latch, end if that occurrence was named"
    END = "end"
    ACKNOWLEDGE = "acknowledged"
    ESCALATE = "escalate"
    FALL = "deescalate"
    REARM = "re-alarm"
    DISABLE = "disabled"
    END_DISABLE = "end, disabled"
    TELL = "restored, banner"
    TELL_UNACK = "unack, banner"


def _row(*cells: Do) -> Mapping[State, Do]:
    return MappingProxyType(dict(zip(STATES, cells, strict=True)))


_ = Do.NOTHING
TABLE: Mapping[On, Mapping[State, Do]] = MappingProxyType(
    {
        # NORMAL, PENDING, UNACK, ACK, LATCHED, DISABLED
        On.OUTSIDE: _row(Do.PEND, _, Do.UPDATE, Do.COMPARE, _, _),
        On.DUE: _row(Do.START, Do.START, _, _, Do.REOPEN, _),
        On.DEAD_BAND: _row(_, _, _, _, _, _),  # the detector's clocks only
        On.INSIDE: _row(_, Do.DROP, _, _, _, _),
        On.CLEARED: _row(_, _, Do.LATCH_OR_END, Do.END, _, _),
        On.NO_VALUE: _row(_, _, _, _, _, _),  # the detector's clocks only
        On.DATA_LOST: _row(_, Do.DROP, Do.LATCH_OR_END, Do.END, _, _),
        On.ACKNOWLEDGE: _row(Do.REFUSE, Do.REFUSE, Do.ACKNOWLEDGE, Do.SAME, Do.END, Do.REFUSE),
        On.ACKNOWLEDGE_LESS: _row(Do.REFUSE, Do.REFUSE, Do.REFUSE, Do.REFUSE, Do.REFUSE, Do.REFUSE),
        On.RISE: _row(_, _, Do.ESCALATE, Do.ESCALATE, _, _),
        On.FALL: _row(_, _, _, Do.FALL, _, _),
        On.ACK_TIMEOUT: _row(_, _, _, Do.REARM, _, _),
        On.LIMIT_INSIDE: _row(_, Do.DROP, Do.LATCH_UNLESS_NAMED, Do.END, _, _),
        On.LIMIT_OUTSIDE: _row(Do.PEND, _, _, _, _, _),  # its level is judged as always
        On.TURN_OFF: _row(Do.DISABLE, Do.DISABLE, Do.REFUSE, Do.END_DISABLE, Do.REFUSE, _),
        On.TURN_ON: _row(_, _, _, _, _, Do.DROP),
        On.INVALIDATED: _row(_, Do.DROP, Do.END, Do.END, _, _),
        On.SESSION: _row(_, Do.DROP, Do.END, Do.END, Do.END, Do.DROP),
        On.RESTART_SHORT: _row(_, _, _, _, _, _),  # all as it was, PENDING by replay
        On.RESTART_LONG: _row(_, Do.DROP, Do.TELL, Do.TELL_UNACK, Do.TELL, _),
    }
)
"""event -> state -> effect."""


class Occurrences:
    """Carries out the table; collects the events it tells until they are taken."""

    def __init__(self, ids: Callable[[], str]) -> None:
        self._ids = ids
        self._events: list[AlarmEvent] = []
        self._group_of: dict[int, Group] = {}
        self.by_id: dict[str, Condition] = {}
        self.live: list[Condition] = []  # active or latched

    def join(self, condition: Condition, group: Group) -> None:
        """Put a condition under a group; every condition has one."""
        group.members.append(condition)
        self._group_of[id(condition)] = group

    def group_of(self, condition: Condition) -> Group:
        """Return the group that shares row and episode with the condition."""
        return self._group_of[id(condition)]

    def take(self) -> tuple[AlarmEvent, ...]:
        """Return what happened since the last call, in order."""
        if not self._events:
            return ()
        events, self._events = tuple(self._events), []
        return events

    def adopt(self, condition: Condition) -> None:
        """Index an occurrence that a restart brought back."""
        self.by_id[condition.occurrence] = condition
        self.live.append(condition)

    def apply(
        self,
        condition: Condition,
        on: On,
        now: Nanos,
        *,
        priority: Priority = Priority.LOW,
        value: float | None = None,
        limit: Limit | None = None,
        reason: str | None = None,
        user: str | None = None,
        named: bool = False,
        detail: str = "",
        detail_since: Nanos | None = None,
    ) -> Do:
        """Do what the table says and return it."""
        do = TABLE[on][condition.state]
        if do is Do.NOTHING or do is Do.REFUSE or do is Do.SAME:
            return do
        if do is Do.LATCH_UNLESS_NAMED:
            do = Do.END if named else Do.LATCH_OR_END
        if on is On.DATA_LOST:
            self.group_of(condition).lost(now)
        self._carry_out(
            condition, do, _Given(now, priority, value, limit, reason, user, detail, detail_since)
        )
        return do

    def stand_on(self, condition: Condition, value: float | None, worst: float | None) -> None:
        """Let an occurrence stand on other readings: what was worst, or acknowledged, may be milder now."""
        condition.value, condition.last = worst, value
        acked = condition.acked_value
        if acked is not None and value is not None and condition.worse(acked, value) > 0:
            condition.acked_value = value

    def _carry_out(self, condition: Condition, do: Do, given: "_Given") -> None:
        effect = _EFFECTS.get(do)
        if effect is not None:
            effect(self, condition, given)
        else:
            condition.state = _PLAIN[do]

    # --- the effects --------------------------------------------------------------------------

    def _start(self, condition: Condition, given: "_Given", episode: str = "") -> None:
        group = self.group_of(condition)
        condition.clear_occurrence()
        condition.episode = episode or group.episode_at(given.now, self._ids)
        condition.occurrence = self._ids()
        condition.state = State.UNACK
        condition.priority = given.priority
        condition.since = condition.unack_since = given.now
        condition.value = condition.last = given.value
        condition.value_t = given.now if given.value is not None else None
        if given.limit is not None:
            condition.limit = given.limit
        condition.detail, condition.detail_since = given.detail, given.detail_since
        cover = group.cover(condition)
        condition.covered_by = cover.occurrence if cover is not None else None
        self.by_id[condition.occurrence] = condition
        self.live.append(condition)
        self.tell(condition, "start", given.now, given.reason)

    def _reopen(self, condition: Condition, given: "_Given") -> None:
        episode = condition.episode
        self._end(condition, _Given(given.now, reason="reopened"), keep_episode=True)
        self._start(condition, given, episode)

    def _update(self, condition: Condition, given: "_Given") -> None:
        value = given.value
        if value is None:
            return
        if condition.keep_worst(value, given.now) or condition.pressure is not None:
            if given.limit is not None:
                condition.limit = given.limit
            self.tell(condition, "update", given.now, given.reason)

    def _compare(self, condition: Condition, given: "_Given") -> None:
        than, step = condition.acked_value, condition.worse_by
        if given.value is None or than is None or step is None or condition.worse(given.value, than) < step:
            self._update(condition, given)
            return
        condition.keep_worst(given.value, given.now)
        self._rearm(condition, _Given(given.now, reason="worse"))

    def _latch_or_end(self, condition: Condition, given: "_Given") -> None:
        if not condition.latch:
            self._end(condition, given)
            return
        condition.state = State.LATCHED
        self.tell(condition, "latched", given.now, given.reason)

    def _end(self, condition: Condition, given: "_Given", *, keep_episode: bool = False) -> None:
        was = condition.state
        condition.state = State.ENDED
        reason = given.reason or ("seen" if was is State.LATCHED else None)
        self.tell(condition, "end", given.now, reason, given.user)
        self.by_id.pop(condition.occurrence, None)
        self.live.remove(condition)
        condition.state = State.PENDING if condition.pending else State.NORMAL
        if not keep_episode:
            self.group_of(condition).close(given.now)

    def _acknowledge(self, condition: Condition, given: "_Given") -> None:
        condition.state = State.ACK
        condition.acked_at = given.now
        condition.acked_by = given.user
        condition.acked_value = given.value if given.value is not None else condition.last
        self.tell(condition, "acknowledge", given.now, None, given.user)

    def _escalate(self, condition: Condition, given: "_Given") -> None:
        if condition.state is State.ACK:
            self._unack(condition, given.now)
        condition.priority = given.priority
        if given.limit is not None:
            condition.limit = given.limit
        if given.value is not None:
            condition.keep_worst(given.value, given.now)
        if given.detail:
            condition.detail, condition.detail_since = given.detail, given.detail_since
        self.tell(condition, "escalate", given.now, given.reason)

    def _fall(self, condition: Condition, given: "_Given") -> None:
        condition.priority = given.priority
        if given.limit is not None:
            condition.limit = given.limit
        if given.value is not None:
            condition.keep_worst(given.value, given.now)
        self.tell(condition, "deescalate", given.now, given.reason)

    def _rearm(self, condition: Condition, given: "_Given") -> None:
        self._unack(condition, given.now)
        self.tell(condition, "rearm", given.now, given.reason)

    def _unack(self, condition: Condition, now: Nanos) -> None:
        condition.state = State.UNACK
        condition.unack_since = now
        condition.level = 0
        condition.acked_by = None

    def _end_disable(self, condition: Condition, given: "_Given") -> None:
        self._end(condition, given)
        condition.state = State.DISABLED

    def _tell_restored(self, condition: Condition, given: "_Given") -> None:
        self.tell(condition, "restored", given.now, given.reason)

    def _unack_restored(self, condition: Condition, given: "_Given") -> None:
        self._unack(condition, given.now)
        self.tell(condition, "restored", given.now, given.reason)

    def tell(
        self, condition: Condition, event: str, now: Nanos, reason: str | None = None, user: str | None = None
    ) -> None:
        """Add an event with the occurrence as it is."""
        limit = condition.limit
        self._events.append(
            AlarmEvent(
                t=now,
                event=event,
                condition=condition.name,
                priority=condition.priority,
                kind=condition.kind,
                occurrence=condition.occurrence,
                episode=condition.episode,
                state=condition.state,
                since=condition.since,
                value=condition.value,
                limit=limit.value if limit is not None else None,
                comparator=limit.comparator.value if limit is not None else "",
                unit=texts.unit_code(condition.channel),
                channel=condition.channel,
                device=condition.device,
                text=texts.what(condition, now),
                action=texts.action(condition),
                reason=reason,
                user=user,
                covered_by=condition.covered_by if event == "start" else None,
                value_t=condition.value_t,
            )
        )


class _Given:
    """What an event brings along."""

    __slots__ = ("detail", "detail_since", "limit", "now", "priority", "reason", "user", "value")

    def __init__(
        self,
        now: Nanos,
        priority: Priority = Priority.LOW,
        value: float | None = None,
        limit: Limit | None = None,
        reason: str | None = None,
        user: str | None = None,
        detail: str = "",
        detail_since: Nanos | None = None,
    ) -> None:
        self.detail, self.detail_since = detail, detail_since
        self.now, self.priority, self.value = now, priority, value
        self.limit, self.reason, self.user = limit, reason, user


_PLAIN = {Do.PEND: State.PENDING, Do.DROP: State.NORMAL, Do.DISABLE: State.DISABLED}
_EFFECTS: dict[Do, Callable[[Occurrences, Condition, _Given], None]] = {
    Do.START: Occurrences._start,
    Do.REOPEN: Occurrences._reopen,
    Do.UPDATE: Occurrences._update,
    Do.COMPARE: Occurrences._compare,
    Do.LATCH_OR_END: Occurrences._latch_or_end,
    Do.END: Occurrences._end,
    Do.ACKNOWLEDGE: Occurrences._acknowledge,
    Do.ESCALATE: Occurrences._escalate,
    Do.FALL: Occurrences._fall,
    Do.REARM: Occurrences._rearm,
    Do.END_DISABLE: Occurrences._end_disable,
    Do.TELL: Occurrences._tell_restored,
    Do.TELL_UNACK: Occurrences._unack_restored,
}
