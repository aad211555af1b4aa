"""The dim-room theme: one place for colours, and the scale that everything is drawn to.

Red, yellow and cyan belong to alarms alone: no channel and no badge may use them.
"""

from types import MappingProxyType

BACKGROUND = "#0b0f14"
PANEL = "#131a22"
LINE = "#2b3642"
TEXT = "#e8eef4"
QUIET = "#9aa7b4"
STALE = "#909dab"
WARNING = "#ffb98a"  # not an alarm colour: a state of the station that somebody should know
SIMULATED = "#c9a2ff"
FOCUS = "#2f6fd0"  # a frame
CHOSEN = "#2860b8"  # behind the text of a line in a menu
CHOSEN_ROW = "#213b58"  # and of one in a table
QUESTION = "#26313d"  # behind a question

CHANNELS = MappingProxyType(
    {
        "spo2": "#8fb8ff",
        "ecg": "#7ddc8f",
        "nibp": "#f0f0f0",
        "resp": "#d9b48f",
        "neutral": "#c8d2dc",
    }
)
"""Colour role of the catalogue -> colour."""

ALARMS = MappingProxyType(
    {
        "high": ("#d1001f", "#ffffff", "#3d0910", "#ff6b7d"),
        "medium": ("#ffd60a", "#000000", "#3a3206", "#ffd60a"),
        "low": ("#22d3ee", "#000000", "#08323a", "#22d3ee"),
    }
)
"""Priority -> (lit, text on lit, dark tint while the light is off, text in its colour on dark)."""

DESIGN_WIDTH = 1280
DESIGN_HEIGHT = 800
FAMILY = "DejaVu Sans"


def channel_colour(role: str) -> str:
    """Return the colour of a role of the catalogue."""
    return CHANNELS.get(role, CHANNELS["neutral"])


def dimmed(colour: str, share: float = 0.55) -> str:
    """Return a colour mixed with the background: opaque, for opaque pens are the fast ones."""
    mixed = (
        round(share * int(colour[i : i + 2], 16) + (1 - share) * int(BACKGROUND[i : i + 2], 16))
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def scale_of(width: int, height: int) -> float:
    """Return how many pixels one design pixel takes in a window of this size."""
    return max(0.5, min(width / DESIGN_WIDTH, height / DESIGN_HEIGHT))


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two "#rrggbb" colours."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
