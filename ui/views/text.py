"""Drawing one line of text: fonts by pixel size, cut with an ellipsis, never over its neighbour."""

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from ui.views import theme

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


@cache
def font(pixels: int, *, bold: bool = False, italic: bool = False, condensed: bool = False) -> QFont:
    """Return the theme's font at a height in pixels."""
    made = QFont(theme.FAMILY)
    made.setPixelSize(max(8, pixels))
    made.setBold(bold)
    made.setItalic(italic)
    if condensed:
        made.setStretch(QFont.Stretch.SemiCondensed)
    return made


def width_of(text: str, face: QFont) -> float:
    """Return the width of `text` in pixels."""
    return QFontMetricsF(face).horizontalAdvance(text)


def fitting(
    text: str, pixels: int, width: float, *, smallest: int, bold: bool = False, italic: bool = False
) -> QFont:
    """Return the largest font up to `pixels` in which `text` fits `width`, not below `smallest`."""
    wanted = font(pixels, bold=bold, italic=italic)
    needed = width_of(text, wanted)
    if needed <= width or needed == 0:
        return wanted
    return font(max(smallest, int(pixels * width / needed)), bold=bold, italic=italic)


def in_two(text: str, face: QFont) -> tuple[str, ...]:
    """Return `text` on the two lines that need the least width; one line when it is one word."""
    words = text.split(" ")
    splits = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return min(splits, key=lambda pair: max(width_of(line, face) for line in pair), default=(text,))


def draw(
    painter: QPainter,
    box: QRectF,
    text: str,
    face: QFont,
    colour: str,
    align: Qt.AlignmentFlag = LEFT,
) -> None:
    """Draw one line inside `box`; what does not fit ends in an ellipsis."""
    if not text or box.width() <= 0:
        return
    painter.setFont(face)
    painter.setPen(QColor(colour))
    cut = QFontMetricsF(face).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(align) | int(Qt.TextFlag.TextDontClip), cut)


def headline_size(text: str, pixels: int, width: float, height: float) -> int:
    """Return how large a bold text is drawn on one line or on two, up to `pixels`."""
    halved = round(height * 0.46)  # each of two lines
    least = min(round(pixels * 0.7), halved)  # on one line, where two would be no larger
    one = fitting(text, pixels, width, smallest=least, bold=True)
    return one.pixelSize() if width_of(text, one) <= width else min(pixels, halved)


def draw_headline(
    painter: QPainter, box: QRectF, text: str, pixels: int, colour: str, *, italic: bool = False
) -> None:
    """Draw a bold text as large as fits, up to `pixels`; a long one on two lines that share the box."""
    size = headline_size(text, pixels, box.width(), box.height())
    face = font(size, bold=True, italic=italic)
    if width_of(text, face) <= box.width():
        draw(painter, box, text, face, colour)
        return
    words = text.split(" ")
    upper = len(words)
    while upper > 1 and width_of(" ".join(words[:upper]), face) > box.width():
        upper -= 1
    half = box.height() / 2
    top = QRectF(box.x(), box.y(), box.width(), half)
    draw(painter, top, " ".join(words[:upper]), face, colour)
    draw(painter, top.translated(0, half), " ".join(words[upper:]), face, colour)
