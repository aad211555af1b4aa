"""What a person may mark invalid at the cuff's number, and the reasons to choose from."""

from dataclasses import dataclass
from typing import Any

from monitor.core.clock import SECOND, Nanos
from ui.bed_model import BedState
from ui.presenters.tiles import pressures_text
from ui.presenters.words import age_text

REASONS = (
    "the patient moved",
    "cuff slipped or of the wrong size",
    "wrong patient",
    "measured while the arm was in use",
)
MISTAKEN = "marked by mistake"


@dataclass(frozen=True, slots=True)
class MarkEntry:
    """One line of the menu: a command, its arguments, and the reasons that it opens."""

    command: str
    args: dict[str, Any]
    text: str
    reasons: tuple[str, ...]


def mark_menu(state: BedState, now: Nanos) -> tuple[MarkEntry, ...]:
    """Return the reading that is shown, to be marked, and the newest marked one, to be taken back."""
    entries = []
    shown, marked = state.nibp, state.newest_marked
    if shown is not None and shown.message.id:
        ago = age_text((now - shown.born) / SECOND)
        text = f"Mark {pressures_text(shown)} ({ago}) as invalid ..."
        entries.append(MarkEntry("invalidate", {"reading": shown.message.id}, text, REASONS))
    if marked is not None:
        ago = age_text((now - marked.born) / SECOND)
        undo = f"Undo: {pressures_text(marked)} ({ago}) marked invalid by {marked.message.invalid_by}"
        entries.append(MarkEntry("validate", {"reading": marked.message.id}, undo, (MISTAKEN,)))
    return tuple(entries)
