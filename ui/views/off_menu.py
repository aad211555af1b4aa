"""The menu of one number: its alarms off, with a reason, and on again; and the way to its limits."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from ui.presenters.mark_menu import MarkEntry
from ui.presenters.off_menu import Entry
from ui.views import theme

OPEN_MS = 15_000
"""A menu that somebody left open goes away by itself."""
LIMITS = "Limits of this number ..."
Order = Callable[[str, dict[str, Any]], None]


class OffMenu(QMenu):
    """One menu for one press: `order` takes the command and what it needs.

    It never stands in the way: it closes by itself, and the keys of the window work through it.
    """

    limits_asked = Signal()

    def __init__(
        self,
        parent: QWidget,
        entries: tuple[Entry, ...],
        order: Order,
        scale: float,
        marks: tuple[MarkEntry, ...] = (),
    ) -> None:
        super().__init__(parent)
        self._order, self._window = order, parent
        QTimer.singleShot(OPEN_MS, self, self.close)
        self.setStyleSheet(
            f"QMenu {{ background: {theme.PANEL}; color: {theme.TEXT}; font-size: {round(21 * scale)}px;"
            f" border: 2px solid {theme.QUIET}; }}"
            f" QMenu::item {{ padding: {round(11 * scale)}px {round(26 * scale)}px; }}"
            f" QMenu::item:selected {{ background: #2f6fd0; }}"
        )
        self.installEventFilter(self)
        for mark in marks:
            self._offer(mark.text, mark.command, mark.args, mark.reasons)
        for entry in entries:
            self._add(entry)
        self.addAction(LIMITS).triggered.connect(lambda: self.limits_asked.emit())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand a function key to the window: acknowledging and stopping a cuff do not wait for a menu."""
        if is_function_key(event):
            self.close()
            QApplication.sendEvent(self._window, event)
            return True
        return super().eventFilter(watched, event)

    def _add(self, entry: Entry) -> None:
        if not entry.reasons:
            turn_on = self.addAction(entry.text)
            turn_on.triggered.connect(lambda: self._order("on", {"condition": entry.condition}))
            return
        self._offer(entry.text, "off", {"condition": entry.condition}, entry.reasons)

    def _offer(self, text: str, command: str, args: dict[str, Any], reasons: tuple[str, ...]) -> None:
        """Add a line that opens its reasons; each gives the order."""
        why = self.addMenu(text)
        why.installEventFilter(self)
        for reason in reasons:
            because = why.addAction(reason)
            given = {**args, "reason": reason}
            because.triggered.connect(lambda *_, given=given: self._order(command, given))


def is_function_key(event: QEvent) -> bool:
    """Return whether a function key went down: it is the window's, whatever is open."""
    if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
        return False
    return Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F12
