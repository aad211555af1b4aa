"""The keys in words, over curves and trend: never over the alarm bar or a number."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from monitor.core.clock import Nanos, seconds
from ui.presenters.keys import HELP_KEY_NAME, KEYS, LIMITS_KEYS, PRESSED, KeyText
from ui.views import theme
from ui.views.text import LEFT, draw, fitting, font

KEY = Qt.Key.Key_F1
SHOWN_FOR = seconds(60)
"""Somebody who left it open finds curves and trend again."""
LINE, INDENT = 34, 128


class KeysHelp(QWidget):
    """Paints the keys. It takes no focus: every key goes on doing what it says."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Keys")
        self.keys: tuple[KeyText, ...] = KEYS
        self._limits = False
        self._scale = 1.0
        self._until = Nanos(0)
        self.hide()

    def turn(self, now: Nanos, *, limits: bool) -> None:
        """Show the keys, those of the panel of limits while it is open; or put them away."""
        self._limits, self.keys = limits, LIMITS_KEYS if limits else KEYS
        self.setAccessibleDescription("; ".join(f"{one.keys} {one.does}" for one in self.keys))
        self._until = Nanos(now + SHOWN_FOR)
        self.setVisible(self.isHidden())
        self.raise_()

    def pass_time(self, now: Nanos) -> None:
        """Go away when it stood for long."""
        if now >= self._until:
            self.hide()

    def set_place(self, place: QRect, scale: float) -> None:
        """Take `place` in this scale."""
        self._scale = scale
        self.setGeometry(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go away."""
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the table under its heading."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        u = self._scale
        painter.setPen(QPen(QColor(theme.QUIET), 2 * u))
        painter.drawRect(QRectF(self.rect()).adjusted(u, u, -u, -u))
        each = min(LINE * u, (self.height() - 20 * u) / (len(self.keys) + 2))
        box = QRectF(14 * u, 10 * u, self.width() - 28 * u, each)
        what = "Keys of the limits" if self._limits else "Keys"
        face = font(round(each * 0.7), bold=True)
        draw(painter, box, f"{what} ({HELP_KEY_NAME} or Esc closes)", face, theme.TEXT, LEFT)
        box = self._table(painter, box.translated(0, each), self.keys)
        self._line(painter, box, PRESSED, theme.QUIET)

    def _table(self, painter: QPainter, box: QRectF, keys: tuple[KeyText, ...]) -> QRectF:
        for one in keys:
            draw(painter, box, one.keys, font(round(box.height() * 0.62), bold=True), theme.TEXT, LEFT)
            self._line(painter, box.adjusted(INDENT * self._scale, 0, 0, 0), one.does, theme.TEXT)
            box = box.translated(0, box.height())
        return box

    def _line(self, painter: QPainter, box: QRectF, text: str, ink: str) -> None:
        face = fitting(text, round(box.height() * 0.62), box.width(), smallest=round(11 * self._scale))
        draw(painter, box, text, face, ink, LEFT)
