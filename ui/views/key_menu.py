"""A menu that lets the window's function keys through."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QMenu


class KeyMenu(QMenu):
    """Acknowledging and stopping a cuff do not wait for a menu: it closes, and the window gets the key."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close and hand a function key on; any other key is the menu's own."""
        if not Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F12:
            super().keyPressEvent(event)
            return
        opener = self.parentWidget()
        self.close()
        while isinstance(opener, QMenu):
            opener.close()
            opener = opener.parentWidget()
        if opener is not None:
            QApplication.sendEvent(opener.window(), event)
