"""The load that alarms were for people, from what was told in sessions (alarms.md 4.1, docs/metrics.md)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from alarms import told
from alarms.outcome import Outcome
from alarms.told import History, Story
from alarms.types import Act, Kind, Priority
from monitor.core.clock import SECOND, seconds

FLEETING = seconds(10)
"""Over within this time, unseen: "clears before anyone could act" (alarms.md 4.2); a proposal [C]."""
CHATTER_STARTS, CHATTER_WITHIN = 3, seconds(60)
"""alarms.md 4.2: chattering is three or more a minute [S]."""
SLOW_S = (30, 60)
BUCKETS_S = (10, 30, 60, 300)
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Answered:
    """How the calls of one priority were answered; times and shares are of those answered, None: none was."""

    priority: Priority
    calls: int  # starts, rises and re-alarms, each by the priority it had
    count: int  # answered before it rose, was over, or sounded again
    median_s: float | None
    p90_s: float | None
    over_30_s: float | None
    over_60_s: float | None


@dataclass(frozen=True, slots=True)
class Inactive:
    """How long one condition was off, and its row paused; the shares are of the time watched."""

    condition: str
    off_s: float
    off_share: float
    paused_s: float
    paused_share: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of one session, or of several together. None: there is nothing to divide by."""

    sessions: int
    hours: float  # watched: from start to end, without the time in which no service ran
    alarms: int  # every occurrence
    met: int  # those that people met: not covered at their start
    alarms_per_hour: float | None  # of those met
    counts: tuple[tuple[str, Priority, int], ...]  # condition, highest priority; the most frequent first
    by_priority: dict[Priority, int]
    audible_s: float
    audible_by_priority: dict[Priority, float]
    audible_s_per_hour: float | None
    answered: tuple[Answered, ...]
    unseen: int  # over by themselves before anybody answered the last call
    unseen_share: float | None  # of those met
    fleeting: int
    chattering: dict[str, int]  # condition -> its starts that belong to a chatter
    durations: tuple[tuple[str, int], ...]  # of what is over: "<= 10 s" ...
    median_duration_s: float | None
    open_at_end: int
    technical_min: float
    paused_s: float  # all audio
    inactive: tuple[Inactive, ...]
    limits_changed: int  # different levels, each counted once a session
    limit_changes: int  # every one that was set or reset
    sessions_with_changed_limits: int
    overdue: int  # blood pressures that were due
    outcomes: dict[str, int]
    ppv: float | None  # acted / all that have an outcome
    restarts: int


def measure(histories: Sequence[History]) -> Metrics:
    """Return the figures of these sessions together."""
    each = [(history, told.stories(history)) for history in histories]
    every = [story for _, stories in each for story in stories]
    met = [story for story in every if not story.covered]
    hours = sum(_watched(history) for history in histories) / SECOND / HOUR_S
    heard = [told.audible(history, stories) for history, stories in each]
    sound = {p: sum(one[p] for one in heard) / SECOND for p in sorted(Priority, reverse=True)}
    over = [(story.over - story.first.t) / SECOND for story in every if story.over is not None]
    changes = [[act for act in history.acts if act.act == "limit_changed"] for history in histories]
    levels = [{_level(act) for act in acts} for acts in changes]
    outcomes = Counter(story.outcome for story in every if story.outcome)
    unseen = sum(story.unseen for story in met)
    return Metrics(
        sessions=len(histories),
        hours=hours,
        alarms=len(every),
        met=len(met),
        alarms_per_hour=_ratio(len(met), hours),
        counts=_counts(every),
        by_priority={p: sum(s.priority is p for s in every) for p in sorted(Priority, reverse=True)},
        audible_s=sum(sound.values()),
        audible_by_priority=sound,
        audible_s_per_hour=_ratio(sum(sound.values()), hours),
        answered=tuple(_answered(met)),
        unseen=unseen,
        unseen_share=_ratio(unseen, len(met)),
        fleeting=fleeting(met),
        chattering=_summed(chattering(stories) for _, stories in each),
        durations=_distribution(over),
        median_duration_s=median(over) if over else None,
        open_at_end=sum(story.ended is None for story in every),
        technical_min=sum(_technical(h, stories) for h, stories in each) / SECOND / 60,
        paused_s=sum(told.length(told.pauses(history, None)) for history in histories) / SECOND,
        inactive=tuple(_inactive(each, hours)),
        limits_changed=sum(map(len, levels)),
        limit_changes=sum(map(len, changes)),
        sessions_with_changed_limits=sum(map(bool, changes)),
        overdue=sum(story.first.condition == "BP_OVERDUE" for story in every),
        outcomes={outcome.value: outcomes[outcome] for outcome in Outcome},
        ppv=_ratio(outcomes[Outcome.ACTED], sum(outcomes.values())),
        restarts=sum(history.restarts for history in histories),
    )


def _level(act: Act) -> tuple[str, object, object]:
    more = dict(act.more)
    return act.condition, more.get("priority"), more.get("decided_by")


def _watched(history: History) -> int:
    return told.length(told.minus((history.start, history.end), history.silent))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _counts(every: Iterable[Story]) -> tuple[tuple[str, Priority, int], ...]:
    counted = Counter((story.first.condition, story.priority) for story in every)
    order = sorted(counted.items(), key=lambda one: (-one[1], -one[0][1], one[0][0]))
    return tuple((condition, priority, count) for (condition, priority), count in order)


# --- what people did --------------------------------------------------------------------------


def _answered(met: Sequence[Story]) -> Iterable[Answered]:
    for priority in sorted(Priority, reverse=True):
        calls = [call for story in met for call in story.calls if call.priority is priority]
        took = sorted((call.answered - call.t) / SECOND for call in calls if call.answered is not None)
        if took:
            slow = [sum(one > limit for one in took) / len(took) for limit in SLOW_S]
            yield Answered(priority, len(calls), len(took), median(took), percentile(took, 90), *slow)
        elif calls:
            yield Answered(priority, len(calls), 0, None, None, None, None)


def percentile(ordered: Sequence[float], share: int) -> float:
    """Return the smallest value that at least `share` per cent do not exceed (nearest rank)."""
    return ordered[-(-share * len(ordered) // 100) - 1]


# --- nuisance ---------------------------------------------------------------------------------


def fleeting(met: Iterable[Story]) -> int:
    """Return how many were over, unseen, before anybody could have acted."""
    return sum(s.unseen and s.over is not None and s.over - s.first.t <= FLEETING for s in met)


def chattering(stories: Iterable[Story]) -> dict[str, int]:
    """Return for each condition how many of its starts belong to three or more within a minute."""
    starts: dict[tuple[str, str | None, str | None], list[int]] = {}
    for story in stories:
        if not story.covered:
            first = story.first
            starts.setdefault((first.condition, first.device, first.channel), []).append(first.t)
    found: Counter[str] = Counter()
    for (condition, _, _), times in starts.items():
        times.sort()
        among: set[int] = set()
        for number in range(len(times) - CHATTER_STARTS + 1):
            last = number + CHATTER_STARTS - 1
            if times[last] - times[number] <= CHATTER_WITHIN:
                among.update(range(number, last + 1))
        if among:
            found[condition] += len(among)
    return dict(sorted(found.items()))


def nuisance(history: History) -> dict[str, object]:
    """Return what a judged recording would have been for people: fleeting and chattering alarms."""
    stories = told.stories(history)
    return {
        "fleeting": fleeting(story for story in stories if not story.covered),
        "chattering": chattering(stories),
    }


def _summed(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(sorted(total.items()))


# --- how long ---------------------------------------------------------------------------------


def _distribution(lasted: Sequence[float]) -> tuple[tuple[str, int], ...]:
    edges = [0.0, *BUCKETS_S]
    found = [
        (f"<= {high} s", sum((low < one or not low) and one <= high for one in lasted))
        for low, high in zip(edges, BUCKETS_S, strict=False)
    ]
    return (*found, (f"> {BUCKETS_S[-1]} s", sum(one > BUCKETS_S[-1] for one in lasted)))


def _technical(history: History, stories: Iterable[Story]) -> int:
    """Return for how long at least one technical condition was there."""
    return told.length(s.active(history.end) for s in stories if s.first.kind is Kind.TECHNICAL)


def _inactive(each: Sequence[tuple[History, list[Story]]], hours: float) -> Iterable[Inactive]:
    turned = {act.condition for history, _ in each for act in history.acts if act.act == "alarm_off"}
    rows = {
        story.first.condition: None
        for history, stories in each
        for story in stories
        if any(told.pauses(history, story.first.occurrence))
    }
    for condition in sorted(turned | set(rows)):
        off_s = sum(told.length(told.off(history, condition)) for history, _ in each) / SECOND
        paused = (
            told.length(
                span
                for story in stories
                if story.first.condition == condition
                for span in told.pauses(history, story.first.occurrence)
            )
            for history, stories in each
        )
        paused_s = sum(paused) / SECOND
        watched_s = hours * HOUR_S
        yield Inactive(
            condition, off_s, _ratio(off_s, watched_s) or 0.0, paused_s, _ratio(paused_s, watched_s) or 0.0
        )
