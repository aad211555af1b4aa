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


LEAST_NOTE = 0.4
"""What a note keeps of the lowest line, beside the sign of an alarm that is off."""


def _changed(text: TileText) -> tuple[str, ...]:
    """Return what the tile may say of changed limits, the fullest first: themselves, or that some are."""
    if not text.changed:
        return ("",)
    return f"✎ changed: {text.changed}", f"✎ {text.changed}", "✎ changed"


def _off_words(text: TileText) -> tuple[str, ...]:
    """Return what the tile may say of alarms that are off, the fullest first; the sign says "alarm" too."""
    _, _, names = text.off.partition(": ")
    count = len(names.split(", "))
    return text.off, f"off: {names}", f"{count} alarms off" if count > 1 else "alarm off"


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
        room = QRectF(bottom)
        room.setRight(bottom.right() - (width_of(text.extra, extra) + 12 * u if text.extra else 0))
        note = font(round(21 * u), bold=text.style != "normal")
        noted = min(width_of(text.note, note) + 2, LEAST_NOTE * room.width())
        if text.off:
            sign = self._off_sign(text, room.width() - noted - 12 * u)
            self._off(
                painter, sign, QRectF(x - 2 * u, h - 42 * u, self._sign_width(sign), OFF_HEIGHT * u), quiet
            )
            room.setLeft(x + self._sign_width(sign) + 10 * u)
        if text.invalid:
            above = bool(text.off) * (OFF_HEIGHT + 2) * u
            box = QRectF(x + noted + 12 * u, h - 42 * u - above, w - 2 * x - noted - 12 * u, OFF_HEIGHT * u)
            room.setRight(room.right() if text.off else box.x() - 10 * u)
            self._invalid(painter, text.invalid, box)
        face = fitting(text.note, round(21 * u), room.width(), smallest=round(15 * u), bold=note.bold())
        note_ink = quiet if quiet != theme.QUIET or not note.bold() else theme.TEXT
        draw(painter, room, text.note, face, note_ink, LEFT)

    def _invalid(self, painter: QPainter, said: str, box: QRectF) -> None:
        """Paint which reading a person marked, at the right of `box`; the name goes before it is cut."""
        u, pixels = self._scale, round(20 * self._scale)
        if width_of(said, font(round(14 * u), bold=True)) > box.width() - 16 * u:
            said = said.partition(" by ")[0]
        face = fitting(said, pixels, box.width() - 16 * u, smallest=round(14 * u), bold=True)
        box.setLeft(max(box.x(), box.right() - width_of(said, face) - 18 * u))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.TEXT))
        painter.drawRoundedRect(box, 5 * u, 5 * u)
        draw(painter, box.adjusted(8 * u, 0, -6 * u, 0), said, face, "#000000", LEFT)

    def _headline(self, painter: QPainter, text: TileText, box: QRectF, ink: str, quiet: str) -> None:
        """Paint label, unit and limits on one line, smaller when the tile is narrow; changes marked."""
        u = self._scale
        symbol = f"{text.symbol} ✓" if text.alarm_state == "ack" else text.symbol
        name = f"{text.label} {symbol}".strip()
        gap = 9 * u
        *first, last = _changed(text)
        ways = [(said, share) for said in first or [last] for share in (1.0, 0.9, 0.8)]
        for said, share in (*ways, *((said, 0.7) for said in (*first, last))):
            label = font(round(26 * u * share), bold=True)
            unit, limits = font(round(17 * u * share)), font(round(19 * u * share), bold=bool(said))
            plain = font(round(19 * u * share))
            named, united = width_of(name, label) + gap, width_of(text.unit, unit) + 1.5 * gap
            marked = width_of(said, limits) + (1.5 * gap if said and text.limits else 0)
            if named + united + width_of(text.limits, plain) + marked <= box.width():
                break
        draw(painter, box, name, label, ink)
        draw(painter, box.adjusted(named, 4 * u, 0, 4 * u), text.unit, unit, quiet)
        right = box.adjusted(named + united, 2 * u, 0, 2 * u)
        draw(painter, right, said, limits, theme.WARNING if quiet == theme.QUIET else quiet, RIGHT)
        draw(painter, right.adjusted(0, 0, -marked, 0), text.limits, plain, quiet, RIGHT)

    def _number(self, painter: QPainter, text: TileText, ink: str) -> None:
        u = self._scale
        off = (OFF_HEIGHT + 8 if text.invalid else 0 if text.channel == NIBP else 5) * u if text.off else 0.0
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

    def _off_sign(self, text: TileText, room: float) -> str:
        """Return the fullest words on what is off that `room` holds: the number keeps its size."""
        return next((one for one in _off_words(text) if self._sign_width(one) <= room), _off_words(text)[-1])

    def _sign_width(self, said: str) -> float:
        return width_of(said, font(round(18 * self._scale), bold=True)) + 52 * self._scale

    def _off(self, painter: QPainter, said: str, box: QRectF, quiet: str) -> None:
        """Paint which alarms are off: a struck triangle, and in words; dark on an alarm's colour."""
        u = self._scale
        filled = quiet != theme.QUIET
        ink, ground = (theme.WARNING, "#000000") if filled else ("#000000", theme.WARNING)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(box, 5 * u, 5 * u)
        sign = QRectF(box.x() + 9 * u, box.y() + 5 * u, 27 * u, box.height() - 11 * u)
        draw_struck_triangle(painter, sign, ink, 2.6 * u)
        draw(painter, box.adjusted(43 * u, 0, -4 * u, 0), said, font(round(18 * u), bold=True), ink, LEFT)


def draw_struck_triangle(painter: QPainter, box: QRectF, ink: str, width: float) -> None:
    """Draw the sign of an alarm that is off."""
    painter.setPen(QPen(QColor(ink), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()])
    painter.drawLine(box.topLeft(), box.bottomRight())
    painter.drawLine(box.topRight(), box.bottomLeft())
