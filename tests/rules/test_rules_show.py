"""The printed tables: every scenario with its outcome, and an exit code that tells."""

import pytest
import show

STORY = """
[[scenario]]
id = "84"
story = "A deep fall is high after 3 s."
source = "a test"
line = [{{ at = 0, spo2 = 84 }}, {{ at = 3, expect = {{ SPO2_DESAT = "{state}" }}, sound = "high" }}]
"""


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "table.toml"
        path.write_text(text)
        return [str(path)]

    return write


def test_a_scenario_that_goes_as_written_passes(table, capsys):
    assert show.main(table(STORY.format(state="unack high"))) == 0
    printed = capsys.readouterr().out
    assert "pass  84\n" in printed
    assert "A deep fall is high after 3 s." in printed
    assert printed.endswith("1 scenarios: 1 pass, 0 FAIL\n")


def test_one_that_does_not_says_the_second_and_what_was_found(table, capsys):
    assert show.main(table(STORY.format(state="normal") + STORY.format(state="unack high"))) == 1
    printed = capsys.readouterr().out
    assert "at 3 s: SPO2_DESAT: expected 'normal', found 'unack high'" in printed
    assert printed.endswith("2 scenarios: 1 pass, 1 FAIL\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[[scenario]]\nid = 3\n", "cannot be read", id="not a table"),
        pytest.param(STORY.format(state="normal").replace("spo2", "spo3"), "spo3", id="a key nobody knows"),
        pytest.param(STORY.format(state="normal").replace("at = 3", "at = 0"), "two lines", id="same second"),
        pytest.param("scenario = []\n", "0 scenarios", id="nothing played is no success"),
    ],
)
def test_what_cannot_be_played_fails(table, capsys, text, said):
    assert show.main(table(text)) == 1
    assert said in capsys.readouterr().out


def test_a_missing_table_fails(tmp_path, capsys):
    assert show.main([str(tmp_path / "none.toml")]) == 1
    assert "1 FAIL" in capsys.readouterr().out
