"""What goes wrong on the virtual radio when a scenario or a test says so."""

from collections import deque

ABORTED_BY_REMOTE = "le-connection-abort-by-remote"
ABORTED_BY_HOST = "le-connection-abort-by-local"
"""BlueZ says this after a link that came up and was lost at once; bleak retries by itself."""
UNANSWERED = "le-connection-timeout"
"""BlueZ says this when the device did not answer for as long as a host waits (out of range, asleep)."""


class FaultPlan:
    """Faults waiting to happen; each is used up when it happens, but `refuse_pairing` stays."""

    def __init__(self) -> None:
        self.refuse_pairing = False
        self._connect_errors: deque[str] = deque()

    def fail_next_connect(self, error: str = ABORTED_BY_REMOTE, times: int = 1) -> None:
        """Let the next `times` connection attempts fail with BlueZ's text `error`."""
        self._connect_errors.extend([error] * times)

    def next_connect_error(self) -> str | None:
        """Return, and use up, the error that the connection attempt now beginning shall meet."""
        return self._connect_errors.popleft() if self._connect_errors else None
