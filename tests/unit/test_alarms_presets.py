"""Presets are data, and a preset that would alarm too late, or not at all, is refused."""

import msgspec
import pytest

from alarms import preset
from alarms.limits import Comparator
from monitor.core.errors import ConfigError


def _text(old: str = "", new: str = "") -> str:
    text = (preset.FOLDER / "adult-standard.toml").read_text("utf-8")
    assert old in text
    return text.replace(old, new, 1)


def test_adult_standard_limits_are_as_decided():
    found = {
        (limit.condition, limit.comparator.value, limit.value, limit.priority, limit.on_delay_s)
        for limit in preset.load("adult-standard").limits_in_force()
    }
    assert found == {
        ("SPO2_LOW", "<", 90, "medium", 10),
        ("SPO2_DESAT", "<", 85, "high", 3),
        ("PR_LOW", "<", 50, "medium", 10),
        ("PR_LOW", "<", 40, "high", 5),
        ("PR_HIGH", ">", 130, "medium", 15),
        ("PR_HIGH", ">", 150, "high", 10),
        ("HR_LOW", "<", 50, "medium", 10),
        ("HR_LOW", "<", 40, "high", 5),
        ("HR_HIGH", ">", 130, "medium", 15),
        ("HR_HIGH", ">", 150, "high", 10),
        ("SYS_HIGH", ">", 160, "medium", 0),
        ("SYS_HIGH", ">=", 180, "high", 0),
        ("SYS_LOW", "<", 90, "medium", 0),
        ("SYS_LOW", "<", 80, "high", 0),
        ("SYS_LOW", "<", 70, "high", 0),
        ("DIA_HIGH", ">", 100, "medium", 0),
        ("DIA_HIGH", ">=", 110, "high", 0),
        ("DIA_LOW", "<", 50, "medium", 0),
        ("MAP_LOW", "<", 60, "medium", 0),
        ("MAP_LOW", "<", 55, "high", 0),
        ("MAP_LOW", "<", 50, "high", 0),
        ("MAP_HIGH", ">", 110, "medium", 0),
        ("MAP_HIGH", ">=", 130, "high", 0),
        ("MAP_HIGH", ">", 140, "high", 0),
    }


def test_every_number_has_a_source_and_a_tag():
    loaded = preset.load("adult-standard")
    rows = [*loaded.limit, *loaded.technical, loaded.acknowledged, loaded.worse_by]
    assert all(row.source and row.evidence in {"V", "S", "U", "D", "C"} for row in rows)


def test_a_preset_keeps_the_text_that_it_was_read_from():
    assert preset.load("adult-standard").text == _text()


@pytest.mark.parametrize(
    ("comparator", "value", "outside"),
    [
        pytest.param("<", 90, False, id="below at the limit"),
        pytest.param("<", 89.9, True, id="below under it"),
        pytest.param("<=", 90, True, id="at or below at the limit"),
        pytest.param("<=", 90.1, False, id="at or below over it"),
        pytest.param(">", 90, False, id="above at the limit"),
        pytest.param(">", 90.1, True, id="above over it"),
        pytest.param(">=", 90, True, id="at or above at the limit"),
        pytest.param(">=", 89.9, False, id="at or above under it"),
    ],
)
def test_a_comparator_is_meant_as_written(comparator, value, outside):
    limit = msgspec.structs.replace(preset.load("adult-standard").limit[1], comparator=Comparator(comparator))
    assert limit.outside(value) is outside


def test_hysteresis_clears_at_its_end_that_value_included():
    low = preset.load("adult-standard").by_condition["SPO2_LOW"][0]
    high = preset.load("adult-standard").by_condition["SYS_HIGH"][0]
    assert (low.beyond(90.9), low.beyond(91)) == (False, True)
    assert (high.beyond(150.1), high.beyond(150)) == (False, True)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param(
            "on_delay_s = 10\n", "on_delay_s = 22\n", "SPO2_LOW: alarms after 31 s", id="low too late"
        ),
        pytest.param(
            "on_delay_s = 3\n", "on_delay_s = 4\n", "SPO2_DESAT: alarms after 13 s", id="desat too late"
        ),
        pytest.param("value = 90\n", "value = 84\n", "exceeds that of SPO2_LOW", id="desat above low"),
        pytest.param("value = 50\n", "value = 131\n", "crosses PR_HIGH > 130 /min", id="crossed"),
        pytest.param(
            "value = 160\n", "value = 16\n", "outside what nibp_sys can be", id="kPa taken for mmHg"
        ),
        pytest.param("off_delay_s = 3\n", "off_delay_s = 1e308\n", "no number to judge with", id="endless"),
        pytest.param('channel = "spo2"', 'channel = "spo"', "no channel 'spo'", id="unknown channel"),
        pytest.param('priority = "high"', 'priority = "red"', "no priority 'red'", id="unknown priority"),
        pytest.param("hysteresis = 2", "hysterese = 2", "hysterese", id="unknown key"),
        pytest.param("value = 85", 'value = "low"', "limit", id="wrong type"),
        pytest.param(
            'condition = "STORE_FAIL"', 'condition = "X"', "STORE_FAIL: a preset cannot", id="left out"
        ),
        pytest.param(
            'decided_by = "reading"', 'decided_by = "delay"', "does not suit nibp_sys", id="cuff with a delay"
        ),
    ],
)
def test_a_bad_preset_is_refused_in_words(old, new, says):
    with pytest.raises(ConfigError, match="mine.toml: ") as refused:
        preset.parse(_text(old, new), "mine.toml")
    assert says in str(refused.value)


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="no preset 'adult'; there are: adult-standard"):
        preset.load("adult")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param("cap = 170", "cap = 180", "SYS_HIGH: >= 180 mmHg must be", id="cap at the red limit"),
        pytest.param("cap = 170", "cap = 210", "SYS_HIGH: >= 210 mmHg must be", id="cap beyond it"),
        pytest.param("floor = 41", "floor = 39", "PR_LOW: <= 39 /min must be", id="floor beyond red"),
        pytest.param("floor = 150", "floor = 171", "150 without a baseline is not from 171", id="crossed"),
        pytest.param("cap = 170", "cap = nan", "is not from 150 to nan", id="a cap that is none"),
        pytest.param('of = "sys"', 'of = "dia"', "nibp_sys follows sys", id="another number"),
        pytest.param('of = "sys"', 'of = "age"', "SYS_HIGH: follows 'age'", id="no number"),
        pytest.param("factor = 0.7", "factor = -0.7", "SYS_LOW: factor -0.7", id="upside down"),
        pytest.param("floor = 89", "floor = 84", "exceeds that of SPO2_LOW", id="saturation under desat"),
        pytest.param("floor = 150, ", "", "missing required field `floor`", id="no floor"),
        pytest.param('off = ["MAP_HIGH"]', 'off = ["SPO2_DESAT"]', "cannot turn it off", id="desat off"),
        pytest.param('"adult-standard"', '"../x"', "based_on '../x': there are adult", id="no base"),
        pytest.param("rises_to_high_after_s = 60", "", "SPO2_LOW: must rise to high", id="never rises"),
        pytest.param("on_delay_s = 15", "on_delay_s = 2", "longer than SPO2_LOW, 2 s", id="desat later"),
        pytest.param('by = "reading"', 'by = "repeat"', "any breach alarms at the first reading", id="waits"),
        pytest.param("satseconds = 50", "satseconds = 0", "satseconds 0.0: more", id="no depth"),
        pytest.param("satseconds = 50", "", "satseconds None: more than 0", id="depth switched off"),
        pytest.param("excursions = 3", "excursions = -1", "excursions -1: from 2 to 5", id="no count"),
        pytest.param("hysteresis = 2", "hysteresis = 99", "clears after 99 and 5 s inside", id="never over"),
        pytest.param("version = 1", "version = 0", "versions from 1 on", id="no version"),
        pytest.param("cuff_every_min = 10", "cuff_every_min = nan", "cuff_every_min: nan", id="no interval"),
        pytest.param('evidence = "C"', 'evidence = ""', "evidence ''", id="no evidence"),
    ],
)
def test_a_bad_relative_preset_is_refused_in_words(old, new, says):
    text = (preset.FOLDER / "iv-racemic.toml").read_text("utf-8")
    assert old in text
    with pytest.raises(ConfigError, match="mine.toml: ") as refused:
        preset.parse(text.replace(old, new, 1), "mine.toml")
    assert says in str(refused.value)
