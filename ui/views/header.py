"""The header line: room, session clock, preset, and the badges that must always be seen."""

from enum import IntEnum
from types import MappingProxyType

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.presenters.header import Badge, HeaderText
from ui.views import theme
from ui.views.bell import draw_bell
from ui.views.text import CENTRE, RIGHT, draw, fitting, font, in_two, width_of

_INK = {"plain": theme.TEXT, "quiet": theme.QUIET}
_FILL = {"warning": theme.WARNING, "simulated": theme.SIMULATED}


class Fullness(IntEnum):
    """How much the header's right side says: the first that has room for every badge."""

    WIDE = 0  # each on one line
    STACKED = 1  # the coloured ones on two
    SHORT = 2  # these in fewer words


LEFT_SHARE = MappingProxyType({Fullness.WIDE: 0.38, Fullness.STACKED: 0.38, Fullness.SHORT: 0.3})
"""What the left side keeps of the width, however much the badges have to say."""


JOINED = " · "


def shared_out(widths: list[float], room: float) -> list[float]:
    """Return widths that sum to at most `room`: the widest give way, equally, the others keep theirs."""
    left, given = max(0.0, room), dict.fromkeys(range(len(widths)), 0.0)
    for place, index in enumerate(sorted(given, key=lambda i: widths[i])):
        given[index] = min(widths[index], left / (len(widths) - place))
        left -= given[index]
    return list(given.values())


class Header(QWidget):
    """Paints one HeaderText; badges are never cut while fewer words, or the preset, can give way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text: HeaderText | None = None
        self._scale = 1.0
        self._fullness = Fullness.WIDE
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
        said = self._text.session
        if self._fullness is Fullness.SHORT:
            said = said.removeprefix("Session ")
        clock = min(width_of(said, session) + 2, right - left)
        upper = 34 * u if self._text.preset else h
        title = QRectF(left, 0, max(0.0, right - left - clock - 22 * u), upper)
        named = fitting(self._text.title, round(25 * u), title.width(), smallest=round(15 * u), bold=True)
        draw(painter, title, self._text.title, named, theme.TEXT)
        x = title.x() + min(title.width(), width_of(self._text.title, named)) + 22 * u
        draw(painter, QRectF(x, 0, clock, upper), said, session, theme.TEXT)
        below = QRectF(left, 32 * u, right - left, h - 35 * u)
        mark = font(round(17 * u), bold=True)
        draw(painter, below, self._text.changed, mark, theme.WARNING)
        taken = width_of(self._text.changed, mark) + 12 * u if self._text.changed else 0.0
        below.adjust(taken, 0, 0, 0)
        parts = [*self._text.under]
        smallest = font(round(14 * u))
        while len(parts) > 1 and width_of(JOINED.join(parts), smallest) > below.width():
            parts.pop()  # whole words go, the least important first
        said = JOINED.join(parts)
        face = fitting(said, round(17 * u), below.width(), smallest=round(14 * u))
        draw(painter, below, said, face, theme.QUIET)

    def _right_side(self, painter: QPainter, text: HeaderText) -> float:
        """Paint the user and the badges from the right; return where they begin."""
        u, h = self._scale, self.height()
        self._fullness = self._choose(text)
        right = self.width() - 12 * u - self._user_width(text)
        user = QRectF(right, 0, self._user_width(text), h)
        self._lines(
            painter, self._user_lines(text), user, 16 if self._fullness is Fullness.WIDE else 13, RIGHT
        )
        right -= 12 * u
        widths = self._badge_widths(text, right - self.width() * LEFT_SHARE[self._fullness])
        for badge, width in zip(reversed(text.badges), reversed(widths), strict=True):
            self._badge(painter, badge, QRectF(right - width, 10 * u, width, h - 20 * u))
            right -= width + 10 * u
        return right

    def _choose(self, text: HeaderText) -> Fullness:
        """Return the fullest way in which every badge is whole."""
        for fullness in Fullness:
            self._fullness = fullness
            room = self.width() * (1 - LEFT_SHARE[fullness]) - self._user_width(text) - 24 * self._scale
            if sum(self._wanted(text)) <= room - 10 * self._scale * len(text.badges):
                return fullness
        return Fullness.SHORT

    def _user_lines(self, text: HeaderText) -> tuple[str, ...]:
        if self._fullness is Fullness.WIDE:
            return (text.user,)
        return in_two(text.user, font(round(13 * self._scale)))

    def _user_width(self, text: HeaderText) -> float:
        face = font(round((16 if self._fullness is Fullness.WIDE else 13) * self._scale))
        return min(max(width_of(one, face) for one in self._user_lines(text)) + 2, self.width() * 0.16)

    def _badge_lines(self, badge: Badge) -> tuple[str, ...]:
        """Return a badge's lines: one word is never parted from the dot before it."""
        said = badge.least if self._fullness is Fullness.SHORT else badge.text
        if self._fullness is Fullness.WIDE or badge.role not in _FILL:
            return (said,)
        return in_two(said, self._face(badge))

    def _wanted(self, text: HeaderText) -> list[float]:
        u = self._scale
        return [
            max(width_of(line, self._face(one)) for line in self._badge_lines(one))
            + (20 if one.role in _FILL else 4) * u
            + self._bell(one)
            for one in text.badges
        ]

    def _badge_widths(self, text: HeaderText, room: float) -> list[float]:
        """Return each badge's width; where even the short ones have no room, the widest give way."""
        wanted, left = self._wanted(text), room - 10 * self._scale * len(text.badges)
        whole = {at: wanted[at] for at, badge in enumerate(text.badges) if badge.bell}  # where it sounds
        others = shared_out([w for at, w in enumerate(wanted) if at not in whole], left - sum(whole.values()))
        rest = iter(others)
        return [whole[at] if at in whole else next(rest) for at in range(len(wanted))]

    def _bell(self, badge: Badge) -> float:
        """Return the width that the badge's sign takes."""
        return 28 * self._scale if badge.bell else 0.0

    def _face(self, badge: Badge) -> QFont:
        pixels = 18 if self._fullness is Fullness.WIDE else 15
        return font(round(pixels * self._scale), bold=badge.role != "quiet")

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
        if badge.bell:
            sign = QRectF(inner.x(), box.y() + 6 * u, 24 * u, box.height() - 12 * u)
            draw_bell(painter, sign, ink, off=badge.bell == "crossed")
            inner.adjust(self._bell(badge), 0, 0, 0)
        lines, pixels = self._badge_lines(badge), 18 if self._fullness is Fullness.WIDE else 15
        bold = badge.role != "quiet"
        self._lines(painter, lines, inner.adjusted(-1, 0, 1, 0), pixels, CENTRE, ink=ink, bold=bold)

    def _lines(
        self,
        painter: QPainter,
        lines: tuple[str, ...],
        box: QRectF,
        pixels: float,
        align: Qt.AlignmentFlag,
        *,
        ink: str = theme.QUIET,
        bold: bool = False,
    ) -> None:
        """Paint one or two lines in the middle of `box`, at most as high as `pixels` of the design."""
        u = self._scale
        each = 17 * u if len(lines) > 1 else box.height()
        top = box.center().y() - each * len(lines) / 2
        for number, line in enumerate(lines):
            face = fitting(line, round(pixels * u), box.width() + 1, smallest=round(12 * u), bold=bold)
            draw(painter, QRectF(box.x(), top + number * each, box.width(), each), line, face, ink, align)
