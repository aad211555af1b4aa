"""Which sample comes next: a pure state machine from "this priority should sound" to audio blocks."""

import numpy as np

from alarms.sound.bursts import RATE_HZ, Burst, Sound, burst, reminder

FADE = round(0.010 * RATE_HZ)
"""An acknowledged sound ends in 10 ms, without a click."""


class Sequencer:
    """Renders blocks; `want` may be called from any thread, `render` from one only.

    Rising to high cuts in after the pulse that is sounding, any other change after its group of
    pulses, the end of all sound at once.
    """

    def __init__(self) -> None:
        self._wanted: str | None = None
        self._playing: str | None = None
        self._burst: Burst | None = None
        self._at = 0
        self._remind = False
        self.gain_db = 0.0

    def want(self, priority: str | None) -> None:
        """Let `priority` ("high", "medium", "low") sound from now on, or nothing (None)."""
        if priority is not None:
            burst(priority)  # an unknown word fails here, in the caller, not in the sound thread
        self._wanted = priority

    def remind(self) -> None:
        """Sound the reminder once, if nothing else sounds."""
        self._remind = True

    def render(self, frames: int) -> Sound:
        """Return the next `frames` samples."""
        out = np.zeros(frames, dtype=np.float32)
        done = 0
        while done < frames:
            done += self._fill(out, done)
        if self.gain_db:
            np.clip(out * 10 ** (self.gain_db / 20), -1.0, 1.0, out=out)
        return out

    def _fill(self, out: Sound, done: int) -> int:
        """Write from `done` up to the next turn of events; return how many samples that was."""
        wanted = self._wanted
        if wanted != self._playing and self._may_change(wanted):
            return self._change(wanted, out, done)
        if self._burst is None:
            if self._remind and wanted is None:
                self._remind = False
                self._begin("reminder", reminder())
                return 0
            return len(out) - done
        run = min(len(out) - done, self._next_turn(wanted) - self._at)
        part = self._burst.samples[self._at : self._at + run]
        out[done : done + len(part)] = part
        self._at += run
        if self._at >= self._burst.period:
            self._at = 0
            if self._playing == "reminder":
                self._begin(None, None)
        return run

    def _may_change(self, wanted: str | None) -> bool:
        if self._burst is None:
            return wanted is not None
        if wanted is None:
            return self._playing != "reminder"
        return self._boundary(wanted) == self._at

    def _boundary(self, wanted: str) -> int:
        """Return the first sample, from now, at which `wanted` may take over."""
        assert self._burst is not None
        spans = self._burst.pulses if wanted == "high" else self._burst.groups
        return next((end for first, end in spans if first < self._at < end), self._at)

    def _next_turn(self, wanted: str | None) -> int:
        assert self._burst is not None
        if wanted is not None and wanted != self._playing:
            return self._boundary(wanted)
        return self._burst.period

    def _change(self, wanted: str | None, out: Sound, done: int) -> int:
        """Start `wanted` (nothing written yet), or fade out what sounds."""
        faded = 0
        if wanted is None and self._burst is not None:
            tail = self._burst.samples[self._at : self._at + min(FADE, len(out) - done)]
            out[done : done + len(tail)] = tail * np.linspace(1, 0, len(tail), dtype=np.float32)
            faded = len(tail)
        self._begin(wanted, None if wanted is None else burst(wanted))
        return faded

    def _begin(self, playing: str | None, what: Burst | None) -> None:
        self._playing, self._burst, self._at = playing, what, 0
