"""The very engine of the bedside over a feed: readings as they came, a tick for each second of it.

Nobody acknowledges. The host's own conditions (store, sound, ways to devices, batteries) are not
evaluated, for nothing of them is told to the engine.
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from heapq import merge

from alarms.engine import Engine
from alarms.preset import Preset
from alarms.types import AlarmEvent, Step
from monitor.core.clock import SECOND, Nanos
from monitor.core.types import Nibp, Numeric, Reading
from monitor.replay.breach import Breaches
from monitor.replay.feed import Feed, Marking


def _time(of: Reading | Marking) -> Nanos:
    return of.t


class Judge:
    """One feed judged by one preset, once."""

    def __init__(self, preset: Preset, feed: Feed) -> None:
        numbers = itertools.count(1)
        self.preset, self.feed = preset, feed
        self.engine = Engine(preset, feed.devices, feed.start, ids=lambda: str(next(numbers)))
        self.events: list[AlarmEvent] = []
        self.breaches = Breaches(preset, feed.devices)
        self.refused: Counter[str] = Counter()
        """Channel -> how many of its numbers the gate let not through as values."""
        self.audible = 0
        self._heard_since: Nanos | None = None
        self._now = feed.start

    def run(self) -> Iterator[AlarmEvent]:
        """Yield the events, the moment they happen."""
        tick, feed = self.feed.start, self.feed
        for reading in merge(feed.readings, feed.marks, key=_time):
            while tick < reading.t:
                yield from self._take(self.engine.tick(tick), tick)
                tick = Nanos(tick + SECOND)
            self._now = max(self._now, reading.t)
            if isinstance(reading, Marking):
                step, _ = self.engine.mark(reading.reading, reading.mark, self._now, marked=reading.marked)
                yield from self._take(step, self._now)
                continue
            step = self.engine.accept(reading, self._now)
            if step.accepted is not reading:
                self._count(reading, step.accepted)
            yield from self._take(step, self._now)
            self.breaches.take(step.accepted if step.accepted is not None else reading)
        while tick <= feed.end:
            yield from self._take(self.engine.tick(tick), tick)
            tick = Nanos(tick + SECOND)
        self.breaches.close(feed.end)
        if self._heard_since is not None:
            self.audible += max(0, feed.end - self._heard_since)

    def _take(self, step: Step, now: Nanos) -> tuple[AlarmEvent, ...]:
        self._now = now
        for event in step.events:
            self.events.append(event)
            self.breaches.hear(event)
        if step.rows_changed:
            sounds = self.engine.sounding is not None
            if sounds and self._heard_since is None:
                self._heard_since = now
            elif not sounds and self._heard_since is not None:
                self.audible += now - self._heard_since
                self._heard_since = None
        return step.events

    def _count(self, reading: Reading, accepted: Reading | None) -> None:
        """Count what the gate made of a reading that it changed."""
        if isinstance(reading, Numeric) and isinstance(accepted, Numeric):
            pairs = [(reading.channel, reading.value, accepted.value)]
        elif isinstance(reading, Nibp) and isinstance(accepted, Nibp):
            pairs = [
                ("nibp_sys", reading.sys, accepted.sys),
                ("nibp_dia", reading.dia, accepted.dia),
                ("nibp_map", reading.map, accepted.map),
            ]
        else:
            return
        for channel, told, kept in pairs:
            if told is not None and kept is None:
                self.refused[channel] += 1
