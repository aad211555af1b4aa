"""Who may set a limit to what: a nurse near the preset, a clinician within `bounds.RANGES` (alarms 1.11).

What the responsible organisation alone may change (presets, delays, hysteresis, latching) is in files.
"""

from types import MappingProxyType

from alarms.bounds import RANGES
from alarms.limits import Limit
from alarms.numbers import Numbers

NURSE, CLINICIAN = "nurse", "clinician"
ROLES = (NURSE, CLINICIAN)

WIDER = MappingProxyType(
    {
        "SPO2_LOW": 2.0,
        "PR_LOW": 5.0,
        "HR_LOW": 5.0,
        "PR_HIGH": 10.0,
        "HR_HIGH": 10.0,
        "RR_LOW": 1.0,
        "RR_HIGH": 2.0,
        "SYS_LOW": 5.0,
        "SYS_HIGH": 10.0,
        "DIA_LOW": 5.0,
        "DIA_HIGH": 5.0,
        "MAP_LOW": 3.0,
        "MAP_HIGH": 5.0,
    }
)
"""Condition -> how far beyond the preset a nurse may set its medium limit [C]; high limits and
SPO2_DESAT not at all."""


def off_refusal(condition: str, preset: Numbers, role: str) -> str:
    """Return why `role` may not turn an alarm off, "" when it may: what can be high is a clinician's."""
    levels = preset.by_condition.get(condition, ())
    if role != CLINICIAN and any(level.priority == "high" for level in levels):
        return f"{condition} can become a high alarm: a clinician turns it off; audio can be paused"
    return ""


def wider_step(preset: Limit) -> float:
    """Return how far a nurse may widen a limit beyond its preset value."""
    return WIDER.get(preset.condition, 0.0) if preset.priority == "medium" else 0.0


def span(preset: Limit, role: str) -> tuple[float, float]:
    """Return the least and greatest value that a role may set; `preset`: the limit as the preset has it."""
    least, most = RANGES[preset.condition]
    if role == CLINICIAN:
        return least, most
    step = wider_step(preset)
    if preset.low:
        return max(least, preset.value - step), most
    return least, min(most, preset.value + step)


def wider(limit: Limit, value: float, than: float) -> bool:
    """True when `value` alarms later than the value `than` would."""
    return value < than if limit.low else value > than


def refusal(preset: Limit, now: float, value: float, role: str) -> str:
    """Return why `role` may not set a limit from `now` to `value`, "" when it may.

    What alarms sooner than the limit in force is allowed to everybody, within `bounds.RANGES`.
    """
    least, most = RANGES[preset.condition]
    if not least <= value <= most:
        return f"{value:g}: this limit is between {least:g} and {most:g}"
    mine = span(preset, role)
    if mine[0] <= value <= mine[1] or not wider(preset, value, now):
        return ""
    edge = mine[0] if preset.low else mine[1]
    side = "under" if preset.low else "over"
    return f"{value:g}: {side} {edge:g} a clinician must set it (preset {preset.value:g})"
