"""Alarms that a person has turned off, in words: at the number, in the header, and as a reminder."""

from collections.abc import Iterable, Mapping

from monitor.link.messages import LimitInForce, OffAlarm
from ui.bed_model import BedState
from ui.presenters.words import condition_text


def off_alarms(state: BedState) -> tuple[OffAlarm, ...]:
    """Return what is off, as far as is known."""
    return tuple(state.board.off) if state.board is not None else ()


def judged_limits(state: BedState) -> tuple[LimitInForce, ...]:
    """Return the limits that alarm: those of an alarm that is off are not shown as if they did."""
    off = {one.condition for one in off_alarms(state)}
    return tuple(limit for limit in state.limits if limit.condition not in off)


def at_number(state: BedState, channels: Iterable[str]) -> str:
    """Return what stands at a number: "alarm off: Pulse high", empty when everything is on."""
    wanted = set(channels)
    names = [condition_text(one.condition) for one in off_alarms(state) if wanted.intersection(one.channels)]
    return f"alarm off: {', '.join(names)}" if names else ""


def in_header(state: BedState) -> tuple[str, str]:
    """Return the header's words and the sentence for screen readers, both empty when all are on."""
    off = off_alarms(state)
    if not off:
        return "", ""
    text = f"ALARM OFF: {condition_text(off[0].condition)}" if len(off) == 1 else f"{len(off)} ALARMS OFF"
    return text, "; ".join(said(one) for one in off)


def said(off: OffAlarm) -> str:
    """Return one of them as a sentence: which, by whom, why."""
    return f"alarm off: {condition_text(off.condition)}, by {off.by}: {off.reason}"


def reminder(state: BedState, before: Mapping[str, int]) -> str:
    """Return what must be said now: a reminder for what has more of them than `before`."""
    due = [one for one in off_alarms(state) if one.reminders > before.get(one.condition, one.reminders)]
    return f"Reminder: {'; '.join(said(one) for one in due)}" if due else ""


def counted(state: BedState) -> dict[str, int]:
    """Return how often people were reminded of each."""
    return {one.condition: one.reminders for one in off_alarms(state)}
