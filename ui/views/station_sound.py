"""This station's own sound: that the service is lost, the test of a quiet room, and the alarms of one."""

from collections.abc import Callable

from alarms.sound.output import OutputState, SoundOutput
from monitor.core.clock import Nanos, seconds
from monitor.link.board_sound import by_a_person, reminded
from monitor.link.messages import AlarmBoard

AGAIN_AFTER = seconds(120)
"""An acknowledged loss of the service sounds again after this long, like any high alarm."""
PRIORITY = "high"
TEST = "medium"
"""Three tones, again every ten seconds: the test is the sound of an alarm."""
CLOSE_WITHIN_S = 0.3


class StationSound:
    """Opens the sound device only while it is needed: the service may own it the rest of the time."""

    def __init__(self, make_output: Callable[[], SoundOutput]) -> None:
        self._make_output = make_output
        self._output: SoundOutput | None = None
        self._acknowledged_at: Nanos | None = None
        self._board: AlarmBoard | None = None
        self._testing = False
        self.wanted = False

    def want(self, wanted: bool, now: Nanos) -> None:
        """Sound the loss of the service from now on, or not; to be called again and again with the time."""
        self.wanted = wanted
        if not wanted or (self._acknowledged_at is not None and now - self._acknowledged_at >= AGAIN_AFTER):
            self._acknowledged_at = None
        self._sound()

    def acknowledge(self, now: Nanos) -> None:
        """End the sound of a lost service for a while; the banner stays."""
        self._acknowledged_at = now
        if self._output is not None:
            self._output.sound(None, at_once=True)

    def test(self, running: bool) -> None:
        """Play the test of a quiet room, or end it at once."""
        self._testing = running
        self._sound(at_once=not running)

    def hear(self, board: AlarmBoard | None) -> None:
        """Sound the alarms of a bed that is quiet; None: it sounds by itself."""
        old, self._board = self._board, board
        if old is board:
            return
        if old is None or board is None:
            self._sound(at_once=board is None)
            return
        self._sound(at_once=by_a_person(old, board))
        if reminded(old, board) and self._output is not None:
            self._output.remind()

    def _sound(self, *, at_once: bool = False) -> None:
        """Let the most urgent of the three be heard, and the device go when there is none."""
        if not self.wanted and not self._testing and self._board is None:
            self.close()
            return
        if self._output is None:
            self._output = self._make_output()
            self._output.start()
        lost = self.wanted and self._acknowledged_at is None
        held = self._board.sounding if self._board is not None and not self.wanted else None
        self._output.beat()
        self._output.louder(self._board.louder_db if self._board is not None else 0.0)
        self._output.sound(PRIORITY if lost else TEST if self._testing else held, at_once=at_once)

    @property
    def sounding(self) -> bool:
        """Return whether there is a sound to acknowledge."""
        return self.wanted and self._acknowledged_at is None

    @property
    def state(self) -> OutputState:
        """Return how the station's output is; fine while nothing is asked of it."""
        return OutputState(True, "ok") if self._output is None else self._output.state

    def close(self) -> None:
        """Give the sound device back."""
        if self._output is not None:
            self._output.close(CLOSE_WITHIN_S)
            self._output = None
