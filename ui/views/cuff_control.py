"""The cuff's control at the foot of the window: what it does, and the buttons for it."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from ui.presenters.cuff_control import CYCLES_MIN, CuffText
from ui.views import theme
from ui.views.key_menu import KeyMenu
from ui.views.text import LEFT, draw, fitting

STOP_KEY, MEASURE_KEY, CYCLE_KEY = Qt.Key.Key_F4, Qt.Key.Key_F6, Qt.Key.Key_F7
_BUTTON = """
QPushButton {{ background: {fill}; color: {ink}; border: {line}px solid {edge}; border-radius: {round}px;
               font-family: "{family}"; font-size: {pixels}px; font-weight: bold; padding: 0 {pad}px; }}
QPushButton:pressed {{ background: #b9c6d3; }}
QPushButton::menu-indicator {{ width: 0px; }}
"""


class CuffControl(QWidget):
    """Paints one CuffText. A button orders what its face says, whatever has happened since."""

    ordered = Signal(str, str, float)
    """Device, order (start, stop, cycle), minutes of a cycle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text: CuffText | None = None
        self._scale = 1.0
        self.stop = QPushButton(self)
        self.measure = QPushButton(self)
        self.cycle = QPushButton(self)
        self.stop.clicked.connect(lambda: self._order("stop"))
        self.measure.clicked.connect(lambda: self._order("start"))
        self.menu = KeyMenu(self)
        for minutes in CYCLES_MIN:
            words = f"Every {minutes} min" if minutes else "Off"
            action = self.menu.addAction(words)
            action.setData(minutes)
        self.menu.triggered.connect(lambda action: self._order("cycle", float(action.data())))
        self.cycle.setMenu(self.menu)
        for button in (self.stop, self.measure, self.cycle):  # when Acknowledge goes grey, Qt hands its focus
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # on: a second Space must not fill or stop a cuff
        self.hide()

    def show_text(self, text: CuffText | None, *, scale: float) -> None:
        """Paint `text`; None: there is no such cuff."""
        if (text, scale) == (self._text, self._scale):
            return
        self._text, self._scale = text, scale
        self.setVisible(text is not None)
        if text is None:
            return
        self.setAccessibleName("Cuff")
        self.setAccessibleDescription(text.spoken)
        self._dress(text)
        self.update()

    def press(self, key: int) -> bool:
        """Do what a key stands for; False when it is none of this control's, or does nothing now."""
        buttons = {STOP_KEY: self.stop, MEASURE_KEY: self.measure, CYCLE_KEY: self.cycle}
        button = buttons.get(Qt.Key(key))
        if button is None or self._text is None or not button.isEnabled():
            return False
        if button is self.cycle:
            button.showMenu()
        else:
            button.click()
        return True

    def _order(self, order: str, minutes: float = 0.0) -> None:
        if self._text is not None:
            self.ordered.emit(self._text.device, order, minutes)

    def _dress(self, text: CuffText) -> None:
        """Set words and look of the buttons: stop is bright while the cuff is up, measure otherwise."""
        self.stop.setText("STOP CUFF (F4)" if text.up else "Stop (F4)")
        self.measure.setText("Measure (F6)")
        self.measure.setVisible(not text.up)
        self.measure.setEnabled(text.may_measure)
        self.cycle.setText(f"{text.cycle} (F7)")
        self.cycle.setEnabled(text.may_cycle)
        self.cycle.setVisible(not text.up)
        for button, bright, loud in (
            (self.stop, text.up, text.up),
            (self.measure, text.may_measure, False),
            (self.cycle, False, False),
        ):
            self._paint_button(button, bright=bright, loud=loud)
        pixels = round(22 * self._scale)
        self.menu.setStyleSheet(
            f"QMenu {{ background: {theme.PANEL}; color: {theme.TEXT}; font-size: {pixels}px; }}"
            f" QMenu::item:selected {{ background: {theme.CHOSEN}; }}"
        )
        self._place()

    def _paint_button(self, button: QPushButton, *, bright: bool, loud: bool) -> None:
        u = self._scale
        button.setStyleSheet(
            _BUTTON.format(
                fill="#f4f7fa" if bright else theme.PANEL,
                ink="#000000" if bright else theme.TEXT if button.isEnabled() else theme.STALE,
                edge=theme.TEXT if button.isEnabled() else theme.LINE,
                line=max(1, round((4 if loud else 2) * u)),
                round=round(8 * u),
                family=theme.FAMILY,
                pixels=round((27 if loud else 18) * u),
                pad=round(2 * u),
            )
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the buttons at the right edge."""
        self._place()

    def _place(self) -> None:
        if self._text is None:
            return
        u, edge = self._scale, round(6 * self._scale)
        height = self.height() - 2 * edge
        right = self.width() - edge
        widths = ((self.stop, 300 if self._text.up else 118), (self.measure, 160), (self.cycle, 190))
        for button, width in widths:
            if button.isHidden():
                continue
            wide = round(width * u)
            button.setGeometry(right - wide, edge, wide, height)
            right -= wide + edge
        self._room = QRectF(0, 0, right, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what the cuff does, left of the buttons."""
        text = self._text
        if text is None:
            return
        u = self._scale
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        painter.setPen(QPen(QColor(theme.TEXT if text.up else theme.LINE), (3 if text.up else 1.5) * u))
        painter.drawRect(QRectF(self.rect()).adjusted(u, u, -u, -u))
        room = self._room.adjusted(14 * u, 6 * u, -6 * u, -6 * u)
        head = QRectF(room.x(), room.y(), room.width(), room.height() * (0.56 if text.detail else 1.0))
        size = round((27 if text.up else 22) * u)
        face = fitting(text.headline, size, head.width(), smallest=round(14 * u), bold=text.up)
        draw(painter, head, text.headline, face, theme.TEXT, LEFT)
        if text.detail:
            below = QRectF(room.x(), head.bottom(), room.width(), room.bottom() - head.bottom())
            small = fitting(text.detail, round(18 * u), below.width(), smallest=round(12 * u))
            draw(painter, below, text.detail, small, theme.QUIET, LEFT)
