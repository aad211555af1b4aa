"""The station's alarm sound: one output for all beds, and its failure as a technical condition."""

import asyncio
from collections.abc import Callable

from alarms.sound.output import SoundOutput
from alarms.types import Priority
from monitor.link.board_sound import by_a_person, reminded
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
        """Let what a bed's new board says be heard from now on, unless another station sounds for it."""
        old = self._boards.get(board.bed)
        self._boards[board.bed] = board
        here = [one for one in self._boards.values() if one.sounds_here]
        wanted = [Priority.of(one.sounding) for one in here if one.sounding is not None]
        highest = max(wanted, default=None)
        if self._output is not None:
            label = highest.label if highest is not None else None
            self._output.louder(max((one.louder_db for one in here), default=0.0))
            taken = old is not None and old.sounds_here and not board.sounds_here
            self._output.sound(label, at_once=taken or (old is not None and by_a_person(old, board)))
            if old is not None and board.sounds_here and reminded(old, board):
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
