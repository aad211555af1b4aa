"""What each shipped scenario's text promises holds for every seed and length."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators import scenario

SEEDS = st.integers(0, 2**31)
few = settings(max_examples=6, deadline=None)


class Played:
    """One bed of a scenario, looked at as its devices do."""

    def __init__(self, name, seed, minutes=None):
        told = scenario.load(name)
        told = told if minutes is None else told.lasting(minutes)
        (self.bed,) = told.bed
        self.speed, self.seconds = told.speed, told.minutes * 60
        self.subject = self.bed.virtual_subject(seed, told.speed)
        self.step_s = max(1.0, self.seconds / 900)

    @property
    def times(self):
        return [n * self.step_s for n in range(int(self.seconds / self.step_s))]

    def cuff(self):
        """Return the seconds and results of its cuff."""
        cuff = next(device for device in self.bed.device if device.id == "cuff")
        times = [cuff.first_s + n * cuff.every_s for n in range(10_000)]
        return [(t, self.subject.pressure(t)) for t in times if t < self.seconds]

    def pressures(self):
        return [result for _, result in self.cuff()]


def within_adult_limits(played):
    for result in played.pressures():
        assert 90 <= result.sys <= 160 and 50 <= result.dia <= 100 and 60 <= result.map <= 110
    for t in played.times:
        found = played.subject.oximetry(t)
        assert found.spo2_pct >= 90 and 50 <= found.pulse_bpm <= 130
        assert 50 <= played.subject.heart_rate(t) <= 130
        assert 8 <= played.subject.resp_rate(t) <= 30


@few
@given(SEEDS, st.sampled_from([None, 3.0, 12.0]), st.sampled_from(["session-iv", "session-im", "quiet"]))
def test_a_session_without_alarm_passes_no_adult_limit(seed, minutes, name):
    within_adult_limits(Played(name, seed, minutes or (30.0 if name == "quiet" else None)))


@few
@given(SEEDS, st.sampled_from([None, 5.0]))
def test_the_troche_moves_once_and_passes_no_limit_for_an_alarms_time(seed, minutes):
    played = Played("session-troche", seed, minutes)
    moved = played.bed.movement.at_s
    assert all(result.sys <= 160 and result.map <= 110 for result in played.pressures())
    for t in played.times:
        found = played.subject.oximetry(t)
        assert found.spo2_pct >= 90
        if not moved - 1 < t < moved + 12:
            assert 50 <= found.pulse_bpm <= 130 and not found.doubtful


@few
@given(SEEDS)
def test_an_infusion_rises_to_its_end_and_is_back_an_hour_later(seed):
    played = Played("session-iv", seed)
    readings = {round(t / 60): result.sys for t, result in played.cuff()}
    early = max(readings[1], readings[11])
    assert max(readings, key=readings.get) in (31, 41, 51), "at 30 to 40 min of the infusion"
    assert max(readings.values()) > early + 8
    assert readings[101] < 118 + 6 + 4


@few
@given(SEEDS)
def test_the_second_injection_comes_on_what_is_left_of_the_first(seed):
    patient = Played("session-im", seed).bed.virtual_patient(seed, 1.0)
    first, between, second, end = (patient.at(minute * 60) for minute in (28, 40, 58, 119))
    assert min(first.sys, second.sys) > 116 - 5 + 12
    assert patient.plasma_ng_ml(58 * 60) > patient.plasma_ng_ml(40 * 60) > 0
    assert end.sys < 116 + 5 + 6
    assert between.sys < 116 + 5 + 18


@few
@given(SEEDS, st.sampled_from([None, 4.0, 12.0]))
def test_nasal_esketamine_alarms_once_by_pressure_and_is_over(seed, minutes):
    played = Played("session-esketamine", seed, minutes)
    high = [result.sys > 160 for result in played.pressures()]
    assert any(high) and not high[0] and not high[-1]
    first, last = high.index(True), len(high) - high[::-1].index(True)
    begin_min, end_min = (played.cuff()[at][0] * played.speed / 60 for at in (first, last))
    assert 20 < begin_min < 60 and end_min < 95
    assert played.pressures()[-1].sys < 150
    assert max(result.sys for result in played.pressures()) < 180
    assert max(result.dia for result in played.pressures()) < 105


@few
@given(SEEDS, st.sampled_from([None, 5.0]))
def test_the_faint_comes_before_the_dose_and_goes(seed, minutes):
    played = Played("vasovagal", seed, minutes)
    begin = played.bed.vasovagal.at_s
    slow = [t for t in played.times if played.subject.oximetry(t).pulse_bpm < 40]
    assert begin < min(slow) and max(slow) - min(slow) > 30, "longer than an alarm's delay"
    low = [t for t, result in played.cuff() if result.sys < 90 and result.dia < 50]
    assert len(low) >= 2, "a reading and its repeat"
    assert max(*slow, *low) < begin + 155
    assert max(*slow, *low) * played.speed < played.bed.dose.at_min * 60 * (1 if minutes is None else 1.5)
    end = played.subject.vitals(played.seconds - 1)
    assert end.pulse_bpm > 60 and end.sys > 100


@few
@given(SEEDS, st.sampled_from([None, 7.0]))
def test_the_first_fall_of_oxygen_does_not_alarm_and_the_second_does(seed, minutes):
    played = Played("desaturation", seed, minutes)
    airway = played.bed.apnoea.at_s
    spo2 = {t: played.subject.oximetry(t).spo2_pct for t in played.times}
    assert 90.5 <= min(value for t, value in spo2.items() if t < airway) < 92
    assert sum(value < 90 for t, value in spo2.items()) * played.step_s > 25
    assert sum(value < 85 for t, value in spo2.items()) * played.step_s > 6
    assert min(spo2.values()) == pytest.approx(81, abs=0.5)
    assert min(value for t, value in spo2.items() if t > airway + 140) > 95
    wave = [played.subject.resp(airway + 20 + n / 5) for n in range(150)]
    assert 0.3 < max(wave) - min(wave) < 0.6, "the chest moves against the closed airway"


@few
@given(SEEDS)
def test_movement_and_squeezing_are_doubtful_and_not_alarming(seed):
    played = Played("movement", seed)
    assert not any(result.moved for _, result in played.cuff()), "the cuff rests while the arm moves"
    squeezes = [(t, t + 35.0) for t, _ in played.cuff()]
    for up, down in squeezes:
        played.subject.cuff(up, True)
        played.subject.cuff(down, False)
    below = doubtful = lost = slow = slowest = 0
    for t in played.times:
        found = played.subject.oximetry(t)
        doubtful += found.doubtful
        lost += found.spo2_pct is None
        below += found.spo2_pct is not None and found.spo2_pct < 90
        slow = slow + 1 if found.pulse_bpm is not None and found.pulse_bpm < 50 else 0
        slowest = max(slowest, slow)
    assert below == 0 and slowest < 10
    assert doubtful > 100 and lost > 60
