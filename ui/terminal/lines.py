"""`vigil watch --json`: one JSON object a line, the messages of the link as they come."""

import json
from typing import Any

import numpy as np

from monitor.link.client import Connection, Item
from monitor.link.messages import (
    Alarm,
    AlarmBoard,
    BedMessage,
    Cuff,
    Device,
    Nibp,
    Numeric,
    Snapshot,
    Waveform,
    to_builtins,
)

_SHOWN = (Numeric, Nibp, Cuff, Alarm, AlarmBoard, Device, Snapshot)


def line(item: Item, bed: str | None, *, waves: bool) -> str | None:
    """Return the line for one item, None when it is not shown (heartbeats, other beds, waveforms)."""
    if isinstance(item, Connection):
        return json.dumps({"type": "connection", "state": item.state, "text": item.text})
    if isinstance(item, BedMessage) and bed is not None and item.bed != bed:
        return None
    if isinstance(item, Waveform):
        return json.dumps(_waveform(item), ensure_ascii=False) if waves else None
    return json.dumps(to_builtins(item), ensure_ascii=False) if isinstance(item, _SHOWN) else None


def _waveform(item: Waveform) -> dict[str, Any]:
    """Return a waveform with its samples as integers: a reader needs no base64; null is a gap."""
    integers = np.frombuffer(item.samples, dtype="<i2").tolist()
    samples = [None if value == -32768 else value for value in integers]
    return {**to_builtins(item), "samples": samples}
