"""`vigil alarms --told`: a session's own journal as a list of alarms, and the load that they were."""

import json
import sqlite3

import pytest
from bed_place import Place
from typer.testing import CliRunner

from monitor.cli import app
from monitor.link import messages
from monitor.replay.told import history_of


def ask(name, identity, **args):
    return messages.Command(id=identity, bed="bed1", name=name, user="anna", args=args)


@pytest.fixture
async def session(tmp_path):
    """A session: low from 3 s, desaturated, acknowledged, told of, over."""
    place = Place(tmp_path)
    place.breathe(97, 40)
    place.breathe(82, 10)
    rows = place.bed.snapshot().board.rows
    seen = [[m.occurrence, m.priority] for row in rows for m in row.members]
    await place.bed.command(ask("pause", "c0", seconds=60, occurrences=[seen[0][0]]))
    await place.bed.command(ask("acknowledge", "c1", occurrences=seen))
    await place.bed.command(ask("outcome", "c2", occurrence=seen[0][0], outcome="acted", text="oxygen"))
    place.breathe(97, 40)
    place.bed.close(ended=True)
    return place.path


def run(*args):
    result = CliRunner().invoke(app, ["alarms", "--told", *map(str, args)])
    return result.exit_code, result.stdout, result.stderr


def test_what_alarmed_what_people_did_and_the_load(session):
    code, out, err = run(session)
    assert (code, err) == (0, "")
    (line,) = [line for line in out.splitlines() if "SPO2_DESAT " in line and "0:00:4" in line]
    assert "high" in line
    assert "82  < 85" in line
    assert "acknowledged by anna after" in line
    assert "acted (anna): oxygen" in line
    assert "acted 1, noted 0, false 0, artefact 0" in out
    assert "acted / all outcomes (PPV)       100%" in out


async def test_one_that_was_over_says_who_has_seen_it(tmp_path):
    place = Place(tmp_path)
    place.breathe(97, 5)
    place.breathe(82, 10)
    place.breathe(97, 30)
    rows = place.bed.snapshot().board.rows
    seen = [[m.occurrence, m.priority] for row in rows for m in row.members]
    await place.bed.command(ask("acknowledge", "c1", occurrences=seen))
    place.bed.close(ended=True)
    _, out, _ = run(place.path)
    (line,) = [line for line in out.splitlines() if "SPO2_DESAT " in line and "0:00:" in line]
    assert "seen by anna after" in line
    assert "over after 12 s" in line


def test_the_same_for_programs(session):
    code, out, _ = run(session, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    desat = next(line for line in lines if line.get("condition") == "SPO2_DESAT")
    assert (desat["value"], desat["limit"], desat["acknowledged_by"], desat["outcome"]) == (
        82.0, 85.0, "anna", "acted",
    )  # fmt: skip
    metrics = lines[-1]
    assert (metrics["event"], metrics["outcomes"]["acted"], metrics["ppv"]) == ("metrics", 1, 1.0)


def test_several_sessions_and_one_that_is_none(session, tmp_path):
    none = tmp_path / "none.vigil"
    none.write_text("nothing")
    code, out, err = run(session, session, none)
    assert code == 1
    assert "none.vigil: is no session file" in err
    assert "Load of all 2 sessions" in out


@pytest.mark.parametrize("args", [("--summary",), ("--set", "SPO2_LOW=92"), ("--preset", "iv-racemic")])
def test_options_that_judge_do_not_go_with_it(session, args):
    code, out, _ = run(session, *args)
    assert (code != 0, out) == (True, "")


def test_one_file_that_cannot_be_read_is_an_error(tmp_path):
    code, out, _ = run(tmp_path / "away.vigil")
    assert (code != 0, out) == (True, "")


def test_a_changed_journal_is_read_and_said_to_be_so(session):
    with sqlite3.connect(session) as store:
        store.execute('UPDATE journal SET body = \'{"event":"start"}\' WHERE seq = 5')
        store.execute("UPDATE journal SET body = 'no json' WHERE seq = 6")
    history, notes = history_of(session)
    assert history.events or history.acts
    assert any("vigil verify" in note for note in notes)
    assert any("cannot be understood" in note for note in notes)


def test_a_session_in_which_nothing_alarmed(tmp_path):
    place = Place(tmp_path)
    place.breathe(97, 5)
    place.bed.close(ended=True)
    _, out, _ = run(place.path)
    assert "alarms (met by people)" in out
