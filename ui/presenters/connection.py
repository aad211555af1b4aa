"""What the window says, and whether it sounds, when there is no connection to the service."""

from dataclasses import dataclass

from monitor.core.clock import SECOND, Nanos, seconds
from ui.bed_model import BedState
from ui.presenters import words

PATIENCE_AT_START = seconds(3)
"""A window that has just been opened waits this long before it counts as without a service."""
SOUNDS_AFTER = seconds(2)
"""Since the last sign of life: a service that restarts at once makes no noise, any other does by 3 s."""


@dataclass(frozen=True, slots=True)
class Banner:
    """The full-width banner; `sounds` is True when this client must sound by itself."""

    headline: str
    detail: str
    sounds: bool


def banner(state: BedState, started: Nanos, now: Nanos) -> Banner | None:
    """Return the banner, None while the service is heard."""
    if state.connected(now):
        return None
    connection = state.connection
    if connection is not None and connection.state == "connected" and not _silent(state, now):
        return _waiting(state, connection.since, now)
    if (connection is None or connection.state == "connecting") and now - started <= PATIENCE_AT_START:
        return Banner("Connecting to the service", "waiting for its first word", False)
    since = _lost_since(state, started)
    why = connection.text if connection is not None and connection.state != "connected" else "it says nothing"
    return Banner(
        "NO CONNECTION TO THE SERVICE",
        f"for {words.clock_text((now - since) / SECOND)} · no values, no alarms on this screen. "
        f"Look at the patient and the devices. ({why})",
        now - since >= SOUNDS_AFTER,
    )


def _waiting(state: BedState, since: Nanos, now: Nanos) -> Banner:
    """Return the banner of a service that answers but has not told about this bed."""
    overdue = now - since > PATIENCE_AT_START
    return Banner(
        "NO DATA FOR THIS BED" if overdue else "Connected",
        f"the service says nothing about bed {state.bed or '(any)'}" if overdue else "waiting for the bed",
        overdue,
    )


def _silent(state: BedState, now: Nanos) -> bool:
    return state.heard is None or now - state.heard > PATIENCE_AT_START


def _lost_since(state: BedState, started: Nanos) -> Nanos:
    return state.heard if state.heard is not None else started


def sound_note(sounds: bool, output_ok: bool, output_text: str) -> str:
    """Return what to say about this station's own sound while it should sound."""
    if not sounds or output_ok:
        return ""
    return f"Cannot sound: {output_text}"
