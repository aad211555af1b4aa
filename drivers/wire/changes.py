"""Flags and facts that a device repeats in every frame, told when they change."""

from drivers.wire.about import BATTERY_LOW_PCT, FULL_PCT
from drivers.wire.events import Event, InfoEvent, Span, StatusEvent
from monitor.core.types import InfoField, StatusCode


class Changes:
    """What was told last; every flag is inactive and every fact unknown at the start."""

    def __init__(self) -> None:
        self._active: set[StatusCode] = set()
        self._facts: dict[InfoField, str] = {}

    def flag(self, span: Span, code: StatusCode, active: bool, out: list[Event]) -> None:
        """Add the flag's event if it changed."""
        if active is (code in self._active):
            return
        (self._active.add if active else self._active.discard)(code)
        out.append(StatusEvent(span, code, active))

    def fact(self, span: Span, field: InfoField, text: str, out: list[Event]) -> None:
        """Add the fact's event if it is new."""
        if text and self._facts.get(field) != text:
            self._facts[field] = text
            out.append(InfoEvent(span, field, text))

    def battery_pct(self, span: Span, percent: int, out: list[Event]) -> None:
        """Add level and low-battery flag where they changed; above 100 means nothing."""
        if percent <= FULL_PCT:
            self.fact(span, InfoField.BATTERY_PCT, str(percent), out)
            self.flag(span, StatusCode.BATTERY_LOW, percent <= BATTERY_LOW_PCT, out)
