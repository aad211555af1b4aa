"""A service killed every 8 s while the saturation is low: the alarm still starts, and the loop is told."""

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path

from stations import Room, opened, until

from monitor.core.clock import SECOND, SystemClock

SCENARIO = Path(__file__).with_name("kill-crash-loop.toml")
EVERY_S = 8.0
LATE_S = 6.0
"""Of an alarm that is due while no service runs: until there is one, and a fresh value."""
LOOPS = (("adult-standard", 87, 10.0), ("iv-racemic", 87, 10.0), ("iv-racemic", 90, 15.0))
"""(preset, saturation, on-delay): 87 is in the high level of iv-racemic, 90 in its medium one."""


def starts(room: Room, outside: int) -> list[tuple[str, float]]:
    """Return (condition, seconds since the saturation was outside) of what the journal says started."""
    (path,) = room.data_dir.glob("*-bed1.vigil")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT body, t_ns FROM journal WHERE kind = 'alarm' ORDER BY seq"
        ).fetchall()
    found = [(json.loads(body), t) for body, t in rows]
    return [(body["condition"], (t - outside) / SECOND) for body, t in found if body["event"] == "start"]


async def crash_loop(preset: str, spo2: int, delay_s: float) -> tuple[str, bool]:
    """Return a line for people, and whether alarm and ALARM_ENGINE_STALL came."""
    async with opened(SCENARIO, preset) as room:
        await until(lambda: room.seen.outside("bed1", 101), "values", 40)
        await room.tell(f"spo2 {spo2}")
        await until(lambda: room.seen.outside("bed1", spo2), f"the saturation is {spo2}", 20)
        outside = SystemClock().now()
        for _ in range(3):
            await asyncio.sleep(EVERY_S)
            await room.kill()
            await room.serve()
        await asyncio.sleep(EVERY_S)
        found = dict(reversed(starts(room, outside)))
    low, stall = found.get("SPO2_LOW"), found.get("ALARM_ENGINE_STALL")
    ok = low is not None and low <= delay_s + LATE_S and stall is not None
    said = ", ".join(f"{name} {at:.1f} s after it" for name, at in found.items()) or "nothing"
    how = f"{preset}, {spo2} %, on-delay {delay_s:.0f} s, a kill every {EVERY_S:.0f} s"
    return f"- {how}: {said}: {'ok' if ok else '**DIFFERS**'}", ok


async def crash_loops() -> tuple[list[str], bool]:
    """Play every loop."""
    found = await asyncio.gather(*(crash_loop(*loop) for loop in LOOPS))
    return [line for line, _ in found], all(ok for _, ok in found)
