"""One limit in hand: its value in steps, and what it would have done in the last minutes."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ui.presenters.limits_picture import SPAN_MIN, LimitPicture
from ui.views import theme
from ui.views.limits_style import FIELD, button
from ui.views.text import font
from ui.views.tile import draw_struck_triangle
from ui.views.trend import MinutesAgo

STEPS = (-5.0, -1.0, 1.0, 5.0)


class LimitEdit(QWidget):
    """Paints one limit's numbers and LimitPicture; `stepped` says by how much it should move."""

    stepped = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.picture = _picture()
        self.value, self.range, self.outside = (QLabel(self) for _ in range(3))
        self.value.setObjectName("value")
        self.range.setObjectName("note")
        self.outside.setObjectName("small")
        for label in (self.range, self.outside):
            label.setWordWrap(True)
        self.buttons = [button(f"{step:+g}".replace("-", "−"), self) for step in STEPS]
        self.sign = QLabel(self)
        self.sign.hide()
        self._lay_out()
        self._curve = pg.PlotDataItem(connect="finite")
        self._dots = pg.ScatterPlotItem(size=7, pen=None)
        self._solid, self._dashed = _line(Qt.PenStyle.SolidLine), _line(Qt.PenStyle.DashLine)
        for item in (self._curve, self._dots, self._solid, self._dashed):
            self.picture.addItem(item, ignoreBounds=True)
        self.picture.setXRange(-SPAN_MIN, 0, padding=0.01)

    def _lay_out(self) -> None:
        steps = QHBoxLayout()
        for made, step in zip(self.buttons, STEPS, strict=True):
            made.setAccessibleName(f"{step:+g}")
            made.clicked.connect(lambda *_, by=step: self.stepped.emit(by))
            steps.addWidget(made)
        right = QVBoxLayout()
        right.addLayout(steps)
        right.addWidget(self.range)
        right.addWidget(self.outside)
        right.addStretch(1)
        below = QHBoxLayout()
        below.addWidget(self.picture, 1)
        below.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        title = QHBoxLayout()
        title.addWidget(self.sign)
        title.addWidget(self.value, 1)
        layout.addLayout(title)
        layout.addLayout(below, 1)

    def set_scale(self, scale: float) -> None:
        """Set the picture's text, and the sign of an alarm that is off, to this scale."""
        self.sign.setPixmap(_struck(round(24 * scale)))
        for side, room in (("left", 44), ("bottom", 24)):
            axis = self.picture.getAxis(side)
            axis.setStyle(tickFont=font(round(14 * scale)), autoExpandTextSpace=False)
            axis.setWidth(round(room * scale)) if side == "left" else axis.setHeight(round(room * scale))

    def show_numbers(self, value: str, allowed: str, *, may: bool, off: bool = False) -> None:
        """Show "in force < 90 %, new < 88" and the range; without `may` nothing can be stepped."""
        if off is self.sign.isHidden():
            self.sign.setVisible(off)
            self.value.setStyleSheet(f"color: {theme.WARNING};" if off else "")
        for label, said in ((self.value, value), (self.range, allowed)):
            if label.text() != said:
                label.setText(said)
        for made in self.buttons:
            made.setEnabled(may)

    def show_nothing(self) -> None:
        """Show that there is no limit in hand."""
        self.show_numbers("", "", may=False)
        self.outside.setText("")
        self.picture.hide()

    def show_picture(self, picture: LimitPicture) -> None:
        """Paint the number's last minutes, the limit in force solid, its draft dashed."""
        self.picture.show()
        colour = theme.channel_colour(picture.colour)
        times: Any = picture.curve.minutes if picture.curve is not None else []
        values: Any = picture.curve.values if picture.curve is not None else []
        self._curve.setData([] if picture.points else times, [] if picture.points else values)
        self._curve.setPen(pg.mkPen(colour, width=1))
        self._dots.setData(times if picture.points else [], values if picture.points else [])
        self._dots.setBrush(pg.mkBrush(colour))
        self._solid.setValue(picture.in_force)
        self._dashed.setVisible(picture.draft is not None)
        self._dashed.setValue(picture.draft if picture.draft is not None else picture.in_force)
        self.picture.setYRange(picture.low, picture.high, padding=0)
        self.outside.setText(picture.said)
        self.picture.setAccessibleDescription(picture.said)


def _struck(pixels: int) -> QPixmap:
    """Return the struck triangle."""
    made = QPixmap(pixels, pixels)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_struck_triangle(painter, QRectF(2, 2, pixels - 4, pixels - 4), theme.WARNING, pixels / 11)
    painter.end()
    return made


def _line(style: Qt.PenStyle) -> Any:
    """Return a line of one pixel (wider pens cost four times)."""
    return pg.InfiniteLine(angle=0, pen=pg.mkPen(theme.TEXT, width=1, style=style))


def _picture() -> Any:
    plot = pg.PlotWidget(background=FIELD, axisItems={"bottom": MinutesAgo("bottom")})
    plot.setMinimumHeight(40)
    plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
    plot.setAccessibleName(f"The last {SPAN_MIN} minutes")
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setMenuEnabled(False)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    for side in ("left", "bottom"):
        plot.getAxis(side).setPen(pg.mkPen(theme.LINE, width=1))
        plot.getAxis(side).setTextPen(pg.mkPen(theme.QUIET))
    return plot
