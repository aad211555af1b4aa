"""The question after an acknowledgement, never required: what became of this alarm?"""

from dataclasses import dataclass

from monitor.core.clock import Nanos, seconds
from monitor.link.messages import Reply
from ui.bed_model import BedState
from ui.presenters.alarm_rows import RowText

OFFERED_FOR = seconds(30)
AGAIN_WITHIN = seconds(600)
NOTHING = "No alarm to tell of: none was acknowledged or ended in the last 10 min"
CHOICES = (("acted", "Acted"), ("noted", "Noted"), ("false", "False"), ("artefact", "Artefact"))
"""What the service takes, and what the buttons say; the keys are 1 to 4."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What was acknowledged, in words, and until when its outcome may be told with one press."""

    text: str
    occurrences: tuple[str, ...]
    until: Nanos


def offer_of(rows: tuple[RowText, ...], reply: Reply, now: Nanos) -> Offer | None:
    """Return the offer for the first of the rows that were acknowledged by this; None for none."""
    took = {str(one.get("occurrence")) for one in reply.results if one.get("ok")}
    for row in rows:
        done = tuple(occurrence for occurrence, _ in row.occurrences if occurrence in took)
        if done:
            return Offer(_short(row.text), done, Nanos(now + OFFERED_FOR))
    return None


def offer_again(state: BedState, now: Nanos) -> Offer | None:
    """Return the offer for the newest alarm that was acknowledged or ended in the last ten minutes."""
    settled = [
        (at, occurrence)
        for occurrence, at in state.settled.items()
        if now - at <= AGAIN_WITHIN and occurrence in state.alarms
    ]
    if settled:
        _, newest = max(settled)
        return Offer(_short(state.alarms[newest].text), (newest,), Nanos(now + OFFERED_FOR))
    for row in state.board.rows if state.board is not None else ():  # acknowledged before this client came
        if row.state == "ack":
            return Offer(
                _short(row.text), tuple(one.occurrence for one in row.members), Nanos(now + OFFERED_FOR)
            )
    return None


def _short(text: str) -> str:
    """Return what an alarm was about, without its limits."""
    return text.partition("(")[0].strip()
