"""A service killed every 8 s while the saturation is 87: the alarm still starts, and the loop is told."""

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path

from stations import Room, opened, until

from monitor.core.clock import SECOND, SystemClock

SCENARIO = Path(__file__).with_name("kill-crash-loop.toml")
EVERY_S = 8.0
PRESETS = ("adult-standard", "iv-racemic")
"""On-delays of SPO2_LOW: 10 s and 15 s; the second has a high level of 10 s at 88."""


def starts(room: Room, outside: int) -> list[tuple[str, float]]:
    """Return (condition, seconds since the saturation was outside) of what the journal says started."""
    (path,) = room.data_dir.glob("*-bed1.vigil")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT body, t_ns FROM journal WHERE kind = 'alarm' ORDER BY seq"
        ).fetchall()
    found = [(json.loads(body), t) for body, t in rows]
    return [(body["condition"], (t - outside) / SECOND) for body, t in found if body["event"] == "start"]


async def crash_loop(preset: str) -> tuple[str, bool]:
    """Return a line for people, and whether alarm and ALARM_ENGINE_STALL came."""
    async with opened(SCENARIO, preset) as room:
        await until(lambda: room.seen.outside("bed1", 101), "values", 40)
        await room.tell("spo2 87")
        await until(lambda: room.seen.outside("bed1", 87), "the saturation is 87", 20)
        outside = SystemClock().now()
        for _ in range(3):
            await asyncio.sleep(EVERY_S)
            await room.kill()
            await room.serve()
        await asyncio.sleep(EVERY_S)
        found = dict(reversed(starts(room, outside)))
    low, stall = found.get("SPO2_LOW"), found.get("ALARM_ENGINE_STALL")
    ok = low is not None and low <= 3 * EVERY_S and stall is not None
    said = ", ".join(f"{name} {at:.1f} s after it" for name, at in found.items()) or "nothing"
    return f"- {preset}, 87 % and a kill every {EVERY_S:.0f} s: {said}: {'ok' if ok else '**DIFFERS**'}", ok


async def crash_loops() -> tuple[list[str], bool]:
    """Play the loop with each preset."""
    found = await asyncio.gather(*(crash_loop(preset) for preset in PRESETS))
    return [line for line, _ in found], all(ok for _, ok in found)
