"""The service killed for 3 s in the states that are soon reached; `make kills` is the whole table."""

import asyncio

import pytest
from kill_table import DESAT, LOW, SCENARIO, acknowledge, active, occurrences, shown, start_of
from stations import opened, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

DEEP = ("unack", "ack", "latched", "paused", "covered")
BEDS = (*DEEP, "off")
AWAY_S = 3
"""Short of the 10 s after which NO_DATA would break a pause, however long a busy machine starts a service."""


async def reach(room):
    """Bring each bed to its state, in order of how long it takes."""
    await until(lambda: all(room.seen.outside(bed, 101) for bed in BEDS), "values of every bed", 60)
    for bed in DEEP:
        await room.tell(f"{bed} spo2 80")
    await room.ask("off", "off", {"condition": LOW, "reason": "a test"})
    for bed in DEEP:
        await start_of(room, bed, DESAT)
    await room.tell("latched spo2 97")
    await start_of(room, "covered", LOW)
    await start_of(room, "ack", LOW)
    await acknowledge(room, "ack")
    await start_of(room, "paused", LOW)
    await room.ask("paused", "pause", {"seconds": 120})
    await start_of(room, "latched", DESAT, "latched")
    await until(lambda: "latched" in shown(room.seen.boards["latched"]), "the latched row", 10)
    (over,) = occurrences(room.seen.boards["latched"])
    await room.ask("latched", "outcome", {"occurrence": over, "outcome": "noted"})  # answered: it is on disk


async def killed():
    """Return what was shown and which occurrences there were, before and after."""
    async with opened(SCENARIO, "adult-standard") as room:
        await reach(room)
        before = {bed: (shown(room.seen.boards[bed]), occurrences(room.seen.boards[bed])) for bed in BEDS}
        await room.kill()
        await asyncio.sleep(AWAY_S)
        await room.serve()
        room.look()
        await until(lambda: room.seen.boards.keys() >= set(BEDS), "every bed is back", 30)
        boards = room.seen.boards
        await until(lambda: not any("NO_DATA" in active(board) for board in boards.values()), "values", 20)
        after = {bed: (shown(room.seen.boards[bed]), occurrences(room.seen.boards[bed])) for bed in BEDS}
        banners = [bed for bed, told in room.seen.snapshots.items() if told.restored_after_s is not None]
    return before, after, banners


def test_every_state_is_the_same_after_a_short_kill():
    before, after, banners = asyncio.run(killed())
    wanted = {"unack": "unack high", "ack": "ack high by anna", "latched": "latched high", "paused": "paused"}
    for bed, words in {**wanted, "covered": "SPO2_LOW unack", "off": "off by anna"}.items():
        assert words in before[bed][0], before[bed]
    assert after == before
    assert banners == [], "a restart within 30 s is silent"
