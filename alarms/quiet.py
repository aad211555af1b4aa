"""The quiet room: the bed's sound may be off only while another station proves that it sounds (alarms 7.7).

A station that takes the sound gets a lease. Each of its beats proves one moment at which it lived: it
names the answer that it heard last (`echo`) and how long after that it still lived (`age`), so a beat that
is late, doubled or out of order proves no more than it did when it was sent. Pure: time is an argument.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alarms.types import Act, ActResult
from monitor.core.clock import SECOND, Nanos, seconds

BEAT_S = 2.0
"""How often a holder beats (alarm decisions, 1: three missed beats of 2 s)."""
LOST_AFTER = seconds(6)
"""Since the last moment that a beat has proved: then the bed sounds again (alarm decisions, 1)."""
OFFER_LASTS = seconds(120)
"""A test that nobody confirms within this time must be asked for anew."""
AGE_MOST_S = OFFER_LASTS / SECOND


class Quiet(StrEnum):
    """Where the bed's sound is. Only `HELD` lets the bed be quiet."""

    OFF = "off"  # at the bed, as usual
    HELD = "held"
    RETURNING = "returning"  # after a restart: at the bed, and its holder may take up the lease
    LOST = "lost"  # at the bed, and an alarm says why


@dataclass(frozen=True, slots=True)
class Holder:
    """The person at a station who takes the sound, and what the station calls its lease."""

    lease: str
    user: str
    station: str
    role: str = ""

    @property
    def named(self) -> str:
        """Return where alarms sound, for people."""
        return f"{self.station or 'another station'} ({self.user})"


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat: the answer heard last, how long after it the sender lived, and whether a test was heard."""

    holder: Holder
    echo: str
    age_s: float
    heard: bool = False

    def lived_at(self, now: Nanos) -> Nanos | None:
        """Return the moment that this beat proves, None when it proves nothing."""
        if not (self.echo.isascii() and self.echo.isdigit() and len(self.echo) < 20):
            return None
        answered = int(self.echo)
        if answered > now or not 0 <= self.age_s <= AGE_MOST_S:
            return None
        return Nanos(min(now, answered + seconds(self.age_s)))


class QuietRoom:
    """One of a bed. What it did is collected until taken, like the occurrences' events."""

    def __init__(self) -> None:
        self.state = Quiet.OFF
        self.holder: Holder | None = None
        self.since = self.lived_at = Nanos(0)
        """Since when it is in this state; the last moment at which the holder is known to have lived."""
        self._offer: tuple[Holder, Nanos] | None = None
        self._acts: list[Act] = []

    @property
    def detail(self) -> str:
        """Return of whom the sound was lost, for people."""
        return f"{self.holder.named} sounds no more" if self.holder is not None else ""

    def due(self) -> Nanos | None:
        """Return when the holder is lost unless it beats before; None when there is nothing to lose."""
        return Nanos(self.lived_at + LOST_AFTER) if self.state in (Quiet.HELD, Quiet.RETURNING) else None

    def take(self) -> tuple[Act, ...]:
        """Return what happened since the last call."""
        if not self._acts:
            return ()
        acts, self._acts = tuple(self._acts), []
        return acts

    # --- what is asked ------------------------------------------------------------------------

    def offer(self, holder: Holder, now: Nanos) -> ActResult:
        """Offer the sound: nothing changes until a person has confirmed the test there."""
        self.pass_time(now)
        if self.state in (Quiet.HELD, Quiet.RETURNING) and self.holder is not None:
            return ActResult(False, f"the sound is held by {self.holder.named}: end that first")
        self._offer = holder, now
        text = "play the test; hold the sound when the person there has heard it"
        return ActResult(True, text, (_answer(holder, now, held=False),))

    def begins(self, beat: Beat) -> bool:
        """Return whether this beat would let the bed fall quiet, rather than keep it so."""
        return self.state is not Quiet.HELD or self.holder != beat.holder

    def hold(self, beat: Beat, now: Nanos) -> ActResult:
        """Take a beat: the first one, or one after a restart, takes the sound; the others keep it."""
        self.pass_time(now)
        refusal = self._refusal(beat, now)
        lived = beat.lived_at(now)
        if refusal or lived is None:
            return ActResult(False, refusal or _NO_PROOF, (_answer(beat.holder, now, held=False),))
        if self.begins(beat):
            self.holder, self.lived_at, self._offer = beat.holder, lived, None
            self._enter(Quiet.HELD, "sound_taken", beat.holder, now)
        self.lived_at = max(self.lived_at, lived)
        return ActResult(True, "held", (_answer(beat.holder, now, held=True),))

    def _refusal(self, beat: Beat, now: Nanos) -> str:
        """Return why a beat holds nothing; empty when it may."""
        offered = self._offer
        known = self.state in (Quiet.HELD, Quiet.RETURNING) and self.holder == beat.holder
        if known:
            return "" if self.state is Quiet.HELD or _fresh(beat, now) else _NO_PROOF
        if offered is None or offered[0] != beat.holder:
            return "this station does not hold the sound: take it, with a test"
        if now - offered[1] > OFFER_LASTS:
            return "the test was too long ago: take the sound again"
        if not beat.heard:
            return "a person there must say that the test was heard"
        return "" if _fresh(beat, now) else _NO_PROOF

    def give_back(self, by: Holder, now: Nanos) -> ActResult:
        """End the quiet room without an alarm; `by.lease` "": whoever holds it."""
        offered, holder = self._offer, self.holder
        if offered is not None and by.lease in ("", offered[0].lease):
            self._offer = None
        if holder is None or by.lease not in ("", holder.lease):
            return ActResult(False, "that lease does not hold the sound: the bed sounds")
        self.holder = None
        self._enter(Quiet.OFF, "sound_given_back", by, now)
        return ActResult(True, "the sound is at the bed again")

    # --- time, the session's end, a restart -----------------------------------------------------

    def pass_time(self, now: Nanos) -> None:
        """Lose a holder of whom nothing is known for too long."""
        due = self.due()
        if due is not None and now >= due:
            self._enter(Quiet.LOST, "sound_lost", self.holder, now)

    def close(self, now: Nanos) -> None:
        """End it with the session."""
        self._offer = None
        if self.holder is not None:
            holder, self.holder = self.holder, None
            self._enter(Quiet.OFF, "sound_given_back", holder, now, reason="session end")

    def _enter(self, state: Quiet, act: str, by: Holder | None, now: Nanos, reason: str = "") -> None:
        self.state, self.since = state, now
        who = by or Holder("", "", "")
        place = ("role", who.role), ("station", who.station)
        self._acts.append(Act(now, act, user=who.user or None, reason=reason, more=place))

    def dump(self) -> dict[str, Any] | None:
        """Return who holds, or held, the sound, as plain values; None while nobody does."""
        one = self.holder
        if one is None:
            return None
        return {"holder": [one.lease, one.user, one.station, one.role], "lost": self.state is Quiet.LOST}

    def load(self, dump: dict[str, Any] | None, now: Nanos, *, same_boot: bool) -> None:
        """Take it up after a restart: the bed sounds, and the holder has as long as ever to beat.

        Echoes of another boot say nothing on this one's clock: then it is lost at once.
        """
        if dump is None:
            return
        self.holder, self.since, self.lived_at = Holder(*dump["holder"]), now, now
        if dump["lost"]:
            self.state = Quiet.LOST
            return
        self.state = Quiet.RETURNING
        if not same_boot:
            self._enter(Quiet.LOST, "sound_lost", self.holder, now)


def _fresh(beat: Beat, now: Nanos) -> bool:
    lived = beat.lived_at(now)
    return lived is not None and now - lived < LOST_AFTER


_NO_PROOF = "this beat proves nothing: name the last answer and how long ago it came"


def _answer(holder: Holder, now: Nanos, *, held: bool) -> dict[str, Any]:
    """Return what the next beat must name; `beat_s` says how soon."""
    return {
        "lease": holder.lease,
        "echo": str(int(now)),
        "held": held,
        "beat_s": BEAT_S,
        "lost_after_s": LOST_AFTER / SECOND,
    }
