"""The load of alarms on people: every figure of one hour that a person can follow with a pencil.

s                          what happened
100, 120, 200              SPO2_LOW medium; acknowledged; over                  -> told: acted
300, 308                   SPO2_DESAT high; over, unseen                        -> false
500, 560, 600, 1000        SYS_HIGH medium; rises to high; acknowledged; over   -> acted, then noted
700, 730                   NO_DATA low; over, unseen (all audio paused 705-715) -> artefact
1200, 1210, 1300           SPO2_DESAT high; acknowledged; over
1205, 1320                 SPO2_LOW medium, covered by it; over, unseen
2000, 2020, 2040           PR_HIGH medium, 5 s each, unseen
3000                       BP_OVERDUE low, open (its row paused 3100-3160)
1000-1360                  PR_LOW is off;  2500, 2510: a limit is changed
3300-3400                  no service; then the session ends at 3600
"""

import dataclasses

import pytest

from alarms.metrics import Answered, chattering, measure, percentile
from alarms.told import History, length, minus, stories
from alarms.types import Act, AlarmEvent, Kind, Priority, State
from monitor.core.clock import Nanos, seconds

LOW, MEDIUM, HIGH = Priority.LOW, Priority.MEDIUM, Priority.HIGH
STATES = {"start": State.UNACK, "escalate": State.UNACK, "acknowledge": State.ACK, "end": State.ENDED}
TECHNICAL = ("NO_DATA", "BP_OVERDUE")


def event(t, what, occurrence, condition, priority, **rest) -> AlarmEvent:
    fields = {"user": None, "covered_by": None, "reason": None, "channel": None, **rest}
    return AlarmEvent(
        t=seconds(t), event=what, condition=condition, priority=priority,
        kind=Kind.TECHNICAL if condition in TECHNICAL else Kind.PHYSIOLOGICAL, occurrence=occurrence,
        episode="e", state=STATES.get(what, State.LATCHED), since=seconds(t), value=None, limit=None,
        comparator="", unit="", device=None, text="", action="", **fields,
    )  # fmt: skip


def act(t, what, **rest) -> Act:
    return Act(seconds(t), what, **rest)


def short(number: int, t: float) -> list[AlarmEvent]:
    name = f"pr{number}"
    return [
        event(t, "start", name, "PR_HIGH", MEDIUM),
        event(t + 5, "latched", name, "PR_HIGH", MEDIUM, reason="cleared"),
        event(t + 9, "end", name, "PR_HIGH", MEDIUM, reason="seen", user="Kim"),
    ]


EVENTS = [
    event(100, "start", "a", "SPO2_LOW", MEDIUM),
    event(120, "acknowledge", "a", "SPO2_LOW", MEDIUM, user="Kim"),
    event(200, "end", "a", "SPO2_LOW", MEDIUM, reason="cleared"),
    event(300, "start", "b", "SPO2_DESAT", HIGH),
    event(308, "latched", "b", "SPO2_DESAT", HIGH, reason="cleared"),
    event(330, "end", "b", "SPO2_DESAT", HIGH, reason="seen", user="Kim"),
    event(500, "start", "c", "SYS_HIGH", MEDIUM),
    event(560, "escalate", "c", "SYS_HIGH", HIGH),
    event(600, "acknowledge", "c", "SYS_HIGH", HIGH, user="Lee"),
    event(1000, "end", "c", "SYS_HIGH", HIGH, reason="cleared"),
    event(700, "start", "d", "NO_DATA", LOW),
    event(730, "end", "d", "NO_DATA", LOW, reason="cleared"),
    event(1200, "start", "f", "SPO2_DESAT", HIGH),
    event(1205, "start", "e", "SPO2_LOW", MEDIUM, covered_by="f"),
    event(1210, "acknowledge", "f", "SPO2_DESAT", HIGH, user="Kim"),
    event(1300, "end", "f", "SPO2_DESAT", HIGH, reason="cleared"),
    event(1320, "latched", "e", "SPO2_LOW", MEDIUM, reason="cleared"),
    *short(1, 2000),
    *short(2, 2020),
    *short(3, 2040),
    event(3000, "start", "g", "BP_OVERDUE", LOW),
]
ACTS = [
    act(210, "outcome", occurrence="a", outcome="acted", user="Kim"),
    act(310, "outcome", occurrence="b", outcome="false"),
    act(610, "outcome", occurrence="c", outcome="acted"),
    act(620, "outcome", occurrence="c", outcome="noted"),
    act(705, "audio_paused"),
    act(715, "audio_pause_ended"),
    act(740, "outcome", occurrence="d", outcome="artefact"),
    act(1000, "alarm_off", condition="PR_LOW"),
    act(1360, "alarm_on", condition="PR_LOW"),
    act(2500, "limit_changed", condition="PR_HIGH"),
    act(2510, "limit_changed", condition="PR_HIGH"),
    act(3100, "audio_paused", occurrence="g", condition="BP_OVERDUE"),
    act(3160, "audio_pause_ended", occurrence="g", condition="BP_OVERDUE"),
]
HOUR = History(
    "one", Nanos(0), seconds(3600), tuple(EVENTS), tuple(ACTS), ((seconds(3300), seconds(3400)),), restarts=1
)
WATCHED_H = 3500 / 3600


def test_how_many_alarms_there_were():
    found = measure([HOUR])
    assert (found.hours, found.alarms, found.met) == (WATCHED_H, 10, 9)
    assert found.alarms_per_hour == 9 / WATCHED_H
    assert found.counts == (
        ("PR_HIGH", MEDIUM, 3),
        ("SPO2_DESAT", HIGH, 2),
        ("SPO2_LOW", MEDIUM, 2),
        ("SYS_HIGH", HIGH, 1),
        ("BP_OVERDUE", LOW, 1),
        ("NO_DATA", LOW, 1),
    )
    assert found.by_priority == {HIGH: 3, MEDIUM: 5, LOW: 2}


def test_how_long_each_priority_was_heard():
    found = measure([HOUR])
    high = 8 + 40 + 10  # b, c after its rise, f until acknowledged
    medium = 20 + 60 + 20 + 15  # a, c, e once f is over, three times PR_HIGH
    low = (30 - 10) + (600 - 60 - 100)  # d but for the pause; g but for its row's pause and the lost service
    assert found.audible_by_priority == {HIGH: high, MEDIUM: medium, LOW: low}
    assert (found.audible_s, found.audible_s_per_hour) == (633, 633 / WATCHED_H)


def test_how_soon_people_answered():
    assert measure([HOUR]).answered == (
        Answered(
            HIGH, 3, 2, median_s=25, p90_s=40, over_30_s=0.5, over_60_s=0
        ),  # c 40 s after its rise, f 10 s
        Answered(MEDIUM, 5, 1, median_s=20, p90_s=20, over_30_s=0, over_60_s=0),  # a; not c, nor PR_HIGH
        Answered(LOW, 2, 0, None, None, None, None),
    )


def test_an_answer_to_a_medium_call_is_none_to_the_high_one_that_follows():
    events = (
        event(0, "start", "a", "PR_LOW", MEDIUM),
        event(5, "acknowledge", "a", "PR_LOW", MEDIUM, user="Kim"),
        event(22, "escalate", "a", "PR_LOW", HIGH),
        event(90, "latched", "a", "PR_LOW", HIGH, reason="cleared"),
    )
    found = measure([History("x", Nanos(0), seconds(100), events)])
    assert found.answered == (
        Answered(HIGH, 1, 0, None, None, None, None),
        Answered(MEDIUM, 1, 1, median_s=5, p90_s=5, over_30_s=0, over_60_s=0),
    )
    assert found.unseen == 1


def test_each_time_that_it_sounds_again_is_a_call():
    again = event(125, "rearm", "a", "PR_LOW", HIGH)
    events = (
        event(0, "start", "a", "PR_LOW", HIGH),
        event(5, "acknowledge", "a", "PR_LOW", HIGH, user="Kim"),
        dataclasses.replace(again, state=State.UNACK),
        event(140, "acknowledge", "a", "PR_LOW", HIGH, user="Kim"),
        event(150, "end", "a", "PR_LOW", HIGH, reason="cleared"),
    )
    (high,) = measure([History("x", Nanos(0), seconds(200), events)]).answered
    assert (high.calls, high.count, high.median_s, high.p90_s) == (2, 2, 10, 15)


def test_a_level_that_is_set_and_reset_is_one_limit_changed():
    first = ("priority", "medium"), ("decided_by", "delay")
    acts = (
        act(1, "limit_changed", condition="PR_HIGH", more=first),
        act(2, "limit_changed", condition="PR_HIGH", more=first),
        act(3, "limit_changed", condition="PR_HIGH", more=(("priority", "high"), ("decided_by", "delay"))),
    )
    found = measure([History("x", Nanos(0), seconds(60), (), acts)])
    assert (found.limits_changed, found.limit_changes, found.sessions_with_changed_limits) == (2, 3, 1)


def test_what_was_over_before_anybody_came():
    found = measure([HOUR])
    assert (found.unseen, found.unseen_share) == (5, 5 / 9)  # b, d, three times PR_HIGH
    assert found.fleeting == 4  # not d, which lasted 30 s
    assert found.chattering == {"PR_HIGH": 3}


def test_how_long_they_lasted():
    found = measure([HOUR])
    assert dict(found.durations) == {"<= 10 s": 4, "<= 30 s": 1, "<= 60 s": 0, "<= 300 s": 3, "> 300 s": 1}
    assert (found.median_duration_s, found.open_at_end, found.technical_min) == (30, 2, 10.5)


def test_what_was_taken_away():
    found = measure([HOUR])
    overdue, off = found.inactive
    assert (overdue.condition, overdue.off_s, overdue.paused_s) == ("BP_OVERDUE", 0, 60)
    assert (off.condition, off.off_s, off.off_share, off.paused_s) == ("PR_LOW", 360, 360 / 3500, 0)
    assert (found.paused_s, found.limits_changed, found.overdue, found.restarts) == (10, 1, 1, 1)


def test_what_people_said_became_of_them():
    found = measure([HOUR])
    assert found.outcomes == {"acted": 1, "noted": 1, "false": 1, "artefact": 1}
    assert found.ppv == 0.25


def test_several_sessions_are_measured_together_not_averaged():
    quiet = History("two", Nanos(0), seconds(3600), ())
    found = measure([HOUR, quiet])
    assert (found.sessions, found.alarms, found.alarms_per_hour) == (2, 10, 9 / (WATCHED_H + 1))
    assert (found.limits_changed, found.limit_changes, found.sessions_with_changed_limits) == (1, 2, 1)


def test_a_session_without_alarms_divides_by_nothing():
    found = measure([History("none", Nanos(0), Nanos(0), ())])
    assert (found.alarms, found.alarms_per_hour, found.ppv, found.unseen_share) == (0, None, None, None)
    assert (found.median_duration_s, found.answered) == (None, ())


@pytest.mark.parametrize(
    ("times", "found"),
    [
        pytest.param([0, 30, 60], {"PR_HIGH": 3}, id="three in a minute"),
        pytest.param([0, 30, 61], {}, id="three in more than a minute"),
        pytest.param([0, 30, 60, 90, 300], {"PR_HIGH": 4}, id="a run is counted once"),
    ],
)
def test_chattering_is_three_starts_in_a_minute(times, found):
    events = tuple(event(t, "start", f"o{t}", "PR_HIGH", MEDIUM) for t in times)
    assert chattering(stories(History("x", Nanos(0), seconds(400), events))) == found


@pytest.mark.parametrize(("count", "rank"), [(1, 1), (2, 2), (9, 9), (10, 9), (11, 10), (20, 18), (100, 90)])
def test_the_90th_percentile_is_the_nearest_rank(count, rank):
    assert percentile(list(range(1, count + 1)), 90) == rank


def test_what_ended_with_the_session_or_by_a_person_did_not_end_by_itself():
    for reason in ("session_end", "disabled", "invalidated", "limit_changed"):
        events = (
            event(0, "start", "a", "PR_HIGH", MEDIUM),
            event(5, "end", "a", "PR_HIGH", MEDIUM, reason=reason),
        )
        found = measure([History("x", Nanos(0), seconds(60), events)])
        assert (found.unseen, found.fleeting) == (0, 0)


def test_two_pressures_of_one_reading_sound_once_and_the_other_when_the_first_is_acknowledged():
    events = (
        event(0, "start", "sys", "SYS_LOW", MEDIUM, channel="nibp_sys"),
        event(0, "start", "dia", "DIA_LOW", MEDIUM, channel="nibp_dia", covered_by="sys"),
        event(10, "acknowledge", "sys", "SYS_LOW", MEDIUM, channel="nibp_sys"),
        event(25, "acknowledge", "dia", "DIA_LOW", MEDIUM, channel="nibp_dia"),
    )
    assert measure([History("x", Nanos(0), seconds(60), events)]).audible_s == 25


def test_the_higher_sound_is_the_one_heard():
    events = (
        event(0, "start", "low", "NO_DATA", LOW),
        event(10, "start", "high", "SPO2_DESAT", HIGH),
        event(20, "end", "high", "SPO2_DESAT", HIGH),
        event(30, "end", "low", "NO_DATA", LOW),
    )
    found = measure([History("x", Nanos(0), seconds(60), events)])
    assert found.audible_by_priority == {HIGH: 10, MEDIUM: 0, LOW: 20}


def test_spans():
    assert minus((0, 10), [(2, 3), (5, 20), (7, 7)]) == [(0, 2), (3, 5)]
    assert minus((5, 5), []) == []
    assert length([(0, 4), (2, 6), (10, 11)]) == 7
