"""The picture of a judged recording; the only part of `vigil alarms` that needs Qt."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from alarms.limits import Limit
from alarms.types import AlarmEvent, State
from monitor.core.catalogue import CATALOGUE
from monitor.core.display import has_display
from monitor.core.errors import ConfigError
from monitor.core.types import Nibp, Numeric, Reason
from monitor.core.units import Unit
from monitor.replay.judge import Judge
from ui.presenters.alarm_chart import Bar, BarRow, Chart, Curve, LimitLine, Panel, Reading

PRESSURES = {"nibp_sys": "SYS", "nibp_dia": "DIA", "nibp_map": "MAP"}
PLAIN = {Unit.MMHG: "mmHg", Unit.CELSIUS: "°C"}
ORDER = (Unit.PERCENT, Unit.PER_MIN, Unit.MMHG)
GAP_ROWS = 3.0
"""Values further apart than this many usual distances are not joined by a line."""


def write(judges: Sequence[Judge], path: Path) -> None:
    """Write one picture, each judge's chart below the one before; ConfigError when it cannot be written."""
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    from ui.views import alarm_chart

    application = QGuiApplication.instance() or QGuiApplication([])
    if not alarm_chart.save([chart_of(judge) for judge in judges], path):
        raise ConfigError(f"{path}: the picture cannot be written there")
    del application


def chart_of(judge: Judge) -> Chart:
    """Return what the picture shows."""
    feed = judge.feed
    starts = sum(event.event == "start" for event in judge.events)
    told = f"{starts} alarm{'' if starts == 1 else 's'}" if starts else "no alarm"
    return Chart(
        title=f"{feed.name}    {judge.preset.title} ({judge.preset.note})    {told}",
        from_s=feed.second(feed.start),
        to_s=feed.second(feed.end),
        panels=tuple(_panels(judge)),
        rows=tuple(_rows(judge)),
    )


def _panels(judge: Judge) -> Iterator[Panel]:
    """Yield a panel for each scale: saturation, rates, pressures, breathing, and what else has limits."""
    limited = {levels[0].channel for levels in judge.preset.by_condition.values()}
    groups: dict[tuple[int, Unit], list[tuple[str, str]]] = {}
    for device in judge.feed.devices:
        for channel in device.channels:
            if channel in limited:
                groups.setdefault(_scale(channel), []).append((device.device_id, channel))
    for (_, unit), members in sorted(groups.items()):
        curves = tuple(
            _curve(judge, device, channel, members)
            for device, channel in members
            if not CATALOGUE[channel].episodic
        )
        readings = tuple(_pressures(judge, {device for device, _ in members})) if unit is Unit.MMHG else ()
        if readings or any(value is not None for curve in curves for _, value in curve.points):
            lines = tuple(_limits(judge, {channel for _, channel in members}))
            yield Panel(PLAIN.get(unit, unit.value), curves, readings, lines)


def _scale(channel: str) -> tuple[int, Unit]:
    """Return the place of a channel's panel and its unit; breaths are no heartbeats."""
    unit = CATALOGUE[channel].unit
    return (len(ORDER) if unit not in ORDER or channel == "resp_rate" else ORDER.index(unit)), unit


def _curve(judge: Judge, device: str, channel: str, members: Sequence[tuple[str, str]]) -> Curve:
    several = sum(name == channel for _, name in members) > 1
    low, high = CATALOGUE[channel].plausible
    points: list[tuple[float, float | None]] = []
    gap_s = GAP_ROWS * max(1.0, judge.feed.spacing_s)
    for reading in judge.feed.readings:
        if not isinstance(reading, Numeric) or (reading.device_id, reading.channel) != (device, channel):
            continue
        second = judge.feed.second(reading.t)
        value = reading.value
        if value is not None and not low <= value <= high:
            value = None
        if points and second - points[-1][0] > gap_s:
            points.append((points[-1][0], None))
        if reading.reason is not Reason.LATE:
            points.append((second, value))
    label = CATALOGUE[channel].label
    return Curve(f"{label} ({device})" if several else label, CATALOGUE[channel].colour, points)


def _pressures(judge: Judge, devices: set[str]) -> Iterator[Reading]:
    for reading in judge.feed.readings:
        if isinstance(reading, Nibp) and reading.device_id in devices and not reading.stored:
            values = [v for v in (reading.sys, reading.dia, reading.map) if v is not None]
            if values and reading.unit is Unit.MMHG:
                yield Reading(judge.feed.second(reading.t), min(values), max(values))


def _limits(judge: Judge, channels: set[str]) -> Iterator[LimitLine]:
    """Yield each limit once: pulse and heart rate have the same ones."""
    known: set[tuple[float, str]] = set()
    for levels in judge.preset.by_condition.values():
        for limit in levels:
            text = _text(limit)
            if limit.channel in channels and (limit.value, text) not in known:
                known.add((limit.value, text))
                yield LimitLine(limit.value, text, limit.priority)


def _text(limit: Limit) -> str:
    name = PRESSURES.get(limit.channel)
    return f"{name} {limit.comparator.value} {limit.value:g}" if name else limit.text


def _rows(judge: Judge) -> Iterator[BarRow]:
    """Yield a row of bars for each condition that alarmed, in the order of their first alarms."""
    told: dict[str, list[AlarmEvent]] = {}
    for event in judge.events:
        told.setdefault(event.occurrence, []).append(event)
    rows: dict[str, list[Bar]] = {}
    for events in told.values():
        rows.setdefault(_label(events[0]), []).extend(_bars(judge, events))
    for label, bars in rows.items():
        yield BarRow(label, tuple(bars))


def _label(event: AlarmEvent) -> str:
    if event.condition == "NO_DATA" and event.channel:
        return f"NO_DATA {CATALOGUE[event.channel].label}"
    return event.condition


def _bars(judge: Judge, events: list[AlarmEvent]) -> Iterator[Bar]:
    """Yield the stretches of one occurrence between the changes of its priority or state."""
    second = judge.feed.second
    began = events[0]
    for event in events[1:]:
        if (event.priority, event.state) != (began.priority, began.state):
            yield Bar(second(began.t), second(event.t), began.priority.label, began.state is State.LATCHED)
            began = event
    if began.state is not State.ENDED:
        end = second(judge.feed.end)
        yield Bar(second(began.t), end, began.priority.label, began.state is State.LATCHED)
