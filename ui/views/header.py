"""The header line: room, session clock, preset, and the badges that must always be seen."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.presenters.header import Badge, HeaderText
from ui.views import theme
from ui.views.bell import draw_bell
from ui.views.text import CENTRE, RIGHT, draw, fitting, font, width_of

_INK = {"plain": theme.TEXT, "quiet": theme.QUIET}
LEFT_SHARE = 0.38
"""What the left side keeps of the width, however much the badges have to say."""
_FILL = {"warning": theme.WARNING, "simulated": theme.SIMULATED}


def shared_out(widths: list[float], room: float) -> list[float]:
    """Return widths that sum to at most `room`: the widest give way, equally, the others keep theirs."""
    left, given = max(0.0, room), dict.fromkeys(range(len(widths)), 0.0)
    for place, index in enumerate(sorted(given, key=lambda i: widths[i])):
        given[index] = min(widths[index], left / (len(widths) - place))
        left -= given[index]
    return list(given.values())


class Header(QWidget):
    """Paints one HeaderText; badges keep their full width, the preset gives way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text: HeaderText | None = None
        self._scale = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def show_text(self, text: HeaderText, *, scale: float) -> None:
        """Paint `text`."""
        if (text, scale) == (self._text, self._scale):
            return
        self._text, self._scale = text, scale
        self.setAccessibleName(", ".join(filter(None, (text.title, text.session, text.changed, text.preset))))
        self.setAccessibleDescription(", ".join(badge.spoken for badge in text.badges))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size that a layout may ignore."""
        return QSize(800, 46)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint title and session over the preset at the left, badges and user at the right."""
        if self._text is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        u, h = self._scale, self.height()
        right = self._right_side(painter, self._text)
        left = 14 * u
        session = font(round(23 * u), bold=True)
        clock = min(width_of(self._text.session, session) + 2, right - left)
        upper = 34 * u if self._text.preset else h
        title = QRectF(left, 0, max(0.0, right - left - clock - 22 * u), upper)
        named = font(round(25 * u), bold=True)
        draw(painter, title, self._text.title, named, theme.TEXT)
        x = title.x() + min(title.width(), width_of(self._text.title, named)) + 22 * u
        draw(painter, QRectF(x, 0, clock, upper), self._text.session, session, theme.TEXT)
        below = QRectF(left, 32 * u, right - left, h - 35 * u)
        mark = font(round(17 * u), bold=True)
        draw(painter, below, self._text.changed, mark, theme.WARNING)
        taken = width_of(self._text.changed, mark) + 12 * u if self._text.changed else 0.0
        below.adjust(taken, 0, 0, 0)
        face = fitting(self._text.preset, round(17 * u), below.width(), smallest=round(14 * u))
        draw(painter, below, self._text.preset, face, theme.QUIET)

    def _right_side(self, painter: QPainter, text: HeaderText) -> float:
        """Paint the user and the badges from the right; return where they begin."""
        u, h = self._scale, self.height()
        room = min(width_of(text.user, font(round(16 * u))) + 2, self.width() * 0.16)
        face = fitting(text.user, round(16 * u), room, smallest=round(12 * u))
        right = self.width() - 12 * u - room
        draw(painter, QRectF(right, 0, room, h), text.user, face, theme.QUIET, RIGHT)
        right -= 12 * u
        widths = self._badge_widths(text, right - self.width() * LEFT_SHARE)
        for badge, width in zip(reversed(text.badges), reversed(widths), strict=True):
            self._badge(painter, badge, QRectF(right - width, 10 * u, width, h - 20 * u))
            right -= width + 10 * u
        return right

    def _badge_widths(self, text: HeaderText, room: float) -> list[float]:
        """Return each badge's width; long ones give way equally, from the widest down."""
        u = self._scale
        widths = [
            width_of(one.text, self._face(one)) + (20 if one.role in _FILL else 4) * u + self._bell(one)
            for one in text.badges
        ]
        return shared_out(widths, room - 10 * u * len(widths))

    def _bell(self, badge: Badge) -> float:
        """Return the width that the badge's sign takes."""
        return 28 * self._scale if badge.crossed_bell else 0.0

    def _face(self, badge: Badge) -> QFont:
        return font(round(18 * self._scale), bold=badge.role != "quiet")

    def _badge(self, painter: QPainter, badge: Badge, box: QRectF) -> None:
        u = self._scale
        fill = _FILL.get(badge.role)
        if fill:
            painter.setPen(QColor(fill))
            painter.setBrush(QColor(fill))
            painter.drawRoundedRect(box, 5 * u, 5 * u)
        pad = 9 * u if fill else 0.0
        ink = "#000000" if fill else _INK.get(badge.role, theme.TEXT)
        inner = box.adjusted(pad, 0, -pad, 0)
        if badge.crossed_bell:
            sign = QRectF(inner.x(), box.y() + 6 * u, 24 * u, box.height() - 12 * u)
            draw_bell(painter, sign, ink, off=True)
            inner.adjust(self._bell(badge), 0, 0, 0)
        bold = badge.role != "quiet"
        face = fitting(badge.text, round(18 * u), inner.width() + 1, smallest=round(13 * u), bold=bold)
        draw(painter, inner.adjusted(-1, 0, 1, 0), badge.text, face, ink, CENTRE)
