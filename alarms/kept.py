"""The cuff readings that were judged, so that one of them can be marked invalid later."""

from dataclasses import dataclass
from typing import Any

from monitor.core.clock import Nanos
from monitor.core.types import Mark, Nibp

MOST = 64
"""Readings kept of one cuff: three hours of one every 3 min."""


@dataclass(slots=True)
class Kept:
    """One reading as it was judged; a marked one is judged no more."""

    id: str
    t: Nanos
    sys: float | None
    dia: float | None
    map: float | None
    doubtful: bool
    mark: Mark | None = None

    def value(self, channel: str | None) -> float | None:
        """Return its pressure of a channel."""
        values = {"nibp_sys": self.sys, "nibp_dia": self.dia, "nibp_map": self.map}
        return values.get(channel or "")

    @property
    def failed(self) -> bool:
        """True when the measurement ended without a pressure."""
        return self.sys is None and self.dia is None and self.map is None

    @property
    def text(self) -> str:
        """Return the reading as people say it: "182/104"."""
        return "/".join("---" if p is None else f"{p:.0f}" for p in (self.sys, self.dia))

    def dump(self) -> list[Any]:
        """Return it as plain values."""
        mark = None if self.mark is None else [self.mark.by, self.mark.reason]
        return [self.id, int(self.t), self.sys, self.dia, self.map, self.doubtful, mark]


def kept(reading: Nibp, doubtful: bool) -> Kept:
    """Return a reading to keep."""
    return Kept(reading.id, reading.t, reading.sys, reading.dia, reading.map, doubtful)


def load(dump: list[Any], shift: int) -> Kept:
    """Return a reading from plain values; `shift` moves it onto the present clock."""
    identity, t, sys, dia, mean, doubtful, mark = dump
    return Kept(identity, Nanos(t + shift), sys, dia, mean, doubtful, Mark(*mark) if mark else None)
