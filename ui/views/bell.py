"""The bell: it sounds, its audio is paused (a dashed X, after IEC 60417-5576), or off (a solid one)."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

CROSSED_SHARE = 0.88
"""Of its box: what a crossed bell takes, for the ends of the X stand outside it."""
DASHES = ((0.0, 0.42), (0.72, 1.0))
"""Of each arm of the X, from its middle: whole within the bell, a gap at its outline, an end outside it."""


def draw_bell(painter: QPainter, box: QRectF, ink: str, *, paused: bool = False, off: bool = False) -> None:
    """Draw it in the middle of `box`."""
    size = min(box.width(), box.height())
    x, y, h = box.center().x(), box.center().y(), size / 2
    painter.save()
    pen = QPen(QColor(ink), max(1.5, size * 0.08))
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    bell = h * CROSSED_SHARE if paused or off else h
    painter.drawPath(_bell(box.center(), bell))
    painter.setBrush(QColor(ink))
    painter.drawEllipse(QPointF(x, y + 0.68 * bell), 0.16 * bell, 0.16 * bell)
    if paused or off:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # a square one would fill the gaps
        pen.setWidthF(max(2.0, size * 0.09))
        painter.setPen(pen)
        for arm in (QPointF(-h, -h), QPointF(h, -h), QPointF(-h, h), QPointF(h, h)):
            for begin, end in DASHES if paused else ((0.0, 1.0),):
                painter.drawLine(box.center() + arm * begin, box.center() + arm * end)
    painter.restore()


def _bell(centre: QPointF, h: float) -> QPainterPath:
    x, y = centre.x(), centre.y()
    body = QPainterPath(QPointF(x - 0.8 * h, y + 0.5 * h))
    body.cubicTo(x - 0.4 * h, y + 0.2 * h, x - 0.7 * h, y - 0.8 * h, x, y - 0.8 * h)
    body.cubicTo(x + 0.7 * h, y - 0.8 * h, x + 0.4 * h, y + 0.2 * h, x + 0.8 * h, y + 0.5 * h)
    body.closeSubpath()
    return body
