"""One fuzzed input: how it is cut, then the bytes themselves.

The first byte tells how many cuts follow (modulo 9), each of them the length of a piece; what is
left over is the last piece. So a fuzzer changes cuts and bytes on their own, and a frame with a
zero before it is a seed.
"""

MOST_CUTS = 8


def split(data: bytes) -> list[bytes]:
    """Return the pieces that an input means."""
    if not data:
        return []
    count = data[0] % (MOST_CUTS + 1)
    lengths, rest = data[1 : 1 + count], data[1 + count :]
    pieces = []
    for length in lengths:
        pieces.append(rest[:length])
        rest = rest[length:]
    return [*pieces, rest]


def joined(pieces: list[bytes]) -> bytes:
    """Return the input that means `pieces`, of which all but the last have at most 255 bytes."""
    *first, last = pieces
    return bytes([len(first), *map(len, first)]) + b"".join(first) + last
