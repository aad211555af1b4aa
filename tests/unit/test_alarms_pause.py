"""The audio pause: what it quiets, what breaks it, and that it never lasts longer than was said."""

import pytest
from alarm_bed import CUFF, AlarmBed

from alarms.types import NEVER_OFF, DeviceDecl, Priority, State, never_off
from monitor.core.clock import SECOND
from monitor.core.types import LinkState, StatusCode

SPO2 = DeviceDecl("oximeter", ("spo2",))


def _low() -> AlarmBed:
    """Return a bed with SPO2_LOW sounding at 10 s."""
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 88, 0, 10)
    return bed


def _ended(bed: AlarmBed) -> list[tuple[float, str]]:
    return [(act.t / SECOND, act.reason) for act in bed.acts if act.act == "audio_pause_ended"]


def test_a_pause_is_heard_at_once_and_changes_nothing_but_the_sound():
    bed = _low()
    rows = bed.engine.rows(bed.nanos())
    assert bed.sounding is Priority.MEDIUM
    assert bed.pause(60).text == "audio paused for 60 s"
    assert (bed.sounding, bed.engine.highest, bed.paused) == (None, Priority.MEDIUM, 60.0)
    assert bed.engine.rows(bed.nanos()) == rows
    assert [(act.act, act.user, act.seconds) for act in bed.acts] == [("audio_paused", "Kim", 60.0)]


def test_it_counts_down_and_sounds_again_before_its_time_is_over():
    bed = _low()
    bed.pause(30)
    for t in range(11, 40):
        bed.hold("spo2", 88, t, t)
        assert (bed.sounding, bed.paused) == (None, 40.0 - t)
    bed.hold("spo2", 88, 40, 40)
    assert (bed.sounding, bed.paused, _ended(bed)) == (Priority.MEDIUM, 0.0, [(40.0, "over")])


def test_between_two_ticks_it_ends_early_not_late():
    bed = _low()
    bed.pause(30, t=10.6)
    bed.hold("spo2", 88, 11, 40)
    assert (bed.sounding, _ended(bed)) == (Priority.MEDIUM, [(40.0, "over")])


def test_a_person_ends_it():
    bed = _low()
    bed.pause(60)
    assert (bed.resume(), bed.sounding) == (True, Priority.MEDIUM)
    assert _ended(bed) == [(10.0, "ended by a person")]
    assert not bed.resume()


@pytest.mark.parametrize("span", [0, 0.5, 121, -5, float("nan"), float("inf")])
def test_it_lasts_at_most_two_minutes(span):
    bed = _low()
    assert not bed.pause(span).ok
    assert (bed.sounding, bed.acts) == (Priority.MEDIUM, [])


def test_pressing_again_prolongs_nothing():
    bed = _low()
    bed.pause(20)
    bed.hold("spo2", 88, 11, 20)
    again = bed.pause(120, user="Lee")
    assert (again.ok, again.text) == (False, "audio is paused already by Kim, 10 s left")
    assert bed.paused == 10.0


def test_it_needs_a_named_user():
    with pytest.raises(ValueError, match="named user"):
        _low().pause(60, user=" ")


# --- what breaks it -----------------------------------------------------------------------------


def test_any_high_breaks_it():
    bed = _low()
    bed.pause(120)
    bed.hold("spo2", 84, 11, 14)
    assert bed.state("SPO2_DESAT") is State.UNACK
    assert (bed.sounding, _ended(bed)) == (Priority.HIGH, [(14.0, "broken by SPO2_DESAT")])


def test_a_new_high_breaks_it_when_a_high_was_sounding_already():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 82, 0, 5)
    bed.pause(120)
    assert bed.sounding is None
    bed.cuff(65, 6)
    assert bed.sounding is Priority.HIGH
    assert [reason for _, reason in _ended(bed)] == ["broken by SYS_LOW"]


def test_a_start_as_high_as_what_sounded_breaks_it():
    bed = _low()
    bed.pause(120)
    bed.cuff(75, 11)
    assert (bed.sounding, _ended(bed)) == (Priority.MEDIUM, [(11.0, "broken by SYS_LOW")])


def test_a_medium_start_does_not_break_it_when_a_high_sounded():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 82, 0, 5)
    bed.pause(120)
    bed.cuff(165, 6)
    assert bed.state("SYS_HIGH") is State.UNACK
    assert (bed.sounding, bed.acts[1:]) == (None, [])


def test_with_nothing_sounding_a_medium_breaks_it_and_a_low_does_not():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 97, 0, 5)
    bed.pause(120)
    bed.status(StatusCode.BATTERY_LOW, True, 6)
    bed.tick(6)
    assert bed.state("BATT_LOW") is State.UNACK
    assert bed.sounding is None
    bed.cuff(75, 7)
    assert bed.sounding is Priority.MEDIUM


def test_an_acknowledged_alarm_does_not_raise_what_breaks_it():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 82, 0, 5)
    bed.acknowledge()
    bed.pause(120)
    bed.cuff(75, 6)
    assert bed.sounding is Priority.MEDIUM


def test_a_rise_to_high_by_time_breaks_it():
    bed = _low()
    bed.hold("spo2", 88, 11, 60)
    bed.pause(60)
    bed.hold("spo2", 88, 61, 70)
    assert (bed.sounding, _ended(bed)) == (Priority.HIGH, [(70.0, "broken by SPO2_LOW")])


def test_a_re_alarm_does_not_break_it():
    bed = _low()
    bed.acknowledge()
    bed.hold("spo2", 88, 11, 185)
    bed.pause(30)
    bed.hold("spo2", 88, 186, 200)
    assert bed.told("SPO2_LOW", "rearm") == [(190.0, "rearm", "medium", "ack_timeout")]
    assert (bed.sounding, _ended(bed)) == (None, [])
    bed.hold("spo2", 88, 201, 215)
    assert bed.sounding is Priority.MEDIUM


def test_a_worse_value_than_the_acknowledged_one_breaks_it():
    bed = _low()
    bed.acknowledge()
    bed.pause(120)
    bed.play("spo2", [85], 11)
    assert bed.told("SPO2_LOW", "rearm") == [(11.0, "rearm", "medium", "worse")]
    assert bed.sounding is Priority.MEDIUM


def test_a_covered_start_does_not_break_it():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 82, 0, 5)
    bed.acknowledge()
    bed.pause(60)
    bed.hold("spo2", 82, 6, 12)
    assert bed.last("SPO2_LOW").covered_by is not None
    assert bed.engine.paused(bed.nanos())[0] > 0


@pytest.mark.parametrize(
    ("sys", "ok"),
    [pytest.param(75, False, id="as high: refused"), pytest.param(65, False, id="high: refused")],
)
def test_what_came_after_it_was_asked_for_is_not_paused(sys, ok):
    bed = _low()
    asked = bed.engine.heard()
    bed.cuff(sys, 10)
    step, result = bed.engine.pause_audio(60, "Kim", bed.nanos(), asked=asked)
    assert (result.ok, step.acts) == (ok, ())
    assert "new alarm" in result.text
    assert bed.sounding is not None


def test_what_came_after_it_was_asked_for_and_would_not_break_it_is_paused():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 82, 0, 5)
    asked = bed.engine.heard()
    bed.cuff(165, 5)
    _, result = bed.engine.pause_audio(60, "Kim", bed.nanos(), asked=asked)
    assert (result.ok, bed.sounding) == (True, None)


# --- the list that is never paused beyond 2 min --------------------------------------------------


def test_what_is_never_off():
    assert {"SPO2_DESAT", "NO_DATA", "STORE_FAIL", "REMOTE_LOST"} <= NEVER_OFF
    assert never_off("CUFF_STUCK")
    assert not never_off("PR_HIGH")


def test_a_desaturation_is_not_paused_twice():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 82, 0, 5)
    bed.pause(120)
    bed.hold("spo2", 82, 6, 125)
    assert bed.sounding is Priority.HIGH
    again = bed.pause(120)
    assert (again.ok, again.text) == (False, "SPO2_DESAT was paused for 2 min already: acknowledge it")
    bed.acknowledge()
    assert bed.pause(120).ok


def test_a_second_pause_of_it_gets_what_is_left_of_the_two_minutes():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 82, 0, 5)
    bed.pause(120)
    bed.hold("spo2", 82, 6, 95)
    bed.resume()
    assert bed.pause(120).text == "audio paused for 30 s"


def test_another_alarm_may_be_paused_again():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 1)
    for start in (2, 200):
        assert bed.pause(120, t=start).text == "audio paused for 120 s"
        bed.ticks(start + 1, start + 121)


# --- session and restart ------------------------------------------------------------------------


def test_the_session_end_ends_it():
    bed = _low()
    bed.pause(120)
    bed.close(11)
    assert (bed.paused, _ended(bed)) == (0.0, [(11.0, "session end")])


def test_a_short_restart_goes_on_with_it():
    bed = _low()
    bed.pause(60)
    bed.restart(30, gap=20)
    assert (bed.sounding, bed.paused) == (None, 40.0)


def test_a_restart_takes_no_longer_than_the_pause():
    bed = _low()
    bed.pause(15)
    bed.restart(35, gap=25)
    assert _ended(bed) == [(35.0, "over")]
    assert bed.paused == 0
    assert bed.sounding is not None


def test_a_long_restart_ends_it():
    bed = _low()
    bed.pause(120)
    bed.restart(45, gap=31)
    assert (bed.sounding, bed.paused) == (Priority.MEDIUM, 0.0)
    assert _ended(bed) == [(45.0, "restart")]


def test_a_dump_without_a_pause_is_taken_up():
    bed = _low()
    dump = bed.engine.dump()
    del dump["pause"]
    bed.restart(20, gap=10, dump=dump)
    assert bed.sounding is Priority.MEDIUM


def test_a_lost_link_breaks_it_when_it_is_medium():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 97, 0, 5)
    bed.pause(120)
    bed.link(LinkState.LOST, 6)
    bed.ticks(7, 40)
    assert bed.sounding is not None
