"""Which sample comes next: a pure state machine from "this priority should sound" to audio blocks."""

import numpy as np

from alarms.sound.bursts import FULL, PEAK, RATE_HZ, SPECS, Burst, Sound, burst, reminder, tone

FADE = round(0.010 * RATE_HZ)
"""An acknowledged sound ends in 10 ms, without a click."""


class Sequencer:
    """Renders blocks; `want` may be called from any thread, `render` from one only.

    What a person did takes effect at once. Else a rise to high cuts in after the pulse that sounds,
    any other change waits for half a high burst or a whole other one, and an alarm that is over
    ends with its burst. The reminder and the test tone are no alarms: they give way at once.
    """

    def __init__(self, volume: float = 1.0) -> None:
        self._wanted: str | None = None
        self._playing: str | None = None
        self._burst: Burst | None = None
        self._at = 0
        self._remind = False
        self._test = False
        self._cut = False
        self.volume = volume
        self.gain_db = 0.0

    def want(self, priority: str | None, *, at_once: bool = False) -> None:
        """Let `priority` ("high", "medium", "low") sound from now on, or nothing (None).

        `at_once`: a person did this; what sounds now does not go on to the end of its burst.
        """
        if priority is not None:
            burst(priority)  # an unknown word fails here, in the caller, not in the sound thread
        self._wanted = priority
        if at_once:
            self._cut = True

    def remind(self) -> None:
        """Sound the reminder once, if nothing else sounds."""
        self._remind = True

    def test(self) -> None:
        """Sound the test tone once; an alarm that sounds is as good a test."""
        self._test = True

    @property
    def testing(self) -> bool:
        """Return whether the test tone is still to be heard to its end."""
        return self._test

    def render(self, frames: int) -> Sound:
        """Return the next `frames` samples."""
        out = np.zeros(frames, dtype=np.float32)
        done = 0
        while done < frames:
            done += self._fill(out, done)
        # One factor for all priorities: their order of loudness stays, and nothing clips.
        out *= np.float32(min(self.volume * 10 ** (self.gain_db / 20), FULL / PEAK))
        return out

    def _fill(self, out: Sound, done: int) -> int:
        """Write from `done` up to the next turn of events; return how many samples that was."""
        wanted = self._wanted
        if wanted != self._playing and self._may_change(wanted):
            return self._change(wanted, out, done)
        self._cut = self._cut and wanted != self._playing
        if self._burst is None:
            return 0 if self._begin_other() else len(out) - done
        if self._test and self._playing in SPECS:
            self._test = False
        run = min(len(out) - done, self._next_turn(wanted) - self._at)
        part = self._burst.samples[self._at : self._at + run]
        out[done : done + len(part)] = part
        self._at += run
        if self._at >= self._end():
            self._over()
        return run

    def _begin_other(self) -> bool:
        """Begin what is no alarm and waits to be heard; False when there is nothing."""
        if self._test:
            self._begin("test", tone())
        elif self._remind:
            self._remind = False
            self._begin("reminder", reminder())
        return self._burst is not None

    def _may_change(self, wanted: str | None) -> bool:
        if self._burst is None:
            return wanted is not None
        if self._playing not in SPECS:
            return wanted is not None
        if self._cut:
            return True
        if wanted is None:
            return self._at == 0 or self._at >= len(self._burst.samples)
        return self._boundary(wanted) == self._at

    def _boundary(self, wanted: str) -> int:
        """Return the first sample, from now, at which `wanted` may take over."""
        assert self._burst is not None
        spans = self._burst.pulses if wanted == "high" else self._burst.groups
        return next((end for first, end in spans if first < self._at < end), self._at)

    def _next_turn(self, wanted: str | None) -> int:
        assert self._burst is not None
        if self._playing not in SPECS or wanted == self._playing:
            return self._end()
        return len(self._burst.samples) if wanted is None else self._boundary(wanted)

    def _end(self) -> int:
        """Return where what plays begins anew, or is over."""
        assert self._burst is not None
        return self._burst.period if self._playing in SPECS else len(self._burst.samples)

    def _over(self) -> None:
        if self._playing in SPECS:
            self._at = 0
            return
        if self._playing == "test":
            self._test = False
        self._begin(None, None)

    def _change(self, wanted: str | None, out: Sound, done: int) -> int:
        """Fade out what sounds, if anything, and start `wanted`; return how many samples the fade took."""
        faded = 0
        if self._burst is not None:
            tail = self._burst.samples[self._at : self._at + min(FADE, len(out) - done)]
            out[done : done + len(tail)] = tail * np.linspace(1, 0, len(tail), dtype=np.float32)
            faded = len(tail) if tail.any() else 0
        self._cut = False
        self._begin(wanted, None if wanted is None else burst(wanted))
        return faded

    def _begin(self, playing: str | None, what: Burst | None) -> None:
        self._playing, self._burst, self._at = playing, what, 0
