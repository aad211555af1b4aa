"""What was told of each occurrence of a session, put together again: from its events and people's acts.

Pure: the events may come from a journal or from a recording that was judged. Times are on one axis.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from alarms.types import Act, AlarmEvent, Priority, State
from monitor.core.clock import Nanos

Span = tuple[int, int]
"""From, to; nanoseconds."""
_PEOPLE = frozenset({"session_end", "limit_changed", "invalidated", "disabled"})
"""Ends that a person brought about, or the end of the session."""


@dataclass(frozen=True, slots=True)
class History:
    """One session as it was told; `silent` are the times in which no service ran."""

    name: str
    start: Nanos
    end: Nanos
    events: tuple[AlarmEvent, ...]
    acts: tuple[Act, ...] = ()
    silent: tuple[Span, ...] = ()
    restarts: int = 0


@dataclass(slots=True)
class Call:
    """One time that an alarm called for somebody: its start, a rise, or sounding again."""

    t: Nanos
    priority: Priority
    answered: Nanos | None = None


@dataclass(slots=True)
class Story:
    """One occurrence from its start on; what has not happened is None."""

    first: AlarmEvent
    last: AlarmEvent
    priority: Priority  # the highest it had
    loud: list[tuple[int, int, Priority]] = field(default_factory=list)  # unacknowledged, with its priority
    calls: list[Call] = field(default_factory=list)
    acknowledged: Nanos | None = None  # for the first time
    acknowledged_by: str | None = None
    over: Nanos | None = None  # the condition was gone: latched, or ended at once
    ended: Nanos | None = None
    reason: str | None = None  # why it was over
    seen_by: str | None = None  # who acknowledged it when it was over
    outcome: str = ""
    outcome_by: str | None = None
    outcome_text: str = ""

    @property
    def covered(self) -> bool:
        """Return whether another alarm stood for it when it started."""
        return self.first.covered_by is not None

    @property
    def unseen(self) -> bool:
        """Return whether it was over by itself and nobody had answered its last call."""
        return self.unanswered and self.over is not None and self.reason not in _PEOPLE

    @property
    def unanswered(self) -> bool:
        """Return whether nobody answered its last call, though an earlier one may have been."""
        return not self.calls or self.calls[-1].answered is None

    def active(self, end: Nanos) -> Span:
        """Return how long its condition was true; until the session's `end` when it still is."""
        return self.first.t, self.over if self.over is not None else end


def stories(history: History) -> list[Story]:
    """Return every occurrence that started, oldest first."""
    found: dict[str, Story] = {}
    for event in history.events:
        story = found.get(event.occurrence)
        if story is None:
            story = found[event.occurrence] = Story(event, event, event.priority)
            if event.state is State.UNACK:
                story.calls.append(Call(event.t, event.priority))
            continue
        _close_loud(story, event.t)
        _take(story, event)
    for story in found.values():
        _close_loud(story, history.end)
    for act in history.acts:
        if act.act == "outcome" and act.occurrence in found:
            story = found[act.occurrence]
            story.outcome, story.outcome_by, story.outcome_text = act.outcome, act.user, act.text
    return list(found.values())


def _close_loud(story: Story, t: Nanos) -> None:
    if story.last.state is State.UNACK and t > story.last.t:
        story.loud.append((story.last.t, t, story.last.priority))


def _take(story: Story, event: AlarmEvent) -> None:
    before, story.last = story.last, event
    anew = before.state is not State.UNACK or event.priority > before.priority
    if event.state is State.UNACK and anew:
        story.calls.append(Call(event.t, event.priority))
    if event.event == "acknowledge" and story.calls and story.calls[-1].answered is None:
        story.calls[-1].answered = event.t
    story.priority = max(story.priority, event.priority)
    if event.event == "acknowledge" and story.acknowledged is None:
        story.acknowledged, story.acknowledged_by = event.t, event.user
    if event.event in ("latched", "end") and story.over is None:
        story.over, story.reason = event.t, event.reason
    if event.event == "end":
        story.ended = event.t
        story.seen_by = event.user if event.reason == "seen" else None


# --- what was heard ---------------------------------------------------------------------------


def audible(history: History, told: Sequence[Story]) -> dict[Priority, int]:
    """Return for how long each priority was the one that sounded, nanoseconds.

    Unacknowledged, neither covered nor paused, while the service ran. One that started covered is
    heard once what covers it is over; of blood pressures, once that is acknowledged.
    """
    by_id = {story.first.occurrence: story for story in told}
    everywhere = [*history.silent, *pauses(history, None)]
    edges: list[tuple[int, int, Priority]] = []
    for story in told:
        holes = [*everywhere, *pauses(history, story.first.occurrence)]
        holes += _cover(by_id.get(story.first.covered_by or ""), history.end)
        for begin, end, priority in story.loud:
            for from_t, to_t in minus((begin, end), holes):
                edges += [(from_t, 1, priority), (to_t, -1, priority)]
    return _highest(edges)


def _cover(by: Story | None, end: Nanos) -> list[Span]:
    if by is None:
        return []
    if (by.first.channel or "").startswith("nibp_"):
        return [(begin, until) for begin, until, _ in by.loud]
    return [by.active(end)]


def _highest(edges: list[tuple[int, int, Priority]]) -> dict[Priority, int]:
    """Return for how long each priority was the highest of those that were on."""
    on, lasted = dict.fromkeys(Priority, 0), dict.fromkeys(Priority, 0)
    before = 0
    for t, change, priority in sorted(edges):
        highest = max((one for one, count in on.items() if count), default=None)
        if highest is not None:
            lasted[highest] += t - before
        on[priority] += change
        before = t
    return lasted


def pauses(history: History, occurrence: str | None) -> Iterator[Span]:
    """Yield the audio pauses of all audio (None), or of one occurrence's row."""
    yield from _between(history, "audio_paused", "audio_pause_ended", occurrence or "", by_occurrence=True)


def off(history: History, condition: str) -> Iterator[Span]:
    """Yield the times in which a condition was turned off."""
    yield from _between(history, "alarm_off", "alarm_on", condition, by_occurrence=False)


def _between(
    history: History, begin: str, end: str, of: str, *, by_occurrence: bool
) -> Iterator[tuple[int, int]]:
    began: Nanos | None = None
    for act in history.acts:
        if (act.occurrence if by_occurrence else act.condition) != of:
            continue
        if act.act == begin and began is None:
            began = act.t
        elif act.act == end and began is not None:
            yield began, act.t
            began = None
    if began is not None:
        yield began, history.end


# --- spans ------------------------------------------------------------------------------------


def minus(span: Span, holes: Iterable[Span]) -> list[Span]:
    """Return what is left of a span without the holes."""
    left = [span] if span[1] > span[0] else []
    for begin, end in holes:
        if end > begin:
            left = [
                piece
                for a, b in left
                for piece in ((a, min(b, begin)), (max(a, end), b))
                if piece[1] > piece[0]
            ]
    return left


def length(spans: Iterable[Span]) -> int:
    """Return the length of all spans together, what several share counted once."""
    total, reached = 0, None
    for begin, end in sorted(spans):
        start = begin if reached is None else max(begin, reached)
        total += max(0, end - start)
        reached = end if reached is None else max(reached, end)
    return total
