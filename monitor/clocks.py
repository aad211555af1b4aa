"""Clocks that disagree: the wall clock that was set, and devices whose own clock is off (CLOCK_STEP).

No alarm hangs on a wall clock; but times that people read and compare do.
"""

from datetime import datetime

from monitor.core.clock import Nanos, seconds
from monitor.core.types import Numeric
from monitor.link.outgoing import UtcAnchor

STEP_S = 2.0
SKEW_S = 5.0
BACK_S = 1.0
"""What disagreed must come this much nearer to agree again: no alarm comes and goes at the edge."""
RUNNING = seconds(10)
"""Only a device that dates its numbers one after another shows how its clock goes."""


class ClockWatch:
    """Says in words what disagrees at one bed. Times are arguments."""

    def __init__(self, anchor: UtcAnchor) -> None:
        self._anchor = anchor
        self._last: dict[str, tuple[datetime, Nanos]] = {}
        self._off: dict[str, str] = {}

    @property
    def off(self) -> str:
        """Return what disagrees; empty when nothing does."""
        return "; ".join(self._off.values())

    @property
    def who(self) -> frozenset[str]:
        """Return whose clock is off: devices by id, "" for the station's own."""
        return frozenset(self._off)

    def look(self, now: Nanos, utc: datetime) -> None:
        """Compare the wall clock with the one that all times are told by."""
        off = (utc - self._anchor.at(now)).total_seconds()
        self._judge(
            "", off, STEP_S, f"the station's clock was set {_span(off)}, times still go by the one of before"
        )

    def hear(self, reading: Numeric, local: datetime) -> None:
        """Compare a reading's own time with the local one, `local`, of its arrival."""
        told = reading.device_time
        if told is None or reading.stored:
            return
        before = self._last.get(reading.device_id)
        self._last[reading.device_id] = told, reading.t
        if before is None or told <= before[0] or reading.t - before[1] > RUNNING:
            return
        off = (told - local).total_seconds()
        self._judge(reading.device_id, off, SKEW_S, f"the clock of {reading.device_id} is {_off_by(off)}")

    def _judge(self, who: str, off_s: float, most_s: float, text: str) -> None:
        if abs(off_s) > most_s:
            self._off.setdefault(who, text)
        elif abs(off_s) <= most_s - BACK_S:
            self._off.pop(who, None)


def _span(off_s: float) -> str:
    return f"{'forward' if off_s > 0 else 'back'} by {_plain(off_s)}"


def _off_by(off_s: float) -> str:
    return f"{_plain(off_s)} {'ahead' if off_s > 0 else 'behind'}"


def _plain(off_s: float) -> str:
    whole = round(abs(off_s))
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h"
