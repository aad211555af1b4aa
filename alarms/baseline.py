"""Limits that follow a patient's baseline, which a person froze before the dose: data and pure functions."""

import math
from collections.abc import Iterator, Sequence
from types import MappingProxyType

import msgspec

from alarms.limits import Limit
from monitor.core.errors import ConfigError

TITLES = {"sys": "systolic", "dia": "diastolic", "pulse": "pulse", "spo2": "SpO2"}
PLAUSIBLE = {"sys": (70.0, 220.0), "dia": (35.0, 140.0), "pulse": (35.0, 150.0), "spo2": (85.0, 100.0)}
"""What a patient at rest can have; beyond it, a baseline is an artefact or a reason not to dose."""

OF = MappingProxyType(
    {"spo2": "spo2", "pulse_rate": "pulse", "heart_rate": "pulse", "nibp_sys": "sys", "nibp_dia": "dia"}
)
"""Channel -> the number of the baseline that its limits may follow."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A patient at rest: mmHg, mmHg, per minute, percent."""

    sys: float
    dia: float
    pulse: float
    spo2: float

    @property
    def text(self) -> str:
        """Return it in words."""
        return f"baseline {self.sys:g}/{self.dia:g}, pulse {self.pulse:g}, SpO2 {self.spo2:g}"

    def refusal(self) -> str:
        """Return why it cannot be a baseline, "" when it can."""
        for name, (low, high) in PLAUSIBLE.items():
            value = getattr(self, name)
            if not low <= value <= high:
                return f"baseline {TITLES[name]} {value:g}: between {low:g} and {high:g}"
        if self.dia >= self.sys:
            return f"baseline {self.sys:g}/{self.dia:g}: diastolic is not below systolic"
        return ""


class Relative(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`factor * baseline + offset`, not under `floor` and not over `cap`."""

    of: str
    factor: float = 1.0
    offset: float = 0.0
    floor: float
    cap: float

    def value(self, baseline: Baseline, *, low: bool) -> float:
        """Return the limit as a whole number, rounded to the side that alarms sooner."""
        number: float = getattr(baseline, self.of)
        exact = round(self.factor * number + self.offset, 6)
        return min(self.cap, max(self.floor, float(math.ceil(exact) if low else math.floor(exact))))

    @property
    def text(self) -> str:
        """Return the rule as people read it."""
        sign = "+" if self.offset > 0 else "-"
        rise = f" {sign} {abs(self.offset):g}" if self.offset else ""
        factor = "" if self.factor == 1 else f"{self.factor:g} x "
        return f"{factor}baseline{rise}, from {self.floor:g} to {self.cap:g}"


class WrittenLimit(Limit, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit as a file has it: `value` holds without a baseline, `relative` with one."""

    relative: Relative | None = None

    def at(self, value: float) -> Limit:
        """Return an ordinary limit with this value."""
        fields = {name: getattr(self, name) for name in Limit.__struct_fields__}
        return Limit(**{**fields, "value": value})

    def resolved(self, baseline: Baseline | None) -> Limit:
        """Return the limit as it is judged."""
        if baseline is None or self.relative is None:
            return self.at(self.value)
        return self.at(self.relative.value(baseline, low=self.low))


def checked(baseline: Baseline | None) -> Baseline | None:
    """Return the baseline; ConfigError when no patient at rest has it."""
    refusal = baseline.refusal() if baseline is not None else ""
    if refusal:
        raise ConfigError(refusal)
    return baseline


def extremes(limits: Sequence[WrittenLimit]) -> Iterator[list[Limit]]:
    """Yield the limits without a baseline, all at their floors, all at their caps."""
    yield [limit.at(limit.value) for limit in limits]
    if any(limit.relative is not None for limit in limits):
        for end in ("floor", "cap"):
            yield [limit.at(getattr(limit.relative, end, limit.value)) for limit in limits]


def relative_faults(limit: WrittenLimit) -> Iterator[str]:
    """Yield what is wrong with how a limit follows the baseline."""
    name, rule = limit.condition, limit.relative
    if rule is None:
        return
    if OF.get(limit.channel) != rule.of:
        fitting = OF.get(limit.channel, "nothing")
        yield f"{name}: follows {rule.of!r} of the baseline; {limit.channel} follows {fitting}"
    if not 0 < rule.factor <= 2 or not math.isfinite(rule.offset):
        yield f"{name}: factor {rule.factor:g}, offset {rule.offset:g}: no rule for a limit"
    if not rule.floor <= limit.value <= rule.cap:
        yield f"{name}: {limit.value:g} without a baseline is not from {rule.floor:g} to {rule.cap:g}"
