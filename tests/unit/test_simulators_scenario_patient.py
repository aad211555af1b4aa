"""What a scenario may say about its patients."""

from pathlib import Path

import pytest

from monitor.core.errors import ConfigError
from simulators import scenario
from simulators.plasma import Route

BED = """
title = "Test"
minutes = 100

[[bed]]
id = "bed1"
title = "Room 1"
{told}

[[bed.device]]
id = "oximeter"
model = "nonin-df2"
"""


def _parse(told):
    return scenario.parse(BED.format(told=told).encode(), "x.toml")


def _bed(told):
    return _parse(told).bed[0]


def test_one_table_or_several_of_everything_that_happens():
    one = _bed("[bed.dose]\nat_min = 5\nroute = 'im'\nmg = 40\n[bed.movement]\nat_s = 5\n")
    assert one.dose.route is Route.IM and one.movement.at_s == 5
    several = _bed(
        "[[bed.dose]]\nat_min = 5\nroute = 'intranasal'\nmg = 28\n"
        "[[bed.dose]]\nat_min = 10\nroute = 'intranasal'\nmg = 28\n"
        "[[bed.desaturation]]\nat_s = 100\nto_pct = 90\nfall_s = 5\nhold_s = 5\nrecover_s = 5\n"
        "[[bed.desaturation]]\nat_s = 300\nto_pct = 80\nfall_s = 5\nhold_s = 5\nrecover_s = 5\n"
        "[bed.vasovagal]\nat_s = 600\n[bed.apnoea]\nat_s = 900\n[bed.anxiety]\nat_s = 1500\n"
    )
    subject = several.virtual_subject(1, 1.0)
    assert [each.at_s for each in several.incidents] == [100, 300, 600, 900, 1500]
    assert subject.oximetry(108).spo2_pct == pytest.approx(90)
    assert subject.oximetry(308).spo2_pct == pytest.approx(80)
    assert subject.vitals(650).pulse_bpm == pytest.approx(38)
    assert subject.resp_rate(930) == 0
    patient = several.virtual_patient(1, 1.0)
    assert patient.plasma_ng_ml(300) == 0 < patient.plasma_ng_ml(400) < patient.plasma_ng_ml(1200)


def test_another_length_moves_every_start_and_keeps_every_length():
    told = _parse(
        "[[bed.anxiety]]\nat_s = 600\n[[bed.anxiety]]\nat_s = 1200\n[bed.movement]\nat_s = 300\nhold_s = 9\n"
    )
    (bed,) = told.lasting(10).bed
    assert [each.at_s for each in bed.anxiety] == [60, 120]
    assert (bed.movement.at_s, bed.movement.hold_s) == (30, 9)
    subject = bed.virtual_subject(1, 10.0)
    assert subject.oximetry(35).doubtful and not subject.oximetry(41).doubtful
    assert subject.vitals(150).pulse_bpm > 80, "fear keeps its wire seconds though the body runs fast"


def test_a_cuff_is_on_the_other_arm_unless_told():
    for told, doubtful in (("", False), ("cuff_on_same_arm = true\n", True)):
        subject = _bed(told).virtual_subject(1, 1.0)
        subject.cuff(10.0, True)
        assert subject.oximetry(16.0).doubtful is doubtful


WRONG = {
    "both": ("[bed.dose]\nat_min = 1\nroute = 'iv'\nmg = 3\nmg_per_kg = 1", "a dose has mg or mg_per_kg"),
    "no route": ("[bed.dose]\nat_min = 1\nmg = 3", "need a route"),
    "two courses": ("[bed.dose]\nat_min = 1\nroute = 'iv'\npeak_min = 3", "without a route"),
    "route": ("[bed.dose]\nat_min = 1\nroute = 'rectal'", "bed[1].dose.route: Invalid enum value"),
    "unknown": ("[bed.vasovagal]\nat_s = 1\nto_pct = 3", "bed[1].vasovagal.to_pct: unknown key"),
    "in a list": ("[[bed.apnoea]]\nat_s = 1\neffort = 2", "bed[1].apnoea[1].effort: Expected"),
}


@pytest.mark.parametrize(("told", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_makes_no_sense_is_refused_with_its_key(told, expected):
    with pytest.raises(ConfigError) as refused:
        _parse(told)
    assert str(refused.value).startswith("x.toml: bed[1]") and expected in str(refused.value)


def test_the_pages_example_can_be_played():
    page = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()
    told = scenario.parse(page.split("```toml\n")[1].split("```")[0].encode(), "scenarios.md")
    assert told.bed[0].cuff_on_same_arm and len(told.bed[0].dose) == 2 and told.event
