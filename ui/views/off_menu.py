"""The menu of one number: its alarms off, with a reason, and on again; and the way to its limits."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from ui.presenters.mark_menu import MarkEntry
from ui.presenters.off_menu import Entry
from ui.views import theme
from ui.views.key_menu import KeyMenu
from ui.views.text import font

OPEN_MS = 15_000
"""A menu that somebody left open goes away by itself."""
LIMITS = "Limits of this number ..."
Order = Callable[[str, dict[str, Any]], None]


class Reasons(KeyMenu):
    """The reasons of one line: over the menu that opened it, for beside it are the numbers."""

    def __init__(self, text: str, opener: QMenu, window: QWidget) -> None:
        super().__init__(text, opener)
        self._window = window

    def showEvent(self, event: QShowEvent) -> None:
        """Move over the menu, below the line that opened it."""
        opener = self.parentWidget()
        if isinstance(opener, QMenu):
            line = opener.actionGeometry(self.menuAction())
            place = opener.mapToGlobal(line.bottomLeft() + QPoint(line.height(), 0))
            lowest = self._window.mapToGlobal(self._window.rect().bottomLeft()).y() - self.height()
            self.move(place.x(), min(place.y(), lowest))
        super().showEvent(event)


class OffMenu(KeyMenu):
    """One menu for one press: `order` takes the command and what it needs.

    It never stands in the way: it is at most `width` wide, closes by itself, and the keys of the window
    work through it.
    """

    limits_asked = Signal()

    def __init__(
        self,
        parent: QWidget,
        entries: tuple[Entry, ...],
        order: Order,
        scale: float,
        marks: tuple[MarkEntry, ...] = (),
        *,
        width: int = 1000,
    ) -> None:
        super().__init__(parent)
        self._order, self._window = order, parent
        self._pixels = round(21 * scale)
        self._pad = round(26 * scale)
        self._room = width - 4 * self._pad
        QTimer.singleShot(OPEN_MS, self, self.close)
        self.setStyleSheet(
            f"QMenu {{ background: {theme.PANEL}; color: {theme.TEXT}; border: 2px solid {theme.QUIET};"
            f" font-family: '{theme.FAMILY}'; font-size: {self._pixels}px; }}"
            f" QMenu::item {{ padding: {round(11 * scale)}px {self._pad}px; }}"
            f" QMenu::item:selected {{ background: {theme.CHOSEN}; }}"
        )
        for mark in marks:
            self._offer(mark.text, mark.command, mark.args, mark.reasons)
        for entry in entries:
            self._add(entry)
        self.addAction(LIMITS).triggered.connect(lambda: self.limits_asked.emit())

    def _cut(self, text: str) -> str:
        """Return `text` as wide as the place over the curves has room for."""
        metrics = QFontMetricsF(font(self._pixels))
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, self._room)

    def _add(self, entry: Entry) -> None:
        if not entry.reasons:
            turn_on = self.addAction(self._cut(entry.text))
            turn_on.triggered.connect(lambda: self._order("on", {"condition": entry.condition}))
            return
        self._offer(entry.text, "off", {"condition": entry.condition}, entry.reasons)

    def _offer(self, text: str, command: str, args: dict[str, Any], reasons: tuple[str, ...]) -> None:
        """Add a line that opens its reasons; each gives the order."""
        why = Reasons(self._cut(text), self, self._window)
        self.addMenu(why)
        for reason in reasons:
            because = why.addAction(reason)
            given = {**args, "reason": reason}
            because.triggered.connect(lambda *_, given=given: self._order(command, given))
