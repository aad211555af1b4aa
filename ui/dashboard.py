"""`vigil dashboard`: the bedside window on one service."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from monitor.core.clock import Nanos, SystemClock
from monitor.link.messages import NURSE
from ui.bed_model import BedModel
from ui.bridge import Bridge
from ui.views.bedside import Bedside
from ui.views.picture import Picture


class Inbox(QObject):
    """The one crossing between the client's thread and the window's: queued signals."""

    delivered = Signal(object)
    answered = Signal(str, object)


def run(
    socket_path: Path | str,
    user: str,
    bed: str | None = None,
    picture: Path | None = None,
    picture_when: str = "alarm",
    fullscreen: bool = False,
    run_seconds: float | None = None,
    role: str = NURSE,
    take_sound: bool = False,
) -> int:
    """Show the window until it is closed; return the exit status.

    `picture` is written at the first alarm of the highest priority ("alarm"), with a second one
    named `-end` when the window closes; or only then ("end").
    """
    app = _application()
    clock = SystemClock()
    inbox = Inbox()
    bridge = Bridge(socket_path, user, clock, inbox.delivered.emit, inbox.answered.emit, role=role)
    model = BedModel(bed)
    window = Bedside(model, user, clock, bridge.command, role=role, keeper=bridge, take_sound=take_sound)
    inbox.delivered.connect(window.accept)
    inbox.answered.connect(window.answered)
    window.ticked.connect(lambda now: _follow_waves(bridge, model))
    taker = _take_pictures(window, picture, picture_when)
    if run_seconds is not None:
        QTimer.singleShot(round(run_seconds * 1000), window, window.leave)
    bridge.start()
    if fullscreen:
        window.setGeometry(app.primaryScreen().geometry())  # a kiosk may have no window manager to do it
        window.showFullScreen()
    else:
        window.show()
    with _ending_on_signals(window):
        status = app.exec()
    if taker is not None:
        taker.finish()
    bridge.stop()
    window.deleteLater()
    app.processEvents()
    return status


def _application() -> QApplication:
    """Return the application; without a display it draws into memory."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["vigil"])
    app.setApplicationDisplayName("Vigil")
    return app


def _follow_waves(bridge: Bridge, model: BedModel) -> None:
    if model.state.bed is not None and model.state.known:
        bridge.follow_waves(model.state.bed)


def _take_pictures(window: Bedside, path: Path | None, when: str) -> Picture | None:
    if path is None:
        return None
    taker = Picture(window, path, when)

    def look(now: Nanos) -> None:
        taker.look(window.alarm, lit=window.lit, now=now)

    window.ticked.connect(look)
    return taker


@contextmanager
def _ending_on_signals(window: Bedside) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM close the window without a question; the window's timer lets Python see them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: object) -> None:
        window.leave()

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
