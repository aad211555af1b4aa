"""The page for clinicians says what the files say."""

import preset_page
import pytest

from alarms import preset as presets


def test_the_page_is_made_from_the_presets_as_they_are():
    text = preset_page.PAGE.read_text("utf-8")
    assert text == preset_page.page(), "run .venv/bin/python tests/preset_page.py"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("| SPO2_DESAT | high | < 85 % |  | 3 s outside | 12 s (12) | 87 for 5 s |", id="desat"),
        pytest.param(
            "| SPO2_LOW | medium | <= 92 % | baseline - 3, from 89 to 92 | 15 s outside | 24 s (30) |",
            id="ketamine saturation",
        ),
        pytest.param(
            "| SYS_HIGH | medium | >= 150 mmHg | baseline + 40, from 150 to 170 | first reading |", id="rise"
        ),
        pytest.param("| SYS_HIGH | high | >= 180 mmHg |  | repeat |", id="by repeat"),
        pytest.param(
            "| SYS_HIGH | medium | > the baseline's | 0.86 x baseline + 38, from 150 to 175 |", id="relative"
        ),
    ],
)
def test_a_row_reads_as_decided(row):
    assert row in preset_page.page()


@pytest.mark.parametrize("name", ["im-racemic", "in-esketamine-rems", "sl-troche"])
def test_one_table_of_limits_for_every_route(name):
    section = preset_page.page().partition(f"## {name}: ")[2].partition("\n## ")[0]
    assert "All limits are those of iv-racemic." in section


def test_every_preset_has_its_place_on_the_page():
    assert all(f"## {name}: " in preset_page.page() for name in presets.known())
