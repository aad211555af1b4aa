"""Which reading of a device with a memory is fresh?

Such a device sends its memory through the same characteristic as its newest reading. A stored
reading must never raise or clear an alarm, and a fresh one must never pass as stored, though many
have a wrong clock, or none. Chosen, in this order:

1. The same time and values again (or, without a time, the same values within 30 s): dropped.
2. No time stamp: fresh. Nothing can be told, and an alarm too many is the safer mistake.
3. The device told its clock on this connection: its error is known, and with it the reading's
   age. Up to 5 min is fresh. A time later than the device's own present belongs to a clock that
   has been set back since: stored.
4. Earlier than the newest reading of this device: stored.
5. Within 5 min of this computer's clock (local time, as on the device's display): fresh.
6. Otherwise the clock is wrong or the reading is old. It is fresh only when the device's clock
   has run as long as ours (within 90 s) since the newest reading that came before what is coming
   now (30 s before at least: a memory comes in one go, and may hold readings a minute apart): then
   it was measured just before it was sent, whatever the clock says. The first reading of a device
   with a wrong clock is therefore recorded as stored, with a warning; the next ones count.

Setting the clock starts another scale of times, and nobody can tell whether the device obeyed.
What it sends next was measured before, on the old scale; what it measures later is on ours. So,
from the moment it was asked: a reading with a time since then is judged by rule 5 even where the
old clock is known (rule 3), and rule 4 compares only readings that came after. Rule 6 keeps the
old scale: it serves the device that did not obey. What remains: the first connection of a device
that does not tell its clock and whose clock is fast may take one reading of its memory for fresh,
if that was measured as long ago as the clock is fast (within 5 min). Pairing it before the session
sets the clock. Nothing waits for a later reading to be judged.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from drivers.wire.events import NibpEvent, NumericEvent
from monitor.core.clock import SECOND, Nanos, seconds

STORED_AFTER = timedelta(minutes=5)
SAME_RUN = timedelta(seconds=90)
IN_ONE_GO = seconds(30)
"""Readings that come closer than this are one delivery."""
SHORTEST_MEASUREMENT = timedelta(seconds=10)
SET_WITHIN = timedelta(seconds=5)
"""How far a clock that obeyed may be from ours: whole seconds, and the way to the device."""
REPEATED_WITHIN = seconds(30)
REMEMBERED = 1024
"""More than any known memory, a spot-check being three numbers: a whole resent one is recognised."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest reading by the device's clock, and its arrival."""

    measured: datetime
    t: Nanos


class Freshness:
    """Judges whether a reading was measured now, came from memory, or was sent before."""

    def __init__(self, device_id: str) -> None:
        self._device_id = device_id
        self._seen: dict[tuple[object, ...], Nanos] = {}  # by content, oldest first: when it arrived
        self._newest: _Newest | None = None
        self._newest_before: _Newest | None = None  # before the readings that come in one go now
        self._came: Nanos | None = None  # the last of them
        self._newest_since_set: _Newest | None = None
        self._slow_by: timedelta | None = None  # what the device's clock lacks to ours, as it told
        self._set_at: datetime | None = None
        self._asked = False  # on this connection
        self._warned = False

    def opened(self) -> None:
        """Begin a connection: forget what the device told of its clock on the last one."""
        self._slow_by = None
        self._asked = False

    def clock_told(self, device: datetime, local: datetime) -> None:
        """Learn that the device's clock read `device` when ours read `local`.

        The first word of a connection counts; one that only confirms what was set says nothing.
        """
        slow_by = local - device
        if self._slow_by is None and not (self._asked and abs(slow_by) <= SET_WITHIN):
            self._slow_by = slow_by

    def clock_set(self, local: datetime) -> None:
        """Learn that the device was asked to set its clock to `local`."""
        self._asked = True
        self._set_at = local
        self._newest_since_set = None

    def repeated(self, event: NibpEvent | NumericEvent, t: Nanos) -> bool:
        """Return whether this reading came before, and remember it."""
        content = msgspec.structs.astuple(event)[1:]  # all but the span
        arrived = self._seen.pop(content, None)
        again = arrived is not None and (event.device_time is not None or t - arrived < REPEATED_WITHIN)
        self._seen[content] = arrived if again and arrived is not None else t
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return again

    def stored(self, measured: datetime | None, t: Nanos, local: datetime) -> bool:
        """Return whether a reading with the device's time `measured`, arrived at `t`, is from memory."""
        if measured is None:
            return False
        if self._came is None or t - self._came >= IN_ONE_GO:
            self._newest_before = self._newest
        self._came = t
        since_set = self._newest_since_set
        self._newest = _later(self._newest, measured, t)
        self._newest_since_set = _later(since_set, measured, t)
        if self._fresh(measured, t, local, since_set):
            return False
        if since_set is None or measured >= since_set.measured:
            self._warn(measured, local)
        return True

    def on_our_clock(self, measured: datetime, local: datetime) -> datetime:
        """Return the device's time `measured` as its clock would have read, had it been set as now.

        Without this a clock that was fast would make every later reading look older than the first.
        """
        if self._slow_by is None or abs(self._slow_by) <= SET_WITHIN or self._on_set_clock(measured, local):
            return measured
        return (measured + self._slow_by).replace(microsecond=0)

    def _fresh(self, measured: datetime, t: Nanos, local: datetime, since_set: _Newest | None) -> bool:
        if self._slow_by is not None:
            age = local - (measured + self._slow_by)
            return -SET_WITHIN <= age <= STORED_AFTER or self._on_set_clock(measured, local)
        if since_set is not None and measured < since_set.measured:
            return False
        if abs(local - measured) <= STORED_AFTER:
            return True
        before = self._newest_before
        if before is None:
            return False
        ran = timedelta(seconds=(t - before.t) / SECOND)
        return abs((measured - before.measured) - ran) <= SAME_RUN

    def _on_set_clock(self, measured: datetime, local: datetime) -> bool:
        """Return whether a clock that was set as asked gave this time, in the last 5 min."""
        if self._set_at is None or local - measured > STORED_AFTER:
            return False
        if local - self._set_at < SHORTEST_MEASUREMENT:
            return False  # measured before, whatever it says
        return self._set_at - SET_WITHIN <= measured <= local + SET_WITHIN

    def _warn(self, measured: datetime, local: datetime) -> None:
        level = logging.DEBUG if self._warned else logging.WARNING
        self._warned = True
        log.log(
            level,
            "%s: reading of %s arrived at %s and is recorded as stored; if it was measured just now, set the"
            " device's clock",
            self._device_id,
            measured,
            local.replace(microsecond=0),
        )


def _later(newest: _Newest | None, measured: datetime, t: Nanos) -> _Newest:
    """Return the newest reading, this one included."""
    return newest if newest is not None and measured <= newest.measured else _Newest(measured, t)
