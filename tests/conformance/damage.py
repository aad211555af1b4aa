"""Frames as a bad line delivers them; seeded, so that a failure comes again."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from known import Known, Number, number


@dataclass(frozen=True)
class Told:
    """A number and where its frame lies on the wire."""

    first: int
    number: Number


def told(known: Known, pieces: Sequence[bytes], shift: int = 0) -> list[Told]:
    return [
        Told(event.span[0] + shift, value)
        for event in known.decode(pieces)
        if (value := number(event)) is not None
    ]


def noises(frames: Sequence[bytes], count: int, rng: random.Random) -> Iterator[bytes]:
    """Yield random bytes, bytes of the protocol's own alphabet, and frames without their end or beginning."""
    alphabet = bytes(sorted(set(b"".join(frames[:20]))))
    for number_ in range(count):
        frame = rng.choice(frames)
        cut = rng.randrange(len(frame)) if frame else 0
        yield (
            rng.randbytes(rng.randrange(1, 80)),
            bytes(rng.choices(alphabet, k=rng.randrange(1, 80))),
            frame[:cut],
            frame[cut:],
            bytes([frame[0]]) * rng.randrange(1, 12),
        )[number_ % 5]


def cuts(frame: bytes, rng: random.Random, most: int = 40) -> list[bytes]:
    """Return `frame` cut short at every place, or at `most` places of a long one."""
    places = range(len(frame))
    return [frame[:place] for place in (places if len(places) <= most else rng.sample(places, most))]


def flips(frame: bytes, rng: random.Random, most: int = 400) -> Iterator[bytes]:
    """Yield `frame` with one bit changed: every bit, or `most` of a long one."""
    bits = range(8 * len(frame))
    for bit in bits if len(bits) <= most else rng.sample(bits, most):
        changed = bytearray(frame)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


def inflated(frame: bytes, reach: int = 24) -> Iterator[bytes]:
    """Yield `frame` with one or two of its first bytes, a length among them, at their highest."""
    for at in range(min(reach, len(frame))):
        for high in (b"\xff", b"\x7f", b"\xff\xff", b"\xff\x00", b"\x7f\xff"):
            if at + len(high) <= len(frame):
                yield frame[:at] + high + frame[at + len(high) :]


def streams(frames: Sequence[bytes], count: int, rng: random.Random) -> Iterator[bytes]:
    """Yield wholly random bytes, random bytes of the alphabet, and frames spoilt in many places."""
    alphabet = bytes(sorted(set(b"".join(frames[:20]))))
    for turn in range(count):
        kind = turn % 4
        if kind == 0:
            yield rng.randbytes(rng.randrange(300))
        elif kind == 1:
            yield bytes(rng.choices(alphabet, k=rng.randrange(300)))
        else:
            yield _spoilt(b"".join(rng.choices(frames, k=rng.randrange(1, 4)))[:400], rng)


def snippets(frames: Sequence[bytes], count: int, rng: random.Random) -> Iterator[bytes]:
    """Yield a few bytes of four kinds, a frame's first among them: by chance their sums and lengths fit."""
    alphabet = bytes(sorted(set(b"".join(frames[:20]))))
    for _ in range(count):
        few = [rng.choice(frames)[0], 0, *rng.choices(alphabet, k=2)]
        yield bytes(rng.choices(few, k=rng.randrange(12)))


def _spoilt(wire: bytes, rng: random.Random) -> bytes:
    changed = bytearray(wire)
    for _ in range(rng.randrange(8)):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(3):
            case 0:
                changed[at : at + 1] = rng.randbytes(1)
            case 1:
                changed[at:at] = rng.randbytes(rng.randrange(4))
            case _:
                del changed[at : at + rng.randrange(1, 5)]
    return bytes(changed)
