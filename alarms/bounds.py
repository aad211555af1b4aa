"""What a preset may say. It is refused in words: condition, number, reason."""

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise, product
from types import MappingProxyType

import msgspec

from alarms.limits import Decision, Limit
from alarms.numbers import Numbers, Technical, TechnicalLevel
from alarms.types import Priority
from monitor.core.catalogue import CATALOGUE

AVERAGING_S = 8.0
"""A device's own averaging when it declares none; it counts into the total delay."""
SIGNAL_S = 1.0
TAGS = frozenset({"V", "V2", "S", "U", "K", "D", "C"})
"""How sure a number is: read, read in one place, known, disputed, common knowledge, design, clinician's."""
GAP = 5.0
"""A high limit stays this far above the low one of the same number."""
SATSECONDS_MOST, EXCURSIONS_MOST = 100.0, 5
MOST = 86_400.0
"""No limit, step or time is greater: a day, in seconds."""
CLEARS_WITHIN, CLEARS_WITHIN_S = 30.0, 60.0
"""The largest hysteresis and off-delay: beyond them an alarm would never be over."""
RISES_WITHIN_S = 60.0
"""SPO2_LOW that nobody acknowledges becomes high after at most this long."""

RANGES = MappingProxyType(
    {
        "SPO2_LOW": (85.0, 95.0),
        "SPO2_DESAT": (80.0, 90.0),
        "PR_LOW": (30.0, 120.0),
        "PR_HIGH": (40.0, 180.0),
        "HR_LOW": (30.0, 120.0),
        "HR_HIGH": (40.0, 180.0),
        "RR_LOW": (4.0, 14.0),
        "RR_HIGH": (16.0, 40.0),
        "SYS_LOW": (60.0, 150.0),
        "SYS_HIGH": (120.0, 220.0),
        "DIA_LOW": (30.0, 90.0),
        "DIA_HIGH": (70.0, 130.0),
        "MAP_LOW": (40.0, 90.0),
        "MAP_HIGH": (90.0, 150.0),
    }
)
"""Condition -> the least and greatest value that any of its limits may have; no other one exists."""
CHANNELS = MappingProxyType(
    {"SPO2": "spo2", "PR": "pulse_rate", "HR": "heart_rate", "RR": "resp_rate"}
    | {"SYS": "nibp_sys", "DIA": "nibp_dia", "MAP": "nibp_map"}
)
"""First word of a condition -> the channel that it judges."""
MAY_BE_OFF = frozenset({"MAP_HIGH", "RR_LOW", "RR_HIGH"})

REQUIRED_TECHNICAL = (
    "LINK_LOST",
    "SPO2_SENSOR_OFF",
    "PULSE_LOST",
    "NO_DATA",
    "SPO2_WEAK",
    "STALE_VALUE",
    "SPO2_TREND",
    "SOURCE_MISMATCH",
    "BP_OVERDUE",
    "BP_FAIL",
    "CUFF_OVER",
    "CUFF_STUCK",
    "BATT_LOW",
    "STORE_FAIL",
    "AUDIO_FAIL",
    "ALARM_ENGINE_STALL",
    "CLOCK_STEP",
    "LIMITS_INVALID",
    "REMOTE_LOST",
)


def faults(numbers: Numbers, factory: Numbers | None = None) -> Iterator[str]:
    """Yield every reason to refuse; `factory`: what no technical row may fall behind."""
    rows = (*numbers.limit, *numbers.technical, numbers.acknowledged, numbers.worse_by)
    for row in rows:
        yield from _row_faults(getattr(row, "condition", None) or type(row).__name__.lower(), row)
    for limit in numbers.limit:
        yield from _limit_faults(limit)
    yield from _left_out(numbers)
    yield from delay_faults(numbers.limit, AVERAGING_S)
    if any(limit.channel not in CATALOGUE for limit in numbers.limit):
        return
    for name, levels in numbers.by_condition.items():
        yield from _level_faults(name, levels)
    yield from _crossed(numbers.limit)
    yield from _saturation(numbers)
    if factory is not None:
        yield from _behind(numbers, factory)


def _left_out(numbers: Numbers) -> Iterator[str]:
    there = {*numbers.technical_by_condition, *numbers.by_condition}
    for name in (*REQUIRED_TECHNICAL, *RANGES):
        if name not in there and name not in MAY_BE_OFF:
            yield f"{name}: a preset cannot leave it out"


def delay_faults(limits: Iterable[Limit], averaging_s: float) -> Iterator[str]:
    """Yield the limits that come too late behind a device that averages over `averaging_s`."""
    for limit in limits:
        total, bound = averaging_s + limit.on_delay_s + SIGNAL_S, delay_bound(limit)
        if limit.decided_by is Decision.DELAY and not total <= bound:
            yield (
                f"{limit.condition}: alarms after {total:g} s"
                f" (averaging {averaging_s:g} s included), at most {bound:g} allowed"
            )


def delay_bound(limit: Limit) -> float:
    """Return the longest averaging + on-delay + 1 s that is allowed (alarm decisions, 1)."""
    if limit.condition == "SPO2_DESAT":
        return 12.0
    if limit.channel in ("pulse_rate", "heart_rate"):
        return 20.0 if limit.low or limit.priority == "high" else 40.0
    return 40.0 if limit.channel == "resp_rate" else 30.0


# --- one row ---------------------------------------------------------------------------------------


def _row_faults(name: str, row: msgspec.Struct) -> Iterator[str]:
    """Yield numbers that are none, and numbers without a source."""
    for field in row.__struct_fields__:
        value = getattr(row, field)
        if isinstance(value, float) and not -math.inf < value <= MOST:
            yield f"{name}: {field} = {value:g} is no number to judge with"
        elif isinstance(value, float) and value < 0:
            yield f"{name}: {field} = {value:g}: hysteresis and delays cannot be negative"
    if not getattr(row, "source", "").strip():
        yield f"{name}: its numbers have no source"
    evidence = getattr(row, "evidence", "")
    if evidence not in TAGS:
        yield f"{name}: evidence {evidence!r}: one of {', '.join(sorted(TAGS))}"
    yield from _priority_faults(name, row)


def _priority_faults(name: str, row: msgspec.Struct) -> Iterator[str]:
    labels = [level.priority for level in row.levels] if isinstance(row, Technical) else []
    if isinstance(row, Limit):
        labels.append(row.priority)
    for label in labels:
        try:
            Priority.of(label)
        except ValueError as error:
            yield f"{name}: {error}"


def _limit_faults(limit: Limit) -> Iterator[str]:
    name = limit.condition
    if limit.channel not in CATALOGUE:
        yield f"{name}: no channel {limit.channel!r}"
        return
    if name not in RANGES:
        yield f"{name}: no condition of this name; there are {', '.join(RANGES)}"
        return
    channel = CHANNELS[name.partition("_")[0]]
    if limit.channel != channel or limit.low is name.endswith("_HIGH"):
        side = "low" if not name.endswith("_HIGH") else "high"
        yield f"{name}: judges {side} values of {channel}, not {limit.comparator} of {limit.channel}"
    low, high = CATALOGUE[limit.channel].plausible
    if not low < limit.value < high:
        yield f"{name}: {limit.value:g} is outside what {limit.channel} can be"
    least, most = RANGES[name]
    if not least <= limit.value <= most:
        yield f"{name}: {limit.value:g}: its limit is between {least:g} and {most:g}"
    yield from _clearing(limit)
    if CATALOGUE[limit.channel].episodic is (limit.decided_by is Decision.DELAY):
        yield f"{name}: decided_by {limit.decided_by.value!r} does not suit {limit.channel}"
    if limit.priority == "low":
        yield f"{name}: {limit.text} of low priority: what is said of a patient is at least medium"


def _clearing(limit: Limit) -> Iterator[str]:
    if limit.hysteresis > CLEARS_WITHIN or limit.off_delay_s > CLEARS_WITHIN_S:
        span = f"{limit.hysteresis:g} and {limit.off_delay_s:g} s"
        most = f"{CLEARS_WITHIN:g} and {CLEARS_WITHIN_S:g} s"
        yield f"{limit.condition}: clears after {span} inside; at most {most}"


# --- rows together -----------------------------------------------------------------------------------


def _level_faults(name: str, levels: tuple[Limit, ...]) -> Iterator[str]:
    if len({(limit.channel, limit.low, limit.latch, limit.off_delay_s) for limit in levels}) > 1:
        yield f"{name}: its levels differ in channel, direction, latch or off-delay"
    for mild, urgent in pairwise(levels):
        if urgent.priority == "medium" or mild.value == urgent.value:
            yield f"{name}: {urgent.text} must be more urgent than {mild.text}"
        if urgent.decided_by is Decision.DELAY and urgent.on_delay_s > mild.on_delay_s:
            yield f"{name}: {urgent.text} waits {urgent.on_delay_s:g} s, longer than {mild.text}"
        if (mild.priority, urgent.decided_by) == ("high", Decision.REPEAT):
            yield f"{name}: {urgent.text} waits for a repeat beyond {mild.text}, which is high already"
    if levels[0].decided_by is Decision.REPEAT:
        yield f"{name}: {levels[0].text} waits for a repeat: any breach alarms at the first reading"


def _crossed(limits: Iterable[Limit]) -> Iterator[str]:
    for low, high in product(limits, limits):
        if low.channel != high.channel or not low.low or high.low:
            continue
        if low.value >= high.value:
            yield f"{low.condition} {low.text} crosses {high.condition} {high.text}"
        elif high.value - low.value < GAP:
            yield f"{low.condition} {low.text} is closer than {GAP:g} to {high.condition} {high.text}"


def _saturation(numbers: Numbers) -> Iterator[str]:
    """SPO2_DESAT: high, never above a low limit, never later; SPO2_LOW: rises when nobody comes."""
    desat = numbers.by_condition.get("SPO2_DESAT", ())
    low = numbers.by_condition.get("SPO2_LOW", ())
    for deep in desat:
        if deep.priority != "high":
            yield f"SPO2_DESAT: {deep.text} is {deep.priority}: it is always high"
        for limit in low:
            if deep.value > limit.value:
                yield f"SPO2_DESAT: its limit {deep.value:g} exceeds that of SPO2_LOW, {limit.value:g}"
            if deep.on_delay_s > limit.on_delay_s:
                yield f"SPO2_DESAT: waits {deep.on_delay_s:g} s, longer than SPO2_LOW, {limit.on_delay_s:g} s"
    yield from _low(low)


def _low(low: tuple[Limit, ...]) -> Iterator[str]:
    for limit in low[:1]:
        yield from _depth_and_count(limit)
    for limit in low:
        rises = limit.rises_to_high_after_s
        if limit.priority != "high" and (rises is None or rises > RISES_WITHIN_S):
            yield f"SPO2_LOW: must rise to high after at most {RISES_WITHIN_S:g} s unacknowledged"


def _depth_and_count(limit: Limit) -> Iterator[str]:
    """SPO2_LOW also fires by depth and time, and by coming again; what nobody reaches is switched off."""
    if limit.satseconds is None or not 0 < limit.satseconds <= SATSECONDS_MOST:
        yield f"SPO2_LOW: satseconds {limit.satseconds}: more than 0, at most {SATSECONDS_MOST:g}"
    if limit.excursions is None or not 2 <= limit.excursions <= EXCURSIONS_MOST:
        yield f"SPO2_LOW: excursions {limit.excursions}: from 2 to {EXCURSIONS_MOST}"


def _behind(numbers: Numbers, factory: Numbers) -> Iterator[str]:
    """Yield what is later, milder or quieter than Vigil's own."""
    for row in factory.technical:
        mine = numbers.technical_by_condition.get(row.condition)
        if mine is not None:
            yield from _technical_behind(mine, row)
    for own, theirs in ((numbers.acknowledged, factory.acknowledged), (numbers.worse_by, factory.worse_by)):
        for field in own.__struct_fields__:
            value, most = getattr(own, field), getattr(theirs, field)
            if isinstance(most, float) and value > most:
                yield f"{type(own).__name__.lower()}: {field} = {value:g}: at most {most:g}"


def _technical_behind(mine: Technical, factory: Technical) -> Iterator[str]:
    for step in factory.levels:
        if not any(_reaches(level, step) for level in mine.levels):
            yield f"{mine.condition}: must be {step.priority} after at most {step.after_s:g} s"
    rises, most = mine.rises_to_high_after_s, factory.rises_to_high_after_s
    if most is not None and (rises is None or rises > most):
        yield f"{mine.condition}: must rise to high after at most {most:g} s unacknowledged"
    if factory.latch and not mine.latch:
        yield f"{mine.condition}: must stay shown until somebody has seen it"


def _reaches(level: TechnicalLevel, wanted: TechnicalLevel) -> bool:
    try:
        return level.level >= wanted.level and level.after_s <= wanted.after_s
    except ValueError:  # a priority that is none; said elsewhere
        return False
