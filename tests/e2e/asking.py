"""What a person asks of a service, as a client of its own."""

import asyncio

from monitor.core.clock import SystemClock
from monitor.link import messages
from monitor.link.client import Client
from monitor.link.run_dir import SOCKET


def acknowledge_all(station, bed, *, within_s=10, user="anna"):
    """Acknowledge what stands on the bed's board; return the reply; TimeoutError when it takes too long."""
    return asyncio.run(_acknowledge_all(station, bed, within_s, user))


async def _acknowledge_all(station, bed, within_s, user):
    client, boards = Client(station.run_dir / SOCKET, user, SystemClock()), asyncio.Queue()

    def hear(item):
        if isinstance(item, messages.Snapshot) and item.bed == bed:
            boards.put_nowait(item.board)

    following = asyncio.create_task(client.run(hear))
    try:
        board = await asyncio.wait_for(boards.get(), 10)
        seen = [[m.occurrence, m.priority] for row in board.rows for m in row.members]
        return await asyncio.wait_for(client.command(bed, "acknowledge", {"occurrences": seen}), within_s)
    finally:
        following.cancel()
