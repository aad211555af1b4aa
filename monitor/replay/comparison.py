"""Two summaries side by side, for people."""

from collections.abc import Iterator, Sequence
from typing import Any

NOTHING = "-"


def table_of(sides: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of the table."""
    rows = [("", *(_title(side) for side in sides)), *_rows(sides)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        first, *rest = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join((first, *rest)).rstrip()


def _title(side: dict[str, Any]) -> str:
    return " ".join([side["preset"], *side["set"]])


def _rows(sides: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    conditions = sorted({name for side in sides for name in side["counts"]})
    yield ("alarms", *(str(side["alarms"]) for side in sides))
    for name in conditions:
        yield (f"  {name}", *(str(side["counts"].get(name, NOTHING)) for side in sides))
    for priority in ("high", "medium", "low"):
        yield (f"reached {priority}", *(str(side["by_priority"][priority]) for side in sides))
    yield ("alarms per hour", *(_number(side["alarms_per_hour"]) for side in sides))
    yield ("audible, s", *(_number(side["audible_s"]) for side in sides))
    yield ("open at the end", *(_open(side) for side in sides))
    yield ("longest breach without alarm", *("" for _ in sides))
    yield from _breaches(sides)


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:g}"


def _open(side: dict[str, Any]) -> str:
    return ", ".join(f"{each['condition']} {each['state']}" for each in side["open_at_end"]) or NOTHING


def _breaches(sides: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield each condition, device and priority with the limits and the longest breach of both."""
    told: list[dict[tuple[str, str, str], str]] = []
    for side in sides:
        own: dict[tuple[str, str, str], str] = {}
        for breach in side["longest_unalarmed_breach"]:
            key = breach["condition"], breach["device"], breach["priority"]
            text = f"{breach['limit']}: {breach['longest_s']:g} s"
            own[key] = f"{own[key]}, {text}" if key in own else text
        told.append(own)
    for key in dict.fromkeys(key for own in told for key in own):
        condition, _, priority = key
        yield (f"  {condition} {priority}", *(own.get(key, NOTHING) for own in told))
