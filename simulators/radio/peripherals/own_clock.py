"""A device's own clock, right or wrong: told in Current Time 0x2A2B, set there or in Date Time 0x2A08."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.radio.peripherals.numbers import date_time

CURRENT_TIME_SERVICE = 0x1805
CURRENT_TIME = 0x2A2B
DATE_TIME = 0x2A08
DATE_TIME_LENGTH = 7
FIRST_YEAR, LAST_YEAR = 1582, 9999
UNSET = bytes(10)


@dataclass(slots=True)
class ClockFaults:
    """What is wrong with its clock, and with those who would set it."""

    clock_off_s: float = 0.0  # how far it is ahead; a host that sets it makes this 0
    clock_unset: bool = False
    ignores_time: bool = False


class OwnClock:
    """Counts from the true local time, as far off as the faults say."""

    def __init__(self, true_time: Callable[[], datetime], faults: ClockFaults) -> None:
        self._true_time = true_time
        self._faults = faults

    def now(self) -> datetime | None:
        """Return what the device believes; None while its clock was never set."""
        if self._faults.clock_unset:
            return None
        return (self._true_time() + timedelta(seconds=self._faults.clock_off_s)).replace(microsecond=0)

    def current_time(self) -> bytes:
        """Return the 10 bytes of Current Time."""
        now = self.now()
        return UNSET if now is None else date_time(now) + bytes([now.isoweekday(), 0, 0])

    def take(self, value: bytes) -> bool:
        """Set the clock from a Current Time or a Date Time; a value that is out of range is ignored."""
        if len(value) < DATE_TIME_LENGTH:
            return False
        year = int.from_bytes(value[:2], "little")
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return False
        try:
            told = datetime(year, *value[2:DATE_TIME_LENGTH])
        except ValueError:
            return False
        if not self._faults.ignores_time:
            self._faults.clock_unset = False
            off = told - self._true_time()
            self._faults.clock_off_s = round(off.total_seconds())
        return True
