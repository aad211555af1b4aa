"""Four small buttons below the curves for what became of the alarm acknowledged last; for 30 s."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QWidget

from monitor.core.clock import Nanos
from monitor.link.messages import Reply
from ui.presenters.alarm_rows import RowText
from ui.presenters.outcome_offer import CHOICES, Offer, offer_of
from ui.views import theme
from ui.views.text import LEFT, draw, fitting, font

KEY, KEY_NAME = Qt.Key.Key_F9, "F9"
_BUTTON = """
QPushButton {{ background: {fill}; color: {ink}; border: 1px solid {edge}; border-radius: {round}px;
               font-family: "{family}"; font-size: {pixels}px; }}
QPushButton:pressed {{ background: {pressed}; }}
"""


class OutcomeOffer(QWidget):
    """Takes the focus only when a person gives it (a click, F9): then 1 to 4 choose, Esc puts it away."""

    chosen = Signal(str, object)
    """The outcome, and the occurrences that it is told of."""
    left = Signal()
    """It went away, or does not want the focus any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName("What became of this alarm")
        self._offer: Offer | None = None
        self._asked: tuple[RowText, ...] = ()
        self._scale = 1.0
        self.buttons = [QPushButton(self) for _ in CHOICES]
        for number, (button, (outcome, label)) in enumerate(zip(self.buttons, CHOICES, strict=True), 1):
            button.setText(f"{number} {label}")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a second Space after Acknowledge tells nothing
            button.clicked.connect(lambda *_, outcome=outcome: self._choose(outcome))
        self.hide()

    @property
    def open(self) -> bool:
        """Return whether there is something to choose."""
        return self._offer is not None

    def asked(self, rows: tuple[RowText, ...]) -> None:
        """Remember the rows whose acknowledgement was asked for."""
        self._asked = rows

    def answered(self, reply: Reply, now: Nanos) -> None:
        """Offer the first row that was acknowledged."""
        offer = offer_of(self._asked, reply, now)
        if offer is not None:
            self.show_offer(offer)

    def show_offer(self, offer: Offer) -> None:
        """Offer this."""
        self._offer = offer
        self.setAccessibleDescription(f"What was it? {offer.text}: acted, noted, false or artefact")
        self.update()

    def pass_time(self, now: Nanos) -> None:
        """Go away when nobody chose."""
        if self._offer is not None and now >= self._offer.until:
            self._close()

    def _choose(self, outcome: str) -> None:
        if self._offer is not None:
            self.chosen.emit(outcome, self._offer.occurrences)
            self._close()

    def _close(self) -> None:
        had = self.hasFocus()
        self._offer = None
        if had:
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose by 1 to 4, put away by Esc; everything else is the window's."""
        number = event.key() - Qt.Key.Key_1
        if 0 <= number < len(CHOICES) and not event.isAutoRepeat():
            self._choose(CHOICES[number][0])
        elif event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def set_place(self, x: int, y: int, width: int, height: int, scale: float) -> None:
        """Take this place, the buttons at its right."""
        self._scale = scale
        self.setGeometry(x, y, width, height)
        gap = round(6 * scale)
        wide = [round(w * scale) for w in (78, 80, 78, 96)]
        at = width - sum(wide) - gap * len(wide)
        for button, each in zip(self.buttons, wide, strict=True):
            button.setGeometry(at, round(4 * scale), each, height - round(8 * scale))
            button.setStyleSheet(
                _BUTTON.format(
                    fill=theme.PANEL, ink=theme.TEXT, edge=theme.QUIET, pressed=theme.CHOSEN,
                    round=round(6 * scale), family=theme.FAMILY, pixels=round(16 * scale),
                )
            )  # fmt: skip
            at += each + gap

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what it is about, and a frame while it has the focus."""
        if self._offer is None:
            return
        painter = QPainter(self)
        u = self._scale
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.FOCUS), 3 * u))
            painter.drawRect(self.rect())
        room = QRectF(8 * u, 0, self.buttons[0].x() - 14 * u, self.height())
        asked, about = (
            room.adjusted(0, 2 * u, 0, -room.height() / 2),
            room.adjusted(0, room.height() / 2, 0, -2 * u),
        )
        draw(painter, asked, f"What was it? ({KEY_NAME})", font(round(16 * u), bold=True), theme.TEXT, LEFT)
        face = fitting(self._offer.text, round(17 * u), room.width(), smallest=round(13 * u))
        draw(painter, about, self._offer.text, face, theme.TEXT, LEFT)
