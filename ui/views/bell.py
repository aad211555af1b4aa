"""The bell: it sounds, its audio is paused (a dashed X, after IEC 60417-5576), or off (a solid one)."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen


def draw_bell(painter: QPainter, box: QRectF, ink: str, *, paused: bool = False, off: bool = False) -> None:
    """Draw it in the middle of `box`."""
    size = min(box.width(), box.height())
    x, y, h = box.center().x(), box.center().y(), size / 2
    body = QPainterPath(QPointF(x - 0.8 * h, y + 0.5 * h))
    body.cubicTo(x - 0.4 * h, y + 0.2 * h, x - 0.7 * h, y - 0.8 * h, x, y - 0.8 * h)
    body.cubicTo(x + 0.7 * h, y - 0.8 * h, x + 0.4 * h, y + 0.2 * h, x + 0.8 * h, y + 0.5 * h)
    body.closeSubpath()
    painter.save()
    pen = QPen(QColor(ink), max(1.5, size * 0.08))
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(body)
    painter.setBrush(QColor(ink))
    painter.drawEllipse(QPointF(x, y + 0.68 * h), 0.16 * h, 0.16 * h)
    if paused or off:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # a square one would fill the gaps
        pen.setWidthF(max(2.0, size * 0.11))
        if not off:
            pen.setDashPattern([2.2, 1.4])
        painter.setPen(pen)
        painter.drawLine(QPointF(x - h, y - h), QPointF(x + h, y + h))
        painter.drawLine(QPointF(x - h, y + h), QPointF(x + h, y - h))
    painter.restore()
