"""Every key of the bedside window, in words: what F1 shows, and docs/keys.md says."""

from dataclasses import dataclass

HELP_KEY_NAME = "F1"


@dataclass(frozen=True, slots=True)
class KeyText:
    """One line: the keys as people write them, and what they do."""

    keys: str
    does: str


KEYS = (
    KeyText("F1", "shows the keys, and puts them away"),
    KeyText("F2", "acknowledges the alarms on the screen"),
    KeyText("F3", "pauses the audio for 2 min, ends the pause"),
    KeyText("Shift+F3", "the same for one alarm: the one selected, else the first"),
    KeyText("Up, Down", "select an alarm"),
    KeyText("F4", "stops the cuff, at any time"),
    KeyText("F5", "sounds here instead of the bed, gives the sound back"),
    KeyText("F6", "measures with the cuff"),
    KeyText("F7", "sets how often the cuff measures by itself"),
    KeyText("F8", "opens the limits, closes them"),
    KeyText("F9", "tells what the last alarm was, then 1 to 4"),
    KeyText("Esc", "puts away what F1, F8 or F9 opened; answers a question by no"),
)
LIMITS_KEYS = (
    KeyText("+, -", "move the limit selected by 1"),
    KeyText("Alt+E", "offers reasons"),
    KeyText("Alt+S", "sets the drafts"),
    KeyText("Alt+D", "discards them"),
    KeyText("Alt+P", "proposes limits from current values"),
    KeyText("Alt+R", "back to the preset: Alt+Y yes, Alt+N no"),
    KeyText("Alt+B", "the baseline: Alt+F freezes it, Alt+K goes back"),
)
"""While the panel of limits is open."""
PRESSED = "Press a number for its alarms and limits, and to mark a cuff reading as invalid."
