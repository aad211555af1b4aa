"""What several readings say together: frozen feeds, dips, rates that differ, schedules, held starts."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from alarm_bed import CUFF, OXIMETER, STRAP, AlarmBed

from alarms.hold import Hold
from alarms.types import DeviceDecl, Priority, State
from monitor.core.clock import seconds
from monitor.core.types import LinkState, Nibp, Reason, StatusCode

NOON = datetime(2026, 3, 4, 12, 0, 0)
SPO2 = DeviceDecl("oximeter", ("spo2",))
ARM = "left arm"


def priority(bed, condition):
    """Return the priority of the condition's row, None when it has none."""
    rows = [r for r in bed.engine.rows(seconds(bed.now)) if condition in {m.condition for m in r.members}]
    return rows[0].priority if rows else None


# --- frozen feeds ---------------------------------------------------------------------------------


def dated(bed, value, t, device_s, channel="spo2"):
    step = bed.value(channel, value, t, device_time=NOON + timedelta(seconds=device_s))
    bed.tick(t)
    return step.accepted


def frozen(bed, start, end, value=97, device_s=0):
    """Give the same dated message every second, `end` included."""
    return [dated(bed, value, t, device_s) for t in range(start, end + 1)]


def test_the_same_message_for_more_than_ten_seconds_is_a_frozen_feed():
    bed = AlarmBed(SPO2)
    frozen(bed, 0, 10)
    assert bed.starts("STALE_VALUE") == []
    (accepted,) = frozen(bed, 11, 11)
    assert bed.starts("STALE_VALUE") == [(11, "medium")]
    assert (accepted.value, accepted.reason) == (None, Reason.REPEATED)
    assert bed.engine.refused[Reason.REPEATED] == 1


def test_a_frozen_feed_stands_for_the_data_that_it_lacks():
    bed = AlarmBed(SPO2)
    frozen(bed, 0, 25)
    (row,) = bed.engine.rows(seconds(25))
    assert {member.condition for member in row.members} == {"STALE_VALUE", "NO_DATA"}
    assert row.text == "Readings stand still: oximeter"
    frozen(bed, 26, 41)
    assert bed.engine.highest is Priority.HIGH  # the number is 31 s old


def test_a_frozen_value_inside_clears_no_alarm():
    bed = AlarmBed(SPO2)
    for t in range(12):
        dated(bed, 88, t, t)
    frozen(bed, 12, 60, value=95, device_s=12)
    assert bed.state("SPO2_LOW") is State.LATCHED  # 5 s of 95 that were not yet known to be frozen
    bed = AlarmBed(SPO2)
    frozen(bed, 0, 25, value=88)
    assert bed.state("SPO2_LOW") is State.UNACK


def test_a_new_device_time_ends_it_at_once():
    bed = AlarmBed(SPO2)
    frozen(bed, 0, 15)
    accepted = dated(bed, 96, 16, 16)
    assert accepted.value == 96
    assert [event for _, event, _, _ in bed.told("STALE_VALUE")] == ["start", "end"]


def test_a_device_whose_clock_stands_gives_doubtful_values_and_its_low_ones_alarm():
    bed = AlarmBed(SPO2)
    for t in range(40):
        accepted = dated(bed, 97 - t % 2, t, 0)
    assert bed.starts("STALE_VALUE") == [(11, "medium")]
    assert (accepted.value, accepted.doubtful) == (96, True)
    for t in range(40, 46):
        dated(bed, 80 + t % 2, t, 0)
    assert bed.starts("SPO2_DESAT") == [(43, "high")]


def test_values_that_do_not_change_are_no_frozen_feed():
    bed = AlarmBed(SPO2)
    bed.hold("spo2", 97, 0, 60)
    for t in range(61, 120):
        dated(bed, 97, t, t)
    assert bed.events == []


def test_a_frozen_feed_that_stops_is_not_over():
    bed = AlarmBed(SPO2)
    frozen(bed, 0, 15)
    bed.ticks(16, 30)
    assert bed.state("STALE_VALUE") is State.UNACK


def test_a_restart_knows_the_frozen_feed_again():
    bed = AlarmBed(SPO2)
    frozen(bed, 0, 8)
    bed.restart(10, gap=2)
    frozen(bed, 10, 11)
    assert bed.starts("STALE_VALUE") == [(11, "medium")]
    bed.restart(14, gap=2)
    frozen(bed, 14, 16)
    assert [event for _, event, _, _ in bed.told("STALE_VALUE")] == ["start"]


# --- dips -----------------------------------------------------------------------------------------


def dips(bed, *starts, depth=4, end=None):
    """Give 97, and from each of `starts` on 10 s that much less."""
    low = {t for start in starts for t in range(start, start + 10)}
    for t in range(int(bed.now) + 1, (starts[-1] if end is None else end) + 1):
        bed.play("spo2", [97 - depth if t in low else 97], t)


def test_a_baseline_needs_five_minutes_of_values():
    bed = AlarmBed(SPO2, start=-1)
    dips(bed, 100, 200, 290, end=320)
    assert bed.starts("SPO2_TREND") == []
    dips(bed, 400, 500, 600)
    assert bed.starts("SPO2_TREND") == [(600, "low")]


def test_one_dip_is_one_however_it_trembles_at_its_edge():
    bed = AlarmBed(SPO2, start=-1)
    bed.hold("spo2", 97, 0, 350)
    for t in range(351, 400):
        bed.play("spo2", [93 + (0.5 if t % 2 else 0)], t)
    assert bed.starts("SPO2_TREND") == []


def test_dips_that_are_more_than_twenty_minutes_apart_are_no_trend():
    bed = AlarmBed(SPO2, start=-1)
    dips(bed, 350, 1000, 1551, end=1600)
    assert bed.starts("SPO2_TREND") == []


def test_a_trend_is_about_the_patient_and_has_a_row_beside_the_saturation():
    bed = AlarmBed(SPO2, start=-1)
    dips(bed, 350, 400, 450, depth=14)
    event = bed.last("SPO2_TREND")
    assert (event.kind.value, event.channel) == ("physiological", "spo2")


def test_dips_and_baseline_outlive_a_restart():
    bed = AlarmBed(SPO2, start=-1)
    dips(bed, 350, 400, end=430)
    bed.restart(435, gap=5)
    dips(bed, 450, end=455)
    assert bed.starts("SPO2_TREND") == [(450, "low")]


def test_the_dips_of_one_patient_are_not_those_of_the_next():
    bed = AlarmBed(SPO2, start=-1)
    dips(bed, 350, 400, end=430)
    bed.close(431)
    dips(bed, 450, end=460)
    assert bed.starts("SPO2_TREND") == []


# --- rates that differ ------------------------------------------------------------------------------


def rates(bed, start, end, pulse, heart):
    for t in range(start, end + 1):
        if pulse is not None:
            bed.value("pulse_rate", pulse, t)
        if heart is not None:
            bed.value("heart_rate", heart, t)
        bed.tick(t)


@pytest.mark.parametrize(("pulse", "heart"), [(72, 93), (93, 72)], ids=["heart faster", "pulse faster"])
def test_rates_that_differ_by_more_than_twenty_for_thirty_seconds(pulse, heart):
    bed = AlarmBed(DeviceDecl("oximeter", ("pulse_rate",)), STRAP)
    rates(bed, 0, 60, pulse, heart)
    assert bed.starts("SOURCE_MISMATCH") == [(30, "low")]


def test_rates_that_differ_by_twenty_agree():
    bed = AlarmBed(DeviceDecl("oximeter", ("pulse_rate",)), STRAP)
    rates(bed, 0, 60, 72, 92)
    assert bed.events == []


def test_a_rate_that_is_gone_ends_nothing_until_its_own_alarm_stands_for_it():
    bed = AlarmBed(DeviceDecl("oximeter", ("pulse_rate",)), STRAP)
    rates(bed, 0, 35, 72, 110)
    rates(bed, 36, 60, 72, None)
    assert bed.state("SOURCE_MISMATCH") is State.UNACK
    rates(bed, 61, 75, 72, None)
    assert bed.told("SOURCE_MISMATCH", "end")[0][3] == "data_lost"
    assert priority(bed, "NO_DATA") is Priority.HIGH


def test_the_clock_of_a_mismatch_outlives_a_restart():
    bed = AlarmBed(DeviceDecl("oximeter", ("pulse_rate",)), STRAP)
    rates(bed, 0, 20, 72, 110)
    bed.restart(24, gap=4)
    rates(bed, 24, 32, 72, 110)
    assert bed.starts("SOURCE_MISMATCH") == [(30, "low")]


# --- a schedule that is not kept --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval_s", "low", "medium"),
    [(60, 120, 120), (150, 225, 300), (300, 450, 600), (900, 1350, 1800)],
)
def test_overdue_is_low_at_one_and_a_half_intervals_and_medium_at_two(interval_s, low, medium):
    bed = AlarmBed(CUFF)
    bed.schedule(interval_s, 0)
    bed.cuff(120, 0)
    bed.ticks(1, medium + 1)
    told = [(t, p) for t, _, p, _ in bed.told("BP_OVERDUE")]
    assert told == ([(low, "medium")] if low == medium else [(low, "low"), (medium, "medium")])


def test_a_schedule_without_any_reading_is_overdue_from_its_start():
    bed = AlarmBed(CUFF)
    bed.schedule(300, 1000)
    bed.tick(1449)
    assert bed.events == []
    bed.tick(1450)
    assert bed.texts() == ["Blood pressure overdue"]


def test_a_doubtful_reading_keeps_no_schedule():
    bed = AlarmBed(CUFF)
    bed.schedule(300, 0)
    bed.cuff(120, 0)
    bed.cuff(121, 400, status=(StatusCode.BODY_MOVEMENT,))
    bed.tick(450)
    assert priority(bed, "BP_OVERDUE") is Priority.LOW


def test_a_stored_reading_keeps_no_schedule():
    bed = AlarmBed(CUFF)
    bed.schedule(300, 0)
    bed.cuff(120, 400, stored=True)
    bed.tick(450)
    assert priority(bed, "BP_OVERDUE") is Priority.LOW


def test_a_cycle_that_a_person_ends_is_not_overdue():
    bed = AlarmBed(CUFF)
    bed.schedule(300, 0)
    bed.tick(450)
    bed.schedule(None, 460)
    assert bed.told("BP_OVERDUE", "end") == [(460, "end", "low", "schedule_ended")]


def test_a_longer_interval_ends_no_alarm_only_a_reading_does():
    bed = AlarmBed(CUFF)
    bed.schedule(300, 0)
    bed.tick(450)
    bed.schedule(600, 460)
    bed.tick(461)
    assert priority(bed, "BP_OVERDUE") is Priority.LOW
    bed.cuff(120, 470)
    assert bed.told("BP_OVERDUE", "end") == [(470, "end", "low", "cleared")]
    bed.tick(900)
    assert bed.state("BP_OVERDUE") is State.NORMAL


@pytest.mark.parametrize("restarted", [False, True])
def test_an_acknowledged_pressure_ends_no_overdue_schedule(restarted):
    bed = AlarmBed(CUFF)
    bed.schedule(900, 0)
    bed.cuff(165, 10)
    bed.tick(461)
    assert priority(bed, "BP_OVERDUE") is Priority.LOW
    bed.acknowledge("SYS_HIGH", t=462)
    if restarted:
        bed.restart(470, gap=5)
    bed.ticks(471, 480)
    bed.cuff(165, 481, status=(StatusCode.BODY_MOVEMENT,))
    bed.tick(482)
    assert priority(bed, "BP_OVERDUE") is Priority.LOW
    bed.cuff(165, 520)
    assert bed.state("BP_OVERDUE") is State.NORMAL


def test_a_restart_knows_the_schedule_and_the_last_reading():
    bed = AlarmBed(CUFF)
    bed.schedule(300, 0)
    bed.cuff(120, 100)
    bed.restart(400, gap=20)
    bed.tick(549)
    assert bed.events == []
    bed.tick(550)
    assert priority(bed, "BP_OVERDUE") is Priority.LOW


# --- what a cuff on the probe's limb holds -----------------------------------------------------------


def one_arm():
    """Return a bed whose cuff is on the arm of the probe, 10 s after it began to squeeze."""
    bed = AlarmBed(replace(OXIMETER, limb=ARM), replace(CUFF, limb=ARM))
    bed.hold("spo2", 97, 0, 9)
    bed.squeeze(True, 10)
    return bed


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("SPO2_SENSOR_OFF", StatusCode.SENSOR_OFF),
        ("PULSE_LOST", StatusCode.PULSE_SEARCH),
        ("SPO2_WEAK", StatusCode.WEAK_SIGNAL),
    ],
)
def test_what_is_held_is_told_when_the_hold_is_over(condition, code):
    bed = one_arm()
    bed.status(code, True, 12)
    bed.ticks(12, 44)
    bed.squeeze(False, 45)
    bed.ticks(45, 59)
    assert bed.starts(condition) == []
    bed.tick(60)
    assert [t for t, _ in bed.starts(condition)] == [60]


def test_a_lost_link_is_not_held():
    bed = one_arm()
    bed.link(LinkState.LOST, 12)
    bed.ticks(12, 30)
    assert [t for t, _ in bed.starts("LINK_LOST")] == [18]
    assert bed.starts("NO_DATA") != []


def test_a_loss_while_an_alarm_is_active_is_not_held():
    bed = AlarmBed(replace(SPO2, limb=ARM), replace(CUFF, limb=ARM))
    bed.hold("spo2", 88, 0, 12)
    bed.squeeze(True, 13)
    bed.ticks(13, 23)
    assert bed.starts("NO_DATA") == [(23, "high")]


def test_a_rise_of_what_was_told_before_is_not_held():
    bed = AlarmBed(replace(SPO2, limb=ARM), replace(CUFF, limb=ARM))
    bed.hold("spo2", 97, 0, 9)
    bed.ticks(10, 21)
    assert bed.starts("NO_DATA") == [(20, "medium")]
    bed.squeeze(True, 22)
    bed.ticks(22, 40)
    assert priority(bed, "NO_DATA") is Priority.HIGH


@pytest.mark.parametrize("side", ["cuff", "probe"])
def test_a_limb_that_only_one_of_them_names_is_not_shared(side):
    declared = (
        replace(SPO2, limb=ARM if side == "probe" else ""),
        replace(CUFF, limb=ARM * (side == "cuff")),
    )
    bed = AlarmBed(*declared)
    bed.hold("spo2", 97, 0, 9)
    bed.squeeze(True, 10)
    bed.ticks(10, 21)
    assert bed.starts("NO_DATA") == [(20, "medium")]


def test_a_hold_outlives_a_restart():
    bed = one_arm()
    bed.restart(14, gap=3)
    bed.ticks(15, 60)
    assert bed.starts("NO_DATA") == []
    bed.ticks(61, 75)
    assert [t for t, _ in bed.starts("NO_DATA")][:1] == [70]


def test_what_begins_within_a_hold_does_not_lengthen_it():
    hold = Hold()
    for t in range(0, 60, 10):
        hold.squeeze(True, seconds(t))
        hold.squeeze(False, seconds(t + 5))
    assert hold.at(seconds(59))
    assert not hold.at(seconds(60))


# --- restart with an older state ---------------------------------------------------------------------


def test_a_state_that_knows_none_of_this_is_taken_up():
    bed = AlarmBed()
    bed.hold("spo2", 97, 0, 5)
    old = {key: part for key, part in bed.engine.dump().items() if key != "together"}
    bed.restart(8, gap=2, dump=old)
    bed.hold("spo2", 97, 8, 9)
    assert bed.state("NO_DATA", "spo2") is State.NORMAL


def test_a_reading_that_failed_twice_and_overdue_are_two_rows():
    bed = AlarmBed(CUFF)
    bed.schedule(300, 0)
    for t in (300, 360):
        failed = Nibp("cuff", seconds(t), None, None, None, None, error="loose cuff")
        bed._keep(bed.engine.accept(failed, seconds(t)))
    bed.now = 450
    bed.tick(450)
    assert len(bed.texts()) == 2
