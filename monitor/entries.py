"""What the journal keeps of an alarm event beyond its message, and of what was armed (alarms 7.6).

`docs/journal.md` says for every field of an auditor where it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from alarms.limits import Limit
from alarms.phases import phase_of
from alarms.preset import Preset
from alarms.types import AlarmEvent, Kind, Priority, Row, State
from monitor.core.clock import SECOND
from monitor.link import messages


def unseen_entry(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return what nobody has acknowledged, for the entry `session_end`: unacknowledged, or latched."""
    return [
        {
            "occurrence": member.occurrence,
            "condition": member.condition,
            "priority": member.priority.label,
            "state": member.state.value,
            "text": row.text,
        }
        for row in rows
        for member in row.members
        if member.state in (State.UNACK, State.LATCHED)
    ]


@dataclass(frozen=True, slots=True)
class Signals:
    """What is seen and heard at a bed at one moment."""

    rows: Sequence[Row]
    sounding: Priority | None
    paused: bool
    here: bool = True  # at the bed; False: a remote station alone sounds it

    def row_of(self, occurrence: str) -> Row | None:
        """Return the row that shows an occurrence; None for one that is covered or over."""
        return next((row for row in self.rows if any(m.occurrence == occurrence for m in row.members)), None)

    def audio_paused(self, row: Row | None) -> bool:
        """Return whether a pause is in force, of all audio or of this row."""
        return self.paused or (row is not None and row.paused_until is not None)


def alarm_entry(
    said: messages.Alarm, event: AlarmEvent, limits: Sequence[Limit], signals: Signals
) -> dict[str, Any]:
    """Return the body of one alarm event: its message, and what was seen, heard and in force with it."""
    body = messages.to_builtins(said)
    body["phase"] = phase_of(event.event, event.reason)
    if event.value is not None and event.value_t is not None:
        body["value_age_s"] = round(max(0, event.t - event.value_t) / SECOND, 3)
    if event.kind is Kind.PHYSIOLOGICAL:
        body["limits"] = [_limit(limit) for limit in limits if limit.channel == event.channel]
    row = signals.row_of(event.occurrence)
    body["signals"] = {
        "visual": _visual(event, row),
        "audio": _audio(event, row, signals),
        "remote": row.calls if row is not None else "",
    }
    body["inactivation"] = _inactivation(event, signals.audio_paused(row))
    return body


def _limit(limit: Limit) -> dict[str, Any]:
    return {
        "condition": limit.condition,
        "comparator": limit.comparator.value,
        "value": limit.value,
        "priority": limit.priority,
        "decided_by": limit.decided_by.value,
        "on_delay_s": limit.on_delay_s,
        "hysteresis": limit.hysteresis,
        "off_delay_s": limit.off_delay_s,
    }


def _visual(event: AlarmEvent, row: Row | None) -> str:
    if row is None:
        return "none"
    return "steady" if event.state is State.ACK or event.priority is Priority.LOW else "flashing"


def _audio(event: AlarmEvent, row: Row | None, signals: Signals) -> str:
    if event.reason == "disabled":
        return "off"
    if event.state is State.ACK:
        return "acknowledged"
    if event.state is not State.UNACK or row is None:
        return "none"
    if signals.audio_paused(row):
        return "paused"
    if event.priority is not signals.sounding:
        return "none"
    return "sounding" if signals.here else "elsewhere"


def _inactivation(event: AlarmEvent, paused: bool) -> list[str]:
    """Return the words of PCD-04 for what a person took away; "enabled" when nothing."""
    if event.reason == "disabled":
        return ["alarm-off"]
    words = ["audio-paused"] if paused and event.state is not State.ENDED else []
    if event.state is State.ACK:
        words.append("alert-acknowledged")
    return words or ["enabled"]


def armed_entry(preset: Preset, devices: Mapping[str, Any], station: Mapping[str, Any]) -> dict[str, Any]:
    """Return what does not change from event to event: whose numbers judge, and whom."""
    return {
        **station,
        "preset": preset.id,
        "preset_version": preset.version,
        "preset_title": preset.title,
        "preset_note": preset.note,
        "preset_status": preset.status.value,
        "preset_sha256": preset.sha256,
        "limits": [_limit(limit) | {"channel": limit.channel} for limit in preset.limits_in_force()],
        "technical": msgspec.to_builtins(preset.technical),
        "acknowledged": msgspec.to_builtins(preset.acknowledged),
        "worse_by": msgspec.to_builtins(preset.worse_by),
        "baseline": msgspec.to_builtins(preset.baseline),
        "devices": dict(devices),
    }
