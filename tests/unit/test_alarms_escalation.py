"""Whom an unacknowledged alarm calls, and when it gets louder."""

import pytest
from alarm_bed import CUFF, AlarmBed

from alarms.escalation import FURTHER, LADDERS
from alarms.types import DeviceDecl, Priority
from monitor.core.clock import SECOND
from monitor.core.types import StatusCode

SPO2 = DeviceDecl("oximeter", ("spo2",))


def _calls(bed: AlarmBed, condition: str) -> list[tuple[float, str]]:
    return [
        (act.t / SECOND, act.reason)
        for act in bed.acts
        if act.act == "escalation" and act.condition == condition
    ]


def _row(bed: AlarmBed) -> str:
    return bed.engine.rows(bed.nanos())[0].calls


@pytest.mark.parametrize("priority", list(Priority))
def test_a_ladder_begins_at_once_and_only_climbs(priority):
    ladder = LADDERS[priority]
    assert (ladder[0].after_s, ladder[0].calls, ladder[0].louder_db) == (0, "console", 0)
    assert [one.after_s for one in ladder] == sorted({one.after_s for one in ladder})
    assert [FURTHER.index(one.calls) for one in ladder] == sorted(FURTHER.index(o.calls) for o in ladder)
    assert max(one.louder_db for one in ladder) <= 6


def test_a_high_alarm_calls_a_second_person_then_everybody_and_gets_louder():
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 82, 0, 3)
    assert (_row(bed), bed.engine.louder_db) == ("console", 0.0)
    bed.hold("spo2", 82, 4, 62)
    assert (_row(bed), bed.engine.louder_db) == ("second person", 0.0)
    bed.hold("spo2", 82, 63, 63)
    assert (_row(bed), bed.engine.louder_db) == ("everybody", 3.0)
    bed.hold("spo2", 82, 64, 200)
    assert (_row(bed), bed.engine.louder_db) == ("everybody", 6.0)
    expected = [(33.0, "second person"), (63.0, "everybody"), (93.0, "everybody")]
    assert _calls(bed, "SPO2_DESAT") == expected


def test_a_medium_alarm_takes_longer_and_gets_no_louder():
    bed = AlarmBed(CUFF)
    bed.cuff(85, 0)
    bed.ticks(1, 300)
    assert _calls(bed, "SYS_LOW") == [(60.0, "second person"), (180.0, "everybody")]
    assert (_row(bed), bed.engine.louder_db) == ("everybody", 0.0)


def test_a_low_alarm_stays_at_the_console():
    bed = AlarmBed(CUFF)
    bed.status(StatusCode.BATTERY_LOW, True, 0, device="cuff")
    bed.ticks(1, 400)
    assert all(act.condition != "BATT_LOW" for act in bed.acts)


def test_a_rise_is_not_waited_for_again():
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 88, 0, 70)
    assert bed.last("SPO2_LOW").priority is Priority.HIGH
    assert _calls(bed, "SPO2_LOW") == [(70.0, "everybody")]


def test_an_acknowledgement_ends_it_and_a_re_alarm_begins_anew():
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 82, 0, 70)
    bed.acknowledge()
    assert (_row(bed), bed.engine.louder_db) == ("", 0.0)
    bed.hold("spo2", 82, 71, 190)
    assert bed.told("SPO2_DESAT", "rearm") == [(190.0, "rearm", "high", "ack_timeout")]
    assert _row(bed) == "console"
    bed.hold("spo2", 82, 191, 220)
    assert _calls(bed, "SPO2_DESAT")[-1] == (220.0, "second person")


def test_what_is_covered_calls_nobody_by_itself():
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 82, 0, 200)
    assert _calls(bed, "SPO2_LOW") == []
    assert len(_calls(bed, "SPO2_DESAT")) == 3


def test_it_goes_on_through_a_pause_and_a_short_restart():
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 82, 0, 35)
    bed.pause(60)
    bed.restart(55, gap=19)
    assert _row(bed) == "second person"
    bed.hold("spo2", 82, 55, 70)
    assert _calls(bed, "SPO2_DESAT") == [(33.0, "second person"), (63.0, "everybody")]
    assert bed.engine.louder_db == 3.0


def test_a_dump_without_levels_is_taken_up():
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 82, 0, 35)
    dump = bed.engine.dump()
    for kept in dump["conditions"].values():
        del kept["level"]
    bed.restart(40, gap=5, dump=dump)
    bed.tick(40)
    assert _row(bed) == "second person"
