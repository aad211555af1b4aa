"""The two times: a monotonic one that counts sleep for ages and alarms, and UTC for records."""

import time
from datetime import UTC, datetime
from typing import NewType, Protocol

Nanos = NewType("Nanos", int)
"""Nanoseconds of CLOCK_BOOTTIME; means nothing on another host or after a reboot."""

SECOND = 1_000_000_000


def seconds(value: float) -> Nanos:
    """Return a span of `value` seconds in nanoseconds."""
    return Nanos(round(value * SECOND))


class Clock(Protocol):
    """Where the service and the drivers get their time; tests pass a virtual one."""

    def now(self) -> Nanos:
        """Return monotonic nanoseconds that go on while the machine sleeps."""
        ...

    def utc(self) -> datetime:
        """Return the aware wall-clock time in UTC."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Nanos:
        """Return CLOCK_BOOTTIME, or plain monotonic where the system has none."""
        return Nanos(time.clock_gettime_ns(time.CLOCK_BOOTTIME))

    def utc(self) -> datetime:
        """Return the wall clock, aware, in UTC."""
        return datetime.now(UTC)
