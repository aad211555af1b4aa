"""What the conformance suite must know of a model; one file a model in `cases/` says it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """A documented example: bytes, and what `vigil decode` must say of them, in order.

    Each expected dictionary is a part of the event's (all its keys must be there and equal).
    Only the events named are compared, in wire order; others (waveform samples, say) may stand between.
    """

    title: str
    evidence: str  # the document's tag: M maker, D driver of a real device, R real capture, X computed
    wire: str  # hex; for Bluetooth "UUID-beginning: hex", one value a line
    expected: Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Missing:
    """Frames after which a channel has no reading, with the reason."""

    title: str
    frames: Sequence[bytes]
    channel: str
    reason: str


@dataclass(frozen=True)
class Case:
    """One model's part of the suite.

    `frames(seed)` are 60 or more intact frames from the simulator: a calm patient, values that
    vary. On a serial line they follow each other; of Bluetooth each is one value of `source` (the
    beginning of its UUID, "" for the main one).
    """

    model: str
    examples: Sequence[Example]
    frames: Callable[[int], list[bytes]]
    missing: Sequence[Missing]
    checked: bool  # a checksum: a frame with one changed bit never gives another number
    source: str = ""
    counter: bool = False  # the protocol numbers its frames: a lost one is told as `lost`
    replies: Sequence[bytes] = ()  # what may stand between frames and means nothing to a reader
    stream: bool = False  # Bluetooth with frames that values split anywhere; serial lines always are
    recovers_at: int = 2
    """After noise, the numbers of this intact frame (1: the first) must be there again."""
