"""Whether what a device says makes sense and comes in time: pure, time is an argument."""

from collections.abc import Iterable

from drivers.model import Model
from drivers.wire.events import Event, NibpEvent, NumericEvent
from monitor.core.clock import Nanos, seconds
from monitor.core.types import LinkState

Verdict = tuple[LinkState, str]


class Watch:
    """Judges one opened way. Only numbers prove a model: a lone waveform frame may be noise."""

    def __init__(self, model: Model, opened: Nanos) -> None:
        self._model = model
        self._silent_after = seconds(model.silent_after_s)
        self._doubted_after = seconds(model.doubted_after_s)
        self._number_at = opened  # or the opening
        self._spoke = False
        self._bytes_since: Nanos | None = None  # first bytes after the last number
        self._bytes_at: Nanos | None = None

    def opened(self, now: Nanos) -> None:
        """Count the device's silence from now: before, it could not be heard."""
        if not self._spoke:
            self._number_at = now

    def heard(self, events: Iterable[Event], now: Nanos) -> bool:
        """Take note of bytes and what they gave; return whether a number was among it."""
        self._bytes_at = now
        if self._bytes_since is None:
            self._bytes_since = now
        if not any(isinstance(event, NumericEvent | NibpEvent) for event in events):
            return False
        self._number_at, self._bytes_since, self._spoke = now, None, True
        return True

    def verdict(self, now: Nanos) -> Verdict | None:
        """Return what is wrong, or None while there is no reason to say anything."""
        quiet = now - self._number_at
        if self._model.episodic or quiet < self._silent_after:
            return None
        if self._bytes_at is None or now - self._bytes_at >= self._silent_after:
            return LinkState.SILENT, f"connected, nothing received for {self._model.silent_after_s:.0f} s"
        if self._bytes_since is not None and now - self._bytes_since >= self._doubted_after:
            return LinkState.WRONG_MODEL, f"connected, but this does not look like {self._model.name}"
        if self._spoke:
            return LinkState.SILENT, f"connected, nothing readable for {self._model.silent_after_s:.0f} s"
        return None

    def given_up(self, now: Nanos) -> bool:
        """Return whether the device was quiet so long that connecting again may help."""
        limit = self._model.reopen_after_s
        return limit is not None and now - self._number_at >= seconds(limit)
