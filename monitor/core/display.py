"""Whether this process can open a window."""

import os
import sys


def has_display() -> bool:
    """Return True where a window can be opened: an X or Wayland display, or a system that has one."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
