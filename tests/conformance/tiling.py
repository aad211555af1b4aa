"""Whether every byte is told exactly once."""

from collections.abc import Iterable


def hole(spans: Iterable[tuple[int, int]], length: int) -> str:
    """Return what is wrong with spans that must tile `length` bytes, "" when they do."""
    at = 0
    for first, end in dict.fromkeys(spans):
        if first != at or (end <= first and length):
            return f"({first}, {end}) follows {at}"
        at = end
    return "" if at == length else f"{at} of {length} bytes told"
