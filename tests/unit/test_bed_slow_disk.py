"""A disk that does not answer: what a person asks is carried out from memory after one wait."""

import contextlib
import sqlite3

import pytest
from bed_place import Place
from structlog.testing import capture_logs

from monitor.link.messages import Command


@pytest.mark.parametrize("name", ["acknowledge", "pause"])
async def test_a_command_waits_once_for_a_disk_that_hangs(tmp_path, name):
    place = Place(tmp_path)
    place.breathe(97, 3)
    place.breathe(82, 6)
    place.recorder.flush().result(10)
    rows = place.bed.snapshot().board.rows
    seen = [[member.occurrence, member.priority] for row in rows for member in row.members]
    args = {"occurrences": seen} if name == "acknowledge" else {"seconds": 60}
    with contextlib.closing(sqlite3.connect(place.path, isolation_level=None)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        with capture_logs() as logs:
            reply = await place.bed.command(Command(id="1", bed="bed1", name=name, user="anna", args=args))
        foreign.execute("ROLLBACK")
    assert reply.ok
    assert "kept in memory" in reply.text
    assert sum("the disk is slow" in line["event"] for line in logs) == 1
    assert place.bed.snapshot().board.sounding is None
    assert place.recorder.close(ended=False)
