"""The audio pause of one row: what it quiets, what breaks it, and that the rest is heard."""

import pytest
from alarm_bed import CUFF, AlarmBed

from alarms.types import DeviceDecl, Priority
from monitor.core.clock import SECOND

SPO2 = DeviceDecl("oximeter", ("spo2",))


def _two() -> AlarmBed:
    """Return a bed at 11 s with SPO2_LOW and SYS_LOW sounding, both medium."""
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 88, 0, 10)
    bed.cuff(85, 11)
    assert bed.ids_of("SPO2_LOW", "SYS_LOW")
    return bed


def _ended(bed: AlarmBed) -> list[tuple[float, str]]:
    return [(act.t / SECOND, act.reason) for act in bed.acts if act.act == "audio_pause_ended"]


def _paused(bed: AlarmBed) -> dict[str, float]:
    rows = bed.engine.rows(bed.nanos())
    return {
        row.members[0].condition: (row.paused_until - bed.nanos()) / SECOND
        for row in rows
        if row.paused_until is not None
    }


def test_only_the_row_is_quiet_and_it_counts_down():
    bed = _two()
    assert bed.pause_row(60, "SPO2_LOW").text == "audio of this alarm paused for 60 s"
    assert (bed.sounding, _paused(bed)) == (Priority.MEDIUM, {"SPO2_LOW": 60.0})
    bed.acknowledge("SYS_LOW")
    assert (bed.sounding, bed.engine.highest) == (None, Priority.MEDIUM)
    bed.hold("spo2", 88, 12, 15)
    assert _paused(bed) == {"SPO2_LOW": 56.0}


def test_a_high_row_that_is_paused_leaves_the_medium_one_heard():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 82, 0, 5)
    bed.cuff(85, 6)
    bed.pause_row(60, "SPO2_DESAT")
    assert bed.sounding is Priority.MEDIUM


def test_it_is_told_by_occurrence_and_by_whom():
    bed = _two()
    bed.pause_row(60, "SPO2_LOW")
    (act,) = bed.acts
    said = (act.act, act.user, act.seconds, act.condition, [act.occurrence])
    assert said == ("audio_paused", "Kim", 60.0, "SPO2_LOW", bed.ids_of("SPO2_LOW"))


def test_it_ends_before_its_time_is_over():
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 88, 0, 10)
    bed.pause_row(30, "SPO2_LOW")
    bed.hold("spo2", 88, 11, 39)
    assert bed.sounding is None
    bed.hold("spo2", 88, 40, 40)
    assert (bed.sounding, _ended(bed)) == (Priority.MEDIUM, [(40.0, "over")])


def test_its_own_rise_breaks_it():
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 88, 0, 30)
    bed.pause_row(120, "SPO2_LOW")
    bed.hold("spo2", 88, 31, 70)
    assert (bed.sounding, _ended(bed)) == (Priority.HIGH, [(70.0, "broken by SPO2_LOW")])


def test_any_high_start_breaks_it():
    bed = _two()
    bed.pause_row(120, "SPO2_LOW")
    bed.cuff(65, 12)
    assert _ended(bed) == [(12.0, "broken by SYS_LOW")]


def test_a_start_as_high_as_what_sounded_breaks_it():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 88, 0, 10)
    bed.pause_row(120, "SPO2_LOW")
    bed.cuff(85, 11)
    assert _ended(bed) == [(11.0, "broken by SYS_LOW")]


def test_a_medium_start_is_heard_and_breaks_nothing_when_a_high_sounded():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 82, 0, 5)
    bed.pause_row(120, "SPO2_DESAT")
    bed.cuff(85, 6)
    assert (bed.sounding, _ended(bed)) == (Priority.MEDIUM, [])


def test_an_acknowledgement_ends_it():
    bed = _two()
    bed.pause_row(120, "SPO2_LOW")
    bed.acknowledge("SPO2_LOW")
    assert (_paused(bed), _ended(bed)) == ({}, [(11.0, "acknowledged or over")])


def test_a_new_occurrence_of_the_row_is_heard():
    bed = AlarmBed(SPO2, CUFF)
    bed.hold("spo2", 88, 0, 10)
    bed.pause_row(120, "SPO2_LOW")
    bed.hold("spo2", 82, 11, 14)
    assert bed.sounding is Priority.HIGH


def test_a_person_ends_one_row_or_all():
    bed = _two()
    bed.pause_row(60, "SPO2_LOW")
    bed.pause_row(60, "SYS_LOW")
    assert (bed.sounding, set(_paused(bed))) == (None, {"SPO2_LOW", "SYS_LOW"})
    assert bed.resume(occurrences=bed.ids_of("SYS_LOW"))
    assert set(_paused(bed)) == {"SPO2_LOW"}
    assert (bed.resume(), _paused(bed), bed.resume()) == (True, {}, False)


def test_a_pause_of_all_audio_takes_it_over():
    bed = _two()
    bed.pause_row(60, "SPO2_LOW")
    assert bed.pause(120).ok
    assert (_paused(bed), _ended(bed)) == ({}, [(11.0, "all audio paused")])
    again = bed.pause_row(60, "SYS_LOW")
    assert (again.ok, again.text) == (False, "all audio is paused already by Kim")


def test_what_is_refused_and_why():
    bed = _two()
    both = bed.pause_row(60, "SPO2_LOW", "SYS_LOW")
    assert (both.ok, both.text) == (False, "name alarms of one row")
    _, gone = bed.engine.pause_audio(60, "Kim", bed.nanos(), occurrences=["of another day"])
    assert (gone.ok, "nothing of this row sounds" in gone.text) == (False, True)
    assert not bed.pause_row(121, "SPO2_LOW").ok
    assert (bed.acts, bed.sounding) == ([], Priority.MEDIUM)


def test_what_rose_since_it_was_asked_for_is_not_paused():
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 88, 0, 69)
    asked, ids = bed.engine.heard(), bed.ids_of("SPO2_LOW")
    bed.hold("spo2", 88, 70, 70)
    _, result = bed.engine.pause_audio(60, "Kim", bed.nanos(), asked=asked, occurrences=ids)
    assert (result.ok, bed.sounding) == (False, Priority.HIGH)


@pytest.mark.parametrize("second", ["row", "all"])
def test_a_desaturation_is_never_paused_beyond_two_minutes(second):
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 82, 0, 5)
    bed.pause_row(120, "SPO2_DESAT")
    bed.hold("spo2", 82, 6, 95)
    assert bed.sounding is None
    if second == "all":
        assert bed.pause(120).text == "audio paused for 30 s"
    else:
        bed.resume()
        bed.pause_row(120, "SPO2_DESAT")
    bed.hold("spo2", 82, 96, 125)
    assert bed.sounding is Priority.HIGH
    assert not bed.pause_row(60, "SPO2_DESAT").ok


def test_a_short_restart_goes_on_with_it_and_a_long_one_ends_it():
    for gap, left in ((20, {"SPO2_LOW": 39.0}), (31, {})):
        bed = _two()
        bed.pause_row(60, "SPO2_LOW")
        bed.restart(11 + gap + 1, gap=gap)
        assert _paused(bed) == {name: s if gap < 30 else 0 for name, s in left.items()}
    assert _ended(bed) == [(43.0, "restart")]


def test_a_dump_without_row_pauses_is_taken_up():
    bed = _two()
    bed.pause_row(60, "SPO2_LOW")
    dump = bed.engine.dump()
    del dump["row_pauses"]
    bed.restart(20, gap=9, dump=dump)
    assert bed.sounding is Priority.MEDIUM


def test_the_session_end_ends_it():
    bed = _two()
    bed.pause_row(60, "SPO2_LOW")
    bed.close(12)
    assert _ended(bed) == [(12.0, "session end")]
