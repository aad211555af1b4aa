"""Presets: TOML data, checked when loaded. A preset that would alarm too late is refused."""

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import msgspec

from alarms.limits import Decision, Limit
from alarms.types import Priority
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import Nanos, seconds
from monitor.core.errors import ConfigError

FOLDER = Path(__file__).parent / "presets"
AVERAGING_S = 8.0
"""A device's own averaging when it declares none; it counts into the total delay."""
SIGNAL_S = 1.0


class TechnicalLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A priority, and after how long the trouble has it."""

    priority: str
    after_s: float = 0.0

    @property
    def level(self) -> Priority:
        """Return the priority as a value that can be compared."""
        return Priority.of(self.priority)


class Technical(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One technical condition: its levels from mild to urgent."""

    condition: str
    levels: tuple[TechnicalLevel, ...]
    off_delay_s: float = 0.0
    latch: bool = False
    rises_to_high_after_s: float | None = None
    source: str
    evidence: str


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long an acknowledgement holds before the alarm sounds again."""

    high_s: float
    medium_s: float
    low_s: float
    pressure_high_s: float
    pressure_medium_s: float
    source: str
    evidence: str

    def timeout(self, priority: Priority, *, pressure: bool) -> Nanos:
        """Return the time-out of an acknowledgement at `priority`."""
        if priority is Priority.HIGH:
            return seconds(self.pressure_high_s if pressure else self.high_s)
        if priority is Priority.MEDIUM:
            return seconds(self.pressure_medium_s if pressure else self.medium_s)
        return seconds(self.low_s)


class WorseBy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much worse than at the acknowledgement a value must be to void it."""

    spo2: float
    rate: float
    pressure: float
    source: str
    evidence: str

    def of(self, channel: str) -> float | None:
        """Return the step of one channel, None when it has none."""
        if channel.startswith("nibp_"):
            return self.pressure
        return {"spo2": self.spo2, "pulse_rate": self.rate, "heart_rate": self.rate}.get(channel)


class Preset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Every number that the engine judges with."""

    id: str
    version: int
    title: str
    note: str
    limit: tuple[Limit, ...]
    technical: tuple[Technical, ...]
    acknowledged: Acknowledged
    worse_by: WorseBy
    text: str = ""  # the TOML as it was read, for the record

    def limits_in_force(self) -> tuple[Limit, ...]:
        """Return every limit as it is being judged."""
        return self.limit

    @cached_property
    def by_condition(self) -> dict[str, tuple[Limit, ...]]:
        """Return condition -> its levels, mild first."""
        found: dict[str, list[Limit]] = {}
        for limit in self.limit:
            found.setdefault(limit.condition, []).append(limit)
        return {name: tuple(sorted(levels, key=_mild_first)) for name, levels in found.items()}

    @cached_property
    def technical_by_condition(self) -> dict[str, Technical]:
        """Return condition -> its technical row."""
        return {row.condition: row for row in self.technical}


def _mild_first(limit: Limit) -> float:
    return -limit.value if limit.low else limit.value


def load(id_or_path: str | Path) -> Preset:
    """Return a preset by its id or file; ConfigError names what is wrong with it."""
    path = Path(id_or_path)
    if path.suffix != ".toml":
        path = FOLDER / f"{id_or_path}.toml"
    try:
        text = path.read_text("utf-8")
    except OSError:
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.toml")))
        raise ConfigError(f"no preset {str(id_or_path)!r}; there are: {known}") from None
    return parse(text, str(path.name))


def parse(text: str, name: str = "preset") -> Preset:
    """Return the preset that `text` (TOML) describes; ConfigError names what is wrong with it."""
    try:
        preset = msgspec.toml.decode(text, type=Preset, strict=False)
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{name}: {error}") from None
    faults = list(_faults(preset))
    if faults:
        raise ConfigError(f"{name}: " + "; ".join(faults))
    return msgspec.structs.replace(preset, text=text)


REQUIRED_TECHNICAL = (
    "LINK_LOST",
    "SPO2_SENSOR_OFF",
    "PULSE_LOST",
    "NO_DATA",
    "SPO2_WEAK",
    "BP_FAIL",
    "CUFF_OVER",
    "CUFF_STUCK",
    "BATT_LOW",
    "STORE_FAIL",
    "AUDIO_FAIL",
    "ALARM_ENGINE_STALL",
)


def _faults(preset: Preset) -> Iterator[str]:
    for limit in preset.limit:
        yield from _limit_faults(limit)
    for row in preset.technical:
        for step in row.levels:
            yield from _priority_fault(row.condition, step.priority)
    for name in REQUIRED_TECHNICAL:
        if name not in preset.technical_by_condition:
            yield f"{name}: a preset cannot leave it out"
    if any(True for limit in preset.limit if limit.channel not in CATALOGUE):
        return
    for name, levels in preset.by_condition.items():
        yield from _level_faults(name, levels)
    yield from _crossed(preset)


def _priority_fault(condition: str, label: str) -> Iterator[str]:
    try:
        Priority.of(label)
    except ValueError as error:
        yield f"{condition}: {error}"


def _limit_faults(limit: Limit) -> Iterator[str]:
    yield from _priority_fault(limit.condition, limit.priority)
    if limit.channel not in CATALOGUE:
        yield f"{limit.condition}: no channel {limit.channel!r}"
        return
    low, high = CATALOGUE[limit.channel].plausible
    if not low < limit.value < high:
        yield f"{limit.condition}: {limit.value:g} is outside what {limit.channel} can be"
    if limit.hysteresis < 0 or limit.on_delay_s < 0 or limit.off_delay_s < 0:
        yield f"{limit.condition}: hysteresis and delays cannot be negative"
    total, bound = AVERAGING_S + limit.on_delay_s + SIGNAL_S, _delay_bound(limit)
    if total > bound:
        yield f"{limit.condition}: alarms after {total:g} s (averaging included), at most {bound:g} allowed"
    if CATALOGUE[limit.channel].episodic is (limit.decided_by is Decision.DELAY):
        yield f"{limit.condition}: decided_by {limit.decided_by.value!r} does not suit {limit.channel}"


def _delay_bound(limit: Limit) -> float:
    """Return the longest averaging + on-delay + 1 s that is allowed (alarm decisions, 1)."""
    if limit.condition == "SPO2_DESAT":
        return 12.0
    if limit.channel in ("pulse_rate", "heart_rate"):
        return 20.0 if limit.low or limit.priority == "high" else 40.0
    return 30.0


def _level_faults(name: str, levels: tuple[Limit, ...]) -> Iterator[str]:
    if len({(limit.channel, limit.low, limit.latch, limit.off_delay_s) for limit in levels}) > 1:
        yield f"{name}: its levels differ in channel, direction, latch or off-delay"
    for mild, urgent in pairwise(levels):
        if urgent.priority == "medium" or mild.value == urgent.value:
            yield f"{name}: {urgent.text} must be more urgent than {mild.text}"


def _crossed(preset: Preset) -> Iterator[str]:
    lows = [limit for limit in preset.limit if limit.low]
    highs = [limit for limit in preset.limit if not limit.low]
    for low in lows:
        for high in highs:
            if low.channel == high.channel and low.value >= high.value:
                yield f"{low.condition} {low.text} crosses {high.condition} {high.text}"
    desat = max((limit.value for limit in lows if limit.condition == "SPO2_DESAT"), default=0.0)
    if any(limit.condition == "SPO2_LOW" and limit.value < desat for limit in lows):
        yield "SPO2_DESAT: its limit exceeds that of SPO2_LOW"
