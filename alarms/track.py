"""One continuous channel of one device: its last value, how old it is, and the limits judged by it."""

from collections.abc import Iterable

from alarms.condition import Condition
from alarms.detector import DOUBTFUL_CLEAR, LevelClock
from alarms.hold import Hold
from alarms.occurrence import Occurrences, On
from alarms.types import DeviceDecl, State
from monitor.core.catalogue import Channel
from monitor.core.clock import Nanos, seconds

SLOWEST = seconds(10)
"""A live value is current at most this long (alarm decisions, 5.1)."""
NEVER_HELD = "SPO2_DESAT"


class Track:
    """What is known of a channel. `value` is None when there is no current one."""

    __slots__ = (
        "_clean_since",
        "_high",
        "_hold",
        "_low",
        "armed",
        "born",
        "calm",
        "channel",
        "conditions",
        "current_for",
        "device",
        "listening",
        "newest",
        "ok_t",
        "ok_value",
        "slow_s",
        "value",
        "value_t",
        "values_since",
    )

    def __init__(
        self,
        decl: DeviceDecl,
        channel: Channel,
        conditions: Iterable[Condition],
        now: Nanos,
        hold: Hold | None = None,
    ) -> None:
        self.device, self.channel, self.armed = decl.device_id, channel, decl.armed
        interval_s = decl.interval_s
        self.conditions = tuple(conditions)  # the most urgent first
        self.slow_s = interval_s if interval_s > 5.0 else 0.0  # a recording too slow for on-delays
        self.current_for = seconds(3 * interval_s) if self.slow_s else _current_for(channel, interval_s)
        self.born = now
        self.listening = now  # since when values would have been heard: no restart, no late tick since
        self._hold = hold  # of the limb that this is measured at, when that is known
        self.newest: Nanos | None = None
        self.value: float | None = None
        self.value_t = now
        self.ok_t: Nanos | None = None  # the last accepted value, however old
        self.ok_value: float | None = None
        self.values_since: Nanos | None = None  # of the present run of values
        self._clean_since: Nanos | None = None  # the same without a doubtful one
        self.calm = True  # nothing is timed or active: a value inside changes nothing
        self._low, self._high = self._edges()

    def _edges(self) -> tuple[float, float]:
        """Return between which values nothing is outside."""
        mild = [c.detector.levels[0].limit for c in self.conditions if c.detector is not None]
        low = max((limit.edge for limit in mild if limit.low), default=self.channel.plausible[0])
        high = min((limit.edge for limit in mild if not limit.low), default=self.channel.plausible[1])
        return low, high

    @property
    def doubtful(self) -> bool:
        """True when the current value is doubtful, or there is none."""
        return self._clean_since is None

    @property
    def fits(self) -> bool:
        """True when what values are looked at by is what the limits say."""
        return (self._low, self._high) == self._edges()

    def refitted(self, machine: Occurrences, now: Nanos) -> None:
        """Act on limits that have changed."""
        self._low, self._high = self._edges()
        self.calm = False
        self.judge(machine, now, new_value=False)

    def take(self, value: float, doubtful: bool, t: Nanos) -> bool:
        """Take an accepted value; return True when its conditions must be judged."""
        if self.value is not None and t - self.value_t > self.current_for:
            self.lose(t)
        if self.values_since is None:
            self.values_since = t
        if doubtful:
            self._clean_since = None
        elif self._clean_since is None:
            self._clean_since = t
        self.value = self.ok_value = value
        self.value_t = self.ok_t = t
        if self.calm and self._low <= value <= self._high:
            return False
        for condition in self.conditions:
            condition.current, condition.doubted = value, doubtful
            if condition.detector is not None:
                condition.detector.take(value, doubtful, t)
        return True

    def lose(self, t: Nanos) -> None:
        """There is no current value from `t` on."""
        if self.value is None:
            return
        self.value = self.values_since = self._clean_since = None
        for condition in self.conditions:
            condition.current = None
            if condition.detector is not None:
                condition.detector.unknown(t)

    def valid_since(self, now: Nanos) -> Nanos | None:
        """Return since when values have been good enough to end a technical alarm, None: they are not."""
        if self._clean_since is not None:
            return self._clean_since
        since = self.values_since
        return since if since is not None and now - since >= DOUBTFUL_CLEAR else None

    def alarming(self) -> Condition | None:
        """Return the most urgent condition that is pending or active."""
        for condition in self.conditions:
            if condition.active or condition.pending:
                return condition
        return None

    # --- judging ------------------------------------------------------------------------------

    def pass_time(self, machine: Occurrences, now: Nanos, *, late: bool) -> None:
        """Let a value age; `late`: the machine slept, so nothing is known until fresh values come."""
        if self.value is not None and (late or now - self.value_t > self.current_for):
            self.lose(now)
        if late:
            self.listening = now
        if not self.calm:
            self.judge(machine, now, new_value=False)

    def judge(self, machine: Occurrences, now: Nanos, *, new_value: bool) -> None:
        """Let every condition of the channel act on its clocks, the most urgent first."""
        calm = True
        for condition in self.conditions:
            if condition.state is State.DISABLED:
                continue
            self._judge(condition, machine, now, new_value)
            detector = condition.detector
            idle = detector is None or detector.idle
            calm = calm and idle and not condition.active and condition.state is not State.PENDING
        self.calm = calm

    def _judge(self, condition: Condition, machine: Occurrences, now: Nanos, new_value: bool) -> None:
        detector = condition.detector
        if detector is None:
            return
        detector.expire(now)
        due = detector.due(now)
        if due is not None:
            self._due(condition, machine, now, *due)
        elif condition.active:
            self._ease(condition, machine, now)
        if new_value and condition.active and detector.outside:
            machine.apply(condition, On.OUTSIDE, now, value=self.value)
        if condition.state is State.NORMAL and detector.pending:
            machine.apply(condition, On.OUTSIDE, now, value=self.value)
        elif condition.state is State.PENDING and not detector.pending:
            machine.apply(condition, On.INSIDE, now)

    def _due(
        self, condition: Condition, machine: Occurrences, now: Nanos, level: LevelClock, why: str
    ) -> None:
        if not condition.active:
            if condition.doubted and condition.name != NEVER_HELD and self._held(now):
                return
            machine.apply(
                condition,
                On.DUE,
                now,
                priority=level.priority,
                value=self.value,
                limit=level.limit,
                reason=None if why == "on_delay" else why,
            )
        elif level.priority > condition.priority:
            machine.apply(
                condition,
                On.RISE,
                now,
                priority=level.priority,
                value=self.value,
                limit=level.limit,
                reason="second_limit",
            )
        elif condition.state is State.ACK and not condition.risen:
            self._fall(condition, machine, now)

    def _held(self, now: Nanos) -> bool:
        return self._hold is not None and self._hold.at(now)

    def _ease(self, condition: Condition, machine: Occurrences, now: Nanos) -> None:
        detector = condition.detector
        assert detector is not None
        if detector.cleared(now):
            detector.over()
            machine.apply(condition, On.CLEARED, now, reason="cleared")
        elif condition.state is State.ACK:
            self._fall(condition, machine, now)

    def _fall(self, condition: Condition, machine: Occurrences, now: Nanos) -> None:
        detector = condition.detector
        assert detector is not None
        priority = detector.fallen_to(condition.priority, now)
        if priority is not None:
            limit = next(level.limit for level in detector.levels if level.priority is priority)
            machine.apply(condition, On.FALL, now, priority=priority, limit=limit, reason="first_limit")


def _current_for(channel: Channel, interval_s: float) -> Nanos:
    return Nanos(max(channel.stale_after, min(seconds(3 * interval_s), SLOWEST)))
