"""When a cuff is wanted to measure: by an order, or every so many minutes."""

from drivers.model import DeviceConfig
from drivers.orders import LONGEST_CYCLE_MIN, SHORTEST_CYCLE_MIN, OrderRefused
from monitor.core.clock import SECOND, Nanos, seconds
from monitor.core.errors import ConfigError

ORDER_KEPT = seconds(60)
"""An ordered measurement that could not begin for so long is dropped: nobody expects it any more."""
BOUNDS = f"{SHORTEST_CYCLE_MIN:g} to {LONGEST_CYCLE_MIN:g} minutes"


class Schedule:
    """The pending order and the automatic cycle; the interval runs from start to start."""

    def __init__(self, config: DeviceConfig) -> None:
        """Raise ConfigError when the option `interval_min` is no interval; without it no cycle begins."""
        self.interval: Nanos | None = None
        self._due: Nanos | None = None  # of the cycle
        self._asked: Nanos | None = None
        self._why = ""  # for people; empty: a person's order
        self._first_min = _interval_min(config)

    @property
    def in_force(self) -> Nanos | None:
        """Return the interval, also of a cycle that begins when the cuff is connected."""
        return seconds(60 * self._first_min) if self._first_min else self.interval

    @property
    def wanted(self) -> Nanos | None:
        """Return since when, or from when on, a measurement is wanted."""
        return min((t for t in (self._asked, self._due) if t is not None), default=None)

    def begin(self, now: Nanos) -> bool:
        """Begin the configured cycle, the first time the device is connected; return whether it did."""
        minutes, self._first_min = self._first_min, 0.0
        if minutes:
            self.cycle(minutes, now)
        return bool(minutes)

    def ask(self, at: Nanos, why: str = "") -> None:
        """Want one measurement at `at`; one that is wanted sooner serves."""
        if self._asked is None or at < self._asked:
            self._asked, self._why = at, why

    @property
    def why(self) -> str:
        """Return why the next measurement is wanted, when an alarm wants it before the cycle does."""
        sooner = self._asked is not None and (self._due is None or self._asked <= self._due)
        return self._why if sooner else ""

    def drop(self) -> None:
        """Drop the pending order."""
        self._asked = None

    def expired(self, now: Nanos) -> bool:
        """Return whether an order has waited in vain."""
        return self._asked is not None and now - self._asked >= ORDER_KEPT

    def cycle(self, minutes: float, first: Nanos) -> None:
        """Want a measurement at `first` and then every `minutes`; OrderRefused when out of bounds."""
        if not SHORTEST_CYCLE_MIN <= minutes <= LONGEST_CYCLE_MIN:
            raise OrderRefused(f"a cuff measures every {BOUNDS}, or 0 to end the cycle")
        self.interval = seconds(60 * minutes)
        self._due = first

    def end(self) -> bool:
        """End the cycle and drop what is pending; return whether there was a cycle."""
        had = self.interval is not None or bool(self._first_min)
        self._first_min = 0.0
        self.interval = self._due = self._asked = None
        return had

    def began(self, now: Nanos) -> str:
        """Take note that Vigil starts a measurement now; return in words why."""
        ordered = self._asked is not None and self._asked <= now
        self._asked = None  # one that the cycle's own comes before is served by it
        if ordered and self._why:
            self._due = None if self.interval is None else Nanos(now + self.interval)
            return self._why
        if self.interval is None:
            return "ordered"
        self._due = Nanos(now + self.interval)
        return "ordered" if ordered else f"automatic, every {self.interval / (60 * SECOND):g} min"


def _interval_min(config: DeviceConfig) -> float:
    value = config.options.get("interval_min") or 0
    minutes = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else -1.0
    if minutes == 0 or SHORTEST_CYCLE_MIN <= minutes <= LONGEST_CYCLE_MIN:
        return minutes
    raise ConfigError(f"{config.device_id}: interval_min: {value!r} is not {BOUNDS}, or 0 for no cycle")
