"""The trend: oxygen above, rates and cuff readings below, with the limits in force."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QVBoxLayout, QWidget

from monitor.core.catalogue import CATALOGUE
from ui.presenters.trend_lines import Trend
from ui.views import theme
from ui.views.text import font

_OXYGEN = {"spo2"}
_OXYGEN_RANGE = (80.0, 102.0)
_RATES_RANGE = (40.0, 160.0)


class TrendView(QWidget):
    """Paints one Trend with 1 px opaque pens (wider or translucent ones cost four times)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        pg.setConfigOptions(antialias=False, useOpenGL=False)
        self.setAccessibleName("Trend")
        self.oxygen = _plot(_titled(("spo2", "SpO₂ %")))
        rates = (("spo2", "Pulse /min"), ("ecg", "Heart rate /min"), ("nibp", "I NIBP mmHg"))
        self.rates = _plot(_titled(*rates))
        self.oxygen.getAxis("bottom").setStyle(showValues=False)
        self.oxygen.getAxis("left").setTickSpacing(levels=[(10, 0)])  # readable in the lowest window
        self.rates.setXLink(self.oxygen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.oxygen, 2)
        layout.addWidget(self.rates, 3)
        self._curves: dict[str, Any] = {}
        self._bars = pg.PlotDataItem(pen=pg.mkPen(theme.channel_colour("nibp"), width=1), connect="pairs")
        self.rates.addItem(self._bars)
        grey = pg.mkPen(theme.STALE, width=1)
        signs = (("o", None), ("x", pg.mkBrush(theme.STALE)))
        self._struck = [pg.ScatterPlotItem(symbol=sign, pen=grey, brush=fill) for sign, fill in signs]
        for marks in self._struck:
            self.rates.addItem(marks)
        self._limits: tuple[tuple[str, float], ...] | None = None
        self._lines: list[tuple[Any, Any]] = []

    def set_scale(self, scale: float) -> None:
        """Set the axes' text to this scale."""
        for plot in (self.oxygen, self.rates):
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setStyle(tickFont=font(round(15 * scale)), autoExpandTextSpace=False)
            plot.getAxis("left").setWidth(round(52 * scale))
            plot.getPlotItem().titleLabel.setText(plot.title_html, size=f"{round(15 * scale)}px")
            plot.getPlotItem().titleLabel.setMaximumHeight(round(22 * scale))
            plot.getPlotItem().layout.setRowFixedHeight(0, round(22 * scale))
        for marks, size in zip(self._struck, (17, 9), strict=True):
            marks.setSize(round(size * scale))
        self.oxygen.getAxis("bottom").setHeight(round(6 * scale))
        self.rates.getAxis("bottom").setHeight(round(24 * scale))

    def show_trend(self, trend: Trend) -> None:
        """Paint `trend`."""
        self._show_limits(trend.limits)
        self.oxygen.setXRange(-trend.span_min, 0, padding=0)
        for curve in trend.curves:
            self._curve(curve.channel).setData(curve.minutes, curve.values)
        minutes, low, high = trend.bars
        half = trend.span_min / 200
        self._bars.setData(*_whiskers(minutes, low, high, half))
        for marks in self._struck:
            marks.setData(*trend.struck)
        self._fit(trend)

    def _curve(self, channel: str) -> Any:
        item = self._curves.get(channel)
        if item is None:
            pen = pg.mkPen(theme.channel_colour(CATALOGUE[channel].colour), width=1)
            item = self._curves[channel] = pg.PlotDataItem(pen=pen, connect="finite")
            (self.oxygen if channel in _OXYGEN else self.rates).addItem(item)
        return item

    def _show_limits(self, limits: tuple[tuple[str, float], ...]) -> None:
        if limits == self._limits:
            return
        self._limits = limits
        for plot, line in self._lines:
            plot.removeItem(line)
        self._lines = []
        for channel, value in limits:
            plot = self.oxygen if channel in _OXYGEN else self.rates
            role = CATALOGUE[channel].colour if channel in CATALOGUE else "neutral"
            colour = theme.dimmed(theme.channel_colour(role))
            pen = pg.mkPen(colour, width=1, style=pg.QtCore.Qt.PenStyle.DashLine)
            line = pg.InfiniteLine(pos=value, angle=0, pen=pen)
            plot.addItem(line, ignoreBounds=True)
            self._lines.append((plot, line))

    def _fit(self, trend: Trend) -> None:
        """Show the usual range, wider when a value left it: the axis does not jump with every beat."""
        of_oxygen = [curve.values for curve in trend.curves if curve.channel in _OXYGEN]
        of_rates = [curve.values for curve in trend.curves if curve.channel not in _OXYGEN]
        self.oxygen.setYRange(*_wide_enough(_OXYGEN_RANGE, of_oxygen, 102.0), padding=0)
        self.rates.setYRange(
            *_wide_enough(_RATES_RANGE, [*of_rates, *trend.bars[1:], trend.struck[1] + 8], 300), padding=0
        )


class MinutesAgo(pg.AxisItem):  # type: ignore[misc]
    """The time axis, in words: the right end is now."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return "now" and "-5 min"."""
        return ["now" if abs(value) < 1e-6 else f"{value:g} min" for value in values]


def _titled(*parts: tuple[str, str]) -> str:
    """Return a heading that names each curve in its colour."""
    spans = (f"<span style='color:{theme.channel_colour(role)}'>{text}</span>" for role, text in parts)
    return " &nbsp; ".join(spans)


def _plot(title: str) -> Any:
    plot = pg.PlotWidget(background=theme.BACKGROUND, axisItems={"bottom": MinutesAgo("bottom")}, title=title)
    plot.title_html = title
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setMenuEnabled(False)
    plot.showGrid(x=False, y=False)
    for side in ("left", "bottom"):
        plot.getAxis(side).setPen(pg.mkPen(theme.LINE, width=1))
        plot.getAxis(side).setTextPen(pg.mkPen(theme.QUIET))
    return plot


def _wide_enough(usual: tuple[float, float], series: list[Any], top: float) -> tuple[float, float]:
    """Return the usual range, extended in steps of ten to hold every finite value."""
    finite = [values[np.isfinite(values)] for values in series]
    finite = [values for values in finite if len(values)]
    if not finite:
        return usual
    low = min(float(values.min()) for values in finite)
    high = max(float(values.max()) for values in finite)
    return min(usual[0], 10 * (low // 10)), max(usual[1], min(top, 10 * (high // 10 + 1)))


def _whiskers(minutes: Any, low: Any, high: Any, half: float) -> tuple[Any, Any]:
    """Return x and y of an "I" a cuff reading: the bar and its two short ends, as pairs of points."""
    left, right = minutes - half, minutes + half
    x = np.column_stack([minutes, minutes, left, right, left, right]).ravel()
    y = np.column_stack([low, high, low, low, high, high]).ravel()
    return x, y
