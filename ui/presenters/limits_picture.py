"""The last minutes of a number with a limit in force and its draft: what would have alarmed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import Nanos
from monitor.link.messages import LimitInForce
from ui.bed_model import BedState
from ui.presenters import words
from ui.presenters.trend_lines import GAP_S, Curve, curve

Floats = npt.NDArray[np.float64]

SPAN_MIN = 15
MARGIN = 3.0
"""Of the picture's range, around what is in it."""


@dataclass(frozen=True, slots=True, eq=False)
class LimitPicture:
    """What the picture shows; `points` when the number comes once in a while, as from a cuff."""

    curve: Curve | None
    points: bool
    colour: str  # a role
    in_force: float
    draft: float | None
    low: float
    high: float
    said: str  # "outside in 15 min: ─ in force 0:00, ┄ new 1:20"


def limit_picture(state: BedState, limit: LimitInForce, draft: float | None, now: Nanos) -> LimitPicture:
    """Return the picture of one limit."""
    entry = CATALOGUE.get(limit.channel)
    points = entry is not None and entry.episodic
    trend = state.trends.get(limit.channel)
    shown = curve(limit.channel, trend, now, SPAN_MIN) if trend is not None else None
    values = shown.values[np.isfinite(shown.values)] if shown is not None else np.array([])
    held = [limit.value, *([draft] if draft is not None else []), *values.tolist()]
    ages, raw = trend.window(now, SPAN_MIN * 60) if trend is not None else (np.array([]), np.array([]))
    return LimitPicture(
        shown,
        points,
        entry.colour if entry is not None else "neutral",
        limit.value,
        draft,
        min(held) - MARGIN,
        max(held) + MARGIN,
        _said(limit, draft, ages, raw, points=points),
    )


def _said(limit: LimitInForce, draft: float | None, ages: Floats, values: Floats, *, points: bool) -> str:
    if not np.isfinite(values).any():
        return f"no values in {SPAN_MIN} min"
    levels = [("─ in force", limit.value), *([("┄ new", draft)] if draft is not None else [])]
    count = outside_count if points else outside_text
    said = ", ".join(f"{name} {count(limit.comparator, level, ages, values)}" for name, level in levels)
    return f"outside in {SPAN_MIN} min: {said}"


def is_outside(comparator: str, level: float, values: Floats) -> npt.NDArray[np.bool_]:
    """Return which values a limit at `level` would have called outside; a gap is not."""
    compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
    made: npt.NDArray[np.bool_] = compare[comparator](values, level)
    return made


def outside_text(comparator: str, level: float, ages: Floats, values: Floats) -> str:
    """Return for how long a continuous number was outside, as "1:20"; a gap counts as nothing."""
    outside = is_outside(comparator, level, values)
    lasted = np.append(ages[:-1] - ages[1:], 1.0)
    return words.clock_text(float(np.sum(np.where(outside & (lasted <= GAP_S), lasted, 0.0))))


def outside_count(comparator: str, level: float, ages: Floats, values: Floats) -> str:
    """Return how many of the readings were outside, as "1 of 4"."""
    return f"{int(is_outside(comparator, level, values).sum())} of {int(np.isfinite(values).sum())}"
