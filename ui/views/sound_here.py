"""The sound of the bed at this window: asked for, tested by a person, held, and given back."""

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from monitor.core.clock import Nanos
from monitor.link.messages import Reply
from ui.bed_model import BedState
from ui.presenters.quiet_room import GIVE_BACK, TAKE, answer, lost, over, question, quiet_room, soon
from ui.views.foot_question import FootQuestion
from ui.views.station_sound import StationSound

HOLD = "hold_sound"
NOTHING = "I hear nothing"


class Keeper(Protocol):
    """Beats for the window, on another thread."""

    def hold_sound(self, bed: str) -> None:
        """Begin to beat for the lease that was offered last."""
        ...

    def vouch(self, now: Nanos) -> None:
        """Say that the window lives and its output plays."""
        ...

    def let_go(self) -> None:
        """Beat no more."""
        ...


class NoKeeper:
    """For a window that cannot hold a sound."""

    def hold_sound(self, bed: str) -> None:
        """Hold nothing."""

    def vouch(self, now: Nanos) -> None:
        """Vouch for nothing."""

    def let_go(self) -> None:
        """Let nothing go."""


class SoundHere:
    """What becomes of the sound at this window; `tick` once a frame."""

    def __init__(
        self,
        parent: QWidget,
        sound: StationSound,
        keeper: Keeper,
        command: Callable[[str, dict[str, Any]], None],
        say: Callable[[str], None],
    ) -> None:
        self._sound = sound
        self._keeper = keeper
        self._command = command
        self._say = say
        self._bed = ""
        self._state: BedState | None = None
        self._confirmed = False
        self.holding = False
        self.question = TestQuestion(parent)
        self.question.heard.clicked.connect(self._heard)
        self.question.nothing.clicked.connect(self._nothing)

    def press(self, state: BedState) -> None:
        """Do what the button says: take the sound, or let the bed sound again."""
        if self.question.isVisible():
            self._nothing()
            return
        command = quiet_room(state, holding=self.holding).command
        self._bed = state.bed or ""
        self._command(GIVE_BACK if self.holding else command, {})
        if self.holding or command == GIVE_BACK:
            self._stop()

    def answered(self, command: str, reply: Reply) -> bool:
        """Take an answer about the sound; return False for any other."""
        if command not in (TAKE, HOLD, GIVE_BACK):
            return False
        if command == TAKE and reply.ok:
            self._sound.test(True)
            self.question.open()
        elif command == HOLD and reply.ok:
            self._confirmed = True
        elif command == HOLD and self.holding:
            self._stop()
        said = answer(command, ok=reply.ok, text=reply.text)
        if said:
            self._say(said)
        return True

    def tick(self, state: BedState, now: Nanos) -> None:
        """Vouch for this window, sound what the bed says, and see when it sounds by itself again."""
        self._state, output = state, self._sound.state
        if self.question.isVisible():
            waits = output.ok or output.opening
            self.question.show_output(output.ok, question(waits, output.text), fails=not waits)
        if not self.holding:
            return
        board, live = state.board, state.connected(now)
        if live and self._confirmed and lost(board):
            self._stop()
            self._say(over(state.sound))
            return
        self._sound.hear(board)
        if output.ok:
            self._keeper.vouch(now)
        elif not output.opening:
            self._say(f"This station cannot sound: {output.text}. {soon(state.sound)}")

    def close(self) -> None:
        """Give the sound back, as the window goes."""
        if self.holding:
            self._command(GIVE_BACK, {})
            self._stop()

    def _heard(self) -> None:
        self.question.hide()
        self._sound.hear(self._state.board if self._state is not None else None)  # keeps the output open
        self._sound.test(False)
        self.holding, self._confirmed = True, False
        self._keeper.hold_sound(self._bed)

    def _nothing(self) -> None:
        self.question.hide()
        self._sound.test(False)
        self._say("Nothing was changed. Check the loudspeaker of this station before you try again")

    def _stop(self) -> None:
        self.holding = self._confirmed = False
        self._keeper.let_go()
        self._sound.hear(None)


class TestQuestion(FootQuestion):
    """Asks the person at this station whether the test is heard."""

    __test__ = False

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.heard = QPushButton("I hear them")
        self.nothing = self.harmless = QPushButton(NOTHING)
        layout = self._row = QHBoxLayout(self)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.heard)
        layout.addWidget(self.nothing)
        self.hide()

    def open(self) -> None:
        """Ask; "nothing" has the focus, so that a stray key takes nothing."""
        self.show_output(False, question(True, ""))
        self.show()
        self.raise_()
        self.nothing.setFocus()

    def show_output(self, ok: bool, text: str, *, fails: bool = False) -> None:
        """Say how the test goes; nobody hears an output that does not play, and a failed one asks nothing."""
        self.heard.setEnabled(ok)
        self.heard.setVisible(not fails)
        said = "Close" if fails else NOTHING
        if self.nothing.text() != said:
            self.nothing.setText(said)
            self._row.activate()  # a wider text is never cut, not for one frame
        self.text.setText(text)
        self.setAccessibleName(text)
