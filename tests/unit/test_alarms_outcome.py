"""What became of an alarm: of which ones it may be told, and for how long."""

from alarm_bed import AlarmBed

from alarms.outcome import KEPT
from alarms.types import DeviceDecl, Priority

SPO2 = DeviceDecl("oximeter", ("spo2",))


def _low() -> tuple[AlarmBed, str]:
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 88, 0, 10)
    return bed, bed.ids_of("SPO2_LOW")[0]


def _told(bed: AlarmBed) -> list[tuple[str, str]]:
    return [(act.condition, act.outcome) for act in bed.acts if act.act == "outcome"]


def test_it_may_be_told_while_active_latched_and_over_and_quiets_nothing():
    bed, one = _low()
    assert bed.outcome(one, "noted").ok
    assert bed.sounding is Priority.MEDIUM
    bed.hold("spo2", 97, 11, 30)
    assert bed.outcome(one, "acted").text == "SPO2_LOW: acted (was noted)"
    bed.acknowledge()
    assert bed.outcome(one, "acted", "oxygen given").text == "SPO2_LOW: acted"
    assert _told(bed) == [("SPO2_LOW", "noted"), ("SPO2_LOW", "acted"), ("SPO2_LOW", "acted")]


def test_an_alarm_of_before_a_restart_may_be_told_of_after_it():
    bed, one = _low()
    bed.acknowledge()
    bed.hold("spo2", 97, 11, 30)
    dump = bed.engine.dump()
    bed.restart(100, gap=60, dump=dump)
    assert bed.outcome(one, "artefact").ok
    del dump["outcomes"]  # of an older station
    bed.restart(200, gap=60, dump=dump)
    refused = bed.outcome(one, "artefact")
    assert (refused.ok, refused.text) == (False, "no such alarm in this session, or it ended too long ago")


def test_the_oldest_are_forgotten():
    bed, first = _low()
    for number in range(KEPT + 1):
        t = 11 + number * 20
        bed.acknowledge()
        bed.hold("spo2", 97, t, t + 6)
        bed.hold("spo2", 88, t + 7, t + 18)
    assert len(bed.starts("SPO2_LOW")) == KEPT + 2
    assert not bed.outcome(first, "acted").ok
