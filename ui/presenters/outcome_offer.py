"""The question after an acknowledgement, never required: what became of this alarm?"""

from dataclasses import dataclass

from monitor.core.clock import Nanos, seconds
from monitor.link.messages import Reply
from ui.presenters.alarm_rows import RowText

OFFERED_FOR = seconds(30)
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
            return Offer(row.text.partition("   (")[0], done, Nanos(now + OFFERED_FOR))
    return None
