"""The bedside window in a test's hands, for every file about it."""

import pytest


@pytest.fixture
def play(qtbot):
    """Show the window with a clock and a service that the test moves; nothing has been heard yet."""
    from bedside_play import Play  # Qt is wanted only by who asks

    made = Play()
    qtbot.addWidget(made.window, before_close_func=lambda window: window.leave())
    with qtbot.waitExposed(made.window):
        made.window.show()
    return made
