"""The devices' pages: one table with every model, and one page each with the same headings."""

import re
from pathlib import Path

import pytest

from drivers import registry

PAGES = Path(__file__).parents[2] / "docs" / "devices"
TABLE = (PAGES / "README.md").read_text(encoding="utf-8")
HEADINGS = (
    "What it measures",
    "What is verified, and how",
    "Known quirks",
    "Commands sent",
    "Example",
)


@pytest.mark.parametrize("model", registry.MODELS)
def test_the_table_says_what_the_registry_says(model):
    known = registry.load(model)
    (row,) = [line for line in TABLE.splitlines() if line.startswith(f"| [{model}]({model}.md) |")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1] == known.title
    assert cells[4] == ", ".join(sorted(order.value for order in known.orders))


@pytest.mark.parametrize("model", registry.MODELS)
def test_a_page_has_every_heading_of_the_others(model):
    page = (PAGES / f"{model}.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (.+)$", page, re.M)
    assert page.startswith(f"# {model}: ")
    assert [heading for heading in HEADINGS if heading not in found] == []
    assert {"Cable and settings", "Connecting"} & set(found)


def test_there_is_no_page_of_a_model_that_does_not_exist():
    pages = {page.stem for page in PAGES.glob("*.md")} - {"README", "adding"}
    assert pages == set(registry.MODELS)
