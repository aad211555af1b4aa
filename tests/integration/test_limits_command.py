"""`vigil limits` against a service on a real socket: the table, one order each, and refusals."""

import json

import limit_scenes as limits
import pytest
from scripted_service import ScriptedService
from typer.testing import CliRunner

from monitor.cli import app
from monitor.core.errors import ConfigError, MonitorError
from monitor.link.run_dir import SOCKET

pytestmark = pytest.mark.integration


class LimitedService(ScriptedService):
    """A bed with one changed limit and a baseline."""

    def snapshot(self, bed):
        return limits.snapshot(seq=self._seq)


@pytest.fixture
def service(tmp_path):
    made = LimitedService(tmp_path / SOCKET)
    made.start()
    yield made
    made.stop()


def vigil(service, *words):
    done = CliRunner().invoke(app, ["limits", *words, "--run-dir", str(service.path.parent)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def ordered(service):
    (command,) = service.commands
    return command.name, command.user, command.role, command.args


def test_the_table_says_what_is_in_force_and_who_changed_it(service):
    said = " ".join(vigil(service).split())
    assert "baseline 122/76 mmHg, pulse 68, SpO₂ 97 %" in said
    assert "1 limit changed" in said
    assert "PR_LOW" in said
    assert "anna: usual for this patient" in said
    assert service.commands == []


def test_json_is_one_object_with_every_field(service):
    said = json.loads(vigil(service, "--json"))
    assert said["baseline"]["sys"] == 122.0
    assert [one["preset_value"] for one in said["limits"] if one["condition"] == "PR_LOW"] == [50.0]


def test_one_limit_is_set_with_a_reason(service):
    service.reply = {"ok": True, "text": "SPO2_LOW is < 88 % now"}
    words = ("set", "spo2_low", "medium", "88", "--reason", "usual", "--user", "anna", "--role", "clinician")
    assert vigil(service, *words) == "SPO2_LOW is < 88 % now\n"
    changes = {
        "changes": [["SPO2_LOW", "medium", 88.0]],
        "reason": "usual",
        "occurrences": [],
        "automatic": False,
    }
    assert ordered(service) == ("limits", "anna", "clinician", changes)


def test_a_refusal_is_an_error_in_the_services_words(service):
    service.reply = {"ok": False, "text": "a nurse may set 85 at least"}
    with pytest.raises(MonitorError, match="a nurse may set 85 at least"):
        vigil(service, "set", "SPO2_LOW", "medium", "80", "--reason", "usual")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(
            ["set", "SPO2_LOW", "medium", "80"], "say why with --reason", id="wider without a reason"
        ),
        pytest.param(["set", "SYS_HIGH", "high", "190"], "--by reading or --by repeat", id="two levels"),
        pytest.param(["set", "SPO2_LAW", "medium", "88"], "there are: SPO2_DESAT high", id="no such limit"),
        pytest.param(["reset", "--bed", "bed9"], "no bed bed9 here; beds: bed1", id="no such bed"),
    ],
)
def test_what_cannot_be_ordered_is_said_and_not_sent(service, words, said, monkeypatch):
    monkeypatch.setattr("ui.terminal.one_order.HEARD_WITHIN_S", 0.5)
    with pytest.raises(MonitorError, match=said):
        vigil(service, *words)
    assert service.commands == []


def test_wrong_words_are_usage_errors(service):
    with pytest.raises(ConfigError, match="--role doctor: one of nurse, clinician"):
        vigil(service, "reset", "--role", "doctor")
    with pytest.raises(ConfigError, match="missing: --pulse, --spo2"):
        vigil(service, "baseline", "--sys", "120", "--dia", "70")


def test_proposals_are_printed_as_set_takes_them(service):
    one = {
        "condition": "PR_HIGH", "priority": "medium", "from": 130.0, "value": 120.0, "now": 90.0, "ok": True,
    }  # fmt: skip
    service.reply = {"ok": True, "text": "1 proposal", "results": [one]}
    assert "PR_HIGH medium 120   Pulse high: 130 in force, now 90" in vigil(service, "auto")
    assert ordered(service)[0] == "limits_auto"


ONE = {"condition": "PR_HIGH", "priority": "medium", "from": 130.0, "value": 125.0, "now": 90.0, "ok": True}
LEFT_OUT = {"condition": "SPO2_LOW", "priority": "medium", "from": 90.0, "value": 90.0, "ok": False}


def test_what_is_proposed_is_set_in_one_go(service):
    service.reply = {"ok": True, "text": "1 proposal", "results": [ONE, LEFT_OUT]}
    said = vigil(service, "auto", "--set", "--user", "anna")
    assert said.index("PR_HIGH medium 125") < said.rindex("1 proposal")
    asked, given = service.commands
    assert (asked.name, given.name, given.user) == ("limits_auto", "limits", "anna")
    assert (given.args["changes"], given.args["automatic"]) == ([["PR_HIGH", "medium", 125.0]], True)


@pytest.mark.parametrize(
    ("value", "said"),
    [(134.0, "PR_HIGH gets wider: say why with --reason"), (130.0, "nothing to set")],
)
def test_a_proposal_that_cannot_be_set_so_is_printed_and_not_set(service, value, said, capsys):
    service.reply = {"ok": True, "text": "1 proposal", "results": [{**ONE, "value": value}]}
    with pytest.raises(MonitorError, match=said):
        vigil(service, "auto", "--set")
    assert [command.name for command in service.commands] == ["limits_auto"]


def test_a_wider_proposal_is_set_with_a_reason(service):
    service.reply = {"ok": True, "text": "1 proposal", "results": [{**ONE, "value": 134.0}]}
    vigil(service, "auto", "--set", "--reason", "an athlete after a run")
    assert service.commands[1].args["reason"] == "an athlete after a run"


def test_a_reset_that_widens_asks_for_a_reason(service, monkeypatch):
    vigil(service, "reset")
    assert ordered(service) == ("limits_reset", "unnamed", "nurse", {"reason": ""})
    service.commands.clear()
    stricter = limits.limit("PR_HIGH", "pulse_rate", ">", 120.0, preset_value=130.0)
    monkeypatch.setattr(service, "snapshot", lambda bed: limits.snapshot(limits=[stricter]))
    with pytest.raises(MonitorError, match="PR_HIGH gets wider: say why with --reason"):
        vigil(service, "reset")
    assert service.commands == []
    vigil(service, "reset", "--reason", "calm again")
    assert ordered(service)[3] == {"reason": "calm again"}


def test_a_baseline_is_proposed_and_then_frozen(service):
    found = {"sys": 124.0, "dia": 78.0, "pulse": 70.0, "spo2": 97.0, "text": "cuff 3 min ago"}
    service.reply = {"ok": True, "text": "proposal", "results": [found]}
    assert "--sys 124 --dia 78 --pulse 70 --spo2 97   cuff 3 min ago" in vigil(service, "baseline")
    numbers = ("--sys", "124", "--dia", "78", "--pulse", "70", "--spo2", "97")
    service.reply = {"ok": True, "text": "baseline frozen"}
    assert vigil(service, "baseline", *numbers) == "baseline frozen\n"
    asked = {name: found[name] for name in ("sys", "dia", "pulse", "spo2")}
    assert [command.args for command in service.commands] == [{}, asked]
