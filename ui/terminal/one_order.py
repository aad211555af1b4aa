"""One order from the terminal: hear what there is, give the order, return the answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from monitor.core.clock import SystemClock
from monitor.core.errors import MonitorError
from monitor.link.client import Client, Connection, Item
from monitor.link.messages import NURSE, Snapshot

HEARD_WITHIN_S = 5.0


class OrderError(MonitorError):
    """The order could not be given; the text says why."""


@asynccontextmanager
async def beds_heard(
    where: Path | str, user: str, bed: str | None, role: str = NURSE
) -> AsyncIterator[tuple[Client, dict[str, Snapshot]]]:
    """Give a client that has heard `bed` (None: any); OrderError when nobody tells of it in time."""
    client = Client(where, user, SystemClock(), role=role)
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
        try:
            async with asyncio.timeout(HEARD_WITHIN_S):
                await heard.wait()
        except TimeoutError:
            if beds:
                raise OrderError(f"no bed {bed} here; beds: {', '.join(beds)}") from None
            raise OrderError(
                f"no service answers at {where}: start it with vigil serve ({trouble})"
            ) from None
        yield client, beds
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def only_bed(beds: dict[str, Snapshot], bed: str | None) -> Snapshot:
    """Return the bed that was named, or the only one; OrderError when there are several."""
    if bed is not None:
        return beds[bed]
    if len(beds) > 1:
        raise OrderError(f"more than one bed here; say which: --bed {' or --bed '.join(beds)}")
    return next(iter(beds.values()))
