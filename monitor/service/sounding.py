"""The station's alarm sound: one output for all beds, and its failure as a technical condition."""

from alarms.sound.output import SoundOutput
from alarms.types import Priority
from monitor.core.clock import Nanos, seconds

NONE = "none"
"""What clients are told where the configuration says that this station has no sound."""
OPENING = seconds(5)
"""A sound device may take this long to open before it counts as failed."""


class StationSound:
    """Sounds the highest priority of all beds; without an output it only says that there is none."""

    def __init__(self, output: SoundOutput | None, now: Nanos) -> None:
        self._output = output
        self._started = now
        self._wanted: dict[str, Priority] = {}

    def start(self) -> None:
        """Open the device."""
        if self._output is not None:
            self._output.start()

    def close(self) -> None:
        """Let go of the device; blocks for a moment."""
        if self._output is not None:
            self._output.close()

    def want(self, bed: str, label: str | None) -> None:
        """Take what a bed wants to be heard from now on; None is nothing."""
        if label is None:
            self._wanted.pop(bed, None)
        else:
            self._wanted[bed] = Priority.of(label)
        if self._output is not None:
            highest = max(self._wanted.values(), default=None)
            self._output.sound(highest.label if highest is not None else None)

    def failure(self, now: Nanos) -> str | None:
        """Return why nothing can be heard, in words; None when it can, or when none is configured."""
        if self._output is None or now - self._started < OPENING:
            return None
        state = self._output.state
        return None if state.ok else state.text

    def text(self) -> str:
        """Return what clients show: "none", "ok", or what is wrong."""
        return NONE if self._output is None else self._output.state.text
