"""What may happen to the virtual patient, for every seed: deep enough, bounded, and over at the end."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.contact import LOST_S, Contact, Movement
from simulators.dose import MOST_RISE_SYS, Dose
from simulators.incidents import Anxiety, Apnoea, Desaturation, Vasovagal
from simulators.patient import Patient, Rest
from simulators.plasma import Route
from simulators.subject import VirtualSubject

SEEDS = st.integers(0, 2**31)
ROUTES = st.sampled_from(Route)


def subject(seed, *, movements=(), same_arm=False, **told):
    patient = Patient(Rest(), seed, **told)
    return VirtualSubject(patient, 1.0, seed, Contact(seed, movements, same_arm=same_arm))


@given(SEEDS, ROUTES, st.floats(0, 60), st.floats(0, 400))
def test_a_rise_that_is_told_is_reached_and_not_passed(seed, route, rise, minute):
    patient = Patient(Rest(), seed, doses=[Dose(at_min=10, route=route, rise_sys=rise, rise_pulse=5)])
    assert patient.at(minute * 60).sys <= 124 + 3 + rise + 0.1
    assert max(patient.at(at * 60).sys for at in range(10, 131, 3)) >= 124 - 3 + 0.97 * rise


@given(SEEDS, ROUTES, st.floats(0, 400), st.booleans())
def test_a_drawn_patient_stays_plausible(seed, route, minute, frail):
    rest = Rest(age=80 if frail else 30, session=1)
    vitals = Patient(rest, seed, doses=[Dose(at_min=10, route=route)]).at(minute * 60)
    assert 121 <= vitals.sys <= 127 + MOST_RISE_SYS
    assert 40 < vitals.dia < vitals.sys
    assert 45 < vitals.pulse_bpm < 105
    assert 94 <= vitals.spo2_pct <= 100
    assert 8 < vitals.breaths_per_min < 17


@given(SEEDS, st.lists(st.tuples(st.floats(0, 120), ROUTES, st.floats(1, 300)), min_size=2, max_size=6))
@settings(max_examples=40)
def test_many_doses_add_up_and_saturate(seed, given_doses):
    doses = [Dose(at_min=at, route=route, mg=mg, rise_sys=20.0) for at, route, mg in given_doses]
    patient = Patient(Rest(), seed, doses=doses)
    for minute in range(0, 300, 20):
        assert 118 < patient.at(minute * 60).sys < 124 + 3 + 20 * 6
    before, after = patient.plasma_ng_ml(0), patient.plasma_ng_ml(121 * 60)
    assert before == 0 and after > 0


@given(SEEDS, st.floats(-100, 1000))
def test_a_faint_goes_down_to_what_it_says_and_comes_back(seed, t):
    patient = Patient(Rest(), seed, incidents=[Vasovagal(at_s=200)])
    deep = patient.at(250)
    assert (deep.pulse_bpm, deep.sys, deep.dia) == (38, 82, 45)
    assert deep.perfusion_pct < 1
    assert patient.at(t).pulse_bpm >= 38 and patient.at(t).sys >= 82
    assert patient.at(190) == Patient(Rest(), seed).at(190)
    assert patient.at(380) == Patient(Rest(), seed).at(380)


@given(SEEDS, st.floats(-100, 1000))
def test_breath_stops_first_and_the_oxygen_follows(seed, t):
    who = subject(seed, incidents=[Apnoea(at_s=100, hold_s=60)])
    assert who.resp_rate(99) > 8
    assert who.resp_rate(110) == who.resp_rate(155) == 0.0
    assert {who.resp(120 + tick / 7) for tick in range(70)} == {0.5}, "a flat line"
    assert who.oximetry(118).spo2_pct > 94, "the finger does not know yet"
    assert who.oximetry(182).spo2_pct == pytest.approx(84, abs=0.1)
    assert who.oximetry(230).spo2_pct > 94
    assert who.resp_rate(175) > 8
    assert 84 <= who.vitals(t).spo2_pct <= 100


def test_a_closed_airway_still_moves_the_chest():
    who = subject(3, incidents=[Apnoea(at_s=100, hold_s=60, effort=0.5)])
    wave = [who.resp(120 + tick / 10) for tick in range(200)]
    assert 0.3 < max(wave) - min(wave) < 0.6
    assert who.resp_rate(130) > 8 and who.oximetry(182).spo2_pct < 85


@given(SEEDS)
def test_fear_raises_everything_but_the_oxygen(seed):
    calm, afraid = (Patient(Rest(), seed, incidents=told).at(180) for told in ((), (Anxiety(at_s=100),)))
    assert afraid.pulse_bpm == pytest.approx(calm.pulse_bpm + 22)
    assert afraid.sys == pytest.approx(calm.sys + 14)
    assert afraid.breaths_per_min == pytest.approx(calm.breaths_per_min + 8)
    assert afraid.spo2_pct == calm.spo2_pct


@given(SEEDS, st.floats(0, 2000))
def test_everything_at_once_is_still_a_living_adult(seed, t):
    incidents = [
        Desaturation(at_s=100, to_pct=70, fall_s=5, hold_s=900, recover_s=5),
        Vasovagal(at_s=120, to_sys=40, to_dia=38, hold_s=900),
        Apnoea(at_s=140, to_pct=60, hold_s=500),
        Anxiety(at_s=160, rise_pulse=100, hold_s=900),
    ]
    vitals = Patient(Rest(), seed, incidents=incidents, doses=[Dose(at_min=2, route=Route.IV)]).at(t)
    assert 55 <= vitals.spo2_pct <= 100
    assert 20 <= vitals.pulse_bpm <= 250
    assert vitals.dia < vitals.map < vitals.sys
    assert 0 <= vitals.breath_depth <= 1 and vitals.breaths_per_min >= 0 and vitals.perfusion_pct > 0


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_movement_spoils_the_finger_and_the_cuff_while_it_lasts(seed):
    still, moving = subject(seed), subject(seed, movements=[Movement(at_s=100, hold_s=30)])
    times = [105 + tick / 25 for tick in range(600)]
    assert max(abs(still.pleth(t) - moving.pleth(t)) for t in times) > 0.3
    assert all(0 <= moving.pleth(t) <= 1 for t in times)
    found = moving.oximetry(115)
    assert found.doubtful and -6 <= found.spo2_pct - still.oximetry(115).spo2_pct <= 0
    assert abs(found.pulse_bpm - still.oximetry(115).pulse_bpm) <= 30
    pressure = moving.pressure(115)
    assert pressure.moved and abs(pressure.sys - still.pressure(115).sys) <= 20
    assert pressure.dia < pressure.map < pressure.sys
    for t in (99, 132):
        assert moving.oximetry(t) == still.oximetry(t) and moving.pleth(t) == still.pleth(t)
        assert moving.pressure(t) == still.pressure(t)


@given(SEEDS, st.floats(20, 180))
@settings(max_examples=20, deadline=None)
def test_a_cuff_on_the_oximeters_arm_takes_its_pulse_away_and_gives_it_back(seed, up_s):
    who = subject(seed, same_arm=True)
    before = who.oximetry(99.9)
    who.cuff(100.0, True)
    squeezed = [who.pleth(106 + tick / 30) for tick in range(120)]
    assert max(squeezed) - min(squeezed) < 0.06, "the pulse wave is flat"
    assert who.since_pulse_s(110) == math.inf
    false = who.oximetry(110)
    assert false.doubtful and false.perfusion_pct < 0.2
    assert who.vitals(110).spo2_pct - 6 <= false.spo2_pct <= who.vitals(110).spo2_pct
    assert who.oximetry(100 + LOST_S + 1).spo2_pct is None
    who.cuff(100.0 + up_s, False)
    again = who.oximetry(100 + up_s + 5)
    assert not again.doubtful and again.spo2_pct > 94 and again.perfusion_pct > 2
    assert who.since_pulse_s(100 + up_s + 5) < 2
    assert who.oximetry(99.9) == before, "what was, stays"


def test_a_short_squeeze_is_not_long_enough_to_lose_the_pulse():
    who = subject(1, same_arm=True)
    who.cuff(100.0, True)
    who.cuff(110.0, False)
    assert all(who.oximetry(100 + t).spo2_pct is not None for t in range(20))


def test_a_cuff_on_the_other_arm_changes_nothing():
    who, untouched = subject(1), subject(1)
    who.cuff(100.0, True)
    assert who.oximetry(110) == untouched.oximetry(110) and who.pleth(110) == untouched.pleth(110)


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_ecg_pulse_wave_and_intervals_tell_the_same_beats(seed):
    who = subject(seed)
    beats = who.beats(100, 130)
    rate = 60 * len(beats) / sum(beat.length_s for beat in beats)
    assert who.heart_rate(130) == pytest.approx(rate, abs=8)
    for beat in beats:
        assert who.ecg_mv(beat.start_s) > 0.8, "an R wave where the beat begins"
        assert who.since_pulse_s(beat.start_s + 0.201) < 0.01, "later at the finger"
