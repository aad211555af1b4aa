"""Whether what a device says makes sense and comes in time: pure, time is an argument."""

from collections.abc import Iterable

from drivers.model import Model
from drivers.wire.events import Event, GarbageEvent, NibpEvent, NumericEvent
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
        events = list(events)
        if not self._model.episodic or any(isinstance(event, GarbageEvent) for event in events):
            self._heard_bytes(now)
        if not any(isinstance(event, NumericEvent | NibpEvent) for event in events):
            return False
        self._number_at, self._bytes_since, self._spoke = now, None, True
        return True

    def _heard_bytes(self, now: Nanos) -> None:
        """Take note of bytes, one run of them; of an episodic device only those that mean nothing."""
        pause = self._doubted_after if self._model.episodic else self._silent_after
        if self._bytes_since is None or self._bytes_at is None or now - self._bytes_at > pause:
            self._bytes_since = now
        self._bytes_at = now

    def verdict(self, now: Nanos) -> Verdict | None:
        """Return what is wrong, or None while there is no reason to say anything."""
        if self._model.episodic:
            return self._unreadable()
        quiet = now - self._number_at
        if quiet < self._silent_after:
            return None
        if self._bytes_at is None or now - self._bytes_at >= self._silent_after:
            return LinkState.SILENT, f"connected, nothing received for {self._model.silent_after_s:.0f} s"
        if self._bytes_since is not None and now - self._bytes_since >= self._doubted_after:
            return self._other_model()
        if self._spoke:
            return LinkState.SILENT, f"connected, nothing readable for {self._model.silent_after_s:.0f} s"
        return None

    def _unreadable(self) -> Verdict | None:
        """Judge a device that is silent by nature: only bytes that mean nothing tell against it."""
        if self._bytes_since is None or self._bytes_at is None:
            return None
        return self._other_model() if self._bytes_at - self._bytes_since >= self._doubted_after else None

    def _other_model(self) -> Verdict:
        return LinkState.WRONG_MODEL, f"connected, but this does not look like {self._model.name}"

    def given_up(self, now: Nanos) -> bool:
        """Return whether the device was quiet so long that connecting again may help."""
        limit = self._model.reopen_after_s
        return limit is not None and now - self._number_at >= seconds(limit)
