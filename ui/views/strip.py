"""The live waveforms: one surface for all channels, painting only what is new behind an erase bar.

Columns already drawn live in one image; a frame erases a few columns, adds a few points per lane
and hands only that stripe to the screen. Paper speed is 25 mm/s of a 96 dpi screen.
"""

import math
from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SECOND, Nanos, seconds
from ui.presenters import words
from ui.sweep import Sweep, Values
from ui.views import theme
from ui.views.text import CENTRE, LEFT, draw, fitting, font

PIXELS_PER_S = 25 / 25.4 * 96
ERASE_BAR = 22
STOPPED_AFTER = seconds(2)
SCALE_EVERY = seconds(1)
SCALE_SPAN_S = 6.0
MAX_STEP_S = 1.0
FIRST_BEAT_S = 1.6
"""Heard before the first stroke, so that its scale has seen a whole beat (38/min and faster)."""
FLATTEST = 0.1
"""A trace is never blown up beyond this share of the largest swing seen: a weak pulse looks weak."""


class _Lane:
    """One channel's strip of the surface."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.top = 0.0
        self.height = 1.0
        self.drawn: int | None = None  # the next sample to draw
        self.last: QPointF | None = None  # where the last one was drawn
        self.low, self.high = 0.0, 1.0
        self.widest = 0.0
        self.scaled_at: Nanos | None = None
        self.stopped = False
        self.note = ""
        entry = CATALOGUE.get(sweep.channel)
        self.label = entry.label if entry is not None else sweep.channel
        self.pen = QPen(QColor(theme.channel_colour(entry.colour if entry is not None else "neutral")), 2)

    def rescale(self, now: Nanos) -> None:
        """Follow the size of the signal once a second."""
        if self.scaled_at is not None and now - self.scaled_at < SCALE_EVERY:
            return
        values = self.sweep.latest(SCALE_SPAN_S)
        values = values[np.isfinite(values)]
        if not len(values):
            return
        self.scaled_at = now
        low, high = float(values.min()), float(values.max())
        self.widest = max(self.widest, high - low)
        span = max(high - low, FLATTEST * self.widest, 1e-6)
        middle = (low + high) / 2
        self.low, self.high = middle - span * 0.56, middle + span * 0.56

    def points(self, due: float, x: float, per_sample: float, width: int) -> list[list[QPointF]]:
        """Return the runs of new points up to the sample `due` at column `x`; a gap ends a run."""
        end = min(self.sweep.end, math.floor(due) + 1)
        if self.drawn is None and self.sweep.heard < FIRST_BEAT_S * self.sweep.rate_hz:
            return []  # a scale made of less than a beat draws nonsense
        if self.drawn is None or self.drawn > self.sweep.end:  # the first time, or the counter began anew
            self.drawn, self.last = end, None
        start = max(self.drawn, end - int(width / per_sample))
        if start >= end:
            return []
        first_x = x - (due - start) * per_sample
        if start > self.drawn or not self._joins(first_x, per_sample):
            self.last = None
        self.drawn = end
        return self._runs(self.sweep.between(start, end), first_x, per_sample)

    def _joins(self, x: float, per_sample: float) -> bool:
        """Return whether a point at `x` goes on where the last one was: no line across a pause."""
        return self.last is not None and 0 <= x - self.last.x() <= 4 * max(1.0, per_sample)

    def _runs(self, values: Values, x: float, step: float) -> list[list[QPointF]]:
        gain = self.height / (self.high - self.low)
        bottom = self.top + self.height
        rows = np.clip(bottom - (values - self.low) * gain, self.top, bottom).tolist()
        runs: list[list[QPointF]] = []
        run = [self.last] if self.last is not None else []
        for y in rows:
            if y != y:  # NaN: a gap stays blank
                runs.append(run)
                run = []
            else:
                run.append(QPointF(x, y))
            x += step
        runs.append(run)
        self.last = run[-1] if run else None
        return [one for one in runs if one]


class Strip(QWidget):
    """The surface; `advance` moves it to a moment, everything else follows from the sweeps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setAccessibleName("Waveforms")
        self._lanes: dict[str, _Lane] = {}
        self._image = QImage()
        self._gutter = 100
        self._scale = 1.0
        self._at: Nanos | None = None
        self._x = 0.0
        self._live = True

    def set_sweeps(self, sweeps: Iterable[Sweep]) -> None:
        """Give every sweep its lane, in this order; the same sweeps again change nothing."""
        wanted = list(sweeps)
        if [lane.sweep for lane in self._lanes.values()] == wanted:
            return
        self._lanes = {sweep.channel: _Lane(sweep) for sweep in wanted}
        self._lay_out()

    def set_scale(self, scale: float) -> None:
        """Draw labels and pens to this scale."""
        if scale != self._scale:
            self._scale = scale
            self._lay_out()

    def set_live(self, live: bool) -> None:
        """Say whether there is a connection at all; without one nothing moves."""
        if live != self._live:
            self._live = live
            if live:
                self._lay_out()
            else:
                self._lose()

    def _lose(self) -> None:
        """Grey every trace and say so: what is on the surface is not now."""
        if self._image.isNull():
            return
        painter = QPainter(self._image)
        for lane in self._lanes.values():
            self._shade(painter, lane)
            lane.note = "NO CONNECTION"
        painter.end()
        self.update()

    def _shade(self, painter: QPainter, lane: _Lane) -> None:
        shade = QColor(theme.BACKGROUND)
        shade.setAlpha(170)
        painter.fillRect(QRectF(self._gutter, lane.top - 4, self.columns, lane.height + 8), shade)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Begin with a blank surface."""
        self._lay_out()

    def _lay_out(self) -> None:
        ratio = self.devicePixelRatioF()
        self._gutter = round(92 * self._scale)
        self._image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        self._image.setDevicePixelRatio(ratio)
        self._image.fill(QColor(theme.BACKGROUND))
        self._x = 0.0
        count = max(1, len(self._lanes))
        each = self.height() / count
        margin = min(8 * self._scale, each * 0.08)
        for number, lane in enumerate(self._lanes.values()):
            lane.top, lane.height = number * each + margin, each - 2 * margin
            lane.drawn = lane.last = None
            lane.note = ""
            lane.stopped = False
            lane.pen.setWidthF(max(1.0, round(2 * self._scale)) if count <= 6 else 1.0)
        self.update()

    @property
    def columns(self) -> int:
        """Return how many pixels a sweep is wide."""
        return max(1, self.width() - self._gutter)

    def advance(self, now: Nanos) -> None:
        """Paint what became due since the last call, and ask the screen for that stripe only."""
        before, self._at = self._at, now
        if before is None or not self._live or not self._lanes or self._image.isNull():
            return
        step_s = min(MAX_STEP_S, (now - before) / SECOND)
        old_x, travel = self._x, step_s * PIXELS_PER_S * self._scale
        self._x = (old_x + travel) % self.columns
        painter = QPainter(self._image)
        stripe = self._erase(painter, old_x, travel)
        for lane in self._lanes.values():
            stripe = min(stripe, self._draw_lane(painter, lane, now, wrapped=self._x < old_x))
        painter.end()
        self._show(stripe, old_x + travel)

    def _erase(self, painter: QPainter, x: float, travel: float) -> float:
        """Clear the columns that the bar moves over; return the leftmost column touched."""
        bar = ERASE_BAR * self._scale
        first, end = math.floor(x + bar), math.ceil(x + travel + bar)
        for shift in (0, self.columns):
            left, right = max(0, first - shift), min(self.columns, end - shift)
            if right > left:
                painter.fillRect(
                    self._gutter + left, 0, right - left, self.height(), QColor(theme.BACKGROUND)
                )
        return x

    def _draw_lane(self, painter: QPainter, lane: _Lane, now: Nanos, *, wrapped: bool) -> float:
        """Add a lane's new points; return the leftmost column they touch."""
        self._mark_stopped(painter, lane, now)
        lane.rescale(now)
        per_sample = PIXELS_PER_S * self._scale / lane.sweep.rate_hz
        if wrapped and lane.last is not None:
            lane.last = QPointF(lane.last.x() - self.columns, lane.last.y())
        runs = lane.points(lane.sweep.index_at(now), self._gutter + self._x, per_sample, self.columns)
        if not runs:
            return self._x
        painter.setPen(lane.pen)
        for run in runs:
            self._polyline(painter, run)
        return runs[0][0].x() - self._gutter

    def _polyline(self, painter: QPainter, run: list[QPointF]) -> None:
        """Draw a run; what lies left of the first column belongs to the end of the last sweep."""
        painter.setClipRect(self._gutter, 0, self.columns, self.height())
        painter.drawPolyline(run)
        if run[0].x() < self._gutter:
            painter.drawPolyline([QPointF(point.x() + self.columns, point.y()) for point in run])

    def _mark_stopped(self, painter: QPainter, lane: _Lane, now: Nanos) -> None:
        """Grey a trace whose data stopped: what remains on the screen is not now."""
        arrived = lane.sweep.arrived
        stopped = arrived is None or now - arrived > STOPPED_AFTER
        if stopped and not lane.stopped:
            self._shade(painter, lane)
        lane.stopped = stopped
        note = self._note(lane, now)
        if note != lane.note:
            lane.note = note
            self.update(QRectF(0, lane.top, self.width(), lane.height).toAlignedRect())

    def _note(self, lane: _Lane, now: Nanos) -> str:
        if not lane.stopped or lane.sweep.arrived is None:
            return ""
        return f"NO SIGNAL: stopped {words.age_text((now - lane.sweep.arrived) / SECOND)}"

    def _show(self, leftmost: float, end: float) -> None:
        """Ask for the stripe from `leftmost` to the front of the bar; it may wrap."""
        pen, bar = 3 * self._scale, ERASE_BAR * self._scale
        first, last = math.floor(leftmost - pen), math.ceil(end + bar + 1)
        for shift in (-self.columns, 0, self.columns):
            left, right = max(0, first - shift), min(self.columns, last - shift)
            if right > left:
                self.update(self._gutter + left, 0, right - left, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copy the stripes asked for; labels and "no signal" are drawn over the image."""
        painter = QPainter(self)
        ratio = self._image.devicePixelRatio()
        rect = event.rect()  # Qt clips to the stripes that were asked for
        source = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
        painter.drawImage(QRectF(rect), self._image, source)
        for lane in self._lanes.values():
            if event.rect().left() < self._gutter:
                self._label(painter, lane)
            if lane.note:
                self._no_signal(painter, lane)
        if not self._lanes and self._live:
            text = "No waveform from these devices"
            draw(painter, QRectF(self.rect()), text, font(round(20 * self._scale)), theme.QUIET, CENTRE)

    def _label(self, painter: QPainter, lane: _Lane) -> None:
        u = self._scale
        pixels = round(min(20 * u, lane.height * 0.8))
        box = QRectF(10 * u, lane.top, self._gutter - 12 * u, min(lane.height, 30 * u))
        face = fitting(lane.label, pixels, box.width(), smallest=round(12 * u), bold=True)
        draw(painter, box, lane.label, face, lane.pen.color().name(), LEFT)

    def _no_signal(self, painter: QPainter, lane: _Lane) -> None:
        u = self._scale
        box = QRectF(self._gutter, lane.top, self.columns, lane.height)
        pixels = round(min(26 * u, lane.height * 0.7))
        draw(painter, box, lane.note, font(pixels, bold=True), theme.TEXT, CENTRE)
