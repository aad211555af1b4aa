"""Technical conditions of the station itself, set from outside: STORE_FAIL, AUDIO_FAIL and the like."""

from alarms.condition import Condition, technical_condition
from alarms.groups import Group
from alarms.missing import Ladder
from alarms.occurrence import Occurrences, On
from alarms.preset import Preset
from alarms.types import Priority
from monitor.core.clock import Nanos

OF_DEVICES = frozenset(
    {
        "LINK_LOST",
        "SPO2_SENSOR_OFF",
        "PULSE_LOST",
        "NO_DATA",
        "SPO2_WEAK",
        "BP_FAIL",
        "CUFF_OVER",
        "CUFF_STUCK",
        "STALE_VALUE",
        "SPO2_TREND",
        "SOURCE_MISMATCH",
        "BP_OVERDUE",
    }
)
"""Technical conditions that the engine sees by itself."""


class Host:
    """The host's conditions; each has a row of its own."""

    def __init__(self, preset: Preset, machine: Occurrences) -> None:
        self.conditions: dict[str, Condition] = {}
        self.groups: list[Group] = []
        self._first: dict[str, Priority] = {}
        for row in preset.technical:
            if row.condition in OF_DEVICES:
                continue
            condition = technical_condition(preset, row.condition)
            group = Group(f"host:{row.condition}")
            machine.join(condition, group)
            self.groups.append(group)
            self.conditions[row.condition] = condition
            self._first[row.condition] = Ladder(row).due(0) or Priority.MEDIUM

    def set(self, code: str, active: bool, text: str, machine: Occurrences, now: Nanos) -> None:
        """Start or end a condition; ValueError when the preset has no such condition."""
        condition = self.conditions.get(code)
        if condition is None:
            raise ValueError(f"no condition {code!r} of the host; there are: {', '.join(self.conditions)}")
        if not active:
            machine.apply(condition, On.CLEARED, now, reason="cleared")
        elif not condition.active:
            machine.apply(condition, On.DUE, now, priority=self._first[code], detail=text)
