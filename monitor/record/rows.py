"""Readings to rows of the session file and back, side by side so that they stay each other's inverse."""

import json
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from monitor.core.clock import Nanos
from monitor.core.types import (
    DeviceLink,
    DeviceStatus,
    LinkState,
    Nibp,
    NibpSource,
    Numeric,
    Reason,
    StatusCode,
)
from monitor.core.units import Unit
from monitor.record.marks import identity
from monitor.record.schema import Row

DOUBTFUL = "?"
"""Leads the mark of a numeric that the device itself doubts; the rest is the reason, if any."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time of which readings are known to be missing; `t` is where it ends."""

    reason: str
    t: Nanos
    from_t: int
    from_utc_ns: int
    to_utc_ns: int
    same_boot: bool = True
    lost_numerics: int = 0
    lost_samples: int = 0


def clean(text: str) -> str:
    """Return `text` as UTF-8 can hold it."""
    return text.encode("utf-8", "replace").decode("utf-8")


def numeric_row(row_id: int, series: int, base_t: int, numeric: Numeric) -> Row:
    """Return a numerics row; a value that is not finite becomes no value with that reason."""
    value: float | None = None
    mark: str | None = numeric.reason
    if numeric.value is not None:
        value = float(numeric.value)
        if not isfinite(value):
            value, mark = None, mark or Reason.NOT_FINITE
    if mark is not None:
        mark = str(mark)
    if numeric.doubtful:
        mark = DOUBTFUL + (mark or "")
    return row_id, series, numeric.t - base_t, value, mark, _iso(numeric.device_time)


def numeric_from(
    device: str, channel: str, unit: str, simulated: int, t: int, value: float | None, *rest: Any
) -> Numeric:
    """Return the reading of one numerics row joined with its series; `rest` is mark, device_time."""
    mark, device_time = rest
    if not isinstance(value, int | float | None):
        raise TypeError(f"{channel}: {type(value).__name__} is no value")
    doubtful = bool(mark) and mark.startswith(DOUBTFUL)
    reason = mark[1:] if doubtful else mark
    return Numeric(
        device_id=device,
        channel=channel,
        t=Nanos(t),
        value=value,
        unit=Unit(unit),
        reason=Reason(reason) if reason else None,
        doubtful=doubtful,
        device_time=_time(device_time),
        simulated=bool(simulated),
    )


def nibp_row(row_id: int, nibp: Nibp, utc_ns: int) -> Row:
    """Return a nibp row."""
    values = (_finite(value) for value in (nibp.sys, nibp.dia, nibp.map, nibp.pulse_rate))
    return (
        row_id,
        clean(nibp.device_id),
        nibp.t,
        utc_ns,
        *values,
        str(nibp.unit),
        json.dumps([str(code) for code in nibp.status], separators=(",", ":")),
        str(nibp.source),
        clean(nibp.site),
        int(nibp.stored),
        nibp.sequence,
        _iso(nibp.device_time),
        int(nibp.simulated),
    )


def nibp_from(row: Row, t: int) -> Nibp:
    """Return the reading of one nibp row, with `t` as its time."""
    _, device, _, _, sys, dia, mean, pulse_rate, unit, status, source, site, stored, sequence, *rest = row
    device_time, simulated = rest
    return Nibp(
        device_id=device,
        t=Nanos(t),
        sys=sys,
        dia=dia,
        map=mean,
        pulse_rate=pulse_rate,
        unit=Unit(unit),
        status=tuple(StatusCode(code) for code in json.loads(status)),
        source=NibpSource(source),
        site=site,
        stored=bool(stored),
        sequence=sequence,
        device_time=_time(device_time),
        simulated=bool(simulated),
        id=identity(device, row[3]),
    )


def device_row(row_id: int, of: DeviceStatus | DeviceLink, utc_ns: int) -> Row:
    """Return a device_status row."""
    if isinstance(of, DeviceStatus):
        said = "status", str(of.code), int(of.active), ""
    else:
        said = "link", str(of.state), 1, clean(of.detail)
    return row_id, clean(of.device_id), of.t, utc_ns, *said, int(of.simulated)


def device_from(row: Row, t: int) -> DeviceStatus | DeviceLink:
    """Return the reading of one device_status row, with `t` as its time."""
    _, device, _, _, kind, code, active, detail, simulated = row
    if kind == "status":
        return DeviceStatus(device, Nanos(t), StatusCode(code), bool(active), bool(simulated))
    return DeviceLink(device, Nanos(t), LinkState(code), detail, bool(simulated))


def gap_row(row_id: int, gap: Gap) -> Row:
    """Return a gaps row."""
    return (
        row_id,
        gap.reason,
        gap.from_t,
        gap.from_utc_ns,
        gap.t,
        gap.to_utc_ns,
        int(gap.same_boot),
        gap.lost_numerics,
        gap.lost_samples,
    )


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and isfinite(value) else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
