"""The trend's curves: thinned to what a screen can show, gaps left open, cuff readings as bars."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.core.clock import SECOND, Nanos
from ui.bed_model import BedState
from ui.presenters.off_alarms import judged_limits
from ui.presenters.tiles import PRESSURES, innermost
from ui.trend_points import TrendPoints

Floats = npt.NDArray[np.float64]

SPANS_MIN = (5, 15, 30, 60, 120, 240, 480)
GAP_S = 12.0
"""Two points further apart are not joined (the service's backfill has one every 5 s)."""
BINS = 500
CURVES = ("spo2", "pulse_rate", "heart_rate")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One curve: minutes before now (negative), values, NaN where the line is broken."""

    channel: str
    minutes: Floats
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """All that the trend shows; `bars` are (minutes, diastolic, systolic) of the cuff readings.

    `struck` are (minutes, systolic) of those that a person marked invalid: seen, and no bars.
    """

    span_min: int
    curves: tuple[Curve, ...]
    bars: tuple[Floats, Floats, Floats]
    struck: tuple[Floats, Floats]
    limits: tuple[tuple[str, float], ...]  # (channel, value)


def trend(state: BedState, now: Nanos) -> Trend:
    """Return the trend with the shortest span that holds everything known, at most eight hours."""
    span = span_min(state, now)
    curves = tuple(
        curve(channel, state.trends[channel], now, span) for channel in CURVES if channel in state.trends
    )
    return Trend(span, curves, _bars(state, now, span), _struck(state, now, span), _limits(state))


def _limits(state: BedState) -> tuple[tuple[str, float], ...]:
    """Return the limits met first of what the trend shows: more lines would hide the curves."""
    shown = {channel for channel in (*CURVES, *PRESSURES[:1]) if channel in state.trends}
    limits = judged_limits(state)
    pairs = ((channel, innermost(limits, channel)) for channel in sorted(shown))
    return tuple((channel, one.value) for channel, found in pairs for one in found if one is not None)


def span_min(state: BedState, now: Nanos) -> int:
    """Return the minutes to show."""
    firsts = [points.first for points in state.trends.values() if points.first is not None]
    needed = (now - min(firsts)) / SECOND / 60 if firsts else 0
    return next((span for span in SPANS_MIN if span >= needed), SPANS_MIN[-1])


def curve(channel: str, points: TrendPoints, now: Nanos, span: int) -> Curve:
    """Return one curve of the last `span` minutes with at most two points a bin: its extremes survive."""
    ages, values = points.window(now, span * 60)
    minutes = -ages / 60
    if len(ages) > 2 * BINS:
        minutes, values = _thinned(minutes, values, span)
    breaks = np.flatnonzero(np.diff(minutes) * 60 > max(GAP_S, 2.5 * span * 60 / BINS)) + 1
    return Curve(
        channel,
        np.insert(minutes, breaks, minutes[breaks] if len(breaks) else []),
        np.insert(values, breaks, np.nan),
    )


def _thinned(minutes: Floats, values: Floats, span: int) -> tuple[Floats, Floats]:
    """Keep the lowest and the highest point of each bin, in order of time."""
    bins = np.clip(((minutes + span) / span * BINS).astype(int), 0, BINS - 1)
    low = np.lexsort((np.where(np.isnan(values), np.inf, values), bins))
    first = np.flatnonzero(np.diff(bins[low], prepend=-1))
    high = np.lexsort((np.where(np.isnan(values), np.inf, -values), bins))
    kept = np.unique(np.concatenate([low[first], high[first]]))
    return minutes[kept], values[kept]


def _bars(state: BedState, now: Nanos, span: int) -> tuple[Floats, Floats, Floats]:
    """Return the cuff readings whose systolic and diastolic share one time."""
    empty = np.array([], dtype=np.float64)
    if not all(channel in state.trends for channel in PRESSURES[:2]):
        return empty, empty, empty
    sys_age, sys = state.trends["nibp_sys"].window(now, span * 60)
    dia_age, dia = state.trends["nibp_dia"].window(now, span * 60)
    _, of_sys, of_dia = np.intersect1d(np.round(-sys_age), np.round(-dia_age), return_indices=True)
    whole = ~(np.isnan(sys[of_sys]) | np.isnan(dia[of_dia]))
    return -sys_age[of_sys][whole] / 60, dia[of_dia][whole], sys[of_sys][whole]


def _struck(state: BedState, now: Nanos, span: int) -> tuple[Floats, Floats]:
    """Return when readings marked invalid were taken, and their systolic (else mean) pressure."""
    found = [
        (-(now - held.born) / SECOND / 60, held.message.nibp_sys or held.message.nibp_map)
        for held in state.nibps.values()
        if held.message.invalid and not held.failed
    ]
    shown = np.array([one for one in sorted(found) if one[0] >= -span], dtype=np.float64).reshape(-1, 2)
    return shown[:, 0], shown[:, 1]
