"""Every cell of the state and event table: the state after it, and what is told."""

import itertools

import pytest

from alarms.condition import Condition, limit_condition
from alarms.groups import Group
from alarms.occurrence import STATES, TABLE, Do, Occurrences, On
from alarms.preset import load
from alarms.types import Priority, State
from monitor.core.clock import Nanos, seconds

N, P, U, A, L, D = STATES
R = "refused"
NOW = seconds(100)
HIGH = Priority.HIGH


class _Desk:
    """One latching condition and its machine, put into a state by its own events."""

    def __init__(self, state: State, *, latch: bool = True) -> None:
        numbers = itertools.count(1)
        self.machine = Occurrences(lambda: f"id{next(numbers)}")
        self.condition: Condition = limit_condition(load("adult-standard"), "SPO2_LOW", "oximeter")
        self.condition.latch = latch
        self.machine.join(self.condition, Group("spo2"))
        steps = {
            N: [],
            P: [On.OUTSIDE],
            U: [On.DUE],
            A: [On.DUE, On.ACKNOWLEDGE],
            L: [On.DUE, On.CLEARED],
            D: [On.TURN_OFF],
        }[state]
        for step in steps:
            self.apply(step, value=88.0, priority=Priority.MEDIUM)
        self.machine.take()
        assert self.condition.state is state

    def apply(self, on: On, **given: object) -> Do:
        return self.machine.apply(self.condition, on, NOW, **given)  # type: ignore[arg-type]


# event: for NORMAL, PENDING, UNACK, ACK, LATCHED, DISABLED the next state and what is told
CELLS: dict[On, tuple[tuple[State | str, str], ...]] = {
    On.OUTSIDE: ((P, ""), (P, ""), (U, "update"), (A, "update"), (L, ""), (D, "")),
    On.DUE: ((U, "start"), (U, "start"), (U, ""), (A, ""), (U, "end reopened, start"), (D, "")),
    On.DEAD_BAND: ((N, ""), (P, ""), (U, ""), (A, ""), (L, ""), (D, "")),
    On.INSIDE: ((N, ""), (N, ""), (U, ""), (A, ""), (L, ""), (D, "")),
    On.CLEARED: ((N, ""), (P, ""), (L, "latched why"), (N, "end why"), (L, ""), (D, "")),
    On.NO_VALUE: ((N, ""), (P, ""), (U, ""), (A, ""), (L, ""), (D, "")),
    On.DATA_LOST: ((N, ""), (N, ""), (L, "latched why"), (N, "end why"), (L, ""), (D, "")),
    On.ACKNOWLEDGE: ((R, ""), (R, ""), (A, "acknowledge"), (A, ""), (N, "end why"), (R, "")),
    On.ACKNOWLEDGE_LESS: ((R, ""), (R, ""), (R, ""), (R, ""), (R, ""), (R, "")),
    On.RISE: ((N, ""), (P, ""), (U, "escalate why"), (U, "escalate why"), (L, ""), (D, "")),
    On.FALL: ((N, ""), (P, ""), (U, ""), (A, "deescalate why"), (L, ""), (D, "")),
    On.ACK_TIMEOUT: ((N, ""), (P, ""), (U, ""), (U, "rearm why"), (L, ""), (D, "")),
    On.LIMIT_INSIDE: ((N, ""), (N, ""), (L, "latched why"), (N, "end why"), (L, ""), (D, "")),
    On.LIMIT_OUTSIDE: ((P, ""), (P, ""), (U, ""), (A, ""), (L, ""), (D, "")),
    On.TURN_OFF: ((D, ""), (D, ""), (R, ""), (D, "end why"), (R, ""), (D, "")),
    On.TURN_ON: ((N, ""), (P, ""), (U, ""), (A, ""), (L, ""), (N, "")),
    On.INVALIDATED: ((N, ""), (N, ""), (N, "end why"), (N, "end why"), (L, ""), (D, "")),
    On.SESSION: ((N, ""), (N, ""), (N, "end why"), (N, "end why"), (N, "end why"), (N, "")),
    On.RESTART_SHORT: ((N, ""), (P, ""), (U, ""), (A, ""), (L, ""), (D, "")),
    On.RESTART_LONG: (
        (N, ""),
        (N, ""),
        (U, "restored why"),
        (U, "restored why"),
        (L, "restored why"),
        (D, ""),
    ),
}


def _cells():
    for on, cells in CELLS.items():
        for state, (after, told) in zip(STATES, cells, strict=True):
            yield pytest.param(on, state, after, told, id=f"{state.value}: {on.value}")


def test_the_table_has_a_cell_for_every_event_and_state():
    assert set(TABLE) == set(On) == set(CELLS)
    assert all(set(row) == set(STATES) for row in TABLE.values())


@pytest.mark.parametrize(("on", "state", "after", "told"), list(_cells()))
def test_cell(on, state, after, told):
    desk = _Desk(state)
    value = 87.0 if on is On.OUTSIDE else 88.0
    do = desk.apply(on, value=value, priority=HIGH, reason=None if on is On.OUTSIDE else "why", user="Kim")
    events = desk.machine.take()
    if after == R:
        assert (do, desk.condition.state, events) == (Do.REFUSE, state, ())
        return
    expected = told.split(", ") if told else []
    said = [f"{e.event} {e.reason}" if e.event != "start" and e.reason else e.event for e in events]
    assert (desk.condition.state, said) == (after, expected)


@pytest.mark.parametrize(
    "on", [pytest.param(on, id=on.value) for on in (On.CLEARED, On.DATA_LOST, On.LIMIT_INSIDE)]
)
def test_what_does_not_latch_ends(on):
    desk = _Desk(U, latch=False)
    desk.apply(on, reason="why")
    assert (desk.condition.state, [e.event for e in desk.machine.take()]) == (N, ["end"])


def test_a_user_who_names_the_occurrence_ends_it_by_his_limit_change():
    desk = _Desk(U)
    desk.apply(On.LIMIT_INSIDE, reason="limit_changed", named=True)
    assert (desk.condition.state, desk.machine.take()[0].reason) == (N, "limit_changed")


@pytest.mark.parametrize(
    ("value", "state", "told"),
    [
        pytest.param(88.0, A, [], id="as at the acknowledgement"),
        pytest.param(86.0, A, ["update"], id="worse by 2"),
        pytest.param(85.0, U, ["rearm"], id="worse by 3"),
        pytest.param(95.0, A, [], id="better"),
    ],
)
def test_worse_by_its_step_voids_an_acknowledgement(value, state, told):
    desk = _Desk(A)
    desk.apply(On.OUTSIDE, value=value)
    assert (desk.condition.state, [e.event for e in desk.machine.take()]) == (state, told)


def test_reopening_keeps_the_episode_and_takes_a_new_occurrence():
    desk = _Desk(L)
    old = desk.condition.occurrence, desk.condition.episode
    desk.apply(On.DUE, value=88.0, priority=HIGH)
    end, start = desk.machine.take()
    assert (end.occurrence, end.episode, end.reason) == (*old, "reopened")
    assert start.episode == end.episode
    assert start.occurrence != end.occurrence


def test_a_new_start_after_the_end_is_a_new_episode():
    desk = _Desk(A)
    episode = desk.condition.episode
    desk.apply(On.CLEARED)
    desk.apply(On.DUE, value=88.0, priority=HIGH)
    assert desk.machine.take()[-1].episode != episode


def test_an_escalation_of_an_acknowledged_alarm_forgets_who_acknowledged():
    desk = _Desk(A)
    desk.apply(On.RISE, priority=HIGH, reason="second_limit")
    assert (desk.condition.acked_by, desk.condition.unack_since) == (None, NOW)


def test_times_of_events_are_those_given():
    desk = _Desk(N)
    desk.apply(On.DUE, value=88.0, priority=HIGH)
    assert desk.machine.take()[0].t == Nanos(NOW)
