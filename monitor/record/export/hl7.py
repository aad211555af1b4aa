"""HL7 version 2: segments, fields, times, and text that never breaks them (HL7 2.6, chapter 2)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

END = "\r"
"""What ends a segment."""
SEPARATORS = "|^~\\&"
_ESCAPED = {"|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "\\": "\\E\\", "&": "\\T\\"}
_LINE_ENDS = "\u2028\u2029"


def escape(text: str) -> str:
    """Return text as a field may hold it: separators, control characters and line ends escaped."""
    return "".join(_escaped(character) for character in text.encode("utf-8", "replace").decode("utf-8"))


def _escaped(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    number = ord(character)
    if number < 0x20 or 0x7F <= number < 0xA0 or character in _LINE_ENDS:
        return f"\\X{character.encode('utf-8').hex().upper()}\\"
    return character


def coded(*components: str) -> str:
    """Return components joined, each of them escaped."""
    return "^".join(escape(component) for component in components)


def stamp(utc: datetime) -> str:
    """Return an aware time as UTC, to the millisecond."""
    at = utc.astimezone(UTC)
    return f"{at:%Y%m%d%H%M%S}.{at.microsecond // 1000:03d}+0000"


def segment(name: str, fields: Mapping[int, str]) -> str:
    """Return a segment with its fields by number; they are escaped already, those left out are empty."""
    last = max(number for number, text in fields.items() if text)
    return "|".join([name, *(fields.get(number, "") for number in range(1, last + 1))])


def header(fields: Mapping[int, str]) -> str:
    """Return the MSH segment; its fields 1 and 2 are the separators."""
    rest = (fields.get(number, "") for number in range(3, max(fields) + 1))
    return "|".join(["MSH", SEPARATORS[1:], *rest])


def message(segments: Sequence[str]) -> str:
    """Return the message; it ends as each of its segments does."""
    return "".join(one + END for one in segments)
