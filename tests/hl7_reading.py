"""A small reader of HL7 alarm messages, written from the standard: the other side of the exporter.

It reads both styles of PCD-04: seven facets, and the older one with abnormality, priority and type in OBX-8.
"""

import re
from dataclasses import dataclass, field

_NAMED = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\"}
FACETS = {"68481": "phase", "68482": "state", "68483": "inactivation", "68484": "priority", "68485": "type"}


@dataclass
class Alert:
    """One message: what a receiver knows after it."""

    segments: list[list[str]]
    code: str = ""
    text: str = ""
    value: str = ""
    range: str = ""
    phase: str = ""
    state: str = ""
    inactivation: list[str] = field(default_factory=list)
    priority: str = ""
    type: str = ""
    notes: list[str] = field(default_factory=list)

    def of(self, name: str) -> list[list[str]]:
        """Return the segments of a name; field n is at index n."""
        return [one for one in self.segments if one[0] == name]


def unescape(text: str) -> str:
    """Return what was written; ValueError on an escape that HL7 does not have."""

    def meant(found: re.Match[str]) -> str:
        word = found[1]
        if word.startswith("X"):
            return bytes.fromhex(word[1:]).decode("utf-8")
        return _NAMED[word]

    return re.sub(r"\\([^\\]*)\\", meant, text)


def messages(text: str) -> list[str]:
    """Return the messages of a file."""
    return [f"MSH|{part}" for part in text.split("MSH|")[1:]]


def read(message: str) -> Alert:
    """Return what a message says; AssertionError when its structure is broken."""
    assert message.endswith("\r")
    segments = [line.split("|") for line in message.removesuffix("\r").split("\r")]
    segments[0].insert(1, "|")
    assert segments[0][:3] == ["MSH", "|", "^~\\&"]
    alert = Alert(segments)
    alert.notes = [unescape(note[3]) for note in alert.of("NTE")]
    for row in alert.of("OBX"):
        _take(alert, [*row, *[""] * (15 - len(row))])
    return alert


def _take(alert: Alert, row: list[str]) -> None:
    number = row[3].partition("^")[0]
    if number in FACETS:
        said = row[5].split("~")
        setattr(alert, FACETS[number], said if number == "68483" else said[0])
    elif number == "196616":  # technical: the code is inside
        alert.code, alert.text = row[5].partition("^")[0], unescape(row[5].split("^")[-1])
    elif number.startswith(("196", "199", "202", "203")):
        alert.code, alert.text = number, unescape(row[5])
    elif row[2] == "NM":
        alert.value, alert.range = row[5], row[7]
    if row[8]:
        _, alert.priority, alert.type = row[8].split("~")
