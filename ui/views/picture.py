"""Pictures of the window: written whole or not at all, at the moment that shows most."""

from pathlib import Path

from PySide6.QtWidgets import QWidget

from monitor.core.clock import Nanos, seconds
from ui.presenters.priority import RANK

SETTLE = seconds(1.5)
"""An alarm is a moment old when its picture is taken: the numbers and the trace have followed."""


def save(widget: QWidget, path: Path) -> bool:
    """Write a PNG of `widget`; False when the file cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f".{path.name}.part")
    if not widget.grab().save(str(whole), "PNG"):
        whole.unlink(missing_ok=True)
        return False
    whole.replace(path)
    return True


def at_end(path: Path) -> Path:
    """Return the name of the second picture, taken when the window closes."""
    return path.with_name(f"{path.stem}-end{path.suffix}")


class Picture:
    """Takes the picture of the first alarm of the highest priority so far, and one at the end."""

    def __init__(self, widget: QWidget, path: Path, when: str = "alarm") -> None:
        if when not in ("alarm", "end"):
            raise ValueError(f"a picture is taken at 'alarm' or 'end', not {when!r}")
        self._widget = widget
        self._path = path
        self._when = when
        self._taken = 0
        self._pending: tuple[int, Nanos] | None = None

    def look(self, light: str | None, *, lit: bool, now: Nanos) -> None:
        """Take the picture when an alarm higher than any before has been lit for a moment."""
        rank = RANK.get(light or "", 0)
        if self._when != "alarm" or rank <= self._taken:
            self._pending = None
            return
        if self._pending is None or self._pending[0] != rank:
            self._pending = (rank, now)
        elif lit and now - self._pending[1] >= SETTLE and save(self._widget, self._path):
            self._taken = rank

    def finish(self) -> None:
        """Take the last picture: beside the alarm's, or in its place when nothing alarmed."""
        save(self._widget, at_end(self._path) if self._taken else self._path)
