"""Missing data: NO_DATA, sensor off, pulse lost, link lost. Silence is never taken for normal."""

from collections.abc import Iterator, Sequence
from functools import cache

from alarms import texts
from alarms.condition import Condition
from alarms.hold import Hold
from alarms.numbers import Technical
from alarms.occurrence import Occurrences, On
from alarms.preset import Preset
from alarms.track import Track
from alarms.types import Priority, State
from monitor.core.clock import Nanos, seconds
from monitor.core.types import LinkState, Reason, StatusCode

WAITING = seconds(30)
"""Before a channel's first value after binding nothing is missing yet (alarm decisions, 5.5)."""
BLANK = seconds(30)
"""The number is blank, and its limit alarms have lost their data, when the last value is this old."""
FLAGS_REPEATED = seconds(10)
"""A device that has spoken this long has repeated the flags that it still has."""
SENSOR = ("spo2", "pulse_rate")
"""The channels of one oximeter sensor."""
_LINKED = frozenset({LinkState.CONNECTED, LinkState.WAITING})
_OFF_FLAGS = frozenset({StatusCode.SENSOR_OFF, StatusCode.SENSOR_FAULT})
_WEAK_FLAGS = frozenset({StatusCode.LOW_PERFUSION, StatusCode.WEAK_SIGNAL, StatusCode.INTERFERENCE})
WEAK_PERFUSION_PCT = 0.3
"""Below this perfusion index the numbers are doubtful (alarms 7.4)."""


class Ladder:
    """The levels of one technical condition: which priority a trouble of some age has."""

    __slots__ = ("_levels", "condition", "first", "off_delay")

    def __init__(self, row: Technical) -> None:
        self.condition = row.condition
        self.fit(row)

    def fit(self, row: Technical) -> None:
        """Judge by this row from now on."""
        self._levels = _levels(row)
        self.first = self._levels[0][0]
        self.off_delay = seconds(row.off_delay_s)

    def fits(self, row: Technical) -> bool:
        """True when it judges by exactly this row."""
        levels = _levels(row)
        stated = levels, levels[0][0], seconds(row.off_delay_s)
        return (self._levels, self.first, self.off_delay) == stated

    def due(self, age: int, slow_s: float = 0.0) -> Priority | None:
        """Return the highest priority that is due, None when none is.

        A channel slower than one value in 5 s counts 3 and 6 of its own intervals instead.
        """
        found = None
        for number, (after, priority) in enumerate(self._levels, start=1):
            if age >= (seconds(3 * number * slow_s) if slow_s else after):
                found = priority
        return found


@cache
def _levels(row: Technical) -> tuple[tuple[Nanos, Priority], ...]:
    return tuple((seconds(step.after_s), step.level) for step in row.levels)


class Trouble:
    """Since when there is trouble, or since when there is none."""

    __slots__ = ("condition", "gone", "ladder", "since")

    def __init__(self, condition: Condition, ladder: Ladder) -> None:
        self.condition, self.ladder = condition, ladder
        self.since: Nanos | None = None
        self.gone: Nanos | None = None

    def begin(self, t: Nanos) -> None:
        """There is trouble, since `t` unless it is older."""
        if self.since is None:
            self.since, self.gone = t, None

    def end(self, t: Nanos) -> None:
        """There is none, since `t` unless that is older."""
        if self.gone is None or self.since is not None:
            self.since, self.gone = None, t

    def judge(
        self, machine: Occurrences, now: Nanos, *, known: Nanos | None = None, held: bool = False
    ) -> None:
        """Start, raise or end the condition; `known`: until when it is known that there is no trouble.

        While it is `held` nothing starts, and the clock runs.
        """
        condition = self.condition
        if self.since is not None:
            priority = self.ladder.due(now - self.since)
            if priority is not None and (condition.active or not held):
                raise_to(machine, condition, priority, now)
            return
        until = now if known is None else known
        if condition.active and self.gone is not None and until - self.gone >= self.ladder.off_delay:
            machine.apply(condition, On.CLEARED, now, reason="cleared")


def raise_to(
    machine: Occurrences,
    condition: Condition,
    priority: Priority,
    now: Nanos,
    at_loss: Condition | None = None,
    last: tuple[float | None, Nanos | None] = (None, None),
) -> None:
    """Start the condition, or raise it; it is high from its start when something alarmed at the loss."""
    detail, reason = "", "longer"
    if at_loss is not None:
        priority, reason = Priority.HIGH, "lost_while_alarming"
        detail = _lost_while(at_loss, last[0])
    if condition.active and priority <= condition.priority:
        return
    machine.apply(
        condition,
        On.RISE if condition.active else On.DUE,
        now,
        priority=priority,
        reason=reason if condition.active else None,
        detail=detail,
        detail_since=last[1] if detail else None,
    )


def _lost_while(condition: Condition, value: float | None) -> str:
    side = "low" if condition.low else "high"
    channel = condition.channel
    if value is None or channel is None:
        return f"lost while {side}"
    said = f"{texts.number(value, channel)} {texts.unit(channel)}"
    outside = condition.limit is not None and condition.limit.outside(value)
    return f"lost while {side}: {said}" if outside else f"lost while {side}, last {said}"


class DeviceWatch:
    """The technical conditions of one continuous device."""

    def __init__(
        self,
        preset: Preset,
        tracks: Sequence[Track],
        no_data: Sequence[Condition],
        conditions: dict[str, Condition],
        now: Nanos,
        hold: Hold | None = None,
    ) -> None:
        self._hold = hold  # of the limb that the probe is on, when that is known
        rows = preset.technical_by_condition
        self.tracks = tuple(tracks)
        self.sensor = tuple(track for track in tracks if track.channel.id in SENSOR)
        self.no_data = tuple(no_data)
        self._no_data = Ladder(rows["NO_DATA"])
        self._pulse = Ladder(rows["PULSE_LOST"])
        self.link = Trouble(conditions["LINK_LOST"], Ladder(rows["LINK_LOST"]))
        self.battery = Trouble(conditions["BATT_LOW"], Ladder(rows["BATT_LOW"]))
        self.sensor_off: Trouble | None = None
        self.pulse_lost: Condition | None = None
        self._weak: Trouble | None = None
        self._thin = False  # the perfusion index is below WEAK_PERFUSION_PCT
        if self.sensor:
            self._weak = Trouble(conditions["SPO2_WEAK"], Ladder(rows["SPO2_WEAK"]))
            self.sensor_off = Trouble(conditions["SPO2_SENSOR_OFF"], Ladder(rows["SPO2_SENSOR_OFF"]))
            self.pulse_lost = conditions["PULSE_LOST"]
        self.born = now
        self.linked: bool | None = None  # None: never told
        self.hinted = False  # a value's reason says "off" or "searching"; the next value ends that
        self._flags: set[StatusCode] = set()
        self._flags_t = now  # since when a flag that is on would have been told
        self._flags_known = False
        self._reason: Reason | None = None
        self._off_t = now  # since when "off" is as it is

    def ladders(self) -> Iterator[Ladder]:
        """Yield what its troubles are judged by."""
        yield from (self._no_data, self._pulse, self.link.ladder, self.battery.ladder)
        yield from (trouble.ladder for trouble in (self._weak, self.sensor_off) if trouble is not None)

    # --- what the device and its supervisor say ---------------------------------------------------

    def hear_link(self, state: LinkState, t: Nanos) -> None:
        """Take the state of the way to the device."""
        if state in _LINKED:
            self.linked = True
            self._flags_t = t
            self.link.end(t)
            return
        if state is LinkState.CONNECTING and self.linked is None:
            self.link.begin(Nanos(self.born + WAITING - self.link.ladder.first))  # never there yet
        else:
            self.linked = False
            if self.link.since is None or self.link.since > t:
                self.link.since, self.link.gone = t, None
        self._flags.clear()
        self._thin = False
        self._judge_weak(t)
        self._flags_t = t
        self._flags_known = self.hinted = False  # what cannot be renewed is not known any more
        self._reason = None

    def hear_status(self, code: StatusCode, active: bool, t: Nanos) -> None:
        """Take a flag of the device."""
        before = self.off
        (self._flags.add if active else self._flags.discard)(code)
        if code is StatusCode.BATTERY_LOW:
            (self.battery.begin if active else self.battery.end)(t)
        elif code in _OFF_FLAGS:
            self._flags_known = True
        elif code in _WEAK_FLAGS:
            self._judge_weak(t)
        if self.off is not before:
            self._off_t = t

    def hear_perfusion(self, index_pct: float | None, t: Nanos) -> None:
        """Take the perfusion index."""
        self._thin = index_pct is not None and index_pct < WEAK_PERFUSION_PCT
        self._judge_weak(t)

    def _judge_weak(self, t: Nanos) -> None:
        if self._weak is None:
            return
        weak = self._thin or not _WEAK_FLAGS.isdisjoint(self._flags)
        (self._weak.begin if weak else self._weak.end)(t)

    def hear_reason(self, channel: str, reason: Reason | None, t: Nanos) -> None:
        """Take why a channel has no value, None when it has one; some devices send no flags."""
        if channel not in SENSOR:
            return
        before = self.off
        self._reason = reason
        self.hinted = reason is Reason.SENSOR_OFF or reason is Reason.SEARCHING
        if self.off is not before:
            self._off_t = t

    @property
    def off(self) -> bool | None:
        """True when the sensor is off, None when the device cannot be asked."""
        if self._reason is Reason.SENSOR_OFF or not _OFF_FLAGS.isdisjoint(self._flags):
            return True
        return False if self._flags_known else None

    @property
    def searching(self) -> bool:
        """True while the device looks for a pulse with the sensor on."""
        looking = self._reason is Reason.SEARCHING or StatusCode.PULSE_SEARCH in self._flags
        return looking and not self.off

    # --- judging ------------------------------------------------------------------------------

    def tick(self, machine: Occurrences, now: Nanos) -> None:
        """Judge all technical conditions, causes before effects."""
        if self.link.since is not None or self.link.condition.active:
            self.link.judge(machine, now)
        if self.battery.since is not None or self.battery.condition.active:
            self._tick_battery(machine, now)
        if self.sensor_off is not None:
            self._tick_sensor(self.sensor_off, machine, now)
        if self._weak is not None and (self._weak.since is not None or self._weak.condition.active):
            self._weak.judge(machine, now, held=self._held(now))
        for track, condition in zip(self.tracks, self.no_data, strict=True):
            if track.value is None or condition.active:
                self._tick_no_data(track, condition, machine, now)

    def _held(self, now: Nanos, at_loss: Condition | None = None) -> bool:
        """Return whether a cuff on the probe's limb lets a start wait; no link and no alarm lost wait."""
        if self._hold is None or self.linked is False or (at_loss is not None and at_loss.active):
            return False
        return self._hold.at(now)

    def _tick_battery(self, machine: Occurrences, now: Nanos) -> None:
        """Judge the battery; a device that was away and does not repeat its flag has a new one."""
        if StatusCode.BATTERY_LOW not in self._flags:
            since = [t.values_since for t in self.tracks if t.values_since is not None]
            if since and now - max(min(since), self._flags_t) >= FLAGS_REPEATED:
                self.battery.end(now)
        self.battery.judge(machine, now)

    def _tick_sensor(self, trouble: Trouble, machine: Occurrences, now: Nanos) -> None:
        lost = self.pulse_lost
        off = self.off
        asked = off or self.searching or trouble.since is not None
        active = trouble.condition.active or (lost is not None and lost.active)
        if not asked and not active:
            return
        valid = min((s for t in self.sensor if (s := t.valid_since(now)) is not None), default=None)
        if valid is not None:
            trouble.end(valid)  # a valid value outranks the flag
        elif off:
            trouble.begin(max(self._off_t, self._last_value_t() or self._off_t))
        elif off is False:
            trouble.end(self._off_t)
        track = next((t for t in self.sensor if t.alarming() is not None), self.sensor[0])
        self._judge_sensor_off(trouble, track, machine, now)
        if lost is not None:
            self._tick_pulse(lost, valid, machine, now)

    def _waits(self, trouble: Trouble, now: Nanos, at_loss: Condition) -> bool:
        return not trouble.condition.active and self._held(now, at_loss)

    def _last_value_t(self) -> Nanos | None:
        return max((track.ok_t for track in self.sensor if track.ok_t is not None), default=None)

    def _judge_sensor_off(self, trouble: Trouble, track: Track, machine: Occurrences, now: Nanos) -> None:
        at_loss = track.alarming() if track.value is None else None
        if at_loss is None or trouble.since is None:
            values_t = max(t.value_t for t in self.sensor)
            known = now if self.off is False else values_t
            trouble.judge(machine, now, known=known, held=self._held(now))
        elif trouble.ladder.due(now - trouble.since) is not None and not self._waits(trouble, now, at_loss):
            last = track.ok_value, track.ok_t
            raise_to(machine, trouble.condition, Priority.HIGH, now, at_loss, last)

    def _tick_pulse(
        self, condition: Condition, valid: Nanos | None, machine: Occurrences, now: Nanos
    ) -> None:
        if valid is not None:
            if condition.active:
                machine.apply(condition, On.CLEARED, now, reason="cleared")
            return
        if not self.searching or any(track.value is not None for track in self.sensor):
            return
        last = self._last_value_t()
        since = last if last is not None else Nanos(self.born + WAITING - self._pulse.first)
        priority = self._pulse.due(now - since)
        if priority is not None and (condition.active or not self._held(now)):
            raise_to(machine, condition, priority, now)

    def _tick_no_data(self, track: Track, condition: Condition, machine: Occurrences, now: Nanos) -> None:
        if track.value is not None:
            since = track.values_since
            if since is not None and track.value_t - since >= self._no_data.off_delay:
                machine.apply(condition, On.CLEARED, now, reason="cleared")
            return
        since = track.ok_t
        if since is None:
            since = Nanos(track.born + (0 if track.armed else WAITING - self._no_data.first))
        priority = self._no_data.due(now - since - 1, track.slow_s)  # "more than 10 s old"
        at_loss = track.alarming()
        if priority is not None and (condition.active or not self._held(now, at_loss)):
            raise_to(machine, condition, priority, now, at_loss, (track.ok_value, track.ok_t))
        if now - max(since, track.listening) >= max(BLANK, seconds(6 * track.slow_s)):
            self._lose_data(track, condition, machine, now)

    def _lose_data(self, track: Track, no_data: Condition, machine: Occurrences, now: Nanos) -> None:
        """End what has no data any more, into an active technical alarm of at least its priority."""
        carried = self._carried(no_data)
        for condition in track.conditions:
            if condition.active and carried < condition.priority:
                continue
            if carried and (condition.pending or condition.active or condition.state is State.PENDING):
                if condition.detector is not None:
                    condition.detector.reset()
                machine.apply(condition, On.DATA_LOST, now, reason="data_lost")

    def _carried(self, no_data: Condition) -> int:
        """Return the highest priority of the active technical conditions of this channel, 0 for none."""
        found = [no_data, self.link.condition]
        if no_data.channel in SENSOR:
            found += [trouble.condition for trouble in (self.sensor_off,) if trouble is not None]
            found += [lost for lost in (self.pulse_lost,) if lost is not None]
        return max((condition.priority for condition in found if condition.active), default=0)
