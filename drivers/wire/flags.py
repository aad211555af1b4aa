"""A device's flags as bits: which changed, in words."""

from collections.abc import Sequence

from drivers.wire.events import Event, Span, StatusEvent
from monitor.core.types import StatusCode


class Flags:
    """Tells a flag when it changes; every flag is inactive at the start."""

    def __init__(self, codes: Sequence[tuple[int, StatusCode]]) -> None:
        self._codes = codes  # bit, and what it means
        self._active = 0

    def tell(self, span: Span, bits: int, out: list[Event]) -> None:
        """Say which flags differ from what was told last."""
        if bits == self._active:
            return
        changed, self._active = bits ^ self._active, bits
        out.extend(StatusEvent(span, code, bool(bits & bit)) for bit, code in self._codes if changed & bit)
