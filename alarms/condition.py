"""One alarm condition of one device: what it is, where it is, and the occurrence it has."""

from typing import Any

import msgspec

from alarms.detector import Detector
from alarms.limits import Limit
from alarms.numbers import Numbers, Technical
from alarms.preset import Preset
from alarms.pressure import PressureTrack
from alarms.types import Kind, Priority, State
from monitor.core.clock import Nanos, seconds

ACTIVE = frozenset({State.UNACK, State.ACK})
LIVE = frozenset({State.UNACK, State.ACK, State.LATCHED})
"""The states that carry an occurrence."""

KEPT = (
    "occurrence",
    "episode",
    "since",
    "unack_since",
    "acked_at",
    "acked_by",
    "acked_value",
    "value",
    "value_t",
    "last",
    "detail",
    "detail_since",
    "covered_by",
    "level",
    "risen",
)
"""What a restart takes over as it is."""
KEPT_LATER = frozenset({"level", "risen", "value_t"})
"""A dump of an older station has none of these."""


class Condition:
    """Its identity is fixed; its state belongs to the occurrence machine alone."""

    __slots__ = (
        *KEPT,
        "channel",
        "current",
        "detector",
        "device",
        "doubted",
        "kind",
        "latch",
        "limit",
        "low",
        "name",
        "pressure",
        "priority",
        "rank",
        "rises_after",
        "sensor",
        "state",
        "timeouts",
        "worse_by",
    )

    def __init__(self, name: str, kind: Kind, *, device: str | None, channel: str | None) -> None:
        self.name, self.kind, self.device, self.channel = name, kind, device, channel
        self.latch = False
        self.low = True
        self.rank = 0  # within its group: the lower covers the higher
        self.sensor: str | None = None  # the sensor of the device; None: all of them
        self.rises_after: Nanos | None = None
        self.worse_by: float | None = None
        self.timeouts: dict[Priority, Nanos] = {}
        self.detector: Detector | None = None
        self.pressure: PressureTrack | None = None
        self.limit: Limit | None = None
        self.current: float | None = None  # of a continuous channel that is alarming, None: unknown
        self.doubted = False  # the current value is doubtful
        self.state = State.NORMAL
        self.priority = Priority.LOW
        self.clear_occurrence()

    def clear_occurrence(self) -> None:
        """Forget the last occurrence."""
        self.occurrence = self.episode = self.detail = ""
        self.since = self.unack_since = self.acked_at = Nanos(0)
        self.acked_by: str | None = None
        self.acked_value: float | None = None
        self.value: float | None = None  # the worst since the start
        self.value_t: Nanos | None = None  # when it came
        self.last: float | None = None  # the last value that was judged
        self.detail_since: Nanos | None = None  # a detail that ages: "lost while low: 87 %"
        self.covered_by: str | None = None
        self.level = 0  # how far it has escalated
        self.risen = False  # to high, for nobody came: that does not fall with the value

    @property
    def key(self) -> str:
        """Return the name that this condition has in a dump."""
        return f"{self.name}/{self.device or ''}/{self.channel or ''}"

    @property
    def active(self) -> bool:
        """True when the condition exists and has an occurrence."""
        return self.state is State.UNACK or self.state is State.ACK

    @property
    def pending(self) -> bool:
        """True while a detector times a stay outside; of what is off it is not asked."""
        return self.detector is not None and self.detector.pending and self.state is not State.DISABLED

    @property
    def shown(self) -> float | None:
        """Return the value that holds now: the current one, of a cuff its last reading."""
        return self.current if self.pressure is None else self.pressure.value

    @property
    def shown_doubtful(self) -> bool:
        """Return whether that value is doubtful: it is shown with a "?"."""
        return self.doubted if self.pressure is None else self.pressure.doubtful

    def keep_worst(self, value: float, t: Nanos) -> bool:
        """Take a value of the occurrence that came at `t`; return True when it is the worst so far."""
        self.last = value
        if self.value is not None and self.worse(value, self.value) <= 0:
            return False
        self.value, self.value_t = value, t
        return True

    def worse(self, value: float, than: float) -> float:
        """Return by how much `value` is worse, in the unit of the channel."""
        return than - value if self.low else value - than

    def dump(self) -> dict[str, Any]:
        """Return the occurrence as plain values."""
        kept = {name: getattr(self, name) for name in KEPT}
        limit = self.limit
        return {
            **kept,
            "state": self.state.value,
            "priority": self.priority.label,
            "limit": limit.value if limit is not None else None,
            "limit_level": [limit.priority, limit.decided_by.value] if limit is not None else None,
        }

    def load(self, dump: dict[str, Any], levels: tuple[Limit, ...], shift: int) -> None:
        """Take over an occurrence; `shift` moves its times onto the present clock."""
        for name in KEPT:
            if name not in KEPT_LATER or name in dump:
                setattr(self, name, dump[name])
        self.since, self.unack_since = Nanos(self.since + shift), Nanos(self.unack_since + shift)
        self.acked_at = Nanos(self.acked_at + shift)
        if self.detail_since is not None:
            self.detail_since = Nanos(self.detail_since + shift)
        if self.value_t is not None:
            self.value_t = Nanos(self.value_t + shift)
        self.state = State(dump["state"])
        self.priority = Priority.of(dump["priority"])
        self.limit = _limit_shown(levels, dump["limit"], dump.get("limit_level"))


def _limit_shown(levels: tuple[Limit, ...], value: float | None, level: list[str] | None) -> Limit | None:
    """Return the limit that an occurrence broke, in force or not; `level` None: an older dump."""
    same = [limit for limit in levels if limit.value == value]
    if same or value is None:
        return same[0] if same else (levels[-1] if levels else None)
    of = [limit for limit in levels if [limit.priority, limit.decided_by.value] == level]
    if of:
        return msgspec.structs.replace(of[0], value=value)
    return levels[-1] if levels else None


def limit_condition(preset: Preset, name: str, device: str) -> Condition:
    """Return a condition of `preset` that is judged by its limits."""
    levels = preset.by_condition[name]
    channel = levels[0].channel
    condition = Condition(name, Kind.PHYSIOLOGICAL, device=device, channel=channel)
    condition.limit = levels[0]
    if channel.startswith("nibp_"):
        condition.pressure = PressureTrack(levels)
    else:
        condition.detector = Detector(levels)
    state_numbers(condition, preset)
    return condition


def technical_condition(
    preset: Preset, name: str, device: str | None = None, channel: str | None = None
) -> Condition:
    """Return a condition about equipment."""
    condition = Condition(name, Kind.TECHNICAL, device=device, channel=channel)
    state_numbers(condition, preset)
    return condition


def state_numbers(condition: Condition, numbers: Numbers) -> None:
    """Let a condition have every number besides its limits as the table says."""
    for name, value in _numbers(condition, numbers).items():
        setattr(condition, name, dict(value) if name == "timeouts" else value)


def states_numbers(condition: Condition, numbers: Numbers) -> bool:
    """True when every number of a condition besides its limits is as the table says."""
    said = _numbers(condition, numbers)
    return all(getattr(condition, name) == value for name, value in said.items())


def _numbers(condition: Condition, numbers: Numbers) -> dict[str, Any]:
    key = condition.name, condition.pressure is not None
    if key not in numbers.stated:
        numbers.stated[key] = _stated(*key, numbers)
    return numbers.stated[key]


def _stated(name: str, pressure: bool, numbers: Numbers) -> dict[str, Any]:
    stated: dict[str, Any] = {
        "timeouts": {one: numbers.acknowledged.timeout(one, pressure=pressure) for one in Priority}
    }
    row: Limit | Technical
    if name in numbers.by_condition:
        row = first = numbers.by_condition[name][0]
        stated |= {"low": first.low, "worse_by": numbers.worse_by.of(first.channel)}
    else:
        row = numbers.technical_by_condition[name]
    after = row.rises_to_high_after_s
    return stated | {"latch": row.latch, "rises_after": seconds(after) if after is not None else None}
