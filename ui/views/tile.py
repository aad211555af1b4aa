"""One number, painted to be read across the room."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.presenters.tiles import NIBP, TileText
from ui.views import theme
from ui.views.text import LEFT, RIGHT, draw, fitting, font, width_of

OFF_HEIGHT = 34
"""Of the line that says which alarms of the number are off."""
LOW = 170
"""A tile below this height is low."""
_WIDEST = {NIBP: "188/188"}


def _limits(text: TileText) -> tuple[str, ...]:
    """Return the limits as the tile may say them, the fullest first: with "changed", or its mark alone."""
    if not text.changed:
        return (text.limits,)
    return f"✎ changed  {text.limits}".rstrip(), f"✎ {text.limits}".rstrip()


class VitalTile(QWidget):
    """Paints one TileText: alarm colour by fill and border, stale numbers hollow and grey."""

    pressed = Signal(str)
    """The channel, when somebody presses the number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text: TileText | None = None
        self._lit = True
        self._scale = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def show_text(self, text: TileText, *, lit: bool, scale: float) -> None:
        """Paint `text`; `lit` is the flash clock's word for the alarm's priority."""
        lit = lit or text.alarm is None or text.alarm_state != "unack"
        if (text, lit, scale) == (self._text, self._lit, self._scale):
            return
        if self._text is None or text.spoken != self._text.spoken:
            self.setAccessibleName(text.label)
            self.setAccessibleDescription(text.spoken)
        self._text, self._lit, self._scale = text, lit, scale
        self.update()

    @property
    def text(self) -> TileText | None:
        """Return what is shown."""
        return self._text

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell which number was pressed."""
        if self._text is not None:
            self.pressed.emit(self._text.channel)

    def sizeHint(self) -> QSize:
        """Return a size that a layout may ignore."""
        return QSize(300, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint frame, label, limits, number and note."""
        text = self._text
        if text is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        filled = text.alarm is not None and text.alarm_state == "unack" and self._lit
        self._frame(painter, text, filled=filled)
        ink = theme.ALARMS[text.alarm][1] if filled and text.alarm else theme.channel_colour(text.colour)
        quiet = ink if filled else theme.QUIET
        self._edges(painter, text, ink, quiet)
        self._number(painter, text, ink)
        self._off(painter, text)

    def _frame(self, painter: QPainter, text: TileText, *, filled: bool) -> None:
        u = self._scale
        box = QRectF(self.rect()).adjusted(3 * u, 3 * u, -3 * u, -3 * u)
        pen = QPen(QColor(theme.LINE), max(1.0, 1.5 * u))
        fill = theme.PANEL
        if text.alarm is not None:
            lit, _, dark, _ = theme.ALARMS[text.alarm]
            pen = QPen(QColor(lit), 6 * u if text.alarm_state != "latched" else 3 * u)
            if text.alarm_state == "latched":
                pen.setStyle(Qt.PenStyle.DashLine)
            fill = lit if filled else dark if text.alarm_state == "unack" else theme.PANEL
        elif text.style in ("stale", "absent"):
            pen.setStyle(Qt.PenStyle.DashLine)
            pen.setColor(QColor(theme.STALE))
        painter.setPen(pen)
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(box, 8 * u, 8 * u)

    def _edges(self, painter: QPainter, text: TileText, ink: str, quiet: str) -> None:
        u = self._scale
        w, h = self.width(), self.height()
        x = 16 * u
        self._headline(painter, text, QRectF(x, 10 * u, w - 2 * x, 32 * u), ink, quiet)
        bottom = QRectF(x, h - 40 * u, w - 2 * x, 30 * u)
        extra = font(round(27 * u), bold=True)
        draw(painter, bottom, text.extra, extra, theme.STALE if text.style == "stale" else ink, RIGHT)
        beside = self._off_width(text) + 12 * u if text.off and self._off_beside(text) else 0.0
        room = bottom.width() - beside - (width_of(text.extra, extra) + 12 * u if text.extra else 0)
        urgent = text.style != "normal"
        face = fitting(text.note, round(21 * u), room, smallest=round(15 * u), bold=urgent)
        note_ink = quiet if quiet != theme.QUIET or not urgent else theme.TEXT
        draw(painter, QRectF(x + beside, bottom.y(), room, bottom.height()), text.note, face, note_ink, LEFT)

    def _headline(self, painter: QPainter, text: TileText, box: QRectF, ink: str, quiet: str) -> None:
        """Paint label, unit and limits on one line, smaller when the tile is narrow."""
        u = self._scale
        symbol = f"{text.symbol} ✓" if text.alarm_state == "ack" else text.symbol
        name = f"{text.label} {symbol}".strip()
        gap = 9 * u
        marked = theme.WARNING if text.changed and quiet == theme.QUIET else quiet
        for said, share in ((said, share) for said in _limits(text) for share in (1.0, 0.9, 0.8, 0.7)):
            label = font(round(26 * u * share), bold=True)
            unit, limits = font(round(17 * u * share)), font(round(19 * u * share), bold=text.changed)
            named, united = width_of(name, label) + gap, width_of(text.unit, unit) + 1.5 * gap
            if named + united + width_of(said, limits) <= box.width():
                break
        draw(painter, box, name, label, ink)
        draw(painter, box.adjusted(named, 4 * u, 0, 4 * u), text.unit, unit, quiet)
        draw(
            painter,
            box.adjusted(named + united, 2 * u, 0, 2 * u),
            said or _limits(text)[-1],
            limits,
            marked,
            RIGHT,
        )

    def _number(self, painter: QPainter, text: TileText, ink: str) -> None:
        u = self._scale
        off = (8 if self._off_beside(text) else OFF_HEIGHT + 8) * u if text.off else 0.0
        below = 18 * u if self._alone(text) else (50 if text.channel == NIBP else 42) * u  # "/" goes deeper
        area = QRectF(14 * u, 44 * u, self.width() - 28 * u, self.height() - 44 * u - below - off)
        widest = max(_WIDEST.get(text.channel, "188"), text.value, key=len)
        probe = font(200, bold=True, condensed=True)
        digit_height = -QFontMetricsF(probe).tightBoundingRect("8").top() / 200
        pixels = int(min(area.height() / digit_height, area.width() / width_of(widest, probe) * 200))
        face = font(pixels, bold=True, condensed=True)
        baseline = area.center().y() + pixels * digit_height / 2
        start = QPointF(area.center().x() - width_of(text.value, face) / 2, baseline)
        path = QPainterPath()
        path.addText(start, face, text.value)
        if text.style == "stale":
            painter.setPen(QPen(QColor(theme.STALE), max(1.5, 2.5 * u)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            weak = text.style != "normal" and ink == theme.channel_colour(text.colour)
            painter.setBrush(QColor(theme.QUIET if weak else ink))
        painter.drawPath(path)

    def _alone(self, text: TileText) -> bool:
        """Return whether the number of a low tile may take the lowest line too: nothing is said there."""
        low = self.height() < LOW * self._scale
        return low and not (text.note or text.extra or text.off)

    def _off_beside(self, text: TileText) -> bool:
        """Return whether what is off has room in the lowest line, so that the number keeps its size."""
        u = self._scale
        if not text.note and not text.extra:
            return True
        note = width_of(text.note, font(round(21 * u), bold=text.style != "normal"))
        extra = width_of(text.extra, font(round(27 * u), bold=True))
        return self._off_width(text) + note + extra + 24 * u <= self.width() - 32 * u

    def _off_width(self, text: TileText) -> float:
        u = self._scale
        return min(width_of(text.off, font(round(21 * u), bold=True)) + 54 * u, self.width() - 28 * u)

    def _off(self, painter: QPainter, text: TileText) -> None:
        """Paint which alarms of this number are off: a struck triangle, and in words."""
        if not text.off:
            return
        u, high = self._scale, OFF_HEIGHT * self._scale
        above = 0.0 if self._off_beside(text) else high + 2 * u
        box = QRectF(14 * u, self.height() - 42 * u - above, self._off_width(text), high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.WARNING))
        painter.drawRoundedRect(box, 5 * u, 5 * u)
        self._struck_triangle(painter, QRectF(box.x() + 9 * u, box.y() + 5 * u, 27 * u, high - 11 * u))
        words = box.adjusted(43 * u, 0, -5 * u, 0)
        said = text.off
        if width_of(said, font(round(16 * u), bold=True)) > words.width():
            said = said.removeprefix("alarm ")  # the triangle says that
        face = fitting(said, round(21 * u), words.width(), smallest=round(12 * u), bold=True)
        draw(painter, words, said, face, "#000000", LEFT)

    def _struck_triangle(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(QPen(QColor("#000000"), 2.6 * self._scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()])
        painter.drawLine(box.topLeft(), box.bottomRight())
        painter.drawLine(box.topRight(), box.bottomLeft())
