"""This station's own sound, for the one thing that the service cannot sound: that it is not there."""

from collections.abc import Callable

from alarms.sound.output import OutputState, SoundOutput
from monitor.core.clock import Nanos, seconds

AGAIN_AFTER = seconds(120)
"""An acknowledged loss of the service sounds again after this long, like any high alarm."""
PRIORITY = "high"
CLOSE_WITHIN_S = 0.3


class StationSound:
    """Opens the sound device only while it is needed: the service may own it the rest of the time."""

    def __init__(self, make_output: Callable[[], SoundOutput]) -> None:
        self._make_output = make_output
        self._output: SoundOutput | None = None
        self._acknowledged_at: Nanos | None = None
        self.wanted = False

    def want(self, wanted: bool, now: Nanos) -> None:
        """Sound from now on, or not; to be called again and again with the time."""
        self.wanted = wanted
        if not wanted:
            self._acknowledged_at = None
            self.close()
            return
        if self._output is None:
            self._output = self._make_output()
            self._output.start()
        if self._acknowledged_at is not None and now - self._acknowledged_at >= AGAIN_AFTER:
            self._acknowledged_at = None
        self._output.sound(PRIORITY if self._acknowledged_at is None else None)

    def acknowledge(self, now: Nanos) -> None:
        """End the sound for a while; the banner stays."""
        self._acknowledged_at = now
        if self._output is not None:
            self._output.sound(None, at_once=True)

    @property
    def sounding(self) -> bool:
        """Return whether there is a sound to acknowledge."""
        return self.wanted and self._acknowledged_at is None

    @property
    def state(self) -> OutputState:
        """Return how the station's output is; fine while nothing is asked of it."""
        return OutputState(True, "ok") if self._output is None else self._output.state

    def close(self) -> None:
        """Give the sound device back."""
        if self._output is not None:
            self._output.close(CLOSE_WITHIN_S)
            self._output = None
