"""Every hazard and every test of the alarm system has its place on the page, and what it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "hazards.md"
HAZARDS, TESTS = range(1, 24), range(1, 13)


def sections(head: str) -> dict[int, str]:
    """Return the text under each numbered heading that begins with `head`."""
    text = PAGE.read_text("utf-8").replace("# The twelve tests", "## The twelve tests")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    found = [re.match(rf"{head}(\d+)\. ", part) for part in parts]
    return {int(match[1]): part for match, part in zip(found, parts, strict=True) if match}


def named(text: str) -> list[str]:
    return [" ".join(name.split()) for name in re.findall(r"`(tests/[^`]+)`", text)]


@cache
def names_of(path: Path) -> set[str]:
    """Return the tests of a file: functions, and classes that a property machine is given to."""
    if path.suffix == ".toml":
        return {scenario["id"] for scenario in msgspec.toml.decode(path.read_bytes())["scenario"]}
    body = ast.parse(path.read_text("utf-8")).body
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    names = functions | {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in names if name.startswith(("test_", "Test"))}


def exists(name: str) -> bool:
    file, mark, what = name.partition(": " if ".toml: " in name else "::")
    path = ROOT / file
    return path.is_file() and (what in names_of(path) if mark else True)


def test_every_hazard_and_every_test_is_there_once():
    headings = re.findall(r"^## (?:Test )?(\d+)\. ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    assert [int(number) for number in headings] == [*HAZARDS, *TESTS]
    assert (list(sections("")), list(sections("Test "))) == ([*HAZARDS], [*TESTS])


@pytest.mark.parametrize("number", HAZARDS)
def test_a_hazard_has_its_cause_its_control_and_its_proof(number):
    text = sections("")[number]
    assert "**Cause:**" in text and "**Control:**" in text
    assert any("::" in name or ".toml: " in name for name in named(text))
    assert "**Proved by:**" in text or "**Not yet:**" in text


@pytest.mark.parametrize("number", TESTS)
def test_one_of_the_twelve_is_proved_or_said_to_be_missing(number):
    text = sections("Test ")[number]
    assert ("**Proved by:**" in text) == bool(named(text))
    assert named(text) or "**Not yet:** " in text


def test_every_test_that_is_named_exists():
    assert [name for name in named(PAGE.read_text("utf-8")) if not exists(name)] == []


@pytest.mark.parametrize(
    "name",
    [
        "tests/unit/test_hazards_page.py::test_that_nobody_wrote",
        "tests/unit/test_that_nobody_wrote.py::test_x",
        "tests/rules/pressure.toml: 12, then 13",
    ],
)
def test_a_name_that_leads_nowhere_is_noticed(name):
    assert not exists(name)
