"""`vigil cuff`: one order to a cuff, from the terminal."""

import asyncio
from pathlib import Path
from typing import Any

from monitor.core.clock import SystemClock
from monitor.core.errors import MonitorError
from monitor.link.client import Client, Connection, Item
from monitor.link.messages import Reply, Snapshot

HEARD_WITHIN_S = 5.0


class CuffOrderError(MonitorError):
    """The order could not be given; the text says why."""


async def give(
    where: Path | str, user: str, bed: str | None, device: str | None, order: str, minutes: float
) -> Reply:
    """Return the service's answer; CuffOrderError when there is no service, or no one such cuff."""
    client = Client(where, user, SystemClock())
    beds: dict[str, Snapshot] = {}
    heard = asyncio.Event()
    trouble = ""

    def take(item: Item) -> None:
        nonlocal trouble
        if isinstance(item, Connection):
            trouble = item.text
        elif isinstance(item, Snapshot):
            beds[item.bed] = item
            if bed is None or item.bed == bed:
                heard.set()

    running = asyncio.create_task(client.run(take))
    try:
        async with asyncio.timeout(HEARD_WITHIN_S):
            await heard.wait()
        chosen, cuff = _choose(beds, bed, device)
        args: dict[str, Any] = {"device": cuff, "order": order, "minutes": minutes}
        return await client.command(chosen, "cuff", args)
    except TimeoutError:
        if beds:
            raise CuffOrderError(f"no bed {bed} here; beds: {', '.join(beds)}") from None
        raise CuffOrderError(
            f"no service answers at {where}: start it with vigil serve ({trouble})"
        ) from None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _choose(beds: dict[str, Snapshot], bed: str | None, device: str | None) -> tuple[str, str]:
    """Return the bed and the one cuff of it that takes orders and fits."""
    found = [
        (name, each.device)
        for name, snapshot in beds.items()
        for each in snapshot.devices
        if each.orders and bed in (None, name) and device in (None, each.device)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise CuffOrderError("no cuff that takes orders is there; docs/devices says which do")
    names = ", ".join(f"--bed {name} --device {cuff}" for name, cuff in found)
    raise CuffOrderError(f"more than one cuff takes orders; say which: {names}")
