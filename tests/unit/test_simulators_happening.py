"""What a person makes happen to a virtual patient while it runs."""

import pytest

from simulators.control import Control
from simulators.happening import INCIDENTS
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject


@pytest.fixture
def patient():
    return VirtualSubject(Patient(Rest(), 3), 30.0, 3)


async def _tell(patient, line, now_s):
    return await Control({}, {"bed1": patient}, lambda: None, lambda: now_s).answer(line)


async def test_a_desaturation_begins_now_and_lasts_its_wire_seconds(patient):
    assert await _tell(patient, "desaturation 60", 100.0) == "bed1: desaturation 60"
    spo2 = [patient.oximetry(t).spo2_pct for t in (99, 116, 174, 200)]
    assert spo2[0] > 94 and spo2[1] == spo2[2] == pytest.approx(84) and spo2[3] > 94


@pytest.mark.parametrize(
    ("word", "seen"),
    [
        pytest.param("vasovagal", lambda who: who.vitals(150).pulse_bpm < 40, id="faint"),
        pytest.param("apnoea", lambda who: who.resp_rate(110) == 0, id="no breath"),
        pytest.param("obstruction", lambda who: who.vitals(180).spo2_pct < 86, id="closed airway"),
        pytest.param("anxiety", lambda who: who.vitals(150).breaths_per_min > 18, id="fear"),
        pytest.param("movement", lambda who: who.oximetry(110).doubtful, id="arm"),
    ],
)
async def test_a_word_makes_it_happen(patient, word, seen):
    assert not seen(patient)
    assert await _tell(patient, f"bed1 {word}", 100.0) == f"bed1: {word}"
    assert seen(patient)


@pytest.mark.parametrize("line", ["faint", "bed1 faint", "movement soon", "movement -1", "bed1"])
async def test_what_makes_no_sense_is_answered_with_the_words_there_are(patient, line):
    answer = await _tell(patient, line, 1.0)
    assert answer.startswith("error: ")


async def test_two_beds_must_be_told_apart(patient):
    control = Control({}, {"bed1": patient, "bed2": patient}, lambda: None, lambda: 1.0)
    assert (await control.answer("anxiety")).startswith("error: say which bed first: bed1, bed2")
    assert await control.answer("bed2 anxiety 5") == "bed2: anxiety 5"
    told = await control.answer("help")
    assert [word for word in INCIDENTS if word not in told] == []
