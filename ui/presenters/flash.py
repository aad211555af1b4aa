"""The one flash clock: every light of one priority is on and off at the same moments."""

from types import MappingProxyType

PERIOD_S = MappingProxyType({"high": 0.5, "medium": 2.0})
"""2 Hz and 0.5 Hz, half of the time on; low is steady."""


def flash_on(priority: str | None, flash_s: float) -> bool:
    """Return whether a light of `priority` is on, `flash_s` seconds after the clock's origin."""
    period = PERIOD_S.get(priority or "")
    return period is None or flash_s % period < period / 2


def lit_priorities(flash_s: float) -> frozenset[str]:
    """Return the priorities whose lights are on now."""
    return frozenset(word for word in ("high", "medium", "low") if flash_on(word, flash_s))
