"""A patient's baseline, proposed from the bed's own readings (hazard 15; ketamine session 3.2).

The mean of the last two valid, undoubted cuff readings of the last 15 min; the median of SpO2 and
pulse of the last two minutes. The service cannot know whether a dose was given: a person does.
"""

from collections import deque
from collections.abc import Set
from dataclasses import dataclass
from statistics import median

from alarms.baseline import Baseline
from monitor.core.clock import SECOND, Nanos, seconds
from monitor.core.types import Nibp, Numeric, Reading

READINGS, MAX_AGE = 2, seconds(900)
MEDIAN_OF = seconds(120)
VALUES_LEAST = 30
"""Fewer values of the last two minutes are no median to freeze [C]."""
CURRENT = seconds(15)
"""The newest of them must be this young: a probe that is off gives no baseline."""
ONLY_BEFORE = "right only before the dose"
_OF = {"spo2": "spo2", "pulse_rate": "pulse", "heart_rate": "pulse"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A baseline that a person may freeze, or None, and from what it is or what is missing."""

    baseline: Baseline | None
    text: str


class AtRest:
    """Remembers the readings that a baseline is made from."""

    def __init__(self) -> None:
        self._cuff: deque[Nibp] = deque(maxlen=READINGS)
        self._values: dict[str, deque[tuple[Nanos, float]]] = {"spo2": deque(), "pulse": deque()}

    def hear(self, reading: Reading) -> None:
        """Take a reading as the gate let it through."""
        if isinstance(reading, Numeric):
            of = _OF.get(reading.channel)
            if of is not None and reading.value is not None and not reading.doubtful:
                self._keep(self._values[of], reading.t, reading.value)
        elif isinstance(reading, Nibp) and _at_rest(reading):
            self._cuff.append(reading)

    def _keep(self, kept: deque[tuple[Nanos, float]], t: Nanos, value: float) -> None:
        kept.append((t, value))
        while t - kept[0][0] > MEDIAN_OF:
            kept.popleft()

    def leave_out(self, marked: Set[str]) -> None:
        """Make no baseline from cuff readings that are marked invalid; one marked by mistake stays out."""
        self._cuff = deque((one for one in self._cuff if one.id not in marked), maxlen=READINGS)

    def forget(self) -> None:
        """Another patient comes."""
        self._cuff.clear()
        for kept in self._values.values():
            kept.clear()

    def propose(self, now: Nanos) -> Proposal:
        """Return the baseline that the readings of this bed make."""
        cuff = [reading for reading in self._cuff if now - reading.t <= MAX_AGE]
        missing = [] if len(cuff) == READINGS else [f"{READINGS} blood pressures of the last 15 min"]
        middle = {}
        for of, kept in self._values.items():
            values = [value for t, value in kept if now - t <= MEDIAN_OF]
            if len(values) < VALUES_LEAST or now - kept[-1][0] > CURRENT:
                missing.append(f"{'SpO2' if of == 'spo2' else of} of the last 2 min")
            else:
                middle[of] = float(round(median(values)))
        if missing:
            return Proposal(None, f"for a baseline there are missing: {', '.join(missing)}")
        ages = " and ".join(f"{(now - reading.t) / SECOND / 60:.0f}" for reading in cuff)
        baseline = Baseline(
            sys=_mean([reading.sys or 0.0 for reading in cuff]),
            dia=_mean([reading.dia or 0.0 for reading in cuff]),
            pulse=middle["pulse"],
            spo2=middle["spo2"],
        )
        text = f"mean of the blood pressures of {ages} min ago, median of SpO2 and pulse of 2 min"
        return Proposal(baseline, f"{text}; {ONLY_BEFORE}")


def _at_rest(reading: Nibp) -> bool:
    whole = reading.sys is not None and reading.dia is not None
    return whole and not (reading.stored or reading.doubtful)


def _mean(values: list[float]) -> float:
    return float(round(sum(values) / len(values)))
