import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators import scenario
from simulators.dose import Dose
from simulators.incidents import Desaturation
from simulators.patient import Patient, Rest
from simulators.rhythm import Rhythm, pleth_shape
from simulators.subject import VirtualSubject

SEEDS = st.integers(0, 2**31)
TIMES = st.floats(-60, 6 * 3600)


@given(SEEDS, TIMES, TIMES)
def test_the_patient_is_a_function_of_seed_and_time_alone(seed, t, other):
    one, two = (Patient(Rest(), seed, doses=[Dose(at_min=15)]) for _ in range(2))
    one.at(other)
    assert one.at(t) == two.at(t)


@given(SEEDS, TIMES)
def test_a_calm_patient_stays_inside_the_adult_limits(seed, t):
    vitals = Patient(Rest(), seed).at(t)
    assert 93 <= vitals.spo2_pct <= 100
    assert 55 <= vitals.pulse_bpm <= 100
    assert 95 < vitals.sys < 150
    assert 55 < vitals.dia < vitals.map < vitals.sys


@given(SEEDS, TIMES, st.floats(0, 60), st.floats(60, 95), st.floats(0.5, 600))
def test_whatever_happens_stays_plausible_for_a_living_adult(seed, t, rise, to_pct, fall_s):
    dip = Desaturation(at_s=1000, to_pct=to_pct, fall_s=fall_s, hold_s=30, recover_s=fall_s)
    vitals = Patient(Rest(), seed, doses=[Dose(at_min=10, rise_sys=rise)], incidents=[dip]).at(t)
    assert min(to_pct, 93) - 1 <= vitals.spo2_pct <= 100
    assert 40 < vitals.pulse_bpm < 130
    assert 40 < vitals.dia < vitals.sys < 250
    assert 4 < vitals.breaths_per_min < 20


def _demo(seed, minutes=3.0):
    told = scenario.load("demo").lasting(minutes)
    bed = told.bed[0]
    return told, bed, bed.virtual_subject(seed, told.speed)


def _longest_below(subject, limit, seconds):
    longest = run = 0
    for tick in range(int(seconds * 3)):
        below = int(subject.oximetry(tick / 3).spo2_pct + 0.5) < limit
        run = run + 1 if below else 0
        longest = max(longest, run)
    return longest / 3


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.sampled_from([1.0, 3.0, 10.0]))
def test_the_demo_desaturates_long_enough_to_alarm_and_once_only(seed, minutes):
    _, _, subject = _demo(seed, minutes)
    seconds = minutes * 60
    assert _longest_below(subject, 90, seconds) > 18, "SpO2 below 90 % must outlast its 10 s"
    assert _longest_below(subject, 85, seconds) > 6, "SpO2 below 85 % must outlast its 3 s"
    below = [subject.oximetry(t / 3).spo2_pct < 90 for t in range(int(seconds * 3))]
    assert sum(not before and now for before, now in itertools.pairwise(below)) == 1
    assert not any(below[: int(seconds * 0.9)]), "calm for the first three tenths"
    assert not any(below[-9:]), "over at the end"


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.sampled_from([1.0, 3.0, 10.0]))
def test_the_demo_pressure_passes_160_once_and_comes_back(seed, minutes):
    told, bed, subject = _demo(seed, minutes)
    cuff = next(device for device in bed.device if device.id == "cuff")
    times = []
    while (t := cuff.first_s + len(times) * cuff.every_s) < minutes * 60:
        times.append(t)
    readings = [subject.pressure(t) for t in times]
    high = [reading.sys > 160 for reading in readings]
    assert any(high)
    assert sum(not before and now for before, now in itertools.pairwise([False, *high])) == 1
    assert readings[0].sys < 150 and readings[-1].sys < 150
    assert max(reading.sys for reading in readings) < 180
    assert max(reading.dia for reading in readings) < 100
    assert told.minutes == minutes


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.floats(30, 180))
def test_beats_follow_each_other_at_the_rate_asked_for(seed, rate):
    heart = Rhythm(str(seed), lambda t: 60.0 / rate, jitter=0.03)
    beats = heart.ended(0, 60)
    assert all(math.isclose(a.end_s, b.start_s) for a, b in itertools.pairwise(beats))
    mean = sum(beat.length_s for beat in beats) / len(beats)
    assert mean == pytest.approx(60.0 / rate, rel=0.05)
    assert len({round(beat.length_s, 6) for beat in beats}) > 1, "no two beats are quite alike"


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_the_pulse_shown_is_the_rate_of_the_pulse_wave(seed):
    subject = VirtualSubject(Patient(Rest(), seed), 1.0, seed)
    starts = 0
    before = subject.since_pulse_s(0)
    for sample in range(1, 75 * 60):
        now = subject.since_pulse_s(sample / 75)
        starts += now < before
        before = now
    shown = [subject.oximetry(t).pulse_bpm for t in range(60)]
    assert starts == pytest.approx(sum(shown) / len(shown), abs=2)


@given(SEEDS, st.floats(0, 500))
@settings(max_examples=30, deadline=None)
def test_the_pulse_wave_stays_between_0_and_1(seed, t):
    assert 0.0 <= VirtualSubject(Patient(Rest(), seed), 30.0, seed).pleth(t) <= 1.0


def test_a_pulse_rises_steeply_has_a_notch_and_runs_off():
    wave = [pleth_shape(step / 200) for step in range(200)]
    peak = wave.index(max(wave))
    tops = [i for i in range(1, 199) if wave[i - 1] < wave[i] >= wave[i + 1]]
    notches = [i for i in range(1, 199) if wave[i - 1] > wave[i] <= wave[i + 1]]
    assert len(tops) == 2 and tops[0] == peak
    assert any(peak < notch < tops[1] for notch in notches)
    assert peak / 200 < 0.3, "the upstroke is the short part"
    assert abs(wave[0] - wave[-1]) < 0.02, "one beat runs into the next"
