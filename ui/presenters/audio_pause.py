"""The audio pause in words: how long it still lasts, and what the button for it says."""

import math
from dataclasses import dataclass

from monitor.core.clock import SECOND, Nanos
from ui.bed_model import BedState
from ui.presenters import words

PAUSE_S = 120
"""What the button asks for: the longest pause there is."""


@dataclass(frozen=True, slots=True)
class PauseText:
    """The pause, ready to paint. `running`: nothing is heard, for `left` more ("1:43")."""

    running: bool
    left: str = ""
    by: str = ""

    @property
    def headline(self) -> str:
        """Return the state in words, empty while audio is not paused."""
        return f"AUDIO PAUSED {self.left}" if self.running else ""

    @property
    def spoken(self) -> str:
        """Return it as a sentence for screen readers, without the countdown."""
        return f"Audio paused by {self.by}: alarms are shown, and not heard" if self.running else ""

    @property
    def command(self) -> str:
        """Return what the button asks of the service."""
        return "resume" if self.running else "pause"


def audio_pause(state: BedState, now: Nanos) -> PauseText:
    """Return the pause as this client's clock counts it down; none without a connection."""
    board = state.board
    if board is None or not state.connected(now):
        return PauseText(False)
    left_s = board.paused_s - (now - state.board_arrived) / SECOND
    if left_s <= 0:
        return PauseText(False)
    return PauseText(True, words.clock_text(math.ceil(left_s)), board.paused_by)
