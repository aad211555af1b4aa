"""Limits changed by command: the reply, the journal, and the snapshot that everybody gets."""

import pytest
from bed_place import Place

from monitor.link import messages
from monitor.link.messages import Command


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    yield made
    made.recorder.close(ended=False)


def ask(name, identity="l1", user="anna", role="nurse", **args):
    return Command(id=identity, bed="bed1", name=name, user=user, role=role, args=args)


async def test_a_change_is_answered_told_and_written_down(place):
    changes = [["SPO2_LOW", "medium", 88], ["SYS_LOW", "high", 82, "repeat"]]
    reply = await place.bed.command(ask("limits", changes=changes, reason="lives at 90", occurrences=[]))
    assert (reply.ok, reply.text) == (True, "2 limits changed")
    assert reply.results[0] == {
        "condition": "SPO2_LOW", "priority": "medium", "decided_by": "delay",
        "from": 90.0, "value": 88.0, "ok": True, "text": "",
    }  # fmt: skip
    told = place.of(messages.Snapshot)[-1]
    low = next(limit for limit in told.limits if limit.condition == "SPO2_LOW")
    assert (low.value, low.preset_value, low.text, low.changed_by) == (88.0, 90.0, "< 88 %", "anna")
    assert (low.least, low.most, low.clinician_least, low.reason) == (88.0, 95.0, 85.0, "lives at 90")
    assert told.limits_changed == 2
    journal = place.journal()
    kinds = [kind for kind, _ in journal]
    assert kinds.index("act") < kinds.index("limit_changed") < kinds.index("act_answered")
    body = next(body for kind, body in journal if kind == "limit_changed")
    assert body == {
        "condition": "SPO2_LOW", "priority": "medium", "decided_by": "delay", "comparator": "<",
        "from": 90.0, "to": 88.0, "user": "anna", "role": "nurse", "reason": "lives at 90",
        "automatic": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ({}, "say which limits change"),
        ({"changes": "SPO2_LOW"}, "say which limits change"),
        ({"changes": [["SPO2_LOW", "medium"]]}, "say which limits change"),
        ({"changes": [["SPO2_LOW", "medium", True]]}, "say which limits change"),
        ({"changes": [["SPO2_LOW", "medium", 1e400]]}, "say which limits change"),
        ({"changes": [["SPO2_LOW", "medium", 92]], "occurrences": 3}, "say which limits change"),
        ({"changes": [["SPO2_LOW", "medium", 92]], "role": "owner"}, "the role is one of"),
        ({"changes": [["SPO2_LOW", "medium", 92]], "reason": "x" * 201}, "the reason is printable"),
        ({"changes": [["SPO2_LOW", "medium", 92]], "reason": "a\nb"}, "the reason is printable"),
        ({"changes": [["SPO2_LOW", "medium", 88]]}, "say why"),
    ],
    ids=repr,
)
async def test_what_is_malformed_is_refused_in_words(place, args, text):
    before = place.bed.snapshot().limits
    reply = await place.bed.command(ask("limits", **args))
    assert not reply.ok and text in reply.text
    assert place.bed.snapshot().limits == before


async def test_a_reset_by_command(place):
    await place.bed.command(ask("limits", changes=[["SPO2_LOW", "medium", 92]]))
    reply = await place.bed.command(ask("limits_reset", "l2", reason="quiet now"))
    assert (reply.ok, place.bed.snapshot().limits_changed) == (True, 0)


async def test_the_baseline_is_asked_for_frozen_and_shown(place):
    proposal = await place.bed.command(ask("baseline", "b1"))
    assert not proposal.ok and "missing: 2 blood pressures" in proposal.text
    numbers = {"sys": 122, "dia": 76, "pulse": 68, "spo2": 97}
    assert not (await place.bed.command(ask("baseline", "b2", sys=122))).ok
    reply = await place.bed.command(ask("baseline", "b3", **numbers))
    assert reply.ok and "before the dose" in reply.text
    told = place.of(messages.Snapshot)[-1].baseline
    assert (told.sys, told.spo2, told.by, told.age_s) == (122, 97, "anna", 0)
    (body,) = [body for kind, body in place.journal() if kind == "baseline_frozen"]
    assert body == {**numbers, "proposed": None, "user": "anna", "role": "nurse"}


async def test_automatic_limits_are_proposed_and_marked_when_confirmed(place):
    reply = await place.bed.command(ask("limits_auto", "a1"))
    assert not reply.ok and {one["condition"] for one in reply.results} >= {"PR_LOW", "SYS_HIGH"}
    changes = [["PR_HIGH", "medium", 120]]
    await place.bed.command(ask("limits", "a2", changes=changes, automatic=True))
    limits = place.bed.snapshot().limits
    assert [limit.condition for limit in limits if limit.automatic] == ["PR_HIGH"]
