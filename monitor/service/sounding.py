"""The station's alarm sound: one output for all beds, and its failure as a technical condition."""

import asyncio
from collections.abc import Callable

from alarms.sound.output import SoundOutput
from alarms.types import Priority, State
from monitor.link.messages import AlarmBoard

NONE = "none"
"""What clients are told where the configuration says that this station has no sound."""
LOOK_S = 0.25
"""How often the output is looked at: with its own patience of a second, a loss is seen within 2 s."""


class StationSound:
    """Sounds the highest priority of all beds; without an output it only says that there is none."""

    def __init__(self, output: SoundOutput | None) -> None:
        self._output = output
        self._boards: dict[str, AlarmBoard] = {}

    def start(self) -> None:
        """Open the device, and let people hear that it works and how loud an alarm is."""
        if self._output is not None:
            self._output.test()
            self._output.start()

    def close(self) -> None:
        """Let go of the device; blocks for a moment."""
        if self._output is not None:
            self._output.close()

    def show(self, board: AlarmBoard) -> None:
        """Let what a bed's new board says be heard from now on."""
        old = self._boards.get(board.bed)
        self._boards[board.bed] = board
        wanted = [Priority.of(one.sounding) for one in self._boards.values() if one.sounding is not None]
        highest = max(wanted, default=None)
        if self._output is not None:
            label = highest.label if highest is not None else None
            self._output.louder(max(one.louder_db for one in self._boards.values()))
            self._output.sound(label, at_once=old is not None and _by_a_person(old, board))
            if old is not None and not board.paused_s and _reminded(old, board):
                self._output.remind()

    async def watch(self, changed: Callable[[str | None], None]) -> None:
        """Call `changed` whenever sound is lost or back, and once at first; until cancelled."""
        told: str | None = None
        while True:
            if self._output is not None:
                self._output.beat()
            text = self.text()
            if text != told:
                told = text
                changed(self.failure())
            await asyncio.sleep(LOOK_S)

    def failure(self) -> str | None:
        """Return why nothing can be heard, in words; None when it can, or when none is configured."""
        if self._output is None:
            return None
        state = self._output.state
        return None if state.ok or state.opening else state.text

    def text(self) -> str:
        """Return what clients show: "none", "ok", or what is wrong."""
        return NONE if self._output is None else self._output.state.text


def _by_a_person(old: AlarmBoard, new: AlarmBoard) -> bool:
    """Return whether the bed's sound fell because a person quietened it, not because the alarm ended.

    Of what sounded something is then still there, acknowledged or paused; an alarm that is over has
    left the board or is latched, and its burst goes on to the end.
    """
    if old.sounding is None or new.sounding == old.sounding:
        return False
    now = {member.occurrence: member.state for row in new.rows for member in row.members}
    sounded = [
        member.occurrence
        for row in old.rows
        for member in row.members
        if not row.paused_s  # it was not heard
        if member.state == State.UNACK and member.priority == old.sounding
    ]
    return any(now.get(one, State.LATCHED) != State.LATCHED for one in sounded)


def _reminded(old: AlarmBoard, new: AlarmBoard) -> bool:
    """Return whether people are to be reminded of an alarm that is off."""
    before = {one.condition: one.reminders for one in old.off}
    return any(one.reminders > before.get(one.condition, one.reminders) for one in new.off)
