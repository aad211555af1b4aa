"""Live waveforms: CPU of a frame of the strip surface beside pyqtgraph's setData on the same traces.

250 Hz a channel, 30 frames a second, a sweep of one window's width; repaint is forced in every frame
and both draw in the same process, interleaved, so that load hits both. With an X server (or Xvfb) the
figures are the window's, without one they are Qt's offscreen ones. CPU is the process's, kernel included.
"""

import os
import time

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QApplication

from monitor.core.clock import Nanos, seconds
from ui.sweep import Sweep
from ui.views import theme
from ui.views.strip import Strip

RATE_HZ = 250
FPS = 30
WIDTH, HEIGHT = 1280, 800
WARM_UP = FPS * 3
FRAMES = 60
ROUNDS = 5
WORST_RATIO = 1 / 5


@pytest.fixture
def app():
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QApplication.instance() or QApplication(["bench"])


def signal(channels):
    """Ten seconds of an ECG-like trace a channel, in counts."""
    t = np.arange(RATE_HZ * 10) / RATE_HZ
    beat = (t * 1.2) % 1
    wave = 900 * np.exp(-(((beat - 0.3) / 0.02) ** 2)) + 150 * np.exp(-(((beat - 0.55) / 0.06) ** 2))
    noise = np.random.default_rng(1)
    return [(wave + noise.normal(0, 8, len(t))).astype("<i2") for _ in range(channels)]


class Strips:
    """The product's own surface, fed in chunks as the link delivers them."""

    def __init__(self, app, traces):
        self._app, self._traces = app, traces
        self._sweeps = [Sweep(f"ecg{n}", "monitor", RATE_HZ) for n in range(len(traces))]
        self._now = seconds(100)
        self._sent = 0
        self.widget = Strip()
        self.widget.resize(WIDTH, HEIGHT)
        self.widget.set_sweeps(self._sweeps)
        self.widget.show()

    def frame(self):
        self._now = Nanos(self._now + 1_000_000_000 // FPS)
        due = round((self._now - seconds(100)) * RATE_HZ / 1e9)
        for sweep, trace in zip(self._sweeps, self._traces, strict=True):
            samples = trace[np.arange(self._sent, due) % len(trace)]
            sweep.add(self._sent, samples.tobytes(), 1.0, 0.0, self._now)
        self._sent = due
        self.widget.advance(self._now)
        self._app.processEvents()


class Plots:
    """pyqtgraph: one curve a channel, the whole sweep set anew in every frame, 1 px, no antialias."""

    def __init__(self, app, traces):
        self._app, self._traces = app, traces
        pg.setConfigOptions(antialias=False, useOpenGL=False)
        self.widget = pg.PlotWidget(background=theme.BACKGROUND)
        self.widget.resize(WIDTH, HEIGHT)
        self.widget.setYRange(0, 1200 * len(traces), padding=0)
        self.widget.hideAxis("left")
        self.widget.hideAxis("bottom")
        self._curves = [self.widget.plot(pen=pg.mkPen("#8fb8ff", width=1)) for _ in traces]
        self._x = np.arange(len(traces[0])) / RATE_HZ
        self._at = 0
        self.widget.show()

    def frame(self):
        self._at += RATE_HZ // FPS
        for number, (curve, trace) in enumerate(zip(self._curves, self._traces, strict=True)):
            curve.setData(self._x, np.roll(trace, -self._at) + 1200.0 * number)
        self.widget.viewport().repaint()
        self._app.processEvents()


def cpu_of(frames, drawn):
    """CPU seconds of a frame."""
    begin = time.process_time()
    for _ in range(frames):
        drawn.frame()
    return (time.process_time() - begin) / frames


@pytest.mark.benchmark(group="live waveforms")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("channels", [3, 24])
def test_strip_costs_at_most_a_fifth_of_pyqtgraph(benchmark, app, channels):
    traces = signal(channels)
    ours, theirs = Strips(app, traces), Plots(app, traces)
    cpu_of(WARM_UP, ours)
    cpu_of(5, theirs)
    pairs = [(cpu_of(FRAMES, ours), cpu_of(FRAMES // 3, theirs)) for _ in range(ROUNDS)]
    strip, plot = (float(np.median(side)) for side in zip(*pairs, strict=True))
    ratio = float(np.median([a / b for a, b in pairs]))
    benchmark.extra_info.update(
        platform=app.platformName(),
        strip_ms=round(strip * 1000, 3),
        strip_cpu_share=round(strip * FPS, 4),
        pyqtgraph_ms=round(plot * 1000, 3),
        pyqtgraph_cpu_share=round(plot * FPS, 4),
        ratio=round(ratio, 4),
    )
    print(f"\n{channels} channels: {benchmark.extra_info}")
    benchmark.pedantic(ours.frame, rounds=30)
    for drawn in (ours, theirs):
        drawn.widget.close()
        drawn.widget.deleteLater()
    app.processEvents()
    assert ratio <= WORST_RATIO
