"""A judged recording as a picture: what is drawn where, before anything is painted."""

from collections.abc import Sequence
from dataclasses import dataclass

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
MOST_TICKS = 12
MOST_PERCENT = 101.0
"""No saturation is higher; the line at 100 stays off the frame."""
MARKS = {"high": "!!!", "medium": "!!", "low": "!"}
"""Priority without colour."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The values of one channel; None breaks the line."""

    label: str
    role: str  # colour role of the catalogue
    points: Sequence[tuple[float, float | None]]


@dataclass(frozen=True, slots=True)
class Reading:
    """One cuff measurement."""

    t_s: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit as it is drawn."""

    value: float
    text: str
    priority: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot with its own scale."""

    unit: str
    curves: tuple[Curve, ...]
    readings: tuple[Reading, ...]
    limits: tuple[LimitLine, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of one alarm."""

    from_s: float
    to_s: float
    priority: str
    latched: bool = False  # gone, and nobody has seen it


@dataclass(frozen=True, slots=True)
class BarRow:
    """The alarms of one condition."""

    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole picture."""

    title: str
    from_s: float
    to_s: float
    panels: tuple[Panel, ...]
    rows: tuple[BarRow, ...]


def time_ticks(from_s: float, to_s: float) -> list[tuple[float, str]]:
    """Return where the time axis is marked, and with what."""
    length = to_s - from_s
    step = next((each for each in STEPS_S if length / each <= MOST_TICKS), STEPS_S[-1])
    while length / step > MOST_TICKS:
        step *= 2
    first = int(from_s // step)
    seconds = [number * step for number in range(first, int(to_s // step) + 1) if number * step >= from_s]
    return [(second, clock(second, with_seconds=step < 60)) for second in seconds]


def clock(second: float, *, with_seconds: bool = True) -> str:
    """Return seconds as h:mm:ss, or without seconds as h:mm."""
    sign, whole = ("-" if second < 0 else ""), abs(round(second))
    text = f"{sign}{whole // 3600}:{whole // 60 % 60:02d}"
    return f"{text}:{whole % 60:02d}" if with_seconds else text


def span_of(panel: Panel) -> tuple[float, float]:
    """Return the least and the greatest value of a panel's scale, limits included, on whole tens."""
    found = [value for curve in panel.curves for _, value in curve.points if value is not None]
    found += [line.value for line in panel.limits]
    found += [value for reading in panel.readings for value in (reading.low, reading.high)]
    step = 5.0 if max(found) - min(found) < 50 else 10.0
    low = step * ((min(found) - 1) // step)
    high = max(low + step, step * -((-max(found) - 1) // step))
    return low, min(high, MOST_PERCENT) if panel.unit == "%" else high


def value_ticks(low: float, high: float) -> list[float]:
    """Return where a scale is marked."""
    step = next(each for each in (5.0, 10.0, 20.0, 50.0, 100.0) if (high - low) / each <= 7 or each == 100.0)
    return [number * step for number in range(int(-(-low // step)), int(high // step) + 1)]


def apart(places: Sequence[float], least: float, top: float, bottom: float) -> list[float]:
    """Return the places of labels, in rising order, moved so that they are `least` apart and inside."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + least) if moved else max(place, top))
    for number in reversed(range(len(moved))):
        room = bottom if number == len(moved) - 1 else moved[number + 1] - least
        moved[number] = min(moved[number], room)
    return moved
