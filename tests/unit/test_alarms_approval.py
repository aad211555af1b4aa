"""A draft becomes a clinic's preset by a named clinician's word for exactly that content."""

import pytest

from alarms import preset as presets
from monitor.core.errors import ConfigError


def approved(text, *, sha256=None, name="A. Clinician", credential="MD", at="2026-01-15T15:00:00Z"):
    digest = sha256 or presets.parse(text).sha256
    head = text.replace('status = "draft"', 'status = "approved"')
    return f"""{head}
[approval]
name = "{name}"
credential = "{credential}"
at = {at}
sha256 = "{digest}"
"""


def draft(name="iv-racemic"):
    return (presets.FOLDER / f"{name}.toml").read_text("utf-8")


@pytest.mark.parametrize("name", ["iv-racemic", "sl-troche", "sleep-apnoea", "recovery"])
def test_an_approved_preset_may_judge_real_devices_and_says_whose_it_is(name):
    preset = presets.parse(approved(draft(name)))
    assert preset.refusal() == ""
    assert preset.note.startswith("approved by A. Clinician, MD, 2026-01-15")


@pytest.mark.parametrize("name", [name for name in presets.known() if name != presets.FACTORY])
def test_what_is_shipped_beside_the_factory_preset_is_a_draft(name):
    assert presets.read(name).status == "draft"


def test_a_draft_may_not_judge_real_devices():
    assert "is a draft: it runs on simulated devices" in presets.load("iv-racemic").refusal()


def test_the_factory_preset_may_as_long_as_nobody_changed_it():
    assert presets.load("adult-standard").refusal() == ""
    changed = draft("adult-standard").replace("value = 130\n", "value = 135\n")
    assert "differs from Vigil's" in presets.parse(changed).refusal()


def test_how_a_file_is_written_is_not_what_is_approved():
    text = draft()
    other = "# another comment\n" + text.replace("value = 92\n", "value = 92.0\n")
    assert presets.parse(text).sha256 == presets.parse(other).sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("value = 150\n", "value = 151\n", id="a limit"),
        pytest.param("cap = 170", "cap = 171", id="a cap"),
        pytest.param("hysteresis = 10\n", "hysteresis = 9\n", id="a hysteresis"),
        pytest.param('id = "iv-racemic"', 'id = "iv-ours"', id="the id"),
        pytest.param("version = 1", "version = 2", id="the version"),
    ],
)
def test_a_change_after_the_approval_is_refused_in_words(old, new):
    text = approved(draft())
    assert old in text
    with pytest.raises(ConfigError, match=r"A\. Clinician approved another content .* approve it again"):
        presets.parse(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"name": " "}, "approval.name: is empty", id="nobody"),
        pytest.param({"credential": ""}, "approval.credential: is empty", id="no credential"),
        pytest.param({"at": "2026-01-15T15:00:00"}, "approval.at: needs a time zone", id="no time zone"),
        pytest.param({"sha256": "00"}, "approved another content", id="no such content"),
    ],
)
def test_an_approval_that_is_none_is_refused(change, says):
    with pytest.raises(ConfigError) as refused:
        presets.parse(approved(draft(), **change))
    assert says in str(refused.value)


def test_approved_by_nobody_is_refused():
    with pytest.raises(ConfigError, match="no approval says by whom"):
        presets.parse(draft().replace('status = "draft"', 'status = "approved"'))


def test_a_draft_with_an_approval_is_refused():
    text = approved(draft()).replace('status = "approved"', 'status = "draft"')
    with pytest.raises(ConfigError, match="the status is draft"):
        presets.parse(text)
