"""The alarm bar's lines: what is wrong, since when, who knows, and what to do first."""

import math
from dataclasses import dataclass

from monitor.core.clock import SECOND, Nanos
from monitor.link.messages import AlarmRow, Reply
from ui.bed_model import BedState
from ui.presenters import words
from ui.presenters.priority import RANK, symbol_of

REFUSED = "REFUSED"
"""Begins what must not be overlooked: the service did not do what a person asked for."""
_STATE_ORDER = {"unack": 0, "latched": 1, "ack": 2}


@dataclass(frozen=True, slots=True)
class RowText:
    """One line of the bar, ready to paint; `occurrences` is what acknowledging it must name."""

    key: str
    symbol: str
    text: str
    action: str
    age: str
    state_text: str
    priority: str
    state: str  # unack, ack, latched
    occurrences: tuple[tuple[str, str], ...]  # (occurrence, priority seen), not yet acknowledged
    paused: str = ""  # what is left of this row's audio pause: "1:43"

    @property
    def spoken(self) -> str:
        """Return the row as a sentence for screen readers."""
        parts = (f"{self.priority} priority", self.text, self.state_text, f"since {self.age}", self.action)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class BarText:
    """The whole bar: `rows` in order, `light` the priority that colours it, `flashing` or steady."""

    rows: tuple[RowText, ...]
    light: str | None
    flashing: bool


def bar(state: BedState, now: Nanos) -> BarText:
    """Return the bar's rows: unseen ones first, then by priority; order within is the service's.

    Acknowledged rows come last so that a row nobody has seen is never pushed off the screen by
    one that somebody has.
    """
    board = state.board
    if board is None or not state.connected(now):
        return BarText((), None, False)
    elapsed = (now - state.board_arrived) / SECOND
    ordered = sorted(board.rows, key=lambda row: (_STATE_ORDER.get(row.state, 0), -RANK.get(row.priority, 9)))
    rows = tuple(row_text(state, row, elapsed) for row in ordered)
    unseen = [row.priority for row in rows if row.state != "ack"]
    shown = unseen or [row.priority for row in rows]
    light = max(shown, key=lambda word: RANK.get(word, 0), default=None)
    return BarText(rows, light, bool(unseen))


def row_text(state: BedState, row: AlarmRow, elapsed_s: float) -> RowText:
    """Return one row; a latched one says what was, not what is."""
    said = words.symbol_text(row.text)
    limits = " · ".join(
        dict.fromkeys(
            words.symbol_text(member.limit_text)
            for member in row.members
            if member.limit_text and not _says(said, words.symbol_text(member.limit_text))
        )
    )
    text = said + (f"   ({limits})" if limits else "")
    left_s = row.paused_s - elapsed_s
    paused = words.clock_text(math.ceil(left_s)) if left_s > 0 else ""
    return RowText(
        key=row.key,
        symbol=symbol_of(row.kind, row.priority),
        text=_was(state, row, text) if row.state == "latched" else text,
        action=row.action,
        age=words.clock_text(row.age_s + elapsed_s),
        state_text=_state_text(row, paused),
        priority=row.priority,
        state=row.state,
        occurrences=tuple((one.occurrence, one.priority) for one in row.members if one.state != "ack"),
        paused=paused,
    )


def _says(text: str, limit: str) -> bool:
    """Return whether a text names a limit already, with or without its unit."""
    return " ".join(limit.split()[:2]) in text


def _was(state: BedState, row: AlarmRow, text: str) -> str:
    """Return the text of a condition that is gone: "was 84 %" leads, when the value is known."""
    if text.startswith(("was ", "over: ")) or " was " in text:
        return text
    for member in row.members:
        event = state.alarms.get(member.occurrence)
        if event is not None and event.value is not None:
            unit = "mmHg" if event.unit == "mm[Hg]" else event.unit
            return f"was {event.value:g} {unit}: {text}"
    return f"over: {text}"


def _state_text(row: AlarmRow, paused: str) -> str:
    if paused:
        return f"audio paused by {row.paused_by}"
    if row.state == "ack":
        return f"acknowledged by {row.acknowledged_by}" if row.acknowledged_by else "acknowledged"
    return "over, not yet seen" if row.state == "latched" else ""


def hidden_text(hidden: tuple[RowText, ...]) -> str:
    """Return the line for rows that found no place: how many, and the worst of them."""
    if not hidden:
        return ""
    worst = max(hidden, key=lambda row: (row.state != "ack", RANK.get(row.priority, 0)))
    seen = "acknowledged, " if all(row.state == "ack" for row in hidden) else ""
    return f"+ {len(hidden)} more alarm{'s' if len(hidden) > 1 else ''}, {seen}worst {worst.symbol}"


def to_acknowledge(shown: tuple[RowText, ...]) -> tuple[tuple[str, str], ...]:
    """Return the (occurrence, priority seen) pairs of the rows that were on the screen."""
    return tuple(pair for row in shown for pair in row.occurrences)


def to_pause(rows: tuple[RowText, ...], selected: str) -> tuple[str, dict[str, list[str]]] | None:
    """Return the command that pauses the row selected, or the first that sounds; or ends its pause.

    None when it does not sound.
    """
    loud = [row for row in rows if row.state == "unack" and selected in ("", row.key)]
    if not loud:
        return None
    occurrences = [occurrence for occurrence, _ in loud[0].occurrences]
    return ("resume" if loud[0].paused else "pause"), {"occurrences": occurrences}


def next_row(rows: tuple[RowText, ...], selected: str, step: int) -> str:
    """Return the key of the row above or below the selected one; beyond the ends: none is selected."""
    keys = ["", *(row.key for row in rows)]
    at = keys.index(selected) if selected in keys else 0
    return keys[(at + step) % len(keys)]


def answer_text(command: str, reply: Reply) -> str:
    """Return what a person must know of an answer; empty when everything was acknowledged."""
    if command == "cuff":
        return f"Cuff: {reply.text}"
    said = words.in_words(reply.text)
    if command == "outcome":
        return f"Told: {said}" if reply.ok else f"Not told: {said}"
    if command in ("pause", "resume"):
        return "" if reply.ok else f"Audio: {reply.text}"
    if command.startswith(("limits", "baseline")):
        return ""  # the panel of limits says it
    if command in ("invalidate", "validate"):
        return f"NIBP: {reply.text}"
    if command in ("off", "on"):
        return f"Alarm: {said}" if reply.ok else f"{REFUSED}, nothing was changed: {said}"
    refused = [str(one.get("text") or "refused") for one in reply.results if not one.get("ok")]
    if reply.ok and not refused:
        return ""
    return "Not acknowledged: " + ("; ".join(dict.fromkeys(refused)) or reply.text)
