"""The printed tables: every scenario with its outcome, and an exit code that tells."""

import pytest
import show

STORY = """
[[scenario]]
id = "84"
story = "A deep fall is high after 3 s."
source = "a test"
{limits}
line = [{{ at = 0, spo2 = 84 }}, {{ at = 3, expect = {{ SPO2_DESAT = "{state}" }}, sound = "high" }}]
"""


def story(state, limits=""):
    return STORY.format(state=state, limits=limits)


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "table.toml"
        path.write_text(text)
        return [str(path)]

    return write


def test_a_scenario_that_goes_as_written_passes(table, capsys):
    assert show.main(table(story(state="unack high"))) == 0
    printed = capsys.readouterr().out
    assert "pass  84\n" in printed
    assert "A deep fall is high after 3 s." in printed
    assert printed.endswith("1 scenarios: 1 pass, 0 FAIL\n")


def test_one_that_does_not_says_the_second_and_what_was_found(table, capsys):
    assert show.main(table(story(state="normal") + story(state="unack high"))) == 1
    printed = capsys.readouterr().out
    assert "at 3 s: SPO2_DESAT: expected 'normal', found 'unack high'" in printed
    assert printed.endswith("2 scenarios: 1 pass, 1 FAIL\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[[scenario]]\nid = 3\n", "cannot be read", id="not a table"),
        pytest.param(story(state="normal").replace("spo2", "spo3"), "spo3", id="a key nobody knows"),
        pytest.param(story(state="normal").replace("at = 3", "at = 0"), "two lines", id="same second"),
        pytest.param("scenario = []\n", "0 scenarios", id="nothing played is no success"),
    ],
)
def test_what_cannot_be_played_fails(table, capsys, text, said):
    assert show.main(table(text)) == 1
    assert said in capsys.readouterr().out


def test_the_limits_are_those_of_the_preset_and_the_baseline(table, capsys):
    limits = 'preset = "iv-racemic"\nbaseline = { sys = 112, dia = 70, pulse = 72, spo2 = 94 }'
    line = 'line = [{ at = 0, spo2 = 91 }, { at = 15, row = "SpO2 91 % (limit <= 91)" }]'
    told = story("normal", limits).partition("\nline = ")[0] + "\n" + line
    assert show.main(table(told)) == 0
    assert "limits: iv-racemic, baseline 112/70, pulse 72, SpO2 94" in capsys.readouterr().out
    assert show.main(table(told.replace("spo2 = 94", "spo2 = 97"))) == 1
    assert "expected 'SpO2 91 % (limit <= 91)', found 'SpO2 91 % (limit <= 92)'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        pytest.param('preset = "iv-racemick"', "iv-racemick", id="no such preset"),
        pytest.param('preset = "hypertensive-baseline"', "needs a baseline", id="baseline left out"),
        pytest.param(
            "baseline = { sys = 60, dia = 40, pulse = 72, spo2 = 97 }", "systolic 60", id="nobody at rest"
        ),
    ],
)
def test_limits_that_cannot_be_fail(table, capsys, limits, said):
    assert show.main(table(story("unack high", limits))) == 1
    assert said in capsys.readouterr().out


def test_a_missing_table_fails(tmp_path, capsys):
    assert show.main([str(tmp_path / "none.toml")]) == 1
    assert "1 FAIL" in capsys.readouterr().out
