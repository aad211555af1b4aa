"""A question at the foot of the window: it never covers the alarm bar, and blocks nothing."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from ui.views import theme


class FootQuestion(QWidget):
    """The place and look of such a question: Escape gives the harmless answer, Enter the one in focus."""

    harmless: QPushButton

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def set_place(self, place: QRect, scale: float) -> None:
        """Take `place`, below the numbers' left and the alarm bar, in this scale."""
        self.setGeometry(place)
        self.setStyleSheet(
            f"QWidget {{ background: {theme.QUESTION}; color: {theme.TEXT}; font-family: '{theme.FAMILY}';"
            f" font-size: {round(18 * scale)}px; }}"
            f" QPushButton {{ background: {theme.TEXT}; color: #000000; padding: {round(10 * scale)}px;"
            f" border: 3px solid {theme.TEXT}; }} QPushButton:focus {{ border-color: {theme.FOCUS}; }}"
            f" QPushButton:disabled {{ background: {theme.PANEL}; color: {theme.QUIET};"
            f" border-color: {theme.PANEL}; }}"
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer by a key; all others are the window's."""
        focused = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.harmless.click()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QPushButton):
            focused.click()
        else:
            event.ignore()


class LeaveQuestion(FootQuestion):
    """Asks whether the window may close, and what that means."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.stay = self.harmless = QPushButton("Stay")
        self.leave = QPushButton("Close this window")
        layout = QHBoxLayout(self)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.stay)
        layout.addWidget(self.leave)
        self.hide()

    def open(self, text: str) -> None:
        """Ask, with the harmless answer under the finger."""
        self.text.setText(text)
        self.show()
        self.raise_()
        self.stay.setFocus()
