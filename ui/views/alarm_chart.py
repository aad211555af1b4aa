"""Paints a judged recording: trends with their limits, and below them a row of bars a condition."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QImage, QPainter, QPen, QPolygonF

from ui.presenters.alarm_chart import (
    MARKS,
    BarRow,
    Chart,
    Curve,
    LimitLine,
    Panel,
    apart,
    span_of,
    time_ticks,
    value_ticks,
)
from ui.views import theme
from ui.views.text import CENTRE, LEFT, RIGHT, draw, fitting, font, width_of

WIDTH = 1600
LEFT_EDGE, RIGHT_EDGE = 230.0, WIDTH - 160.0
TITLE, PANEL, ROW, AXIS, GAP = 56, 250, 26, 34, 34
LABEL = 15
SMALLEST_BAR = 3.0
_Scale = Callable[[float], float]


def save(charts: Sequence[Chart], path: Path) -> bool:
    """Write the charts below one another as one PNG; False when the file cannot be written.

    Needs an application object.
    """
    if QGuiApplication.instance() is None:
        raise RuntimeError("a QGuiApplication must exist before anything is painted")
    heights = [_height(chart) for chart in charts]
    image = QImage(WIDTH, sum(heights), QImage.Format.Format_RGB32)
    image.fill(QColor(theme.BACKGROUND))
    painter = QPainter(image)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for chart, height in zip(charts, heights, strict=True):
            _Painting(painter, chart).paint()
            painter.translate(0, height)
    finally:
        painter.end()
    return bool(image.save(str(path), "PNG"))  # type: ignore[call-overload]


def _height(chart: Chart) -> int:
    return TITLE + len(chart.panels) * (PANEL + GAP) + ROW * max(1, len(chart.rows)) + AXIS + 12


class _Painting:
    def __init__(self, painter: QPainter, chart: Chart) -> None:
        self._painter, self._chart = painter, chart
        self._length = max(chart.to_s - chart.from_s, 1.0)
        self._small = font(LABEL)

    def paint(self) -> None:
        """Paint everything from top to bottom."""
        title, legend_box = QRectF(16, 8, WIDTH - 320, TITLE - 16), QRectF(WIDTH - 300, 8, 284, TITLE - 16)
        face = fitting(self._chart.title, 22, title.width(), smallest=14, bold=True)
        draw(self._painter, title, self._chart.title, face, theme.TEXT)
        legend = "    ".join(f"{MARKS[priority]} {priority}" for priority in theme.ALARMS)
        draw(self._painter, legend_box, legend, self._small, theme.QUIET, RIGHT)
        top = float(TITLE + 22)
        for panel in self._chart.panels:
            self._panel(panel, QRectF(LEFT_EDGE, top, RIGHT_EDGE - LEFT_EDGE, PANEL - 10))
            top += PANEL + GAP
        self._times(TITLE, top - 22 + ROW * max(1, len(self._chart.rows)))
        self._rows(top - 22)

    def _x(self, second: float) -> float:
        return LEFT_EDGE + (second - self._chart.from_s) / self._length * (RIGHT_EDGE - LEFT_EDGE)

    def _times(self, top: float, bottom: float) -> None:
        painter = self._painter
        ticks = time_ticks(self._chart.from_s, self._chart.to_s)
        form = "h:mm:ss" if any(text.count(":") == 2 for _, text in ticks) else "h:mm"
        draw(painter, QRectF(8, bottom + 6, 160, 20), f"Time, {form}", self._small, theme.QUIET)
        for second, text in ticks:
            x = self._x(second)
            painter.setPen(QPen(QColor(theme.LINE), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QLineF(x, top, x, bottom))
            draw(painter, QRectF(x - 50, bottom + 6, 100, 20), text, self._small, theme.QUIET, CENTRE)

    # --- trends -----------------------------------------------------------------------------------

    def _panel(self, panel: Panel, box: QRectF) -> None:
        low, high = span_of(panel)

        def y(value: float) -> float:
            return box.bottom() - (value - low) / (high - low) * box.height()

        painter = self._painter
        painter.setPen(QPen(QColor(theme.LINE), 1))
        painter.drawRect(box)
        for value in value_ticks(low, high):
            place = QRectF(box.left() - 70, y(value) - 10, 62, 20)
            draw(painter, place, f"{value:g}", self._small, theme.QUIET, RIGHT)
        self._heading(panel, box)
        self._limits(panel.limits, box, y)
        for curve in panel.curves:
            self._curve(curve, y)
        painter.setPen(QPen(QColor(theme.channel_colour("nibp")), 2))
        for reading in panel.readings:
            x, top, bottom = self._x(reading.t_s), y(reading.high), y(reading.low)
            painter.drawLine(QLineF(x, top, x, bottom))
            for end in (top, bottom):
                painter.drawLine(QLineF(x - 4, end, x + 4, end))

    def _heading(self, panel: Panel, box: QRectF) -> None:
        """Name the curves in their colours, above the plot."""
        x, face = box.left(), font(LABEL + 1, bold=True)
        names = [(curve.label, curve.role) for curve in panel.curves]
        if panel.readings:
            names.append(("I Blood pressure", "nibp"))
        for label, role in [*names, (panel.unit, "neutral")]:
            width = width_of(label, face)
            draw(
                self._painter,
                QRectF(x, box.top() - 24, width + 2, 22),
                label,
                face,
                theme.channel_colour(role),
            )
            x += width + 22

    def _limits(self, limits: tuple[LimitLine, ...], box: QRectF, y: _Scale) -> None:
        painter = self._painter
        ordered = sorted(limits, key=lambda line: -line.value)
        places = apart([y(line.value) for line in ordered], LABEL + 2.0, box.top() - 4, box.bottom() + 4)
        for line, place in zip(ordered, places, strict=True):
            colour = theme.ALARMS[line.priority][3]
            at = y(line.value)
            painter.setPen(QPen(QColor(theme.dimmed(colour, 0.7)), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(box.left(), at, box.right(), at))
            painter.setPen(QPen(QColor(theme.dimmed(colour, 0.7)), 1))
            painter.drawLine(QLineF(box.right(), at, box.right() + 14, place))
            label = QRectF(box.right() + 18, place - 10, WIDTH - box.right() - 22, 20)
            draw(painter, label, line.text, self._small, colour)

    def _curve(self, curve: Curve, y: _Scale) -> None:
        """Paint the runs between missing values; a value alone is a dot."""
        colour = QColor(theme.channel_colour(curve.role))
        self._painter.setPen(QPen(colour, 1.6))
        run: list[QPointF] = []
        for second, value in (*curve.points, (self._chart.to_s, None)):
            if value is not None:
                run.append(QPointF(self._x(second), y(value)))
                continue
            if len(run) == 1:
                self._painter.setBrush(QBrush(colour))
                self._painter.drawEllipse(run[0], 1.5, 1.5)
                self._painter.setBrush(Qt.BrushStyle.NoBrush)
            elif run:
                self._painter.drawPolyline(QPolygonF(run))
            run = []

    # --- alarms -----------------------------------------------------------------------------------

    def _rows(self, top: float) -> None:
        if not self._chart.rows:
            box = QRectF(LEFT_EDGE, top, RIGHT_EDGE - LEFT_EDGE, ROW)
            draw(self._painter, box, "No alarm", font(LABEL + 1, bold=True), theme.TEXT)
        for number, row in enumerate(self._chart.rows):
            self._row(row, top + number * ROW)

    def _row(self, row: BarRow, top: float) -> None:
        painter = self._painter
        draw(painter, QRectF(8, top, LEFT_EDGE - 20, ROW), row.label, self._small, theme.TEXT, RIGHT)
        for bar in row.bars:
            lit, on_lit, dark, _ = theme.ALARMS[bar.priority]
            x = self._x(bar.from_s)
            box = QRectF(x, top + 4, max(SMALLEST_BAR, self._x(bar.to_s) - x), ROW - 8)
            painter.setPen(QPen(QColor(lit), 1))
            painter.setBrush(QBrush(QColor(dark if bar.latched else lit)))
            painter.drawRect(box)
            mark = "seen by nobody" if bar.latched else MARKS[bar.priority]
            face = font(13, bold=True)
            if box.width() > width_of(mark, face) + 10:
                colour = lit if bar.latched and bar.priority != "high" else on_lit
                draw(painter, box.adjusted(6, 0, 0, 0), mark, face, colour, LEFT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
