"""A bedside screen as a kiosk: one window, no window manager."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.e2e


@pytest.fixture
def screen():
    """A real X server without a window manager; the test gets its display."""
    read, write = os.pipe()
    options = ["-displayfd", str(write), "-screen", "0", "1024x600x24", "-nolisten", "tcp"]
    with subprocess.Popen(["Xvfb", *options], pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as said:
            yield f":{said.readline().strip()}"
        server.terminate()


def test_the_whole_screen_is_used_without_a_window_manager(screen, tmp_path):
    picture = tmp_path / "screen.png"
    subprocess.run(
        [sys.executable, "-m", "monitor", "dashboard", "--run-dir", str(tmp_path), "--fullscreen",
         "--picture", str(picture), "--run-seconds", "2"],
        check=True,
        timeout=60,
        env={**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": screen},
    )  # fmt: skip
    header = picture.read_bytes()
    assert (int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")) == (1024, 600)
