"""Random hours at a bed: values, gaps, flags, acknowledgements, cuffs, restarts. What must always hold."""

from collections.abc import Callable
from datetime import datetime, timedelta

from alarm_bed import ADULT, CUFF, STRAP, AlarmBed
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alarms import preset as presets
from alarms.adjust import Change, Key, Who, key
from alarms.condition import Condition
from alarms.limits import Limit
from alarms.types import AlarmEvent, DeviceDecl, Priority, Row, State
from monitor.core.clock import seconds
from monitor.core.types import LinkState, Nibp, Numeric, StatusCode

ACTIVE = (State.UNACK, State.ACK)
LIMITS = [name for name, levels in ADULT.by_condition.items() if levels[0].channel == "spo2"]
BREATHES = DeviceDecl("oximeter", ("spo2", "pulse_rate", "pleth", "resp_rate"))
BY = Who("Dr Lee", "clinician", "because")


class _Run:
    """How long one limit has been broken without a gap, told apart from the engine."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.last = -10.0

    def value(self, outside: bool, t: float) -> None:
        if not outside or t - self.last > 1.5:
            self.since = t if outside else None
        self.last = t


class Bedside(RuleBasedStateMachine):
    preset = ADULT

    @initialize()
    def open(self) -> None:
        self.bed = AlarmBed(BREATHES, STRAP, CUFF, preset=self.preset)
        self.t = 0.0
        self.stored: list[Numeric | Nibp] = []
        self.value: float | None = None  # the last accepted one of spo2
        self.value_t = -10.0
        judged = {c.name for c in self.bed.engine._armed.conditions() if c.detector is not None}
        self.runs = {key(limit): _Run() for limit in self.preset.limit if limit.condition in judged}
        self.read = 0
        self.pause_ends, self.floor = 0.0, Priority.MEDIUM
        self.row_pauses_end = 0.0
        self.occurrences: dict[str, list[AlarmEvent]] = {}

    # --- what happens -------------------------------------------------------------------------------

    def _spo2(self, value: float | None, doubtful: bool = False, told: datetime | None = None) -> None:
        step = self.bed.value("spo2", value, self.t, doubtful=doubtful, device_time=told)
        assert isinstance(step.accepted, Numeric)
        self.stored.append(step.accepted)
        self.value, self.value_t = step.accepted.value, self.t
        self._run("spo2", step.accepted.value)
        self._look()

    def _other(self, channel: str, value: float) -> None:
        step = self.bed.value(channel, value, self.t)
        assert isinstance(step.accepted, Numeric)
        self.stored.append(step.accepted)
        self._run(channel, step.accepted.value)
        self._look()

    def _run(self, channel: str, value: float | None) -> None:
        for limit in self.bed.engine.preset.limit:
            if limit.channel == channel and key(limit) in self.runs:
                self.runs[key(limit)].value(value is not None and limit.outside(value), self.t)

    def _second(self) -> None:
        self.t += 1.0
        self.bed.tick(self.t)
        self._look()

    @rule(value=st.integers(75, 100), count=st.integers(1, 15), doubtful=st.booleans())
    def values(self, value: int, count: int, doubtful: bool) -> None:
        for _ in range(count):
            self._spo2(value, doubtful)
            self._other("pulse_rate", 70)
            self._second()

    @rule(values=st.lists(st.integers(86, 93), min_size=1, max_size=12))
    def dither(self, values: list[int]) -> None:
        for value in values:
            self._spo2(value)
            self._second()

    @rule(value=st.sampled_from([None, float("nan"), 0.0, 127.0]), count=st.integers(1, 12))
    def no_value(self, value: float | None, count: int) -> None:
        for _ in range(count):
            self._spo2(value)
            self._second()

    @rule(value=st.integers(75, 100), count=st.integers(1, 30))
    def frozen(self, value: int, count: int) -> None:
        told = datetime(2026, 3, 4) + timedelta(seconds=self.t)
        for _ in range(count):
            self._spo2(value, told=told)
            self._second()

    @rule(every_s=st.sampled_from([None, 60.0, 300.0]))
    def schedule(self, every_s: float | None) -> None:
        self.bed.schedule(every_s, self.t)
        self._look()

    @rule(active=st.booleans())
    def squeeze(self, active: bool) -> None:
        self.bed.squeeze(active, self.t)
        self._look()

    @rule(count=st.integers(1, 45))
    def silence(self, count: int) -> None:
        for _ in range(count):
            self._second()

    @rule(gap=st.floats(3.5, 90))
    def sleep(self, gap: float) -> None:
        self.t += gap
        self._second()

    @rule(
        channel=st.sampled_from(["pulse_rate", "pulse_rate", "heart_rate", "resp_rate"]),
        rate=st.one_of(st.integers(30, 160), st.integers(36, 52), st.integers(105, 155)),
        count=st.integers(1, 32),
    )
    def rate(self, channel: str, rate: int, count: int) -> None:
        for _ in range(count):
            self._other(channel, rate // 4 if channel == "resp_rate" else rate)
            self._second()

    @rule(state=st.sampled_from([LinkState.CONNECTED, LinkState.LOST, LinkState.CONNECTING]))
    def link(self, state: LinkState) -> None:
        self.bed.link(state, self.t)
        self._look()

    @rule(
        code=st.sampled_from([StatusCode.SENSOR_OFF, StatusCode.PULSE_SEARCH, StatusCode.BATTERY_LOW]),
        active=st.booleans(),
    )
    def status(self, code: StatusCode, active: bool) -> None:
        self.bed.status(code, active, self.t)
        self._look()

    @rule(
        sys=st.one_of(st.none(), st.integers(60, 210)),
        mean=st.integers(45, 145),
        moved=st.booleans(),
        stored=st.booleans(),
    )
    def cuff(self, sys: int | None, mean: int, moved: bool, stored: bool) -> None:
        self.read += 1
        status = (StatusCode.BODY_MOVEMENT,) if moved else ()
        step = self.bed.cuff(sys, self.t, mean=mean, status=status, stored=stored, sequence=self.read)
        if stored:
            assert step.events == ()
        assert isinstance(step.accepted, Nibp)
        self.stored.append(step.accepted)
        self._look()
        self._second()

    @rule(seen=st.sampled_from(["low", "medium", "high", None]), data=st.data())
    def acknowledge(self, seen: str | None, data: st.DataObject) -> None:
        members = [m for row in self.bed.engine.rows(seconds(self.t)) for m in row.members]
        if members:
            member = data.draw(st.sampled_from(members))
            priority = seen or member.priority.label
            (result,) = self.bed.acknowledge_ids([(member.occurrence, priority)], self.t)
            too_low = ["low", "medium", "high"].index(priority) + 1 < member.priority
            assert result.ok is not too_low
            self._look()

    @rule(span=st.sampled_from([1, 20, 60, 120, 121]))
    def pause(self, span: int) -> None:
        running = self._paused()
        heard = max((priority for _, priority in self.bed.engine.heard()), default=None)
        result = self.bed.pause(span, t=self.t)
        assert not (result.ok and (running or span > 120))
        if result.ok:
            self.pause_ends, self.floor = self.t + span, heard or Priority.MEDIUM
        self._look()

    @rule(name=st.sampled_from(["SPO2_LOW", "SPO2_DESAT", "SYS_LOW", "NO_DATA"]), span=st.integers(1, 121))
    def pause_row(self, name: str, span: int) -> None:
        rows = self.bed.engine.rows(seconds(self.t))
        states = [m.state for row in rows for m in row.members if m.condition == name]
        unack = State.UNACK in states
        result = self.bed.pause_row(span, name, t=self.t)
        assert not (result.ok and (self._paused() or span > 120 or not unack))
        if result.ok:
            self.row_pauses_end = max(self.row_pauses_end, self.t + span)
        self._look()

    @rule(name=st.sampled_from(["SPO2_LOW", "SPO2_DESAT", "SYS_LOW", "SPO2_SENSOR_OFF", "NO_DATA"]))
    def turn_off(self, name: str) -> None:
        before, off = self._state(name), name in self.bed.off
        result = self.bed.turn_off(name)
        never = name in ("SPO2_DESAT", "NO_DATA")
        assert result.ok is not (never or off or before in (State.UNACK, State.LATCHED))
        assert (self._state(name) is State.DISABLED) == (result.ok or off)
        self._look()

    @rule(name=st.sampled_from(["SPO2_LOW", "SPO2_DESAT", "SYS_LOW", "SPO2_SENSOR_OFF"]))
    def turn_on(self, name: str) -> None:
        off = name in self.bed.off
        assert self.bed.turn_on(name).ok is off
        if off:
            pressure = name == "SYS_LOW"  # judged at once, by the last reading
            assert self._state(name) in ((State.NORMAL, State.UNACK) if pressure else (State.NORMAL,))
            self._begin_anew(lambda level: level[0] == name)
        self._look()

    @rule(
        low=st.integers(85, 95), deep=st.integers(80, 90), systolic=st.integers(81, 110), named=st.booleans()
    )
    def change_limits(self, low: int, deep: int, systolic: int, named: bool) -> None:
        before = {key(limit): limit for limit in self.bed.engine.preset.limit}
        values = {"SPO2_LOW": ("medium", low), "SPO2_DESAT": ("high", deep), "SYS_LOW": ("medium", systolic)}
        changes = [Change(name, priority, float(value)) for name, (priority, value) in values.items()]
        now = seconds(self.t)
        rows = self.bed.engine.rows(now)
        ids = [m.occurrence for row in rows for m in row.members] if named else []
        step, result = self.bed.engine.adjusted(self.bed.engine.limits.change(changes, BY, now, ids), now)
        assert not (result.ok and deep > low)
        assert result.ok or deep > low or self.preset is not ADULT  # others have a high level of their own
        self.bed.events += step.events
        after = {key(limit): limit for limit in self.bed.engine.preset.limit}
        self._begin_anew(lambda level: before[level] != after[level])
        self._look()

    def _begin_anew(self, which: Callable[[Key], bool]) -> None:
        """Ask for a full on-delay again, at most, from now on."""
        self.runs = {level: _Run() if which(level) else run for level, run in self.runs.items()}

    def _condition(self, name: str) -> Condition:
        return next(c for c in self.bed.engine._armed.conditions() if c.name == name)

    def _limit(self, name: str) -> Limit:
        return self.bed.engine.preset.by_condition[name][0]

    def _state(self, name: str) -> State:
        return self.bed.state(name, channel="spo2" if name == "NO_DATA" else None)

    @rule()
    def resume(self) -> None:
        paused = self._paused() or bool(self._rows_paused())
        assert self.bed.resume() or not paused  # a row of which a part sounds is not shown as paused
        assert not self._rows_paused()
        assert not self._paused()
        self._look()

    def _paused(self) -> bool:
        return self.bed.engine.paused(seconds(self.t))[1] != ""

    def _rows_paused(self) -> list[Row]:
        rows = self.bed.engine.rows(seconds(self.t))
        return [row for row in rows if row.paused_until is not None]

    @rule(gap=st.integers(1, 60))
    def restart(self, gap: int) -> None:
        self.t += gap
        past = [r for r in self.stored if r.t >= seconds(self.t - 120)]
        self.bed.restart(self.t, gap=gap, readings=past)
        assert not (gap > 30 and (self._paused() or self._rows_paused()))
        self.value = None
        for run in self.runs.values():
            run.last = -10.0
        self._look()

    # --- what must hold ------------------------------------------------------------------------------

    def _look(self) -> None:
        """Take what was told, each event as it comes."""
        events, self.bed.events = self.bed.events, []
        for event in events:
            self._each_start_comes_once(event)
            self._no_rise_survives_an_acknowledgement(event)
            self._unknown_never_clears(event)
            self._a_changed_limit_ends_only_what_is_inside(event)
            self._what_must_be_heard_breaks_a_pause(event)
            self.occurrences.setdefault(event.occurrence, []).append(event)

    def _each_start_comes_once(self, event: AlarmEvent) -> None:
        before = self.occurrences.get(event.occurrence, [])
        assert (event.event == "start") == (not before)
        assert not any(past.event == "end" for past in before)

    def _no_rise_survives_an_acknowledgement(self, event: AlarmEvent) -> None:
        before = self.occurrences.get(event.occurrence)
        if before and event.priority > before[-1].priority:
            assert event.state is State.UNACK

    def _unknown_never_clears(self, event: AlarmEvent) -> None:
        if event.condition in LIMITS and event.reason == "cleared":
            assert self.value is not None
            assert self.t - self.value_t <= 3
            assert self._limit(event.condition).beyond(self.value)
        if event.condition in LIMITS and event.reason == "data_lost":
            assert self.value is None or self.t - self.value_t >= 3

    def _a_changed_limit_ends_only_what_is_inside(self, event: AlarmEvent) -> None:
        if event.condition in LIMITS and (event.event, event.reason) in (
            ("end", "limit_changed"),
            ("latched", "limit_changed"),
        ):
            assert self.value is not None
            assert not self._limit(event.condition).outside(self.value)

    def _what_must_be_heard_breaks_a_pause(self, event: AlarmEvent) -> None:
        if event.event not in ("start", "escalate"):
            return
        if (event.occurrence, event.priority) not in self.bed.engine.heard():
            return  # covered: no new sound, no break of a pause (alarm decisions, 3)
        assert event.priority < self.floor or not self._paused()
        assert event.occurrence not in {m.occurrence for row in self._rows_paused() for m in row.members}

    @invariant()
    def what_was_told_is_what_is_shown(self) -> None:
        told = {
            occurrence: (events[-1].condition, events[-1].state, events[-1].priority)
            for occurrence, events in self.occurrences.items()
            if events[-1].state is not State.ENDED
        }
        rows = self.bed.engine.rows(seconds(self.t))
        shown = {m.occurrence: (m.condition, m.state, m.priority) for row in rows for m in row.members}
        silently = {k: v for k, v in shown.items() if told.get(k) != v}
        assert told == shown, silently

    @invariant()
    def an_unacknowledged_row_is_heard(self) -> None:
        rows = self.bed.engine.rows(seconds(self.t))
        assert all((row.calls != "") == (row.state is State.UNACK) for row in rows)
        loud = [row for row in rows if row.state is State.UNACK and row.paused_until is None]
        heard = bool(loud) and not self._paused()
        assert heard == (self.bed.sounding is not None)

    @invariant()
    def no_pause_lasts_longer_than_was_said(self) -> None:
        assert self._paused() is (self.bed.paused > 0)
        assert self.t + self.bed.paused <= self.pause_ends + 0.001 or not self._paused()
        assert all((row.paused_until or 0) <= seconds(self.row_pauses_end) for row in self._rows_paused())

    @invariant()
    def what_is_off_has_no_row(self) -> None:
        rows = self.bed.engine.rows(seconds(self.t))
        shown = {m.condition for row in rows for m in row.members}
        assert shown.isdisjoint(self.bed.off)
        assert {name for name in ("SPO2_LOW", "SYS_LOW") if self._state(name) is State.DISABLED} <= set(
            self.bed.off
        )

    @invariant()
    def one_row_latched_or_active_a_condition(self) -> None:
        rows = self.bed.engine.rows(seconds(self.t))
        members = [(m.condition, m.channel) for row in rows for m in row.members]
        assert len(members) == len(set(members))
        assert len({row.key for row in rows}) == len(rows)

    @invariant()
    def nothing_stays_outside_beyond_its_delay_without_an_alarm(self) -> None:
        for limit in self.bed.engine.preset.limit:
            run = self.runs.get(key(limit))
            if run is None or run.since is None or limit.condition in self.bed.off:
                continue
            if self.t - run.last <= 1.5 and run.last - run.since >= limit.on_delay_s:
                condition = self._condition(limit.condition)
                assert condition.state in ACTIVE, limit
                assert condition.priority >= limit.level, limit

    def teardown(self) -> None:
        if not hasattr(self, "bed"):
            return
        self.bed.close(self.t)
        self._look()
        assert all(events[-1].event == "end" for events in self.occurrences.values())
        assert self.bed.engine.rows(seconds(self.t)) == ()


TestBedside = Bedside.TestCase
TestBedside.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=timedelta(seconds=5), derandomize=True
)


class Session(Bedside):
    """The same under a ketamine preset, which judges breathing and has levels of its own."""

    preset = presets.load("iv-racemic")


TestSession = Session.TestCase
TestSession.settings = settings(
    max_examples=90, stateful_step_count=40, deadline=timedelta(seconds=5), derandomize=True
)
