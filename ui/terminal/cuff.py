"""`vigil cuff`: one order to a cuff, from the terminal."""

from pathlib import Path
from typing import Any

from monitor.link.messages import Reply, Snapshot
from ui.terminal.one_order import OrderError, beds_heard


async def give(
    where: Path | str, user: str, bed: str | None, device: str | None, order: str, minutes: float
) -> Reply:
    """Return the service's answer; OrderError when there is no service, or no one such cuff."""
    async with beds_heard(where, user, bed) as (client, beds):
        chosen, cuff = _choose(beds, bed, device)
        args: dict[str, Any] = {"device": cuff, "order": order, "minutes": minutes}
        return await client.command(chosen, "cuff", args)


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
        raise OrderError("no cuff that takes orders is there; docs/devices says which do")
    names = ", ".join(f"--bed {name} --device {cuff}" for name, cuff in found)
    raise OrderError(f"more than one cuff takes orders; say which: {names}")
