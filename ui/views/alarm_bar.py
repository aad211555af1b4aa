"""The alarm bar: the highest priority's light across the window, its rows, and *Acknowledge*."""

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui.presenters.alarm_rows import REFUSED, BarText, RowText, hidden_text, next_row, to_acknowledge
from ui.presenters.audio_pause import PauseText
from ui.presenters.connection import Banner
from ui.presenters.priority import RANK
from ui.views import theme
from ui.views.bell import draw_bell
from ui.views.text import CENTRE, LEFT, RIGHT, draw, draw_headline, fitting, font, headline_size, width_of

KEY = Qt.Key.Key_F2
KEY_NAME = "F2"
PAUSE_KEY = Qt.Key.Key_F3
PAUSE_SHARE, PAUSED_SHARE = 0.36, 0.48
"""What the button for the audio pause takes of the height, before and while it runs."""
ROWS_SHOWN = 3
HEADLINE_SHARE = 0.58
"""Of a row's height: also of three, with the footer, the capitals are 6 mm high (23 design pixels)."""
LARGER = 1.4
"""A row's text may be so much larger than one of the same or a higher priority, not more."""
_NO_PAUSE = PauseText(False)
_BUTTON = """
QPushButton {{ background: {fill}; color: {ink}; border: {line}px solid {edge}; border-radius: {round}px;
               font-family: "{family}"; font-size: {pixels}px; font-weight: bold; }}
QPushButton:focus {{ border-color: {focus}; }}
QPushButton:pressed {{ background: {pressed}; }}
"""


class AlarmBar(QWidget):
    """Paints one BarText, or the banner of a lost connection in its place."""

    acknowledged = Signal(object)
    """The (occurrence, priority seen) pairs of the rows that were on the screen."""
    pause_asked = Signal(str)
    """"pause" or "resume", as the button's face said."""
    row_pause_asked = Signal(str)
    """The key of the row whose bell was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._bar = BarText((), None, False)
        self._banner: Banner | None = None
        self._lit: frozenset[str] = frozenset()
        self._notice = ""
        self._scale = 1.0
        self._station = False  # the button is for this station's own sound
        self.button = QPushButton(self)
        self.button.clicked.connect(self._pressed)
        self._pause = PauseText(False)
        self.selected = ""  # key of a row
        self._boxes: list[tuple[str, QRectF, QRectF]] = []  # key, row, bell
        self.button.installEventFilter(self)
        self._quiet = ""  # who sounds instead of the bed, in full
        self.pause = QPushButton(self)
        self.pause.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a space meant for Acknowledge pauses nothing
        self.pause.clicked.connect(lambda: self.pause_asked.emit(self._pause.command))
        self._dress()

    def show_bar(
        self,
        bar: BarText,
        banner: Banner | None,
        *,
        lit: frozenset[str],
        notice: str,
        station_sounds: bool,
        scale: float,
        pause: PauseText = _NO_PAUSE,
        quiet: str = "",
    ) -> None:
        """Paint `bar`, or `banner` when there is no connection; `lit` are the priorities lit now."""
        if not bar.flashing and banner is None:
            lit = frozenset()  # steady: no reason to paint again
        before = (self._bar, self._banner, self._lit, self._notice, self._station, self._scale, self._pause)
        if (*before, self._quiet) == (bar, banner, lit, notice, station_sounds, scale, pause, quiet):
            return
        dress = (bar.flashing, banner, station_sounds, scale, pause) != (
            self._bar.flashing,
            self._banner,
            self._station,
            self._scale,
            self._pause,
        )
        self._pause, self._quiet = pause, quiet
        self._bar, self._banner, self._lit, self._notice = bar, banner, lit, notice
        if self.selected not in {row.key for row in self.shown}:
            self.selected = ""
        self._station, self._scale = station_sounds, scale
        if dress:
            self._dress()
        self._speak()
        self.update()

    @property
    def shown(self) -> tuple[RowText, ...]:
        """Return the rows that are on the screen."""
        return () if self._banner is not None else self._bar.rows[:ROWS_SHOWN]

    def sizeHint(self) -> QSize:
        """Return a size that a layout may ignore."""
        return QSize(800, 196)

    def press_pause(self) -> None:
        """Do what the pause's button says, as a key; nothing while it is not there."""
        if self._banner is None:
            self.pause.click()

    def select(self, step: int) -> None:
        """Select the row below (1) or above (-1)."""
        self.selected = next_row(self.shown, self.selected, step)
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows select a row while *Acknowledge* has the focus, which stays there."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.press(event.key()):
            return True
        return super().eventFilter(watched, event)

    def press(self, key: int) -> bool:
        """Select by an arrow; False when it is none, or there is nothing to select."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(key))
        if step is None or not self.shown:
            return False
        self.select(step)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the row pressed; its bell asks for its pause, or the end of it."""
        for key, row, bell in self._boxes:
            if bell.contains(event.position()):
                self.row_pause_asked.emit(key)
            elif row.contains(event.position()):
                self.selected = "" if self.selected == key else key
                self.update()

    def _pressed(self) -> None:
        pairs = to_acknowledge(self.shown)
        if pairs or self._station:
            self.acknowledged.emit(pairs)

    def _speak(self) -> None:
        if self._banner is not None:
            said = f"{self._banner.headline}, {self._banner.detail}"
        else:
            said = "; ".join(row.spoken for row in self._bar.rows) or "No alarms"
        if said != self.accessibleDescription():
            self.setAccessibleName("Alarms")
            self.setAccessibleDescription(said)

    def _dress(self) -> None:
        """Set the button's words and look; it is bright only while there is something to do."""
        active = self._station or (self._banner is None and self._bar.flashing)
        self.button.setEnabled(active)
        what = "Acknowledge" if self._banner is None else "Acknowledge\nthis screen's\nsound"
        self.button.setText(f"{what}\n({KEY_NAME})" if active else what)
        self.button.setAccessibleName("Acknowledge")
        self.button.setAccessibleDescription("Acknowledges exactly the alarms that are on the screen")
        fill, ink = ("#f4f7fa", "#000000") if active else (theme.PANEL, theme.QUIET)
        self._paint_button(self.button, fill, ink, 25 if self._banner is None else 21)
        self._dress_pause()
        self._place()

    def _dress_pause(self) -> None:
        """Set words and look of the pause's button; without a connection there is nothing to pause."""
        running = self._pause.running
        self.pause.setVisible(self._banner is None)
        self.pause.setText(
            f"AUDIO PAUSED\n{self._pause.left}\nend pause (F3)" if running else "Pause audio\n2 min (F3)"
        )
        self.pause.setAccessibleName("End the audio pause" if running else "Pause audio for two minutes")
        self.pause.setAccessibleDescription(self._pause.spoken)
        fill, ink = (theme.WARNING, "#000000") if running else (theme.PANEL, theme.TEXT)
        self._paint_button(self.pause, fill, ink, 23 if running else 18)

    def _paint_button(self, button: QPushButton, fill: str, ink: str, pixels: int) -> None:
        u = self._scale
        button.setStyleSheet(
            _BUTTON.format(
                fill=fill,
                ink=ink,
                edge="#000000" if ink == "#000000" else theme.LINE,
                focus=theme.FOCUS,
                pressed="#b9c6d3",
                line=max(2, round(3 * u)),
                round=round(10 * u),
                family=theme.FAMILY,
                pixels=round(pixels * u),
            )
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button at the right edge."""
        self._place()

    def _place(self) -> None:
        u = self._scale
        width, edge = round(216 * u), round(10 * u)
        x, height = self.width() - width - edge, self.height() - 2 * edge
        share = PAUSED_SHARE if self._pause.running else PAUSE_SHARE
        below = round(height * share) if self._banner is None else 0
        self.button.setGeometry(x, edge, width, height - below - (edge if below else 0))
        self.pause.setGeometry(x, edge + height - below, width, below)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the light, then the rows or the banner over it."""
        painter = QPainter(self)
        self._boxes = []
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        priority = "high" if self._banner is not None else self._bar.light
        self._light(painter, priority)
        room = QRectF(0, 0, self.button.x(), self.height()).adjusted(
            14 * self._scale, 10 * self._scale, -12 * self._scale, -10 * self._scale
        )
        if self._banner is not None:
            self._paint_banner(painter, self._banner, room)
        elif not self._bar.rows:
            said = self._notice or " · ".join(filter(None, ("No alarms", self._pause.headline)))
            ink = theme.WARNING if self._pause.running or said.startswith(REFUSED) else theme.QUIET
            big, small = round(30 * self._scale), round(18 * self._scale)
            draw(painter, room, said, fitting(said, big, room.width(), smallest=small), ink, CENTRE)
            below = room.adjusted(0, room.height() * 0.72, 0, 0)
            big, small = round(20 * self._scale), round(14 * self._scale)
            face = fitting(self._quiet, big, below.width(), smallest=small)
            draw(painter, below, self._quiet, face, theme.WARNING, CENTRE)
        else:
            self._paint_rows(painter, room)

    def _light(self, painter: QPainter, priority: str | None) -> None:
        if priority is None:
            painter.fillRect(self.rect(), QColor(theme.PANEL))
            return
        lit, _, dark, _ = theme.ALARMS[priority]
        calm = self._banner is None and not self._bar.flashing
        painter.fillRect(self.rect(), QColor(lit if priority in self._lit and not calm else dark))
        edge = round(8 * self._scale)
        painter.setPen(QPen(QColor(lit), 2 * edge))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect())

    def _paint_banner(self, painter: QPainter, banner: Banner, room: QRectF) -> None:
        u = self._scale
        ink = theme.ALARMS["high"][1]
        room = room.adjusted(8 * u, 0, 0, 0)
        head = fitting(banner.headline, round(58 * u), room.width(), smallest=round(30 * u), bold=True)
        draw(painter, QRectF(room.x(), room.y(), room.width(), 84 * u), banner.headline, head, ink, LEFT)
        painter.setFont(font(round(22 * u), bold=True))
        below = room.adjusted(0, 88 * u, 0, 0)
        detail = f"{banner.detail}\n{self._notice}" if self._notice else banner.detail
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap), detail)

    def _paint_rows(self, painter: QPainter, room: QRectF) -> None:
        u = self._scale
        rows = self.shown
        more = hidden_text(self._bar.rows[len(rows) :])
        foot = 24 * u if more or self._notice else 0.0
        gap = 4 * u
        each = min(110 * u, (room.height() - foot - gap * (len(rows) - 1)) / len(rows))
        places = [
            QRectF(room.x(), room.y() + number * (each + gap), room.width(), each)
            for number in range(len(rows))
        ]
        fits = [self._fit(row, place) for row, place in zip(rows, places, strict=True)]
        for row, place in zip(rows, places, strict=True):
            above = [
                fit
                for fit, other in zip(fits, rows, strict=True)
                if RANK[other.priority] >= RANK[row.priority]
            ]
            self._paint_row(painter, row, place, most=round(LARGER * min(above)))
        if foot:
            self._footer(painter, QRectF(room.x(), room.bottom() - foot + 3 * u, room.width(), foot), more)

    def _footer(self, painter: QPainter, box: QRectF, more: str) -> None:
        """Paint how many rows found no place, and the notice in what room is left."""
        u = self._scale
        refused = self._notice.startswith(REFUSED)
        painter.fillRect(box, QColor(theme.WARNING if refused else "#000000"))
        face = font(round(19 * u), bold=True)
        inner = box.adjusted(8 * u, 0, -8 * u, 0)
        draw(painter, inner, more, face, "#000000" if refused else theme.TEXT, RIGHT)
        taken = width_of(more, face) + 16 * u if more else 0.0
        room = inner.width() - taken
        said = fitting(self._notice, round(19 * u), room, smallest=round(14 * u), bold=True)
        draw(
            painter,
            inner.adjusted(0, 0, -taken, 0),
            self._notice,
            said,
            "#000000" if refused else theme.WARNING,
        )

    def _fit(self, row: RowText, box: QRectF) -> float:
        """Return how large the row's text can be, in pixels."""
        u, big = self._scale, round(min(40 * self._scale, box.height() * HEADLINE_SHARE))
        mark, age = font(big, bold=True), font(round(big * 0.8), bold=True)
        taken = (66 + 16 + 32) * u + width_of("!!!", mark) + width_of(row.age, age)
        return headline_size(row.text, big, box.width() - taken, box.height() * 0.54)

    def _paint_row(self, painter: QPainter, row: RowText, box: QRectF, *, most: int) -> None:
        """Paint symbol, what it is, first step; at the right how long, and who knows."""
        lit, on_lit, dark, on_dark = theme.ALARMS[row.priority]
        u = self._scale
        new = row.state == "unack"
        bright = new and row.priority in self._lit
        painter.setPen(QPen(QColor(on_lit if bright else on_dark), 2 * u))
        painter.setBrush(QColor(lit if bright else dark if new else theme.BACKGROUND))
        painter.drawRoundedRect(box.adjusted(u, u, -u, -u), 6 * u, 6 * u)
        ink = on_lit if bright else theme.TEXT
        box = self._paint_bell(painter, row, box, ink)
        h = box.height()
        big, small = round(min(40 * u, h * HEADLINE_SHARE)), round(min(25 * u, h * 0.31))
        upper = QRectF(box.x() + 12 * u, box.y() + h * 0.05, box.width() - 24 * u, h * 0.54)
        lower = QRectF(upper.x(), box.y() + h * 0.60, upper.width(), h * 0.36)
        mark = font(big, bold=True)
        indent = width_of("!!!", mark) + 18 * u
        draw(painter, upper, row.symbol, mark, ink if bright else on_dark, LEFT)
        age = font(round(big * 0.8), bold=True)
        aged = width_of(row.age, age) + 14 * u
        draw(painter, upper, row.age, age, ink, RIGHT)
        named = upper.adjusted(indent, 0, -aged, 0)
        draw_headline(painter, named, row.text, min(big, most), ink, italic=row.state == "latched")
        who = font(small, bold=True)
        known = min(width_of(row.state_text, who) + 14 * u, lower.width() * 0.5) if row.state_text else 0.0
        draw(painter, lower.adjusted(lower.width() - known, 0, 0, 0), row.state_text, who, ink, RIGHT)
        left = lower.adjusted(indent, 0, -known, 0)
        minor = fitting(row.action, small, left.width(), smallest=round(max(small * 0.72, 14 * u)))
        draw(painter, left, row.action, minor, ink, LEFT)

    def _paint_bell(self, painter: QPainter, row: RowText, box: QRectF, ink: str) -> QRectF:
        """Paint the frame of a selected row and its bell, with what is left of its pause; return the rest."""
        u = self._scale
        if row.key == self.selected:
            painter.setPen(QPen(QColor(theme.TEXT), 4 * u))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(3 * u, 3 * u, -3 * u, -3 * u), 6 * u, 6 * u)
        if row.state != "unack" or self._pause.running:
            self._boxes.append((row.key, box, QRectF()))
            return box
        width = 66 * u
        place = QRectF(box.right() - width, box.y(), width, box.height())
        self._boxes.append((row.key, box, place))
        size = min((46 if row.paused else 34) * u, box.height() * (0.56 if row.paused else 0.6))
        left = 21 * u if row.paused else 0.0
        top = place.y() + (place.height() - size - left) / 2
        draw_bell(painter, QRectF(place.x(), top, width, size), ink, paused=bool(row.paused))
        if row.paused:
            under = QRectF(place.x(), top + size, width, left)
            draw(painter, under, row.paused, font(round(20 * u), bold=True), ink, CENTRE)
        return box.adjusted(0, 0, -width + 8 * u, 0)
