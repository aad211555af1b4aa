"""What the sound output and its player say to each other: one line of JSON each, whole every time.

Both are states, not events: a line that was lost is made good by the next one.
"""

import msgspec


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What should be heard from now on; the counters grow by one each time something is asked for."""

    priority: str | None = None
    cuts: int = 0  # how often a person ended a sound: what plays then does not finish its burst
    reminders: int = 0
    test: int = 0  # the test tone that is still to be heard, 0: none
    volume: float = 1.0  # factor on the bursts as rendered
    gain_db: float = 0.0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How the player is doing."""

    frames: int = 0  # taken by the device since the player began
    tested: int = 0  # the last test tone that was heard to its end
    failed: str = ""  # why it ends, in words


_wishes = msgspec.json.Decoder(Wish)
_reports = msgspec.json.Decoder(Report)


def line(message: Wish | Report) -> bytes:
    """Return `message` as a line."""
    return msgspec.json.encode(message) + b"\n"


def wish(text: bytes) -> Wish:
    """Return the wish in a line; msgspec.DecodeError when there is none."""
    return _wishes.decode(text)


def report(text: bytes) -> Report:
    """Return the report in a line; msgspec.DecodeError when there is none."""
    return _reports.decode(text)
