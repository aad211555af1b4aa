"""What a person may turn off or on at a number, and the reasons to choose from."""

from collections.abc import Iterable
from dataclasses import dataclass

from alarms.types import never_off
from ui.bed_model import BedState
from ui.presenters.off_alarms import off_alarms
from ui.presenters.words import condition_text

REASONS = (
    "known and accepted for this patient",
    "disturbed signal, patient is watched",
    "asked by the clinician",
)
"""Turning an alarm off takes two choices: which, and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: with `reasons` it opens them, without it turns the alarm on."""

    condition: str
    text: str
    reasons: tuple[str, ...] = ()


def off_menu(state: BedState, channels: Iterable[str]) -> tuple[Entry, ...]:
    """Return the alarms of `channels` that may be turned off, or are off, in the order of their limits."""
    wanted = set(channels)
    off = {one.condition: one for one in off_alarms(state)}
    names = dict.fromkeys(limit.condition for limit in state.limits if limit.channel in wanted)
    entries = []
    for name in names:
        if name in off:
            entries.append(
                Entry(name, f"Turn on {condition_text(name)} (off by {off[name].by}: {off[name].reason})")
            )
        elif not never_off(name):
            entries.append(Entry(name, f"Turn off {condition_text(name)}", REASONS))
    return tuple(entries)
